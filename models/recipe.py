"""`senim train`: from an encoder to a model folder that the classifier opens, with its figures beside it."""

from __future__ import annotations

import hashlib
import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models import calibration, embedding, evaluation, folder, labelled, tasks, training, wide
from models.classifier import Classifier
from models.folder import Card
from models.labelled import Finder, Labelled
from models.network import Network
from models.tasks import Example
from models.training import Plan
from monitor.declarations import Reason
from monitor.errors import ModelError

log = logging.getLogger(__name__)

# First stage: the public sets, from which stance toward a target is learnt in general.
FIRST = Plan(epochs=3, batch=64, rate=3e-4, repeat=0)
# Second stage: our own posts alone, with the words of each reason as short examples and a little of the public sets
# against forgetting.
SECOND = Plan(
    epochs=7, batch=48, rate=1.5e-4, head_rate=1e-3, repeat=1, weights=(1.0, 0.7, 8.0, 3.0), rare=2.0
)  # fmt: skip
# Public examples of each head shown again in each epoch of the second stage. A thousand of all, two thirds of them
# reviews, cost 3 points on the tests of tweets and named entities; for 1,600 of each see EXPERIMENTS.md.
KEPT = 2400

MIXED = 2000  # validation rows of a head: two weights do not get better with more


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
    finder: Finder,
    posts: Sequence[Labelled],
    data: Path | None = None,
    open_licences: bool = False,
    share: float = 1.0,
    plans: tuple[Plan, Plan] = (FIRST, SECOND),
    members: int = 1,
    name: str = "senim-mini",
) -> dict[str, Any]:
    """Fine-tune `base` on the public sets, when `data` is given, then on our labelled posts; write the folder `out`.

    `share` of our training posts is used, for learning curves; 0 leaves a model that knows the public sets alone.
    The second stage is run with `members` seeds, whose weights are averaged.
    Returns the figures on our dev and test splits, which also stand in `out`/figures.json.
    """
    began = time.monotonic()
    codes = [r.code for r in reasons]
    taught = part([p for p in posts if p.split == "train"], share)
    own = labelled.examples(taught, codes, finder)
    dev = labelled.examples([p for p in posts if p.split == "dev"], codes, finder)
    public = tasks.public(data / "sentiment" / "train.jsonl.gz", open_licences=open_licences) if data else []
    log.info("own=%d dev=%d public=%d", len(own), len(dev), len(public))
    encoder, tokenizer = open_base(base)
    network = folder.assemble(encoder, tokenizer, len(codes))
    if public:
        _first_stage(network, tokenizer, public, plans[0], out)
    network.lend_stance()
    if own:
        again = _sample(public, KEPT, plans[1].seed)
        shown = [*own, *labelled.phrases(taught, reasons)]
        _second_stage(network, tokenizer, again, shown, plans[1], members)
        network.wide = wide.fit([*tasks.capped(public, random.Random(plans[1].seed)), *shown], len(codes))
    else:
        network.mute()
    card = Card(name=name, codebook=codebook, reasons=tuple(codes))
    made = {
        "base": Path(base).name,
        "posts": len(taught),
        "first": asdict(plans[0]) if public else None,
        "second": asdict(plans[1]) | {"members": members} if own else None,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    figures = finish(network, tokenizer, out, dev, posts, finder, card, made, _validation(data))
    return figures | embedding.renew(out, data)


def _validation(data: Path | None) -> list[Example]:
    """Return at most MIXED validation rows of each head, to mix network and n-grams by; none without a file."""
    if not (data and tasks.validation_file(data).is_file()):
        return []
    return _sample(tasks.validation(data), MIXED, seed=1)


def _sample(examples: Sequence[Example], number: int, seed: int) -> list[Example]:
    """Return at most `number` examples of each head."""
    rows: dict[str, list[Example]] = {}
    for example in examples:
        rows.setdefault(example.head, []).append(example)
    rng = random.Random(seed)
    return [e for head in sorted(rows) for e in rng.sample(rows[head], min(number, len(rows[head])))]


def part(posts: Sequence[Labelled], share: float) -> list[Labelled]:
    """Return a share of posts, chosen by a hash of their ids: a smaller share lies within a larger one."""
    return [p for p in posts if int(hashlib.sha1(f"part:{p.id}".encode()).hexdigest(), 16) % 1000 < 1000 * share]


def _first_stage(network: Network, tokenizer: Any, public: Sequence[Example], plan: Plan, out: Path) -> None:  # noqa: ANN401
    """Train on the public sets, or take up what a run of the same plan, texts and encoder has kept beside `out`."""
    import torch

    weights = hashlib.sha256(repr((plan, len(public))).encode())
    for name, value in network.encoder.state_dict().items():
        weights.update(f"{name} {value.double().sum().item():.6f}".encode())
    kept = out.parent / f"public-{weights.hexdigest()[:12]}.pt"
    if kept.is_file():
        log.info("first stage: taken from %s", kept.name)
        network.load_state_dict(torch.load(kept, weights_only=True))
        return
    training.fit(network, tokenizer, public, [], plan, keep=kept.with_suffix(".state"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), kept.with_suffix(".new"))
    kept.with_suffix(".new").replace(kept)


def _second_stage(
    network: Network,
    tokenizer: Any,  # noqa: ANN401
    public: Sequence[Example],
    own: Sequence[Example],
    plan: Plan,
    members: int,
) -> None:
    """Train on our posts from the same start with one seed after the other; leave the mean of their weights.

    Fine-tunings of one start lie in one valley, and its middle is better than its sides (Wortsman et al. 2022).
    """
    import torch

    start = {name: value.clone() for name, value in network.state_dict().items()}
    mean = {name: torch.zeros_like(value) for name, value in start.items()}
    for seed in range(plan.seed, plan.seed + members):
        network.load_state_dict(start)
        training.fit(network, tokenizer, public, own, replace(plan, seed=seed))
        for name, value in network.state_dict().items():
            mean[name] += value / members
    network.load_state_dict(mean)


def finish(
    network: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    out: Path,
    dev: Sequence[tasks.Example],
    posts: Sequence[Labelled],
    finder: Finder,
    card: Card,
    made: dict[str, Any],
    valid: Sequence[Example] = (),
) -> dict[str, Any]:
    """Calibrate on dev, save, open again as users will, and measure on the held-out posts."""
    card = calibration.calibrate(network.cpu(), tokenizer, dev, card, valid)
    card = folder.save(network, tokenizer, out, card)
    return _measure(out, posts, finder, {"model": card.name, "made": made})


def recalibrate(where: Path, posts: Sequence[Labelled], finder: Finder, data: Path | None = None) -> dict[str, Any]:
    """Choose mixtures, temperatures and thresholds of a model folder anew on our dev split; the weights stay.

    Returns the figures on our dev and test splits, which also go into the folder's figures.json.
    """
    network, tokenizer, card = folder.load(where)
    dev = labelled.examples([p for p in posts if p.split == "dev"], card.reasons, finder)
    if not dev:
        raise ModelError("no labelled posts of the dev split", where=str(where), advice="Give --labels with some.")
    card = folder.decide(where, calibration.calibrate(network, tokenizer, dev, card, _validation(data)))
    return _measure(where, posts, finder, _figures(where) | {"model": card.name})


def average(
    folders: Sequence[Path], out: Path, posts: Sequence[Labelled], finder: Finder, data: Path | None = None
) -> dict[str, Any]:
    """Write the mean of the weights of fine-tunings that had one start to `out`, calibrated anew on our dev split.

    N-grams are those of the last folder. Returns the figures as `train` does; raises ModelError where shapes, pieces or
    reasons differ. Wortsman et al. 2022 (Model soups).
    """
    first, tokenizer, card = folder.load(folders[0])
    mean, last = {name: value.float() for name, value in first.state_dict().items()}, first
    for where in folders[1:]:
        last, pieces, other = folder.load(where)
        same = {name: value.shape for name, value in last.state_dict().items()} == {n: v.shape for n, v in mean.items()}
        if not same or other.reasons != card.reasons or pieces.get_vocab() != tokenizer.get_vocab():
            advice = "Average fine-tunings of one encoder and one codebook."
            raise ModelError("is no fine-tuning of the same start", where=str(where), advice=advice)
        for name, value in last.state_dict().items():
            mean[name] += value
    first.load_state_dict({name: value / len(folders) for name, value in mean.items()})
    first.wide = last.wide
    dev = labelled.examples([p for p in posts if p.split == "dev"], card.reasons, finder)
    plain = Card(name=card.name.split("@")[0], codebook=card.codebook, reasons=card.reasons)
    known = [_figures(where) for where in folders]
    for where, figures in zip(folders, known, strict=True):
        if "made" not in figures:
            raise ModelError("has no figures.json", where=str(where), advice="Give folders that `senim train` wrote.")
    made = known[0]["made"] | {"mean": [{"model": k["model"], "posts": k["made"]["posts"]} for k in known]}
    figures = finish(first, tokenizer, out, dev, posts, finder, plain, made, _validation(data))
    return figures | embedding.renew(out, data)


def _figures(where: Path) -> dict[str, Any]:
    """Return what stands in a folder's figures.json, nothing without one."""
    file = where / "figures.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def _measure(where: Path, posts: Sequence[Labelled], finder: Finder, figures: dict[str, Any]) -> dict[str, Any]:
    """Open the folder as users will, measure it on the held-out posts and write the figures beside."""
    reader = Classifier.load(where)
    for split in ("dev", "test"):
        figures[split] = evaluation.own(reader, [p for p in posts if p.split == split], finder)
    (where / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return figures
