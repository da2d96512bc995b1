"""Which language is chosen, and how numbers and times are written in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from neurotui import i18n
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
