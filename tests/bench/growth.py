"""Invented judged posts by the million, written straight into the tables: what a crawl of ten years would leave.

All of it is arithmetic on the number of the post, done inside SQLite, so that ten million take minutes and the same
number gives the same database. Texts are short and not in the search indexes, which no figure reads.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from monitor.store import Store
from monitor.triggers import local_day
from monitor.weeks import start

WEEKS = 520
FIRST = "2016-W01"
MODEL = "senim-mini"

# How a number is scattered, each time by another odd multiplier, its upper bits taken (Knuth 1998, TAOCP 3, 6.4).
_WORLD = """
CREATE TEMP TABLE world AS WITH RECURSIVE
  numbers (n) AS (SELECT :begin UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :end)
SELECT n, ((n * 2654435761) >> 12) & 1048575 AS a, ((n * 2246822519) >> 12) & 1048575 AS b,
  ((n * 3266489917) >> 12) & 1048575 AS c, ((n * 668265263) >> 12) & 1048575 AS d,
  (n - 1) * :weeks / :count AS week
FROM numbers
"""


_TABLES = (
    """
    INSERT INTO post (number, id, source, kind, url, version, newest, published, published_from, week,
      fetched, title, text, language, author_key, parent, regions, regions_from, mentions, fingerprint)
    SELECT n, printf('%040x', n), 'source' || (a % 60), 'article', 'https://news.example/' || n, 1, 1,
      strftime('%Y-%m-%dT%H:%M:%S', moment.epoch + c % 604800, 'unixepoch') || '.000000+00:00', 'meta', moment.week,
      strftime('%Y-%m-%dT%H:%M:%S', moment.epoch + c % 604800 + 3600, 'unixepoch') || '.000000+00:00',
      'Сообщение ' || n, 'Полиция приехала на вызов ' || n || ' через десять минут, жители довольны.',
      CASE WHEN a % 10 < 6 THEN 'ru' WHEN a % 10 < 9 THEN 'kk' ELSE 'mixed' END, '', '',
      json_array(region.code), 'text', '[{"body": "police", "start": 0, "end": 7}]', x''
    FROM world JOIN moment ON moment.number = world.week JOIN region ON region.number = b % 20 ORDER BY n
    """,
    """
    INSERT INTO post_region (region, post)
    SELECT region.code, n FROM world JOIN region ON region.number = b % 20 ORDER BY 1, 2
    """,
    """
    INSERT INTO post_body (body, post)
    SELECT CASE WHEN d % 10 < 7 THEN 'police' WHEN d % 10 < 9 THEN 'traffic' ELSE 'court' END, n
    FROM world ORDER BY 1, 2
    """,
    """
    INSERT INTO label (id, post, labeller, at, what)
    SELECT n, n, :model, '2026-01-01T00:00:00.000000+00:00', '{"about": true}' FROM world ORDER BY n
    """,
    """
    INSERT INTO current (post, label, about, sentiment, abstained, confidence)
    SELECT n, n, 1,
      CASE WHEN c % 20 = 0 THEN NULL WHEN (c + b % 20) % 20 < 8 THEN 'negative'
        WHEN (c + b % 20) % 20 < 15 THEN 'neutral' ELSE 'positive' END,
      c % 20 = 0, 0.9 FROM world ORDER BY n
    """,
    "INSERT INTO current_reason (code, post) SELECT 'reason' || (d % 16), n FROM world WHERE a % 3 ORDER BY 1, 2",
    # Every third post repeats the one before it: three in ten stories are reprinted, most of them once.
    """
    INSERT INTO story (post, story)
    SELECT n, printf('%040x', CASE WHEN n % 3 = 2 THEN n - 1 ELSE n END) FROM world ORDER BY n
    """,
    """
    INSERT INTO fate (id, pass, key, source, fate, detail, at)
    SELECT n, 1, 'https://news.example/' || n, 'source' || (a % 60), 'stored', '',
      strftime('%Y-%m-%dT%H:%M:%S', moment.epoch + c % 604800 + 3600, 'unixepoch') || '.000000+00:00'
    FROM world JOIN moment ON moment.number = world.week ORDER BY n
    """,
)


# What the triggers would have written.
_KEPT = (
    f"INSERT INTO arrival (source, day, n) SELECT source, {local_day('at')}, count(*) FROM fate GROUP BY 1, 2",
    "INSERT INTO stale (fold, period) SELECT fold, week FROM moment JOIN (SELECT 'week' AS fold UNION SELECT 'month')",
)


def fill(store: Store, count: int, regions: list[str], *, weeks: int = WEEKS, model: str = MODEL) -> None:
    """Write `count` judged posts, spread evenly over `weeks` weeks from FIRST on, into an empty database."""
    connection = store.database.conn
    connection.execute("PRAGMA cache_size = -1500000")
    connection.execute("PRAGMA synchronous = OFF")
    _scaffold(connection, regions, weeks)
    connection.execute("INSERT INTO pass (id, command, started) VALUES (1, 'import', '2016-01-01')")
    put_off = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    later = connection.execute(f"{put_off} ORDER BY type").fetchall()
    for kind, name, _ in later:
        connection.execute(f"DROP {kind} {name}")
    for begin in range(1, count + 1, 500_000):
        end = min(begin + 500_000, count + 1)
        connection.execute("BEGIN IMMEDIATE")
        numbers = {"begin": begin, "end": end, "weeks": weeks, "count": count}
        connection.execute(_WORLD, numbers)
        for sql in _TABLES:
            connection.execute(sql, {"model": model} if ":model" in sql else {})
        connection.execute("DROP TABLE world")
        connection.execute("COMMIT")
    for sql in (*(sql for _, _, sql in later), *_KEPT):
        connection.execute(sql)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _scaffold(connection: sqlite3.Connection, regions: list[str], weeks: int) -> None:
    from monitor.weeks import shift

    connection.execute("CREATE TEMP TABLE region (number INTEGER PRIMARY KEY, code TEXT)")
    connection.executemany("INSERT INTO region VALUES (?, ?)", enumerate(regions))
    connection.execute("CREATE TEMP TABLE moment (number INTEGER PRIMARY KEY, week TEXT, epoch INTEGER)")
    names = [shift(FIRST, n) for n in range(weeks)]
    rows = [(n, name, int((start(name) + timedelta(seconds=0)).timestamp())) for n, name in enumerate(names)]
    connection.executemany("INSERT INTO moment VALUES (?, ?, ?)", rows)
