"""Signs in the text of an input, each of which stands for something that is not shown there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Signs(Generic[T]):
    """What the signs of one input stand for. A sign is in square brackets."""

    def __init__(self) -> None:
        self._things: dict[str, T] = {}
        self._pattern: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self._things)

    def add(self, sign: str, thing: T) -> str:
        """Return the sign that stands for a thing from now on: this one, or a like one if it is taken."""
        body, number = sign.removesuffix("]"), 1
        while self._things.get(sign, thing) is not thing:
            number += 1
            sign = f"{body} ({number})]"
        self._things[sign] = thing
        longest_first = sorted(self._things, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return sign

    def items(self) -> Iterator[tuple[str, T]]:
        """Iterate over the signs and what they stand for."""
        return iter(self._things.items())

    def parts(self, text: str) -> Iterator[tuple[str, T | None]]:
        """Yield the parts of a text in their order: texts, and signs with what they stand for."""
        at = 0
        for start, end in self.spans(text):
            if start > at:
                yield text[at:start], None
            yield text[start:end], self._things[text[start:end]]
            at = end
        if at < len(text):
            yield text[at:], None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Iterate over the beginnings and ends of the signs in a text."""
        if self._pattern is None:
            return iter(())
        return (sign.span() for sign in self._pattern.finditer(text))

    def at(self, line: str, column: int) -> T | None:
        """Return what a sign stands for that begins at a column of a line; None if none does."""
        sign = self._pattern.match(line, column) if self._pattern is not None else None
        return self._things[sign[0]] if sign is not None else None

    def clear(self) -> None:
        """Forget all signs; they are text like any other then."""
        self._things.clear()
        self._pattern = None
