"""Index of a stack of items with heights: where each begins, and which one is at a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class HeightIndex:
    """Heights in lines, from the top. A change costs what lies below it; one at the end costs nothing."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._tops = [0]  # of the items from the top on, as far as they are known

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    def __setitem__(self, index: int, height: int) -> None:
        if self._heights[index] != height:
            self._heights[index] = height
            del self._tops[index + 1 :]

    def replace(self, index: int, heights: Iterable[int]) -> None:
        """Replace all heights from `index` on."""
        self._heights[index:] = heights
        del self._tops[index + 1 :]

    def top(self, index: int) -> int:
        """Return the line at which the item at `index` begins; for the number of items, the total."""
        known = len(self._tops) - 1
        if index > known:
            self._tops += accumulate(self._heights[known:], initial=self._tops.pop())
        return self._tops[index]

    @property
    def total(self) -> int:
        """The height of the whole stack."""
        return self.top(len(self._heights))

    def at(self, line: int) -> int:
        """Return the index of the item at `line`, or of the nearest one if the line is outside the stack."""
        self.top(len(self._heights))
        return min(max(0, bisect_right(self._tops, line) - 1), len(self._heights) - 1)
