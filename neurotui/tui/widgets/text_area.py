"""Textual's text area, which survives to undo more than what is left of its text, and cuts no grapheme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Location, Selection

from neurotui.tui.graphemes import beside, step_left, step_right


class NothingToUndo(Message):
    """Undo was asked for, and there was nothing to undo."""


class CompatTextArea(TextArea):
    """The base of all that takes a text of many lines."""

    DEFAULT_CSS = """
    CompatTextArea .text-area--placeholder { color: $foreground-muted; }
    CompatTextArea:light .text-area--cursor {
        color: $input-cursor-foreground;
        background: $input-cursor-background;
    }
    CompatTextArea:ansi .text-area--selection {
        color: $input-selection-foreground;
        background: $input-selection-background;
        text-style: none;
    }
    """

    def insert_here(self, text: str) -> None:
        """Put `text` in place of what is selected, and the cursor behind it."""
        self.replace(text, *self.selection, maintain_selection_offset=False)

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

    def undo(self) -> None:
        before = self.text
        with self._cursor_at_start():
            super().undo()
        if self.text == before:
            self.post_message(NothingToUndo())

    def redo(self) -> None:
        with self._cursor_at_start():
            super().redo()

    @contextmanager
    def _cursor_at_start(self) -> Iterator[None]:
        """Keep the cursor within the text while it changes, which puts it in its place afterwards.

        A scrollbar that comes or goes meanwhile has textual look for the cursor, and it ends with an error if
        that is still behind the end of a text that has become shorter.
        """
        before, text = self.selection, self.text
        self.set_reactive(TextArea.selection, Selection())
        yield
        if self.text == text:
            self.set_reactive(TextArea.selection, before)
        self.scroll_cursor_visible()
