"""Training: labels become targets, a small network learns them, and the same seed gives the same weights."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from builders import Named
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import ModernBertConfig, ModernBertModel, PreTrainedTokenizerFast

from models import calibration, folder, labelled, tasks, training
from models.folder import Card
from models.labelled import Labelled
from models.tasks import Example
from models.training import Plan

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[T]", "[/T]", "полиция", "взятка", "помогли", "погода", "."]


@pytest.fixture
def tokenizer():
    raw = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", additional_special_tokens=["[T]", "[/T]"],
    )  # fmt: skip


def fresh(tokenizer, seed=0):
    torch.manual_seed(seed)
    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
        global_attn_every_n_layers=1, pad_token_id=0,
    )  # fmt: skip
    return folder.assemble(ModernBertModel(config), tokenizer, 2)


OWN = [
    Example(
        text="[T] полиция [/T] взятка .", language="ru", sentiment=0, about=True, reasons=(0,), spans=((0, 17, 23),)
    ),
    Example(
        text="[T] полиция [/T] помогли .", language="ru", sentiment=2, about=True, reasons=(1,), spans=((1, 17, 24),)
    ),
    Example(text="погода .", language="ru", sentiment=None, about=False, reasons=()),
] * 8
PLAN = Plan(epochs=40, batch=8, rate=3e-3, head_rate=3e-3, repeat=1)


def test_labels_become_targets(tokenizer):
    batch = training.collate(tokenizer, OWN[:3], reasons=2)
    assert batch.sentiment.tolist() == [0, 2, -100]
    assert batch.reasons.tolist() == [[1, 0], [0, 1], [0, 0]]
    word = batch.ids[0].tolist().index(WORDS.index("взятка"))
    assert batch.evidence[0, :, 0].argmax() == word
    assert (batch.evidence[0, :, 1] == -100).all()
    assert (batch.evidence[2] == -100).all()


def test_a_small_network_learns_all_heads(tokenizer):
    network = training.fit(fresh(tokenizer), tokenizer, [], OWN, PLAN)
    out = calibration.outputs(network, tokenizer, OWN[:3])
    assert out["sentiment"][:2, calibration.STANCE].argmax(1).tolist() == [0, 2]
    assert (out["about"] > 0).tolist() == [True, True, False]
    assert (out["reasons"][:2] > 0).tolist() == [[True, False], [False, True]]


def test_the_same_seed_gives_the_same_weights(tokenizer):
    one, two = (training.fit(fresh(tokenizer), tokenizer, [], OWN, Plan(epochs=1, batch=8)) for _ in range(2))
    for left, right in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(left, right)


class Dying:
    """A tokenizer that works so many times and then dies, as a process may at any step."""

    def __init__(self, tokenizer, works):
        self.tokenizer, self.works = tokenizer, works

    def __call__(self, *args, **options):
        self.works -= 1
        if self.works < 0:
            raise KeyboardInterrupt
        return self.tokenizer(*args, **options)


@pytest.mark.parametrize("works", [1, 3, 5, 8])
def test_a_training_that_was_stopped_goes_on(tokenizer, tmp_path, monkeypatch, works):
    monkeypatch.setattr(training, "KEEPING", 0.0)
    plan = Plan(epochs=3, batch=8, rate=3e-3)
    whole = training.fit(fresh(tokenizer), tokenizer, [], OWN, replace(plan, repeat=1))
    keep = tmp_path / "kept" / "state"
    with pytest.raises(KeyboardInterrupt):
        training.fit(fresh(tokenizer), Dying(tokenizer, works), [], OWN, replace(plan, repeat=1), keep=keep)
    assert keep.is_file()
    again = training.fit(fresh(tokenizer, seed=7), tokenizer, [], OWN, replace(plan, repeat=1), keep=keep)
    assert not keep.exists()
    for left, right in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)


def test_calibration_writes_a_card_that_can_be_loaded(tokenizer, tmp_path):
    network = training.fit(fresh(tokenizer), tokenizer, [], OWN, PLAN)
    card = calibration.calibrate(network, tokenizer, OWN, Card(name="tiny", codebook="1", reasons=("a", "b")))
    saved = folder.save(network, tokenizer, tmp_path / "model", card)
    again, _, loaded = folder.load(tmp_path / "model")
    assert loaded == saved
    assert loaded.name.startswith("tiny@")
    ids = torch.tensor([[2, 5, 7, 6, 8, 3]])
    before, after = (n.float()(ids, torch.ones_like(ids))["reasons"] for n in (network, again))
    assert torch.allclose(before, after, atol=0.05)


def test_the_temperature_finds_an_overconfident_network():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(4000, 3))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=p) for p in chances])
    assert calibration.temperature(logits, truth) == pytest.approx(1.0, abs=0.1)
    assert calibration.temperature(2 * logits, truth) == pytest.approx(2.0, abs=0.2)


def test_half_of_the_best_f1_is_the_threshold_of_calibrated_chances():
    rng = np.random.default_rng(2)
    chances = rng.beta(0.5, 2, 20_000)
    truth = (rng.random(20_000) < chances).astype(int)
    threshold = calibration.half_threshold(chances, truth)
    assert threshold == pytest.approx(calibration.best_threshold(chances, truth), abs=0.03)
    assert calibration.half_threshold(chances, np.zeros(20_000, dtype=int)) == calibration.LEAST


def test_an_epoch_caps_the_common_class_and_repeats_ours():
    public = [
        Example(text=f"жақсы {n}", language="kk", head="review", sentiment=2, source="kazsandra_train_recovered")
        for n in range(70_000)
    ] + [Example(text="жаман", language="kk", head="review", sentiment=0, source="kazsandra_train_recovered")]
    shown = tasks.epoch(public, OWN[:3], repeat=2, rng=random.Random(1))
    assert sum(e.head == "review" for e in shown) == 60_000
    assert sum(e.source == "own" for e in shown) == 6
    assert any(e.sentiment == 0 and e.head == "review" for e in shown)


def test_a_labelled_post_keeps_its_evidence_through_the_marks():
    text = "Кеше полиция келмеді, хабар жоқ."
    post = Labelled(
        id="1", language="kk", script="full", register="comment", text=text, about=True, bodies=("police",),
        sentiment="negative", reasons=(("slow", 13, 20),), split="train",
    )  # fmt: skip

    (example,) = labelled.examples([post], ["slow"], Named("полиция"))
    ((reason, start, end),) = example.spans
    assert (reason, example.text[start:end]) == (0, text[13:20])
    assert example.text.startswith("Кеше [T] полиция [/T]")
