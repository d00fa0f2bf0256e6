"""Pre-trains the encoder: masked language modelling or replaced-token detection over packed blocks of text.

The same code runs on two cores for an hour and on a large GPU for ten minutes: only `--minutes` differs.
Whole words are masked, 30 % of them: a small model that sees few words many times learns more from harder
blanks (Wettig et al. 2023). Replaced-token detection follows ELECTRA (Clark et al. 2020) with separate embeddings
for generator and discriminator.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models import corpus, noise

log = logging.getLogger(__name__)

BLOCK = 256  # tokens a block; passages at work are 128-256 long
MASKED = 0.30
DISCRIMINATOR_WEIGHT = 50.0  # as in ELECTRA
EPOCH_VARIANTS = 3  # noise is drawn anew in each of so many copies of the Kazakh lines


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings of one pre-training run; sizes in units of the Hugging Face config."""

    width: int = 384
    layers: int = 6
    heads: int = 6
    inner: int = 768
    objective: str = "mlm"  # or "rtd"
    batch: int = 256  # blocks a step
    rate: float = 1.2e-3
    warmup: float = 0.03
    decay: float = 0.05
    minutes: float = 60
    seed: int = 1


def build(tokenizer: Any, *, width: int, layers: int, heads: int, inner: int) -> Any:  # noqa: ANN401
    """Return a fresh ModernBERT-shaped encoder with a masked-language-modelling head."""
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, max_position_embeddings=512, global_attn_every_n_layers=1,
        pad_token_id=tokenizer.pad_token_id, cls_token_id=tokenizer.cls_token_id, sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id, eos_token_id=tokenizer.sep_token_id, attn_implementation="sdpa",
        classifier_pooling="mean",
    )  # fmt: skip
    return ModernBertForMaskedLM(config)


def texts(folder: Path, seed: int) -> Iterator[str]:
    """Yield everything to read once: all lines, Kazakh more often and in its other spellings, translated pairs."""
    rng = random.Random(seed)
    for language in ("ru", "en"):
        for line in corpus.lines(folder, language):
            yield noise.careless(line, rng) if rng.random() < 0.05 else line
    kazakh = corpus.lines(folder, "kk")
    yield from kazakh
    for _ in range(EPOCH_VARIANTS - 1):
        for line in kazakh:
            yield noise.widen(line, "kk", rng)
    for record in corpus.records(folder / "domain" / "unlabelled.jsonl.gz"):
        yield record["text"]
    for left, right in corpus.pairs(folder) * 2:
        yield f"{left} [SEP] {right}" if rng.random() < 0.5 else f"{right} [SEP] {left}"


def blocks(tokenizer: Any, folder: Path, seed: int) -> np.ndarray:  # noqa: ANN401
    """Return all texts as an array of token ids, [blocks, BLOCK] uint16: neighbouring lines share a block."""
    ids: list[np.ndarray] = []
    chunk: list[str] = []

    def flush() -> None:
        for row in tokenizer.backend_tokenizer.encode_batch(chunk):
            ids.append(np.asarray(row.ids[:-1] if len(row.ids) < 400 else row.ids[:399], dtype=np.uint16))
        chunk.clear()

    for text in texts(folder, seed):
        chunk.append(text)
        if len(chunk) == 20_000:
            flush()
    flush()
    stream = np.concatenate(ids)
    count = len(stream) // BLOCK
    return stream[: count * BLOCK].reshape(count, BLOCK)


class Masker:
    """Draws which words to hide; works on whole batches on the device of the model."""

    def __init__(self, tokenizer: Any, device: torch.device) -> None:  # noqa: ANN401
        pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
        special = set(tokenizer.all_special_ids)
        starts = [p.startswith("▁") or not p[0].isalnum() or i in special for i, p in enumerate(pieces)]
        self.starts = torch.tensor(starts, device=device)
        self.special = torch.tensor([i in special for i in range(len(pieces))], device=device)
        self.mask_id, self.size = tokenizer.mask_token_id, len(pieces)

    def __call__(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return (ids with blanks, positions that were chosen), both [batch, BLOCK]."""
        word = self.starts[ids].long().cumsum(1)
        chosen = torch.rand(ids.shape, device=ids.device).gather(1, word.clamp(max=BLOCK - 1)) < MASKED
        chosen &= ~self.special[ids]
        draw = torch.rand(ids.shape, device=ids.device)
        hidden = torch.where(chosen & (draw < 0.8), torch.full_like(ids, self.mask_id), ids)
        other = torch.randint_like(ids, 7, self.size)
        return torch.where(chosen & (draw > 0.9), other, hidden), chosen


class Learner(nn.Module):
    """Encoder, head and (for replaced-token detection) generator: a batch of ids in, a loss out."""

    def __init__(self, recipe: Recipe, tokenizer: Any, masker: Masker) -> None:  # noqa: ANN401
        super().__init__()
        self.masker, self.detects = masker, recipe.objective == "rtd"
        self.model = build(tokenizer, width=recipe.width, layers=recipe.layers, heads=recipe.heads, inner=recipe.inner)
        if self.detects:
            self.generator = build(tokenizer, width=192, layers=3, heads=3, inner=384)
            self.detector = nn.Sequential(nn.Linear(recipe.width, recipe.width), nn.GELU(), nn.Linear(recipe.width, 1))

    def forward(self, ids: Tensor, slots: int) -> Tensor:
        """Return the loss; `slots` bounds the number of blanks so that shapes stay the same from step to step."""
        hidden, chosen = self.masker(ids)
        positions = chosen.flatten().float().topk(slots).indices  # all blanks, then a few ordinary positions
        counted = chosen.flatten()[positions]
        writer = self.generator if self.detects else self.model
        states = writer.model(input_ids=hidden).last_hidden_state.flatten(0, 1)[positions]
        logits = writer.decoder(writer.head(states))
        target = ids.flatten()[positions]
        loss = F.cross_entropy(logits.float(), target.where(counted, -100), ignore_index=-100)
        if not self.detects:
            return loss
        noise_ = -torch.log(-torch.log(torch.rand_like(logits, dtype=torch.float32).clamp(1e-9, 1 - 1e-9)))
        written = (logits.detach().float() + noise_).argmax(-1)
        flat = ids.flatten().scatter(0, positions, torch.where(counted, written, target))
        replaced = (flat != ids.flatten()).float()
        judged = self.detector(self.model.model(input_ids=flat.view_as(ids)).last_hidden_state).flatten()
        return loss + DISCRIMINATOR_WEIGHT * F.binary_cross_entropy_with_logits(judged.float(), replaced)


def _groups(module: nn.Module, decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in module.parameters() if p.ndim >= 2]
    vectors = [p for p in module.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


def rate_at(progress: float, warmup: float) -> float:
    """Return the share of the peak learning rate at `progress` in 0..1: linear up, cosine down to 2 %."""
    if progress < warmup:
        return progress / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def pretrain(tokenizer: Any, folder: Path, out: Path, recipe: Recipe) -> float:  # noqa: ANN401
    """Train for `recipe.minutes`, save the encoder under `out` and return the last mean loss.

    A checkpoint is written every five minutes; a run that finds one goes on from it.
    """
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    data = torch.from_numpy(blocks(tokenizer, folder, recipe.seed).astype(np.int32)).to(device)
    log.info("blocks=%d tokens=%d device=%s", len(data), data.numel(), device)
    learner = Learner(recipe, tokenizer, Masker(tokenizer, device)).to(device)
    optimizer = torch.optim.AdamW(_groups(learner, recipe.decay), lr=recipe.rate, betas=(0.9, 0.98), eps=1e-6)
    step, spent, losses = _resume(out, learner, optimizer), 0.0, 0.0
    spent = step[1]
    count, saved, began = step[0], time.monotonic(), time.monotonic() - spent
    forward = torch.compile(learner)
    slots = int(recipe.batch * BLOCK * MASKED * 1.05)
    budget, smooth = recipe.minutes * 60, 0.0
    while (progress := (time.monotonic() - began) / budget) < 1:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * rate_at(progress, recipe.warmup)
        batch = data[torch.randint(len(data), (recipe.batch,), device=device)].long()
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = forward(batch, slots)
        loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        count += 1
        if count == 1:
            began = time.monotonic() - spent  # compiling is not training time
        if count % 50 == 0:
            losses = loss.item()
            smooth = losses if not smooth else 0.9 * smooth + 0.1 * losses
        if count % 500 == 0:
            log.info("step=%d progress=%.3f loss=%.3f tokens=%.0fM", count, progress, smooth,
                     count * recipe.batch * BLOCK / 1e6)  # fmt: skip
        if time.monotonic() - saved > 300 and device.type == "cpu":
            _checkpoint(out, learner, optimizer, count, time.monotonic() - began)
            saved = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    learner.model.to(torch.bfloat16 if device.type == "cuda" else torch.float32).save_pretrained(out)
    tokenizer.save_pretrained(out)
    log.info("done steps=%d tokens=%.0fM loss=%.3f", count, count * recipe.batch * BLOCK / 1e6, smooth)
    return smooth


def _checkpoint(out: Path, learner: Learner, optimizer: torch.optim.Optimizer, step: int, spent: float) -> None:
    out.mkdir(parents=True, exist_ok=True)
    state = {
        "learner": learner.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "spent": spent,
    }
    torch.save(state, out / "checkpoint.tmp")
    (out / "checkpoint.tmp").replace(out / "checkpoint.pt")


def _resume(out: Path, learner: Learner, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    file = out / "checkpoint.pt"
    if not file.is_file():
        return 0, 0.0
    state = torch.load(file, weights_only=True, map_location="cpu")
    learner.load_state_dict(state["learner"])
    optimizer.load_state_dict(state["optimizer"])
    log.info("resumed step=%d", state["step"])
    return int(state["step"]), float(state["spent"])
