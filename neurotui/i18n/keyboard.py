"""The Russian keyboard: which Cyrillic letter stands on which key of the Latin one."""

from __future__ import annotations

_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_LATIN_SHIFTED = '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>'

_TO_LATIN = str.maketrans(_CYRILLIC + _CYRILLIC.upper(), _LATIN + _LATIN_SHIFTED)
_TO_CYRILLIC = str.maketrans(_LATIN + _LATIN_SHIFTED, _CYRILLIC + _CYRILLIC.upper())


def to_latin(text: str) -> str:
    """Return what the same keys type on the Latin layout; only the 33 letters change: `рудз` → `help`."""
    return text.translate(_TO_LATIN)


def to_cyrillic(text: str) -> str:
    """Return what the same keys type on the Russian layout, letters only: `ghbdtn` → `привет`."""
    return text.translate(_TO_CYRILLIC)
