"""Trains the tokenizer: one Unigram vocabulary for Kazakh (three spellings), Russian and English.

Why Unigram: Kazakh hangs suffixes on everything, and Unigram cuts nearer to morphemes than BPE (Bostrom and
Durrett 2020). Why lower case: 28,000 pieces are few for three languages, and capitals decide little here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models import corpus, noise

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[T]", "[/T]")
PIECES = 28_000
# Shares of characters shown to the trainer. Kazakh gets the largest part: its words have the most forms, and the
# letterless spelling needs pieces of its own.
SHARES = {"kk": 0.34, "letterless": 0.10, "latin": 0.03, "ru": 0.30, "en": 0.23}


def sample(folder: Path, characters: int, seed: int) -> Iterator[str]:
    """Yield shuffled lines of the pre-training texts in the proportions of SHARES, `characters` in all."""
    rng = random.Random(seed)
    for language in ("kk", "ru", "en"):
        lines = corpus.lines(folder, language)
        rng.shuffle(lines)
        for name in ("kk", "letterless", "latin") if language == "kk" else (language,):
            left = characters * SHARES[name]
            for line in lines:
                text = {"letterless": noise.letterless, "latin": noise.latin}.get(name, str)(line)
                yield text
                left -= len(text)
                if left <= 0:
                    break
            rng.shuffle(lines)


def open_folder(folder: Path) -> Any:  # noqa: ANN401
    """Open a tokenizer that `train` made and saved."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder)


def train(folder: Path, *, pieces: int = PIECES, characters: int = 30_000_000, seed: int = 1) -> Any:  # noqa: ANN401
    """Return a `PreTrainedTokenizerFast` trained on the texts under `folder`/pretrain."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.Unigram())
    raw.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Lowercase(), normalizers.Replace("ё", "е"), normalizers.Strip()]
    )
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    raw.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=pieces,
        special_tokens=list(SPECIAL),
        unk_token="[UNK]",
        max_piece_length=16,
        show_progress=False,
    )
    raw.train_from_iterator(sample(folder, characters, seed), trainer)
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", additional_special_tokens=["[T]", "[/T]"], model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
