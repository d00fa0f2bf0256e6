"""What is given to a person to label: what the model is unsure of, in turn, and a share by chance."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.choosing import Candidate, choose, shuffled


def make(number, **given):
    values = {
        "id": f"p{number:03}", "language": "ru", "story": f"p{number:03}", "about": True, "sentiment": "negative",
        "abstained": False, "confidence": 0.9, "probabilities": (0.9, 0.07, 0.03),
    } | given  # fmt: skip
    return Candidate(**values)


def test_the_least_sure_come_first():
    sure, torn = make(1), make(2, probabilities=(0.45, 0.1, 0.45))
    assert (sure.doubt, torn.doubt) == (0.17, 1)
    assert [c.candidate for c in choose([sure, torn], number=2, share=0, seed=1)] == [torn, sure]
    near, far = make(3, about=False, confidence=0.3), make(4, about=False, confidence=0.99)
    assert (near.reads, near.doubt, far.doubt) == ("not about", 0.7, 0.01)
    assert [c.candidate for c in choose([far, near], number=1, share=0, seed=1)] == [near]


def test_abstentions_come_first_and_no_answer_floods_the_list():
    flood = [make(n, probabilities=(0.5, 0.5, 0)) for n in range(100)]
    others = [
        make(200, abstained=True, sentiment=None, probabilities=(0.4, 0.3, 0.3)),
        make(201, sentiment="positive", probabilities=(0, 0.1, 0.9)),
        make(202, language="kk"),
        make(203, about=False, sentiment="neutral", confidence=0.99),
    ]
    found = choose([*flood, *others], number=6, share=0, seed=1)
    assert [(c.candidate.reads, c.candidate.language) for c in found] == [
        ("abstains", "ru"), ("negative", "kk"), ("negative", "ru"), ("positive", "ru"), ("not about", "ru"),
        ("negative", "ru"),
    ]  # fmt: skip


def test_a_story_is_labelled_once():
    reprints = [make(n, story="s") for n in range(5)]
    assert len(choose([*reprints, make(9)], number=50, share=0, seed=1)) == 2
    assert [c.candidate.id for c in choose([*reprints, make(9)], number=50, share=0, seed=1, known={"s"})] == ["p009"]


def test_the_random_share_is_drawn_from_all_alike_and_goes_on_where_it_ended():
    everything = [make(n, story="one", probabilities=(1, 0, 0)) for n in range(200)]
    first = [c.candidate for c in choose(everything, number=50, share=1, seed=1)]
    assert len(first) == 50
    left = [c for c in everything if c not in first[:20]]
    assert [c.candidate for c in choose(left, number=30, share=1, seed=1)] == first[20:]
    assert {c.candidate for c in choose(everything, number=50, share=1, seed=2)} != set(first)
    times = Counter(c.candidate.id for s in range(400) for c in choose(everything[:20], number=5, share=1, seed=s))
    assert len(times) == 20
    assert max(times.values()) < 150  # 100 expected, with a deviation of 9


def test_the_order_of_a_sheet_tells_nothing():
    chosen = choose([make(n) for n in range(40)], number=40, share=0.5, seed=1)
    order = shuffled(chosen, 1)
    assert sorted(c.candidate.id for c in order) == sorted(c.candidate.id for c in chosen)
    assert 5 < sum(c.drawn == "random" for c in order[:20]) < 15


candidates = st.lists(
    st.builds(
        make, st.integers(0, 99), language=st.sampled_from(["kk", "ru"]), story=st.sampled_from("abcdefgh"),
        about=st.booleans(), abstained=st.booleans(), confidence=st.floats(0, 1),
    ),
    unique_by=lambda c: c.id, max_size=40,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(candidates, st.integers(1, 30), st.floats(0, 1), st.randoms(use_true_random=False))
def test_never_too_many_never_twice_and_in_any_order(given_candidates, number, share, chance):
    found = choose(given_candidates, number=number, share=share, seed=3)
    assert len(found) <= number
    assert len({c.candidate.id for c in found}) == len(found)
    unsure = [c.candidate.story for c in found if c.drawn == "unsure"]
    assert len(set(unsure)) == len(unsure)
    assert sum(c.drawn == "random" for c in found) == min(round(number * share), len(given_candidates))
    assert choose(chance.sample(given_candidates, len(given_candidates)), number=number, share=share, seed=3) == found
