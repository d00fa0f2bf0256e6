"""An alert rings once, and what people answer is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import MONDAY

from monitor.bell import AlertState
from monitor.errors import StoreError
from monitor.records import Alert
from monitor.store import Store

ALERT = Alert(
    id="a1",
    rule="spike",
    week="2026-W07",
    region="KZ-75",
    reason="corruption",
    observed=9,
    expected=2.5,
    upper=6.0,
    p=0.001,
    q=0.01,
    sources=4,
    posts=("x", "y"),
)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        opened.add_alerts([ALERT])
        yield opened


def test_an_alert_comes_back_as_it_was_and_one_of_an_older_version_with_what_it_knows(store):
    shift = replace(ALERT, id="c", kind="shift", since="2026-W03", before=0.1, after=-0.3, reasons=("corruption",))
    store.add_alerts([shift])
    assert store.alert("c") == shift
    with store.writing() as connection:
        connection.execute("UPDATE alert SET what = json_remove(what, '$.kind', '$.reasons', '$.since', '$.span')")
    assert store.alert("c") == replace(shift, kind="spike", reasons=(), since="")


def test_only_new_alerts_are_news(store):
    other = replace(ALERT, id="a2", week="2026-W08")
    assert store.add_alerts([ALERT, other]) == (other,)
    assert store.alerts() == [other, ALERT]
    assert store.alerts("2026-W07") == [ALERT]
    assert store.alert("a1") == ALERT
    assert store.alert("a9") is None


def test_who_knows_is_written_down_once(store):
    store.acknowledge("a1", "person:a", MONDAY)
    store.acknowledge("a1", "person:a", MONDAY + timedelta(hours=1))
    store.acknowledge("a1", "person:b", MONDAY, note="called the precinct")
    assert [(fact.who, fact.kind, fact.note) for fact in store.alert_facts("a1")] == [
        ("person:a", "ack", ""),
        ("person:b", "ack", "called the precinct"),
    ]


def test_a_muted_cell_is_silent_until_it_wakes(store):
    until = MONDAY + timedelta(days=7)
    store.mute("a1", "person:a", MONDAY, until)
    assert store.muted(MONDAY) == {("spike", "KZ-75", "corruption"): until}
    assert store.muted(until) == {}


def test_a_later_word_stands_over_an_earlier_one(store):
    store.mute("a1", "person:a", MONDAY, MONDAY + timedelta(days=7))
    store.mute("a1", "person:b", MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=1))
    assert store.muted(MONDAY + timedelta(hours=2)) == {}
    assert len(store.alert_facts()) == 2


def test_nobody_can_answer_an_alert_that_never_rang(store):
    with pytest.raises(StoreError, match="no such alert"):
        store.acknowledge("a9", "person:a", MONDAY)


def test_the_state_of_an_alert_is_that_of_its_cell_at_the_time(store):
    later = replace(ALERT, id="a2", week="2026-W08")
    other = replace(ALERT, id="a3", region="KZ-71")
    store.add_alerts([later, other])
    store.acknowledge("a1", "one", MONDAY)
    store.acknowledge("a1", "two", MONDAY + timedelta(hours=1))
    store.mute("a1", "one", MONDAY, MONDAY + timedelta(days=7))
    states = store.alert_states(MONDAY + timedelta(days=1))
    assert states["a1"] == AlertState(acknowledged=MONDAY, muted=MONDAY + timedelta(days=7))
    assert states["a2"] == AlertState(muted=MONDAY + timedelta(days=7))
    assert states["a3"] == AlertState()
    assert store.alert_states(MONDAY + timedelta(days=8))["a2"] == AlertState()
    store.mute("a1", "one", MONDAY + timedelta(days=2), MONDAY + timedelta(days=2))  # no longer
    assert store.alert_states(MONDAY + timedelta(days=3))["a1"].muted is None
