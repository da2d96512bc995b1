"""Answers to one question side by side: two or three columns on a wide screen, else one at a time.

One of them is in front: the keys are for it, and the conversation goes on with it. What is not seen is not
drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer

from neurotui.app.command_set import CommandSet
from neurotui.app.commands import find, key_name
from neurotui.app.comparison import Comparison
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.i18n.formats import number
from neurotui.tui.compat.compositor import use_quick_compositor
from neurotui.tui.conversation.comparison_column import ComparisonColumn
from neurotui.tui.conversation.comparison_strip import ComparisonStrip, ComparisonTitle
from neurotui.tui.conversation.status import STATUS_INTERVAL
from neurotui.tui.dialogs.dialog import LOW
from neurotui.tui.message_list.messages import LinkPressed
from neurotui.tui.terminal.bindings import action
from neurotui.tui.terminal.driver import make_escape_urgent
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.wire.events import ReplyEvent

_MORE = (
    ("left,right", N_("other model")),
    ("m", N_("more models")),
    ("c", N_("copy")),
    ("up,down", N_("scroll")),
)
"""Further keys, as many as there is room for."""
TWO_FROM = 100
THREE_FROM = 120
"""Columns of the screen from which on two or three answers stand side by side."""


class ComparisonScreen(Screen[None]):
    """The comparison, over the chat."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "escape", show=False),
        Binding("enter", "go_on", show=False),
        Binding(twins(",".join(find("help").keys)), action(find("help")), show=False, id="help"),
        Binding("left,shift+tab", "move(-1)", show=False),
        Binding("right,tab", "move(1)", show=False),
        Binding("up", "scroll('action_scroll_up')", show=False),
        Binding("down", "scroll('action_scroll_down')", show=False),
        Binding("pageup", "scroll('action_page_up')", show=False),
        Binding("pagedown,space", "scroll('action_page_down')", show=False),
        Binding("home", "scroll('action_to_start')", show=False),
        Binding("end", "scroll('action_to_end')", show=False),
        *(
            Binding(twins(f"{key},{key.upper()}"), f"app.command('{command}')", show=False)
            for key, command in (
                ("c", "copy_message"),
                ("t", "toggle_fold"),
                ("v", "toggle_raw"),
                ("m", "compare"),
            )
        ),
    ]
    DEFAULT_CSS = """
    ComparisonScreen {
        overflow: hidden;
        ComparisonTitle { height: 1; padding: 0 2; }
        ComparisonStrip { height: 1; padding: 0 2; }
        &.-high ComparisonTitle { margin-bottom: 1; }
        #columns { height: 1fr; }
        ComparisonColumn { margin-right: 1; }
        ComparisonColumn.-last { margin-right: 0; }
        KeyHints { dock: none; padding: 0 2; }
        &.-high KeyHints { margin-top: 1; }
    }
    """

    def __init__(
        self,
        comparison: Comparison,
        front: Session,
        commands: CommandSet,
        ended: Callable[[Session, bool], None],
        more: Callable[[], None],
    ) -> None:
        """`ended` is called with the session to go on with, and True if the others are to be stopped.

        `more` is called if further models are to be asked.
        """
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (LOW, "-high")]
        use_quick_compositor(self)
        self.comparison = comparison
        self.commands = CommandSet(lambda text: self.notify(text, markup=False), around=commands)
        self._around = commands
        self._ended = ended
        self._at = comparison.sessions.index(front)
        self._first = 0
        """The first of those that are shown."""
        self._sure = False
        """True once Enter was pressed that would stop others."""
        self._columns: dict[Session, ComparisonColumn] = {}
        self._subscribed: list[Callable[[], None]] = []
        self._clocks: Timer | None = None
        self.commands.bind("copy_or_stop", self.copy_or_stop)
        self.commands.bind("copy_message", self.copy)
        self.commands.bind(
            "toggle_fold",
            lambda: self._column.transcript.toggle_fold(),
            why_not=N_("This message has no reasoning"),
        )
        self.commands.bind("toggle_raw", lambda: self._column.transcript.toggle_raw())
        self.commands.bind("compare", more)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield ComparisonTitle(lambda: self.comparison)
            yield ComparisonStrip(lambda: self.comparison, lambda: self.front)
            yield Horizontal(id="columns")
            yield KeyHints()

    def on_mount(self) -> None:
        self._follow()
        self.line_up()

    def on_unmount(self) -> None:
        self._forget()

    def on_resize(self, event: events.Resize) -> None:
        if self.is_attached and self.query("#columns"):
            self.line_up()

    @property
    def front(self) -> Session:
        """The one that the keys are for."""
        return self.comparison.sessions[self._at]

    @property
    def shown(self) -> list[Session]:
        """Those that are shown, from the left."""
        return self.comparison.sessions[self._first : self._first + self._room]

    def show(self, comparison: Comparison, front: Session) -> None:
        """Show a comparison that has grown."""
        self._forget()
        self.comparison = comparison
        self._at = comparison.sessions.index(front)
        for session, column in list(self._columns.items()):
            if session in comparison.sessions:
                column.comparison = comparison
            else:
                self._columns.pop(session).remove()
        self._follow()
        self.line_up()

    def line_up(self) -> None:
        """Show the columns that there is room for, with the one in front among them."""
        self._first = max(min(self._first, self._at), self._at - self._room + 1)
        self._first = min(self._first, max(0, len(self.comparison.sessions) - self._room))
        shown = self.shown
        place = self.query_one("#columns")
        for session in shown:
            if session not in self._columns:
                column = self._columns[session] = ComparisonColumn(self.comparison, session)
                place.mount(column)
        for session, column in self._columns.items():
            was, column.display = column.display, session in shown
            column.set_class(session is self.front and len(shown) > 1, "-front")
            column.set_class(bool(shown) and session is shown[-1], "-last")
            if column.is_attached and column.is_mounted and was is not column.display:
                (column.follow if column.display else column.rest)()
        self._order()
        self.query_one(ComparisonStrip).display = len(shown) < len(self.comparison.sessions)
        self.look()

    def look(self) -> None:
        """Show how all stand now, and what the keys do."""
        for session in self.shown:
            if session in self._columns and self._columns[session].is_mounted:
                self._columns[session].look()
        self.query_one(ComparisonStrip).refresh()
        runs = self.comparison.runs(self.front)
        make_escape_urgent(self.app, runs)
        self.query_one(KeyHints).keys = self._keys(runs)
        if self.comparison.running and self._clocks is None:
            self._clocks = self.set_interval(STATUS_INTERVAL, self.look)
        elif not self.comparison.running and self._clocks is not None:
            self._clocks.stop()
            self._clocks = None

    # Actions

    async def action_escape(self) -> None:
        """Stop the answer in front if it runs, else leave; nothing else is stopped."""
        if self._sure:
            self._doubt()
        elif self.comparison.runs(self.front):
            await self.front.stop()
        else:
            self._leave(stop=False)

    def action_go_on(self) -> None:
        """Go on with the answer in front and stop the others; asks for the key once more if some run."""
        if self.comparison.others_running(self.front) and not self._sure:
            self._sure = True
            self.look()
        else:
            self._leave(stop=True)

    def action_move(self, step: int) -> None:
        """Bring the next answer to the front, or the one before."""
        self._sure = False
        self._at = (self._at + step) % len(self.comparison.sessions)
        self.line_up()

    def action_scroll(self, action: str) -> None:
        getattr(self._column.transcript, action)()
        self._doubt()

    def copy(self) -> None:
        """Copy the answer in front."""
        self.app.copy_to_clipboard(self.comparison.answer(self.front).text)

    async def copy_or_stop(self) -> None:
        """Do what is most wanted of Ctrl+C: copy the selection, stop the answer in front, quit."""
        if selected := self.get_selected_text():
            self.app.copy_to_clipboard(selected if selected.strip() else "")
            self.clear_selection()
        elif self.comparison.runs(self.front):
            await self.front.stop()
        else:
            await self._around.run("copy_or_stop")

    @on(LinkPressed)
    async def _link_pressed(self, event: LinkPressed) -> None:
        await self.commands.run("open_link", event.url)

    async def on_click(self, event: events.Click) -> None:
        """Bring the answer that is clicked to the front."""
        for session, column in self._columns.items():
            if event.widget is not None and column in event.widget.ancestors_with_self:
                self._at = self.comparison.sessions.index(session)
                self.line_up()

    # As an observer of all sessions

    def message_added(self, message: Message) -> None:
        """Columns follow their own."""

    def event_received(self, event: ReplyEvent) -> None:
        """The clocks show enough."""

    def message_ended(self, message: Message) -> None:
        self._sure = self._sure and bool(self.comparison.others_running(self.front))
        if self.is_attached:
            self.look()

    def saving_failed(self, error: StoreError) -> None:
        """The journal tells of it by itself."""

    # Internals

    @property
    def _room(self) -> int:
        width = self.app.size.width
        return 3 if width >= THREE_FROM else 2 if width >= TWO_FROM else 1

    @property
    def _column(self) -> ComparisonColumn:
        return self._columns[self.front]

    def _order(self) -> None:
        """Have the columns stand in the order of the sessions: they were made when first seen."""
        rank = {session: at for at, session in enumerate(self.comparison.sessions)}
        place = self.query_one("#columns")
        place.sort_children(key=lambda each: rank[each.session] if isinstance(each, ComparisonColumn) else 0)

    def _follow(self) -> None:
        self._subscribed = [session.subscribe(self) for session in self.comparison.sessions]

    def _forget(self) -> None:
        for unsubscribe in self._subscribed:
            unsubscribe()
        self._subscribed = []

    def _doubt(self) -> None:
        """Take back the first Enter."""
        if self._sure:
            self._sure = False
            self.look()

    def _leave(self, *, stop: bool) -> None:
        if not self.is_active:
            return  # a second Enter was on its way
        self._forget()
        for column in self._columns.values():
            column.rest()  # at once: what comes while it is taken away would begin a scrollbar anew
        self.dismiss()
        self._ended(self.front, stop)

    def _keys(self, runs: bool) -> tuple[tuple[str, str], ...]:
        count = len(self.comparison.others_running(self.front))
        words = _("go on with this")
        if count and self._sure:
            words = _("again: go on with this, stop {n}").format(n=number(count))
        elif count:
            words = _("go on with this, stop {n}").format(n=number(count))
        last = "escape", N_("let them run") if self._sure else N_("stop") if runs else N_("close")
        keys, room = [("enter", words)], self.app.size.width - 4 - _cells("enter", words) - _cells(*last)
        for key, label in _MORE if not self._sure else ():
            room -= _cells(key, label)
            if room < 0:
                break
            keys.append((key, label))
        return (*keys, last)


def _cells(key: str, label: str) -> int:
    """Return the columns that a hint takes, with the gap behind it."""
    return cell_len("".join(map(key_name, key.split(",")))) + 1 + cell_len(_(label)) + 3
