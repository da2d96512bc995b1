"""JSON of any length, of which only a part is in memory: a window moves over it.

What is in the window is read by the decoder of the standard library: no streaming one is faster, and it
reads what archives hold (a byte order mark, NaN, tabs in strings, halves of surrogate pairs). It does not
tell a value that is wrong from one that is not all there, but says where it gave up: near the end of the
window, or in a string that has no end, more may follow. Then the window is made twice as long, so that a
value costs at most twice what it would in one piece.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator

CHUNK = 1 << 18
"""Bytes read at once."""
LONGEST = 1 << 26
"""Characters of one value: the longest answer that a server may give."""
_MARGIN = 16
"""Characters from the end within which a value may be cut: no escape, literal or exponent is longer."""

_BLANKS = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder(strict=False)


class Malformed(ValueError):
    """Here is no JSON, or not all of it."""


class TooLong(Malformed):
    """A value is longer than it may be."""


class Window:
    """A text that is read piece by piece; `at` is the place in `text` that is looked at."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """`read` returns at most so many bytes, none at the end."""
        self.text = ""
        self.at = 0
        self.offset = 0
        """Number of characters that were before `text`."""
        self.ended = False
        """True if nothing follows `text`."""
        self.misspelt = False
        """True if some bytes were no text in the encoding of the rest."""
        self._read = read
        self._decode: codecs.IncrementalDecoder | None = None
        self._encoding = ""

    def more(self) -> bool:
        """Makes the rest of the window at least twice as long; false at the end."""
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
        """The next character that is no blank, which is then looked at; empty at the end."""
        while True:
            match = _BLANKS.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self, longest: int = LONGEST) -> object:
        """Reads the value that begins here. Raises Malformed, and TooLong, and stays where it is then."""
        while True:
            try:
                value, end = _decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    raise Malformed from None
            except (ValueError, RecursionError):  # too many digits, or too deep
                raise Malformed from None
            else:
                # A number at the end of the window may have more digits.
                if self.ended or isinstance(value, str | dict | list) or end < len(self.text) - _MARGIN:
                    self.at = end
                    return value
            if len(self.text) - self.at > longest:
                raise TooLong
            self.more()

    def elements(self) -> Iterator[None]:
        """Stops at each element of the list that begins here; whoever iterates reads it. Raises Malformed."""
        yield from self._parts("]")

    def members(self) -> Iterator[str]:
        """The names in the object that begins here, at the value of each. Raises Malformed."""
        for _part in self._parts("}"):
            if self.peek() != '"':
                raise Malformed
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
            raise Malformed
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
