"""Widgets of forms: a choice of options, text fields, a button, and the form with its labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.layout import Layout
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

from neurotui.chat.text import clean, clean_line
from neurotui.tui.graphemes import beside, step_left, step_right
from neurotui.tui.widgets.beside_labels import BesideLabels
from neurotui.tui.widgets.key_order import do_at_once
from neurotui.tui.widgets.text_area import CompatTextArea

PASTED_CHARACTERS = 20_000
"""A paste into a one-line field is cut to this many characters."""
_GAP = 2

WidgetType = TypeVar("WidgetType", bound=Widget)


def one_line(text: str) -> str:
    """Return `text` as a one-line field shows it, uncut."""
    return clean(text).replace("\n", " ")


class Choice(Widget, can_focus=True):
    """A few options, all visible, one of them chosen. Posts `Changed` when the user chooses another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right,space", "move(1)", show=False),
    ]
    DEFAULT_CSS = """
    Choice { width: 1fr; height: auto; padding: 0 1; }
    """

    value: reactive[str] = reactive("")

    class Changed(Message):
        """The user chose `value`."""

        def __init__(self, choice: Choice, value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str, *, id: str | None = None) -> None:
        """`options` are values and their labels; the labels must be clean."""
        super().__init__(id=id)
        self._options = options
        self.set_reactive(Choice.value, value)

    def show(self, options: Sequence[tuple[str, str]], value: str) -> None:
        """Replace the options; choose `value`."""
        self._options = options
        self.value = value
        self.refresh(layout=True)

    def render(self) -> Content:
        lines = []
        for line in self._seen():
            parts = []
            for _column, index in line:
                value, label = self._options[index]
                if value != self.value:
                    parts.append(Content.styled(f"○ {label}", "$foreground-muted"))
                elif self.has_focus:
                    parts.append(Content.styled(f"● {label}", "$text-accent bold reverse"))
                else:
                    parts.append(Content.styled(f"● {label}", "$text-accent"))
            lines.append(Content(" " * _GAP).join(parts))
        return Content("\n").join(lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def action_move(self, step: int) -> None:
        values = [value for value, _label in self._options]
        index = values.index(self.value) if self.value in values else -step
        self._choose(values[(index + step) % len(values)])

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        lines = self._seen()
        if offset is None or offset.y >= len(lines):
            return
        for column, index in lines[offset.y]:
            value, label = self._options[index]
            if column <= offset.x < column + 2 + cell_len(label):
                self._choose(value)

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self, value))

    def _seen(self) -> list[list[tuple[int, int]]]:
        """Return the lines for which there is room, the one with the choice among them."""
        lines, height = self._lines(self.content_size.width), self.content_size.height
        chosen = next(
            (
                number
                for number, line in enumerate(lines)
                if any(self._options[index][0] == self.value for _column, index in line)
            ),
            0,
        )
        first = max(0, min(chosen - height // 2, len(lines) - height))
        return lines[first : first + height]

    def _lines(self, width: int) -> list[list[tuple[int, int]]]:
        """Return the column and the index of each option, line by line."""
        lines: list[list[tuple[int, int]]] = [[]]
        column = 0
        for index, (_value, label) in enumerate(self._options):
            cells = 2 + cell_len(label)
            if column and column + cells > width:
                lines.append([])
                column = 0
            lines[-1].append((column, index))
            column += cells + _GAP
        return lines


class LineField(Input):
    """A text field of one line. All its text is cleaned; a paste may begin with a line break."""

    DEFAULT_CSS = """
    LineField, LineField:focus { width: 1fr; height: 1; border: none; padding: 0 1; background: $panel; }
    LineField:focus { background-tint: $foreground 5%; }
    LineField.-wrong { color: $text-error; }
    LineField > .input--placeholder { color: $foreground-muted; }
    """

    def __init__(
        self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None
    ) -> None:
        super().__init__(value, placeholder, password=password, select_on_focus=False, id=id)
        self.cursor_blink = False  # a blinking cursor needs a timer that never rests

    def validate_value(self, value: str) -> str:
        return one_line(value)

    def validate(self, value: str) -> None:
        """Do nothing: there are no validators, but textual would still restyle the field as valid."""

    def validate_selection(self, selection: Selection) -> Selection:
        """Clamp a selection as textual does; move an end within a grapheme to the grapheme's end."""
        start, end = super().validate_selection(selection)
        return Selection(beside(self.value, start), beside(self.value, end))

    def action_cursor_left(self, select: bool = False) -> None:
        start, end = self.selection
        if select or start == end:
            to = step_left(self.value, end)
            self.selection = Selection(start if select else to, to)
        else:
            super().action_cursor_left()

    def action_delete_left(self) -> None:
        self._delete_from(step_left(self.value, self.cursor_position))

    def action_delete_right(self) -> None:
        self._delete_from(step_right(self.value, self.cursor_position))

    def _delete_from(self, place: int) -> None:
        """Delete the selection, or else everything between `place` and the cursor."""
        if self.selection.is_empty:
            self.delete(*sorted((place, self.cursor_position)))
        else:
            self.delete_selection()

    async def on_key(self, event: events.Key) -> None:
        await do_at_once(self, event)

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean_line(event.text, PASTED_CHARACTERS), *self.selection)


class TextField(CompatTextArea):
    """A text field of many lines. All its text is cleaned; Tab moves to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,shift+enter,alt+enter,ctrl+enter", "newline", show=False)
    ]
    DEFAULT_CSS = """
    TextField, TextField:focus {
        width: 1fr;
        min-width: 6;
        height: auto;
        min-height: 3;
        max-height: 8;
        border: none;
        padding: 0 1;
        background: $panel;
        scrollbar-size-vertical: 1;
    }
    TextField:focus { background-tint: $foreground 5%; }
    """

    def __init__(self, text: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(
            clean(text),
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            tab_behavior="focus",
            placeholder=placeholder,
            id=id,
        )
        self.cursor_blink = False

    def load_text(self, text: str) -> None:
        super().load_text(clean(text))

    def action_newline(self) -> None:
        self.insert_here("\n")

    def move(self, rows: int) -> bool:
        """Move the cursor a row up or down (-1, 1); return False if there was none."""
        if self.cursor_at_first_line if rows < 0 else self.cursor_at_last_line:
            return False
        self.action_cursor_up() if rows < 0 else self.action_cursor_down()
        return True

    async def on_key(self, event: events.Key) -> None:
        await do_at_once(self, event)

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean(event.text.replace("\r\n", "\n").replace("\r", "\n")), *self.selection)


class TextButton(Widget, can_focus=True):
    """A button of one line. Posts `Pressed`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]
    DEFAULT_CSS = """
    TextButton {
        width: auto;
        max-width: 100%;
        height: 1;
        margin-right: 2;
        padding: 0 2;
        background: $foreground 10%;
        &:hover { background: $accent 40%; }
        &:focus { background: $accent; color: $button-color-foreground; text-style: bold; }
    }
    """

    class Pressed(Message):
        """The button was pressed."""

        def __init__(self, button: TextButton) -> None:
            super().__init__()
            self.button = button

        @property
        def control(self) -> TextButton:
            return self.button

    def __init__(self, label: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label

    def render(self) -> Content:
        return Content(self._label).truncate(max(1, self.content_size.width), ellipsis=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return cell_len(self._label)

    def on_click(self) -> None:
        self.action_press()

    def action_press(self) -> None:
        self.post_message(self.Pressed(self))


class Form(Vertical):
    """Fields one below the other, beside their labels. On a very narrow screen these are cut.

    Draws the labels itself: fewer widgets to style and to lay out.
    """

    DEFAULT_CSS = "Form { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._labels: dict[Widget, str] = {}
        self._beside = BesideLabels()

    @property
    def layout(self) -> Layout:
        return self._beside

    def labelled(self, label: str, field: WidgetType) -> WidgetType:
        """Give a field its label, which must be clean; return the field, for `compose` to yield."""
        self._labels[field.add_class("-labelled", update=False)] = label
        self._beside.column = max(self._beside.column, cell_len(label) + 2)
        return field

    def render(self) -> Content:
        width, height = self.content_size
        room, lines = self._beside.column_in(width) - 2, [""] * height
        for field, label in self._labels.items():
            y = field.virtual_region.y
            if field.display and y < len(lines):
                lines[y] = f" {label if cell_len(label) <= room else set_cell_size(label, room - 1) + '…'}"
        return Content.styled("\n".join(lines), "$foreground-muted")
