"""Find in the messages that are shown: hits are marked where they are seen, and visited one by one.

The hits are counted without laying out the messages (`neurotui.app.finding`); those in the window are marked
before it is painted. Before a hit is shown, its message is read to the end and its hits are counted again as
they are marked, so that each step leads to one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Protocol

from neurotui.app.finding import Findings, Place, Query, Search
from neurotui.app.searched_text import LARGE, REASONING, TEXT, SearchedText, searched
from neurotui.chat.conversation import Message, Status
from neurotui.markdown.marking import Find
from neurotui.tui.message_list.marks import Here, Marks
from neurotui.tui.message_list.message_view import MessageView
from neurotui.tui.message_list.viewport import BUDGET, Anchor, Viewport

EXACT = 20_000
"""Longest message in the window (characters) whose hits are counted as they are marked."""


class View(Protocol):
    """The part of the transcript that the search needs."""

    stack: Viewport

    def settle(self) -> None:
        """Lay out and paint what is in the window."""

    def restack(self) -> None:
        """Measure all messages again, and show them."""

    def show_line(self, place: Anchor) -> None:
        """Scroll to a line that is laid out, unless it is visible already."""

    def point(self, index: int) -> None:
        """Put the cursor on a message without scrolling to it."""

    def call_soon(self, callback: Callable[..., None], *arguments: object) -> None:
        """Call `callback` after everything the event loop has to do already."""

    def call_after_refresh(self, callback: Callable[..., None], *arguments: object) -> bool:
        """Call `callback` once the screen is laid out."""


class Hits:
    """The hits of a search in a transcript."""

    def __init__(self, view: View, told: Callable[[], None]) -> None:
        """Call `told` whenever the number of hits or the reader's hit changes."""
        self._view = view
        self._stack = view.stack
        self._told = told
        self.place: Place | None = None
        """The hit that the reader is at."""
        self._typed, self._apart = "", False
        self._large: asyncio.Future[None] | None = None  # converts the large texts to plain ones
        self._texts: list[SearchedText] = []  # still to be converted to plain text
        self._begin = self._stack.top
        self._done = True
        self._marks = Marks(self._stack)
        self._query: Query | None = None  # whose hits are marked
        self._unfolded: MessageView | None = None  # for a hit in its reasoning
        self._exact: set[tuple[int, int]] = set()  # texts whose hits were counted as they are marked
        self._direction, self._missed = 1, 0
        self.look_again()

    # Looking

    def look_again(self) -> None:
        """Search the messages that are shown now, and stay in place."""
        self._messages = [searched(view.message, view.text, view.reasoning) for view in self._stack.views]
        texts = [
            text for message in self._messages for text in message if text.plain is None and not text.grows
        ]
        large = [text for text in texts if text.length > LARGE]
        loop = asyncio.get_running_loop()
        self._large = loop.run_in_executor(None, _settle, large) if large else None
        self._texts.clear()
        self._texts = texts
        Thread(target=_settle, args=(texts,), daemon=True).start()  # nobody waits for it, nor the end
        self._begin = self._stack.top
        self._look(lambda: None)

    def look_for(self, typed: str, *, apart: bool = False, at: str = "") -> None:
        """Search for `typed`, and go to the hit that is nearest to where the reader began.

        `apart`: search for its words in any order even if they occur as a phrase somewhere; `at`: go to the
        first hit in the text of the message with this id instead.
        """
        self._typed, self._apart = typed, apart
        self._look((lambda: self.go_to(at)) if at else self._go_to_nearest)

    def _look(self, then: Callable[[], None]) -> None:
        self._marks.clear()
        self._query = None
        self.place, self._done = None, False
        self._exact.clear()
        self._search = Search(self._typed, self._messages, apart=self._apart)
        self._count(self._search, then)

    def _count(self, search: Search, then: Callable[[], None]) -> None:
        if search is not self._search:
            return  # another search has begun
        if self._large is not None and not self._large.done():
            self._large.add_done_callback(lambda _: self._view.call_soon(self._count, search, then))
            return
        self._done = search.go_on(monotonic() + BUDGET)
        self._mark(search)
        if not self._done:
            self._view.call_soon(self._count, search, then)
        elif self.findings is not None:
            then()
        self._told()

    def _mark(self, search: Search) -> None:
        """Mark the hits in the window by the query tried now, before all hits are counted."""
        query = search.findings.query if search.findings is not None else None
        if query is not self._query:
            self._marks.clear()
            self._query = query
            self._marks.find = query.ranges if query is not None else None
        self._view.settle()

    @property
    def findings(self) -> Findings | None:
        """The hits; None while the search is running, and if there is nothing to search for."""
        return self._search.findings if self._done else None

    @property
    def rank(self) -> int:
        """The number of the reader's hit among all, from 1 on; 0 if the reader is at none."""
        findings, place = self.findings, self.place
        return findings.rank(place) if findings is not None and place is not None else 0

    # Changes of the messages

    def appended(self, message: Message) -> None:
        """Search a message that was added at the end."""
        self._search.append(searched(message), monotonic() + BUDGET)
        self._told()

    def extended(self, text: str, reasoning: str) -> None:
        """Search the pieces that were added to the last message."""
        before = self.findings.total if self.findings is not None else 0
        self._search.extend(text, reasoning)
        if self.findings is not None and self.findings.total != before:
            self._told()

    def replaced(self, index: int, message: Message) -> None:
        """Search a message again after it was replaced."""
        self._search.replace(index, message)
        self._exact -= {(index, REASONING), (index, TEXT)}
        if self.findings is not None and not self.findings.total and message.status is not Status.RUNNING:
            self._look(lambda: None)  # the new text may match another kind of query
        self._told()

    # Marking

    def mark_window(self) -> None:
        """Mark the hits in the lines that are about to be painted."""
        find, findings = self._marks.find, self._search.findings
        if find is not None and findings is not None:
            for index in self._marks.mark_window(findings.marks):
                if self._done:
                    self._count_as_marked(findings, find, index)

    def end(self) -> None:
        """Remove all marks and stop searching."""
        self._texts.clear()
        self._marks.clear()

    def _count_as_marked(self, findings: Findings, find: Find, index: int) -> None:
        """Correct the number of hits of a message in the window, unless that would take long."""
        view = self._stack.views[index]
        if (index, TEXT) in self._exact or view.raw or view.reading or not view.parts:
            return
        if view.message.status is Status.RUNNING or len(view.message.text) > EXACT:
            return
        self._exact.add((index, TEXT))
        hits = sum(part.count_hits(find) for part in view.parts[view.text_at :])
        if hits != findings.hits(Place(index, TEXT)):
            findings.correct(Place(index, TEXT), hits)
            self._view.call_soon(self._told)

    # Going to hits

    def step(self, step: int) -> None:
        """Go to the next hit, or with -1 to the previous one, wrapping round at the ends."""
        if (findings := self.findings) is not None:
            place = self.place or Place(self._stack.top.view, REASONING, -1 if step > 0 else 0)
            self._go_to(findings.step(place, step), step)

    def go_to(self, message_id: str, hit: int = 0) -> None:
        """Go to the hit with the number `hit`, from 0 on, in the text of a message."""
        views, findings = self._stack.views, self.findings
        index = next((at for at, view in enumerate(views) if view.message.id == message_id), None)
        if index is not None and findings is not None and findings.marks(index):
            self._go_to(Place(index, TEXT, hit), 0)

    def _go_to_nearest(self) -> None:
        """Go to the first hit in the window that the reader began with, else to the last one above it."""
        stack, findings, find, begin = self._stack, self.findings, self._marks.find, self._begin
        if findings is None or find is None or begin.view >= len(stack.views):
            return
        view = stack.views[begin.view]
        in_text = 0 < view.text_at <= begin.part
        above = view.parts[view.text_at if in_text else 1 : begin.part]
        start = Place(
            begin.view, TEXT if in_text else REASONING, sum(part.count_hits(find) for part in above)
        )
        after = findings.step(start._replace(hit=start.hit - 1), 1)
        before = findings.step(start, -1)
        if after is None or before is None:
            return
        last = stack.place_at(stack.y_of(begin) + max(0, stack.rows - 1)).view
        if start <= after and (after.message <= last or before >= start):
            self._go_to(after, 1)
        else:
            self._go_to(before, -1)

    def _go_to(self, place: Place | None, direction: int) -> None:
        self.place, self._direction = place, direction
        if place is not None:
            self._reach(place, [])
        self._told()

    def _reach(self, place: Place, counted: list[int]) -> None:
        """Read the message of a hit, count its hits as they are marked, and show the hit."""
        stack, find = self._stack, self._marks.find
        if self.place != place or find is None or place.message >= len(stack.views):
            return  # the reader went elsewhere
        if not stack.rows:
            self._view.call_after_refresh(self._reach, place, counted)
            return
        view = stack.views[place.message]
        self._fold(view, place)
        until = monotonic() + BUDGET
        done = stack.read(place.message, until)
        first, last = self._parts(view, place)
        while done and first + len(counted) < last and monotonic() < until:
            counted.append(view.parts[first + len(counted)].count_hits(find))
        if not done or first + len(counted) < last:
            self._view.settle()
            self._view.call_soon(self._reach, place, counted)
            return
        self._show(view, place, first, counted)

    def _show(self, view: MessageView, place: Place, first: int, counted: list[int]) -> None:
        findings = self.findings
        assert findings is not None
        hits, hit = sum(counted), place.hit
        if view.raw:
            hit = min(hit, hits - 1)
        else:
            if self._direction < 0 and hit == findings.hits(place) - 1:
                hit = hits - 1  # the last is meant, whatever its number
            findings.correct(place, hits)
            self._exact.add(place[:2])
        if not 0 <= hit < hits:
            self._miss(findings, place._replace(hit=hits - 1 if self._direction > 0 else hit))
            return
        self.place, self._missed = place._replace(hit=hit), 0
        part = 0
        while hit >= counted[part]:
            hit -= counted[part]
            part += 1
        self._marks.take(Here(*place[:2], part, hit))
        self._view.point(place.message)
        self._stack.lay_out(place.message, first + part)
        line = view.parts[first + part].line_of_hit()
        self._view.show_line(Anchor(place.message, first + part, line))
        self._told()

    def _miss(self, findings: Findings, place: Place) -> None:
        """Go to the next hit after a text turned out to have fewer hits than were counted."""
        self._missed += 1
        if not self._direction:  # this text was meant, and no other
            self.place = None
            self._told()
        elif self._missed <= 2 * len(self._stack.views):
            self._view.call_soon(self._go_to, findings.step(place, self._direction), self._direction)

    def _fold(self, view: MessageView, place: Place) -> None:
        """Unfold the reasoning that a hit is in; fold it again once the reader goes elsewhere."""
        opened = self._unfolded
        if opened is not None and (opened is not view or place.text != REASONING):
            self._unfolded = None
            if opened.unfolded:
                opened.toggle_fold()
                self._view.restack()
        if place.text == REASONING and not view.unfolded and not view.raw:
            view.toggle_fold()
            self._unfolded = view
            self._view.restack()

    def _parts(self, view: MessageView, place: Place) -> tuple[int, int]:
        """Return the range of the parts that the text of a hit is made of."""
        if view.raw or place.text == TEXT:
            return view.text_at, len(view.parts)
        return 1, view.text_at - 1


def _settle(texts: list[SearchedText]) -> None:
    """Convert texts to plain ones in a thread, the last first, until the list is empty or cleared."""
    with suppress(IndexError):
        while texts:
            texts.pop().settle()
