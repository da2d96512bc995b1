"""The settings: a list, and below it the explanation and the editor of the one with the cursor.

A choice takes effect at once, a text when it is left. Invalid text is reported while it is typed, and never
takes effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from neurotui.app.setting_rows import Row, rows
from neurotui.chat.text import clean_line
from neurotui.errors import ConfigurationError
from neurotui.i18n import N_, _
from neurotui.settings.file import SettingsFile
from neurotui.tui.dialogs.dialog import Dialog, short, title_with_detail
from neurotui.tui.widgets.form import Choice, LineField, TextField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList

TITLE_CELLS = 28
"""Width of the titles of settings, if there is room."""
_BETWEEN = " · "
"""Separator between a setting's group and its title."""


class SettingsScreen(Dialog[None]):
    """Dialog that changes the settings."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2", "leave", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab,pagedown", "move(1)", show=False, priority=True),
        Binding("shift+tab,pageup", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    SettingsScreen {
        #panel { height: 90%; max-height: 31; }
        PickList { height: 1fr; }
        #explanation { margin: 1 0; }
        #editor { height: auto; min-height: 3; }
        TextField { max-height: 5; }
        &.-low {
            #panel { height: 100%; }
            #explanation { margin: 0; }
            #editor { min-height: 1; }
            Choice, TextField { max-height: 3; }
        }
    }
    """

    def __init__(
        self,
        file: SettingsFile,
        *,
        themes: Sequence[str],
        profiles: Sequence[str],
        check_url: Callable[[str], object],
        changed: Callable[[tuple[str, ...]], None],
    ) -> None:
        """`check_url` raises ConfigurationError; `changed` is called with the path of a changed setting."""
        super().__init__()
        self._file = file
        self._themes = themes
        self._profiles = profiles
        self._check_url = check_url
        self._changed = changed
        self._rows: list[Row] = []
        self._at = 0
        self._editor: Widget | None = None
        """The widget that edits the current setting."""
        self._opened = ""
        """Content of the editor when it was opened or last applied."""

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield PickList(self._picked)
            yield Static(id="explanation", classes="notice", markup=False)
            with Vertical(id="editor"):
                yield Choice([], "")
                yield LineField()
                yield TextField()
                yield Static(id="elsewhere", classes="notice", markup=False)
            yield KeyHints(("up,down", N_("setting")), ("left,right", N_("choose")), ("escape", N_("close")))

    def on_mount(self) -> None:
        self._show()
        self._open(0)

    @property
    def at(self) -> Row:
        """The setting at the cursor."""
        return self._rows[self._at]

    # Actions

    def action_move(self, rows: int) -> None:
        """Move to another setting; within a text of several lines only from its edges."""
        if not (isinstance(self.focused, TextField) and self.focused.move(rows)):
            self._open((self._at + rows) % len(self._rows))

    def action_leave(self) -> None:
        self._take()
        self.dismiss(None)

    def _picked(self, index: int) -> None:
        self._open(index)

    @on(Choice.Changed)
    def _chosen(self) -> None:
        self._take()  # not the event's value: another setting may have been opened since
        if self.at.key == ("language",):
            self._open(self._at)

    @on(LineField.Changed)
    def _typed(self, event: LineField.Changed) -> None:
        try:
            self._value_of(event.value)
        except (ValueError, ConfigurationError) as error:
            event.input.add_class("-wrong")
            self._tell(error.cause if isinstance(error, ConfigurationError) else str(error))
        else:
            event.input.remove_class("-wrong")
            self._tell("")

    @on(LineField.Submitted)
    def _submitted(self) -> None:
        self._take()

    # Internals

    def _open(self, index: int) -> None:
        """Apply what was typed or chosen, then show another setting and its editor."""
        self._take()
        self._at = index
        self.query_one(PickList).cursor = index
        self.query_one("#explanation", Static).update(Content(_(self.at.about.explanation)))
        self._tell("")
        editor = self._editor = self._fitting_editor()
        for widget in self.query_one("#editor").children:
            widget.display = widget is editor
        self.set_focus(editor if editor.focusable else None)

    def _fitting_editor(self) -> Widget:
        """Return the editor of the current setting, with its value."""
        row = self.at
        if row.where_else:
            notice = self.query_one("#elsewhere", Static)
            notice.update(Content(row.where_else))
            return notice
        if row.key == ("system_prompt",):
            text_field = self.query_one(TextField)
            text_field.text = row.text
            self._opened = text_field.text
            return text_field
        if not (choices := self._choices(row)):
            line_field = self.query_one(LineField)
            line_field.value = row.text
            line_field.action_end()
            self._opened = line_field.value
            return line_field
        choice = self.query_one(Choice)
        choice.show(choices, row.text or choices[0][0])
        self._opened = choice.value
        return choice

    def _choices(self, row: Row) -> Sequence[tuple[str, str]]:
        match row.key:
            case ("theme",):
                return [(name, row.called(name)) for name in self._themes]
            case ("profile",):
                return [(name, clean_line(name, 40)) for name in self._profiles]
        return row.choices

    def _take(self) -> None:
        """Apply what was typed or chosen, if it is valid."""
        match self._editor:
            case LineField(value=text) | TextField(text=text) | Choice(value=text) if text != self._opened:
                with suppress(ValueError, ConfigurationError):
                    self._set(self._value_of(text))
                    self._opened = text

    def _value_of(self, text: str) -> object:
        """Return the current setting's value from `text`. Raises ValueError or ConfigurationError."""
        value = self.at.parse(text)
        if self.at.key[-1] == "base_url" and value:
            self._check_url(text)
        return value

    def _set(self, value: object) -> None:
        row = self.at
        if value == row.value:
            return
        self._file.change(row.key, None if value == row.default else value)
        self._changed(row.key)
        self._show()

    def _show(self) -> None:
        self._rows = rows(self._file.settings)
        path = self._file.path
        self.query_one("#panel").border_title = title_with_detail(
            _("Settings"), clean_line(short(path)) if path else ""
        )
        self.query_one(KeyHints).refresh(layout=True)
        self.query_one(PickList).show(len(self._rows), self._line, self._at)

    def _line(self, index: int, width: int) -> Content:
        row = self._rows[index]
        cells = min(TITLE_CELLS, width * 3 // 5)
        title = clean_line(row.title)
        group = Content.styled(clean_line(row.group), "$foreground-muted")
        if row.group:  # a profile's name may be long: cut it, not the title
            room = max(1, cells - cell_len(title) - cell_len(_BETWEEN))
            group = Content.assemble(group.truncate(room, ellipsis=True), (_BETWEEN, "$foreground-muted"))
        shown = Content.styled(clean_line(row.shown), "$foreground-muted")
        return Content.assemble(
            " ",
            Content.assemble(group, title).truncate(cells, pad=True),
            " ",
            shown.truncate(max(1, width - cells - 2), ellipsis=True),
        )

    def _tell(self, text: str) -> None:
        """Show at the lower border why a value is invalid."""
        told = Content.styled(clean_line(text), "$text-error") if text else ""
        self.query_one("#panel").border_subtitle = told
