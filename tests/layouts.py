"""The markup in which media of Kazakhstan put an article: each layout is a function of a Case and returns a page.

Names of classes are those of the engines in use: WordPress, Elementor, Bitrix, DLE, Drupal, Joomla, Next.js, AMP,
Tilda and hand-made ones. Texts come from tests/invented, furniture from tests/furniture.py.
"""

from __future__ import annotations

import json

from furniture import breaks, byline, feed, footer, head, menu, paragraphs, related, teaser


def top(c):
    return f'<h1>{c.title}</h1><div class="meta">{byline(c)} {c.stamp.shown} <span class="views">{c.views}</span></div>'


def wordpress(c):
    replies = "".join(
        f'<li class="comment" id="c{n}"><cite class="fn">Guest {n}</cite><time datetime="2025-11-13T0{n}:00:00+05:00">x'
        f'</time><div class="comment-content"><p>{words}</p></div><a class="reply">{c.answer}</a></li>'
        for n, words in enumerate(c.said)
    )
    return (
        f'{head(c)}<body class="single single-post">{menu(c)}<main id="primary"><article class="post hentry">'
        f'<header class="entry-header">{top(c)}</header><figure class="wp-caption"><img src="1.jpg">'
        f'<figcaption>{c.photo}</figcaption></figure><div class="entry-content">{paragraphs(c)}{teaser(c)}</div>'
        f"</article>{related(c, 'related-posts')}"
        f'<div id="comments"><h3>{c.comments}</h3><ol class="comment-list">{replies}</ol></div></main>'
        f'<aside id="secondary" class="widget-area">{feed(c)}</aside>{footer(c)}'
    )


def elementor(c):
    text = "".join(
        f'<div class="elementor-element elementor-widget elementor-widget-text-editor">'
        f'<div class="elementor-widget-container"><p>{p}</p></div></div>'
        for p in c.paragraphs
    )
    return (
        f'{head(c)}<body class="elementor-page">{menu(c)}<div class="elementor elementor-19 elementor-location-single">'
        f'<div class="elementor-widget"><div class="elementor-widget-container">{top(c)}</div></div>{text}'
        f'<div class="elementor-widget"><div class="elementor-widget-container">{related(c, "elementor-posts")}</div>'
        f"</div></div>{footer(c)}"
    )


def bitrix(c):
    return (
        f'{head(c)}<body>{menu(c)}<div id="workarea">{feed(c)}<div class="news-detail">{top(c)}'
        f'<img class="detail_picture" src="1.jpg">{breaks(c)}<div style="clear:both"></div><br>'
        f'<div class="news-detail-share">{c.share}</div></div><p><a href="/news/">{c.news}</a></p></div>{footer(c)}'
    )


def dle(c):
    return (
        f'{head(c)}<body>{menu(c)}<div id="dle-content"><div class="fullstory">{top(c)}<div class="full-text">'
        f'<div id="news-id-7" style="display:inline;">{breaks(c)}</div></div><div class="rel-news"><b>{c.more}:</b>'
        + "".join(f'<li><a href="/r/{n}">{t}</a></li>' for n, t in enumerate(c.others[:4]))
        + f'</div><div class="berrors">{c.mistake}</div></div></div>{footer(c)}'
    )


def nextjs(c):
    state = json.dumps({"props": {"title": c.title, "text": list(c.paragraphs)}}, ensure_ascii=False)
    return (
        f'{head(c, body=" ".join(c.paragraphs))}<body><div id="__next">{menu(c)}<main class="Layout_main__x1">'
        f'<div class="Feed_root__k2">{feed(c)}</div><div class="Article_root__q9">{top(c)}'
        f'<div class="Article_lead__z3">{c.paragraphs[0]}</div>'
        + "".join(f'<div class="Article_block__w4"><p>{p}</p></div>' for p in c.paragraphs[1:])
        + f'<div class="Article_tags__t5"><a href="/t/1">{c.tags}</a></div></div>'
        + f"{related(c, 'Similar_root__s6')}</main></div>"
        + f'<script id="__NEXT_DATA__" type="application/json">{state}</script>{footer(c)}'
    )


def data_only(c):
    return (
        f'{head(c, body=" ".join(c.paragraphs))}<body><div id="root"></div>{c.stamp.shown}{byline(c)}'
        f"<noscript>JavaScript</noscript>{footer(c)}"
    )


def amp(c):
    return (
        f'{head(c, amp=True)}<body>{menu(c)}<amp-sidebar id="s"><ul><li><a href="/x">{c.others[0]}</a></li></ul>'
        f'</amp-sidebar><article class="amp-wp-article">{top(c)}<amp-img src="1.jpg" width="9" height="9"></amp-img>'
        f'<div class="amp-wp-article-content">{paragraphs(c)}<amp-ad type="x"><p>{c.advert}</p></amp-ad></div>'
        f"</article>{related(c, 'amp-related')}{footer(c)}"
    )


def portal(c):
    return (
        f'{head(c)}<body>{menu(c)}<div class="page-content"><div class="breadcrumbs"><a href="/">1</a> / {c.title}'
        f'</div><div class="content-box">{top(c)}<div class="text-block">{paragraphs(c)}'
        f'<table><tr><td><a href="/d/1.pdf">document-1.pdf</a></td><td>214 KB</td></tr></table></div>'
        f'<div class="social">{c.share}</div></div><div class="sidebar">{feed(c)}</div></div>{footer(c)}'
    )


def forum(c):
    replies = "".join(
        f'<div class="comment-item"><span class="user">guest{n}</span><span class="date">13.11.2025 0{n}:10</span>'
        f'<div class="message">{words}</div></div>'
        for n, words in enumerate(c.said * 3)
    )
    return (
        f'{head(c)}<body>{menu(c)}<div class="topic"><div class="first-post">{top(c)}'
        f'<div class="post-body">{breaks(c)}</div></div><div class="comments">{replies}</div></div>{footer(c)}'
    )


def live_blog(c):
    entries = "".join(
        f'<div class="live-entry"><time datetime="2025-11-12T1{9 - n}:00:00+05:00">1{9 - n}:00</time><p>{p}</p></div>'
        for n, p in enumerate(c.paragraphs)
    )
    return (
        f'{head(c)}<body>{menu(c)}<article>{top(c)}<div class="live">{entries}</div></article>{related(c)}{footer(c)}'
    )


def photo_report(c):
    figures = "".join(
        f'<figure><img src="{n}.jpg"><figcaption>{c.photo}: {c.others[n]}</figcaption></figure><p>{p}</p>'
        for n, p in enumerate(c.paragraphs)
    )
    return f'{head(c)}<body>{menu(c)}<article><div class="photo-text">{top(c)}{figures}</div></article>{footer(c)}'


def table_era(c):
    rows = "".join(f'<tr><td><font size="2"><a href="/o/{n}">{t}</a></font></td></tr>' for n, t in enumerate(c.others))
    return (
        f'{head(c)}<body bgcolor="#fff"><table width="100%"><tr><td width="20%"><table>{rows}</table></td><td><h1>'
        f"{c.title}</h1>{c.stamp.shown}{byline(c)}<font face='Arial'>{breaks(c)}</font></td>"
        f"<td><b>{c.advert}</b></td></tr></table>{footer(c)}"
    )


def tilda(c):
    text = "".join(
        f'<div id="rec{n}" class="t-rec"><div class="t-container"><div class="t-text t-text_md">{p}</div></div></div>'
        for n, p in enumerate(c.paragraphs)
    )
    return (
        f'{head(c)}<body><div id="allrecords" class="t-records"><div class="t-rec"><div class="t-title">{top(c)}</div>'
        f'</div>{text}<div class="t-rec t-popup"><div class="t-popup__text">{c.subscribe}</div></div></div>{footer(c)}'
    )


def drupal(c):
    return (
        f'{head(c)}<body class="node-type-news">{menu(c)}<div class="content-with-sidebar"><div class="node">{top(c)}'
        f'<div class="field field-name-body field-type-text-with-summary field-label-hidden"><div class="field-items">'
        f'<div class="field-item even">{paragraphs(c)}</div></div></div>'
        f'<div class="field-name-field-tags"><a href="/t">{c.tags}</a></div></div>'
        f'<div class="region-sidebar-second">{feed(c)}{related(c, "block-views")}</div></div>{footer(c)}'
    )


def joomla(c):
    return (
        f'{head(c)}<body>{menu(c)}<div class="item-page" itemscope itemtype="https://schema.org/Article">{top(c)}'
        f'<div itemprop="articleBody">{paragraphs(c)}</div><ul class="pager pagenav"><li><a href="/p">{c.others[0]}</a>'
        f"</li></ul></div>{related(c, 'moduletable')}{footer(c)}"
    )


def endless(c):
    other = "".join(f"<p>{t}. {words} {words}</p>" for t, words in zip(c.others, c.said, strict=False))
    return (
        f'{head(c)}<body>{menu(c)}{feed(c)}<div class="scroll"><article class="article">{top(c)}'
        f'<div class="article__text">{paragraphs(c)}</div></article><article class="article next">'
        f'<h2>{c.others[0]}</h2><span class="date">11.11.2025</span><div class="article__text">{other}</div>'
        f"</article></div>{footer(c)}"
    )


def teasers_inside(c):
    first, *rest = (f"<p>{p}</p>" for p in c.paragraphs)
    return (
        f'{head(c)}<body>{menu(c)}<div class="material"><div class="lead"></div>{top(c)}<div class="news_text">{first}'
        f"{teaser(c)}<blockquote><a href='/b'>{c.others[1]}</a></blockquote>{''.join(rest)}"
        f'<p>{c.subscribe} <a href="https://t.me/x">@x</a>!</p><p><em>{c.mistake}</em></p></div></div>'
        f"{related(c, 'also')}{footer(c)}"
    )


def pieces(c):
    cut = "".join(
        f'<div class="text-piece"><p>{p}</p></div><div class="banner_240">{c.advert}</div>' for p in c.paragraphs
    )
    return f'{head(c)}<body>{menu(c)}<div class="newspaper"><div class="col">{top(c)}{cut}</div></div>{footer(c)}'


def blog(c):
    return (
        f'{head(c)}<body>{menu(c)}<div class="container"><div class="row"><div class="col-9"><h1>{c.title}</h1>'
        f"{byline(c)}{c.stamp.shown}{paragraphs(c, 'div')}</div><div class='col-3'>{related(c, 'best')}</div></div>"
        f"</div>{footer(c)}"
    )


def interview(c):
    lead, *answers = c.paragraphs
    text = f"<p><b>{lead}</b></p>" + "".join(f"<h3>{c.asked}</h3><p>— {p}</p>" for p in answers)
    return (
        f'{head(c)}<body>{menu(c)}<section class="page"><div class="interview">{top(c)}<div class="content">{text}'
        f'</div></div><div class="popular">{feed(c)}</div></section>{footer(c)}'
    )


def edition(c):
    code = {"kk": "kz", "ru": "ru"}[c.language]
    return (
        f'{head(c, lang=code)}<body>{menu(c)}<div class="lang"><a href="/ru/">RU</a> <a href="/kz/">KZ</a></div>'
        f'<div class="content_main">{top(c)}<div class="content_main_text">{paragraphs(c)}</div>'
        f'<div class="content_main_read"><b>{c.more}</b> <a href="/m">{c.others[2]}</a></div></div>'
        f'<div class="main-news">{feed(c)}</div>{footer(c)}'
    )


def truth(layout, c):
    """Return the words of the article as the layout shows them."""
    between = f"\n{c.asked}\n" if layout is interview else "\n"
    return between.join(c.paragraphs)


LAYOUTS = (wordpress, elementor, bitrix, dle, nextjs, data_only, amp, portal, forum, live_blog, photo_report, table_era,
           tilda, drupal, joomla, endless, teasers_inside, pieces, blog, interview, edition)  # fmt: skip
