"""A terminal's input, made safe and quick before the app sees it: Escape, pastes, keys of other layouts.

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
  is more text in one read than hands can type, whatever else that read brings: a reply, the mouse.

Brackets and sequences may be cut anywhere between two reads, see `sequences`. What a terminal
replies, asked or unasked, is no key. A `Translator` decides what becomes of a key or a paste.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from neurotui.tui.terminal.sequences import CLOSING, ESC, OPENING, Sequences

T_co = TypeVar("T_co", covariant=True)

C1_OR_REPLACE = "neurotui.c1-or-replace"
"""Error handler for bytes from a terminal that are not UTF-8: `bytes.decode("utf-8", C1_OR_REPLACE)`."""
SEQUENCE_SILENCE = 0.1
"""Time to wait for the rest of a sequence that is longer than its ESC, and so is no Escape (seconds)."""
BURST = 48
"""Number of characters in one read that make a paste, even without a return among them."""
LONG_BURST = 1024
"""Number of characters from which on a paste may go on in the next read, like one of several lines."""
CR_LF = 0.05
"""Longest time between the two characters of an Enter that is CR LF (seconds)."""
BURST_GOES_ON = 0.05
"""Longest time until a burst goes on, or until text hidden behind a closing bracket follows it (seconds)."""

_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_RETURN_WITHIN = re.compile(r"\r\s*\S")
_RETURN = re.compile(r"\r\n?")
_ENTER = re.compile(rf"\r|{ESC}\[(?:(?:13|57414)[;:u]|27;\d*;13~)|{ESC}OM")
_ENTER_ALONE = re.compile(rf"\r|{ESC}\[13u")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHIFT_ENTER = re.compile(r"\\\r\n")
"""Shift+Enter as VS Code is set to send it by the extensions of other programs."""
_JOINERS = {"\u200c", "\u200d"}
_JOINED = re.compile("([^\\x00-\\x7f]*[\u200c\u200d][^\\x00-\\x7f]*)")
"""Text of an input method around a joiner."""
_MODIFY_OTHER_KEYS = re.compile(r"\x1b\[27;(\d+);(\d+)~")
_ALTERNATE_KEYS = re.compile(
    r"(?P<open>\x1b\[)(?P<key>\d+):\d*(?::(?P<base>\d+))?(?P<rest>(?:;(?P<modifiers>\d*)[\d;:]*)?u)"
)
_SHIFT_AND_LOCKS = 0b11000001
_KEYPAD = re.compile(r"\x1b\[(57399|5740\d|5741[01235-6])(?:;(\d*)(?:;(\d*))?)?u")
_KEYPAD_0 = 57399
_ON_KEYPAD = "0123456789./*-+\r=,"


class Translator(Protocol[T_co]):
    """Translation of keys and pastes into the caller's type; pastes are clean already."""

    def text(self, typed: str) -> Iterable[T_co]:
        """Translate typed characters."""

    def key(self, token: str) -> Iterable[T_co]:
        """Translate a key as `Sequences` cuts it; return nothing if it is not one."""

    def paste(self, text: str) -> T_co:
        """Translate a pasted text."""

    def shift_enter(self) -> T_co:
        """Translate Shift+Enter."""


class TerminalInput(Generic[T_co]):
    """Translated input: `feed` it with every read, and call `end_wait` when no more has come."""

    def __init__(self, translator: Translator[T_co], on_reply: Callable[[str], object] | None = None) -> None:
        """`on_reply` gets the terminal's replies."""
        self._translator = translator
        self._sequences = Sequences(on_reply)
        self._held = ""
        """The beginning of a closing bracket, or a return that may precede one."""
        self._pasted: list[str] | None = None
        """Text since the opening bracket; None outside of a paste."""
        self._burst_until = 0.0
        self._closed_until = 0.0
        """Time until which text may have been hidden behind a closing bracket."""
        self._returned_at = -1.0
        """Time of the last read that ended in a return."""

    def wait(self, escape_delay: float) -> float | None:
        """Return the time to wait for more before `end_wait` (seconds); None if nothing waits.

        After a lone ESC it is `escape_delay`.
        """
        if self._pasted is not None:
            return None
        if self._sequences.escape_waits:
            return escape_delay
        if self._held or self._sequences.waiting:
            return max(SEQUENCE_SILENCE, escape_delay)
        return None

    def end_wait(self) -> Iterator[T_co]:
        """Yield the translated keys that were waiting for more, now that nothing followed."""
        held, self._held = self._held, ""
        if held:
            yield from self._translator.key(held)
        for token in self._sequences.end_wait():
            yield from self._translator.key(token)

    def feed(self, text: str, now: float) -> Iterator[T_co]:
        """Yield the translation of `text`, which was read at `now` (any clock, in seconds)."""
        if not text:
            return  # A character has begun.
        if text == "\n" and self._pasted is None and now < self._returned_at + CR_LF:
            return  # Enter sent CR LF, and the link tore it.
        following: str | None = self._held + text
        self._held = ""
        if now < self._closed_until:
            self._closed_until = now + BURST_GOES_ON
        while following:
            if self._pasted is not None:
                before, found, following = following.partition(CLOSING)
                if not found:
                    self._held = _begun(CLOSING, before)
                    before = before.removesuffix(self._held)
                self._pasted.append(before)
                if found:
                    yield self._translator.paste(pasted_text("".join(self._pasted)))
                    self._pasted = None
                    self._closed_until = now + BURST_GOES_ON
                continue
            if now < self._closed_until:
                before, found, after = following.partition(OPENING)
                if not found and _ENTER_ALONE.fullmatch(before):
                    self._held = before
                    return
                pasted, before = _hidden(before)
                if pasted:
                    yield self._translator.paste(pasted_text(pasted))
                if before == "\r" and not found:
                    self._held = before
                    return
                following = before + found + after
            tokens, following = self._sequences.cut(following, now)
            for typed, run in groupby(tokens, lambda token: token[0] != ESC):
                if typed:  # as one: a reply between two of them is gone
                    yield from self._typed("".join(run), now)
                else:
                    for token in run:
                        yield from self._translator.key(token)
            if following is not None:
                self._pasted = []

    def _burst(self, text: str, now: float) -> tuple[str, str]:
        """Split `text` into a paste without brackets and keys."""
        several_lines = bool(_RETURN_WITHIN.search(_SHIFT_ENTER.sub("", text)))
        if several_lines or now < self._burst_until:
            pasted = text
        elif len(text) >= BURST:
            pasted = text.rstrip("\r")
        else:
            return "", text
        if several_lines or len(text) >= LONG_BURST or now < self._burst_until:
            self._burst_until = now + BURST_GOES_ON
        return pasted, text[len(pasted) :]

    def _typed(self, text: str, now: float) -> Iterator[T_co]:
        if _TEXT.fullmatch(text):
            pasted, text = self._burst(text, now)
            if pasted:
                yield self._translator.paste(pasted_text(pasted))
        if text.endswith("\r"):
            self._returned_at = now
        for number, line in enumerate(_SHIFT_ENTER.split(text)):
            if number:
                yield self._translator.shift_enter()
            for part in _JOINED.split(line.replace("\r\n", "\r")):
                if has_joiner(part):
                    yield self._translator.paste(pasted_text(part))
                elif part:  # to the parser an empty one is the end of all
                    yield from self._translator.text(part)


def _c1_or_replace(error: UnicodeError) -> tuple[str, int]:
    """Keep an 8-bit control character, which is not valid UTF-8 by itself; replace any other byte."""
    assert isinstance(error, UnicodeDecodeError)
    byte = error.object[error.start]
    return chr(byte) if 0x80 <= byte <= 0x9F else "\N{REPLACEMENT CHARACTER}", error.end


codecs.register_error(C1_OR_REPLACE, _c1_or_replace)


def as_kitty(sequence: str) -> str:
    """Return a key of xterm's modifyOtherKeys, or of the keypad, in the form of the kitty protocol.

    https://invisible-island.net/xterm/modified-keys.html
    """
    if match := _MODIFY_OTHER_KEYS.fullmatch(sequence):
        modifiers, code = match.groups()
        character = chr(int(code)) if len(code) < 7 else ""
        if character.isprintable() and int(modifiers) == 2:
            return f"{ESC}[{code};2;{code}u"
        if len(lower := character.lower()) == 1:
            return f"{ESC}[{ord(lower)};{modifiers}u"
    if match := _KEYPAD.fullmatch(sequence):
        code, modifiers, text = str(ord(_ON_KEYPAD[int(match[1]) - _KEYPAD_0])), match[2], match[3]
        typed = int(modifiers or 1) - 1 & ~_SHIFT_AND_LOCKS == 0
        return f"{ESC}[{code};{modifiers or 1};{text or code if typed else ''}".rstrip(";") + "u"
    return sequence


def on_base_layout(sequence: str) -> str:
    """Return a key of the kitty protocol as textual knows it, without the alternative keys reported with it.

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
    """Split the text behind a closing bracket into the rest of the paste and keys."""
    pasted, bracket, keys = text.rpartition(CLOSING)
    if not bracket and text != "\r" and _ENTER.search(text):
        return text, ""
    return pasted, keys


def _begun(bracket: str, text: str) -> str:
    """Return the longest beginning of `bracket` that `text` ends with."""
    return next((bracket[:n] for n in range(len(bracket) - 1, 0, -1) if text.endswith(bracket[:n])), "")


def has_joiner(text: str) -> bool:
    """True if `text` contains a joiner: textual's fields accept it from a paste, but not as a key."""
    return not _JOINERS.isdisjoint(text)


def pasted_text(text: str) -> str:
    """Make a paste unable to control a terminal: control characters as pictures, lines ending in LF."""
    return _CONTROL.sub(_picture, _RETURN.sub("\n", text))


def _picture(control: re.Match[str]) -> str:
    code = ord(control[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"
