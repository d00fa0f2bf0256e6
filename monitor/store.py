"""The database as one object: the only door to what is stored.

Each noun has its file; a new method goes to the file of its noun, and its test to the test of that file.
"""

from __future__ import annotations

from monitor.answers import Answers
from monitor.bell import Bell
from monitor.choruses import Choruses
from monitor.ledger import Ledger
from monitor.linking import Linking
from monitor.outbox import Outbox
from monitor.posts import Posts
from monitor.revisits import Revisits
from monitor.tallies import Tallies
from monitor.vectors import Vectors


class Store(Posts, Revisits, Answers, Tallies, Linking, Choruses, Vectors, Ledger, Bell, Outbox):
    """One open Senim database; open it with `Store.open(path)`, close it or use it as a context manager.

    posts      add known post versions posts count each_post forget reindex declare_sources
    revisits   to_revisit gone
    answers    answers_behind restand
    labels     add_opinions unjudged remember_judged opinion opinions labels candidates known_stories people judged
    tallies    tallied keep_tallies
    stories    link_stories story stories
    choruses   mark_choruses chorus_of choruses
    vectors    without_vector add_vectors vectors vectors_of
    work       begin finish fates failures health weeks undated arrivals record_job jobs
    alerts     add_alerts alerts alert acknowledge mute alert_facts muted alert_states
    mail       enqueue outbox_due mark_sending mark_sent mark_failed retry outbox
    """
