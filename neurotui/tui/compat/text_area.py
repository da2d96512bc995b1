"""Textual's text area, which survives to undo more than what is left of its text, and cuts no grapheme."""

from __future__ import annotations

from contextlib import suppress

from textual.document._document import Location
from textual.widgets import TextArea

from neurotui.tui.graphemes import beside, step_left, step_right


class CompatTextArea(TextArea):
    """The base of all that takes a text of many lines."""

    DEFAULT_CSS = """
    CompatTextArea .text-area--placeholder { color: $foreground-muted; }
    CompatTextArea:ansi .text-area--selection {
        color: $input-selection-foreground;
        background: $input-selection-background;
        text-style: none;
    }
    """

    def get_cursor_left_location(self) -> Location:
        row, column = self.cursor_location
        return (row, step_left(self.document[row], column)) if column else super().get_cursor_left_location()

    def get_cursor_right_location(self) -> Location:
        row, column = self.cursor_location
        line = self.document[row]
        return (row, step_right(line, column)) if column < len(line) else super().get_cursor_right_location()

    def clamp_visitable(self, location: Location) -> Location:
        """As textual's; and where a click, or the way up or down, would lead into a grapheme, behind it."""
        row, column = super().clamp_visitable(location)
        return row, beside(self.document[row], column)

    def _recompute_cursor_offset(self) -> None:
        # While textual undoes or redoes, a scrollbar that comes or goes has it look for the cursor, which may
        # still be behind the end of a text that has become shorter. It is put right afterwards.
        with suppress(ValueError):
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]
