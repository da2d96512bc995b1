"""The conversation on the screen: its messages, and an answer that streams into the last of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.selection import Selection
from textual.strip import Strip

from neurotui.app.commands import Place
from neurotui.app.links import openable
from neurotui.chat.conversation import Message, Status
from neurotui.markdown.highlight import lexer_for
from neurotui.markdown.parser import parser
from neurotui.markdown.wrap import width_of
from neurotui.tui.message_list.frames import Frames
from neurotui.tui.message_list.header import EARLIER, FOLD, LATER
from neurotui.tui.message_list.hits import Hits
from neurotui.tui.message_list.message_view import MessageView, views_of
from neurotui.tui.message_list.messages import FilePressed, LinkPressed, VersionPressed
from neurotui.tui.message_list.painter import Shown, more_below
from neurotui.tui.message_list.pictures import FILE, in_use
from neurotui.tui.message_list.scroller import Scroller
from neurotui.tui.message_list.selection import TextSelection, offset_of
from neurotui.tui.message_list.view_place import ViewPlace
from neurotui.tui.message_list.viewport import BUDGET, Anchor
from neurotui.tui.terminal.bindings import bindings
from neurotui.wire.parts import Blob


class Transcript(Scroller):
    """The messages of a conversation, with a cursor on one of them or on none."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "to_start", show=False),
        Binding("end", "to_end", show=False),
        *(Binding(str(number), f"app.command('copy_code', {number})", show=False) for number in range(1, 10)),
        *bindings(Place.TRANSCRIPT),
    ]

    DEFAULT_CSS = """
    Transcript {
        width: 100%;
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.frames = Frames(self, self._grow)
        self._selection = TextSelection(self.stack)
        self.hits: Hits | None = None
        """The hits of the search; None if there is no search."""

    def on_mount(self) -> None:
        # Loading the parser and a lexer takes longer than a frame: it is done before an answer needs them.
        self.run_worker(asyncio.to_thread(lambda: (parser(), lexer_for("python"))), exit_on_error=False)
        if (pictures := in_use()) is not None:
            pictures.watch(self)

    @property
    def views(self) -> Sequence[MessageView]:
        """The messages as they are shown."""
        return self.stack.views

    @property
    def last_id(self) -> str | None:
        """Id of the last message; None if there are no messages."""
        return self.views[-1].message.id if self.views else None

    def show(
        self,
        messages: Sequence[Message],
        *,
        alternatives: Mapping[str, tuple[int, int]] = {},
        left_out: int = 0,
    ) -> None:
        """Show a whole conversation, at its end. `alternatives`: message id to (which, of how many).

        The first `left_out` messages are labelled as no longer sent.
        """
        self.frames.drop()
        self.screen.clear_selection()
        self.stack.views = views_of(messages, alternatives, left_out)
        self.stack.at_end = True
        self.cursor = None
        self.restack()
        if self.hits is not None:
            self.hits.look_again()

    def place(self) -> ViewPlace:
        """Return the place of the reader, and which messages are unfolded or raw."""
        return ViewPlace.of(self.stack, self.cursor)

    def go_back_to(self, place: ViewPlace) -> None:
        """Restore the place of the reader, as far as the messages are the same."""
        for view in self.stack.views:
            if view.message.id in place.unfolded:
                view.toggle_fold()
            if view.message.id in place.raw:
                view.toggle_raw()
        self.restack()
        self.cursor = self.stack.index_of(place.cursor)
        if (index := self.stack.index_of(place.top)) is not None:
            self.stack.read(index, monotonic() + BUDGET)
            self.go_to(self.stack.heights.top(index) + place.line)

    def append(self, message: Message) -> None:
        """Add a message at the end, and go there."""
        self.frames.draw()
        after = self.views[-1].message.created_at if self.views else None
        self.stack.views.append(MessageView(message, after=after))
        self.stack.at_end = True
        if self.hits is not None:
            self.hits.appended(message)
        self.restack()

    def extend(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Add pieces to the last message; they are drawn when the next frame is due."""
        if message_id == self.last_id:
            self.frames.add(text, reasoning)

    def replace(self, message: Message) -> None:
        """Replace a message by a newer form, usually the final one."""
        self.frames.draw()
        index = self.stack.index_of(message.id)
        if index is not None:
            self.stack.views[index].update(message)
            if self.hits is not None:
                self.hits.replaced(index, message)
            self.restack()

    def mark_lost(self, lost: Set[Blob]) -> None:
        """Mark the files whose kept copies are damaged or gone."""
        self.frames.draw()
        changed = [view for view in self.views if view.mark_lost(lost)]
        if changed:
            self.restack()

    def join(self, message: Message, alternatives: tuple[int, int] | None = None) -> None:
        """Let the last message, which has ended, be a part of the one before it, which takes this form."""
        stack = self.stack
        self.frames.draw()
        if len(stack.views) < 2 or stack.views[-1].message.id != message.id:
            return
        last, y = len(stack.views) - 2, stack.y_of(stack.top)
        was_there = not stack.at_end and stack.top.view > last
        del stack.views[-1]
        stack.views[-1].update(message)
        stack.views[-1].alternatives = alternatives
        if self.cursor is not None:
            self.cursor = min(self.cursor, last)
        stack.restack()
        if was_there:
            stack.read(last, monotonic() + BUDGET)
            stack.top = stack.place_at(y)
        if self.hits is not None:
            self.hits.look_again()
        self.changed()

    def show_line(self, place: Anchor) -> None:
        """Scroll to a line that is laid out, unless it is visible already."""
        stack = self.stack
        self.settle()
        y = stack.y_of(place)
        if not 0 <= y - self.scroll_offset.y < stack.rows:
            self.go_to(max(stack.heights.top(place.view), y - stack.rows // 3))
        if self.grows:  # otherwise the line would scroll away with the next one
            stack.at_end, stack.stays = False, True

    def picture_came(self) -> None:
        """Paint a picture that is in view."""
        if self.is_attached:
            self.settle()

    def _grow(self, text: str, reasoning: str) -> None:
        """Add the pieces that came since the last frame to the last message, and show them."""
        until, index = monotonic() + BUDGET, len(self.views) - 1
        self.views[index].extend(text, reasoning)
        if self.hits is not None:
            self.hits.extended(text, reasoning)
        if not self.stack.at_end and self.views[index].parts:
            self.stack.read(index, until)
        self.settle()

    # Finding

    def begin_find(self, told: Callable[[], None]) -> Hits:
        """Begin a search; `told` is called whenever the hits change."""
        if self.hits is None:
            self.hits = Hits(self, told)
        return self.hits

    def end_find(self) -> None:
        """Remove all marks without scrolling."""
        if self.hits is not None:
            self.hits.end()
            self.hits = None
            self.paint()

    def point(self, index: int) -> None:
        """Put the cursor on a message without scrolling to it."""
        self.cursor = index

    def what_to_show(self) -> list[Shown]:
        if self.hits is not None:
            self.hits.mark_window()
        return self._selection.mark(super().what_to_show())

    @property
    def grows(self) -> bool:
        """True while an answer is being written."""
        return bool(self.stack.views) and self.stack.views[-1].message.status is Status.RUNNING

    def toggle_fold(self, view: MessageView | None = None) -> bool:
        """Show the reasoning of a message or the chosen one, from its beginning, or hide it."""
        view = view or self.chosen
        if view is None or not view.toggle_fold():
            return False
        self.changed()
        header = Anchor(self.views.index(view))
        if view.unfolded and self.stack.y_of(header) < self.scroll_offset.y:
            self.show_line(header)
        return True

    def toggle_raw(self) -> None:
        """Switch the chosen message between its source, with invisible characters shown, and its text."""
        if (view := self.chosen) is not None:
            view.toggle_raw()
            self.changed()

    def changed(self) -> None:
        """Show a message whose lines have changed."""
        self.screen.clear_selection()
        self.restack()

    # Selecting

    def selection_updated(self, selection: Selection | None) -> None:
        self._selection.current = selection
        self.paint()

    @property
    def shows_selection(self) -> bool:
        """True if text on the screen is selected, and not only what is drawn around it."""
        selection = self.screen.selections.get(self)  # the screen's own: this view is told of it later
        return selection is not None and self._selection.shows(selection, super().what_to_show())

    def _select(self, selection: Selection | None) -> None:
        if selection is not None:
            self.screen.selections = {self: selection}

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return self._selection.text(selection), "\n"

    def render_line(self, y: int) -> Strip:
        """Return a row with the offsets of its characters; the screen asks for the row under the mouse."""
        place = self.stack.place_at(self.scroll_offset.y + y)
        shown = self.shown[y] if y < len(self.shown) else Shown()
        if self.stack.line_at(place) is not shown.line:
            return Strip.blank(self.size.width, self.look(""))
        return self.strip(shown._replace(more=False, selected=None)).apply_offsets(
            *offset_of(place, -self.margin)
        )

    # The mouse

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()  # textual would select everything on a double click
        stack, y = self.stack, self.scroll_offset.y + event.y
        if event.chain == 2:
            self._select(self._selection.word(event.x - self.margin, y))
        elif event.chain == 3:
            self._select(self._selection.line(y))
        if event.chain > 1 or self.text_selection is not None:
            return
        on_mark = event.y == stack.rows - 1 and event.x >= self.margin + stack.column - width_of(more_below())
        if on_mark and not stack.at_end:
            self.action_to_end()
            return
        place = stack.place_at(y)
        line = stack.line_at(place)
        if line is not None and (link := line.link_at(event.x - self.margin)):
            self._follow_link(link, stack.views[place.view])

    def _follow_link(self, link: str, view: MessageView) -> None:
        if link == FOLD:
            self.toggle_fold(view)
        elif link in (EARLIER, LATER):
            self.post_message(VersionPressed(view.message.id, 1 if link == LATER else -1))
        elif link.startswith(FILE):
            self.post_message(FilePressed(view.message.id, link.removeprefix(FILE)))
        elif url := openable(link):
            self.post_message(LinkPressed(url))
