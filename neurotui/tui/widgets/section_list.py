"""A list in sections: some rows are headings, and an entry may have two rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from textual.content import Content
from textual.geometry import Region

from neurotui.tui.widgets.pick_list import PickList


class SectionList(PickList):
    """List in which not all rows can be picked. `cursor` and the picked index are first rows of entries."""

    def __init__(self, picked: Callable[[int], None], id: str | None = None) -> None:
        super().__init__(picked, id=id)
        self._entries: Sequence[int] = ()
        self._tall_from = 0

    def show_sections(
        self,
        count: int,
        row: Callable[[int, int], Content],
        entries: Sequence[int],
        *,
        tall_from: int,
        cursor: int = 0,
    ) -> None:
        """Show `count` rows. `entries` holds the first rows of entries; from `tall_from` on each has two."""
        self._entries, self._tall_from = entries, tall_from
        self.show(count, row, cursor)

    def pick(self) -> None:
        if self._entries:
            super().pick()

    def move(self, rows: int) -> None:
        if self._entries and abs(rows) == 1:
            at = bisect_left(self._entries, self.cursor) + rows
            self.cursor = self._entries[at % len(self._entries)]
        else:
            self.cursor += rows

    def validate_cursor(self, cursor: int) -> int:
        return self._entries[max(0, bisect_right(self._entries, cursor) - 1)] if self._entries else 0

    def _show_cursor(self) -> None:
        top, bottom = self.cursor, self.cursor + self._height(self.cursor)
        if top and self._entry_at(top - 1) is None:
            top -= 1  # the heading is seen with the first entry under it
        self.scroll_to_region(Region(0, top, 1, bottom - top), animate=False, force=True)

    def _entry_at(self, row: int) -> int | None:
        at = bisect_right(self._entries, row) - 1
        if at < 0 or row >= self._entries[at] + self._height(self._entries[at]):
            return None
        return self._entries[at]

    def _height(self, entry: int) -> int:
        return 2 if entry >= self._tall_from else 1
