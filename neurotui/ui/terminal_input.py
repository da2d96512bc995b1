"""What a terminal sends, made safe and quick before the app sees it: Escape, pastes, keys of other layouts.

A terminal sends bytes without marks between key presses. Four things follow, and these are the rules:

- *Escape* is one byte, and the first byte of every sequence too. Only silence after it tells them apart;
  how long to wait is the caller's to choose. What nothing can continue needs no silence: Alt+letter, an
  Escape before another one.
- *A paste in brackets* is one text up to its closing bracket, whatever is in it. Textual's parser takes an
  ESC in it for a key, and what follows for more of them; and it looks at each character in Python, which
  takes seconds for megabytes.
- *What is pasted may have a closing bracket in it*, and a return behind that would send the message. So a
  closing bracket that nothing opened ends the same paste once more, and a return close behind a bracket is
  a key only if nothing follows it.
- *A paste without brackets*, from a terminal that has none, would be keys: Enter among them. Hands, and
  programs that play hands, press Enter last: so a return with text behind it in one read is a paste, and so
  is more text in one read than hands can type.

Brackets and sequences may be cut anywhere between two reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

ESC = "\x1b"
SEQUENCE_SILENCE = 0.1
"""Seconds to wait for the rest of a sequence that is longer than the ESC, and so is no Escape."""
BURST = 48
"""So many characters in one read are a paste, even without a return among them."""
LONG_BURST = 1024
"""A paste of so many characters, or of several lines, may go on in the next read."""
BURST_GOES_ON = 0.05
"""Seconds within which it then does, and in which what was hidden behind a closing bracket follows it."""

_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_RETURN_WITHIN = re.compile(r"\r\s*\S")
_RETURN = re.compile(r"\r\n?")
_ENTER = re.compile(rf"\r|{ESC}\[(?:13|57414)[;:u]|{ESC}OM")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOTHING_CAN_FOLLOW = re.compile(rf"{ESC}[^{ESC}\[O]?\Z")
_META_ARROW = re.compile(rf"{ESC}{ESC}[\[O]([A-DFH])")
_ALTERNATE_KEYS = re.compile(
    r"(?P<open>\x1b\[)(?P<key>\d+):\d*(?::(?P<base>\d+))?(?P<rest>(?:;(?P<modifiers>\d*)[\d;:]*)?u)"
)
_SHIFT_AND_LOCKS = 0b11000001


class KeyParser(XTermParser):
    """Textual's parser, which also understands where a key lies, and survives what it does not understand."""

    @property
    def waiting(self) -> bool:
        """Whether a sequence has begun that is not whole."""
        return self._timeout_time is not None

    def expire(self) -> Iterable[Message]:
        """What has begun was all: the keys it is made of."""
        self._timeout_time = 0.0
        return self.tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        try:
            yield from super()._sequence_to_key_events(on_base_layout(sequence), alt)
        except (ValueError, OverflowError):
            return  # Numbers that are no characters: not a key.

    def parse_mouse_code(self, code: str) -> Message | None:
        if self.terminal_pixel_size is not None and not all(self.terminal_pixel_size):
            self.mouse_pixels = False  # The terminal does not know its pixels, so it counts cells.
        return super().parse_mouse_code(code)


class TerminalInput:
    """Text from a terminal to textual's messages: `feed` what was read, `end_wait` when no more has come."""

    def __init__(self) -> None:
        self._parser = KeyParser()
        self._held = ""
        """The beginning of a bracket, or of something else."""
        self._pasted: list[str] | None = None
        """What came since the opening bracket."""
        self._burst_until = 0.0
        self._closed_until = 0.0
        """Until when what comes may have been hidden behind a closing bracket."""

    def wait(self, escape_delay: float) -> float | None:
        """Seconds to wait for more before `end_wait`, `escape_delay` after a lone ESC; None: any time."""
        if self._pasted is not None:
            return None
        if self._held == ESC:
            return escape_delay
        return SEQUENCE_SILENCE if self._held or self._parser.waiting else None

    def end_wait(self) -> Iterator[Message]:
        """The messages of what was read, now that nothing followed."""
        held, self._held = self._held, ""
        yield from self._keys(held)
        if self._parser.waiting:
            yield from self._parser.expire()

    def feed(self, text: str, now: float) -> Iterator[Message]:
        """The messages of `text`, which was read at `now` (any clock, in seconds)."""
        if self._pasted is None and not self._held and _TEXT.fullmatch(text):
            pasted, text = self._burst(text, now)
            if pasted:
                yield _paste(pasted)
        text, self._held = self._held + text, ""
        if now < self._closed_until:
            self._closed_until = now + BURST_GOES_ON
        while text:
            if self._pasted is not None:
                before, found, text = text.partition(BRACKETED_PASTE_END)
                if not found:
                    self._held = _begun(BRACKETED_PASTE_END, before)
                    before = before.removesuffix(self._held)
                self._pasted.append(before)
                if found:
                    yield _paste("".join(self._pasted))
                    self._pasted = None
                    self._closed_until = now + BURST_GOES_ON
                continue
            before, found, text = text.partition(BRACKETED_PASTE_START)
            if now < self._closed_until:
                pasted, before = _hidden(before)
                if pasted:
                    yield _paste(pasted)
            if not found:
                self._held = (
                    before
                    if before == "\r" and now < self._closed_until
                    else _begun(BRACKETED_PASTE_START, before)
                )
                before = before.removesuffix(self._held)
            yield from self._keys(before)
            if found:
                self._pasted = []

    def _burst(self, text: str, now: float) -> tuple[str, str]:
        """Parts `text` in what is a paste without brackets and what are keys."""
        several_lines = bool(_RETURN_WITHIN.search(text))
        if several_lines or now < self._burst_until:
            pasted = text
        elif len(text) >= BURST:
            pasted = text.rstrip("\r")
        else:
            return "", text
        if several_lines or len(text) >= LONG_BURST or now < self._burst_until:
            self._burst_until = now + BURST_GOES_ON
        return pasted, text[len(pasted) :]

    def _keys(self, text: str) -> Iterator[Message]:
        if text:
            yield from self._parser.feed(_META_ARROW.sub(rf"{ESC}[1;3\1", text))
            if self._parser.waiting and _NOTHING_CAN_FOLLOW.search(text):
                yield from self._parser.expire()


def on_base_layout(sequence: str) -> str:
    """A key of the kitty protocol as textual's parser knows it: without the keys reported as alternatives.

    With Ctrl, Alt or Super held, a key that types no Latin letter becomes the one that lies there on a US
    keyboard, so that Ctrl+C is Ctrl+C in every language.
    https://sw.kovidgoyal.net/kitty/keyboard-protocol/#key-codes
    """
    if (match := _ALTERNATE_KEYS.fullmatch(sequence)) is None:
        return sequence
    key, base = match["key"], match["base"]
    modifiers = int(match["modifiers"] or 1) - 1
    if base and modifiers & ~_SHIFT_AND_LOCKS and int(key) > 0x7F:
        key = base
    return f"{match['open']}{key}{match['rest']}"


def _hidden(text: str) -> tuple[str, str]:
    """Parts what came behind a closing bracket in what was pasted with it, and what are keys."""
    pasted, bracket, keys = text.rpartition(BRACKETED_PASTE_END)
    if not bracket and text != "\r" and _ENTER.search(text):
        return text, ""
    return pasted, keys


def _begun(bracket: str, text: str) -> str:
    """The longest beginning of `bracket` that `text` ends with."""
    return next((bracket[:n] for n in range(len(bracket) - 1, 0, -1) if text.endswith(bracket[:n])), "")


def _paste(text: str) -> events.Paste:
    """A paste that cannot control a terminal: its control characters are pictures, its lines end in LF."""
    return events.Paste(_CONTROL.sub(_picture, _RETURN.sub("\n", text)))


def _picture(control: re.Match[str]) -> str:
    code = ord(control[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
