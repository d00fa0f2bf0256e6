"""The words around a name that say what it is: a region, a town, a village, or no place at all.

A name alone seldom tells: Абай is a region, four districts, a town, dozens of villages, a street in every one of
them and a poet. All words are compared as skeletons (see `kazakh.skeleton`), whichever the language.
"""

from __future__ import annotations

from functools import lru_cache

from monitor.kazakh import LETTERS, is_suffix, skeleton


def _keys(text: str) -> frozenset[str]:
    """Return space-parted words as skeletons."""
    return frozenset(map(skeleton, text.split()))


# kind -> Kazakh stems (with any suffixes), Russian and English stems with their endings in brackets
_AFTER = {
    "region": (
        "облыс област",
        "област(ь и ью ей ям ях ями ной ного ном ному ная ные ных) обл(-) region(- s) oblast(-)",
    ),
    "district": ("аудан ауд район", "район(- а у ом е ы ов ах ам ами ный ного ном ная ной) district(- s)"),
    "city": ("қала қ", "city(-) town(-)"),
    "village": ("ауыл кент село посёлка ауылдық", "village(-) settlement(-)"),
    "station": ("станса стансия станция разъезд", "station(-)"),
    "street": (
        "даңғыл шағынаудан ықшамаудан мөлтек саябақ саябағ алаң атындағы атынд гүлзар бульвар орам тұйығ "
        "университет зират",
        "street(-) avenue(-) square(-) park(-) stadium(-) university(-) университет(- а у ом е) team(-) fc(-) fans(-)",
    ),
    "nature": ("өзен тау тауы теңіз шың шатқал бұғаз", "river(-) lake(-) mountain(s -) sea(-)"),
}
_EXACT_AFTER = {  # "көшелері" are all streets of a town, "көлік" is a car: only the singular possessive is a name
    "street": "көше көшесі көшесінде көшесінің көшесіндегі көшесінен көшесіне көшесімен көшедегі улицасы улицасында "
    "улицасының улицасындағы командасы командасын командасының командасымен "
    "клубының клубымен "
    "құрамасы құрамасының жанкүйерлері жанкүйерлерін фанаттары фанаттарын",
    "nature": "көлі көлінде көлінің көліне көлінен көліндегі",
}
_BEFORE = {
    "region": "област(ь и ью ей ям ях ями) обл(-)",
    "district": "район(- а у ом е ы ов ах)",
    "city": "город(- а у ом е а ов ам ах ами) гор(-) г(-)",
    "village": "сел(о а у ом е ах) с(-) пос(-) посёлк(а у ом е) "
    "посёлок(-) посел(ок) п(-) пгт(-) аул(- а у ом е) ауыл(- ы) кент(- а е)",
    "station": "станци(я и ю ей) ст(-) разъезд(- а у ом е)",
    "street": "улиц(а у е ей) ул(-) проспект(- а у ом е) пр(-) просп(-) переул(ок ке ку ком) пер(-) мкр(-) "
    "микрорайон(- а у ом е) бульвар(- а у ом е) площад(ь и ью) пл(-) парк(- а у ом е) сквер(- а у ом е) имени(-) "
    "им(-) памятник(- а у ом е) стадион(- а у ом е) шоссе(-) театр(- а у ом е) музе(й я ю ем е) "
    "команд(а ы е у) велокоманд(а ы е у) теплоход(- а у ом е) пароход(- а у ом е) судн(о а у ом е) корабл(ь я ю ем е) "
    "крейсер(- а у ом е) ship(-) vessel(-) клуб(- а у ом е) матч(- а у ем е) фк(-) хк(-) fc(-) fk(-)",
    "nature": "озер(о а у ом е) рек(а и у е ой) хребт(а у ом е) хребет(-) гор(ы а у е ах ам ой) мор(е я ю ем) "
    "залив(- а у ом е) урочищ(е а у) lake(-) river(-) mount(-)",
}
PLURAL = _keys(
    "областей областям областях областями районов районах районам районы городов городах городам города "
    "городами облыстары облыстарында облыстарының облыстарына облыстарынан облыстарындағы аудандары аудандарында "
    "аудандарының аудандарынан аудандарына қалалары қалаларында қалаларының қалаларынан қалаларына қалаларындағы "
    "regions districts"
)
JOINERS = _keys("и или және мен бен пен and а также")
_INSTITUTIONS = tuple(
    _keys(
        "полиц polic милиц ровд роп руп увд гувд департамент прокур суд сот акимат әкім участков учаскел "
        "патрул следовател гаиш тұрғын жител бөлім басқарма district court өңір офицер сотрудник инспектор кинолог "
        "спасател resident residents "
        "officer detective inspector department prosecutor trader student deputy bus area school hospital "
        "отдел управлен опорн райотдел "
        "горотдел маңын маңай маңда мектептер мектебі кәсіпкер қалашы жағынд аумағ соты"
    )
)
_SHORT_INSTITUTIONS = _keys("уп гуп дп оп пд сот суд рп")
ROUTES = tuple(_keys("трасс автодорог тасжол маршрут поезд пойыз рейс highway train автобан"))
PLACE_PREPOSITIONS = _keys("в во из под около возле близ in from near at of")
DWELLERS = tuple(_keys("жител тұрғын resident горожан сельчан"))
FOREIGN_CAPITALS = tuple(
    _keys(
        "москв мәскеу moscow бишкек bishkek ташкент tashkent киев минск лондон london душанбе баку стамбул istanbul "
        "анкар париж paris берлин berlin пекин бейжің beijing тбилиси ереван россии российск ресей кыргыз қырғыз "
        "өзбек узбек түрік турци қытай китай дубай dubai "
        "ашхабад ashgabat самарканд samarkand варшав warsaw прага праге prague сеул seoul"
    )
)
# Ranks and callings: a town's name right after one, with a surname behind it or as its adjective, is a person.
TITLES = tuple(
    _keys(
        "полицейск полицей майор капитан сержант лейтенант полковник подполковник генерал инспектор следовател "
        "дознавател участковый учаскелік тергеуші адвокат судья профессор певиц певец акын ақын актёр актрис "
        "журналист депутат потерпевш водител врач учител граждан прапорщик старшин әнші суретші дәрігер мұғалім "
        "жүргізуші officer major captain inspector detective judge sergeant lieutenant colonel professor singer actor "
        "actress journalist mr mrs driver doctor teacher"
    )
)
# The same as subjects, one person: what follows in the nominative is his name.
NOMINATIVE_TITLES = _keys(
    "майор капитан сержант лейтенант полковник подполковник генерал инспектор следователь дознаватель участковый "
    "адвокат судья профессор журналист депутат водитель врач хирург учитель гражданин прапорщик старшина господин "
    "госпожа обвиняемый подсудимый задержанный потерпевший подозреваемый осуждённый"
)
ENGLISH_TITLES = _keys(
    "officer major captain inspector detective judge sergeant lieutenant colonel professor mr mrs doctor"
)
CALLED_BEFORE = _keys(
    "прозвищу прозвищем фамилии nicknamed зовут звать звали кличка кличке кличкой имени named called аты есімі"
)
CALLED_AFTER = _keys("лақап фамилиялы деген есімді атты ұқсас")
OTHER_CAPITALS = _keys("культурная северная бывшая прежняя духовная летняя первая областная культурной северной бывшей")
NO_CAPITAL = _keys("punishment letter letters offence offense of gains city")
ROAD_ADJECTIVES = tuple(_keys("улиц проспект переулк бульвар шоссе"))
OTHER_COUNTRIES = _keys("области область областью края край крае округ округа республики republic oblast")
# A name after (or before) these is another place: Восточный Туркестан, Петропавловск-Камчатский.
OTHER_PLACE_BEFORE = {
    "туркестан": ("восточн", "шигис", "еаст"),
    "туркистан": ("восточн", "шигис", "еаст"),
} | dict.fromkeys(("алта", "алтаи"), ("на", "горн", "республик", "монгол", "китаис", "китаидин"))
OTHER_PLACE_AFTER = {
    "петропавловск": ("камчатск", skeleton("kamchatsk"), "крепост", skeleton("fortress")),
    skeleton("бостандық"): (skeleton("айыр"),),
    "алтаи": ("республик", "крае", "краи", skeleton("republic")),
    "алматинск": ("апорт",),
    "туркестанск": ("легион", "военн", "генерал"),
}
OTHER_PLACES = frozenset((*OTHER_PLACE_BEFORE, *OTHER_PLACE_AFTER))
# Words that have the letters of a name: қарағанда "compared", ақтау "acquit", семейный "of a family". The first
# two are the towns when written without the Kazakh letters.
_LOOKALIKES = _keys("қарағанда аралға ақтау ақтауды ақтауға ақтаудың ақтаудан ақтаумен")
_NEVER = _keys("семейный")
_PERSON_TAIL = tuple(
    _keys(
        "ов ова ову овым овой ев ева еву евой ин ина ович овича овичу евич овна овне евна бек бай хан заде "
        "ұлы ұлының ұлына ұлын ұлымен қызы қызының қызына аға апа көке"
    )
)


def _spread(text: str) -> set[str]:
    """Return the skeletons of all forms of "рек(а и у)" entries; "-" is the empty ending."""
    forms: set[str] = set()
    for entry in text.split(")"):
        stem, _, endings = entry.strip().partition("(")
        forms.update(skeleton(stem + ending.strip("-")) for ending in endings.split())
    return forms


_AFTER_FORMS = {form: kind for kind, (_, text) in _AFTER.items() for form in _spread(text)} | {
    skeleton(form): kind for kind, text in _EXACT_AFTER.items() for form in text.split()
}
_AFTER_STEMS = {skeleton(stem): kind for kind, (text, _) in _AFTER.items() for stem in text.split()}
_BEFORE_FORMS = {form: kind for kind, text in _BEFORE.items() for form in _spread(text)}
_ABBREVIATED = _keys("г с п пр ул им ст обл қ пер пл гор пос мкр просп")


@lru_cache(maxsize=50_000)
def after(word: str) -> str:
    """Return what a skeleton right of a name makes of it, "" for nothing."""
    if word in _AFTER_FORMS:
        return _AFTER_FORMS[word]
    for cut in range(len(word), 2, -1):
        kind = _AFTER_STEMS.get(word[:cut])
        if kind and any(map(is_suffix, (word[cut:], word[cut:].replace("и", "ы")))):  # a skeleton has no ы
            return kind
    return ""


@lru_cache(maxsize=50_000)
def before(word: str) -> str:
    """Return what a skeleton left of a name makes of it, "" for nothing."""
    return _BEFORE_FORMS.get(word, "")


def needs_dot(word: str) -> bool:
    """Say whether a skeleton of one or two letters is a marker only with a full stop: "с." but not "с"."""
    return len(word) <= 2 and word in _ABBREVIATED


def is_institution(word: str) -> bool:
    """Say whether a skeleton begins like an office or its people: a name before it is theirs."""
    return word in _SHORT_INSTITUTIONS or word.startswith(_INSTITUTIONS)


def is_lookalike(raw: str, word: str) -> bool:
    """Say whether a word of the text, with its skeleton, is a common word that only looks like a name."""
    if word in _NEVER:
        return True
    return word in _LOOKALIKES and bool(LETTERS & set(raw)) and (raw.islower() or raw.lower() == "қарағанда")


def is_surname(word: str) -> bool:
    """Say whether a skeleton ends like a surname, patronymic or form of address."""
    return word.endswith(_PERSON_TAIL)
