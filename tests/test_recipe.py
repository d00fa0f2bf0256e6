"""The recipe trains any encoder by the same code: public sets, then our posts, with figures beside the weights."""

from __future__ import annotations

import gzip
import json
import logging
from dataclasses import replace

import pytest
import torch
from builders import Named
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

from models import recipe
from models.classifier import Classifier
from models.labelled import Labelled
from monitor import settings
from monitor.errors import ModelError

REASONS = [r for r in settings.load().reasons if r.code in ("corruption", "effective_help")]
SAID = {"corruption": "взяли деньги", "effective_help": "сразу помогли"}
QUICK = (
    replace(recipe.FIRST, epochs=1, batch=4, rate=1e-3),
    replace(recipe.SECOND, epochs=25, batch=8, rate=3e-3, head_rate=3e-3),
)


def posts():
    """Return invented posts of two reasons and none, in three splits."""
    found = []
    for n in range(36):
        code = ("corruption", "effective_help", None)[n % 3]
        text = f"полиция опять {SAID[code]} {n}" if code else f"погода хорошая {n}"
        spans = ((code, text.index(SAID[code]), text.index(SAID[code]) + len(SAID[code])),) if code else ()
        found.append(
            Labelled(
                id=str(n), language="ru", script="full", register="comment", text=text, about=bool(code),
                bodies=("police",) if code else (), reasons=spans, split=("train", "train", "dev", "test")[n % 4],
                sentiment={"corruption": "negative", "effective_help": "positive", None: None}[code],
                origin="real" if n % 8 == 3 else "written",
            )
        )  # fmt: skip
    return found


@pytest.fixture(autouse=True)
def one_thread():
    """Keep sums in one order: two threads on a busy machine add up differently in the last digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Return the folder of a tiny XLM-R that nobody has trained."""
    where = tmp_path_factory.mktemp("base")
    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "полиция", "опять", "взяли", "деньги", "сразу", "помогли"]
    raw = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    raw.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        mask_token="<mask>", cls_token="<s>", sep_token="</s>",
    ).save_pretrained(where)  # fmt: skip
    torch.manual_seed(0)
    XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
            max_position_embeddings=80, hidden_dropout_prob=0.0,
        )
    ).save_pretrained(where)  # fmt: skip
    return where


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a folder with a public set of a dozen invented lines."""
    where = tmp_path_factory.mktemp("data")
    (where / "sentiment").mkdir()
    with gzip.open(where / "sentiment" / "train.jsonl.gz", "wt", encoding="utf-8") as file:
        for n in range(12):
            row = {
                "lang": "ru", "text": f"полиция {'помогли' if n % 2 else 'деньги'}", "target": "полиция",
                "target_span": [0, 7], "label": 1 if n % 2 else -1, "source": "rusentne_train", "licence": "MIT",
            }  # fmt: skip
            file.write(json.dumps(row) + "\n")
    return where


def trained(base, out, data=None, **options):
    given = {"reasons": REASONS, "posts": posts(), "plans": QUICK} | options
    return recipe.train(str(base), out, codebook="1", finder=Named("полиция"), data=data, **given)


def test_any_encoder_learns_and_its_folder_opens(base, data, tmp_path):
    figures = trained(base, tmp_path / "model", data)
    assert figures["test"]["about"]["f1"] == 1.0
    assert figures["test"]["stance"]["accuracy"] == 1.0
    assert figures["test"]["reasons_micro"]["f1"] == 1.0
    assert set(figures["test"]["by_origin"]) == {"real", "written"}
    assert json.loads((tmp_path / "model" / "figures.json").read_text("utf-8"))["test"] == figures["test"]
    assert Classifier.load(tmp_path / "model").name == figures["model"]


def test_a_second_run_takes_up_the_first_stage(base, data, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    one = trained(base, tmp_path / "one", data)
    assert "taken from" not in caplog.text
    two = trained(base, tmp_path / "two", data)
    assert "taken from" in caplog.text
    assert one["model"] == two["model"]


def test_new_labels_change_thresholds_and_name_and_no_weight(base, tmp_path):
    where = tmp_path / "model"
    first = trained(base, where)
    weights = (where / "model.safetensors").read_bytes()
    doubted = [replace(p, about=True) if p.split == "dev" and p.id != "2" else p for p in posts()]
    second = recipe.recalibrate(where, doubted, Named("полиция"))
    assert second["model"] != first["model"]
    assert second["made"]["posts"] == first["made"]["posts"]
    assert (where / "model.safetensors").read_bytes() == weights
    assert recipe.recalibrate(where, doubted, Named("полиция"))["model"] == second["model"]
    with pytest.raises(ModelError, match="no labelled posts"):
        recipe.recalibrate(where, [p for p in posts() if p.split != "dev"], Named("полиция"))


def test_members_are_averaged(base, tmp_path):
    figures = trained(base, tmp_path / "both", members=2)
    assert figures["made"]["second"]["members"] == 2
    assert figures["test"]["reasons_micro"]["f1"] == 1.0
    assert figures["model"] != trained(base, tmp_path / "one")["model"]


def test_the_mean_of_two_folders_is_a_model(base, tmp_path):
    other = (QUICK[0], replace(QUICK[1], seed=2))
    names = [trained(base, tmp_path / "one")["model"], trained(base, tmp_path / "two", plans=other)["model"]]
    folders = [tmp_path / "one", tmp_path / "two"]
    figures = recipe.average(folders, tmp_path / "mean", posts(), Named("полиция"))
    assert [m["model"] for m in figures["made"]["mean"]] == names
    assert len({figures["model"], *names}) == 3
    assert figures["test"]["reasons_micro"]["f1"] == 1.0
    one, two, mean = (load_file(f / "heads.safetensors") for f in (*folders, tmp_path / "mean"))
    assert all(torch.allclose(mean[k].float(), (one[k].float() + two[k].float()) / 2, atol=0.02) for k in mean)


def test_no_mean_of_models_of_other_reasons(base, tmp_path):
    trained(base, tmp_path / "one")
    trained(base, tmp_path / "two", reasons=REASONS[::-1])
    with pytest.raises(ModelError, match=r"two.*no fine-tuning of the same start"):
        recipe.average([tmp_path / "one", tmp_path / "two"], tmp_path / "mean", posts(), Named("полиция"))
    (tmp_path / "one" / "figures.json").unlink()
    with pytest.raises(ModelError, match=r"one.*has no figures\.json"):
        recipe.average([tmp_path / "one"], tmp_path / "mean", posts(), Named("полиция"))


def test_without_our_posts_no_reason_is_known(base, data, tmp_path):
    figures = trained(base, tmp_path / "model", data, share=0.0)
    assert figures["made"]["posts"] == 0
    assert figures["test"]["about"]["recall"] == 1.0
    assert figures["test"]["reasons_micro"]["f1"] == 0.0


def test_a_smaller_share_lies_within_a_larger_one():
    quarter, half = ({p.id for p in recipe.part(posts(), share)} for share in (0.25, 0.5))
    assert quarter < half < {p.id for p in recipe.part(posts(), 1.0)} == {p.id for p in posts()}
    assert recipe.part(posts(), 0.0) == []
