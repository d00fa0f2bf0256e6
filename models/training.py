"""Fine-tunes the network on all tasks at once: public sentiment sets and our own labelled posts.

One batch mixes tasks; every example counts only toward the heads it has labels for. Batches hold texts of similar
length, so that two cores do not multiply padding.
"""

from __future__ import annotations

import itertools
import logging
import math
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models import tasks
from models.network import HEADS, Network
from models.tasks import Example

log = logging.getLogger(__name__)

LONGEST = 256  # tokens; longer passages are cut, which happens to fewer than 1 in 500 of ours
# Compiling takes two minutes on two cores and then 64 x 129 tokens take 1.2 s a step instead of 2.3 s.
WORTH_COMPILING = 400  # steps
KEEPING = 180.0  # seconds between two checkpoints; one takes half a second to write


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The settings of one fine-tuning."""

    epochs: int = 3
    batch: int = 64
    rate: float = 3e-4
    head_rate: float = 1e-3
    decay: float = 0.05
    warmup: float = 0.05
    repeat: int = 6  # how often one epoch shows our own examples
    weights: tuple[float, float, float, float] = (1.0, 0.7, 2.0, 1.0)  # sentiment, about, reasons, evidence
    rare: float = 1.0  # weight of a "yes" among the reasons, of which a post has one in sixteen
    seed: int = 1


@dataclass(frozen=True)
class Batch:
    """Tensors of one step; labels of -100 or a zero mask do not count."""

    ids: Tensor
    mask: Tensor
    head: Tensor
    sentiment: Tensor
    about: Tensor
    reasons: Tensor
    evidence: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the same batch on `device`."""
        return Batch(*(t.to(device, non_blocking=True) for t in vars(self).values()))


def collate(tokenizer: Any, examples: Sequence[Example], reasons: int) -> Batch:  # noqa: ANN401
    """Tokenise and pad examples into one Batch; evidence targets are 1 on tokens inside a labelled span."""
    encoded = tokenizer(
        [e.text for e in examples], truncation=True, max_length=LONGEST, padding=True, return_tensors="pt",
        return_offsets_mapping=True,
    )  # fmt: skip
    size, length = encoded["input_ids"].shape
    coded = torch.full((size, reasons), -100.0)
    evidence = torch.full((size, length, reasons), -100.0)
    for row, example in enumerate(examples):
        if example.reasons is None:
            continue
        coded[row] = 0.0
        coded[row, list(example.reasons)] = 1.0
        for reason, start, end in example.spans:
            offsets = encoded["offset_mapping"][row]
            inside = (offsets[:, 0] < end) & (offsets[:, 1] > start) & (offsets[:, 1] > offsets[:, 0])
            evidence[row, :, reason] = torch.where(encoded["attention_mask"][row] > 0, inside.float(), -100.0)
    return Batch(
        ids=encoded["input_ids"],
        mask=encoded["attention_mask"],
        head=torch.tensor([HEADS.index(e.head) for e in examples]),
        sentiment=torch.tensor([-100 if e.sentiment is None else e.sentiment for e in examples]),
        about=torch.tensor([-100.0 if e.about is None else float(e.about) for e in examples]),
        reasons=coded,
        evidence=evidence,
    )


def batches(
    tokenizer: Any,  # noqa: ANN401
    examples: Sequence[Example],
    *,
    size: int,
    reasons: int,
    rng: random.Random,
) -> Iterator[Batch]:
    """Yield batches of examples of similar length, in random order."""
    keyed = sorted(range(len(examples)), key=lambda i: len(examples[i].text) + rng.random() * 20)
    groups = [keyed[i : i + size] for i in range(0, len(keyed), size)]
    rng.shuffle(groups)
    for group in groups:
        yield collate(tokenizer, [examples[i] for i in group], reasons)


def loss_of(network: Network, batch: Batch, plan: Plan) -> Tensor:
    """Return the weighted sum of the losses of all heads that have labels in this batch."""
    out = network(batch.ids, batch.mask)
    own = out["sentiment"][torch.arange(len(batch.head), device=batch.head.device), batch.head].float()
    weights = plan.weights
    rare = torch.tensor(plan.rare, device=own.device)
    total = weights[0] * F.cross_entropy(own, batch.sentiment, ignore_index=-100, label_smoothing=0.05)
    if bool((batch.sentiment < 0).all()):
        total = own.sum() * 0.0
    for name, weight, labels in (
        ("about", weights[1], batch.about),
        ("reasons", weights[2], batch.reasons),
        ("evidence", weights[3], batch.evidence),
    ):
        known = labels >= 0
        if bool(known.any()):
            boost = rare if name != "about" else None
            total = total + weight * F.binary_cross_entropy_with_logits(
                out[name].float()[known], labels[known], pos_weight=boost
            )
    return total


def fit(
    network: Network,
    tokenizer: Any,  # noqa: ANN401
    public: Sequence[Example],
    own: Sequence[Example],
    plan: Plan,
    keep: Path | None = None,
) -> Network:
    """Train `network` in place by `plan` and return it; the seed fixes order, noise and dropout.

    With `keep` the state is written there every KEEPING seconds, and a run that was stopped goes on from it; the file
    is removed when the training is done.
    """
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device).train()
    size = len(tasks.epoch(public, own, repeat=plan.repeat, rng=random.Random(plan.seed)))
    total = plan.epochs * math.ceil(size / plan.batch)
    state = _State(network, plan, total, keep)
    state.resume(rng)
    run = _quicker(network, total - state.step, device)
    began = time.monotonic()
    for number in range(state.epoch, plan.epochs):
        state.begin(number, rng)
        examples = tasks.epoch(public, own, repeat=plan.repeat, rng=rng)
        fresh = batches(tokenizer, examples, size=plan.batch, reasons=network.reasons.out_features, rng=rng)
        for batch in itertools.islice(fresh, state.done, None):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                loss = loss_of(run, batch.to(device), plan)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            state.advance()
            if state.step % 500 == 0:
                log.info("step=%d/%d loss=%.3f seconds=%.0f", state.step, total, loss.item(), time.monotonic() - began)
        state.done = 0
    if keep:
        keep.unlink(missing_ok=True)
    return network.eval()


class _State:
    """Optimizer, schedule and place of a training, with what is needed to go on after a stop."""

    def __init__(self, network: Network, plan: Plan, total: int, keep: Path | None) -> None:
        encoder = [p for p in network.encoder.parameters() if p.requires_grad]
        chosen = {id(p) for p in encoder}
        heads = [p for p in network.parameters() if id(p) not in chosen]
        self.network, self.keep = network, keep
        self.optimizer = torch.optim.AdamW(
            [{"params": encoder, "lr": plan.rate}, {"params": heads, "lr": plan.head_rate}], weight_decay=plan.decay
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda s: min((s + 1) / max(1, plan.warmup * total), max(0.0, (total - s) / total))
        )
        self.step = self.epoch = self.done = 0  # steps in all; the epoch, and its steps that are done
        self.order: Any = None  # state of the generator at the beginning of the epoch
        self.kept = time.monotonic()

    def resume(self, rng: random.Random) -> None:
        """Take up what an earlier run has kept, if any."""
        if not (self.keep and self.keep.is_file()):
            return
        found = torch.load(self.keep, weights_only=False)  # our own file: it holds the state of a generator
        self.network.load_state_dict(found["network"])
        self.optimizer.load_state_dict(found["optimizer"])
        self.schedule.load_state_dict(found["schedule"])
        self.step, self.epoch, self.done = found["place"]
        rng.setstate(found["order"])
        torch.set_rng_state(found["dropout"])
        log.info("goes on at step %d from %s", self.step, self.keep.name)

    def begin(self, epoch: int, rng: random.Random) -> None:
        """Note where an epoch begins."""
        self.epoch, self.order = epoch, rng.getstate()

    def advance(self) -> None:
        """Take the optimizer's step, and keep the state when the last time is long ago."""
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step, self.done = self.step + 1, self.done + 1
        if self.keep and time.monotonic() - self.kept > KEEPING:
            self.kept = time.monotonic()
            self.keep.parent.mkdir(parents=True, exist_ok=True)
            part = self.keep.with_name(self.keep.name + ".part")
            torch.save(
                {
                    "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(),
                    "schedule": self.schedule.state_dict(), "place": (self.step, self.epoch, self.done),
                    "order": self.order, "dropout": torch.get_rng_state(),
                },
                part,
            )  # fmt: skip
            part.replace(self.keep)


def _quicker(network: Network, steps: int, device: torch.device) -> Network:
    """Return the network compiled where that pays: a long run on a processor, with a C++ compiler at hand.

    Plain attention is fused by the compiler; the library's own kernel is slower backwards than the rest together.
    """
    if device.type != "cpu" or steps < WORTH_COMPILING or not (shutil.which("g++") or shutil.which("clang++")):
        return network
    network.encoder.set_attn_implementation("eager")
    compiled: Network = torch.compile(network, dynamic=True)  # type: ignore[assignment]
    return compiled
