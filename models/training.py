"""Fine-tunes the network on all tasks at once: public sentiment sets and our own labelled posts.

One batch mixes tasks; every example counts only toward the heads it has labels for. Batches hold texts of similar
length, so that two cores do not multiply padding.
"""

from __future__ import annotations

import logging
import math
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
) -> Network:
    """Train `network` in place by `plan` and return it; the seed fixes order, noise and dropout."""
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device).train()
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    chosen = {id(p) for p in encoder}
    heads = [p for p in network.parameters() if id(p) not in chosen]
    optimizer = torch.optim.AdamW(
        [{"params": encoder, "lr": plan.rate}, {"params": heads, "lr": plan.head_rate}], weight_decay=plan.decay
    )
    reasons = network.reasons.out_features
    first = tasks.epoch(public, own, repeat=plan.repeat, rng=rng)
    total = plan.epochs * math.ceil(len(first) / plan.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / max(1, plan.warmup * total), max(0.0, (total - s) / total))
    )
    run = _quicker(network, total, device)
    began, step, shown = time.monotonic(), 0, 0.0
    for number in range(plan.epochs):
        examples = first if number == 0 else tasks.epoch(public, own, repeat=plan.repeat, rng=rng)
        for batch in batches(tokenizer, examples, size=plan.batch, reasons=reasons, rng=rng):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                loss = loss_of(run, batch.to(device), plan)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            if step % 100 == 0:
                shown = loss.item() if not shown else 0.8 * shown + 0.2 * loss.item()
            if step % 500 == 0:
                log.info("step=%d/%d loss=%.3f seconds=%.0f", step, total, shown, time.monotonic() - began)
    return network.eval()


def _quicker(network: Network, steps: int, device: torch.device) -> Network:
    """Return the network compiled where that pays: a long run on a processor, with a C++ compiler at hand.

    Plain attention is fused by the compiler; the library's own kernel is slower backwards than the rest together.
    """
    if device.type != "cpu" or steps < WORTH_COMPILING or not (shutil.which("g++") or shutil.which("clang++")):
        return network
    network.encoder.set_attn_implementation("eager")
    compiled: Network = torch.compile(network, dynamic=True)  # type: ignore[assignment]
    return compiled
