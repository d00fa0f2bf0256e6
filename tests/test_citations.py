"""A citation is whole words of the post, near the best token, never more than two sentences."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models import citations, passages
from monitor.records import Mention

TEXT = "Участковый не берёт трубку третий день. Дождь идёт. А полиция района молчит, как всегда."


def offsets_of(text):
    """Cut a text into tokens of at most four characters, spaces left out."""
    spans, start = [], None
    for i, char in enumerate(text + " "):
        if char.isspace() or (start is not None and i - start == 4):
            if start is not None:
                spans.append((start, i))
            start = None if char.isspace() else i
        elif start is None:
            start = i
    return spans


def cite(strong, text=TEXT, mentions=()):
    (passage,) = passages.cut("", text, mentions)
    offsets = offsets_of(passage.text)
    scores = np.array([0.9 if strong in passage.text[a:b] else 0.05 for a, b in offsets], dtype=np.float32)
    return citations.cite(text, scores, passage.origins(offsets))


def test_it_grows_to_whole_words():
    start, end = cite("труб")
    assert TEXT[start:end] == "трубку"


def test_marks_are_not_cited():
    at = TEXT.index("полиция")
    start, end = cite("поли", mentions=[Mention(body="police", start=at, end=at + 7)])
    assert TEXT[start:end] == "полиция"


def test_strong_neighbours_belong_to_it_and_weak_ones_do_not():
    (passage,) = passages.cut("", TEXT, [])
    offsets = offsets_of(TEXT)
    first, last = TEXT.index("не берёт"), TEXT.index(" третий")
    scores = np.array([0.8 if first <= a < last else 0.1 for a, _ in offsets], dtype=np.float32)
    start, end = citations.cite(TEXT, scores, passage.origins(offsets))
    assert TEXT[start:end] == "не берёт трубку"


def test_a_post_of_which_only_the_title_was_read_has_none():
    (passage,) = passages.cut("Заголовок", "x" * 20, [])
    assert citations.cite("x" * 20, np.ones(1, dtype=np.float32), passage.origins([(0, 9)])) is None


@given(st.text(alphabet="абв .!?\n", min_size=1, max_size=200), st.randoms(use_true_random=False))
def test_it_lies_in_the_text_and_in_two_sentences(text, rng):
    (passage,) = passages.cut("", text, [])
    offsets = offsets_of(text)
    if not offsets:
        return
    scores = np.array([rng.random() for _ in offsets], dtype=np.float32)
    start, end = citations.cite(text, scores, passage.origins(offsets))
    assert 0 <= start <= end <= len(text)
    assert sum(a < end and b > start for a, b in passages.sentences(text)) <= 2
