"""The base of all dialogs over the chat: one panel with a title, and key hints at its foot.

What lies behind is dimmed. It is hidden where the panel would cut a box of it in two, and on a small screen,
narrow or of few lines, where little else would be seen. A low screen has the class `-low`, and its panel does
without blank lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from rich.console import RenderableType
from textual import events, on
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.renderables.blank import Blank
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from neurotui.chat.text import clean_line
from neurotui.i18n import N_
from neurotui.tui.widgets.form import TextField

Result = TypeVar("Result")

LOW = 20
"""A screen with fewer lines is low."""
SMALL = (100, 30)
"""A screen with fewer columns or lines is small."""
FORM_KEYS = ("up,down", N_("field")), ("left,right", N_("choose"))
"""Key hints of every form."""


def title_with_detail(title: str, detail: str = "") -> Content:
    """Return the text of the upper border: a title and a detail, both clean."""
    return Content.assemble(title, (f" · {detail}" if detail else "", "$foreground-muted"))


def short(path: Path) -> str:
    """Return a path as people write it: ~ for the home."""
    with suppress(RuntimeError, ValueError):
        return str(Path("~") / path.relative_to(Path.home()))
    return str(path)


class Dialog(ModalScreen[Result]):
    """Screen with its content in the container `#panel`; messages go to the lower border."""

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
        KeyHints { padding: 1 1 0 1; background: $background; }
        .notice { height: auto; padding: 0 1; color: $foreground-muted; }
        .notice.-error { color: $text-error; }
        .notice.-success { color: $text-success; }

        &.-small {
            #panel { width: 100%; max-width: 100%; max-height: 100%; }
        }
        &.-low {
            #panel { max-height: 100%; padding: 0 1; }
            KeyHints { padding: 0 1; }
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._hidden = False
        """True if what lies behind was hidden when this was drawn."""
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]
        # Set before the first frame: otherwise the screen would be laid out twice.
        size = self.app.size
        self.set_class(size.height < LOW, "-low", update=False)
        self.set_class(size.height >= LOW, "-high", update=False)
        self.set_class(_is_small(size), "-small", update=False)

    def be_wide_from(self, columns: int) -> None:
        """Have the class `-wide` on a screen of so many columns and more, from the first frame on."""
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (columns, "-wide")]
        self.set_class(self.app.size.width >= columns, "-wide", update=False)
        self.set_class(self.app.size.width < columns, "-narrow", update=False)

    @on(events.Mount)
    def _follow_layout(self) -> None:
        self.screen_layout_refresh_signal.subscribe(self, self._laid_out)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(_is_small(event.size), "-small")

    @property
    def hides(self) -> bool:
        """True if nothing is to be seen behind the panel."""
        panels = self.query("#panel")  # none while it goes
        return self.has_class("-small") or any(
            _cuts(panel.region, box) for panel in panels for box in self._boxes_behind()
        )

    def render(self) -> RenderableType:
        self._hidden = self.hides  # here the panel has its place already
        if not self._hidden:
            return super().render()
        # The chat's own ground, which may be the terminal's: a colour made opaque would be black there.
        return cast(RenderableType, Blank(self.app.screen_stack[0].styles.background))

    def _laid_out(self, _screen: Screen[Any]) -> None:
        if self.hides is not self._hidden:
            self.refresh()

    def _boxes_behind(self) -> Iterator[Region]:
        """Yield the places of all that has a border around it on the screens that are seen behind."""
        stack = self.app.screen_stack
        beneath = stack[: stack.index(self)] if self in stack else []
        for screen in reversed(beneath):
            for widget in screen.walk_children(Widget):
                if widget.is_on_screen and all(edge for edge, _color in widget.styles.border):
                    yield widget.region
            if not isinstance(screen, Dialog) or screen.hides:
                return

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        # textual would style every widget again, although all were styled when they were mounted.
        event.refresh_styles = False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close the screen once: for a second Enter on its way, textual would close the screen beneath."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


def _cuts(panel: Region, box: Region) -> bool:
    """Return True if a panel covers a part of a box, and lies not in the midst of it."""
    is_within = box.shrink((1, 1, 1, 1)).contains_region(panel)
    return panel.overlaps(box) and not is_within and not panel.contains_region(box)


def _is_small(size: Size) -> bool:
    return size.width < SMALL[0] or size.height < SMALL[1]


class Panel(VerticalScroll, inherit_bindings=False, can_focus=False):
    """The panel of a form; the arrow keys go from one field to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: keys typed after these must not overtake them.
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("tab", "step(1)", show=False, priority=True),
        Binding("shift+tab", "step(-1)", show=False, priority=True),
    ]

    def __init__(self, title: str) -> None:
        """`title` must be clean."""
        super().__init__(id="panel")
        self.border_title = Content(title)

    def tell(self, text: str, tone: str = "error") -> None:
        """Show one line at the lower border, in a colour of the theme."""
        self.border_subtitle = Content.styled(clean_line(text), f"$text-{tone}") if text else ""

    def action_move(self, rows: int) -> None:
        """Move to another field; within a text of several lines only from its edges."""
        focused = self.screen.focused
        if not (isinstance(focused, TextField) and focused.move(rows)):
            self.action_step(rows)

    def action_step(self, fields: int) -> None:
        """Move the focus to the next or the previous field, and scroll to it.

        textual does not scroll if the foot covers the field: it takes that for visible.
        """
        focused = self.screen.focus_next() if fields > 0 else self.screen.focus_previous()
        if focused is not None:
            focused.scroll_visible(animate=False)
