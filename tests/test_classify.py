"""The contract of `senim classify IN.jsonl -o OUT.jsonl`: others script against it."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from click.testing import CliRunner
from installation import install, make_records

from monitor import pipeline, settings
from monitor.cli import main
from monitor.records import LANGUAGES, SENTIMENTS

KEYS = ["id", "about", "language", "bodies", "sentiment", "confidence", "probabilities", "reasons", "regions",
        "abstained", "model", "stances"]  # fmt: skip
BAD = [
    b"", b"{", b'{"id": "broken", "text": "no end}', b"null", b"17", b'"a string"', b'["a", "list"]',
    b'{"id": "no text"}', b'{"id": "null", "text": null}', b'{"id": "number", "text": 5}',
    b'{"id": "list", "text": ["a"]}', b'{"id": "empty", "text": ""}', b'{"id": "blank", "text": " \\t\\n\\u200b"}',
    b'{"id": "title", "text": "a", "title": 7}', b'{"id": NaN, "text": "not a number"}',
    b'{"id": "latin", "text": "\xcf\xee\xeb\xe8\xf6\xe8\xff"}', b"\x00\x01\x02",
    b'{"id": "long", "text": "' + b"x" * 100_001 + b'"}', b"[" * 20_000, b'{"id": "a"}\r{"id": "b"}',
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tiny_model, tmp_path_factory):
    return install(tmp_path_factory.mktemp("homes") / "home", tiny_model)


@pytest.fixture(scope="module")
def shipped():
    return settings.load(settings.shipped_config().parent)


def classify(home, folder, lines):
    """Return the answers to lines of bytes, through the command."""
    given, made = folder / "in.jsonl", folder / "out.jsonl"
    given.write_bytes(b"".join(line + b"\n" for line in lines))
    result = CliRunner().invoke(main, ["--home", str(home), "classify", str(given), "-o", str(made)])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in made.read_text("utf-8").split("\n")[:-1]]


def as_line(record):
    return json.dumps(record, ensure_ascii=False).encode()


def check(answer, text, reasons):
    """Hold an answer against the contract, key by key."""
    assert list(answer) == KEYS
    assert isinstance(answer["about"], bool)
    assert isinstance(answer["abstained"], bool)
    assert answer["language"] in LANGUAGES
    assert answer["sentiment"] in (*SENTIMENTS, None)
    assert (answer["sentiment"] is None) == (not answer["about"] or answer["abstained"])
    assert 0 <= answer["confidence"] <= 1
    assert list(answer["probabilities"]) == list(SENTIMENTS)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-9)
    assert all(0 <= p <= 1 for p in answer["probabilities"].values())
    assert all(isinstance(b, str) for b in answer["bodies"])
    assert all(re.fullmatch(r"KZ-\d\d", r) for r in answer["regions"])
    assert [s["body"] for s in answer["stances"]] == answer["bodies"]
    for stance in answer["stances"]:
        assert stance["sentiment"] in (*SENTIMENTS, None)
        assert list(stance["probabilities"]) == list(SENTIMENTS)
        assert stance["confidence"] == pytest.approx(max(stance["probabilities"].values()), abs=1e-9)
        if "quote" in stance:
            assert text[stance["start"] : stance["end"]] == stance["quote"] != ""
        else:
            assert stance["probabilities"] == answer["probabilities"]
    assert re.fullmatch(r"tiny@[0-9a-f]{8}", answer["model"])
    for reason in answer["reasons"]:
        assert set(reason) - {"provisional"} == {"code", "confidence", "start", "end", "quote"}
        assert reason["code"] in reasons
        assert 0 <= reason["confidence"] <= 1
        assert 0 <= reason["start"] <= reason["end"] <= len(text)
        assert text[reason["start"] : reason["end"]] == reason["quote"]


def test_five_hundred_lines_with_twenty_bad_ones(home, shipped, tmp_path):
    records = [{"id": r["id"], "text": r["text"], "title": r["title"]} for r in make_records(480)]
    records[7]["id"] = records[8]["id"] = "the same"
    lines = [as_line(r) for r in records]
    places = range(3, 500, 25)
    for place, bad in zip(places, BAD, strict=True):
        lines.insert(place, bad)
    answers = classify(home, tmp_path, lines)
    assert len(answers) == len(lines) == 500
    good = [a for n, a in enumerate(answers) if n not in places]
    assert [a["id"] for a in good] == [r["id"] for r in records]
    codes = {r.code for r in shipped.reasons}
    for answer, record in zip(good, records, strict=True):
        check(answer, record["text"], codes)
    assert {a["sentiment"] for a in good} == {"negative", "neutral", "positive", None}
    assert sum(len(a["reasons"]) for a in good) > 50
    bad = [a for n, a in enumerate(answers) if n in places]
    assert [list(a) for a in bad] == [["id", "line", "error"]] * 20
    assert [a["line"] for a in bad] == [n + 1 for n in places]
    assert {a["id"] for a in bad} >= {"no text", "null", "number", "list", "empty", "blank", "title", "long", None}
    assert all(a["error"] and "\n" not in a["error"] for a in bad)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (BAD[1], "not JSON: "),
        (BAD[3], 'not an object: write {"id": ..., "text": ...}'),
        (BAD[9], 'no text: give "text" as a string'),
        (BAD[11], 'no text: "text" is empty'),
        (BAD[13], "the title is no text"),
        (BAD[14], "not JSON: NaN is no number"),
        (BAD[15], "not UTF-8: invalid continuation byte at byte 25"),
        (BAD[17], "the text has 100001 characters, at most 100000 are read"),
    ],
)
def test_an_error_says_what_is_wrong(shipped, tiny_classifier, line, said):
    (answer,) = pipeline.classify_lines(shipped, [line], tiny_classifier)
    assert answer["error"].startswith(said)


SPELLINGS = {
    "as typed": lambda text: text,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "of another system": lambda text: text.replace(". ", ".\r\n"),
    "look-alike letters": lambda text: text.replace("о", "o").replace("с", "c"),
    "torn by soft hyphens": lambda text: text.replace("поли", "по\u00adли"),
    "with a mark in front": lambda text: "\ufeff" + text,
    "with tabs and emoji": lambda text: "👮🏽‍♂️\t" + text.replace(", ", ",\t") + " 🙏🏻",
    "with half a character": lambda text: "\ud83d" + text,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_offsets_are_those_of_the_text_as_it_was_given(shipped, tiny_classifier, home, tmp_path, spelling):
    sentences = "В Шымкенте полиция не приехала на вызов, заявление не приняли. Участковый нагрубил жителям дома. "
    text = SPELLINGS[spelling](sentences * 3)
    line = json.dumps({"id": 1, "text": text}).encode()  # with \u escapes, as half characters travel
    (answer,) = classify(home, tmp_path, [line])
    check(answer, text, {r.code for r in shipped.reasons})
    assert answer["bodies"] == ["police", "precinct_inspector"]
    assert answer["regions"] == ["KZ-79"]
    police, inspector = answer["stances"]
    assert "не приняли" in police["quote"]
    assert inspector["quote"].startswith("Участк") or spelling != "as typed"


def test_praise_of_one_body_and_blame_of_another_are_two_stances(home, tmp_path):
    praise, blame = "Полиция вернула велосипед за час, спасибо.", "Прокуратура второй месяц не отвечает на жалобу."
    lines = [as_line({"id": len(text), "text": text}) for text in (f"{praise} {blame}", blame)]
    both, one = classify(home, tmp_path, lines)
    assert [(s["body"], s["quote"]) for s in both["stances"]] == [("police", praise), ("prosecutor", blame)]
    assert both["stances"][0]["probabilities"] != both["stances"][1]["probabilities"]
    whole = {name: one[name] for name in ("sentiment", "confidence", "probabilities")}
    assert one["stances"] == [{"body": "prosecutor"} | whole]


def test_the_same_words_are_read_alike_however_they_are_encoded(shipped, tiny_classifier):
    text = "Полиция Шымкента не приняла заявление, участковый нагрубил жителям."
    given = [unicodedata.normalize("NFD", text), text, f"  {text}\r\n", text.replace("о", "o"), "\u200b" + text]
    answers = list(pipeline.classify_lines(shipped, [as_line({"id": 0, "text": t}) for t in given], tiny_classifier))
    assert len({json.dumps([a["probabilities"], a["bodies"], a["language"]]) for a in answers}) == 1


def test_a_very_long_article(shipped, tiny_classifier):
    sentence = "Жители двора рассказали, что полиция приехала на вызов через час и никого не нашла. "
    filler = "Погода в городе была тихой, и на рынке продавали яблоки и дыни до самого вечера. "
    text = (filler * 30 + sentence) * 40
    text = text[:99_990]
    (answer,) = pipeline.classify_lines(shipped, [as_line({"id": "long", "text": text})], tiny_classifier)
    check(answer, text, {r.code for r in shipped.reasons})
    assert answer["bodies"] == ["police"]


def test_a_language_that_is_given_is_believed(shipped, tiny_classifier):
    lines = [
        as_line({"id": n, "text": "Полиция приехала на вызов.", "language": g}) for n, g in enumerate(["kk", "de", 5])
    ]
    assert [a["language"] for a in pipeline.classify_lines(shipped, lines, tiny_classifier)] == ["kk", "ru", "ru"]


def test_ids_of_any_kind_come_back(shipped, tiny_classifier):
    ids = ["a", 7, 1.5, None, True, ["x"], {"y": 1}, "\ud800", "ә"]
    lines = [json.dumps({"id": i, "text": "Полиция приехала."}).encode() for i in ids]
    assert [a["id"] for a in pipeline.classify_lines(shipped, lines, tiny_classifier)] == ids


def test_a_file_without_an_end_of_line_and_an_empty_one(home, tmp_path):
    given = tmp_path / "in.jsonl"
    for content, expected in ((b'\xef\xbb\xbf{"id": 1, "text": "\xd0\x9f"}\r\n{"id": 2, "text": "b"}', 2), (b"", 0)):
        given.write_bytes(content)
        result = CliRunner().invoke(main, ["--home", str(home), "classify", str(given)])
        assert result.exit_code == 0
        assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == list(range(1, expected + 1))
        assert result.stderr == f"{expected} lines, 0 of them bad\n"


def test_files_that_cannot_be_read_or_written_are_refused_with_advice(home, tmp_path):
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": 1, "text": "Полиция"}\n', "utf-8")
    (tmp_path / "folder").mkdir()
    for words, said in (
        ([tmp_path / "none.jsonl"], "cannot be read (No such file or directory). Give a JSONL file."),
        ([given, "-o", tmp_path / "none" / "out.jsonl"], "Choose a folder that exists and may be written to."),
    ):
        result = CliRunner().invoke(main, ["--home", str(home), "classify", *map(str, words)])
        assert result.exit_code == 1
        assert said in result.stderr
    assert not list(tmp_path.glob("*.part"))


def test_the_output_is_never_half_written(home, tmp_path, tiny_model):
    """The old answers stand until the new ones are whole."""
    made = tmp_path / "out.jsonl"
    made.write_text("old\n")
    broken = install(tmp_path / "home", tmp_path / "no model")
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": 1, "text": "Полиция"}\n', "utf-8")
    result = CliRunner().invoke(main, ["--home", str(broken), "classify", str(given), "-o", str(made)])
    assert result.exit_code == 1
    assert "there is no model" in result.stderr
    assert made.read_text() == "old\n"
