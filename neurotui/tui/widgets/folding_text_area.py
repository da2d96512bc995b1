"""A text area for messages: it keeps keys in their order, and stays quick whatever is pasted.

A paste is text, whatever is in it. A large one is folded to a sign, which is one character to the cursor and
to deletion; see `neurotui.app.folded_pastes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.actions import SkipAction
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit

from neurotui.app.folded_pastes import FoldedPastes
from neurotui.chat.text import clean
from neurotui.tui.compat.key_order import do_at_once
from neurotui.tui.compat.text_area import CompatTextArea

if TYPE_CHECKING:
    from rich.text import Text

_LARGE = 100_000
"""Characters of a paste that take a while to clean."""


class FoldingTextArea(CompatTextArea):
    """What is written, with its large parts folded."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--sign"}
    DEFAULT_CSS = """
    FoldingTextArea .sheet--sign { color: $text-accent; background: $panel; }
    """

    def __init__(self, id: str | None = None) -> None:
        self.pastes = FoldedPastes()
        self.loading_text = False
        """Whether the text is being replaced as a whole, and not by the user's keys."""
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor is a timer that never rests

    @property
    def message(self) -> str:
        """What stands here, unfolded."""
        return self.pastes.unfold(self.text)

    def put(self, text: str) -> None:
        """Replaces what stands here; the cursor is at the end."""
        self.loading_text = True
        self.load_text(self.pastes.fold(clean(text)))
        self.move_cursor(self.document.end)
        self.loading_text = False

    def rewrite(self, text: str) -> None:
        """The same as a change that can be undone."""
        self.replace(self.pastes.fold(clean(text)), self.document.start, self.document.end)
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        await do_at_once(self, event)

    async def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        await self.paste(event.text)

    async def paste(self, text: str) -> None:
        """Puts a text from outside where the cursor is; keys that are pressed meanwhile come after it."""
        # A large one is cleaned beside the loop, which meanwhile goes on with all else.
        pasted = await asyncio.to_thread(_pasted, text) if len(text) > _LARGE else _pasted(text)
        line = self.document.get_line(self.cursor_location[0])
        self._replace_via_keyboard(self.pastes.fold(pasted, len(self.text), len(line)), *self.selection)

    def action_newline(self) -> None:
        self._replace_via_keyboard("\n", *self.selection)

    def action_copy(self) -> None:
        if not self.selected_text:
            raise SkipAction
        self.app.copy_to_clipboard(self.pastes.unfold(self.selected_text))

    def action_cut(self) -> None:
        selected = None if self.selection.is_empty else self.selection
        cut = self._delete_via_keyboard(*selected) if selected else self._delete_cursor_line()
        if cut is not None:
            self.app.copy_to_clipboard(self.pastes.unfold(cut.replaced_text))

    def action_paste(self) -> None:
        self.post_message(events.Paste(self.app.clipboard))

    def action_cursor_text_start(self) -> None:
        self.move_cursor(self.document.start)

    def action_cursor_text_end(self) -> None:
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """As textual's; but what cuts a sign takes all of it."""
        top, bottom = self._beside_sign(edit.top, -1), self._beside_sign(edit.bottom, 1)
        edit.from_location, edit.to_location = top, bottom
        return super().edit(edit)

    def _beside_sign(self, location: Location, direction: int) -> Location:
        """`location`, or the end of the sign that it lies within: the left one, or with 1 the right one."""
        row, column = location
        if row < self.document.line_count:
            for start, end in self.pastes.spans(self.document.get_line(row)):
                if start < column < end:
                    return row, start if direction < 0 else end
        return location

    def watch_selection(self, before: Selection, after: Selection) -> None:
        """The cursor steps over a sign."""
        direction = -1 if after.end < before.end else 1
        if (beside := self._beside_sign(after.end, direction)) != after.end:
            self.selection = Selection(beside if after.is_empty else after.start, beside)

    def get_line(self, line_index: int) -> Text:
        """As textual's, with the signs in their own colour."""
        line = super().get_line(line_index)
        for start, end in self.pastes.spans(line.plain):
            line.stylize(self.get_component_rich_style("sheet--sign"), start, end)
        return line


def _pasted(text: str) -> str:
    """A text as it was pasted, made fit for a screen. Terminals paste CR for line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(clean(lines) for lines in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Whole lines, so few at once that the loop gets its turn between them when a thread cleans them."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _LARGE) + 1 or len(text)
        yield text[start:end]
        start = end
