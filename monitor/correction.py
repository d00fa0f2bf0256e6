"""Stance corrected for the classifier's own error: what the posts of a cell say, not what the model reads in them.

A classifier that takes one negative post in ten for neutral moves every index, and by another amount in each language.
The matrix M of labelled against answered stance, abstentions a column of their own, is counted on held-out posts. The
answers of a cell are then a mixture q = p M of its rows, and p is found by the matrix method of Rogan and Gladen (1978,
American Journal of Epidemiology 107:71-76) for two classes, of Buck and Gart (1966) and, for more classes, "adjusted
count" in the survey of González et al. (2017, ACM Computing Surveys 50:74). With four answers for three stances the
inverse is the generalised one of least squares. So each answer has a score, and a corrected index is the mean score of
its posts: it can be added up over weeks, languages and regions. Expectation maximisation (Saerens et al. 2002, Neural
Computation 14:21-41) needs as much data in every cell as here all cells together have, and sticks to the edges.

Each row of M has a Dirichlet posterior. Its prior is the row of all languages together with the weight of as many posts
as makes the counts most likely, so that 40 English posts borrow what they lack. The error that M leaves is not noise:
it is the same in all cells, and is carried on as such (`pooling`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import SenimError
from monitor.records import SENTIMENTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ANSWERS = (*SENTIMENTS, "abstained")
PERSON = "person:"  # a labeller whose word is taken as it is
OTHER = ""  # the language of posts in none that was measured
WEIGHTS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)  # of the prior of a row, in posts
FILE = "confusion.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """Held-out posts that one model version says are about law enforcement: counts[language][labelled][answered].

    Rows are SENTIMENTS, columns ANSWERS. Posts that are not about it at all stand in the row of neutral: a cell has
    such posts too, and they hold no stance.
    """

    model: str
    counts: Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Correction:
    """Scores of answers by language; arrays are in the order of `languages`, the last two OTHER and PERSON.

    `scores` [language, answer] are what an answer adds to the net index, `shares` [language, answer, stance] what it
    adds to the share of each stance. `doubt` [language, stance] is the variance that the unknown M gives to an index
    whose posts are all of that language and stance.
    """

    model: str
    languages: tuple[str, ...]
    scores: Floats
    shares: Floats
    doubt: Floats

    def place(self, language: str, model: str) -> int:
        """Return the row of a post in this language judged by `model`, -1 where its error was never measured."""
        if model.startswith(PERSON):
            return len(self.languages) - 1
        if model != self.model:
            return -1
        return self.languages.index(language if language in self.languages else OTHER)

    def truth(self, counts: Floats) -> Floats:
        """Return the shares of the stances [..., language, stance] behind counts [..., language, answer].

        They are parts of the whole cell, so that all of them sum to 1 (0 without posts), and none is negative.
        """
        import numpy as np

        total = counts.sum(axis=(-1, -2), keepdims=True)
        found = np.einsum("...la,las->...ls", counts, self.shares)
        found = np.maximum(found, 0.0) * _ratio(counts.sum(-1), np.maximum(found, 0.0).sum(-1))[..., None]
        return _ratio(found, np.broadcast_to(total, found.shape))


def load(file: Path) -> Confusion | None:
    """Read what `senim evaluate --card` wrote beside the weights; None without it, SenimError when it is broken."""
    if not file.is_file():
        return None
    try:
        found = json.loads(file.read_text("utf-8"))
        counts = {
            str(language): [[int(rows[row][column]) for column in ANSWERS] for row in SENTIMENTS]
            for language, rows in found["counts"].items()
        }
        return Confusion(model=str(found["model"]), counts=counts)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        advice = "Write it anew: senim evaluate --card."
        raise SenimError(f"not a table of confusions: {error!r}", where=str(file), advice=advice) from None


def correction(confusion: Confusion) -> Correction:
    """Return the scores that undo a confusion; a language without held-out posts is treated as OTHER."""
    import numpy as np

    measured = tuple(sorted(name for name, rows in confusion.counts.items() if np.sum(rows)))
    counts = np.array([confusion.counts[name] for name in measured], dtype=np.float64).reshape(-1, 3, 4)
    prior = _prior(counts)
    rows = np.concatenate([counts + prior, prior[None]])
    truth = (counts.sum(axis=(0, 2)) + 1) / (counts.sum() + 3)
    shares = np.stack([_inverse(row / row.sum(-1, keepdims=True), truth) for row in rows])
    person = np.eye(4, 3)
    person[3] = 1 / 3
    net = np.array([-1.0, 0.0, 1.0])
    scores = shares @ net
    means = rows / rows.sum(-1, keepdims=True)
    # A row errs by e ~ Dirichlet; with p M a = p c, an index errs by -p e a to first order (the delta method).
    doubt = (np.einsum("lsa,la->ls", means, scores**2) - net**2) / (rows.sum(-1) + 1)
    return Correction(
        model=confusion.model,
        languages=(*measured, OTHER, PERSON),
        scores=np.concatenate([scores, (person @ net)[None]]),
        shares=np.concatenate([shares, person[None]]),
        doubt=np.concatenate([doubt, np.zeros((1, 3))]),
    )


def _prior(counts: Floats) -> Floats:
    """Return the pseudo-counts [stance, answer] of a language that was never measured.

    Their mean is that of all languages (and half a post in each place), their weight the likeliest of WEIGHTS under
    the Dirichlet-multinomial law (empirical Bayes).
    """
    import numpy as np
    from scipy.special import gammaln

    pooled = counts.sum(axis=0) + 0.5
    mean = np.asarray(pooled / pooled.sum(axis=-1, keepdims=True), dtype=np.float64)

    def likelihood(weight: float) -> float:
        shape = weight * mean
        ends = gammaln(weight) - gammaln(weight + counts.sum(-1))
        return float(ends.sum() + (gammaln(counts + shape) - gammaln(shape)).sum())

    return max(WEIGHTS, key=likelihood) * mean


def _inverse(rows: Floats, truth: Floats) -> Floats:
    """Return the scores [answer, stance] with `rows` @ scores = 1 of least variance where `truth` are the shares.

    Aitken's generalised least squares; the scores of every answer sum to 1, so that shares do.
    """
    import numpy as np

    weighted = rows / (truth @ rows)
    return np.asarray(np.linalg.solve(weighted @ rows.T, weighted).T, dtype=np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    import numpy as np

    found: Floats = np.divide(part, whole, out=np.zeros_like(part, dtype=np.float64), where=whole > 0)
    return found


def table(rows: Mapping[str, Any]) -> dict[str, dict[str, dict[str, int]]]:
    """Return counts by language as `load` reads them, from `stance_matrix_by_language` of an evaluation.

    The answers "not about" are left out, for such posts are in no cell; labelled "not about" joins neutral.
    """
    return {
        language: {
            stance: {
                answer: int(found[stance][answer]) + (int(found["not about"][answer]) if stance == "neutral" else 0)
                for answer in ANSWERS
            }
            for stance in SENTIMENTS
        }
        for language, found in rows.items()
    }
