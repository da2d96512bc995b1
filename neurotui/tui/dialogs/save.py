"""Saving the conversation: format, place, Enter. Both are proposed, so that Enter is enough."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.app.long_work import LongWork
from neurotui.chat.attachments import Blobs
from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean
from neurotui.errors import StoreError, WorkStopped
from neurotui.i18n import N_, _
from neurotui.i18n.reasons import reason_of
from neurotui.store.files import unused_names
from neurotui.store.watch import Stage, Unit
from neurotui.transcripts import Format, ending_of, format_of, save
from neurotui.transcripts.names import file_name
from neurotui.tui.dialogs.dialog import Dialog, short, title_with_detail
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]*\Z")
"""Matches a file extension that was meant as one, as in `notes.org` but not in `release 1.2`."""
_TINY = 12
"""In a lower window the name and the format chosen are what stays in view (lines)."""
_FORMATS = {
    Format.MARKDOWN: ("Markdown", N_("for reading and editing")),
    Format.JSON: ("JSON", N_("everything; can be imported again")),
    Format.TEXT: (N_("Text"), N_("for reading anywhere")),
    Format.HTML: ("HTML", N_("one page for the browser")),
}


@dataclass(frozen=True, slots=True)
class Saved:
    """A transcript that was written."""

    path: Path
    form: Format


class _Switch(Static):
    """A line that is clicked."""

    def __init__(self, clicked: Callable[[], None]) -> None:
        super().__init__(markup=False)
        self._clicked = clicked

    def on_click(self) -> None:
        self._clicked()


class SaveScreen(Dialog[Saved | None]):
    """Dialog that writes a transcript. If that fails, it says why and stays open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False, priority=True),
        Binding(f"enter,{twins('ctrl+s')}", "write", show=False, priority=True),
        Binding("down,tab", "move(1)", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", show=False, priority=True),
        Binding(twins("ctrl+r"), "switch_receipts", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SaveScreen {
        #panel { max-width: 76; }
        LineField { margin-top: 1; }
        _Switch { padding: 0 1; }
        &.-tiny LineField { dock: top; margin: 0; }
        &.-tiny PickList { max-height: 2; }
    }
    """

    def __init__(
        self, conversation: Conversation, folder: Path, form: Format, blobs: Blobs | None = None
    ) -> None:
        """`conversation` must not change any more; `folder` and `form` are proposed first.

        `blobs` has the files of its messages.
        """
        super().__init__()
        self._conversation = conversation
        self._folder = folder
        self._form = form
        self._blobs = blobs
        self._receipts = False
        self._writing = False
        self._asked: Path | None = None
        """The file that the user was warned of overwriting."""
        self._formats = PickList(self._picked)
        self._switch = _Switch(self.action_switch_receipts)
        self._path_field = LineField(short(self._proposal()), placeholder=short(folder))
        self.set_class(self.app.size.height < _TINY, "-tiny", update=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Save the conversation"))
            yield self._formats
            yield self._path_field
            yield self._switch
            yield Static(classes="notice", markup=False)
            yield KeyHints(
                ("up,down", N_("format")),
                ("ctrl+r", N_("receipts")),
                ("enter", N_("save")),
                ("escape", N_("close")),
            )

    def on_mount(self) -> None:
        self._work = LongWork(self._show_work)
        self._show()
        self.call_after_refresh(self._show_name)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < _TINY, "-tiny")  # the base has a handler of its own

    def action_move(self, step: int) -> None:
        forms = list(_FORMATS)
        self._choose(forms[(forms.index(self._form) + step) % len(forms)])

    def action_switch_receipts(self) -> None:
        """Write what each answer took, or leave it out. JSON has it in any case."""
        if self._form is not Format.JSON:
            self._receipts = not self._receipts
            self._show()

    def _picked(self, index: int) -> None:
        self._choose(list(_FORMATS)[index])

    @on(LineField.Changed)
    def _typed(self, event: LineField.Changed) -> None:
        """Choose the format by the typed extension."""
        form = None if event.value.endswith(("/", os.sep)) else format_of(Path(event.value.strip()))
        if form not in {None, self._form}:
            self._form = form
            self._show()
        if self._asked is not None:
            self._asked = None
            self._tell("")

    @work(exit_on_error=False)
    async def action_write(self) -> None:
        """Write the file; overwrite an existing one only after a warning and a second Enter."""
        if self._writing:
            return
        self._writing = True
        try:
            path, is_named = await asyncio.to_thread(self._path)
            known = path == self._asked
            if is_named and not known and await asyncio.to_thread(path.is_file):
                self._asked = path
                self._tell(_("{name} exists already: Enter again overwrites it").format(name=path.name))
                return
            self._work.stop()
            work = self._work = LongWork(self._show_work)
            written = await asyncio.to_thread(self._save, path, known, work)
        except WorkStopped:
            return
        except StoreError as error:
            self._tell(f"{error.title}: {error.cause}")
        except OSError as error:  # such as a folder that must not be read
            self._tell(reason_of(error))
        else:
            self.dismiss(Saved(written, self._form))
        finally:
            self._writing = False

    def _tell(self, text: str) -> None:
        """Show why nothing was written yet."""
        notice = self.query_one(".notice", Static)
        notice.set_class(True, "-error")
        notice.update(Content(clean(text)))

    def _save(self, path: Path, overwrite: bool, work: LongWork) -> Path:
        with work.begin(Stage.SAVING, Unit.BYTES) as report:
            return save(
                self._conversation,
                self._form,
                path,
                report,
                overwrite=overwrite,
                blobs=self._blobs,
                receipts=self._receipts,
            )

    def _show_work(self, parts: Sequence[str]) -> None:
        if parts and self.is_attached:
            self.query_one(".notice", Static).update(Content(" · ".join(parts)))

    def on_unmount(self) -> None:
        """Stop writing: the dialog was closed."""
        self._work.stop()

    def _choose(self, form: Format) -> None:
        """Choose a format; a name with the extension of a format gets the new one's."""
        name = self._path_field.value
        proposed = name == short(self._proposal())
        self._form = form
        if proposed:
            self._path_field.value = short(self._proposal())
        elif format_of(Path(name.rstrip())) is not None:
            self._path_field.value = f"{name.rstrip().rpartition('.')[0]}.{self._ending}"
        self._path_field.action_end()
        self._show()

    def _show(self) -> None:
        self._formats.show(len(_FORMATS), self._row, list(_FORMATS).index(self._form))
        is_whole = self._form is Format.JSON
        on = self._receipts or is_whole
        color = "$foreground-muted" if is_whole or not on else "$text-accent"
        words = _("with receipts: tokens, time, cost")
        self._switch.update(
            Content.assemble(("☑ " if on else "☐ ", color), (words, "$foreground-muted" if is_whole else ""))
        )

    def _show_name(self) -> None:
        """Scroll to the end of the path: textual scrolls only when the cursor moves."""
        self._path_field.action_home()
        self._path_field.action_end()

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
        """Return a path named after the conversation, with a number if it is taken."""
        names = unused_names(self._folder / self._file_name())
        return next(path for path in names if not os.path.lexists(path))

    @property
    def _ending(self) -> str:
        """The extension of what is written."""
        return ending_of(self._form, self._conversation, self._blobs)

    def _file_name(self) -> str:
        return file_name(self._conversation.name, self._ending)

    def _path(self) -> tuple[Path, bool]:
        """Return the path that the user wants, and True if the file name is the user's own.

        In a folder the conversation's name is used; a name without an extension gets that of the format.
        """
        typed = self._path_field.value.strip()
        path = _full(typed)
        if not typed or typed == short(self._proposal()):
            return self._proposal(), False
        if typed.endswith(("/", os.sep)) or path.is_dir():
            return path / self._file_name(), False
        if not _ENDING.search(path.name):
            return path.with_name(f"{path.name}.{self._ending}"), True
        is_archive = self._form is Format.JSON and self._ending != self._form
        return (path.with_suffix(f".{self._ending}") if is_archive else path), True


def _full(typed: str) -> Path:
    """Return the typed text as a path; ~ is the home, if one is known."""
    with suppress(RuntimeError):
        return Path(typed).expanduser()
    return Path(typed)
