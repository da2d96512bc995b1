"""The lower edge of the input: a note, or else what the message will cost."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class LowerEdge:
    """Says something at the lower edge of a widget."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._estimate = ""
        self.noted = False
        """True while there is a note."""

    def note(self, text: str) -> None:
        """Say something; if that is nothing, what the message will cost."""
        self.noted = bool(text)
        shown = Content(text) if text else Content.styled(self._estimate, "$foreground-muted")
        self._widget.border_subtitle = shown

    def estimate(self, text: str) -> None:
        """Say what the message will cost, while there is no note."""
        is_new, self._estimate = text != self._estimate, text
        if is_new and not self.noted:
            self.note("")
