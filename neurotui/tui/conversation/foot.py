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
    Foot, Foot > Vertical { height: auto; }
    """

    def __init__(self, preferences: Preferences, *widgets: Widget) -> None:
        """The last of the widgets may be wider than the column, to the right."""
        super().__init__()
        self._preferences = preferences
        *widgets_of_column, self._last = widgets
        self._column = Vertical(*widgets_of_column)

    def compose(self) -> ComposeResult:
        yield self._column
        yield self._last

    def on_mount(self) -> None:
        self._fit_to(self.app.size.width)  # else all would be laid out twice at the start

    def on_resize(self, event: events.Resize) -> None:
        self.fit()

    def fit(self) -> None:
        """Put the widgets into the column of the text."""
        self._fit_to(self.size.width + self.styles.padding.width)

    def _fit_to(self, width: int) -> None:
        aside = left_of_text(width, self._preferences.settings.text_width) - MARGIN
        self.styles.padding, self._column.styles.padding = (0, 0, 0, aside), (0, aside, 0, 0)
