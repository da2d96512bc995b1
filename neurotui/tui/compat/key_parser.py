"""Keys and pastes as textual's messages, made by textual's own parser, which is private.

`neurotui.tui.terminal.safe_input`, which replaces it, is as safe, but textual then looks at each character of
a paste in Python, which takes seconds for megabytes, and polls for more ten times a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

from neurotui.tui.terminal.input import as_kitty, has_joiner, on_base_layout, pasted_text
from neurotui.tui.terminal.sequences import ESC

_KEY = re.compile(r"\x1b\[(\d*)[\d;:]*([u~A-HPQRS])")
_PRIVATE_USE = range(0xE000, 0xF900)


def supported() -> bool:
    """Return True if textual's parser has everything that this one relies on."""
    parser = XTermParser()
    return (
        {"_gen", "_awaiting", "_tokens", "mouse_pixels", "terminal_pixel_size"} <= vars(parser).keys()
        and parser._timeout_time is None
        and callable(parser.parse_mouse_code)
        and [key.key for key in parser._sequence_to_key_events("\x1b[A")] == ["up"]
        and "\x1bf" in ANSI_SEQUENCES_KEYS
        and FUNCTIONAL_KEYS.get("13u") == "enter"
    )


class KeyParser(XTermParser):
    """Translator of a terminal's input into messages, which survives sequences it does not know."""

    def text(self, typed: str) -> Iterable[Message]:
        """Return the keys of typed characters."""
        return self.feed(typed)

    def paste(self, text: str) -> Message:
        """Return the message of a pasted text."""
        return events.Paste(text)

    def shift_enter(self) -> Message:
        """Return the message of Shift+Enter."""
        return events.Key("shift+enter", None)

    def key(self, token: str) -> Iterator[Message]:
        """Return the messages of a text, a key, or a whole sequence, as `Sequences` cuts them."""
        if token[0] != ESC:
            yield from self.feed(token)
        elif token == ESC:
            yield events.Key("escape", ESC)
        elif len(token) == 2 and token not in ANSI_SEQUENCES_KEYS:
            yield from self._with_alt(token[1])
        elif keys := [*self._sequence_to_key_events(token)]:
            text = "".join(key.character or "" for key in keys)
            if has_joiner(text):
                yield self.paste(pasted_text(text))
            else:
                yield from (key for key in keys if key.key != Keys.Ignore)
        else:
            yield from self.feed(token)
            if self._timeout_time is not None:  # not understood, so it is waiting for more
                self._timeout_time = None
                self._gen = self.parse(self._tokens.append)
                self._awaiting = next(self._gen)

    def _with_alt(self, character: str) -> Iterator[Message]:
        if character in "\r\n":
            yield events.Key("alt+enter", None)
            return
        for key in self._sequence_to_key_events(character):
            if character.isprintable():
                shift = "shift+" if character.isupper() else ""
                yield events.Key(f"alt+{shift}{key.key.lower()}", None)
            else:
                yield key

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        sequence = on_base_layout(as_kitty(sequence))
        match = _KEY.fullmatch(sequence)
        if match and ((match[2] == "R" and ";" in sequence) or not _is_key(match[1], match[2])):
            return  # A report of the cursor's place, or no key.
        try:
            yield from super()._sequence_to_key_events(sequence, alt)
        except (ValueError, OverflowError):
            return  # Numbers of no character: not a key.

    def parse_mouse_code(self, code: str) -> Message | None:
        if self.terminal_pixel_size is not None and not all(self.terminal_pixel_size):
            self.mouse_pixels = False  # The terminal does not know its pixels, so it counts cells.
        return super().parse_mouse_code(code)


def _is_key(number: str, final: str) -> bool:
    """Return True if a sequence with this number and final character is a key, or types a character."""
    if f"{number or 1}{final}" in FUNCTIONAL_KEYS:
        return True
    if final != "u" or not 0 < len(number) < 8:
        return False
    return int(number) == 0 or (int(number) > 0x1F and int(number) not in _PRIVATE_USE)
