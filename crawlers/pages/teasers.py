"""Takes out of an article's lines what a publisher puts between them: teasers, calls to subscribe, legal notices.

Why it matters here: a teaser in the text is a false mention of the police. The words are data in three languages; a
label alone on a line opens a list of teasers, which ends at the next line of prose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from crawlers.pages.blocks import PROSE, Line, prose
from crawlers.pages.blocks import lines as lines_of

LABEL = 250  # characters: a longer line that begins with "Read also:" is a paragraph that goes on
TEASER = 300  # characters: headline, date and first words of another article
SHORT = 160  # characters: a line that may be a teaser when it has links or is an item of a list
HEADING = 60  # characters: a shorter line without a full stop may be a heading

_LABELS = (
    r"read (?:more|also|next|on)|see (?:more|also)|also read|related(?: (?:articles?|stories|posts?|news|topics?))?|"
    r"don['’]t miss|recommended(?: for you)?|you may also like|what to read next|advert(?:isement)?|more|source|"
    r"explore further|more (?:on|from)|more [\w' ]{1,30} stories|"
    r"читайте (?:также|ещ[её]|далее|по теме|нас)|читать (?:также|далее|ещ[её]|по теме)|смотрите также|"
    r"(?:материалы? |новости )?по теме|ещ[её] по теме|другие новости|похожие (?:новости|материалы|статьи)|"
    r"рекомендуем(?: почитать| прочитать)?|вам может быть интересно|не пропустите|реклама|источник|"
    r"ранее (?:мы )?(?:писали|сообщали|по теме)|последние новости|популярное|главные новости|"
    r"тағы (?:да )?оқыңыз(?:дар)?|сондай-ақ,? оқыңыз(?:дар)?|оқи отырыңыз(?:дар)?|оқыңыз(?:дар)?|"
    r"осы тақырып(?:та|қа қатысты)|тақырып бойынша|ұқсас (?:жаңалықтар|мақалалар|материалдар)|басқа жаңалықтар|"
    r"соңғы жаңалықтар|өзге де жаңалықтар|жарнама|дереккөз|бұған дейін жазғанбыз|танымал|өткізіп алмаңыз"
)
_LABEL = re.compile(rf"^\W*(?:{_LABELS})\W*(?:[:|]|$)", re.IGNORECASE)
_CALLS = re.compile(
    r"^\W*(?:(?:please )?subscribe|sign up|click here|follow (?:us|[\w' ]{2,30} on)|listen to|story continues|get the|"
    r"read (?:more|also|next)|see (?:more|also)|more (?:on|from)|join (?:us|our)|"
    r"подписывайтесь|подпишитесь|следите за|читайте (?:нас|также)|присоединяйтесь|нашли ошибку|"
    r"узнавайте|будьте в курсе|хотите (?:узнавать|получать)|смотрите (?:также|видео)|"
    r"жазылыңыз(?:дар)?|бізге жазылыңыз|біздің .{0,40}(?:жазыл|қосыл|тіркел)|telegram-?канал|қате та(?:псаңыз|птыңыз)|"
    r"тағы (?:да )?оқыңыз|сондай-ақ,? оқыңыз|(?:жаңалықтарды|бізді) .{0,60}(?:оқыңыз|жазыл|қосыл))",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"подпи(?:сывайтесь|шитесь)|(?:наш\w*|в) (?:telegram|телеграм|instagram|whatsapp|youtube)[-\w ]{0,20}канал|"
    r"выделите (?:е[её]|текст|ошибку)|ctrl ?\+ ?enter|"
    r"(?:арна|парақша|каналы?)\w* (?:жазыл|қосыл|тіркел)\w*|белгілеп,? ctrl|"
    r"our newsletter|(?:daily|free) newsletter|to your inbox",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"^\W*(?:©|copyright\b|citation:|this (?:document|material|copy) (?:is|may)\b)|all rights reserved|"
    r"may not be (?:published|reproduced)|user agreement and privacy policy|"
    r"все права защищены|при (?:использовании|копировании|перепечатке) материалов|"
    r"(?:копирование|перепечатка) материалов|активная (?:гипер)?ссылка|"
    r"барлық құқық\w* қорғалған|материалдарды (?:көшір|пайдалан)\w+|сілтеме (?:жасау|беру|көрсету) міндетті|"
    r"cookie|файлы куки",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d")  # above each entry of a live blog
_END = re.compile(r"[.!?…。！？»\"”)]\W*$")


def prune(root: Any) -> None:  # noqa: ANN401 - lxml has no types
    """Take what belongs to other articles out of the tree, in place: menus, footers, "Read also", the next article."""
    for element in root.xpath("//nav | //footer | //*[@id='footer']"):
        if element.getparent() is not None and not element.xpath(".//h1"):
            element.drop_tree()
    for element in root.xpath("//h2 | //h3 | //h4 | //h5 | //b | //strong | //span | //div | //p"):
        _drop_section(element)
    _drop_articles(root)


def _drop_section(label: Any) -> None:  # noqa: ANN401
    """Drop the section that begins with this label, unless the article stands in it."""
    if len(label) > 1 or not 0 < len(label.text or "") < HEADING or not _LABEL.fullmatch(label.text.strip() + ":"):
        return
    section = label.getparent()
    if section is None or label.getprevious() is not None or (section.text or "").strip():
        return
    if section.tag in ("body", "main", "article", "p", "html") or section.xpath(".//h1") or len(section) < 2:
        return
    if len(section.xpath(".//a[@href]")) * TEASER >= sum(len(line.text) for line in lines_of(section)):
        section.drop_tree()


def _drop_articles(root: Any) -> None:  # noqa: ANN401
    """Keep the first article with a main heading when others follow it: sites that scroll on load the next ones."""
    outermost = root.xpath("//article[not(ancestor::article)]")
    headed = [a for a in outermost if a.xpath(".//h1")]
    if len(outermost) < 2 or not headed or prose(lines_of(headed[0])).get(headed[0], 0) < 2 * PROSE:
        return
    for other in outermost[outermost.index(headed[0]) + 1 :]:
        other.drop_tree()


def trim(found: Sequence[Line], ends: bool = True) -> list[str]:
    """Return the texts of the lines of an article without what is not its own.

    With `ends` what stands before the first and after the last sentence goes too.
    """
    dropped: list[bool] = []
    listing = False
    for line in found:
        label = len(line.text) < LABEL and bool(_LABEL.match(line.text))
        if label and len(line.text) < HEADING:
            listing = True
        elif listing and not _may_be_teaser(line):
            listing = False
        dropped.append(label or listing or line.block.tag == "h1" or _is_link(line) or _is_notice(line))
    _drop_headings(found, dropped)
    kept = [line for line, out in zip(found, dropped, strict=True) if not out]
    while ends and kept and not _is_sentence(kept[-1]):
        kept.pop()
    while ends and kept and not _is_sentence(kept[0]):
        kept.pop(0)
    return [line.text for line in kept]


def _is_link(line: Line) -> bool:
    """Tell a line that is a link to something else; a bare address or a name of two words may belong to the text."""
    if line.links <= 0.6 * len(line.text):
        return False
    return line.block.tag != "p" or (len(line.text) >= 25 and not line.text.startswith("http"))


def _may_be_teaser(line: Line) -> bool:
    return len(line.text) < SHORT and (line.links > 0 or line.block.tag == "li")


def _is_notice(line: Line) -> bool:
    text = line.text
    if _CLOCK.fullmatch(text):
        return True
    if len(text) < SHORT and line.links and _CALLS.match(text):
        return True
    return len(text) < 300 and bool(_LEGAL.search(text) or (_ASKS.search(text) and len(text) < LABEL))


def _drop_headings(found: Sequence[Line], dropped: list[bool]) -> None:
    """Drop a heading when all that stood below it was dropped; in place."""
    for n in range(len(found) - 2, -1, -1):
        heading = len(found[n].text) < HEADING and not _END.search(found[n].text)
        if heading and dropped[n + 1] and all(dropped[n + 2 : n + 3]):
            dropped[n] = True


def _is_sentence(line: Line) -> bool:
    return line.prose > 0 or bool(_END.search(line.text))
