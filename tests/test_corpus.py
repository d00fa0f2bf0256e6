"""A release can be opened by anybody, is the same for the same posts, and betrays every changed byte."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
from datetime import timedelta

import pandas as pd
import pytest
from builders import MONDAY, make_item, make_opinion, make_post, make_settings

from monitor import columns
from monitor.corpus import SUMS, release, verify
from monitor.errors import ReleaseError
from monitor.records import BodyStance, Fate, Item
from monitor.store import Store

FILES = {
    *("posts.parquet", "posts.jsonl", "posts.csv", "labels.parquet"),
    *("codebook.json", "release.json", "DATASHEET.md", SUMS),
}
POSTS = [
    make_post(1, author_key="a1"),
    make_post(2, language="kk", text='Полиция "тез" келді,\r\nрахмет; жақсы\tжұмыс.', regions=("KZ-71", "KZ-75")),
    make_post(3, published=None, published_from="", regions=(), mentions=()),
    make_post(4, published=MONDAY + timedelta(weeks=3), source="another"),
]
PRAISE = BodyStance(body="police", sentiment="positive", confidence=0.8, probabilities=(0.1, 0.1, 0.8), start=0, end=7)
DOUBT = BodyStance(body="knb", sentiment=None, confidence=0.4, probabilities=(0.4, 0.3, 0.3), start=8, end=20)
OPINIONS = [
    make_opinion(POSTS[0]),
    make_opinion(POSTS[0], model="person:ab", sentiment="positive"),
    make_opinion(POSTS[1], about=False, sentiment=None, reasons=(), bodies=()),
    make_opinion(POSTS[3], sentiment=None, abstained=True, bodies=("knb", "police"), stances=(DOUBT, PRAISE)),
]


def fill(file, posts=POSTS):
    with Store.open(file, clock=lambda: MONDAY) as store:
        store.add(store.begin("import"), [Item(key=p.id, source=p.source, fate=Fate.STORED, post=p) for p in posts])
        for opinion in OPINIONS:
            store.add_opinions([opinion], at=MONDAY)
    return file


def publish(file, folder, **given):
    with Store.open(file, read_only=True) as store:
        return release(store, make_settings(), folder, now=MONDAY, **given)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("corpus") / "senim.db")


@pytest.fixture(scope="module")
def made(database, tmp_path_factory):
    return publish(database, tmp_path_factory.mktemp("release") / "corpus").folder


@pytest.fixture
def folder(made, tmp_path):
    """Return a copy of the release that a test may spoil."""
    return shutil.copytree(made, tmp_path / "corpus")


def reseal(folder):
    """Write the sums anew, as one would who wants to hide a change."""
    files = sorted(f for f in folder.iterdir() if f.name != SUMS)
    lines = (f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in files)
    (folder / SUMS).write_text("".join(lines))


def test_a_release_is_whole(made):
    assert {f.name for f in made.iterdir()} == FILES
    assert verify(made) == []
    assert [f.name for f in made.parent.iterdir()] == ["corpus"]


def test_the_sums_are_those_of_the_usual_tool(made):
    assert subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=made, check=False).returncode == 0


def test_pandas_reads_what_was_stored(made):
    posts = pd.read_parquet(made / "posts.parquet").set_index("id")
    assert len(posts) == 4
    for post in POSTS:
        row = posts.loc[post.id]
        assert (row["text"], row["title"], row["url"], row["language"]) == (
            *(post.text, post.title),
            *(post.url, post.language),
        )
        assert list(row["regions"]) == list(post.regions)
        assert pd.isna(row["published"]) if post.published is None else row["published"] == post.published
        assert row["text_sha1"] == hashlib.sha1(post.text.encode()).hexdigest()
    assert (posts.loc[POSTS[0].id, "sentiment"], posts.loc[POSTS[0].id, "labeller"]) == ("positive", "person:ab")
    assert posts.loc[POSTS[0].id, "author_key"] == "a1"
    assert posts.loc[POSTS[0].id, "reasons"][0]["code"] == "slow_ineffective"
    assert posts.loc[POSTS[2].id, "about"] is None
    toward = posts.loc[POSTS[3].id, "stances"]
    assert [(s["body"], s["sentiment"], POSTS[3].text[s["start"] : s["end"]]) for s in toward] == [
        ("knb", None, POSTS[3].text[8:20]),
        ("police", "positive", "Полиция"),
    ]
    assert list(posts.loc[POSTS[0].id, "stances"]) == []
    labels = pd.read_parquet(made / "labels.parquet")
    assert sorted(zip(labels["post_id"], labels["labeller"], strict=True)) == sorted(
        (o.post_id, o.model) for o in OPINIONS
    )


def test_all_formats_hold_the_same_rows(made):
    parquet = json.loads(pd.read_parquet(made / "posts.parquet").to_json(orient="records", date_format="iso"))
    lines = [json.loads(line) for line in (made / "posts.jsonl").read_text("utf-8").splitlines()]
    commas = pd.read_csv(made / "posts.csv", dtype=str, keep_default_na=False).to_dict("records")
    names = columns.post_schema(text=True).names
    for one, two, three in zip(parquet, lines, commas, strict=True):
        assert list(one) == list(two) == list(three) == names
        for name in names:
            if name in ("published", "fetched"):
                assert (one[name] or "")[:19] == (two[name] or "")[:19] == three[name][:19]
                continue
            assert one[name] == two[name]
            listed = isinstance(two[name], list | bool)
            assert three[name] == (json.dumps(two[name], ensure_ascii=False) if listed else str(two[name] or ""))


def test_datasets_reads_it_without_a_network(made, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    files = {name: str(made / f"{name}.parquet") for name in ("posts",)}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path))
    assert loaded["posts"].num_rows == 4
    assert set(loaded["posts"]["id"]) == {p.id for p in POSTS}


def test_without_text_no_text_leaves_the_house(database, tmp_path):
    folder = publish(database, tmp_path / "corpus", text=False).folder
    assert verify(folder) == []
    names = set(pd.read_parquet(folder / "posts.parquet").columns)
    assert {"text", "title"}.isdisjoint(names)
    assert {"url", "text_sha1", "mentions", "reasons"} <= names
    for file in folder.iterdir():
        content = file.read_bytes()
        for word in ("приехала", "Сообщение номер", "рахмет"):
            assert word.encode() not in content


def test_a_query_chooses(database, tmp_path):
    made = publish(database, tmp_path / "corpus", query="рахмет")
    assert (made.posts, made.labels) == (1, 1)
    assert "рахмет" in (made.folder / "DATASHEET.md").read_text("utf-8")
    assert verify(made.folder) == []


def test_only_the_newest_version_is_released(tmp_path):
    file = fill(tmp_path / "senim.db")
    with Store.open(file) as store:
        store.add(1, [make_item(1, text="Полиция опровергла.", author_key="a1")])
    folder = publish(file, tmp_path / "corpus").folder
    assert "десять минут" not in pd.read_parquet(folder / "posts.parquet").set_index("url").loc[POSTS[0].url, "text"]


@pytest.mark.parametrize("text", [True, False])
def test_the_same_posts_are_the_same_bytes_in_whatever_order_they_came(tmp_path, text):
    one = publish(fill(tmp_path / "1.db"), tmp_path / "one", text=text)
    two = publish(fill(tmp_path / "2.db", POSTS[::-1]), tmp_path / "two", text=text)
    assert one.identity == two.identity
    for name in FILES:
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()


def test_the_datasheet_counts_what_is_there(made):
    told = (made / "DATASHEET.md").read_text("utf-8")
    for line in (
        "| ru | 3 |",
        "| kk | 1 |",
        "| The Example (`example`) | 3 |",
        "| positive | 1 |",
        "| abstained | 1 |",
        "| not judged | 1 |",
        "| not about a body | 1 |",
        "| Almaty (`KZ-75`) | 3 |",
        "| 2026-W07 | 2 |",
        "| people | 1 |",
        "Posts without a plausible date: 1.",
        "- all: 2026-W08, 2026-W09",
        "## Limits",
        "## How to cite",
    ):
        assert line in told


def test_what_exists_is_never_overwritten(database, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    for target in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(ReleaseError, match="not empty"):
            publish(database, target)
    assert [f.name for f in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert verify(publish(database, tmp_path / "empty").folder) == []


def test_nothing_found_leaves_nothing(database, tmp_path):
    with pytest.raises(ReleaseError, match="no post"):
        publish(database, tmp_path / "corpus", query="небывальщина")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_one_flipped_bit_is_found(folder, name):
    content = bytearray((folder / name).read_bytes())
    place = random.Random(name).randrange(len(content))
    content[place] ^= 1
    (folder / name).write_bytes(content)
    assert verify(folder)


def test_missing_and_foreign_files_are_named(folder):
    (folder / "posts.csv").unlink()
    (folder / "notes.txt").write_text("mine")
    assert verify(folder) == ["notes.txt does not belong to the release", "posts.csv is missing"]
    (folder / SUMS).unlink()
    assert "no release" in verify(folder)[0]


def test_counts_that_do_not_fit_are_found_behind_right_sums(folder):
    about = json.loads((folder / "release.json").read_text("utf-8"))
    (folder / "release.json").write_text(json.dumps(about | {"posts": 5}), "utf-8")
    reseal(folder)
    assert verify(folder) == ["release.json promises 5 posts, there are 4"]


@pytest.mark.parametrize("name", ["mentions", "stances"])
def test_offsets_outside_the_text_are_found_behind_right_sums(folder, name):
    rows = [json.loads(line) for line in (folder / "posts.jsonl").read_text("utf-8").splitlines()]
    rows[0][name] = [{"body": "police", "start": 0, "end": 10_000, "in_title": False}]
    (folder / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    reseal(folder)
    assert verify(folder) == [f"post {rows[0]['id']}: an offset lies outside its text"]


def test_a_file_that_cannot_be_read_is_named(folder):
    (folder / "labels.parquet").write_bytes(b"PAR1 broken PAR1")
    reseal(folder)
    assert "cannot be read" in verify(folder)[0]
