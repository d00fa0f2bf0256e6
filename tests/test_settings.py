"""Every mistake in config/ is named at once, with file, line, key and what to write instead."""

from __future__ import annotations

import re
import shutil

import pytest
from click.testing import CliRunner

from monitor import settings
from monitor.cli import main
from monitor.errors import SettingsError

SOURCE = '[[source]]\nid = "new"\nname = "New"\nkind = "feed"\nurl = "https://new.example/rss"\nlanguage = "kk"\n'
RULE = '[[rule]]\nid = "new"\nlevel = 0.1\nmin_stories = 3\nmin_sources = 2\nmin_weeks = 8\nhistory_weeks = 26\n'
RULE += "min_ratio = 2.0\n"
READER = '[[recipient]]\nemail = "a@example.org"\nlanguage = "kk"\n'

# Where, what is changed (old and new words; no old words: the new ones are added at the end), the line that must be
# named (its beginning), and what must be said of it.
MISTAKES = {
    "a key that does not exist": (
        "senim.toml", "delay_seconds = 1.0", "delay_secs = 1.0", "delay_secs", "crawl.delay_secs: is not a key",
    ),
    "a key that is missing": (
        "senim.toml", 'user_agent = "Senim/0.1 (weekly media monitor)"\n', "", "[crawl]",
        "crawl.user_agent: is missing. Add this key",
    ),
    "a section that does not exist": ("senim.toml", "[mail]", "[e-mail]", "[e-mail]", "e-mail: is not a key"),
    "words for a number": (
        "senim.toml", "port = 25\n", 'port = "smtp"\n', 'port = "smtp"',
        "mail.port: 'smtp': Input should be a valid int",
    ),
    "a number that is too large": ("senim.toml", "port = 8765", "port = 99999", "port = 99999", "serve.port: 99999:"),
    "a number that is too small": ("senim.toml", "min_posts = 5", "min_posts = 0", "min_posts", "min_posts: 0:"),
    "a language that has no wording": (
        "senim.toml", '["kk", "ru", "en"]', '["kk", "de"]', "languages", "digest.languages.1: 'de' is not allowed",
    ),
    "a line of the timetable that is none": (
        "senim.toml", '"*/30 * * * *"', '"every hour"', "crawl = ", "timetable.crawl: 'every hour'",
    ),
    "a time that does not exist": (
        "senim.toml", '"0 8 * * mon"', '"0 25 * * mon"', "digest = ", "timetable.digest: '0 25 * * mon'",
    ),
    "a time zone that does not exist": (
        "senim.toml", '"Asia/Almaty"', '"Asia/Almata"', "time_zone", "timetable.time_zone: 'Asia/Almata'",
    ),
    "a table for a value": ("senim.toml", "[store]\n", "[store]\nx = {}\n", "x = {}", "store.x: is not a key"),
    "no TOML": ("senim.toml", "[store]", "[store", "", "senim.toml: not readable as TOML"),
    "an address that is none": (
        "sources/regional.toml", "", SOURCE.replace("https://new", "www.new"), 'url = "www.new',
        "source.url: 'www.new.example/rss': write a full address that begins with https://",
    ),
    "a kind that does not exist": (
        "sources/regional.toml", "", SOURCE.replace('"feed"', '"rss"'), 'kind = "rss"',
        "source.kind: 'rss' is not allowed",
    ),
    "an id with a blank": (
        "sources/regional.toml", "", SOURCE.replace('"new"', '"a new one"'), 'id = "a new', "does not have the form",
    ),
    "an id that is taken": (
        "sources/regional.toml", "", SOURCE.replace('"new"', '"tengrinews_ru"'), "[[source]]\nid = \"tengrinews_ru",
        "id 'tengrinews_ru' stands already in sources/media.toml:6. Rename one.",
    ),
    "a region that does not exist": (
        "sources/regional.toml", "", SOURCE + 'region = "KZ-99"\n', '[[source]]\nid = "new"', "'KZ-99' is no region of",
    ),
    "a pattern that is none": (
        "sources/regional.toml", "", SOURCE + 'only = "news/("\n', "only = ",
        "source.only: 'news/(': is no regular expression",
    ),
    "one bracket too few": (
        "recipients.toml", "", READER.replace("[[recipient]]", "[recipient]"), "",
        "write [[recipient]] with two brackets",
    ),
    "a block of another name": (
"recipients.toml", "", READER.replace("[[recipient", "[[reader"), "[[reader", "reader: is not"),
    "an address of mail that is none": (
        "recipients.toml", "", READER.replace("@", " at "), "email", "write an e-mail address like duty@example.org",
    ),
    "a recipient twice": ("recipients.toml", "", READER + READER, "", "email 'a@example.org' stands already in"),
    "a region of a recipient that does not exist": (
        "recipients.toml", "", READER + 'regions = ["Almaty"]\n', "regions",
        "recipient.regions.0: 'Almaty' does not have",
    ),
    "a level that is no probability": (
        "alerts.toml", "", RULE.replace("0.1", "5"), "level = 5", "rule.level: 5: Input should be less than 0.5",
    ),
    "a reason that does not exist": (
        "alerts.toml", "", RULE + 'reasons = ["rudeness"]\n', '[[rule]]\nid = "new"', "'rudeness' is no reason of",
    ),
    "a reason without what counts": (
        "codebook.toml", "", '[[reason]]\ncode = "extra"\npolarity = "negative"\ncounts = []\n', "counts = []",
        "reason.counts: ",
    ),
    "a body of a survey that does not exist": (
        "surveys.toml", 'target = "police"', 'target = "fire_brigade"', "", "'fire_brigade' is no body of",
    ),
    "a region without its Kazakh name": (
        "regions.toml", 'kk = "Абай облысы", ', "", "name = ", "region.name.kk: is missing",
    ),
    "a wording that lacks a word": (
        "languages/kk.toml", 'percent = "{n} %"\n', "", "", "languages/kk.toml: words: missing percent",
    ),
    "a year of eleven months": ("languages/en.toml", '"January", ', "", "months", "months: "),
}  # fmt: skip


# These hide others when they stand in the same file.
APART = ("no TOML", "a section that does not exist", "one bracket too few", "a recipient twice")


@pytest.fixture
def home(tmp_path):
    shutil.copytree(settings.shipped_config(), tmp_path / "config", ignore=shutil.ignore_patterns("recipients.toml"))
    return tmp_path


def spoil(home, file, old, new):
    path = home / "config" / file
    text = path.read_text("utf-8") if path.exists() else ""
    assert old in text
    text = text.replace(old, new, 1) if old else f"{text}\n{new}"
    path.write_text(text, "utf-8")
    return text


def mistakes(home):
    with pytest.raises(SettingsError) as caught:
        settings.load(home)
    return caught.value.mistakes


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_is_named_with_its_place(home, kind):
    file, old, new, line, said = MISTAKES[kind]
    text = spoil(home, file, old, new)
    found = [m for m in mistakes(home) if said in m]
    assert found, mistakes(home)
    if line:
        number = text[: text.index("\n" + line) + 1].count("\n") + 1
        assert found[0].startswith(f"{file}:{number}: ")
    assert found[0].startswith(file)
    assert re.search(r"\.$", found[0]), "a sentence, with an end"
    assert "\n" not in found[0]


def test_all_mistakes_are_listed_at_once_by_the_command(home):
    independent = [k for k in MISTAKES if k not in APART]
    for kind in independent:
        spoil(home, *MISTAKES[kind][:3])
    result = CliRunner().invoke(main, ["--home", str(home), "check"])
    assert result.exit_code == 1
    said = result.stderr
    assert re.match(r"senim: \d+ mistakes in the settings:\n  ", said)
    # what one block says about another can only be checked where the block itself is well
    for kind in independent:
        if " is no " not in MISTAKES[kind][4] and "stands already" not in MISTAKES[kind][4]:
            assert MISTAKES[kind][4] in said, kind


@pytest.mark.parametrize(
    "file", [f"{n}.toml" for n in ("senim", "codebook", "bodies", "regions", "surveys", "alerts", "languages/kk")]
)
@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe", "folder"])
def test_a_file_that_is_missing_empty_or_no_text(home, file, content):
    path = home / "config" / file
    path.unlink()
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    if file in ("alerts.toml", "surveys.toml") and content in (b"", b"# nothing\n"):
        settings.load(home)  # no rules and no surveys are a choice
        return
    assert any(m.startswith(file) for m in mistakes(home))
    if content not in (b"", b"# nothing\n"):
        assert sum(m.startswith(file) for m in mistakes(home)) == 1


def test_no_sources_and_no_recipients_are_a_choice(home):
    shutil.rmtree(home / "config" / "sources")
    loaded = settings.load(home)
    assert (loaded.sources, loaded.recipients) == ((), ())


def test_a_folder_without_config_is_refused_with_advice(tmp_path):
    result = CliRunner().invoke(main, ["--home", str(tmp_path / "none"), "check"])
    assert result.exit_code == 1
    assert "there is no such folder. Make one with `senim init DIR`." in result.stderr


def test_the_shipped_settings_are_without_mistake(home):
    loaded = settings.load(home)
    assert (len(loaded.reasons), len(loaded.regions), len(loaded.sentiments)) == (16, 20, 3)
    assert loaded.senim == settings.Senim(crawl=loaded.senim.crawl), "each default is written down in senim.toml"


def test_an_installation_that_was_just_made_is_well(tmp_path):
    made = CliRunner().invoke(main, ["init", str(tmp_path / "new")])
    assert made.exit_code == 0, made.output
    checked = CliRunner().invoke(main, ["--home", str(tmp_path / "new"), "check"])
    assert (checked.exit_code, checked.stdout[:9]) == (0, "all well:"), checked.output
    again = CliRunner().invoke(main, ["init", str(tmp_path / "new")])
    assert (again.exit_code, "has a config/ already" in again.stderr) == (1, True)
