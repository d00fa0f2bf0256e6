"""Reprints are one story, whatever the order of arrival; look-alikes and bulletins are not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import stories
from monitor.stories import PERMUTATIONS, fingerprint, group

DAY = datetime(2026, 2, 9, 10, tzinfo=UTC)
THEFT = (
    "Ночью на окраине города неизвестные вынесли из магазина кассу и два мешка сахара. Хозяйка лавки вызвала полицию, "
    "наряд приехал через девять минут и по следам на снегу нашёл обоих в соседнем дворе. Сахар вернули, касса пуста."
)
BRIDGE = (
    "Мост через реку закрыли для грузовиков до весны. Дорожная полиция выставила посты на обоих берегах и направляет "
    "водителей в объезд. Жители жалуются, что дорога до школы стала вдвое длиннее, и просят пустить автобус."
)
KAZAKH = (
    "Ауылдағы учаскелік инспектор күн сайын кешкісін көшені аралап, қараусыз қалған малды иесіне қайтарып жүр. "
    "Тұрғындар бұған риза, бірақ көрші ауылда мұндай адам жоқ екенін айтып, бір инспектор екі ауылға жетпейді дейді."
)


def post(name, days, text):
    return (name, None if days is None else DAY + timedelta(days=days), fingerprint(text), text)


def same(*posts):
    return len(set(group(posts).values())) == 1


def test_a_reprint_is_the_same_story():
    cut = THEFT[: int(len(THEFT) * 0.75)] + " Источник: областная газета."
    assert group([post("b", 1, cut), post("a", 0, THEFT), post("c", 0, BRIDGE)]) == {"a": "a", "b": "a", "c": "c"}


def test_case_blanks_and_punctuation_do_not_matter():
    assert fingerprint(THEFT) == fingerprint(THEFT.upper().replace(". ", " —\n\n"))


def test_the_earliest_post_names_the_story_and_the_id_breaks_a_draw():
    assert group([post("z", 0, THEFT), post("y", 0, THEFT), post("a", 3, THEFT)]) == {"z": "y", "y": "y", "a": "y"}


@pytest.mark.parametrize(("days", "joined"), [(0, True), (14, True), (14.01, False), (400, False)])
def test_window(days, joined):
    assert same(post("a", 0, THEFT), post("b", days, THEFT)) is joined
    assert same(post("a", 0, THEFT), post("b", days, THEFT + " Дело закрыто.")) is joined


def test_a_chain_reaches_further_than_the_window():
    assert same(*(post(str(i), 10 * i, THEFT) for i in range(5)))


def test_a_change_meets_any_copy_and_not_only_the_first():
    copies = [post(f"a{i}", 10 * i, THEFT) for i in range(4)]
    assert same(*copies, post("b", 40, THEFT + " Дело закрыто."))
    assert not same(*copies, post("b", 45, THEFT + " Дело закрыто."))


def test_posts_without_a_date_meet_only_each_other():
    found = group([post("a", 0, THEFT), post("b", None, THEFT), post("c", None, THEFT)])
    assert found == {"a": "a", "b": "b", "c": "b"}


def test_short_comments_are_voices_and_not_reprints():
    assert fingerprint("Молодцы, так держать!") == b""
    assert not same(post("a", 0, "Молодцы, так держать!"), post("b", 0, "Молодцы, так держать!"))


def test_bulletins_of_one_form_with_other_numbers_are_different():
    form = (
        "За сутки полиция области приняла {} сообщений, раскрыла {} краж, задержала {} водителей, {} нетрезвых, "
        "наряды выезжали {} раз, доставлено {} человек, возвращено {} телефонов."
    )
    assert not same(post("a", 0, form.format(*range(11, 18))), post("b", 1, form.format(*range(51, 58))))
    assert same(post("a", 0, form.format(*range(11, 18))), post("b", 1, form.format(*range(11, 18)) + " Сводка."))


def test_nothing_gives_nothing():
    assert group([]) == {}
    assert fingerprint("") == b""
    assert group([post("a", 0, "")]) == {"a": "a"}


def test_fingerprint_is_that_of_datasketch():
    reference = MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int, scheme="affine32")
    reference.update_batch(stories._shingles(KAZAKH).tolist())
    ours = np.frombuffer(fingerprint(KAZAKH), dtype="<u4")
    assert ours.tolist() == reference.hashvalues.tolist()
    assert len(fingerprint(KAZAKH)) == 4 * PERMUTATIONS


def test_fingerprint_is_the_same_for_ever():
    # stored fingerprints of old posts are compared with those of new ones
    assert np.frombuffer(fingerprint(THEFT), dtype="<u4")[:4].tolist() == FIRST


FIRST = [27121825, 29682023, 17165281, 11843578]

BASES = [THEFT, BRIDGE, KAZAKH]
VARIANTS = [
    text[: int(len(text) * share)] + tail for text in BASES for share in (1, 0.8) for tail in ("", " Сводка дня.")
]
POSTS = st.lists(st.tuples(st.sampled_from(VARIANTS), st.none() | st.integers(0, 40)), max_size=14)


@settings(deadline=None)
@given(POSTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(posts, chance):
    items = [post(f"p{i}", days, text) for i, (text, days) in enumerate(posts)]
    shuffled = chance.sample(items, len(items))
    assert group(items) == group(shuffled)


@settings(deadline=None)
@given(POSTS)
def test_stories_are_the_components_of_near_similar_pairs(posts):
    items = [post(f"p{i:02}", days, text) for i, (text, days) in enumerate(posts)]
    story = {item[0]: item[0] for item in items}
    for _ in items:
        for one in items:
            for other in items:
                undated = (one[1] is None) + (other[1] is None)
                near = undated == 2 or (undated == 0 and abs(one[1] - other[1]) <= stories.WINDOW)
                if near and stories._same_story(one, other):
                    story[one[0]] = story[other[0]] = min(story[one[0]], story[other[0]])
    found = group(items)
    assert len(set(found.values())) == len(set(story.values()))
    assert all((story[a] == story[b]) == (found[a] == found[b]) for a in story for b in story)
