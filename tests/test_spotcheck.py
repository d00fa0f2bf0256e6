"""The random sample of a week tells how often the model errs, and labels given for other reasons do not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import spotcheck
from monitor.spotcheck import Checked, accuracies, ordered, queue, wilson

WEEK = "2026-W07"


def week(number, right, name=WEEK, language="ru", seed=1):
    """Return posts of a week that nobody has read, and what people would say: `right` of them as the model."""
    rng = random.Random(seed)
    posts, truth = [], {}
    for n in range(number):
        post = Checked(post=f"{name}-{language}-{n}", week=name, language=language, answer="negative")
        posts.append(post)
        truth[post.post] = "negative" if rng.random() < right else "neutral"
    return posts, truth


def reading(posts, truth, number):
    """Return the posts of a week after people have read the first `number` of its sample."""
    wanted = {c.post for c in queue(posts, posts[0].week, number)}
    return [replace(c, truth=truth[c.post]) if c.post in wanted else c for c in posts]


def of(found, question="stance", language=""):
    return next(a for a in found if (a.question, a.language) == (question, language))


def test_the_sample_tells_the_share():
    shares = []
    for seed in range(60):
        posts, truth = week(400, 0.8, seed=seed)
        one = of(accuracies(reading(posts, truth, 50)))
        assert (one.n, one.of) == (50, 400)
        really = sum(v == "negative" for v in truth.values()) / 400
        shares.append(one.low <= really <= one.high)
    assert sum(shares) >= 48  # 54 are expected at 90 %


def test_labels_given_for_other_reasons_do_not_count():
    posts, _ = week(400, 0.8)
    unsure = random.Random(2).sample([c.post for c in posts], 150)
    posts = [replace(c, truth="positive") if c.post in unsure else c for c in posts]
    assert of(accuracies(posts)).n == 0


def test_weeks_weigh_by_their_posts():
    large, truth = week(900, 1.0)
    small, others = week(100, 0.0, "2026-W08")
    one = of(accuracies([*reading(large, truth, 30), *reading(small, others, 30)]))
    assert one.share == pytest.approx(0.9)
    assert one.effective == pytest.approx(60 * 1000**2 / (2 * (900**2 + 100**2)), rel=1e-6)
    assert one.n == 60


def test_languages_have_their_own_figures():
    russian, truth = week(100, 1.0)
    kazakh, others = week(100, 0.0, language="kk")
    found = accuracies(reading([*russian, *kazakh], truth | others, 80))
    assert of(found, language="ru").share == 1
    assert of(found, language="kk").share == 0
    assert 0.3 < of(found).share < 0.7


def test_abstentions_are_no_errors_of_stance_and_not_about_is_an_answer():
    posts, truth = week(40, 1.0)
    posts = [replace(c, answer="abstained" if n % 2 else "not about") for n, c in enumerate(posts)]
    found = accuracies(reading(posts, dict.fromkeys(truth, "not about"), 40))
    assert (of(found).n, of(found).share) == (20, 1)
    assert (of(found, "about").n, of(found, "about").share) == (40, 0.5)


def test_what_arrives_later_moves_no_other_post():
    posts, _ = week(100, 1.0)
    later, _ = week(130, 1.0)
    assert [c for c in ordered(later) if c in posts] == ordered(posts)


def test_what_was_read_is_not_asked_again():
    posts, truth = week(100, 1.0)
    assert len(queue(posts, WEEK, 50)) == 50
    half = reading(posts, truth, 25)
    assert len(queue(half, WEEK, 50)) == 25
    assert queue(reading(half, truth, 50), WEEK, 50) == []
    assert queue(posts, "2026-W01", 50) == []


def test_a_few_lines_left_empty_do_not_stop_the_count():
    posts, truth = week(200, 1.0)
    read = reading(posts, truth, 40)
    empty = ordered(read)[20].post
    assert of(accuracies([replace(c, truth=None) if c.post == empty else c for c in read])).n == 39


@given(st.floats(0, 1), st.floats(0.5, 1000))
def test_intervals_hold_their_share(share, n):
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_intervals_are_those_of_wilson():
    from statsmodels.stats.proportion import proportion_confint

    assert wilson(0.9, 100) == pytest.approx(proportion_confint(90, 100, alpha=0.1, method="wilson"))
    assert wilson(0.5, 0) == (0, 1)
    assert spotcheck.read([]) == []
