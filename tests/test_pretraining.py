"""Pre-training on a handful of lines: masks whole words, runs both objectives, goes on from a checkpoint."""

from __future__ import annotations

import gzip
import json

import pytest
import torch

from models import pretraining, tokenizer
from models.pretraining import BLOCK, Masker, Recipe

KK = ["Учаскелік инспектор арызды қарап, тұрғындарға жауап берді.", "Ауылда жол жөнделіп, жаңа мектеп ашылды."]
RU = ["Участковый рассмотрел заявление и ответил жителям.", "В селе починили дорогу и открыли школу."]
EN = ["The inspector read the complaint and answered the residents.", "A school was opened in the village."]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for part in ("pretrain", "parallel", "domain"):
        (folder / part).mkdir()

    def write(name, lines):
        with gzip.open(folder / name, "wt", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    for name, lines in (("kk", KK), ("ru", RU), ("en", EN)):
        write(f"pretrain/{name}.txt.gz", [f"{line} {n}" for n in range(200) for line in lines])
    for name, left, right in (("kk-ru", KK, RU), ("kk-en", KK, EN), ("ru-en", RU, EN)):
        write(f"parallel/{name}.tsv.gz", [f"{a}\t{b}\town" for a, b in zip(left, right, strict=True)])
    write("domain/unlabelled.jsonl.gz", [json.dumps({"text": KK[0]})])
    return folder


@pytest.fixture(scope="module")
def pieces(data):
    return tokenizer.train(data, pieces=400, characters=20_000)


def test_the_tokenizer_keeps_marks_whole_and_knows_three_spellings(pieces):
    assert pieces.tokenize("[T] Полиция [/T]")[0] == "[T]"
    assert pieces("Ёлка")["input_ids"] == pieces("елка")["input_ids"]
    assert pieces.unk_token_id not in pieces("арызды карап")["input_ids"]


def test_words_are_masked_whole(pieces, data):
    ids = torch.from_numpy(pretraining.blocks(pieces, data, 1)[:8].astype("int64"))
    masker = Masker(pieces, torch.device("cpu"))
    torch.manual_seed(1)
    hidden, chosen = masker(ids)
    word = masker.starts[ids].long().cumsum(1)
    ordinary = ~masker.special[ids]
    for row in range(len(ids)):
        for number in word[row].unique():
            inside = (word[row] == number) & ordinary[row]
            assert chosen[row][inside].float().mean() in (0.0, 1.0) or not inside.any()
    assert torch.equal(hidden[~chosen], ids[~chosen])
    assert 0.2 < chosen[ordinary].float().mean() < 0.4


@pytest.mark.parametrize("objective", ["mlm", "rtd"])
def test_a_run_writes_an_encoder_that_opens(objective, pieces, data, tmp_path, monkeypatch):
    from transformers import AutoModel

    # Compiling takes longer than these few steps; the arithmetic is the same.
    monkeypatch.setattr(torch, "compile", lambda module: module)
    recipe = Recipe(width=32, layers=1, heads=2, inner=64, objective=objective, batch=2, minutes=0.02)
    loss = pretraining.pretrain(pieces, data, tmp_path / "encoder", recipe)
    assert loss >= 0
    assert AutoModel.from_pretrained(tmp_path / "encoder").config.hidden_size == 32


def test_a_stopped_run_goes_on_from_its_checkpoint(pieces, tmp_path):
    recipe = Recipe(width=32, layers=1, heads=2, inner=64, batch=2)
    masker = Masker(pieces, torch.device("cpu"))
    first, second = (pretraining.Learner(recipe, pieces, masker) for _ in range(2))
    optimizers = [torch.optim.AdamW(x.parameters()) for x in (first, second)]
    pretraining._checkpoint(tmp_path, first, optimizers[0], 7, 3.5)
    assert pretraining._resume(tmp_path, second, optimizers[1]) == (7, 3.5)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_rate_rises_and_falls():
    rates = [pretraining.rate_at(x / 100, 0.1) for x in range(101)]
    assert rates[0] == 0
    assert max(rates) == pytest.approx(1, abs=0.01)
    assert rates[-1] == pytest.approx(0.02)
    assert BLOCK == 256
