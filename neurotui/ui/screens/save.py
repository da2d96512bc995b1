"""Saving the conversation: the format, the place, Enter. Both are there already, so that Enter is enough."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.store.transcripts import Format, save
from neurotui.store.transcripts.names import file_name
from neurotui.ui.keys import twins
from neurotui.ui.screens.panel import PanelScreen, headed, short
from neurotui.ui.widgets.foot import Foot
from neurotui.ui.widgets.form import Entry
from neurotui.ui.widgets.pick_list import PickList

_FORMATS = {
    Format.MARKDOWN: ("Markdown", N_("for reading, with times and receipts")),
    Format.JSON: ("JSON", N_("everything; can be imported again")),
    Format.TEXT: (N_("Text"), N_("for reading anywhere")),
    Format.HTML: ("HTML", N_("one page for the browser")),
}


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written."""

    path: Path
    form: Format


class SaveScreen(PanelScreen[Saved | None]):
    """Writes a transcript; its result is where. Stays open where that failed, and says why."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False, priority=True),
        Binding(f"enter,{twins('ctrl+s')}", "write", show=False, priority=True),
        Binding("down,tab", "move(1)", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SaveScreen {
        #panel { max-width: 76; }
        Entry { margin-top: 1; }
    }
    """

    def __init__(self, conversation: Conversation, folder: Path, form: Format) -> None:
        """`conversation` must not change any more; `folder` and `form` are the first proposal."""
        super().__init__()
        self._conversation = conversation
        self._folder = folder
        self._form = form
        self._formats = PickList(self._picked)
        self._entry = Entry(short(self._proposal()), placeholder=short(folder))

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = headed(_("Save the conversation"))
            yield self._formats
            yield self._entry
            yield Static(classes="notice", markup=False)
            yield Foot(("up,down", N_("format")), ("enter", N_("save")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self._show()
        self.call_after_refresh(self._show_name)

    def action_move(self, step: int) -> None:
        forms = list(_FORMATS)
        self._choose(forms[(forms.index(self._form) + step) % len(forms)])

    def _picked(self, index: int) -> None:
        self._choose(list(_FORMATS)[index])

    @work(exit_on_error=False, exclusive=True)
    async def action_write(self) -> None:
        """Writes the file."""
        path = self._path()
        try:
            written = await asyncio.to_thread(save, self._conversation, self._form, path)
        except StoreError as error:
            notice = self.query_one(".notice", Static)
            notice.set_class(True, "-error")
            notice.update(Content(clean(f"{error.title}: {error.cause}")))
        else:
            self.dismiss(Saved(written, self._form))

    def _choose(self, form: Format) -> None:
        """Takes another format; a name that ends as the old one does gets the new ending."""
        old, self._form = self._form, form
        name = self._entry.value
        if name.endswith(f".{old}"):
            self._entry.value = name.removesuffix(old) + form
            self._entry.action_end()
        self._show()

    def _show(self) -> None:
        self._formats.show(len(_FORMATS), self._row, list(_FORMATS).index(self._form))

    def _show_name(self) -> None:
        """The end of the path is seen, not its beginning: textual scrolls where the cursor moves."""
        self._entry.action_home()
        self._entry.action_end()

    def _row(self, index: int, width: int) -> Content:
        form, (name, explanation) = list(_FORMATS.items())[index]
        chosen = form is self._form
        row = Content.assemble(
            ("● " if chosen else "○ ", "$text-accent" if chosen else "$foreground-muted"),
            _(name).ljust(10),
            (_(explanation), "$foreground-muted"),
        )
        return Content.assemble(" ", row.truncate(width - 2, ellipsis=True))

    def _proposal(self) -> Path:
        return self._folder / file_name(self._conversation.name, self._form)

    def _path(self) -> Path:
        """Where the user wants it: into a folder under its own name, else with the ending of the format."""
        typed = self._entry.value.strip()
        path = _full(typed)
        if not typed:
            return self._proposal()
        if typed.endswith(("/", os.sep)) or path.is_dir():
            return path / self._proposal().name
        return path if path.suffix else path.with_name(f"{path.name}.{self._form}")


def _full(typed: str) -> Path:
    """What was typed as a path; ~ is the home, where one is known."""
    with suppress(RuntimeError):
        return Path(typed).expanduser()
    return Path(typed)
