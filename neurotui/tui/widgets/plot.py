"""Small plots of blocks over time: from some columns for each second to many seconds in each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SPANS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Possible seconds per column, or between two labels."""
_STRETCHES = (4, 2, 1)
"""Possible columns per second."""
_SHORTEST = 10
"""Seconds for which there is always room, so that a plot does not change its scale at once."""
_LABEL_EVERY = 8
"""Least columns between two labels."""
_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Scale:
    """Mapping of seconds to the columns of a plot."""

    span: int
    """Seconds per span."""
    stretch: int
    """Columns per span."""

    @classmethod
    def of(cls, seconds: int, columns: int) -> Scale:
        """Return the scale at which `seconds` fit into `columns`."""
        for stretch in _STRETCHES:
            if max(seconds, _SHORTEST) * stretch <= columns:
                return cls(1, stretch)
        return cls(next((span for span in _SPANS if seconds <= span * columns), -(-seconds // columns)), 1)

    def sums(self, counts: Iterable[tuple[int, int]]) -> list[int]:
        """Sum up counts by second, given as (second, count), for each span."""
        found: dict[int, int] = {}
        for second, count in counts:
            found[second // self.span] = found.get(second // self.span, 0) + count
        return [found.get(number, 0) for number in range(max(found, default=-1) + 1)]

    def bars(self, values: Sequence[int], rows: int = 1) -> list[str]:
        """Return the rows of a bar chart `rows` high; a value above 0 is always visible."""
        most = max(values, default=0)
        eighths = [max(round(value / most * rows * 8), 1) if value else 0 for value in values]
        return [
            "".join(_BLOCKS[min(max(height - 8 * row, 0), 8)] * self.stretch for height in eighths)
            for row in reversed(range(rows))
        ]

    def dots(self, values: Sequence[int]) -> str:
        """Return a row with a dot for each value above 0."""
        return "".join(("•" if value else " ").ljust(self.stretch) for value in values)

    def ruler(self, seconds: int, columns: int, unit: str) -> str:
        """Return the axis under a plot, with labels up to `seconds` and `unit` after the last."""
        wide_enough = (step for step in _SPANS if self._column(step) >= _LABEL_EVERY)
        step = next(wide_enough, self.span * _LABEL_EVERY)
        line, label = "0", step
        while label <= seconds and self._column(label) + len(clock(label)) + 1 + len(unit) <= columns:
            line = line.ljust(self._column(label)) + clock(label)
            label += step
        return f"{line} {unit}" if label - step < 60 else line

    def _column(self, second: int) -> int:
        return second * self.stretch // self.span


def clock(seconds: int) -> str:
    """Return seconds as a label: 45, 1:30."""
    return str(seconds) if seconds < 60 else f"{seconds // 60}:{seconds % 60:02}"
