"""A text area for messages: it keeps keys in their order, and stays quick whatever is pasted.

A paste is text, whatever its content. A large one is folded to a sign, and a file that goes with the message
is one; a sign is one character to the cursor and to deletion. See `neurotui.app.folded_pastes` and
`neurotui.app.attachments.chips`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.actions import SkipAction
from textual.widgets.text_area import Edit, EditResult, Location, Selection

from neurotui.app.attachments.chips import Chip, Chips, as_draft, as_message, pasted_text, shown
from neurotui.app.folded_pastes import FoldedPastes
from neurotui.chat.attachments import Draft
from neurotui.chat.text import clean
from neurotui.errors import EditorFailed
from neurotui.tui.terminal.app import TerminalApp
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
        self.chips = Chips()
        self.loading_text = False
        """True while the text is being replaced as a whole, and not by the user's keys."""
        self.renaming = False
        """True while a sign is being replaced by another one of the same file."""
        super().__init__(id=id, soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False  # a blinking cursor needs a timer that never rests

    @property
    def message(self) -> Draft:
        """What would be sent: the text with its pastes unfolded, and the files of its chips."""
        return as_message(self.pieces(self.text))

    @property
    def written(self) -> Draft:
        """The text with its pastes unfolded, with the places of its files, and those."""
        return as_draft(self.pieces(self.text))

    def pieces(self, text: str) -> Iterator[str | Chip]:
        """Yield the pieces of a text of this input: texts with their pastes unfolded, and chips."""
        for part, chip in self.chips.parts(text):
            yield self.pastes.unfold(part) if chip is None else chip

    def copied(self, text: str) -> str:
        """Return a text of this input with all that was pasted unfolded; the chips of files stay signs."""
        return "".join(
            self.pastes.unfold(part) if chip is None else pasted_text(chip) or part
            for part, chip in self.chips.parts(text)
        )

    def put(self, draft: Draft | str) -> None:
        """Replace the text; move the cursor to the end."""
        self.loading_text = True
        self.load_text(self._shown(draft))
        self.move_cursor(self.document.end)
        self.loading_text = False

    def rewrite(self, draft: Draft | str) -> None:
        """Replace the text, as a change that can be undone; move the cursor to the end."""
        self.replace(self._shown(draft), self.document.start, self.document.end)
        self.move_cursor(self.document.end)

    def forget(self) -> None:
        """Forget what signs stand for, because the message was sent."""
        self.pastes.clear()
        self.chips.clear()

    def rename(self, sign: str, new: str) -> None:
        """Put a sign, or nothing, in the place of another, wherever that is in the text; the cursor stays."""
        self.renaming = True
        for row in range(self.document.line_count):
            column = self.document.get_line(row).find(sign)
            while column >= 0:
                self.replace(new, (row, column), (row, column + len(sign)))
                column = self.document.get_line(row).find(sign, column + len(new))
        self.renaming = False

    def undo(self) -> None:
        before = self.text
        super().undo()
        for sign, chip in self._outdated():
            if chip.sign and chip.sign in before:
                super().undo()  # that the file was read is no step of the user's
            else:
                self.rename(sign, chip.sign)

    def redo(self) -> None:
        super().redo()
        if self._outdated():
            super().redo()
        for sign, chip in self._outdated():
            self.rename(sign, chip.sign)

    async def on_key(self, event: events.Key) -> None:
        if self.screen.focused not in {self, None}:
            event.prevent_default()  # the key before it moved the focus, and the app passes this one on
            return
        await do_at_once(self, event)

    async def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        await self.paste(event.text)

    async def paste(self, text: str) -> None:
        """Insert a text from outside at the cursor; keys that are pressed meanwhile come after it."""
        text = await pasted(text)
        line = self.document.get_line(self.cursor_location[0])
        parts = list(self.chips.parts(text))
        if any(chip is not None for _part, chip in parts):  # chips that were cut, or copied
            self.insert_here(self._folded(text))
        else:
            self.insert_here(self.pastes.fold(text, len(self.text), len(line)))

    def action_newline(self) -> None:
        self.insert_here("\n")

    def action_copy(self) -> None:
        if not self.selected_text:
            raise SkipAction
        self.app.copy_to_clipboard(self.copied(self.selected_text))

    def action_cut(self) -> None:
        start, end = self.selection
        row, column = end
        if whole_line := start == end:
            start, end = (row, 0), (row + 1, 0)
        cut = self.delete(start, end, maintain_selection_offset=False)
        if whole_line:
            self.move_cursor_relative(columns=column, record_width=False)
        self.app.copy_to_clipboard(self.copied(cut.replaced_text))

    def action_paste(self) -> None:
        self.post_message(events.Paste(self.app.clipboard))

    @work(exit_on_error=False)
    async def action_editor(self) -> None:
        """Edit the message in the user's own editor, which is lent the terminal."""
        from neurotui.tui.terminal.editor import edit

        assert isinstance(self.app, TerminalApp)
        try:
            text = await edit(self.copied(self.text), self.app.lend_terminal)
        except EditorFailed as error:
            self.notify(
                ". ".join(filter(None, (error.cause, error.hint))),
                title=error.title,
                severity="error",
                markup=False,
            )
            return
        self.rewrite(text)
        self.focus()

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
            for start, end in self._spans(self.document.get_line(row)):
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
        for start, end in self._spans(line.plain):
            line.stylize(self.get_component_rich_style("folding-text-area--sign"), start, end)
        return line

    # Internals

    def _shown(self, draft: Draft | str) -> str:
        """Return a text for the input: what is large is folded, files are chips."""
        pieces = shown(draft if isinstance(draft, Draft) else Draft(draft), self.chips)
        return "".join(self._folded(piece) if isinstance(piece, str) else piece.sign for piece in pieces)

    def _folded(self, text: str) -> str:
        """Return a text with what is large folded; the signs of chips in it stay."""
        parts = self.chips.parts(text)
        return "".join(self.pastes.fold(clean(part)) if chip is None else part for part, chip in parts)

    def _spans(self, line: str) -> Iterator[tuple[int, int]]:
        yield from self.pastes.spans(line)
        yield from self.chips.spans(line)

    def _outdated(self) -> list[tuple[str, Chip]]:
        """Return the signs in the text of files that are being read, though that has ended since."""
        parts = self.chips.parts(self.text)
        return [(part, chip) for part, chip in parts if chip is not None and part != chip.sign]


async def pasted(text: str) -> str:
    """Return a pasted text cleaned. A large one is cleaned on a thread: the loop goes on with all else."""
    return await asyncio.to_thread(_pasted, text) if len(text) > _LARGE else _pasted(text)


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
