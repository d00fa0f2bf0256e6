"""The folder of a model gives the same vectors here and in sentence-transformers, and opinions never notice."""

from __future__ import annotations

import gzip
import json
import shutil

import numpy as np
import pytest
import torch
from installation import install, senim

from models import embedding, folder
from models.classifier import Classifier
from models.embedding import Embedder
from monitor.errors import ModelError

TEXTS = ["полиция", "", "Police in Astana closed case number 7 without any explanation. " * 40, "двор фонарь собака"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of translated pairs: the same invented words in two languages, so that there is something to learn."""
    where = tmp_path_factory.mktemp("data")
    words = ("двор street", "окно window", "мост bridge", "сад garden", "рынок market", "парк corner", "школа bicycle")
    rng = np.random.default_rng(1)
    (where / "parallel").mkdir()
    with gzip.open(where / "parallel" / "ru-en.tsv.gz", "wt", encoding="utf-8") as file:
        for _ in range(400):
            drawn = [words[n].split() for n in rng.integers(len(words), size=6)]
            file.write("\t".join(" ".join(side) for side in zip(*drawn, strict=True)) + "\n")
    return where


@pytest.fixture
def plain(tiny_model, tmp_path):
    """A copy of the tiny model that knows no embeddings."""
    return shutil.copytree(tiny_model, tmp_path / "model")


@pytest.fixture(scope="module")
def trained(tiny_model, data, tmp_path_factory):
    where = shutil.copytree(tiny_model, tmp_path_factory.mktemp("trained") / "model")
    return where, embedding.train(where, data)


def test_learning_brings_translations_together(trained):
    where, figures = trained
    found = figures["held_out"]["ru-en"]
    assert found["n"] > 5
    for direction in ("forward", "back"):
        assert found["trained"][direction]["mrr"] > found["plain_mean"][direction]["mrr"]
    assert json.loads((where / "figures.json").read_text("utf-8"))["embeddings"] == figures


def test_vectors_are_of_unit_length_in_order_whatever_they_are_batched_with(trained):
    embedder = Embedder.load(trained[0])
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (4, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert (alone * vectors).sum(1).min() > 0.999
    assert embedder.embed([]).shape == (0, 256)


@pytest.mark.parametrize("halved", [False, True])
def test_sentence_transformers_gives_the_same_vectors(trained, halved, monkeypatch):
    opened = pytest.importorskip("sentence_transformers").SentenceTransformer(str(trained[0]), device="cpu")
    monkeypatch.setattr(embedding, "faster", lambda: torch.bfloat16 if halved else torch.float32)
    ours = Embedder.load(trained[0]).embed(TEXTS)
    theirs = opened.encode(TEXTS, batch_size=4)
    assert theirs.shape == ours.shape
    if halved:
        assert (ours * theirs).sum(1).min() > 0.99
    else:
        assert np.abs(ours - theirs).max() < 1e-4
    assert opened.similarity_fn_name == "cosine"


def test_name_and_opinions_stay(trained, tiny_model):
    before, after = folder.load_card(tiny_model), folder.verify(trained[0])
    assert after.name == before.name
    assert set(folder.EMBEDDING) == set(after.files) - set(before.files)
    assert Classifier.load(trained[0]).name == before.name


def test_renewing_is_the_same_as_adding(trained, data, tmp_path):
    again = shutil.copytree(trained[0], tmp_path / "model")
    embedding.train(again, data)
    assert folder.load_card(again) == folder.load_card(trained[0])


def test_a_folder_without_embeddings_says_what_to_do(plain):
    with pytest.raises(ModelError, match="no embeddings") as caught:
        Embedder.load(plain)
    assert "senim train embeddings" in caught.value.advice


def test_a_damaged_projection_is_refused(trained, tmp_path):
    where = shutil.copytree(trained[0], tmp_path / "model")
    file = where / "2_Dense" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="damaged"):
        Embedder.load(where)


def test_a_new_encoder_does_not_keep_the_projection_of_the_old(trained, tmp_path):
    where = shutil.copytree(trained[0], tmp_path / "model")
    network, tokenizer, card = folder.load(where)
    folder.save(network, tokenizer, where, card)
    assert not (where / "modules.json").exists()
    with pytest.raises(ModelError, match="no embeddings"):
        Embedder.load(where)


def test_no_pairs_are_an_error_for_the_command_and_nothing_for_the_recipe(plain, tmp_path):
    with pytest.raises(ModelError, match="no translated pairs"):
        embedding.train(plain, tmp_path)
    assert embedding.renew(plain, tmp_path) == embedding.renew(plain, None) == {}


def test_the_command_prints_the_figures(plain, data, tmp_path):
    home = install(tmp_path / "home", weights=plain)
    said = json.loads(senim(home, "train", "embeddings", "--data", data))
    assert said["held_out"]["ru-en"]["n"] > 5
    assert Embedder.load(plain).embed(["двор"]).shape == (1, 256)
    assert "no translated pairs" in senim(home, "train", "embeddings", rc=1)
