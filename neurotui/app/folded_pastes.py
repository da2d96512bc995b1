"""Large texts in the input, folded: a sign stands for each and is unfolded when the message is sent.

An input lays out its text again at each key: megabytes, or one line of many thousand characters, would make
it stall. A sign, such as `[paste 2: 5.2 MB, 80,000 lines]`, is deleted as one character.
"""

from __future__ import annotations

from collections.abc import Iterator

from neurotui.app.signs import Signs
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import data_size, number

LONGEST_TEXT = 10_000
"""A text of at most this many characters, coming at once, is shown as it is."""
LONGEST_LINE = 3_000
"""A line of this many characters can still be laid out within a frame at each key."""
LONGEST_INPUT = 40_000
"""The input may hold this many characters unfolded."""


class FoldedPastes:
    """The folded texts of one input."""

    def __init__(self) -> None:
        self._signs: Signs[str] = Signs()

    def fold(self, text: str, around: int = 0, line: int = 0) -> str:
        """Return what to put into the input for `text`: the text itself, or a sign.

        `around` is the number of characters already in the input, `line` the number on the same line.
        """
        small = (
            len(text) <= LONGEST_TEXT
            and len(text) + around <= LONGEST_INPUT
            and max(map(len, text.split("\n"))) + line <= LONGEST_LINE
        )
        return text if small else self._sign(text)

    def unfold(self, text: str) -> str:
        """Return `text` with its signs replaced by the texts they stand for."""
        return "".join(part if folded is None else folded for part, folded in self._signs.parts(text))

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """Iterate over the beginnings and ends of the signs in a line of the input."""
        return self._signs.spans(line)

    def clear(self) -> None:
        """Forget all texts; their signs are then text like any other."""
        self._signs.clear()

    def _sign(self, text: str) -> str:
        for sign, folded in self._signs.items():
            if folded == text:
                return sign
        lines = text.count("\n") + (not text.endswith("\n"))  # a final line end begins no line
        sign = _("[paste {n}: {size}, {lines}]").format(
            n=len(self._signs) + 1,
            size=data_size(len(text.encode())),
            lines=ngettext("{n} line", "{n} lines", lines).format(n=number(lines)),
        )
        return self._signs.add(sign, text)
