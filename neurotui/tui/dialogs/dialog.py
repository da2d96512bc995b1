"""What the screens that lie over the chat have in common: one panel with its title and its keys at the foot.

On a low screen, which has the class `-low`, a panel saves its blank lines.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from neurotui.chat.text import clean_line
from neurotui.i18n import N_
from neurotui.tui.widgets.form import TextField

Result = TypeVar("Result")

LOW = 20
"""Lines of a screen; with fewer it is low."""
FORM_KEYS = ("up,down", N_("field")), ("left,right", N_("choose"))
"""What the keys do in every form."""


def headed(title: str, told: str = "") -> Content:
    """What stands at the upper border: a title, and what is told of it, both of which passed the gate."""
    return Content.assemble(title, (f" · {told}" if told else "", "$foreground-muted"))


def short(path: Path) -> str:
    """A path as people write it, from their home on."""
    with suppress(RuntimeError, ValueError):
        return str(Path("~") / path.relative_to(Path.home()))
    return str(path)


class Dialog(ModalScreen[Result]):
    """A screen whose content is in the container `#panel`; what it says goes to its lower border."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;

        #panel {
            width: 90%;
            max-width: 84;
            height: auto;
            max-height: 90%;
            padding: 1 1 0 1;
            border: round $accent 70%;
            border-title-color: $text-accent;
            border-subtitle-color: $foreground-muted;
            background: $background;
            scrollbar-size-vertical: 1;
        }
        #panel, #pages, PickList {
            scrollbar-background: $background;
            scrollbar-background-hover: $background;
            scrollbar-background-active: $background;
            scrollbar-color: $foreground 20%;
        }
        KeyHints { padding: 1 1 0 1; background: $background; }
        .notice { height: auto; padding: 0 1; color: $foreground-muted; }
        .notice.-error { color: $text-error; }
        .notice.-success { color: $text-success; }

        &.-low {
            #panel { max-height: 100%; padding: 0 1; }
            KeyHints { padding: 0 1; }
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]
        # Known from the first picture on; else it would be laid out twice.
        self.set_class(self.app.size.height < LOW, "-low", update=False)
        self.set_class(self.app.size.height >= LOW, "-high", update=False)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # Textual would style every widget a second time: they were when they were mounted.
        event.refresh_styles = False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Closes the screen, once: textual would take the screen beneath for a second Enter on its way."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Panel(VerticalScroll, inherit_bindings=False, can_focus=False):
    """The panel of a form; it leaves the arrow keys to what is in it."""

    def __init__(self, title: str) -> None:
        """The title has passed the gate."""
        super().__init__(id="panel")
        self.border_title = Content(title)

    def tell(self, text: str, tone: str = "error") -> None:
        """Says something of one line at the lower border, in a colour of the theme."""
        self.border_subtitle = Content.styled(clean_line(text), f"$text-{tone}") if text else ""


class FormDialog(Dialog[Result]):
    """A panel of fields; the arrow keys go from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, for what is typed after them must not overtake them.
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "step(1)", show=False, priority=True),
        Binding("shift+tab", "step(-1)", show=False, priority=True),
    ]

    def action_move(self, rows: int) -> None:
        """Goes to another field; in a text of many lines only from its edges."""
        if not (isinstance(self.focused, TextField) and self.focused.move(rows)):
            self.action_step(rows)

    def action_step(self, fields: int) -> None:
        """Goes to the next field or to the one before, and scrolls to it.

        Textual does not where the foot lies over it: that it holds for seen.
        """
        focused = self.focus_next() if fields > 0 else self.focus_previous()
        if focused is not None:
            focused.scroll_visible(animate=False)
