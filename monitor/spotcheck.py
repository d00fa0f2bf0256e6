"""How often the model is right, by a random sample of each week that people read.

What a person labels because the model was unsure says nothing of how often it errs; only posts drawn by chance do. In
each week the posts that the model has answered stand in an order by a hash of week and id. People read from the top
(`queue`); what arrives later falls anywhere in the order and never moves others. What counts is the top of the order
down to where people stopped: at least READ of it labelled, and at least LEAST posts, so that labels given for other
reasons do not count as chance. A week is a stratum: its posts weigh as many as it has for each that was read. Intervals
are those of Wilson (1927) with the effective sample size of Kish. A post counts with what the model had answered before
the person read it; a model that learnt from the label afterwards is not tested by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.choosing import rank

READ = 0.95  # share of the top of the order that must be labelled: a few lines may stay empty
LEAST = 10  # posts at the top of a week without which it does not count
LEVEL = 0.9  # probability of the intervals
QUESTIONS = ("about", "stance")
ALL = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A post of a week with the model's answer, and that of a person where one has read it.

    An answer is `not about`, a stance, or `abstained`; `truth` is None where nobody has read the post.
    """

    post: str
    week: str
    language: str
    answer: str
    truth: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accuracy:
    """How often model and person say the same in one language ("" for all), with the interval of probability 0.9.

    `question` is about (is it about law enforcement at all) or stance (that and the stance, where the model does not
    abstain). `n` posts were read of `weeks` weeks, `of` posts were in these weeks; `effective` is n without what uneven
    weights cost. `share` and its ends are None without posts.
    """

    question: str
    language: str
    n: int
    of: int
    weeks: int
    effective: float
    share: float | None
    low: float | None
    high: float | None


def ordered(posts: Iterable[Checked]) -> list[Checked]:
    """Return posts in the order in which people should read them, week by week."""
    return sorted(posts, key=lambda c: (c.week, rank(0, f"check\x1f{c.week}\x1f{c.post}")))


def queue(posts: Iterable[Checked], week: str, number: int) -> list[Checked]:
    """Return those of the first `number` posts of a week that nobody has read yet."""
    own = ordered(c for c in posts if c.week == week)
    return [c for c in own[:number] if c.truth is None]


def read(posts: Sequence[Checked]) -> list[Checked]:
    """Return what people have read of the top of one week's order; empty where they have not got far enough."""
    size, labelled = 0, 0
    for place, post in enumerate(posts, 1):
        if post.truth is not None:
            labelled += 1
            if place >= LEAST and labelled >= READ * place:
                size = place
    return [post for post in posts[:size] if post.truth is not None]


def accuracies(posts: Iterable[Checked]) -> tuple[Accuracy, ...]:
    """Return the accuracy over all weeks in `posts`, which are whole weeks, for all posts and for each language."""
    by_week: dict[str, list[Checked]] = defaultdict(list)
    for post in ordered(posts):
        by_week[post.week].append(post)
    top = {week: read(own) for week, own in by_week.items()}
    languages = sorted({c.language for own in top.values() for c in own})
    return tuple(
        _accuracy(question, language, by_week, top) for question in QUESTIONS for language in (ALL, *languages)
    )


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the interval of Wilson for a share of `n` posts; 0 to 1 for none."""
    if n <= 0:
        return 0.0, 1.0
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(share * n, n, alpha=1 - LEVEL, method="wilson")
    return max(0.0, float(low)), min(1.0, float(high))


def _accuracy(
    question: str, language: str, by_week: Mapping[str, Sequence[Checked]], top: Mapping[str, Sequence[Checked]]
) -> Accuracy:
    right = weight = squares = 0.0
    n = of = weeks = 0
    for week, seen in top.items():
        ours = [c for c in seen if language in (ALL, c.language)]
        size = sum(language in (ALL, c.language) for c in by_week[week])
        asked = [c for c in ours if question == "about" or c.answer != "abstained"]
        if asked:
            each = size / len(ours)  # every post that was read stands for so many of its week
            n, of, weeks = n + len(asked), of + size, weeks + 1
            weight, squares = weight + each * len(asked), squares + each * each * len(asked)
            right += each * sum(_same(c, question) for c in asked)
    if not n:
        return Accuracy(question=question, language=language, n=0, of=0, weeks=0, effective=0.0, share=None, low=None,
                        high=None)  # fmt: skip
    share, effective = right / weight, weight * weight / squares
    low, high = wilson(share, effective)
    return Accuracy(question=question, language=language, n=n, of=of, weeks=weeks, effective=effective, share=share,
                    low=low, high=high)  # fmt: skip


def _same(post: Checked, question: str) -> bool:
    if question == "about":
        return (post.answer == "not about") == (post.truth == "not about")
    return post.answer == post.truth
