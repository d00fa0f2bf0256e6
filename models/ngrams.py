"""Wide beside deep: hashed letters and words with linear weights, the memory for words that the network lacks.

A small encoder reads how a thing is said, a linear model remembers by which words (Cheng et al. 2016). Texts are folded
first, so that Kazakh without its letters and Kazakh in Latin script fall on the same n-grams as the full spelling.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.network import HEADS
from models.passages import CLOSE, OPEN
from models.scores import Floats

FILE = "ngrams.safetensors"
BUCKETS = 1 << 16  # of letters, and as many of words
LETTERS = (2, 3, 4, 5)
WINDOW = 4  # words
_MARKED = re.compile(re.escape(OPEN) + "(.*?)" + re.escape(CLOSE), re.DOTALL)
_WORD = re.compile(r"\w+")
_RUN = re.compile(r"(\w)\1{2,}")
# One key for all spellings of a sound: 33 letters for the 42 of Kazakh, and for its two Latin alphabets.
_FOLD = str.maketrans(
    dict(zip("қғүұөңіәһёйцщэqğgwuūüoöñnıiaäbvdejzklmprstfhcçşyx",
             "кгууониахеисшекггвуууооннииаабвдежзклмпрстфхкчшых", strict=True))
    | {"ъ": "", "ь": "", "ю": "иу", "я": "иа"}
)  # fmt: skip
_SOUNDS = (("sh", "ш"), ("zh", "ж"), ("ch", "ч"), ("kh", "х"), ("ts", "с"), ("ya", "иа"), ("yu", "иу"))


@dataclass(frozen=True, slots=True)
class Ngrams:
    """Linear `weights` [2 * BUCKETS, outputs] and `bias` [outputs]: about, sentiment (heads x 3), reasons.

    `rarity` [2 * BUCKETS] is the inverse document frequency of each bucket.
    """

    rarity: Floats
    weights: NDArray[np.float32]
    bias: Floats

    def read(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return logits named as the network's: about [n], sentiment [n, heads, 3], reasons [n, codes]."""
        found = np.empty((len(texts), len(self.bias)))
        for row, text in enumerate(texts):
            buckets, values = vector(text, self.rarity)
            found[row] = values.astype(np.float32) @ self.weights[buckets] + self.bias
        sides = 1 + 3 * len(HEADS)
        return {
            "about": found[:, 0],
            "sentiment": found[:, 1:sides].reshape(len(texts), len(HEADS), 3),
            "reasons": found[:, sides:],
        }

    def save(self, folder: Path) -> None:
        """Write FILE in half precision."""
        from safetensors.numpy import save_file

        half = {k: np.ascontiguousarray(getattr(self, k), dtype=np.float16) for k in ("rarity", "weights")}
        save_file(half | {"bias": self.bias.astype(np.float32)}, folder / FILE)


def load(folder: Path) -> Ngrams | None:
    """Open what `save` wrote; None for a folder without it."""
    from safetensors.numpy import load_file

    if not (folder / FILE).is_file():
        return None
    kept = load_file(folder / FILE)
    rarity, bias = (kept[name].astype(np.float64) for name in ("rarity", "bias"))
    return Ngrams(rarity, kept["weights"].astype(np.float32), bias)


def fold(text: str) -> str:
    """Return the text in one alphabet: lower case, without marks, one letter for a sound, nothing stretched."""
    text = text.replace(OPEN, "").replace(CLOSE, "").lower()
    for letters, sound in _SOUNDS:
        text = text.replace(letters, sound)
    return _RUN.sub(r"\1", text.translate(_FOLD))


def grams(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the buckets of a text, letters first, and how often each occurs."""
    folded = fold(text)
    words = _WORD.findall(folded)
    points = np.frombuffer(f" {' '.join(folded.split())} ".encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    hashes, rolling = [], points
    for size in range(2, LETTERS[-1] + 1):
        # A polynomial over code points; overflow is the modulus.
        rolling = rolling[: len(points) - size + 1] * np.uint64(0x9E3779B97F4A7C15) + points[size - 1 :]
        if size in LETTERS:
            mixed = (rolling + np.uint64(size)) * np.uint64(0xD6E8FEB86659FD93)
            hashes.append((mixed >> np.uint64(40)).astype(np.int64) % BUCKETS)
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
    whole = (*words, *pairs, *near(text))
    hashes.append(np.array([BUCKETS + zlib.crc32(w.encode()) % BUCKETS for w in whole], dtype=np.int64))
    found, counts = np.unique(np.concatenate(hashes), return_counts=True)
    return found, counts.astype(np.float64)


def near(text: str) -> list[str]:
    """Return the words within WINDOW of a marked target, before it as "word<" and behind it as ">word"."""
    found = []
    parts = _MARKED.split(text)  # text, target, text, target, ... text
    for n in range(1, len(parts), 2):
        before, behind = (_WORD.findall(fold(parts[at])) for at in (n - 1, n + 1))
        found += [f"{w}<" for w in before[-WINDOW:]] + [f">{w}" for w in behind[:WINDOW]]
    return found


def vector(text: str, rarity: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the buckets of a text and their values: sublinear counts by `rarity`; letters and words of length 1."""
    found, counts = grams(text)
    values = (1 + np.log(counts)) * rarity[found]
    split = int(np.searchsorted(found, BUCKETS))
    for part in (slice(0, split), slice(split, None)):
        values[part] /= max(float(np.sqrt((values[part] ** 2).sum())), 1e-9)
    return found, values


def matrix(texts: Sequence[str], rarity: Floats) -> Any:  # noqa: ANN401 - a sparse matrix
    """Return the vectors of texts as rows of a sparse matrix."""
    from scipy.sparse import csr_matrix

    rows = [vector(t, rarity) for t in texts]
    ends = np.cumsum([0, *(len(found) for found, _ in rows)])
    data, indices = (np.concatenate([row[k] for row in rows]) for k in (1, 0))
    return csr_matrix((data, indices, ends), shape=(len(texts), 2 * BUCKETS))


def rarity(texts: Sequence[str]) -> Floats:
    """Return the smoothed inverse document frequency of each bucket; 0 for those seen in fewer than two texts."""
    seen = np.zeros(2 * BUCKETS)
    for text in texts:
        seen[grams(text)[0]] += 1
    found: Floats = np.where(seen > 1, np.log((1 + len(texts)) / (1 + seen)) + 1, 0.0)
    return found
