"""A classifier after fastText (Joulin et al. 2017): the mean of embeddings of hashed words and letter n-grams."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.guesses import Guesses, Labels

BUCKETS = 1 << 17
WIDTH = 64
EPOCHS = 12  # on dev 6, 12 and 24 give reasons of 0.23, 0.35, 0.33 micro-F1
BATCH = 32
RATE = 5e-3
_WORD = re.compile(r"\w+|[^\w\s]")


class Bags(nn.Module):
    """Mean embedding of a bag of hashed n-grams and one linear head for each question."""

    def __init__(self, codes: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="mean", sparse=True)
        nn.init.normal_(self.bag.weight, std=0.1)
        self.head = nn.Linear(WIDTH, 1 + 3 + codes)

    def forward(self, grams: Sequence[Tensor]) -> Tensor:
        """Return logits [texts, about | stance | reasons]."""
        lengths = torch.tensor([0, *(len(g) for g in grams[:-1])])
        found: Tensor = self.head(self.bag(torch.cat(list(grams)), lengths.cumsum(0)))
        return found


def hashed(text: str) -> Tensor:
    """Return the buckets of the words, word pairs and letter n-grams (3 to 5) of a text; never empty."""
    words = _WORD.findall(text.lower())
    return torch.tensor([zlib.crc32(gram.encode()) % BUCKETS for gram in _grams(words)] or [0])


def _grams(words: Sequence[str]) -> Iterator[str]:
    for n, word in enumerate(words):
        yield word
        if n:
            yield f"{words[n - 1]} {word}"
        framed = f"<{word}>"
        for size in (3, 4, 5):
            yield from (framed[i : i + size] for i in range(len(framed) - size + 1))


def train(texts: Sequence[str], truth: Labels, *, epochs: int = EPOCHS, seed: int = 1) -> Bags:
    """Train on labelled texts; all three questions share the embeddings."""
    generator = random.Random(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Bags(truth.reasons.shape[1])
    grams = [hashed(t) for t in texts]
    about, stance = torch.tensor(truth.about).float(), torch.tensor(truth.stance)
    reasons = torch.tensor(truth.reasons).float()
    sparse = torch.optim.SparseAdam([model.bag.weight], lr=RATE)
    dense = torch.optim.Adam(model.head.parameters(), lr=RATE)
    order = list(range(len(texts)))
    for _ in range(epochs):
        generator.shuffle(order)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            logits = model([grams[i] for i in rows])
            loss = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], about[rows])
            # The sum, not the mean, over reasons: of sixteen questions fifteen are answered "no" almost always.
            each = nn.functional.binary_cross_entropy_with_logits(logits[:, 4:], reasons[rows], reduction="none")
            loss = loss + each.sum(1).mean()
            staged = stance[rows] >= 0
            if staged.any():
                loss = loss + nn.functional.cross_entropy(logits[staged, 1:4], stance[rows][staged])
            sparse.zero_grad()
            dense.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            sparse.step()  # type: ignore[no-untyped-call]
            dense.step()
    return model.eval()


@torch.inference_mode()
def read(model: Bags, texts: Sequence[str]) -> Guesses:
    """Return what a trained model says of texts."""
    logits = torch.cat([model([hashed(t)]) for t in texts]).double()
    return Guesses(
        about=np.asarray(logits[:, 0].sigmoid()),
        stance=np.asarray(logits[:, 1:4].softmax(1)),
        reasons=np.asarray(logits[:, 4:].sigmoid()),
    )
