"""A terminal's input in a form that textual's own parser can read safely.

It precedes that parser if `neurotui.tui.compat.key_parser` cannot be used. Pastes are in brackets again, with
nothing in them that could end one; Escape and Alt are sequences that can be told from others without waiting;
and sequences that textual would take for typed text, because it does not know them, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textual.constants import DISABLE_KITTY_KEY

from neurotui.tui.terminal.input import as_kitty, has_joiner, on_base_layout, pasted_text
from neurotui.tui.terminal.sequences import CLOSING, ESC, OPENING

_ESCAPE = ESC if DISABLE_KITTY_KEY else f"{ESC}[27u"
_SHIFT_ENTER = f"{ESC}[13;2u"
_ALT, _ALT_SHIFT = 3, 4
"""Modifiers as the kitty protocol counts them."""

_ALT_ALONE = "\x7f\tbf§0123456789-="
"""Characters that textual knows with Alt as keys of their own: a word to the left, Option on a Mac."""
_CHARACTER = re.compile(r"\x1b\[(\d{1,7})(?:;(\d*)(?:;([\d:]*))?)?u")
_OTHER = re.compile(
    r"""\x1b(?:
    \[1?[A-FHPQSZ~] | \[1;\d+[A-FHPQS] | \[1?R
    | \[(?:[1-8]|1[1-57-9]|2[0134]|57427)(?:;\d+)?~
    | \[(?:[35-8]|1[1-57-9]|2[0134-689]|3[1-4])\^ | \[(?:[378]|2[34])\$ | \[2[34]@
    | \[[a-d] | \[\[[A-E] | \[1;[5-8][p-tv-y]
    | O[A-DFHMP-Sa-djkm-y]
    | \[<\d+;-?\d+;-?\d+[Mm] | \[[IO] | \[\?2026;\d\$y
    )""",
    re.VERBOSE,
)
"""Keys that type nothing, reports of the mouse and the focus, and the reply on synchronized output."""
_KEYS_OF_OTHERS = {0, 9, 13, 27, *range(57358, 57364), *range(57376, 57427), *range(57428, 57455)}
_NO_CHARACTERS = (range(32), range(0xD800, 0xF900), range(0x110000, 10_000_000))


class SafeInput:
    """Translator of a terminal's input into text for textual's parser."""

    def text(self, typed: str) -> Iterator[str]:
        """Yield typed characters as they are."""
        yield typed

    def paste(self, text: str) -> str:
        """Return a pasted text in brackets."""
        return f"{OPENING}{text}{CLOSING}"

    def shift_enter(self) -> str:
        """Return Shift+Enter."""
        return _SHIFT_ENTER

    def key(self, token: str) -> Iterator[str]:
        """Yield a text, a key, or a whole sequence; nothing if textual would not understand it."""
        if token[0] != ESC:
            yield token
        elif token == ESC:
            yield _ESCAPE
        elif len(token) == 2:
            yield _with_alt(token[1])
        else:
            sequence = on_base_layout(as_kitty(token))
            if match := _CHARACTER.fullmatch(sequence):
                yield from self._character(sequence, int(match[1]), match[3] or "")
            elif _OTHER.fullmatch(sequence):
                yield sequence

    def _character(self, sequence: str, number: int, codes: str) -> Iterator[str]:
        """Yield a key that may type a text, given as `codes` separated by colons."""
        typed = [int(code) for code in codes.split(":") if code]
        if not _is_key(number) or any(any(code in those for those in _NO_CHARACTERS[1:]) for code in typed):
            return
        text = "".join(map(chr, typed))
        yield self.paste(pasted_text(text)) if has_joiner(text) else sequence


def _with_alt(character: str) -> str:
    if character in "\r\n":
        return f"{ESC}[13;{_ALT}u"
    if character in _ALT_ALONE or DISABLE_KITTY_KEY:
        return ESC + character
    if not character.isprintable():
        return character
    letter = character.lower() if len(character.lower()) == 1 else character
    return f"{ESC}[{ord(letter)};{_ALT_SHIFT if character.isupper() else _ALT}u"


def _is_key(number: int) -> bool:
    return number in _KEYS_OF_OTHERS or not any(number in those for those in _NO_CHARACTERS)
