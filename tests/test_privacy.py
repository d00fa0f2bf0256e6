"""Authors are keyed hashes."""

from monitor.privacy import author_key


def test_author_keys_need_a_secret(monkeypatch):
    monkeypatch.delenv("SENIM_AUTHOR_SECRET", raising=False)
    assert author_key("Читатель", "paper") == ""
    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "one")
    key = author_key("Читатель", "paper")
    assert key == author_key(" читатель ", "paper")
    assert len({key, author_key("Читатель", "other"), author_key("Читательница", "paper")}) == 3
    assert author_key("  ", "paper") == ""
    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "two")
    assert author_key("Читатель", "paper") != key
