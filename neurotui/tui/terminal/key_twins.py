"""Twins of key bindings for a Russian keyboard.

In terminals with the kitty protocol Ctrl+C on a Russian layout arrives as `ctrl+с`, with a Cyrillic letter,
unless the terminal tells where the key lies (see `input.on_base_layout`); Alt+letter and plain
letters do so in every terminal. So each binding is made for both letters of its key. Latin letters are left
alone: on AZERTY or Dvorak a key means what is printed on it.
"""

from __future__ import annotations

from collections.abc import Collection

from textual.keys import key_to_character

from neurotui.i18n.keyboard import to_cyrillic


def twins(keys: str) -> str:
    """Return `keys`, textual's names between commas, and the Russian twin of each that has one.

    `ctrl+c` gives `ctrl+c,ctrl+с`; `alt+left_square_bracket` gives `alt+left_square_bracket,alt+х`.
    """
    return ",".join(dict.fromkeys(twin for key in keys.split(",") for twin in (key, _cyrillic(key))))


def in_both_cases(keys: Collection[str], taken: Collection[str]) -> list[str]:
    """Return `keys`, each small letter followed by its capital unless that is in `taken`."""
    return [
        either
        for key in keys
        for either in dict.fromkeys((key, key.upper() if len(key) == 1 else key))
        if either == key or either not in taken
    ]


def _cyrillic(key: str) -> str:
    modifiers, plus, name = key.rpartition("+")
    character = key_to_character(name)
    letter = to_cyrillic(character) if character else character
    # Textual names a letter by itself.
    return f"{modifiers}{plus}{letter}" if letter and letter != character else key
