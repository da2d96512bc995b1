"""What a terminal sends for a key press: the old encoding, and that of the kitty keyboard protocol.

Keys are named as textual names them: `a`, `й`, `enter`, `escape`, `up`, `f1`, `ctrl+c`, `alt+shift+t`.
A Cyrillic `ctrl+с` is the same physical key on a Russian layout.
https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DISAMBIGUATE, EVENT_TYPES, ALTERNATE_KEYS, ALL_KEYS, TEXT = (1 << bit for bit in range(5))
"""Flags of the kitty protocol, which the program asks for by `CSI > flags u`."""

BASE_LAYOUT = dict(zip("ёйцукенгшщзхъфывапролджэячсмитьбю", "`qwertyuiop[]asdfghjkl;'zxcvbnm,.", strict=True))
"""What stands on the same key of the US layout, which is what the protocol calls the base layout."""

_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}
_CODES = {"escape": 27, "enter": 13, "tab": 9, "backspace": 127, "space": 32}
_LETTERED = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"} | {
    "f1": "P",
    "f2": "Q",
    "f4": "S",
}
_NUMBERED = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f3": 13,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f12": 24,
}


@dataclass(frozen=True, slots=True)
class Press:
    """A key and the modifiers held, as bits: 1 shift, 2 alt, 4 ctrl."""

    name: str
    modifiers: int

    @classmethod
    def parse(cls, key: str) -> Press:
        """The press called `key`; a capital letter is that letter with shift."""
        *held, name = key.split("+") if len(key) > 1 else [key]
        modifiers = sum(_MODIFIERS[modifier] for modifier in held)
        if len(name) == 1 and name != name.lower():
            modifiers |= _MODIFIERS["shift"]
        return cls(name, modifiers)


def encode(key: str, flags: int = 0) -> bytes:
    """The bytes of one press of `key`; `flags` are those of the kitty protocol in force, 0 for none."""
    press = Press.parse(key)
    if press.name in _LETTERED:
        return _lettered(_LETTERED[press.name], press.modifiers, flags)
    if press.name in _NUMBERED:
        suffix = f";{press.modifiers + 1}" if press.modifiers else ""
        return f"\x1b[{_NUMBERED[press.name]}{suffix}~".encode()
    return (_kitty(press, flags) if flags else _legacy(press)).encode()


def _lettered(letter: str, modifiers: int, flags: int) -> bytes:
    if modifiers:
        return f"\x1b[1;{modifiers + 1}{letter}".encode()
    introducer = "\x1bO" if letter in "PQS" and not flags else "\x1b["
    return (introducer + letter).encode()


def _legacy(press: Press) -> str:
    if press.name == "tab" and press.modifiers & _MODIFIERS["shift"]:
        return "\x1b[Z"
    text = chr(_CODES[press.name]) if press.name in _CODES else press.name
    if press.modifiers & _MODIFIERS["shift"]:
        text = text.upper()
    if press.modifiers & _MODIFIERS["ctrl"]:
        latin = BASE_LAYOUT.get(text.lower(), text)
        text = chr(ord(latin.upper()) & 0x1F)
    return "\x1b" + text if press.modifiers & _MODIFIERS["alt"] else text


def _kitty(press: Press, flags: int) -> str:
    text = (
        ""
        if press.name in _CODES and press.name != "space"
        else chr(_CODES.get(press.name, ord(press.name[0])))
    )
    if press.modifiers & _MODIFIERS["shift"]:
        text = text.upper()
    if not flags & ALL_KEYS and not press.modifiers & ~1 and press.name != "escape":
        return _legacy(press)
    lower = press.name.lower()
    code = str(_CODES.get(press.name, ord(lower[0])))
    if flags & ALTERNATE_KEYS:
        shifted = str(ord(text)) if text and press.modifiers & 1 else ""
        base = str(ord(BASE_LAYOUT[lower])) if lower in BASE_LAYOUT else ""
        code = re.sub(":+$", "", f"{code}:{shifted}:{base}")
    modifiers = str(press.modifiers + 1) if press.modifiers else ""
    associated = str(ord(text)) if flags & TEXT and text and not press.modifiers & ~1 else ""
    return "\x1b[" + re.sub(";+$", "", f"{code};{modifiers};{associated}") + "u"
