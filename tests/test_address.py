"""Which addresses are asked at all, and the one spelling that each of them has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers import politeness
from crawlers.pages import address


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://10.1.2.3/", "http://192.168.0.1:8080/", "http://169.254.169.254/",
     "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://100.64.0.1/", "http://224.0.0.1/", "http://localhost/",
     "ftp://example.org/", "file:///etc/passwd", "http://", "http://example.org:99999/", "//example.org/"],
)  # fmt: skip
def test_these_addresses_are_refused(url):
    assert politeness.refusal(url, allow_loopback=False)


def test_public_addresses_pass_and_loopback_alone_can_be_allowed():
    assert politeness.refusal("https://news.example/a?b=1", allow_loopback=False) == ""
    assert politeness.refusal("http://127.0.0.1:8000/", allow_loopback=True) == ""
    assert politeness.refusal("http://10.0.0.1/", allow_loopback=True)


def test_one_spelling_of_an_address():
    tidy = address.tidy
    assert tidy("HTTPS://News.KZ:443/a?id=5&utm_source=x&fbclid=1#top") == "https://news.kz/a?id=5"
    assert tidy("https://news.kz") == "https://news.kz/"
    assert tidy(" https://news.kz/a b #top") == "https://news.kz/a%20b%20"
    assert tidy("https://kaz.news.kz/a/?b=2&a=1") == "https://kaz.news.kz/a/?b=2&a=1"


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing(text):
    once = address.tidy("https://a.example/" + text)
    assert address.tidy(once) == once
    address.tidy(text)
