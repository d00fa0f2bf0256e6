"""Tells Kazakh, Russian, English and their mixture apart, word by word.

Whole-text detectors fail on what people write here: Kazakh without its letters, Kazakh in Latin script, and both
languages in one sentence. So every word gets a probability of being Kazakh (its letters decide at once, then two
short lists, then lingua's character statistics of kk against ru, remembered per word) and the text is judged by
its words. Loan words that both languages use (телефон, полиция) count for neither.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from monitor.kazakh import LETTERS, fold, from_latin

if TYPE_CHECKING:
    from lingua import LanguageDetector

_NOISE = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\S+|[@#]\w+|<\w+>")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_REJECTED = re.compile("[ўҳїєґђћџљњјѕѓќӣӯҷӑӗҫӳҥҗ]", re.IGNORECASE)  # Uzbek, Tajik, Ukrainian, Serbian, Tatar ...
_RUSSIAN_ONLY = re.compile(
    "[ёщъ]|(?:ться|тся|ого|его|ому|ему|ыми|ими|ешь|ишь|ство|ость|ении|ании|ии|ией|ию|"
    "ск(?:ий|ие|ая|ое|их|им|ой|ую)|н(?:ый|ые|ая|ое|ых|ым|ую)|овать|авать|ивать)$"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KAZAKH = _words(
    """мен сен ол биз сиз олар осы сол бул мына ана не ким кайда калай неге канша кашан бар жок емес екен гой кой ма
    ме ба бе па пе да де та те мен бен пен ушин туралы бойынша дейин кейин сон гана тек ен оте бари барлыгы барлык
    барин баска болды болады болган болып болса болсын болмайды болмады дейди деп деген деди дейт керек тиис мумкин
    калды келди келеди кетти кетеди берди береди алды алады алдым жатыр отыр тур жур журеди тиым жаксы жаман улкен
    кишкентай катты тез жылдам адам адамдар халык бала балалар жыл жылы кун куни уакыт аудан кала ауыл облыс рахмет
    ракмет салем сияк сиякты сондай мундай кандай каншама тагы але али енди озим ози оз бизге сизге маган саган оган
    бирак немесе жане агай апай бауырым кутты аллах амин жарайды дурыс иа ия ау шыгар кора екенсин укимет тартип сот
    сакшы сакшылар тергеу айып айыппул кылмыс урлык жемкорлык сыбайлас заң зан соз арыз шагым ел елдин басында осындай
    казак казакша орысша тил тилинде катын кыз жигит акша баға бага багасы арзан кымбат сапа сапасы сапалы
    сатып алуга кенес беремин унады унамады керемет кушти омир олай булай соны муны сени мени оны бизди сизди
    коп бир еди алла адеми менин ари еки едим мыкты зор жана бес жер женил ерте бугин дами узак кол кажет жуз зат
    тегин нарсе алга кунде турли ток торт билим унеми комек буны азирге кейин аскери шыга дуние келеси сенин ешким
    бугинги натиже мадени казир казирги азир биринши екинши балага кезде жерде турде согыс когам алем бираз барибир
    толык айым шал урпак адил достык бирлик сеним озгерис манызды негизги жаналык кауип колик заңды акимдик аким
    ойткени тауып карап жазып айтып шыгып истеп бердим калай калайсын калайсыз калайсыздар салем сэлем шык келди"""
)
# Endings that are Kazakh without its letters and hardly Russian: counted over 4.5 million running words, each at
# least 40 times as frequent in folded Kazakh as in Russian among words of five letters and more.
_ENDING = re.compile(
    "..(?:ын|ады|еди|ган|ып|ип|ык|йды|йди|ыз|шти|ген|тты|гы|ына|ында|лды|лди|йлы|лар|лер|нан|кен|рди|рды|инде|ндар|ндер|"
    "здар|здер|ерге|арга|шы|йин|лса|мды|мди|тти|ынды|пти|пты|ысы|ымен|имен|сиз|миз|низ|ыкты|етин|атын|нши|ылы|кти|дагы|"
    "деги|ктан|ктен|якты|ыны|ауга|еуге|енин|анын|инен|ынан|здин|уы|ттик|лык|лик|ктар|дын|дин|нын|нин|мга|нга|кка|кке|"
    "енде|анда|зге|рга|рден|рдан|мен|ыру|иру|тыру|тиру|дау|деу|лау|леу|тау|теу|айда|рине|лери|лары|дери|дары|агым|егим|"
    "кыт|пай|пей|май|мей|маса|месе|улы|ппын|ппин|лап|леп|тап|теп)$"
)
_RUSSIAN = _words(
    """и в во не на я он она оно они мы вы ты что чтобы как это этот эта эти тот то та так там тут здесь где когда
    почему зачем кто с со к ко у о об от до из за по под над при без для про через между или но а же ли бы был была
    было были быть есть нет да вот ну уже еще все всё всех всем весь вся очень просто только даже если потому также
    тоже может можно нельзя надо нужно его ее её их им ему ей мне меня тебя тебе нас нам вас вам себя свой свои своих
    который которые которая которое люди людей человек год года лет день дня время раз сейчас теперь потом опять
    сегодня вчера завтра спасибо привет хорошо плохо хороший правильно нормально молодец молодцы конечно вообще какой
    какая какие сколько много мало больше меньше после перед пусть пока хоть ничего никто никогда всегда сразу
    среди впереди позади посреди иди лидер дилер хулиган ураган цыган алый своим твоим моим один одним
    работа работают сделали делать делают говорят сказал знаю вижу хочу будет будут буду лучше жаль точно честно"""
)
_KYRGYZ = _words("жана эле үчүн болуп менен ошол эмес болгон болот келет турат кыргыз кыргызстан дагы ошондой өлкө")
# Words of trade, technique and office that Kazakh speakers use with Kazakh endings or bare.
_SHARED = re.compile(
    "(?:"
    + "|".join(
        _words(
            """телефон
            товар доставк заказ тенге доллар саммит турци вакцин инфляци туризм чехол магазин оригинал качеств
            супер сервис персонал камер экран зарядк сотк видео фото интернет программ номер банк каспи сайт карт бонус
            рахмет упаковк размер ластик салфетк класс тест центр проект президент министр депутат парламент полици
            полицей прокур инспектор департамент милици адвокат орган процент автобус машин такси завод газ бензин тонн
            метр килограмм градус спорт команд чемпион матч футбол школ студент университет институт паспорт документ
            комисси систем информац реклам канал телеграм инстаграм ютуб тик ватсап приложени мобил скидк кредит гаранти
            комплект модел айфон самсунг макс микро аппарат метро алматы астан шымкент караган казахстан россия
            америк украин китай европ"""
        )
    )
    + ")"
)
_ENGLISH = _words(
    """the of and to in is are was were be been it its that this these those i you he she we they my your his her our
    their a an for on with at by from as not no but or if so do does did have has had will would can could should
    what who when where why how which there here all any some more most just about than then out up down over only
    very good bad get got go going one two police officer officers people new said says after before who them him
    me us don't it's i'm can't isn't didn't they're you're never always because into off too again now"""
)

# Share of Kazakh among the words that speak for one language: from MOSTLY on the text is Kazakh, up to LITTLE it
# is Russian. Fitted by hand on langid/train: macro F1 0.947 there, 0.877 after taking the Kazakh letters away.
MOSTLY, LITTLE = 0.86, 0.07


def detect(text: str) -> str:
    """Return "kk", "ru", "en", "mixed" (Kazakh and Russian side by side) or "und" for one text of any length.

    Texts of other languages and texts without letters are "und". Reads the first 4,000 characters.
    """
    words = _WORD.findall(_NOISE.sub(" ", text[:4000]))
    cyrillic = [w for w in words if _CYRILLIC.search(w)]
    latin = sum(len(w) for w in words if not _CYRILLIC.search(w) and w[0].isascii() | (w[0] in "äğıñöşüūÄĞİÑÖŞÜŪ"))
    letters = sum(map(len, words))
    if not letters:
        return "und"
    weight = sum(map(len, cyrillic))
    if weight * 2 >= letters:
        return _cyrillic(cyrillic)
    return _latin([w for w in words if not _CYRILLIC.search(w)]) if latin * 2 >= letters else "und"


def kazakh_word(word: str) -> float:
    """Return the probability in 0..1 that one Cyrillic word is Kazakh rather than Russian; 0.5 is unknown."""
    return _score(word.lower())


@lru_cache(maxsize=200_000)
def _score(word: str) -> float:
    if any(c in LETTERS for c in word):
        return 1.0
    plain = fold(word)
    if plain in _KAZAKH and plain not in _RUSSIAN:
        return 0.97
    if plain in _RUSSIAN:
        return 0.5 if plain in _KAZAKH else 0.03
    if _RUSSIAN_ONLY.search(word):
        return 0.02
    if _SHARED.match(plain) or len(plain) < 3:
        return 0.5
    if len(plain) >= 5 and _ENDING.search(plain):
        return 0.9
    return _statistics(word)


def _statistics(word: str) -> float:
    from lingua import Language

    return _detector().compute_language_confidence(word, Language.KAZAKH)


def _cyrillic(words: list[str]) -> str:
    strange = sum(bool(_REJECTED.search(w)) for w in words)
    if strange * 6 > len(words) or _kyrgyz(words):
        return "und"
    scores = [_score(w.lower()) for w in words]
    kazakh = sum(s >= 0.8 for s in scores)
    russian = sum(s <= 0.2 for s in scores)
    if not kazakh and not russian:
        return _whole(words, scores)
    share = kazakh / (kazakh + russian)
    if share >= MOSTLY:
        return "kk"
    marked = sum(s == 1.0 for s in scores)
    hints = marked + sum(s in (0.97, 0.9) for s in scores)
    sure = hints >= 2 or hints * 10 >= len(words)  # one likely word in a long text may be a name
    if share <= LITTLE or (not marked and not sure and share < 0.5):
        return "ru"
    return "mixed" if marked or sure else _whole(words, scores)


def _whole(words: list[str], scores: list[float]) -> str:
    return "kk" if sum(scores) > 0.5 * len(scores) else "ru"


def _kyrgyz(words: list[str]) -> bool:
    """Kyrgyz shares ө ү ң with Kazakh but has none of ә і қ ғ ұ, and its own small words."""
    lowered = [w.lower() for w in words]
    letters = set("".join(lowered))
    return bool(letters & set("өүң")) and not letters & set("әіқғұ") and any(w in _KYRGYZ for w in lowered)


def _latin(words: list[str]) -> str:
    lowered = [w.lower().replace("’", "'") for w in words]
    english = sum(w in _ENGLISH for w in lowered)
    cyrillic = [from_latin(w) for w in lowered]
    known = sum(fold(c) in _KAZAKH and w not in _ENGLISH for w, c in zip(lowered, cyrillic, strict=True))
    neighbour = "en" if english * 4 >= len(words) else _neighbour(" ".join(lowered))
    if neighbour == "en" and english >= known:
        return "en"
    if known * 3 >= len(words):
        return "kk"
    russian = sum(c in _RUSSIAN for c in cyrillic)  # small words; Turkish and Polish have none of them
    guess = _cyrillic(cyrillic)
    if guess == "ru" or russian * 5 >= len(words):
        return guess if russian * 5 >= len(words) else "und"
    endings = sum(len(c) >= 5 and bool(_ENDING.search(fold(c))) for c in cyrillic)
    if known or neighbour == "turkic" or endings * 3 >= len(words):
        return "kk" if not russian else guess
    return "und"


def _neighbour(text: str) -> str:
    """Return "en", "turkic", "slavic" or "" for a text in Latin letters.

    Kazakh and Russian in Latin letters are not known to lingua, but they fall to their relatives.
    """
    found = _latin_detector().detect_language_of(text)
    name = found.name if found else ""
    return {"ENGLISH": "en", "TURKISH": "turkic", "AZERBAIJANI": "turkic", "POLISH": "slavic"}.get(name, "")


@cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_languages(Language.KAZAKH, Language.RUSSIAN).build()


@cache
def _latin_detector() -> LanguageDetector:
    from lingua import Language as L
    from lingua import LanguageDetectorBuilder

    relatives = (L.TURKISH, L.AZERBAIJANI, L.POLISH)
    return LanguageDetectorBuilder.from_languages(L.ENGLISH, *relatives, L.FRENCH, L.GERMAN, L.SPANISH).build()
