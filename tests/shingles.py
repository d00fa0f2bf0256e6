"""How much of a text was found: the measure of scrapinghub/article-extraction-benchmark, in our own words.

Texts are compared as bags of runs of four words. Precision and recall are means over pages, F1 is made of the means.
"""

from __future__ import annotations

import re
from collections import Counter
from statistics import mean


def shingles(text):
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3)) if words)


def counts(truth, found):
    """Return (right, too much, missing) shingles."""
    wanted, given = shingles(truth), shingles(found)
    right = (wanted & given).total()
    return right, given.total() - right, wanted.total() - right


def score(rows):
    """Return (F1, precision, recall) of pages given as counts."""
    precisions = [right / (right + extra) for right, extra, _ in rows if right + extra]
    recalls = [right / (right + missing) for right, _, missing in rows if right + missing]
    precision, recall = mean(precisions or [0.0]), mean(recalls or [0.0])
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0, precision, recall
