"""The test split divided, its contrast pairs, and what is taken for what."""

from __future__ import annotations

import numpy as np
from labels_and_answers import answers, make_answer, make_labelled

from models import confusions, labelled, robustness, slices


def test_the_parts_of_a_group_cover_all_posts_once():
    posts = [p for file in labelled.OWN for p in labelled.read(file) if p.split == "test"]
    for parts in slices.groups(posts).values():
        assert np.array_equal(sum(mask.astype(int) for mask in parts.values()), np.ones(len(posts)))
    named = slices.named(posts)
    wanted = {"letterless", "latin", "mixed", "headline", "long_article", "irony", "negation", "event_tone",
              "foreign_police", "police_as_source"}  # fmt: skip
    assert wanted <= set(named)
    assert "foreign" not in named


def test_the_script_of_real_texts_is_not_known():
    posts = [make_labelled(0), make_labelled(1, origin="real")]
    assert set(slices.groups(posts)["script"]) == {"full", "not recorded"}


def test_a_pair_is_right_when_all_its_members_are():
    def member(name, sentiment):
        return make_labelled(id=name, sentiment=sentiment, origin="contrast", slices=("negation",))

    found = slices.pairs(answers(
        (member("ct-001a", "negative"), make_answer("negative")),
        (member("ct-001b", "positive"), make_answer("positive", reasons=[("effective_help", 0, 5)])),
        (member("ct-002a", "negative"), make_answer("negative")),
        (member("ct-002b", "positive"), make_answer("negative")),
        (member("ct-002c", "positive"), make_answer("positive")),
        (make_labelled(9), make_answer("negative")),
    ))  # fmt: skip
    assert (found["stance"]["n"], found["stance"]["value"]) == (2, 0.5)
    assert found["wholly"]["value"] == 0.0
    assert found["by_kind"] == {"negation": {"right": 1, "pairs": 2}}
    assert slices.pairs(answers())["stance"] == {"n": 0}


def test_an_abstention_makes_no_pair_right():
    silent = make_answer("neutral", abstained=True)
    assert not answers((make_labelled(sentiment="neutral"), silent)).stance_right.any()
    assert answers((make_labelled(sentiment=None), make_answer(None))).wholly_right.all()


def test_what_is_taken_for_what():
    spans = ([("corruption", 0, 7)], [("effective_help", 0, 7)])
    found = answers(
        (make_labelled(0, reasons=spans[0]), make_answer("positive", reasons=spans[1])),
        (make_labelled(1, reasons=spans[0]), make_answer("negative", reasons=spans[0] + spans[1])),
        (make_labelled(2, None), make_answer("negative", confidence=0.7)),
        (make_labelled(3, None), make_answer(None)),
    )
    matrix = confusions.stance(found)
    assert matrix["negative"]["positive"] == matrix["negative"]["negative"] == 1
    assert matrix["not about"] == {"negative": 1, "neutral": 0, "positive": 0, "abstained": 0, "not about": 1}
    assert sum(sum(row.values()) for row in matrix.values()) == 4
    assert confusions.reasons(found) == [{"labelled": "corruption", "said": "effective_help", "posts": 1}]


def test_the_surest_mistakes_carry_no_words():
    pairs = [(make_labelled(n), make_answer("positive", confidence=0.5 + n / 100)) for n in range(9)]
    found = confusions.surest(answers(*pairs, (make_labelled(99), make_answer("negative"))), 3)
    assert [w["id"] for w in found] == ["w-8", "w-7", "w-6"]
    assert set(found[0]) == {"id", "language", "register", "origin", "label", "answer", "confidence"}


def test_noise_is_the_same_again_and_for_each_post_alone():
    posts = [make_labelled(n, language="kk", text=f"Полиция қызметкерлері көмектесті, рахмет {n}") for n in range(5)]
    for kind in robustness.CHANGES:
        once = robustness.changed(posts, kind)
        assert once == robustness.changed(posts, kind)
        assert once[3:] == robustness.changed(posts[3:], kind)
    assert robustness.changed(posts, "letterless")[0].text == "Полиция кызметкерлери комектести, рахмет 0"
    assert robustness.changed(posts, "no_punctuation")[0].text == "Полиция қызметкерлері көмектесті рахмет 0"


def test_only_posts_that_change_are_counted():
    kazakh = make_labelled(0, language="kk", text="Полиция көмектесті")
    russian = make_labelled(1, text="полиция помогла")
    first = answers((kazakh, make_answer("negative")), (russian, make_answer("negative")))
    found = robustness.figures(first, lambda noisy: answers(*((p, make_answer("positive")) for p in noisy)))
    assert found["letterless"]["posts"] == 1
    assert found["letterless"]["stance_macro_f1"]["value"] == -1.0
    assert "no_punctuation" not in found
