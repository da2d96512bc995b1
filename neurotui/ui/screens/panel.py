"""What the screens that lie over the chat have in common: one panel in the middle, and Escape to leave."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.ui.commands import key_name
from neurotui.ui.widgets.form import Page

Result = TypeVar("Result")


class Panel(VerticalScroll, inherit_bindings=False, can_focus=False):
    """The panel of a form; it leaves the arrow keys to what is in it."""

    def __init__(self, title: str) -> None:
        """The title has passed the gate."""
        super().__init__(id="panel")
        self.border_title = Content(title)
        self.tell("")

    def tell(self, text: str, tone: str = "error") -> None:
        """Says something of one line at the lower border, in a colour of the theme; else how to leave."""
        if text:
            self.border_subtitle = Content.styled(clean_line(text), f"$text-{tone}")
        else:
            self.border_subtitle = Content(_("{key} close").format(key=key_name("escape")))


class PanelScreen(ModalScreen[Result]):
    """A screen whose content is in the container `#panel`."""

    DEFAULT_CSS = """
    PanelScreen {
        align: center middle;
        background: $background 60%;

        #panel {
            width: 90%;
            max-width: 84;
            height: auto;
            max-height: 90%;
            padding: 1 2;
            border: round $accent 70%;
            border-title-color: $text-accent;
            border-subtitle-color: $foreground-muted;
            background: $surface;
            scrollbar-size-vertical: 1;
        }
        #panel, PickList {
            scrollbar-background: $surface;
            scrollbar-background-hover: $surface;
            scrollbar-background-active: $surface;
            scrollbar-color: $foreground 20%;
        }
        .notice { height: auto; color: $foreground-muted; }
        .notice.-error { color: $text-error; }
        .notice.-success { color: $text-success; }
    }
    """


class FormScreen(PanelScreen[Result]):
    """A panel of fields; the arrow keys go from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, for what is typed after them must not overtake them.
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def action_move(self, rows: int) -> None:
        """Goes to another field; in a text of many lines only from its edges."""
        if isinstance(self.focused, Page) and self.focused.move(rows):
            return
        self.focus_next() if rows > 0 else self.focus_previous()
