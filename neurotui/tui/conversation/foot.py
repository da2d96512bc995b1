"""All that stands below the messages, in the column that these are in on a wide screen."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from neurotui.app.preferences import Preferences
from neurotui.tui.message_list.column import MARGIN, left_of_text


class Foot(Vertical):
    """The widgets below the messages. It knows their width, which the connection panel takes from."""

    DEFAULT_CSS = """
    Foot { height: auto; }
    """

    def __init__(self, preferences: Preferences, *widgets: Widget) -> None:
        super().__init__()
        self._preferences = preferences
        self._widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_resize(self, event: events.Resize) -> None:
        self.fit()

    def fit(self) -> None:
        """Put the widgets into the column of the text."""
        width = self.size.width + self.styles.padding.width
        self.styles.padding = (0, left_of_text(width, self._preferences.settings.text_width) - MARGIN)
