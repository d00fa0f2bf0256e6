"""Reading is quick and changes nothing: other attention, several workers, the tokenizer without its wrapper."""

from __future__ import annotations

import copy

import pytest
import torch
from builders import make_post

from models import folder, rotation
from models.passages import Passage, cut
from models.reading import LONGEST, Reader

WORDS = ("полиция", "сот", "прокурор", "участковый", "жауап", "бермейді", "приехали", "the", "police", "answered")


@pytest.fixture(scope="module")
def passages():
    """Return 96 passages of 1 to 240 words, in an order of lengths that is not sorted."""
    texts = [" ".join(WORDS[(n + i) % len(WORDS)] for i in range(1 + n * 37 % 240)) for n in range(96)]
    return [cut("", text, ())[0] for text in texts]


def test_the_quicker_attention_answers_as_the_library_does(tiny_model):
    network, _, _ = folder.load(tiny_model)
    ids = torch.randint(5, network.encoder.config.vocab_size, (4, 24), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    quick = copy.deepcopy(network.encoder)
    rotation.quicken(quick)
    assert all(isinstance(layer.attn, rotation.Attention) for layer in quick.layers)
    with torch.inference_mode():
        expected, found = (e(input_ids=ids, attention_mask=mask).last_hidden_state for e in (network.encoder, quick))
    torch.testing.assert_close(found[mask > 0], expected[mask > 0], atol=1e-4, rtol=1e-4)


def test_an_encoder_with_sliding_windows_is_left_alone(tiny_model):
    network, _, _ = folder.load(tiny_model)
    network.encoder.config.layer_types[0] = "sliding_attention"
    rotation.quicken(network.encoder)
    assert not any(isinstance(layer.attn, rotation.Attention) for layer in network.encoder.layers)


def test_workers_say_what_one_says_in_the_same_order(tiny_model, passages):
    one, three = (Reader(*folder.load(tiny_model), threads) for threads in (1, 3))
    for lonely, shared in zip(one.read(passages), three.read(passages), strict=True):
        assert shared.passage is lonely.passage
        assert shared.offsets == lonely.offsets
        assert shared.about == pytest.approx(lonely.about, abs=0.02)
        assert shared.stance == pytest.approx(lonely.stance, abs=0.05)


def test_workers_leave_the_threads_of_the_process_as_they_were(tiny_model, passages):
    before = torch.get_num_threads()
    Reader(*folder.load(tiny_model), 2).read(passages)
    assert torch.get_num_threads() == before


def test_tokens_are_those_of_the_wrapped_tokenizer(tiny_model, passages):
    reader = Reader(*folder.load(tiny_model), 1)
    texts = [p.text for p in passages]
    wrapped = reader.tokenizer(texts, truncation=True, max_length=LONGEST, return_offsets_mapping=True)
    again = reader.read([Passage(text=t, cuts=((0, 0),), bodies=()) for t in texts])
    assert [r.offsets for r in again] == wrapped["offset_mapping"]
    assert max(len(r.offsets) for r in again) == LONGEST


def test_a_fault_in_a_worker_is_not_swallowed(tiny_model, passages):
    reader = Reader(*folder.load(tiny_model), 2)
    reader.network.about = None
    with pytest.raises(TypeError):
        reader.read(passages)


def test_one_post_and_none(tiny_classifier):
    assert tiny_classifier.judge([]) == []
    assert len(tiny_classifier.judge([make_post(0)])) == 1
