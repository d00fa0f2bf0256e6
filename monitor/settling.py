"""Tells the types of settlement of posts that were stored before anybody looked for them.

Regions stay as they were stored. A killed run goes on where it was: each batch is a transaction of its own.
"""

from __future__ import annotations

import json

from monitor.posts import write_settlements
from monitor.preparation import Preparer
from monitor.settings import Settings
from monitor.store import Store

BATCH = 500  # posts of one transaction
_UNTOLD = "SELECT number, title, text, source FROM post WHERE settlements = '' ORDER BY number LIMIT ?"


def settle(store: Store, settings: Settings) -> int:
    """Tell and store the settlements of all posts from before, from their words or their source; return how many."""
    preparer, told = Preparer(settings), 0
    while rows := store.rows(_UNTOLD, (BATCH,)):
        found = [(row["number"], preparer.located(row["title"], row["text"], row["source"])[2]) for row in rows]
        with store.writing() as connection:
            for number, settlements in found:
                connection.execute(
                    "UPDATE post SET settlements = ? WHERE number = ?", (json.dumps(settlements), number)
                )
                write_settlements(connection, number, settlements)
        told += len(found)
    return told
