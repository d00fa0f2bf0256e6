"""How we behave on other people's servers: Scrapy settings, each with its reason, and the guard of addresses.

Why the settings are built here and not in a scrapy.cfg: a program without a Scrapy project gets Scrapy's bare
defaults, and those neither obey robots.txt nor check certificates.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from monitor.settings import CrawlSettings

PER_HOST = 2  # connections to one host; newspapers of a small town run on one shared server
MAX_DEPTH = 40  # requests from a start address; the longest true chain is paging back through a channel
REFUSED = "refused address: "
ROBOTS_DOWN = "robots.txt cannot be had"
GIVEN_UP = "the host failed too often in this pass"
MAX_URL = 4000  # characters; browsers and servers agree on 2,000, some shops on more
# Services of another kind: their answers are nobody's page, and a request to them may be an attack on them.
# The web's own ports below 1024, and those above it that browsers refuse too (fetch.spec.whatwg.org, port blocking).
_WEB_PORTS = (80, 81, 88, 443, 591)
_OTHER_PORTS = (1719, 1720, 1723, 2049, 3306, 3659, 4045, 5060, 5061, 5432, 6000, 6379, 6566, 6697, 10080, 11211)


def scrapy_settings(crawl: CrawlSettings, workers: int = 1) -> dict[str, Any]:
    """Return the Scrapy settings of a pass; several workers together are as polite as one."""
    pause = crawl.delay_seconds * workers
    return {
        # who we are, and whom to write to when we are a nuisance
        "USER_AGENT": f"{crawl.user_agent} (+{crawl.contact})",
        "ROBOTSTXT_USER_AGENT": crawl.user_agent.split("/")[0],
        "ROBOTSTXT_OBEY": True,
        # pace
        "DOWNLOAD_DELAY": pause,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": pause,
        "AUTOTHROTTLE_MAX_DELAY": 60,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "CONCURRENT_REQUESTS": crawl.concurrent_requests,
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(1, min(PER_HOST, crawl.concurrent_requests) // workers),
        "RETRY_TIMES": 1,  # the next pass is half an hour away: no need to insist
        # caps
        "DOWNLOAD_TIMEOUT": crawl.timeout_seconds,
        "DNS_TIMEOUT": crawl.timeout_seconds,
        "DOWNLOAD_MAXSIZE": int(crawl.max_megabytes * 1_000_000),  # counts decompressed bytes too
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": crawl.max_redirects,
        "REDIRECT_ENABLED": crawl.max_redirects > 0,
        "METAREFRESH_ENABLED": False,  # news pages reload themselves; nothing new is behind it
        "DEPTH_LIMIT": MAX_DEPTH,
        "CLOSESPIDER_TIMEOUT": crawl.max_minutes * 60,  # what is still open then is told and waits for the next pass
        # what is quoted must come from whom we say: a wrong certificate is an unreachable server
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "COOKIES_ENABLED": False,  # nobody is to be recognised, we neither
        # a proxy would resolve names itself, and the guard below could not see the address
        "HTTPPROXY_ENABLED": False,
        "DOWNLOAD_HANDLERS": {
            "http": "crawlers.caps.CappedHandler",
            "https": "crawlers.caps.CappedHandler",
            "data": None,
            "file": None,
            "ftp": None,
            "s3": None,
        },
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.guard.AddressGuard": 50,
            "crawlers.guard.RobotsGate": 110,
            "crawlers.guard.Pause": 120,
            "crawlers.caps.Stamina": 900,
        },
        "TWISTED_DNS_RESOLVER": "crawlers.guard.GuardedResolver",
        "SENIM_ALLOW_LOOPBACK": crawl.allow_loopback,
        # every status and every failure comes back to us: each address gets its fate
        "HTTPERROR_ALLOW_ALL": True,
        # doors into the process that nobody asked for
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_ENABLED": False,  # the child sets up logging itself
        "LOG_INSTALL_ROOT_HANDLER": False,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
    }


def refusal(url: str, allow_loopback: bool) -> str:
    """Say why an address must not be asked, empty when it may; host names are judged later, by their DNS answer."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or 80
    except ValueError:
        return "not a valid address"
    if parts.scheme not in ("http", "https"):
        return f"scheme {parts.scheme or 'missing'!r} is not http or https"
    if not host:
        return "no host"
    if (port < 1024 and port not in _WEB_PORTS) or port in _OTHER_PORTS:
        return f"port {port} is not one of the web"
    return _refused_host(host, allow_loopback)


def _refused_host(host: str, allow_loopback: bool) -> str:
    if host == "localhost" or host.endswith(".localhost"):
        return "" if allow_loopback else "this machine"
    try:
        return refused_ip(str(ipaddress.ip_address(host)), allow_loopback)
    except ValueError:
        return ""


def refused_ip(text: str, allow_loopback: bool) -> str:
    """Say why an IP address must not be asked: loopback, private, link-local and other non-public ranges."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text)
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if ip.is_loopback:
        return "" if allow_loopback else f"{ip} is this machine"
    return "" if ip.is_global and not ip.is_multicast else f"{ip} is not a public address"
