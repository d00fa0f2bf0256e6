"""What SQLite keeps up to date by itself, in the transaction that changes it: stale weeks, arrivals, posts to link.

Triggers and not the methods of the store: whatever writes, and wherever it is killed, a week whose figures changed is
marked in the same transaction, or neither happened. A mark is a row in a table of a few hundred; the work is done later
(`monitor.tallies`, `monitor.linking`), once for any number of changes.
"""

from __future__ import annotations

# Fates of things that could be read, in words that are stored: `ledger.READ` is checked against it by a test.
READ = ("stored", "new version", "duplicate", "not relevant", "too short")
_READ = ", ".join(f"'{fate}'" for fate in READ)
FOLDS = ("week", "month")  # of which sums are kept; longer ones are rare, and take in half a year of posts each week

_FOLDS = " UNION ALL ".join(f"SELECT '{fold}' AS fold" for fold in FOLDS)


def _mark(post: str) -> str:
    return (
        f"INSERT OR IGNORE INTO stale (fold, period) SELECT fold, week FROM post JOIN ({_FOLDS})"
        f" WHERE {post} AND week != '';"
    )


def _stale(name: str, event: str, posts: str) -> str:
    return f"CREATE TRIGGER {name} AFTER {event} BEGIN {posts} END;\n"


_OLD, _NEW = _mark("number = OLD.post"), _mark("number = NEW.post")
_WEEKS = "".join(f"INSERT OR IGNORE INTO stale SELECT fold, {side}.week FROM ({_FOLDS}) WHERE {side}.week != '';"
                 for side in ("OLD", "NEW"))  # fmt: skip

TALLIES = f"""
CREATE TABLE stale (fold TEXT NOT NULL, period TEXT NOT NULL, PRIMARY KEY (fold, period)) STRICT, WITHOUT ROWID;
CREATE TABLE tallied (
  fold TEXT NOT NULL, period TEXT NOT NULL, grain TEXT NOT NULL, basis TEXT NOT NULL, sums TEXT NOT NULL,
  PRIMARY KEY (fold, period, grain)
) STRICT;
INSERT INTO stale (fold, period)
  SELECT fold, week FROM (SELECT DISTINCT week FROM post WHERE week != '') JOIN ({_FOLDS});
""" + "".join(
    (
        _stale("current_added", "INSERT ON current", _NEW),
        _stale("current_changed", "UPDATE ON current", _NEW),
        _stale("current_gone", "DELETE ON current", _OLD),
        _stale("story_added", "INSERT ON story", _NEW),
        _stale("story_changed", "UPDATE ON story", _NEW),
        _stale("story_gone", "DELETE ON story", _OLD),
        _stale("post_changed", "UPDATE OF source, kind, newest, published, week, language, regions ON post", _WEEKS),
        _stale("post_gone", "DELETE ON post", _WEEKS.split(";")[0] + ";"),
        _stale("source_added", "INSERT ON source WHEN NEW.official", _mark("source = NEW.id")),
        _stale("source_changed", "UPDATE ON source WHEN NEW.official != OLD.official", _mark("source = NEW.id")),
        _stale("source_gone", "DELETE ON source WHEN OLD.official", _mark("source = OLD.id")),
    )
)


def local_day(at: str) -> str:
    """Return the expression for the local day of a stored time: UTC+5, and UTC+6 until the end of February 2024."""
    return f"date({at}, iif({at} < '2024-02-29T18', '+6 hours', '+5 hours'))"


ARRIVALS = f"""
CREATE TABLE arrival (
  source TEXT NOT NULL, day TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;
INSERT INTO arrival (source, day, n)
  SELECT source, {local_day("at")} AS day, count(*) FROM
    (SELECT source, at, min(id) FROM fate WHERE fate IN ({_READ}) GROUP BY source, key)
  GROUP BY source, day;
INSERT OR IGNORE INTO arrival (source, day, n)
  SELECT DISTINCT source, {local_day("at")}, 0 FROM fate WHERE fate = 'unchanged';
CREATE TRIGGER arrived AFTER INSERT ON fate WHEN NEW.fate IN ({_READ}) AND NOT EXISTS
  (SELECT 1 FROM fate WHERE source = NEW.source AND fate IN ({_READ}) AND key = NEW.key AND id < NEW.id)
BEGIN
  INSERT INTO arrival (source, day, n) VALUES (NEW.source, {local_day("NEW.at")}, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER nothing_new AFTER INSERT ON fate WHEN NEW.fate = 'unchanged' BEGIN
  INSERT OR IGNORE INTO arrival (source, day, n) VALUES (NEW.source, {local_day("NEW.at")}, 0);
END;
"""

UNLINKED = """
CREATE TABLE unlinked (post INTEGER PRIMARY KEY REFERENCES post ON DELETE CASCADE) STRICT;
INSERT INTO unlinked (post) SELECT number FROM post WHERE NOT EXISTS (SELECT 1 FROM story WHERE post = number);
CREATE TRIGGER post_to_link AFTER INSERT ON post BEGIN INSERT INTO unlinked (post) VALUES (NEW.number); END;
CREATE TRIGGER post_linked AFTER INSERT ON story BEGIN DELETE FROM unlinked WHERE post = NEW.post; END;
CREATE INDEX post_undated ON post (newest) WHERE published IS NULL;
"""

# Below `number` a model has labelled all newest versions. A number that is free again may be given to another post.
JUDGED_BELOW = """
CREATE TABLE judged_below (model TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER number_free AFTER DELETE ON post BEGIN
  UPDATE judged_below SET number = OLD.number WHERE number > OLD.number;
END;
CREATE TRIGGER newest_again AFTER UPDATE OF newest ON post WHEN NEW.newest > OLD.newest BEGIN
  UPDATE judged_below SET number = NEW.number WHERE number > NEW.number;
END;
"""

CHORUSES = "".join(
    (
        _stale("chorus_added", "INSERT ON chorus WHEN NEW.chorus != ''", _NEW),
        _stale("chorus_changed", "UPDATE ON chorus", _NEW),
        _stale("chorus_gone", "DELETE ON chorus WHEN OLD.chorus != ''", _OLD),
    )
)
