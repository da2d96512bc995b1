"""Reading JSON from outside, whatever it holds."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress

_BLANKS = re.compile(r"[ \t\r\n]*")
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)

_decoder = json.JSONDecoder(strict=False)
"""Not strict: a tab that a careless server leaves unescaped in a string is text all the same."""


LONG = 1 << 20
"""Characters of a text from which on its long strings are taken out before it is read: they are pictures."""
_LONG_STRING = 1 << 16
_NAME = os.urandom(8).hex()
"""Begins what stands for a string that was taken out; no server can know it."""


def read_json(text: str) -> object:
    """The value of `text`; raises ValueError for all that is no JSON, nests too deeply or counts too far."""
    taken: dict[str, str] = {}
    if len(text) > LONG:
        text, taken = take_out(text)
    try:
        value = _decoder.decode(text)
        return _put_back(value, taken) if taken else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def take_out(text: str) -> tuple[str, dict[str, str]]:
    """Return JSON with names in the place of its long strings, and the strings by their names.

    They are found by searching for quotes, with gaps. The decoder would look at each character by itself, and
    hold up all threads meanwhile: 50 ms for 20 MB. One with escapes stays: that is no picture.
    """
    taken: dict[str, str] = {}
    pieces, done, look_at = [], 0, _LONG_STRING
    while (end := text.find('"', look_at)) >= 0:
        begin = text.rfind('"', done, look_at)
        if (
            begin > 0
            and end - begin > _LONG_STRING
            and text[begin + 1].isalnum()  # so it is within a string: nothing such may follow the end of one
            and text[begin - 1] != "\\"
            and text.find("\\", begin, end) < 0
        ):
            name = f"{_NAME}{len(taken)}"
            taken[name] = text[begin + 1 : end]
            pieces += [text[done : begin + 1], name]
            done = end
        look_at = end + _LONG_STRING
    return "".join([*pieces, text[done:]]), taken


def _put_back(value: object, taken: dict[str, str]) -> object:
    if isinstance(value, str):
        return taken.get(value, value)
    if isinstance(value, list):
        return [_put_back(each, taken) for each in value]
    if isinstance(value, dict):
        return {taken.get(name, name): _put_back(each, taken) for name, each in value.items()}
    return value


def write_json(value: object) -> str:
    """`value`, which was read from JSON, as JSON; empty where it nests too deeply to be written again."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def read_documents(text: str, start: int = 0) -> tuple[list[object], int]:
    """Return the objects and lists that follow each other in `text`, and the position after the last one.

    Blanks and line ends may stand between them. The position is `start` where none begins there.
    """
    if len(text) > LONG and not start:
        with suppress(ValueError):  # one alone is the usual case, and read without its pictures
            if isinstance(value := read_json(text), dict | list):
                return [value], len(text.rstrip(" \t\r\n"))
    values: list[object] = []
    end = start
    while (begin := after_blanks(text, end)) < len(text) and text[begin] in "{[":
        try:
            value, end = _decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            break
        values.append(value)
    return values, end


def is_json_document(text: str) -> bool:
    """True if `text` is an object or a list, or several of them, and nothing else."""
    values, end = read_documents(text)
    return bool(values) and after_blanks(text, end) == len(text)


def after_blanks(text: str, start: int) -> int:
    """Return the position of the first character from `start` on that is no blank of JSON."""
    blanks = _BLANKS.match(text, start)
    return blanks.end() if blanks else start


class OpenJson:
    """Follows a JSON text that comes in pieces: which of its brackets and strings are still open. Linear."""

    def __init__(self) -> None:
        self.in_string = False
        self._depth = 0

    @property
    def is_open(self) -> bool:
        """True if the text cannot be complete yet."""
        return self.in_string or self._depth > 0

    def feed(self, text: str) -> None:
        """Take the next piece, which must not begin within an escape."""
        at = 0
        while at < len(text):
            if self.in_string:
                rest = _REST_OF_STRING.match(text, at)
                if rest is None:
                    return
                self.in_string, at = False, rest.end()
            else:
                quote = text.find('"', at)
                end = len(text) if quote < 0 else quote
                for opening, closing in ("{}", "[]"):
                    self._depth += text.count(opening, at, end) - text.count(closing, at, end)
                self.in_string, at = quote >= 0, end + 1
