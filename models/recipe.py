"""`senim train`: from an encoder to a model folder that the classifier opens, with its figures beside it."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models import calibration, evaluation, folder, labelled, tasks, training
from models.classifier import Classifier
from models.folder import Card
from models.labelled import Finder, Labelled
from models.training import Plan
from monitor.declarations import Reason
from monitor.errors import ModelError

log = logging.getLogger(__name__)

# Second stage: our own posts alone, with the words of each reason as short examples and a little of the public sets
# against forgetting. On dev it raised the micro-F1 of reasons from 0.29 to 0.38 and left the stance where it was.
SECOND = Plan(
    epochs=7, batch=48, rate=1.5e-4, head_rate=1e-3, repeat=1, weights=(1.0, 0.7, 8.0, 3.0), rare=2.0
)  # fmt: skip
KEPT = 1000  # public examples shown again in each epoch of the second stage


def open_base(base: str) -> tuple[Any, Any]:
    """Open any Hugging Face encoder as (encoder in float32, fast tokenizer); a folder or a name in the local cache."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(base)
        encoder = AutoModel.from_pretrained(base, dtype=torch.float32)
    except (OSError, ValueError) as error:
        advice = (
            "Give a folder that `senim train pretrain` wrote, or a Hugging Face checkpoint that is on this machine."
        )
        raise ModelError(f"cannot open the encoder: {str(error).splitlines()[0]}", where=base, advice=advice) from error
    if not tokenizer.is_fast:
        raise ModelError("has no fast tokenizer", where=base, advice="Convert it: evidence needs character offsets.")
    return encoder, tokenizer


def train(
    base: str,
    out: Path,
    *,
    reasons: Sequence[Reason],
    codebook: str,
    mentions: Finder,
    posts: Sequence[Labelled],
    data: Path | None = None,
    open_licences: bool = False,
    plan: Plan | None = None,
    name: str = "senim-mini",
) -> dict[str, Any]:
    """Fine-tune `base` on our labelled posts and, when `data` is given, on the public sets; write the folder `out`.

    Returns the figures on our test split, which also stand in `out`/figures.json.
    """
    plan = plan or Plan()
    began = time.monotonic()
    codes = [r.code for r in reasons]
    taught = [p for p in posts if p.split == "train"]
    own = labelled.examples(taught, codes, mentions)
    dev = labelled.examples([p for p in posts if p.split == "dev"], codes, mentions)
    public = tasks.public(data / "sentiment" / "train.jsonl.gz", open_licences=open_licences) if data else []
    log.info("own=%d dev=%d public=%d", len(own), len(dev), len(public))
    encoder, tokenizer = open_base(base)
    network = folder.assemble(encoder, tokenizer, len(codes))
    training.fit(network, tokenizer, public, own, plan)
    again = random.Random(plan.seed).sample(public, min(KEPT, len(public)))
    training.fit(network, tokenizer, again, [*own, *labelled.phrases(taught, reasons)], replace(SECOND, seed=plan.seed))
    card = Card(name=name, codebook=codebook, reasons=tuple(codes))
    made = {
        "base": Path(base).name,
        "plan": asdict(plan),
        "second": asdict(SECOND),
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    return finish(network, tokenizer, out, dev, posts, mentions, card, made)


def finish(
    network: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    out: Path,
    dev: Sequence[tasks.Example],
    posts: Sequence[Labelled],
    mentions: Finder,
    card: Card,
    made: dict[str, Any],
) -> dict[str, Any]:
    """Calibrate on dev, save, open again as users will, and measure on the held-out posts."""
    card = calibration.calibrate(network.cpu(), tokenizer, dev, card)
    card = folder.save(network, tokenizer, out, card)
    reader = Classifier.load(out)
    figures: dict[str, Any] = {"model": card.name, "made": made}
    for split in ("dev", "test"):
        figures[split] = evaluation.own(reader, [p for p in posts if p.split == split], mentions)
    (out / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return figures
