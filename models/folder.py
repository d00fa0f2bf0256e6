"""The model folder: a Hugging Face encoder plus our heads, thresholds and checksums, written and read as one.

`AutoModel`, `AutoTokenizer` and this module open the same folder. Every file is under a checksum, because a model
that was cut short by a full disk answers nonsense without complaint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models import ngrams
from models.blend import Blend
from models.network import Network
from monitor.errors import ModelError

CARD = "senim.json"
HEADS_FILE = "heads.safetensors"
WEIGHTS = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", HEADS_FILE)
# What makes the folder one of sentence-transformers; not part of the version, for no opinion depends on it.
EMBEDDING = (
    "modules.json", "config_sentence_transformers.json", "sentence_bert_config.json", "1_Pooling/config.json",
    "2_Dense/config.json", "2_Dense/model.safetensors",
)  # fmt: skip
MARKS = ("[T]", "[/T]")
_ADVICE = "Restore it with `git checkout models/senim-mini`, or train one with `senim train`."


@dataclass(frozen=True, kw_only=True)
class Card:
    """What stands in senim.json: the decisions that are not weights.

    `blend` mixes network and n-grams, by head (see `blend.mix`); `temperatures` divide the stance logits, by language;
    `thresholds` are probabilities above which a reason is answered; `about` is the one for relevance; below `abstain`
    no stance is given.
    """

    name: str
    codebook: str
    reasons: tuple[str, ...]
    blend: dict[str, Blend] = field(default_factory=dict)
    temperatures: dict[str, float] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    about: float = 0.5
    abstain: float = 0.45
    review_threshold: float = 0.5
    files: dict[str, str] = field(default_factory=dict)


def digest(file: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def save(network: Network, tokenizer: Any, folder: Path, card: Card) -> Card:  # noqa: ANN401
    """Write the folder in half precision and return the card with its checksums and its name with a version."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    heads = {k: v.to(torch.float32).contiguous() for k, v in network.state_dict().items() if _is_head(k)}
    save_file(heads, folder / HEADS_FILE)
    if network.wide:
        network.wide.save(folder)
    else:
        (folder / ngrams.FILE).unlink(missing_ok=True)
    for name in EMBEDDING:  # they belong to the encoder that was here before
        (folder / name).unlink(missing_ok=True)
    names = (*WEIGHTS, ngrams.FILE) if network.wide else WEIGHTS
    for name in names:
        (folder / name).chmod(0o644)  # the library writes them for one user alone
    files = {name: digest(folder / name) for name in names}
    return decide(folder, replace(card, files=files))


def decide(folder: Path, card: Card) -> Card:
    """Write the card under a name with a version, of the weights and of all decisions: both make the opinions."""
    weights = "".join(value for name, value in card.files.items() if name not in EMBEDDING)
    decisions = {k: v for k, v in asdict(card).items() if k not in ("name", "files")}
    version = hashlib.sha256(f"{weights}{json.dumps(decisions, sort_keys=True)}".encode()).hexdigest()[:8]
    written = replace(card, name=f"{card.name.split('@')[0]}@{version}")
    _write_card(folder, written)
    return written


def _write_card(folder: Path, card: Card) -> None:
    (folder / CARD).write_text(json.dumps(asdict(card), ensure_ascii=False, indent=1) + "\n", "utf-8")


def register(folder: Path, names: Sequence[str]) -> Card:
    """Put exactly `names` of EMBEDDING under checksums, beside the weights; the name of the model stays."""
    card = load_card(folder)
    files = {name: value for name, value in card.files.items() if name not in EMBEDDING}
    card = replace(card, files=files | {name: digest(folder / name) for name in names})
    _write_card(folder, card)
    return card


def load_card(folder: Path) -> Card:
    """Read senim.json; raises ModelError when it is missing or not what it should be."""
    try:
        content = json.loads((folder / CARD).read_text("utf-8"))
        return Card(**(content | {"reasons": tuple(content["reasons"])}))
    except FileNotFoundError:
        raise ModelError("there is no model", where=str(folder), advice=_ADVICE) from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{CARD} is damaged ({error})", where=str(folder), advice=_ADVICE) from None


def verify(folder: Path) -> Card:
    """Read the card and hold every file against its checksum; raises ModelError for the first that does not fit."""
    card = load_card(folder)
    for name, expected in card.files.items():
        if not (folder / name).is_file():
            raise ModelError(f"{name} is missing", where=str(folder), advice=_ADVICE)
        if digest(folder / name) != expected:
            raise ModelError(
                f"{name} is damaged: its checksum is not the one on record", where=str(folder), advice=_ADVICE
            )
    return card


def load(folder: Path) -> tuple[Network, Any, Card]:
    """Open a model folder offline as (network in float32, tokenizer, card); raises ModelError with advice."""
    from safetensors.torch import load_file

    encoder, tokenizer, card = load_encoder(folder)
    network = assemble(encoder, tokenizer, len(card.reasons))
    heads = load_file(folder / HEADS_FILE)
    # A folder that was trained before reasons looked at their words has no such weights: they add nothing.
    heads.setdefault("found", torch.zeros_like(network.found))
    found = network.load_state_dict(heads, strict=False)
    wrong = [*found.unexpected_keys, *(key for key in found.missing_keys if _is_head(key))]
    if wrong:
        raise ModelError(f"{HEADS_FILE} does not fit: {', '.join(wrong)}", where=str(folder), advice=_ADVICE)
    network.wide = ngrams.load(folder)
    return network.eval(), tokenizer, card


def load_encoder(folder: Path) -> tuple[Any, Any, Card]:
    """Open a model folder without its heads as (encoder in float32, tokenizer, card); raises ModelError with advice."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    card = verify(folder)
    disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    encoder = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32, attn_implementation="sdpa")
    return encoder, tokenizer, card


def assemble(encoder: nn.Module, tokenizer: Any, reasons: int) -> Network:  # noqa: ANN401
    """Put fresh heads on an encoder; adds the target marks to a tokenizer that lacks them."""
    if tokenizer.convert_tokens_to_ids(MARKS[0]) in (None, tokenizer.unk_token_id):
        tokenizer.add_special_tokens({"additional_special_tokens": list(MARKS)})
        encoder.resize_token_embeddings(len(tokenizer))  # type: ignore[operator]
    opened, closed = (tokenizer.convert_tokens_to_ids(m) for m in MARKS)
    return Network(encoder, reasons, (opened, closed))


def _is_head(key: str) -> bool:
    return not key.startswith("encoder.")
