"""What stands around an article on the pages of tests/layouts.py: head, menu, strip of news, teasers, footer."""

from __future__ import annotations

import json
from typing import NamedTuple

from stamps import Stamp

WORDS = {
    "ru": {
        "more": "Читайте также", "news": "Последние новости", "subscribe": "Подпишитесь на наш Telegram-канал",
        "rights": "© 1999–2025. Все права защищены. При использовании материалов ссылка на сайт обязательна.",
        "menu": ("Главная", "Новости", "Общество", "Спорт", "Контакты"), "photo": "Фото из архива редакции",
        "mistake": "Нашли ошибку? Выделите её и нажмите Ctrl+Enter.", "views": "Просмотров: 1 204",
        "comments": "Комментарии", "share": "Поделиться", "answer": "Ответить", "by": "Автор",
        "asked": "Что было дальше?",
        "said": ("Спасибо за статью, давно пора было об этом написать.",
                 "А у нас во дворе всё наоборот, никто не едет.",
                 "Посмотрим, что скажут через год, пока рано радоваться."),
        "advert": "Реклама", "tags": "Теги", "cookie": "Мы используем файлы cookie, чтобы сайт работал лучше.",
    },
    "kk": {
        "more": "Тағы оқыңыз", "news": "Соңғы жаңалықтар", "subscribe": "Біздің Telegram-каналға жазылыңыз",
        "rights": "© 1999–2025. Барлық құқықтар қорғалған. Материалдарды пайдаланғанда сілтеме жасау міндетті.",
        "menu": ("Басты бет", "Жаңалықтар", "Қоғам", "Спорт", "Байланыс"), "photo": "Фото редакция мұрағатынан",
        "mistake": "Қате таптыңыз ба? Белгілеп, Ctrl+Enter басыңыз.", "views": "Қаралды: 1 204",
        "comments": "Пікірлер", "share": "Бөлісу", "answer": "Жауап беру", "by": "Авторы",
        "asked": "Одан кейін не болды?",
        "said": ("Мақала үшін рақмет, мұны баяғыда жазу керек еді.", "Біздің ауылда бәрі керісінше, ешкім келмейді.",
                 "Бір жылдан кейін не болатынын көрейік, әзірге қуануға ерте."),
        "advert": "Жарнама", "tags": "Тегтер", "cookie": "Сайт жақсы жұмыс істеуі үшін cookie файлдарын қолданамыз.",
    },
}  # fmt: skip
SITES = {"ru": "Вестник выдуманной степи", "kk": "Ойдан шыққан дала хабаршысы"}


class Case(NamedTuple):
    """One invented page: its text, its address, what it says of author and date, and titles of other articles."""

    language: str
    title: str
    paragraphs: tuple
    url: str
    author: str
    author_in: str  # ld, meta, rel, itemprop, class or nothing
    stamp: Stamp
    others: tuple

    def __getattr__(self, name):
        return WORDS[self.language][name]


def head(c, lang=None, amp=False, body=""):
    node = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": c.title, **c.stamp.ld}
    if c.author_in == "ld":
        node["author"] = {"@type": "Person", "name": c.author}
    if body:
        node["articleBody"] = body
    tags = [f'<meta property="{name}" content="{value}">' for name, value in c.stamp.meta]
    if c.author_in == "meta":
        tags.append(f'<meta name="author" content="{c.author}">')
    if c.stamp.ld or body or c.author_in == "ld":
        tags.append(f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>')
    return (
        f'<!DOCTYPE html><html lang="{lang or c.language}"{" amp" if amp else ""}><head><meta charset="utf-8">'
        f"<title>{c.title} | {SITES[c.language]}</title>"
        f'<meta property="og:title" content="{c.title}"><meta property="og:description" content="{c.paragraphs[0]}">'
        f'<link rel="canonical" href="{c.url}?utm_source=self"><link rel="alternate" hreflang="ru" href="/ru/">'
        + "".join(tags) + "<style>.a{color:red}</style><script>var a=1;</script></head>"
    )  # fmt: skip


def byline(c):
    return {
        "rel": f'<a rel="author" href="/a/1">{c.author}</a>',
        "itemprop": f'<span itemprop="author">{c.author}</span>',
        "class": f'<div class="article-author">{c.by}: {c.author}</div>',
    }.get(c.author_in, "")


def menu(c):
    links = "".join(f'<li><a href="/{n}">{word}</a></li>' for n, word in enumerate(c.menu))
    return f'<header class="header"><nav><ul>{links}</ul></nav></header><div class="cookie-bar">{c.cookie}</div>'


def feed(c):
    """The strip of fresh news above the article, with dates of its own."""
    rows = "".join(
        f'<div class="lenta-item"><span class="date">13.11.2025, 10:{n}5</span><a href="/l/{n}">{title}</a></div>'
        for n, title in enumerate(c.others[:3])
    )
    label = f"<h3>{c.news}</h3>" if len(c.title) % 2 else ""
    return f'<div class="lenta">{label}{rows}</div>'


def related(c, name="related"):
    rows = "".join(
        f'<div class="card"><a href="/r/{n}"><h4>{title}</h4></a><time datetime="2025-11-0{n + 1}">0{n + 1}.11.2025'
        f"</time><p>{title}: {c.said[n % 3].lower()}</p></div>"
        for n, title in enumerate(c.others[:4])
    )
    return f'<section class="{name}"><h3>{c.more}</h3>{rows}</section>'


def footer(c):
    return (
        f'<div class="share">{c.share}: <a href="#">VK</a> <a href="#">WhatsApp</a></div>'
        f'<footer class="footer"><p>{c.rights}</p><p>{SITES[c.language]}. 01.01.1999</p></footer></body></html>'
    )


def paragraphs(c, tag="p", **attributes):
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return "".join(f"<{tag}{extra}>{p}</{tag}>\n" for p in c.paragraphs)


def breaks(c):
    return "<br><br>\n".join(c.paragraphs)


def teaser(c):
    return f'<p><strong>{c.more}:</strong> <a href="/t/1">{c.others[0]}</a></p>'
