"""The tables of the database, as migrations that run once each and in order.

Why these shapes: a post and a label are written once and never changed; `current`, `post_body` and `story` are
derived from them inside the same transaction, so that filters and weekly figures are index look-ups. Tables
without a number of their own use one (`number`), because SQLite may renumber hidden row ids on VACUUM and the
search indexes point to them. A released migration is never edited: write another one below it.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from monitor import triggers

APPLICATION_ID = 0x53454E4D  # "SENM" in the header of the file tells our databases from others
migrations = Migrations("senim")

POSTS = """
CREATE TABLE pass (
  id INTEGER PRIMARY KEY, command TEXT NOT NULL, started TEXT NOT NULL, finished TEXT
) STRICT;
CREATE TABLE fate (
  id INTEGER PRIMARY KEY, pass INTEGER NOT NULL REFERENCES pass, key TEXT NOT NULL, source TEXT NOT NULL,
  fate TEXT NOT NULL, detail TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE INDEX fate_pass ON fate (pass, fate);
CREATE INDEX fate_source ON fate (source, fate, key, at);
CREATE TABLE source (id TEXT PRIMARY KEY, official INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE post (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, kind TEXT NOT NULL,
  url TEXT NOT NULL, version INTEGER NOT NULL, newest INTEGER NOT NULL, published TEXT,
  published_from TEXT NOT NULL, week TEXT NOT NULL, fetched TEXT NOT NULL, title TEXT NOT NULL,
  text TEXT NOT NULL, language TEXT NOT NULL, author_key TEXT NOT NULL, parent TEXT NOT NULL,
  regions TEXT NOT NULL, regions_from TEXT NOT NULL, mentions TEXT NOT NULL, fingerprint BLOB NOT NULL
) STRICT;
CREATE INDEX post_url ON post (url);
CREATE INDEX post_source ON post (source, published);
CREATE INDEX post_week ON post (week, published);
CREATE INDEX post_published ON post (published, id);
CREATE INDEX post_author ON post (author_key) WHERE author_key != '';
CREATE TABLE post_region (
  region TEXT NOT NULL, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, PRIMARY KEY (region, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_region_post ON post_region (post);
CREATE TABLE post_body (
  body TEXT NOT NULL, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, PRIMARY KEY (body, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_body_post ON post_body (post);
CREATE TABLE forgotten (id TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(title, text, tokenize = 'unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE letters USING fts5(
  title, text, content = 'post', content_rowid = 'number', tokenize = 'trigram'
);
"""

LABELS = """
CREATE TABLE label (
  id INTEGER PRIMARY KEY, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, labeller TEXT NOT NULL,
  at TEXT NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE INDEX label_post ON label (post, labeller);
CREATE UNIQUE INDEX label_once ON label (post, labeller) WHERE substr(labeller, 1, 7) != 'person:';
CREATE TABLE current (
  post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE, label INTEGER NOT NULL REFERENCES label,
  about INTEGER NOT NULL, sentiment TEXT, abstained INTEGER NOT NULL, confidence REAL NOT NULL
) STRICT;
CREATE INDEX current_sentiment ON current (sentiment, post);
CREATE TABLE current_reason (
  code TEXT NOT NULL, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, PRIMARY KEY (code, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX current_reason_post ON current_reason (post);
CREATE TABLE story (
  post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE, story TEXT NOT NULL
) STRICT;
CREATE INDEX story_story ON story (story);
"""

WORK = """
CREATE TABLE alert (
  id TEXT PRIMARY KEY, rule TEXT NOT NULL, week TEXT NOT NULL, region TEXT NOT NULL, reason TEXT NOT NULL,
  at TEXT NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE INDEX alert_week ON alert (week);
CREATE TABLE alert_fact (
  id INTEGER PRIMARY KEY, alert TEXT NOT NULL REFERENCES alert,
  kind TEXT NOT NULL CHECK (kind IN ('ack', 'mute')), who TEXT NOT NULL, at TEXT NOT NULL, until TEXT,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX alert_fact_alert ON alert_fact (alert);
CREATE TABLE outbox (
  key TEXT PRIMARY KEY, kind TEXT NOT NULL, recipient TEXT NOT NULL, language TEXT NOT NULL,
  subject TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'given up')),
  attempts INTEGER NOT NULL DEFAULT 0, queued TEXT NOT NULL, next_try TEXT NOT NULL, sent TEXT,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_state ON outbox (state, next_try);
CREATE TABLE outbox_image (
  message TEXT NOT NULL REFERENCES outbox ON DELETE CASCADE, place INTEGER NOT NULL, name TEXT NOT NULL,
  data BLOB NOT NULL, PRIMARY KEY (message, place)
) STRICT;
CREATE TABLE job (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL,
  ok INTEGER NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX job_name ON job (name, started);
"""

STANCES = """
CREATE TABLE current_stance (
  body TEXT NOT NULL, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, sentiment TEXT,
  PRIMARY KEY (body, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX current_stance_post ON current_stance (post);
"""

ANSWERS = """
CREATE TABLE kept (
  post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE, answer TEXT NOT NULL
) STRICT;
CREATE INDEX kept_answer ON kept (answer);
"""

VECTORS = """
CREATE TABLE vector (
  post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE, model TEXT NOT NULL, value BLOB NOT NULL
) STRICT;
"""

CHORUSES = """
CREATE TABLE chorus (
  post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE, chorus TEXT NOT NULL, account INTEGER NOT NULL
) STRICT;
CREATE INDEX chorus_chorus ON chorus (chorus) WHERE chorus != '';
CREATE TABLE chorus_rule (what TEXT NOT NULL) STRICT;
"""

# An empty field is a post from before: nobody has looked for its settlements yet (`settling`).
SETTLEMENTS = """
ALTER TABLE post ADD COLUMN settlements TEXT NOT NULL DEFAULT '';
CREATE TABLE post_settlement (
  settlement TEXT NOT NULL, post INTEGER NOT NULL REFERENCES post ON DELETE CASCADE, PRIMARY KEY (settlement, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_settlement_post ON post_settlement (post);
"""


@migrations(name="001 posts")
def posts(db: Database) -> None:
    """Make passes and fates, posts with their regions and bodies, and the two search indexes."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.executescript(POSTS)


@migrations(name="002 labels")
def labels(db: Database) -> None:
    """Make the append-only labels, the current view of them, and stories."""
    db.executescript(LABELS)


@migrations(name="003 work")
def work(db: Database) -> None:
    """Make alerts with what people said to them, the outbox, and the log of jobs."""
    db.executescript(WORK)


@migrations(name="004 stances")
def stances(db: Database) -> None:
    """Make the current stance toward each of several bodies; labels from before have none, so the table begins empty.

    Its `sentiment` is null where the model abstained on that body; a body without a row is meant by `current`.
    """
    db.executescript(STANCES)


@migrations(name="005 answers")
def answers(db: Database) -> None:
    """Make the table that says from which archived answer (WARC-Record-ID) a post was read."""
    db.executescript(ANSWERS)


@migrations(name="006 vectors")
def vectors(db: Database) -> None:
    """Make the table of vectors, little-endian half precision, which are made when somebody asks for similar posts."""
    db.executescript(VECTORS)


@migrations(name="007 tallies")
def tallies(db: Database) -> None:
    """Make kept weekly sums with the marks of weeks that changed, counts of arrivals, and the list of posts to link.

    All weeks begin as changed: `senim check`, or the next pass that judges, adds them up.
    """
    db.executescript(triggers.TALLIES + triggers.ARRIVALS + triggers.UNLINKED + triggers.JUDGED_BELOW)


@migrations(name="008 choruses")
def choruses(db: Database) -> None:
    """Make the table of coordinated posting: a row for each post that was looked at, with an empty name for none."""
    db.executescript(CHORUSES + triggers.CHORUSES)


@migrations(name="008 settlements")
def settlements(db: Database) -> None:
    """Make the types of settlement that a post names; `senim check` tells those of posts from before."""
    db.executescript(SETTLEMENTS)


@migrations(name="009 newest")
def newest(db: Database) -> None:
    """Make the index that tells how many posts a week has without a look at them."""
    db.execute("CREATE INDEX post_newest ON post (week) WHERE newest")


def known_names() -> frozenset[str]:
    """Return the names of all migrations that this version of the program knows."""
    return frozenset(m.name for m in migrations._migrations)
