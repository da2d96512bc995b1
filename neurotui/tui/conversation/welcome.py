"""The view of an empty conversation: who will answer, what is missing, and what one can begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from neurotui.app.commands import find
from neurotui.chat.text import clean_line
from neurotui.errors import ConfigurationError, KeyMissing
from neurotui.i18n import _
from neurotui.tui.conversation.heartbeat import Trace
from neurotui.tui.widgets.pick_list import PickList

MOST = 5
"""Rows of the list."""
WIDTH = 64
"""Width of the view, as far as there is room (cells)."""
_HIGH = 14
"""Rows of the whole view, for which there is room on a usual screen."""
_AROUND = 6
"""Rows of the title bar, the status, the input and the key bar, as long as all are as low as can be."""
_MUTED = "$foreground-muted"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A row of the list: a conversation to open, or a question to ask."""

    text: str
    when: str = ""
    conversation_id: str = ""
    """Empty for a question."""


class Welcome(Vertical):
    """The view: a head, a list that Tab leads into, and a foot. It stays where it is when the list comes."""

    DEFAULT_CSS = """
    Welcome {
        align-horizontal: center;
        overflow: hidden;
        WelcomeHead, WelcomeFoot { height: auto; max-width: 64; }
        BeginningList { max-width: 64; display: none; }
        WelcomeFoot { display: none; }
        BeginningList.-some { display: block; }
        &.-roomy WelcomeHead { margin-bottom: 1; }
        &.-roomy WelcomeFoot { margin-top: 1; }
    }
    """

    who: reactive[str] = reactive("")
    """The model and the host that will answer."""
    trouble: reactive[ConfigurationError | None] = reactive(None)
    """Reason why nothing can be sent; None if there is none known in advance."""
    trace: reactive[Trace | None] = reactive(None)
    """The heartbeat of the last answer."""

    def __init__(self) -> None:
        super().__init__()
        self.picked: Callable[[Beginning], None] = lambda _beginning: None
        """Called with the row that is picked."""
        self._head = WelcomeHead(self)
        self.list = BeginningList(lambda beginning: self.picked(beginning))
        self._foot = WelcomeFoot()
        self._fitted = 0
        """Height that the view was fitted to."""

    def compose(self) -> ComposeResult:
        yield from (self._head, self.list, self._foot)

    def show(self, beginnings: Sequence[Beginning], last_question: str) -> None:
        """Show what one can begin with; without anything the foot tells the keys."""
        self.list.beginnings = beginnings[:MOST]
        self._foot.last_question = last_question
        self._foot.with_list = bool(beginnings)
        self._foot.display = bool(beginnings) or self.trouble is None
        self._fit()

    def on_mount(self) -> None:
        around = _AROUND + self.screen.has_class("-high")  # below the title there is an empty row then
        self._fit_to(self.app.size.height - around)  # else all would be laid out twice at the start

    def on_resize(self, event: events.Resize) -> None:
        if self._height != self._fitted:
            self._fit()

    @property
    def _height(self) -> int:
        return self.size.height + self.styles.padding.height

    def _fit(self) -> None:
        self._fit_to(self._height)

    def _fit_to(self, height: int) -> None:
        self._fitted = height
        self.set_class(height >= _HIGH, "-roomy")
        self.styles.padding = (max(0, (height - _HIGH) // 2), 2, 0, 2)
        self._foot.roomy = height >= _HIGH
        self._head.refresh(layout=True)

    def watch_who(self) -> None:
        self._head.refresh(layout=True)

    def watch_trouble(self) -> None:
        self._head.refresh(layout=True)

    def watch_trace(self) -> None:
        self._head.refresh(layout=True)


class WelcomeHead(Widget):
    """The name of the program, the last heartbeat, who will answer, and what is missing for that."""

    def __init__(self, welcome: Welcome) -> None:
        super().__init__()
        self._welcome = welcome

    def render(self) -> RenderResult:
        welcome = self._welcome
        lines = []
        # Else all of this would stand right below the same in the title bar, where there is one.
        if welcome.has_class("-roomy") or welcome.screen.has_class("-tiny"):
            lines.append(Content.styled("neurotui", "$text-accent bold"))
            if welcome.trace is not None:
                lines.append(welcome.trace.content())
            if welcome.who:
                lines.append(Content.styled(clean_line(welcome.who), _MUTED))
        if (trouble := welcome.trouble) is not None:
            keyless = isinstance(trouble, KeyMissing)
            lines += [Content("")] if lines else []
            lines.append(Content.styled(clean_line(trouble.title), "$text-warning"))
            if not keyless:
                hint = Content.styled(clean_line(trouble.hint), _MUTED)
                lines += hint.wrap(max(1, min(WIDTH, self.content_size.width)))
            lines.append(_key("server", _("add a key") if keyless else _("choose a server, give its key")))
            lines.append(_key("demo", _("try the demo: no key, no network")))
        return Content("\n").join(lines)


class BeginningList(PickList, can_focus=True):
    """The list. Its cursor is seen once it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "pick", show=False),
        *(Binding(str(number), f"pick({number})", show=False) for number in range(1, MOST + 1)),
    ]
    DEFAULT_CSS = """
    BeginningList > .pick-list--cursor { background: $background; text-style: none; }
    BeginningList:focus > .pick-list--cursor {
        background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
    """
    FOCUS_ON_CLICK = False

    beginnings: reactive[Sequence[Beginning]] = reactive(())

    def __init__(self, picked: Callable[[Beginning], None]) -> None:
        super().__init__(lambda index: picked(self.beginnings[index]))

    def watch_beginnings(self) -> None:
        self.set_class(bool(self.beginnings), "-some")
        self.show(len(self.beginnings), self._line)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.move(step)

    def action_pick(self, number: int = 0) -> None:
        """Open or ask the row with this number, or the one with the cursor."""
        if number > len(self.beginnings):
            return
        if number:
            self.cursor = number - 1
        self.pick()

    def _line(self, index: int, width: int) -> Content:
        row = self.beginnings[index]
        room = width - cell_len(row.when) - 6
        text = clean_line(row.text)
        if cell_len(text) > room:
            text = set_cell_size(text, max(room - 1, 0)).rstrip() + "…"
        gap = " " * (room - cell_len(text) + 2)
        return Content.assemble((f"{index + 1} ", _MUTED), f" {text}{gap}", (f"{row.when} ", _MUTED))


class WelcomeFoot(Widget):
    """The keys to begin with, and the last question, which ↑ brings back."""

    last_question: reactive[str] = reactive("", layout=True)
    with_list: reactive[bool] = reactive(False, layout=True)
    roomy: reactive[bool] = reactive(True, layout=True)

    def render(self) -> RenderResult:
        if not self.with_list:
            stop = _("stop the answer: the connection is closed at once")
            told = (("send", _("send")), ("stop", stop), ("help", _("all keys")))
            return Content("\n").join([_key(action, meaning) for action, meaning in told])
        lines = []
        if self.last_question and self.roomy:
            words = _("last question: {words}").format(words=clean_line(self.last_question, 200))
            line = Content.assemble("↑  ", (words, _MUTED))
            lines.append(line.truncate(max(1, self.content_size.width), ellipsis=True))
        keys = (("palette", _("commands")), ("history", _("history")))
        parts = [Content.assemble(find(name).key, (f" {meaning}", _MUTED)) for name, meaning in keys]
        lines.append(Content("   ").join(parts))
        return Content("\n").join(lines)


def _key(action: str, meaning: str) -> Content:
    return Content.assemble(f"{find(action).key:<7}", (meaning, _MUTED))
