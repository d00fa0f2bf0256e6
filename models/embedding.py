"""Vectors of texts in which tellings of one story in Kazakh, Russian and English lie near each other.

The mean of the last states of the fine-tuned encoder goes through one linear layer that is learnt from translated
sentences with the encoder frozen, so that opinions do not change. The folder opens as a `SentenceTransformer` too.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models import corpus, folder
from models.classifier import SHIPPED
from models.reading import LONGEST, batches, faster
from monitor.errors import ModelError

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
WIDTH = 256
HELD = 20  # one pair in so many is never learnt from
STEPS = 500
BATCH = 1024  # pairs, whose sentences are the negatives of one another
RATE = 1e-3
DROPOUT = 0.1  # 0 to 0.3, and scales of 10 and 20, are alike on pairs split off those that are learnt from
SCALE = 20.0  # what cosines are multiplied by at the start; learnt
RIDGE = 0.01  # of the mean variance, added to each axis: thin axes are noise and must not be blown up
_ADVICE = "Add them with `senim train embeddings --model FOLDER --data DATA`."


class Embedder:
    """An encoder with its projection; `embed` may be called from one thread at a time."""

    def __init__(
        self,
        encoder: Any,  # noqa: ANN401
        tokenizer: Any,  # noqa: ANN401
        weight: Tensor,
        bias: Tensor,
        name: str,
        version: str,
    ) -> None:
        self.encoder, self.tokenizer, self.name = encoder.to(faster()).eval(), tokenizer, name
        self.version = version  # of the weights and the projection: the name is that of the weights alone
        self.weight, self.bias = weight.numpy(), bias.numpy()

    @classmethod
    def load(cls, where: Path | None = None) -> Embedder:
        """Open a model folder (the shipped one by default); raises ModelError with advice when it has no projection."""
        from safetensors.torch import load_file

        where = where or SHIPPED
        if not set(folder.EMBEDDING) <= set(folder.load_card(where).files):
            raise ModelError("the model has no embeddings", where=str(where), advice=_ADVICE)
        encoder, tokenizer, card = folder.load_encoder(where)
        dense = load_file(where / "2_Dense" / "model.safetensors")
        version = f"{card.name}+{card.files['2_Dense/model.safetensors'][:8]}"
        return cls(encoder, tokenizer, dense["linear.weight"], dense["linear.bias"], card.name, version)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one vector of unit length for each text, float32 [n, 256]; only its first 320 tokens are read."""
        return _unit(means(self.encoder, self.tokenizer, texts) @ self.weight.T + self.bias)


@torch.inference_mode()
def means(encoder: Any, tokenizer: Any, texts: Sequence[str]) -> Floats:  # noqa: ANN401
    """Return the mean of the last states of each text, float32 [n, width of the encoder]."""
    encoded = [tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"] for text in texts]
    found = np.zeros((len(texts), encoder.config.hidden_size), dtype=np.float32)
    for longest, rows in batches([len(ids) for ids in encoded]):
        ids = torch.full((len(rows), longest), tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for r, i in enumerate(rows):
            ids[r, : len(encoded[i])] = torch.tensor(encoded[i])
            mask[r, : len(encoded[i])] = 1
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        found[rows] = ((states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)).numpy()
    return found


def renew(where: Path, data: Path | None) -> dict[str, Any]:
    """Train embeddings when the data folder has translated pairs; returns {"embeddings": figures} or {}."""
    pairs = corpus.known_pairs(data) if data else {}
    return {"embeddings": _train(where, pairs)} if pairs else {}


def train(where: Path, data: Path) -> dict[str, Any]:
    """Add or renew the projection of a model folder; returns the figures, which also go into its figures.json.

    Raises ModelError when there are no translated pairs, or the folder is not a whole model.
    """
    pairs = corpus.known_pairs(data)
    if not pairs:
        raise ModelError("there are no translated pairs", where=str(data), advice="Give --data DIR with parallel/.")
    return _train(where, pairs)


def _train(where: Path, pairs: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Any]:
    encoder, tokenizer, _ = folder.load_encoder(where)
    texts = sorted({text for group in pairs.values() for pair in group for text in pair})
    place = {text: n for n, text in enumerate(texts)}
    log.info("embedding %d sentences", len(texts))
    states = means(encoder.to(faster()).eval(), tokenizer, texts)
    rows = {name: np.array([[place[a], place[b]] for a, b in group]) for name, group in pairs.items()}
    held = {name: np.array([_is_held(*pair) for pair in group]) for name, group in pairs.items()}
    taught = np.concatenate([rows[n][~held[n]] for n in rows])
    hidden = np.concatenate([rows[n][held[n]] for n in rows])
    # A sentence has translations in several files: with one pair held out, its others are left out of training.
    taught = taught[~np.isin(taught, hidden).any(1)]
    if not len(taught):
        raise ModelError("there are too few translated pairs", where=str(where), advice=_ADVICE)
    weight, bias = fit(states, taught)
    write(where, weight, bias)
    projected = _unit(states @ weight.T + bias)
    figures: dict[str, Any] = {"pairs": len(taught), "held_out": {}}
    for name, group in rows.items():
        chosen = group[held[name]]
        if len(chosen):
            figures["held_out"][name] = {
                "n": len(chosen),
                "plain_mean": retrieval(_unit(states), chosen),
                "trained": retrieval(projected, chosen),
            }
    _note(where, figures)
    return figures


def fit(states: Floats, pairs: NDArray[np.int64], *, steps: int = STEPS, seed: int = 1) -> tuple[Floats, Floats]:
    """Learn (weight [256, width], bias [256]) by symmetric InfoNCE over pairs of rows of `states`.

    The layer starts as the whitening onto the first principal axes, which alone undoes the cone that means lie in.
    """
    used = states[np.unique(pairs)].astype(np.float64)
    centre = used.mean(0)
    spread, axes = np.linalg.eigh(np.cov(used - centre, rowvar=False))
    spread, axes = spread[::-1].clip(0), axes[:, ::-1]
    whiten = axes / np.sqrt(spread + RIDGE * spread.mean() + 1e-9)
    white = torch.tensor((states - centre) @ whiten, dtype=torch.float32)
    torch.manual_seed(seed)
    layer = nn.Linear(white.shape[1], WIDTH)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    scale = nn.Parameter(torch.tensor(SCALE).log())
    optimiser = torch.optim.AdamW([*layer.parameters(), scale], lr=RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    known, drawer = torch.tensor(pairs), np.random.default_rng(seed)
    for _ in range(steps):
        rows = known[torch.tensor(drawer.permutation(len(known))[:BATCH])]
        loss = contrast(layer, white, rows, scale.exp().clamp(max=100))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    learnt = layer.weight.detach().double().numpy() @ whiten.T
    bias = layer.bias.detach().double().numpy() - learnt @ centre
    return learnt.astype(np.float32), bias.astype(np.float32)


def contrast(layer: nn.Linear, white: Tensor, rows: Tensor, scale: Tensor) -> Tensor:
    """Return the mean cross-entropy of finding each sentence's translation among all others of the batch.

    Among the others are those of its own language, which else often lie nearer than the translation: with them the
    translation comes first in a pool of all languages for 47.7 % of 785 pairs split off from training, without 43.9 %.
    """
    flat = torch.cat([rows[:, 0], rows[:, 1]])
    goal = torch.arange(len(flat)).roll(len(rows))
    vectors = nn.functional.normalize(layer(nn.functional.dropout(white[flat], DROPOUT)), dim=1)
    # A sentence may stand in several pairs: neither it nor its translation is a negative of itself.
    same = (flat[:, None] == flat) | (flat[goal][:, None] == flat)
    same[torch.arange(len(flat)), goal] = False
    logits = (scale * vectors @ vectors.T).masked_fill(same, -1e4)
    return nn.functional.cross_entropy(logits, goal)


def retrieval(vectors: Floats, pairs: NDArray[np.int64]) -> dict[str, dict[str, float]]:
    """Return top-1 and mean reciprocal rank of the translation among the n of the other side, in both directions."""
    found = {}
    likeness = vectors[pairs[:, 0]] @ vectors[pairs[:, 1]].T
    for direction, table in (("forward", likeness), ("back", likeness.T)):
        ranks = 1 + (table > np.diag(table)[:, None]).sum(1)
        found[direction] = {"top_1": round(float((ranks == 1).mean()), 4), "mrr": round(float((1 / ranks).mean()), 4)}
    return found


def write(where: Path, weight: Floats, bias: Floats) -> None:
    """Put the projection and what sentence-transformers wants to know into a model folder, under its checksums."""
    from safetensors.numpy import save_file

    folder.register(where, ())  # a run that is cut short below leaves a whole model without embeddings
    inside = {"in_features": weight.shape[1], "out_features": weight.shape[0], "bias": True}
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Normalize", "Normalize"))
    contents: dict[str, Any] = {
        "modules.json": [
            {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for n, (path, kind) in enumerate(kinds)
        ],
        "config_sentence_transformers.json": {
            "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine",
        },
        # In half precision, as the weights lie on the disk, the projection would lose what the bias takes away.
        "sentence_bert_config.json": {
            "max_seq_length": LONGEST, "do_lower_case": False, "model_args": {"dtype": "float32"},
        },
        "1_Pooling/config.json": {"word_embedding_dimension": weight.shape[1], "pooling_mode_mean_tokens": True,
                                  "pooling_mode_cls_token": False},
        "2_Dense/config.json": inside | {"activation_function": "torch.nn.modules.linear.Identity"},
    }  # fmt: skip
    for name, content in contents.items():
        (where / name).parent.mkdir(exist_ok=True)
        (where / name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    arrays = {"linear.weight": np.ascontiguousarray(weight), "linear.bias": np.ascontiguousarray(bias)}
    save_file(arrays, where / "2_Dense" / "model.safetensors")
    folder.register(where, folder.EMBEDDING)


def _note(where: Path, figures: dict[str, Any]) -> None:
    file = where / "figures.json"
    noted = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    file.write_text(json.dumps(noted | {"embeddings": figures}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _is_held(a: str, b: str) -> bool:
    return int(hashlib.sha1(f"{a}\t{b}".encode()).hexdigest(), 16) % HELD == 0


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)
