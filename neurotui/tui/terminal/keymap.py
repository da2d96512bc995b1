"""The user's own keys for commands.

The settings are checked as a whole, because a key can do only one thing if two commands are within its reach.
A key that the user gives to a command is taken from the command that had it by default; if the user gives it
to two commands, the first one in the table gets it. Each deviation from the settings, and each command that
loses a key, is reported in a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from neurotui.app import commands
from neurotui.app.commands import COMMANDS, PRIOR, Command, Place, key_name
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.keyboard import to_latin
from neurotui.tui.terminal.bindings import with_capitals
from neurotui.tui.terminal.key_twins import twins

_NO_KEY = "no-key"
"""Stand-in for no key at all: textual would take an empty list for the default keys."""

_MODIFIERS = {
    "ctrl": "ctrl", "control": "ctrl", "alt": "alt", "option": "alt", "meta": "alt", "shift": "shift",
    "super": "super", "cmd": "super", "win": "super",
}  # fmt: skip
_NAMES = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
          "del": "delete", "ins": "insert"}  # fmt: skip
_SPECIAL = {"escape", "enter", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
            "up", "down", "left", "right", "space"}  # fmt: skip
_SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that most terminals cannot tell from another one."""


def configure(overrides: Mapping[str, str | Sequence[str]]) -> list[str]:
    """Give commands other keys: `{"new": "ctrl+t", "save": ["f5", "ctrl+s"], "demo": []}`.

    Replace the former configuration. Return a sentence for each setting that cannot be applied as it is.
    """
    sentences: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    known = {command.name: command for command in COMMANDS}
    for name, value in overrides.items():
        command = known.get(name.strip().lower().replace("-", "_"))
        if command is None:
            sentences.append(
                _("There is no command “{name}” to give keys to").format(name=clean_line(name, 40))
            )
        else:
            chosen[command.name] = _checked(command, [value] if isinstance(value, str) else value, sentences)
    _part(chosen, sentences)
    commands.remapped.clear()
    commands.remapped.update((action, keys) for action, keys in chosen.items() if keys != known[action].keys)
    return sentences


def keymap() -> dict[str, str]:
    """Return the configured keys, for `App.set_keymap`."""
    letters = [command for command in COMMANDS if command.place is Place.TRANSCRIPT]
    before = with_capitals({command.name: command.keys for command in letters})
    after = with_capitals({command.name: command.current_keys for command in letters})
    changed = {action: keys for action, keys in after.items() if keys != before[action]}
    return {
        action: ",".join(twins(key) for key in keys) or _NO_KEY
        for action, keys in {**commands.remapped, **changed}.items()
    }


def parse(text: str) -> str | None:
    """Return textual's name of a key as people write it: `ctrl+t` for `Ctrl-T`, `ctrl+е`; None if unknown."""
    from textual.keys import key_to_character

    *held, name = re.split(r"(?<=.)[+-](?=.)", text.strip())
    modifiers = {_MODIFIERS.get(modifier.strip().lower(), "") for modifier in held}
    if "" in modifiers:
        return None
    name = name.strip()
    if len(name) == 1:
        name = to_latin(name)
        if modifiers - {"shift"}:
            name = name.lower()
        elif modifiers:
            modifiers, name = set(), name.upper()
        name = _key_name(name)
    else:
        name = _NAMES.get(name.lower(), name.lower())
        if (
            name not in _SPECIAL
            and not re.fullmatch(r"f([1-9]|1\d|2[0-4])", name)
            and not key_to_character(name)
        ):
            return None
    return "+".join([*sorted(modifiers), name])


def _key_name(character: str) -> str:
    """Return textual's name of the key that types `character`: `question_mark`, but `a`."""
    from textual.keys import KEY_NAME_REPLACEMENTS

    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _checked(command: Command, texts: Sequence[str], sentences: list[str]) -> tuple[str, ...]:
    """Return the keys among `texts` that `command` can have, or its default ones if all are refused."""
    keys = []
    for text in filter(str.strip, texts):
        key = parse(text)
        if key is None:
            sentences.append(
                _("“{name}”: {key} is not a key").format(name=_(command.label), key=clean_line(text, 40))
            )
        elif key in _SAME:
            sentences.append(
                _("“{name}”: a terminal cannot tell {key} from {other}").format(
                    name=_(command.label), key=key_name(key), other=key_name(_SAME[key])
                )
            )
        elif command.place is not Place.TRANSCRIPT and _types(key):
            sentences.append(
                _("“{name}”: {key} is needed for typing; take it with Ctrl or Alt").format(
                    name=_(command.label), key=key_name(key)
                )
            )
        else:
            keys.append(key)
    if keys or not any(map(str.strip, texts)):
        return tuple(dict.fromkeys(keys))
    return command.keys


def _types(key: str) -> bool:
    """True if a key types a character, or is needed to type with."""
    from textual.keys import key_to_character

    return key in {"space", "backspace"} or bool(key_to_character(key))


def _part(chosen: dict[str, tuple[str, ...]], sentences: list[str]) -> None:
    """Leave each key to one command only, first of all to those in `chosen`."""
    owners: list[tuple[str, Command]] = []
    for command in sorted(COMMANDS, key=lambda command: command.name not in chosen):
        kept = []
        for key in chosen.get(command.name, command.keys):
            owner = next((o for k, o in owners if k == key and _meet(o, command)), None)
            if owner is None:
                owners.append((key, command))
                kept.append(key)
                continue
            sentences.append(
                _("{key} is “{owner}” now, no longer “{name}”").format(
                    key=key_name(key), owner=_(owner.label), name=_(command.label)
                )
                if command.name not in chosen
                else _("{key} is set for “{owner}” and for “{name}”: it is “{owner}”").format(
                    key=key_name(key), owner=_(owner.label), name=_(command.label)
                )
            )
        if tuple(kept) != chosen.get(command.name, command.keys):
            chosen[command.name] = tuple(kept)


def _meet(one: Command, other: Command) -> bool:
    """True if a press of the same key could mean both commands."""
    return one.place is other.place or one.place in PRIOR or other.place in PRIOR
