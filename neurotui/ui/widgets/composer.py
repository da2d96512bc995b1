"""The input: many lines, growing with the text; Enter sends, history lies at its upper edge."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from neurotui.chat.text import clean
from neurotui.i18n import _
from neurotui.ui.commands import Place, bindings


class Composer(TextArea):
    """A multi-line input. Posts `Submitted` when a message is to be sent."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.INPUT)]

    class Submitted(Message):
        """The user wants `text` to be sent."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor is a timer that never rests
        self._history: list[str] = []
        self._history_index = 0
        self._draft = ""

    def on_mount(self) -> None:
        self.retranslate()

    def retranslate(self) -> None:
        """Takes over the language in use."""
        self.placeholder = _("Message")

    def remember(self, prompts: list[str]) -> None:
        """Takes the prompts, oldest first, that the arrow keys bring back."""
        self._history = prompts
        self._history_index = len(prompts)

    def bring_back(self, text: str) -> None:
        """Puts a prompt back that was not answered, unless something new stands here already."""
        if not self.text.strip():
            self.text = text
            self.move_cursor(self.document.end)

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.prevent_default()  # the text area would break the line; the binding sends

    def on_paste(self, event: events.Paste) -> None:
        # What a terminal pastes has CR for line ends, and may carry what could steer a terminal.
        event.prevent_default()
        self._replace_via_keyboard(
            clean(event.text.replace("\r\n", "\n").replace("\r", "\n")), *self.selection
        )

    def action_send(self) -> None:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if line[:column].endswith("\\"):
            self.replace("\n", (row, column - 1), (row, column))
        elif text := self.text.strip():
            self.post_message(self.Submitted(text))

    def action_newline(self) -> None:
        self._replace_via_keyboard("\n", *self.selection)

    def accept(self, text: str) -> None:
        """The message was taken: empties the input and remembers the prompt."""
        if not self._history or self._history[-1] != text:
            self._history.append(text)
        self._history_index = len(self._history)
        self.clear()

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and self.cursor_at_first_line and self._history_index > 0:
            self._recall(self._history_index - 1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self.cursor_at_last_line and self._history_index < len(self._history):
            self._recall(self._history_index + 1)
        else:
            super().action_cursor_down(select)

    def _recall(self, index: int) -> None:
        if self._history_index == len(self._history):
            self._draft = self.text
        self._history_index = index
        self.text = self._history[index] if index < len(self._history) else self._draft
        self.move_cursor(self.document.end)
