"""Signs of where a text is set: Kazakhstan, another country, or the police of another country.

Used only to set aside posts about foreign police, so the lists are short and the doubt goes to Kazakhstan. Words
are folded stems; `=` marks a whole word. Places of Kazakhstan are found properly in `monitor.places`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.kazakh import fold

_HOME = """казахстан казакстан =рк =кр алмат =астана =астаны =астане =астану =астаной =астанада =астананын нурсултан
    =султан =султане шымкент караганд актоб актобе атырау актау павлодар костана кокшетау петропавл кызылжар
    тараз жамбыл кызылорд семей семипалат каменогорск оскемен талдыкорган туркестан туркистан жезказган
    экибастуз екибастуз темиртау балхаш балкаш жетысу жетису улытау мангист мангыст акмол =тенге =тг акимат
    акимди =аким =акима конаев капчагай капшагай каскелен талгар жанаозен сатпаев степногор щучинск риддер аксай
    хромтау =зко =вко =юко =ско =бко =шко =нако =наш =наша =наши =наше =нашей =наших =нашу =нашим =нашими
    =нашего =нашему =нас =нам =биз =бизде =биздин =бизге =бизди =our =ours =елимизде =елимиз =кнб =дкнб =уккд
    =укк kazakhstan kazakh qazaq almaty astana shymkent karaganda qaraghandy aktobe aqtobe aktau aqtau atyrau
    pavlodar kostanay qostanay taraz kyzylorda semey oskemen turkistan turkestan =tenge akimat"""
_ABROAD = """росси ресей =рф москв московск маскеу петербург =питер =питере новосибирск екатеринбург =омск =омске омской
    челябинск томск краснояр =казань =казани самар =уфа =уфе ростов дагестан чечн чечен татарстан башкир башкорт
    воронеж кузбас камчатк сахалин синьцзян шинжан xinjiang
    кубан краснодар подмосков ленинградск крым украин киев одесс харьков донецк львов беларус белорус минск
    кыргыз киргиз бишкек =ош =оше ошск узбек озбек ташкент самарканд таджик тажик душанбе туркмен ашхабад
    азербайджан азирбайжан =баку армени ереван =грузия =грузии =грузию грузинск тбилиси молдов молдав латви литв
    эстони турци турецк =туркия =туркияда стамбул анкар герман немецк берлин франц француз париж британ англи
    лондон итали италь испан мадрид польш польск варшав чехи чешск нидерланд голланд бельг австри швец шведск
    норвег финлянд финск швейцар =дания =дании датск сша =акш америк вашингтон =йорк =йорка =йорке техас флорид
    калифорни чикаго миннеаполис канад мексик бразил аргентин китай кытай пекин шанха гонконг япон жапон токио
    =корея =корее =кореи корейск сеул =индия =индии =индию индийск пакистан афган =иран =ирана =иране иранск
    =ирак =ирака =ираке израил сири сирийск египет египт =дубай =дубае =оаэ таиланд тайланд бангкок вьетнам
    монгол австрали russia moscow ukrain kyiv belarus minsk kyrgyz bishkek uzbek tashkent tajik turkmen azerbaij
    armenia turkey turkish istanbul german berlin france french paris britain british england london scotland
    ireland italy italian spain spanish poland usa =america american washington =york texas florida california
    chicago minneapolis baltimore ferguson canad mexic brazil china chinese beijing =hong japan tokyo korea
    india pakistan afghan iran iraq israel syria egypt dubai thailand australi"""
_POLICE = """росгвард =фсб =фсин =фбр =гкнб =гувд =умвд =гумвд =омвд гибдд =скр шериф карабинер скотланд sheriff =fbi
    =nypd =lapd =fsb =rosgvardia carabinieri"""
_WORD = re.compile(r"[^\W\d_]+")
_PAIRS = re.compile(
    r"\bмвд\s+(?:рф|росси\w*|украин\w*|кр|кыргыз\w*|узбек\w*)|следственн\w+\s+комитет\w*|верховн\w+\s+суд\w*\s+(?:сша|рф)|"
    r"полиц\w+\s+нравов|scotland\s+yard"
)


@dataclass(frozen=True)
class Whereabouts:
    """Where a text is set: signs of home, offsets of other countries, names of foreign police."""

    home: bool
    abroad: tuple[int, ...]
    police: bool


def _regex(words: str) -> re.Pattern[str]:
    whole = sorted(w[1:] for w in words.split() if w[0] == "=")
    stems = sorted(w for w in words.split() if w[0] != "=")
    return re.compile(rf"(?:(?:{'|'.join(whole)})\Z|(?:{'|'.join(stems)}))")


_KINDS = {"home": _regex(_HOME), "abroad": _regex(_ABROAD), "police": _regex(_POLICE)}
_memory: dict[str, str] = {}


def whereabouts(text: str) -> Whereabouts:
    """Return the signs of place in `text`; offsets are characters where a sign of another country begins."""
    found = [(_kind(m[0]), m.start()) for m in _WORD.finditer(text)]
    return Whereabouts(
        home=any(kind == "home" for kind, _ in found),
        abroad=tuple(start for kind, start in found if kind == "abroad"),
        police=any(kind == "police" for kind, _ in found) or bool(_PAIRS.search(fold(text))),
    )


def is_abroad(word: str) -> bool:
    """Say whether a word names another country, its people or one of its towns."""
    return _kind(word) == "abroad"


def _kind(word: str) -> str:
    kind = _memory.get(word)
    if kind is None:
        if len(_memory) > 100_000:
            _memory.clear()
        plain = fold(word)
        kind = _memory[word] = next((k for k, pattern in _KINDS.items() if pattern.match(plain)), "")
    return kind
