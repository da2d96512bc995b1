"""A stack of messages and a window on it: the lines in the window are laid out, the rest is estimated.

A line of the conversation is known by its `Anchor`: the message, the part of it, the line of the part. The
heights of messages that were not laid out yet are estimates, so the number of a line, counted from the top,
changes when something above is laid out; its anchor does not. The window therefore hangs on the anchor of its
top line, or, as long as the reader has not scrolled away, on the end.
"""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from neurotui.markdown.layout import readable
from neurotui.markdown.wrap import LaidOutLine
from neurotui.tui.message_list.heights import HeightIndex
from neurotui.tui.message_list.message_view import MessageView

BUDGET = 0.012
"""Longest time for which the event loop is kept from other work (seconds)."""


class Anchor(NamedTuple):
    """Position of a line of the conversation, independent of the heights above it."""

    view: int = 0
    part: int = 0
    line: int = 0


class _Pinned(NamedTuple):
    """The message at the top of the window, as it was stacked when the window was moved there."""

    view: MessageView
    raw: bool
    text_at: int
    offset: int
    """Number of its lines above the window."""
    height: int


class Viewport:
    """The messages from the first to the last, and the window on them."""

    def __init__(self) -> None:
        self.views: list[MessageView] = []
        self.heights = HeightIndex()
        self.column = 20
        """Width of lines (cells)."""
        self.rows = 0
        """Height of the window (lines); 0 as long as its size is not known."""
        self._top = Anchor()
        self._topped: _Pinned | None = None
        self.at_end = True
        """True if the window stays at the end while more comes in."""
        self.stays = False
        """True if the window is at the end now, and stays with its lines when more comes in."""

    def restack(self) -> None:
        """Measure all messages again."""
        width, cells = self.column, readable(self.column)
        self.heights = HeightIndex(
            view.resize(width) if view.parts else view.estimate(cells) for view in self.views
        )

    @property
    def top(self) -> Anchor:
        """The place of the window's first line."""
        return self._top

    @top.setter
    def top(self, place: Anchor) -> None:
        self._top = place
        if place.view < len(self.views):
            view, height = self.views[place.view], self.heights[place.view]
            offset = self.y_of(place) - self.heights.top(place.view)
            self._topped = _Pinned(view, view.raw, view.text_at, offset, height)
        else:
            self._topped = None

    # Positions

    def index_of(self, message_id: str) -> int | None:
        """Return the index of a message; None if it is not shown."""
        indices = range(len(self.views) - 1, -1, -1)  # most often the last one is asked for
        return next((index for index in indices if self.views[index].message.id == message_id), None)

    def place_at(self, y: int) -> Anchor:
        """Return the place of the line `y`, counted from the top of the conversation."""
        if not self.views:
            return Anchor()
        index = self.heights.at(y)
        view = self.views[index]
        y -= self.heights.top(index)
        if not view.parts:
            return Anchor(index, 0, y)
        part = view.heights.at(y)
        return Anchor(index, part, y - view.heights.top(part))

    def y_of(self, place: Anchor) -> int:
        """Return the number of the line that is at a place now, counted from the top of the conversation."""
        if place.view >= len(self.views):
            return self.heights.total
        y = self.heights.top(place.view)
        heights = self.views[place.view].heights
        if not len(heights):
            return y + place.line
        part = min(place.part, len(heights) - 1)
        return y + heights.top(part) + min(place.line, heights[part])

    def line_at(self, place: Anchor) -> LaidOutLine | None:
        """Return the line at a place; None if it is not laid out."""
        if place.view >= len(self.views):
            return None
        parts = self.views[place.view].parts
        if place.part >= len(parts) or not parts[place.part].exact(self.column):
            return None
        part = parts[place.part]
        return part.line(place.line) if place.line < part.lay_out(self.column) else None

    def window(self) -> list[tuple[int, LaidOutLine | None]]:
        """Return the lines in the window, None for one not laid out, each with the index of its message."""
        lines: list[tuple[int, LaidOutLine | None]] = []
        index, number, at = self.top
        while len(lines) < self.rows and index < len(self.views):
            parts = self.views[index].parts
            if not parts:
                lines += [(index, None)] * min(self.heights[index] - at, self.rows - len(lines))
            for part in parts[number:]:
                if not part.exact(self.column):
                    break
                until = min(part.lay_out(self.column), at + self.rows - len(lines))
                lines += [(index, part.line(line)) for line in range(at, until)]
                at = 0
                if len(lines) >= self.rows:
                    break
            index, number, at = index + 1, 0, 0
        return lines

    # Laying out

    def settle(self) -> bool:
        """Lay out the window and a page around it, and place the window; return False if time ran out."""
        until = monotonic() + BUDGET
        if self.at_end:
            done = self._lay_out_above(Anchor(len(self.views)), 2 * self.rows, until)
            y = self.heights.total - self.rows
        else:
            if not self._find_top(until):
                return False
            done = self._lay_out_below(self.top, 2 * self.rows, until)
            done &= self._lay_out_above(self.top, self.rows, until)
            y, last = self.y_of(self.top), self.heights.total - self.rows
            self.stays &= y >= last
            self.at_end = done and y >= last and not self.stays
            y = min(y, last)
        self.top = self.place_at(max(0, y))
        return done

    def _find_top(self, until: float) -> bool:
        """Find the top line again after its message was stacked differently.

        Return False if more of the message has to be read first.
        """
        place, was = self._top, self._topped
        if was is None or place.view >= len(self.views) or self.views[place.view] is not was.view:
            self.top = Anchor(min(place.view, len(self.views)))
            return True
        self.read(place.view, until)
        view, moved = was.view, was.view.text_at - was.text_at
        other = view.raw is not was.raw or not was.text_at
        if view.reading and (other or place.part >= view.text_end):
            return False
        if other:
            line = was.offset * self.heights[place.view] // max(1, was.height)
            self.top = self.place_at(self.heights.top(place.view) + line)
        elif place.part >= was.text_at:
            part = min(place.part + moved, len(view.parts) - 1)
            self.top = Anchor(place.view, part, place.line)
        elif moved < 0:
            self.top = Anchor(place.view)
        return True

    def read(self, index: int, until: float) -> bool:
        """Read the rest of a message; return False if time ran out before its end."""
        view = self.views[index]
        if view.reading or (not view.parts and monotonic() < until):
            view.read(self.column, until)
        self.heights[index] = view.resize(self.column)
        return bool(view.parts) and not view.reading

    def lay_out(self, index: int, part: int) -> int:
        """Lay out a part of a message; return its height."""
        view = self.views[index]
        height = view.parts[part].lay_out(self.column)
        if view.heights[part] != height:
            view.heights[part] = height
            self.heights[index] = view.heights.total
        return height

    def _lay_out_below(self, place: Anchor, rows: int, until: float) -> bool:
        done = True
        index, part, rows = place.view, place.part, rows + place.line
        while index < len(self.views) and rows > 0:
            done &= self.read(index, until)
            parts = self.views[index].parts
            if not parts:
                return False
            for number in range(part, len(parts)):
                if rows <= 0:
                    break
                rows -= self.lay_out(index, number)
            index, part = index + 1, 0
        return done

    def _lay_out_above(self, place: Anchor, rows: int, until: float) -> bool:
        done = True
        index, part = place.view, place.part
        while rows > 0:
            while part == 0:
                if index == 0:
                    return done
                index -= 1
                done &= self.read(index, until)
                part = len(self.views[index].parts)
                if not part:
                    return False
            part -= 1
            rows -= self.lay_out(index, part)
        return done
