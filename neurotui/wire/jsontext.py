"""Reading JSON from outside, whatever it holds."""

from __future__ import annotations

import json
import re

_BLANKS = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'["{}\[\]]')
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)

_decoder = json.JSONDecoder(strict=False)
"""Not strict: a tab that a careless server leaves unescaped in a string is text all the same."""


def read_json(text: str) -> object:
    """The value of `text`; raises ValueError for all that is no JSON, nests too deeply or counts too far."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


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
                mark = _MARK.search(text, at)
                if mark is None:
                    return
                at = mark.end()
                if mark[0] == '"':
                    self.in_string = True
                else:
                    self._depth += 1 if mark[0] in "{[" else -1
