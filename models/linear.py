"""TF-IDF and logistic regression: letters 2-4 and words 1-2, the baseline that is hard to beat on short texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.guesses import Guesses, Labels
from models.scores import Floats, Ints
from monitor.errors import ModelError

# Inverse of the penalty. On dev 1, 4 and 16 give a stance of 0.72, 0.71 and 0.71, reasons of 0.46, 0.47 and 0.47.
STRENGTH = 4.0
ROUNDS = 300


def features() -> Any:  # noqa: ANN401 - a library without types
    """Return an unfitted vectoriser; raises ModelError with advice where scikit-learn is missing."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import FeatureUnion
    except ImportError as error:
        advice = "Install it with `pip install 'senim[train]'`, or give --baselines none."
        raise ModelError("the baselines need scikit-learn", advice=advice) from error
    return FeatureUnion(
        [
            ("letters", TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=2, sublinear_tf=True)),
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"\w+")),
        ]
    )


def guesses(train: Sequence[str], truth: Labels, texts: Sequence[Sequence[str]]) -> list[Guesses]:
    """Train on labelled texts and return what is said of each list of texts."""
    vectors = features()
    seen = vectors.fit_transform(train)
    unseen = [vectors.transform(list(t)) for t in texts]
    about = _yes_no(seen, truth.about, unseen)
    staged = truth.stance >= 0
    stance = several(seen[staged], truth.stance[staged], unseen)
    reasons = [_yes_no(seen, truth.reasons[:, n], unseen) for n in range(truth.reasons.shape[1])]
    return [
        Guesses(about=about[k], stance=stance[k], reasons=np.stack([r[k] for r in reasons], 1))
        for k in range(len(texts))
    ]


def several(seen: Any, truth: Ints, unseen: Sequence[Any], classes: int = 3) -> list[Floats]:  # noqa: ANN401
    """Return the probabilities [texts, classes] of a regression over several classes; 0 for those never seen."""
    from sklearn.linear_model import LogisticRegression

    if len(set(truth.tolist())) < 2:
        return [np.tile(np.bincount(truth, minlength=classes) / len(truth), (u.shape[0], 1)) for u in unseen]
    model = LogisticRegression(C=STRENGTH, max_iter=ROUNDS, class_weight="balanced").fit(seen, truth)
    found = []
    for rows in unseen:
        chances = np.zeros((rows.shape[0], classes))
        chances[:, model.classes_] = model.predict_proba(rows)
        found.append(chances)
    return found


def _yes_no(seen: Any, truth: Ints, unseen: Sequence[Any]) -> list[Floats]:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression

    if len(set(truth.tolist())) < 2:
        return [np.full(u.shape[0], float(truth[0])) for u in unseen]
    model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=1)
    model.fit(seen, truth)
    return [np.asarray(model.predict_proba(u)[:, 1], dtype=np.float64) for u in unseen]
