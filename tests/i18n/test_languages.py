"""Which language is chosen, and how numbers and times are written in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from neurotui import i18n
from neurotui.app.commands import COMMANDS
from neurotui.i18n import formats


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    i18n.use("en")


@pytest.mark.parametrize(
    ("preferred", "environ", "language"),
    [
        (None, {"LANG": "ru_RU.UTF-8"}, "ru"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "LC_ALL": "ru_RU.UTF-8"}, "ru"),
        (None, {"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8", "LANGUAGE": "de:ru:en"}, "ru"),
        (None, {"LANG": "C", "LANGUAGE": "ru"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "NEUROTUI_LANG": "ru"}, "ru"),
        (None, {"LANG": "ru_RU.UTF-8", "NEUROTUI_LANG": "nonsense"}, "ru"),
        ("ru", {"LANG": "en_US.UTF-8", "NEUROTUI_LANG": "en"}, "ru"),
        ("en", {"LANG": "ru_RU.UTF-8"}, "en"),
    ],
)
def test_the_choice_of_the_language(preferred: str | None, environ: dict[str, str], language: str) -> None:
    assert i18n.choose(preferred, environ) == language


def test_russian_has_its_three_plurals() -> None:
    i18n.use("ru")
    forms = [i18n.ngettext("{n} token", "{n} tokens", n).format(n=n) for n in (1, 2, 5, 11, 21, 104)]
    assert forms == ["1 токен", "2 токена", "5 токенов", "11 токенов", "21 токен", "104 токена"]


def test_a_language_switched_live_is_switched_at_once() -> None:
    i18n.use("ru")
    russian = i18n._("stopped")
    i18n.use("en")
    assert (russian, i18n._("stopped")) == ("остановлено", "stopped")


@pytest.mark.parametrize(
    ("language", "number", "decimal"), [("en", "12,345", "1.5"), ("ru", "12\u202f345", "1,5")]
)
def test_numbers(language: str, number: str, decimal: str) -> None:
    i18n.use(language)
    assert (formats.number(12345), formats.decimal(1.5)) == (number, decimal)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.004, "4 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.24, "1.2 s"),
        (9.96, "10 s"),
        (34, "34 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3780, "1 h 3 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("language", "when", "long", "short"),
    [
        ("en", date(2026, 11, 22), "Today", "22 Nov"),
        ("en", date(2026, 11, 21), "Yesterday", "21 Nov"),
        ("en", date(2026, 5, 9), "9 May", "9 May"),
        ("en", date(2024, 11, 12), "12 November 2024", "Nov 24"),
        ("ru", date(2026, 11, 22), "Сегодня", "22 ноя"),
        ("ru", date(2026, 11, 21), "Вчера", "21 ноя"),
        ("ru", date(2026, 5, 9), "9 мая", "9 мая"),
        ("ru", date(2024, 11, 12), "12 ноября 2024", "ноя 24"),
    ],
)
def test_days(language: str, when: date, long: str, short: str) -> None:
    i18n.use(language)
    today = date(2026, 11, 22)
    assert (formats.day(when, today), formats.short_day(when, today)) == (long, short)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_each_month_has_its_name(language: str) -> None:
    i18n.use(language)
    today = date(2026, 12, 31)
    names = {formats.day(date(2026, month, 1), today) for month in range(1, 13)}
    assert len(names) == 12


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_slash_command_has_a_name_of_its_own(language: str) -> None:
    i18n.use(language)
    names = [i18n._(command.label) for command in COMMANDS if command.menu]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("dollars", "english", "russian"),
    [
        (0, "$0.00", "0,00\u00a0$"),
        (12.345, "$12.35", "12,35\u00a0$"),
        (0.999, "$1.00", "1,00\u00a0$"),
        (0.5, "$0.50", "0,50\u00a0$"),
        (-0.125, "−$0.125", "−0,125\u00a0$"),
        (0.0021, "$0.0021", "0,0021\u00a0$"),
        (0.0005, "$0.0005", "0,0005\u00a0$"),
        (0.000048, "$0.000048", "0,000048\u00a0$"),
    ],
)
def test_money_has_its_cents_and_no_zeros_after_them(dollars: float, english: str, russian: str) -> None:
    for language, written in (("en", english), ("ru", russian)):
        i18n.use(language)
        assert formats.money(dollars) == written


@pytest.mark.parametrize(
    ("amount", "currency", "english", "russian"),
    [
        (0.4, "RUB", "₽0.4", "0,4\u00a0₽"),
        (12.0, "RUB", "₽12", "12\u00a0₽"),
        (-1.125, "RUB", "−₽1.12", "−1,12\u00a0₽"),
        (0.4, "EUR", "€0.40", "0,40\u00a0€"),
        (0.4, "CHF", "CHF\u00a00.40", "0,40\u00a0CHF"),
    ],
)
def test_money_has_its_sign_where_each_language_has_it(
    amount: float, currency: str, english: str, russian: str
) -> None:
    for language, written in (("en", english), ("ru", russian)):
        i18n.use(language)
        assert formats.money(amount, currency) == written
