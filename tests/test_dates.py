"""Dates as Kazakh, Russian and English pages write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages import dates

NOW = datetime(2025, 11, 13, 6, 0, tzinfo=UTC)  # eleven o'clock in Almaty
MONTHS = {
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
    "bare": "кантар акпан наурыз сауир мамыр маусым шилде тамыз кыркуйек казан караша желтоксан",
    "locative": "қаңтарда ақпанда наурызда сәуірде мамырда маусымда "
    "шілдеде тамызда қыркүйекте қазанда қарашада желтоқсанда",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}


def local(text):
    moment = dates.parse(text, NOW)
    return moment and moment.astimezone(dates.ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025 жылғы 12 қараша", "2025-11-12 00:00"),
        ("2025 жылдың 12 қарашасы, 9:30", "2025-11-12 09:30"),
        ("2025 жылдың 12 қарашасында", "2025-11-12 00:00"),
        ("12 қарашада 2025 ж.", "2025-11-12 00:00"),
        ("12 қараша 2025, 14:05", "2025-11-12 14:05"),
        ("12 Қараша, 2025", "2025-11-12 00:00"),
        ("12 караша 2025 жыл 18:30", "2025-11-12 18:30"),
        ("12 qarasha 2025", "2025-11-12 00:00"),
        ("бүгін, 10:15", "2025-11-13 10:15"),
        ("кеше 14:05", "2025-11-12 14:05"),
        ("2 сағат бұрын", "2025-11-13 09:00"),
        ("12 ноября 2025", "2025-11-12 00:00"),
        ("12 ноября 2025 г. в 10:15", "2025-11-12 10:15"),
        ("14:05, 12 ноября 2025", "2025-11-12 14:05"),
        ("12 нояб. 2025 14:05", "2025-11-12 14:05"),
        ("12 ноября, 14:05", "2025-11-12 14:05"),
        ("31 декабря", "2024-12-31 00:00"),
        ("вчера, 14:05", "2025-11-12 14:05"),
        ("Сегодня, 02:47", "2025-11-13 02:47"),
        ("позавчера", "2025-11-11 00:00"),
        ("5 минут назад", "2025-11-13 10:55"),
        ("03.04.2025", "2025-04-03 00:00"),
        ("3.4.2025 14:05:33", "2025-04-03 14:05"),
        ("11/12/2024", "2024-12-11 00:00"),
        ("2025.11.12", "2025-11-12 00:00"),
        ("November 12, 2025 2:05 pm", "2025-11-12 14:05"),
        ("12th November 2025", "2025-11-12 00:00"),
        ("3 hours ago", "2025-11-13 08:00"),
        ("2025-11-12T14:05:00", "2025-11-12 14:05"),
        ("2025-11-12T14:05:00+06:00", "2025-11-12 13:05"),
        ("2025-11-12T09:05:00.000Z", "2025-11-12 14:05"),
        ("2025-11-12 14:05", "2025-11-12 14:05"),
        ("Wed, 12 Nov 2025 09:05:00 GMT", "2025-11-12 14:05"),
        ("Wed, 12 Nov 2025 14:05:00", "2025-11-12 14:05"),
        ("29 февраля 2024 10:00", "2024-02-29 10:00"),
    ],
)
def test_a_date_is_read(text, expected):
    assert local(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "Казань 2025", "12.13.2025", "31.02.2025", "1 января 1990", "12 ноября 2099", "2025-13-45", "20251112",
     "12345", "мая", "9999-12-31T23:59:59-12:00", "полиция 102", "версия 1.2.2025.7.8"],
)  # fmt: skip
def test_what_is_no_date_of_a_publication_is_none(text):
    assert dates.parse(text, NOW) is None


def test_the_zone_changed_on_the_first_of_march_2024():
    assert dates.parse("29.02.2024 12:00", NOW) == datetime(2024, 2, 29, 6, tzinfo=UTC)
    assert dates.parse("02.03.2024 12:00", NOW) == datetime(2024, 3, 2, 7, tzinfo=UTC)


def test_the_ladder_takes_the_first_step_that_holds():
    steps = [
        ("jsonld", "12.11.2099"),
        ("meta", "nonsense"),
        ("feed", datetime(2025, 11, 12, 9, tzinfo=UTC)),
        ("text", "1.1.2025"),
    ]
    assert dates.first(steps, NOW) == (datetime(2025, 11, 12, 9, tzinfo=UTC), "feed")
    assert dates.first([("meta", None)], NOW) == (None, "")


def test_a_byline_is_short_and_names_the_year():
    prose = "Полиция сообщила, что 3 марта 2025 года в городе случилась драка, в которой пострадали несколько человек."
    assert dates.byline([prose, "вчера", "Редакция, 12 ноября 2025, 14:05"], NOW) == datetime(
        2025, 11, 12, 9, 5, tzinfo=UTC
    )
    assert dates.byline([prose], NOW) is None


@given(
    st.dates(min_value=datetime(1996, 1, 1).date(), max_value=datetime(2025, 11, 12).date()),
    st.times(),
    st.sampled_from(sorted(MONTHS)),
    st.sampled_from(["{d} {m} {y}, {t}", "{d} {m} {y} {t}", "{t}, {d} {m} {y}"]),
)
def test_every_day_of_every_month_is_read_in_every_language(day, time, language, form):
    text = form.format(d=day.day, m=MONTHS[language].split()[day.month - 1], y=day.year, t=time.strftime("%H:%M"))
    assert local(text) == f"{day} {time:%H:%M}"


@given(st.dates(min_value=datetime(1996, 1, 1).date(), max_value=datetime(2025, 11, 12).date()))
def test_kazakh_year_first_and_numbers_agree(day):
    name = MONTHS["kk"].split()[day.month - 1]
    expected = f"{day} 00:00"
    assert local(f"{day.year} жылғы {day.day} {name}") == expected
    assert local(f"{day.day:02}.{day.month:02}.{day.year}") == expected
    assert local(day.isoformat()) == expected


@given(st.text(max_size=80))
def test_any_text_gives_a_plausible_moment_or_none(text):
    moment = dates.parse(text, NOW)
    assert moment is None or dates.EARLIEST <= moment <= NOW + timedelta(days=1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_plausible_keeps_the_moment_or_refuses_it(moment):
    kept = dates.plausible(moment, NOW)
    assert kept in (moment, None)
    assert (kept is None) == (moment < dates.EARLIEST or moment > NOW + timedelta(days=1))
