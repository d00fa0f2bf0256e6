"""Runs the network over passages: tokens, batches of like length, n-grams, workers on one copy of the weights."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import blend, folder, rotation
from models.network import HEADS
from models.passages import Passage

LONGEST = 320  # tokens of a passage that are read
STEP = 32  # tokens: coarser wastes more on padding than it saves
TOKENS = 2048  # tokens of a batch: 276 real posts/s on two cores, 266 with 4,096, 235 with 8,192
ENCODED = 256  # texts tokenised at once; the tokenizer's own answers are large and are dropped after each such part

Encoded = tuple[list[int], list[tuple[int, int]]]  # ids and offsets of the tokens of a text


@dataclass(frozen=True)
class Reading:
    """What the network says of one passage; probabilities, and evidence [tokens, reasons]."""

    passage: Passage
    about: float
    stance: NDArray[np.float64]
    reasons: NDArray[np.float32]
    evidence: NDArray[np.float32]
    offsets: list[tuple[int, int]]

    @cached_property
    def origins(self) -> NDArray[np.int64]:
        """Return [tokens, 2]: the characters of the post that each token stands for, -1 in the title or a mark."""
        return self.passage.origins(self.offsets)


class Reader:
    """A network with its tokenizer; `read` may be called from one thread at a time."""

    def __init__(self, network: Any, tokenizer: Any, card: folder.Card, threads: int = 0) -> None:  # noqa: ANN401
        self.network, self.tokenizer, self.card = network, tokenizer, card
        self.dtype = faster()
        rotation.quicken(network.encoder)
        network.to(self.dtype)
        self.threads = threads or len(os.sched_getaffinity(0))

    @cached_property
    def _workers(self) -> ThreadPoolExecutor:
        # Two workers with a core each read 216 posts/s where one with two cores reads 185: nobody waits for the other
        # at the end of every small operation, and the slower language's share of the work runs beside the network.
        return ThreadPoolExecutor(self.threads, "reader", initializer=torch.set_num_threads, initargs=(1,))

    def read(self, passages: Sequence[Passage]) -> list[Reading]:
        """Return one reading for each passage, in order."""
        encoded = self._encode([p.text for p in passages])
        groups = list(batches([len(ids) for ids, _ in encoded]))

        def run(group: tuple[int, list[int]]) -> list[Reading]:
            longest, rows = group
            return self._run(longest, [passages[i] for i in rows], [encoded[i] for i in rows])

        readings: dict[int, Reading] = {}
        cores = torch.get_num_threads()
        several = self.threads > 1 and len(groups) > 1
        for (_, rows), found in zip(groups, (self._workers.map if several else map)(run, groups), strict=True):
            readings.update(zip(rows, found, strict=True))
        if several:
            torch.set_num_threads(cores)  # part of what the workers set counts for the whole process
        return [readings[i] for i in range(len(passages))]

    def _encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Return ids and offsets; the wrapper's answer for one text costs four times as much as the tokens."""
        fast = self.tokenizer.backend_tokenizer
        fast.enable_truncation(LONGEST)
        fast.no_padding()
        parts = (fast.encode_batch(list(texts[at : at + ENCODED])) for at in range(0, len(texts), ENCODED))
        return [(e.ids, e.offsets) for part in parts for e in part]

    @torch.inference_mode()
    def _run(self, longest: int, passages: Sequence[Passage], encoded: Sequence[Encoded]) -> list[Reading]:
        """Run the network over one batch."""
        height = 1 << (len(passages) - 1).bit_length()  # empty rows: a few shapes of batch, not hundreds
        ids = np.full((height, longest), self.tokenizer.pad_token_id, dtype=np.int64)
        mask = np.zeros((height, longest), dtype=np.int64)
        mask[:, 0] = 1
        for row, (tokens, _) in enumerate(encoded):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        answer = self.network(torch.from_numpy(ids), torch.from_numpy(mask))
        out = {k: v.float().numpy()[: len(passages)] for k, v in answer.items()}
        if self.network.wide:
            out = blend.mix(self.card.blend, out, self.network.wide.read([p.text for p in passages]))
        about, reasons = _sigmoid(out["about"]), _sigmoid(out["reasons"])
        stance = out["sentiment"][:, HEADS.index("stance")]
        return [
            Reading(passage, float(about[row]), stance[row], reasons[row],
                    _sigmoid(out["evidence"][row, : len(tokens)]), offsets)
            for row, (passage, (tokens, offsets)) in enumerate(zip(passages, encoded, strict=True))
        ]  # fmt: skip


def batches(lengths: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield (padded length, members) of similar length; lengths are rounded up to STEP.

    Why rounded: the processor's library compiles and keeps its kernels for each shape it meets. On 1,500 real posts a
    few shapes instead of hundreds cut the peak memory from 1.2 to 0.7 GB at the same speed.
    """
    groups: dict[int, list[int]] = {}
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        groups.setdefault(-(-lengths[i] // STEP) * STEP, []).append(i)
    for longest, members in groups.items():
        size = 1 << (max(1, TOKENS // longest).bit_length() - 1)
        yield from ((longest, members[at : at + size]) for at in range(0, len(members), size))


def _sigmoid(x: Any) -> Any:  # noqa: ANN401 - an array
    return 1 / (1 + np.exp(-x))


def faster() -> torch.dtype:
    """Return bfloat16 where this processor multiplies it in tiles (AMX: 2.6 times as fast), float32 elsewhere.

    The processor is asked and nothing is timed: a clock on a busy machine would now and then decide otherwise, and
    the same model would read the same post in two ways.
    """
    has_tiles = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return torch.bfloat16 if has_tiles and has_tiles() else torch.float32
