"""A text area for messages: it keeps keys in their order, and stays quick whatever is pasted.

A paste is text, whatever its content. A large one is folded to a sign, which is one character to the cursor
and to deletion; see `neurotui.app.folded_pastes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.widgets.text_area import Edit, EditResult, Location, Selection

from neurotui.app.folded_pastes import FoldedPastes
from neurotui.chat.text import clean
from neurotui.tui.widgets.key_order import do_at_once
from neurotui.tui.widgets.text_area import CompatTextArea

if TYPE_CHECKING:
    from rich.text import Text

_LARGE = 100_000
"""A paste of more characters takes a while to clean."""


class FoldingTextArea(CompatTextArea):
    """Text area whose large pastes are folded."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"folding-text-area--sign"}
    DEFAULT_CSS = """
    FoldingTextArea .folding-text-area--sign { color: $text-accent; background: $panel; }
    """

    def __init__(self, id: str | None = None) -> None:
        self.pastes = FoldedPastes()
        self.loading_text = False
        """True while the text is being replaced as a whole, and not by the user's keys."""
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor needs a timer that never rests

    @property
    def message(self) -> str:
        """The text with its pastes unfolded."""
        return self.pastes.unfold(self.text)

    def put(self, text: str) -> None:
        """Replace the text; move the cursor to the end."""
        self.loading_text = True
        self.load_text(self.pastes.fold(clean(text)))
        self.move_cursor(self.document.end)
        self.loading_text = False

    def rewrite(self, text: str) -> None:
        """Replace the text, as a change that can be undone; move the cursor to the end."""
        self.replace(self.pastes.fold(clean(text)), self.document.start, self.document.end)
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        await do_at_once(self, event)

    async def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        await self.paste(event.text)

    async def paste(self, text: str) -> None:
        """Insert a text from outside at the cursor; keys that are pressed meanwhile come after it."""
        # A large text is cleaned on a thread; meanwhile the loop goes on with everything else.
        pasted = await asyncio.to_thread(_pasted, text) if len(text) > _LARGE else _pasted(text)
        line = self.document.get_line(self.cursor_location[0])
        self.insert_here(self.pastes.fold(pasted, len(self.text), len(line)))

    def action_newline(self) -> None:
        self.insert_here("\n")

    def action_copy(self) -> None:
        if not self.selected_text:
            raise SkipAction
        self.app.copy_to_clipboard(self.pastes.unfold(self.selected_text))

    def action_cut(self) -> None:
        start, end = self.selection
        row, column = end
        if whole_line := start == end:
            start, end = (row, 0), (row + 1, 0)
        cut = self.delete(start, end, maintain_selection_offset=False)
        if whole_line:
            self.move_cursor_relative(columns=column, record_width=False)
        self.app.copy_to_clipboard(self.pastes.unfold(cut.replaced_text))

    def action_paste(self) -> None:
        self.post_message(events.Paste(self.app.clipboard))

    def action_cursor_text_start(self) -> None:
        self.move_cursor(self.document.start)

    def action_cursor_text_end(self) -> None:
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """Edit as textual does, but extend an edit that cuts a sign to the whole sign."""
        top, bottom = self._beside_sign(edit.top, -1), self._beside_sign(edit.bottom, 1)
        edit.from_location, edit.to_location = top, bottom
        return super().edit(edit)

    def _beside_sign(self, location: Location, direction: int) -> Location:
        """Return `location`; within a sign, the sign's start, or with `direction` 1 its end."""
        row, column = location
        if row < self.document.line_count:
            for start, end in self.pastes.spans(self.document.get_line(row)):
                if start < column < end:
                    return row, start if direction < 0 else end
        return location

    def watch_selection(self, before: Selection, after: Selection) -> None:
        """Move a cursor within a sign past it."""
        direction = -1 if after.end < before.end else 1
        if (beside := self._beside_sign(after.end, direction)) != after.end:
            self.selection = Selection(beside if after.is_empty else after.start, beside)

    def get_line(self, line_index: int) -> Text:
        """Return a line as textual does, with the signs in their own colour."""
        line = super().get_line(line_index)
        for start, end in self.pastes.spans(line.plain):
            line.stylize(self.get_component_rich_style("folding-text-area--sign"), start, end)
        return line


def _pasted(text: str) -> str:
    """Return a pasted text cleaned. Terminals paste CR for line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(clean(lines) for lines in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Yield whole lines, few enough for the event loop to get its turn while a thread cleans them."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _LARGE) + 1 or len(text)
        yield text[start:end]
        start = end
