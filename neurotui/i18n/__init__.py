"""Texts in the user's language: gettext, and the choice of the language.

Source strings are English. `_()` looks a text up when it is shown, so that a language switched live is a
language switched everywhere; a text that stands in a table is marked with `N_()` and looked up later.
"""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = {"en": "English", "ru": "Русский"}
"""The languages on offer: code to the language's own name."""

DOMAIN = "neurotui"
LOCALE_DIR = Path(__file__).parent / "locale"

_language = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()


def _(message: str) -> str:
    """Return `message` in the language in use."""
    return _translations.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Return the plural form for `n`; the caller formats the number in."""
    return _translations.ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Return `message` in the language in use; `context` tells apart one English word's translations."""
    return _translations.pgettext(context, message)


def spellings(message: str) -> tuple[str, ...]:
    """Return `message` in every language, the one in use first: people search in another one, too."""
    codes = [_language, *(code for code in LANGUAGES if code != _language)]
    catalogues = (gettext.translation(DOMAIN, LOCALE_DIR, [code], fallback=True) for code in codes)
    return tuple(dict.fromkeys(catalogue.gettext(message) for catalogue in catalogues))


def N_(message: str) -> str:
    """Mark `message` for the catalogues; return it as it is."""
    return message


def language() -> str:
    """Return the code of the language in use: a key of `LANGUAGES`."""
    return _language


def use(code: str) -> None:
    """Switch to the language `code`, a key of `LANGUAGES`; from here on every `_()` returns it."""
    global _language, _translations
    _language = code
    _translations = gettext.translation(DOMAIN, LOCALE_DIR, [code], fallback=True)


def choose(preferred: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """Return the code of the language to start in.

    `preferred` (a flag or a setting) comes first, then `NEUROTUI_LANG`; then, in gettext's order, LANGUAGE,
    LC_ALL, LC_MESSAGES and LANG; if none of these is set (Windows, macOS), the system's locale; then English.
    """
    names = [preferred, environ.get("NEUROTUI_LANG")]
    posix = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG")
    if posix not in {"C", "POSIX"}:
        names += environ.get("LANGUAGE", "").split(":")
    names.append(posix or locale.getlocale()[0])
    for name in names:
        code = (name or "").strip().lower().replace("russian", "ru").replace("english", "en")[:2]
        if code in LANGUAGES:
            return code
    return "en"
