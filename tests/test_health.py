"""How a source fares is told by what it did last, and by nothing that says nothing."""

from datetime import timedelta

import pytest
from builders import MONDAY, make_item

from crawlers import health
from monitor.records import Fate
from monitor.store import Store

GOOD, DEAD, SOFT, SLOW = {Fate.STORED: 3}, {Fate.GONE: 1}, {Fate.TOO_LARGE: 1}, {Fate.UNREACHABLE: 1}


@pytest.mark.parametrize(
    ("recent", "state"),
    [
        ([], "unasked"),
        ([GOOD, DEAD, DEAD], "working"),
        ([DEAD, GOOD], "failing"),
        ([SOFT, GOOD], "partly"),
        ([SOFT, SOFT, GOOD], "failing"),
        ([SLOW] * 3, "partly"),
        ([SLOW] * 4, "failing"),
        ([{Fate.STORED: 3, Fate.GONE: 3}], "partly"),
        ([{Fate.DUPLICATE: 99, Fate.UNREACHABLE: 1}], "working"),
    ],
)
def test_failures_in_a_row_add_up_by_their_weight(recent, state):
    assert health.state(recent) == state


def test_a_source_whose_posts_all_lack_a_date_says_so():
    assert health.state([GOOD], posts=9, undated=9) == "undated"
    assert health.state([GOOD], posts=9, undated=8) == "working"
    assert health.state([GOOD], posts=2, undated=2) == "working"


@pytest.mark.parametrize("nothing", [Fate.UNCHANGED, Fate.EMPTY, Fate.SPENT, Fate.POSSIBLE_GAP])
def test_what_says_nothing_neither_heals_nor_breaks(tmp_path, nothing):
    with Store.open(tmp_path / "s.db", clock=lambda: MONDAY + timedelta(hours=1)) as store:
        store.add(store.begin("crawl"), [make_item(1, source="good"), make_item(2, Fate.GONE, source="dead")])
        for _ in range(12):
            store.add(store.begin("crawl"), [make_item(3, nothing, source=s) for s in ("good", "dead")])
        found = {s.source: health.state(s.recent, s.posts, s.undated) for s in store.health().sources}
    assert found == {"good": "working", "dead": "failing"}
