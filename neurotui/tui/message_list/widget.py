"""The conversation: messages that are shown, and an answer that streams into the last of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic, thread_time

from neurotui.chat.conversation import Message
from neurotui.markdown.highlight import lexer_for
from neurotui.markdown.parser import parser
from neurotui.tui.message_list.cursor import CursorView
from neurotui.tui.message_list.hits import Hits
from neurotui.tui.message_list.message_view import MessageView
from neurotui.tui.message_list.painter import Shown
from neurotui.tui.message_list.viewport import BUDGET, Anchor

FRAME = 1 / 16
"""Seconds between two pictures of an answer that streams, at least."""
SHARE = 0.25
"""Of a core's time that drawing may take."""


class Transcript(CursorView):
    """The messages of a conversation, from the first to the last."""

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
        self._pending: list[tuple[str, str]] = []
        self._frame: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.hits: Hits | None = None
        """What is looked for; None if nothing is."""

    def on_mount(self) -> None:
        self.run_worker(asyncio.to_thread(_load), exit_on_error=False)

    @property
    def views(self) -> Sequence[MessageView]:
        """The messages as they are shown."""
        return self.stack.views

    @property
    def last_id(self) -> str | None:
        """The id of the last message."""
        return self.views[-1].message.id if self.views else None

    def show(
        self,
        messages: Sequence[Message],
        *,
        alternatives: Mapping[str, tuple[int, int]] = {},
        left_out: int = 0,
    ) -> None:
        """Shows a whole conversation, at its end. `alternatives`: message id to (which, of how many).

        Of the first `left_out` messages it says that they are not sent any more.
        """
        self._drop_frame()
        self._pending.clear()
        self.screen.clear_selection()
        self.stack.views = [
            MessageView(message, alternatives.get(message.id), left_out=at < left_out)
            for at, message in enumerate(messages)
        ]
        self.stack.at_end = True
        self.cursor = None
        self.restack()
        if self.hits is not None:
            self.hits.look_again()

    def append(self, message: Message) -> None:
        """Adds a message at the end, and goes there."""
        self._draw_frame()
        self.stack.views.append(MessageView(message))
        self.stack.at_end = True
        if self.hits is not None:
            self.hits.appended(message)
        self.restack()

    def extend(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Adds what came to the last message; it is drawn when the next frame is due."""
        if message_id != self.last_id:
            return
        self._pending.append((text, reasoning))
        if self._frame is None:
            wait = self._due - monotonic()
            if wait <= 0:
                self._draw_frame()
            else:
                self._frame = asyncio.get_running_loop().call_later(wait, self.call_later, self._draw_frame)

    def replace(self, message: Message) -> None:
        """Gives a message another form, the final one as a rule."""
        self._draw_frame()
        index = self._index(message.id)
        if index is not None:
            self.stack.views[index].update(message)
            if self.hits is not None:
                self.hits.replaced(index, message)
            self.restack()

    def point_at(self, message_id: str, wanted: Callable[[str], bool] | None = None) -> None:
        """Puts the cursor on a message and shows it: its first line that is `wanted`, if any is."""
        index = self._index(message_id)
        if index is None:
            return
        self.move_cursor(index)
        if wanted is not None:
            self._go_to_line(index, wanted)

    def _go_to_line(self, index: int, wanted: Callable[[str], bool], part: int = 1) -> None:
        """Shows the first line that is `wanted` of the message under the cursor, once it is laid out."""
        stack = self.stack
        if self.cursor != index:
            return  # the reader went elsewhere
        if not stack.rows:
            self.call_after_refresh(self._go_to_line, index, wanted, part)
            return
        until = monotonic() + BUDGET
        done = stack.read(index, until)
        parts = stack.views[index].parts
        while part < len(parts) - (not done) and monotonic() < until:
            for line in range(stack.lay_out(index, part)):
                if wanted(parts[part].line(line).text):
                    self.show_line(Anchor(index, part, line))
                    return
            part += 1
        self.settle()
        if not done or part < len(parts):
            self.call_soon(self._go_to_line, index, wanted, part)

    def show_line(self, place: Anchor) -> None:
        """Shows a line that is laid out, where it is not shown already."""
        stack = self.stack
        self.settle()
        y = stack.y_of(place)
        if not 0 <= y - self.scroll_offset.y < stack.rows:
            self.go_to(max(stack.heights.top(place.view), y - stack.rows // 3))

    def _index(self, message_id: str) -> int | None:
        for index in range(len(self.views) - 1, -1, -1):
            if self.views[index].message.id == message_id:
                return index
        return None

    # Finding

    def begin_find(self, told: Callable[[], None]) -> Hits:
        """Begin to look for something; `told` is called whenever there is more, or less, to tell."""
        if self.hits is None:
            self.hits = Hits(self, told)
        return self.hits

    def end_find(self) -> None:
        """Take all marks away; what is shown stays where it is."""
        if self.hits is not None:
            self.hits.unmark()
            self.hits = None
            self.paint()

    def point(self, index: int) -> None:
        """Put the cursor on a message, without going there."""
        self.cursor = index

    def what_to_show(self) -> list[Shown]:
        if self.hits is not None:
            self.hits.mark_window()
        return super().what_to_show()

    # Frames

    def _draw_frame(self) -> None:
        """Shows what came since the last frame, and sets when the next one is due."""
        self._drop_frame()
        if not self._pending:
            return
        started, spent = monotonic(), thread_time()
        text = "".join([text for text, _ in self._pending])
        reasoning = "".join([reasoning for _, reasoning in self._pending])
        self._pending.clear()
        index = len(self.views) - 1
        self.views[index].extend(text, reasoning)
        if self.hits is not None:
            self.hits.extended(text, reasoning)
        if not self.stack.at_end and self.views[index].parts:
            self.stack.read(index, started + BUDGET)
        self.settle()
        self._due = started + FRAME

        def painted() -> None:
            self._due = max(self._due, started + (thread_time() - spent) / SHARE)

        self.call_after_refresh(painted)

    def _drop_frame(self) -> None:
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None


def _load() -> None:
    """Loads what the first word and the first code of an answer need: it takes longer than a frame."""
    parser()
    lexer_for("python")
