"""JSON of any length with only a part in memory: a window moves over it.

The window is parsed by the standard library's decoder: no streaming parser is faster, and it accepts what is
found in archives (a byte order mark, NaN, tabs in strings, halves of surrogate pairs). It does not tell an
invalid value from an incomplete one, but says where it gave up: near the end of the window, or in a string
without an end, more may follow. Then the window is doubled, so that a value costs at most twice what it would
in one piece.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator

CHUNK = 1 << 18
"""Bytes read at a time."""
LONGEST = 1 << 26
"""Most characters of one value: the longest answer accepted from a server."""
_MARGIN = 16
"""A value that ends this near to the end may be cut: no escape, literal or exponent has more characters."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder(strict=False)


class MalformedJSON(ValueError):
    """There is no JSON here, or not all of it."""


class TooLong(MalformedJSON):
    """A value is longer than allowed."""


class Window:
    """A text read piece by piece; `at` is the current index in `text`."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """`read(n)` returns at most n bytes, none at the end."""
        self.text = ""
        self.at = 0
        self.offset = 0
        """Number of characters before `text`."""
        self.ended = False
        """True if nothing follows `text`."""
        self.misspelt = False
        """True if some bytes were not valid in the encoding of the file."""
        self._read = read
        self._decode: codecs.IncrementalDecoder | None = None
        self._encoding = ""

    def more(self) -> bool:
        """Make the rest of the window at least twice as long; return False at the end."""
        wanted = max(CHUNK, len(self.text) - self.at)
        pieces = [self.text[self.at :]]
        while wanted > 0 and not self.ended:
            content = self._read(CHUNK)
            self.ended = not content
            piece = self._decoded(content)
            pieces.append(piece)
            wanted -= len(piece)
        self.offset += self.at
        self.text, self.at = "".join(pieces), 0
        return len(self.text) > len(pieces[0])

    def peek(self) -> str:
        """Move to the next character that is not blank and return it; empty at the end."""
        while True:
            match = _BLANKS.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self, longest: int = LONGEST) -> object:
        """Read the value that begins here. Raises MalformedJSON or TooLong, and then does not move."""
        while True:
            try:
                value, end = _decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise MalformedJSON from None
            except (ValueError, RecursionError):  # too many digits, or too deep
                raise MalformedJSON from None
            else:
                # A number at the end of the window may have more digits.
                if self.ended or isinstance(value, str | dict | list) or end < len(self.text) - _MARGIN:
                    self.at = end
                    return value
            if len(self.text) - self.at > longest:
                raise TooLong
            self.more()

    def elements(self) -> Iterator[None]:
        """Stop at each element of the list that begins here, for the caller to read. Raises MalformedJSON."""
        yield from self._parts("]")

    def members(self) -> Iterator[str]:
        """Yield each name in the object that begins here; stop at its value. Raises MalformedJSON."""
        for _part in self._parts("}"):
            if self.peek() != '"':
                raise MalformedJSON
            name = self.value()
            self._take(":")
            yield str(name)

    def _parts(self, end: str) -> Iterator[None]:
        self.at += 1
        if self.peek() == end:
            self.at += 1
            return
        while True:
            self.peek()
            yield
            if self.peek() == end:
                self.at += 1
                return
            self._take(",")

    def _take(self, sign: str) -> None:
        if self.peek() != sign:
            raise MalformedJSON
        self.at += 1
        self.peek()

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        near_the_end = error.pos >= len(self.text) - _MARGIN
        return not self.ended and (near_the_end or error.msg.startswith("Unterminated string"))

    def _decoded(self, content: bytes) -> str:
        if self._decode is None:
            self._encoding = json.detect_encoding(content)
            self._decode = codecs.getincrementaldecoder(self._encoding)()
        before = self._decode.getstate()
        try:
            return self._decode.decode(content, not content)
        except UnicodeDecodeError:
            self.misspelt = True
            self._decode = codecs.getincrementaldecoder(self._encoding)("replace")
            self._decode.setstate(before)
            return self._decode.decode(content, not content)
