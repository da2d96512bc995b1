"""Where the column of the text is: at the left, and on a wide screen in the middle."""

from __future__ import annotations

MARGIN = 2
"""Cells on both sides: the cursor's bar is drawn in the left one, the scrollbar stands in the right one."""
CENTRED_FROM = 131
"""Width from which on the column is in the middle (cells)."""


def left_of_text(width: int, text_width: int) -> int:
    """Return the cells before a text of `text_width` cells in a view that is `width` cells wide."""
    return max(MARGIN, (width - text_width) // 2) if width >= CENTRED_FROM else MARGIN
