"""Textual's text area, which survives to undo more than what is left of its text."""

from __future__ import annotations

from contextlib import suppress

from textual.widgets import TextArea


class Area(TextArea):
    """The base of all that takes a text of many lines."""

    DEFAULT_CSS = """
    Area .text-area--placeholder { color: $foreground-muted; }
    Area:ansi .text-area--selection {
        color: $input-selection-foreground;
        background: $input-selection-background;
        text-style: none;
    }
    """

    def _recompute_cursor_offset(self) -> None:
        # While textual undoes or redoes, a scrollbar that comes or goes has it look for the cursor, which may
        # still be behind the end of a text that has become shorter. It is put right afterwards.
        with suppress(ValueError):
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]
