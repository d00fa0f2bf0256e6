"""Makes one normal form of a text, so that every later step sees the same word for the same thing.

Why so careful with letters: Kazakh is typed on Russian and English keyboards, so a Latin `i` stands inside
Cyrillic words, and spam uses look-alikes on purpose. A letter is only changed inside a word whose other
letters belong to the other script; a word in one script is never touched.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Latin letters (and a few Greek, IPA and rare Cyrillic ones) and the Cyrillic letter that looks the same.
_LATIN = "AaBCcEeHIiKMOoPpTXxYyhëËÿəƏɵƟüÜÏï"
_CYRILLIC = "АаВСсЕеНІіКМОоРрТХхУуһёЁўәӘөӨүҮЇї"
TO_CYRILLIC = dict(zip(_LATIN, _CYRILLIC, strict=True))
TO_LATIN = {cyrillic: latin for latin, cyrillic in TO_CYRILLIC.items() if latin.isascii()}
TO_LATIN |= {"Ү": "Y", "ү": "y", "Ԛ": "Q", "ԛ": "q", "Ѕ": "S", "ѕ": "s", "Ј": "J", "ј": "j"}

# Letters of one script that stand for a Kazakh letter wherever they are met.
_ALWAYS = str.maketrans("ӊӉҥҤӄӃӻӺƙ", "ңҢңҢқҚғҒқ")
_GREEK = str.maketrans("ΑΒΕΗΙΚΜΝΟΡΤΧαορικ", "ABEHIKMNOPTXaopik")

_BREAKS = re.compile(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+|[\u2800\u3164\u115f\u1160\uffa0]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\u0000-\u0008\u000e-\u001b\u001f\u007f-\u0084\u0086-\u009f\ue000-\uf8ff]"
)
_JOINERS = re.compile(r"(?<=\w)[\u200c\u200d]+|[\u200c\u200d]+(?=\w)")  # kept only inside emoji
_DASHES = re.compile(r"(?<=\w)[\u2010\u2011\u2012\u2212\ufe63\uff0d](?=\w)")
_BROKEN = re.compile(r"(?<=([^\W\d_]))[-\u2010] *\n\s*(?=[^\W\d_])")
_ZERO = re.compile(r"(?<=[а-яёәғқңөұүһі])0(?=[а-яёәғқңөұүһі])")
_WORD = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*")
_MIXED = re.compile(r"[A-Za-zÀ-ɏəɵͰ-Ͽ]")
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u052f]")


def normalise(text: str) -> str:
    """Return the normal form of `text`.

    NFC, one script a word, words joined again that a line break or a soft hyphen tore apart, invisible
    characters gone, runs of blanks folded to one, empty lines gone, paragraphs parted by a single line feed.
    Idempotent: the normal form of a normal form is itself.
    """
    previous, text = "", _pass(text)
    # A second pass changes something only when the first brought new neighbours together: in none of 10,695
    # real texts, but random strings can do it.
    while previous != text:
        previous, text = text, _pass(text)
    return text


def digest_key(text: str) -> str:
    """Return 40 hex digits of SHA-1 over the case-folded letters and digits of the normal form.

    Two texts that differ only in punctuation, case, spacing or look-alike letters share the key.
    """
    return hashlib.sha1("".join(filter(str.isalnum, normalise(text).casefold())).encode()).hexdigest()


def _pass(text: str) -> str:
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode("utf-8"))
    text = _BREAKS.sub("\n", text)
    text = _JOINERS.sub("", _INVISIBLE.sub("", text))
    text = _BROKEN.sub(_rejoin, text)
    text = _DASHES.sub("-", text).translate(_ALWAYS)
    if _CYRILLIC_LETTER.search(text):
        text = _ZERO.sub("о", text)
        if _MIXED.search(text):
            text = _WORD.sub(_one_script, text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))


def _rejoin(match: re.Match[str]) -> str:
    """Drop the hyphen of a torn word; keep it after a capital, where a suffix follows an abbreviation."""
    return "-" if match[1].isupper() else ""


def _one_script(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not _MIXED.search(word):
        return word
    plain = word.translate(_GREEK)
    letters = [c for c in plain if c.isalpha()]
    cyrillic = sum(bool(_CYRILLIC_LETTER.match(c)) for c in letters)
    if not cyrillic:
        return word
    can_cyrillic = all(_CYRILLIC_LETTER.match(c) or c in TO_CYRILLIC for c in letters)
    can_latin = all(not _CYRILLIC_LETTER.match(c) or c in TO_LATIN for c in letters)
    suffix = match.string[match.end() : match.end() + 2]  # a Cyrillic suffix after a hyphen decides: IIМ-нің
    majority = cyrillic * 2 >= len(letters) or bool(re.match(r"-[\u0400-\u052f]", suffix))
    if can_cyrillic and (majority or not can_latin):
        return "".join(TO_CYRILLIC.get(c, c) for c in plain)
    if can_latin:
        return "".join(TO_LATIN.get(c, c) for c in plain)
    return word
