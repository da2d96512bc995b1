"""Search for words in one conversation: the hits of each message, and their order. Knows no screen.

The search covers what the messages show: their text, their reasoning, the arguments of their calls, with
letters folded as in the search of all conversations. The query is first taken as a phrase; if no message has
it, as words of which a message must have all; and if that finds nothing either, as the same keys would have
typed it on the other keyboard layout.

Hits are counted in texts that were made plain without being parsed. A caller that has parsed a message knows
better, and `correct`s the count. The final part of a growing text is counted once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import NamedTuple

from neurotui.app.searched_text import REASONING, TEXT, Searched, SearchedText, searched
from neurotui.chat.conversation import Message, Status
from neurotui.chat.letters import any_of, fold, folded
from neurotui.store.search import readings

_SPECIAL = re.compile(r"[\\&$\ue200]")
"""Characters that may stand for letters: escapes, entities, formulas, citations."""
_MANY = 64
"""Number of messages that are counted between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Query:
    """One way to take what was typed."""

    words: tuple[str, ...]
    """Folded. If there are several, a message must have all of them, and each of them is a hit."""
    pattern: re.Pattern[str]
    switched: str = ""
    """The words typed on the other keyboard layout; empty if they are taken as typed."""

    def ranges(self, text: str) -> list[tuple[int, int]]:
        """Return the ranges of the hits in a text."""
        return [match.span() for match in self.pattern.finditer(fold(text))]

    def count(self, plain: str) -> int:
        """Return the number of hits in the plain text of a `SearchedText`."""
        if len(self.words) == 1:
            return plain.count(self.words[0])
        return len(self.pattern.findall(plain))


def queries(typed: str, *, apart: bool = False) -> list[Query]:
    """Return the ways to take what was typed, the likeliest first; `apart`: never as a phrase."""
    made: list[Query] = []
    for number, words in enumerate(readings(typed)):
        switched = " ".join(words) if number else ""
        for taken in [words] if apart or len(words) == 1 else [[" ".join(words)], words]:
            if (pattern := any_of(taken)) is not None:
                made.append(Query(tuple(" ".join(folded(word).split()) for word in taken), pattern, switched))
    return made


class Place(NamedTuple):
    """Position of a hit: index of the message, of its text, and of the hit in the text."""

    message: int
    text: int = REASONING
    hit: int = 0


@dataclass(slots=True)
class _Counted:
    """The hits counted in one text."""

    hits: int = 0
    seen: set[str] = field(default_factory=set)
    """The words that occur in the text, if the query has more than one."""
    pieces: int = 0
    """Number of the text's pieces that are counted."""


class Findings:
    """The hits of one query in the messages of a conversation, by number."""

    def __init__(self, query: Query, messages: Sequence[Searched]) -> None:
        """`messages` may change later: call `grew` or `replaced` then."""
        self.query = query
        self._messages = messages
        self._hits: list[int] = []  # of each text: message 0's reasoning, its text, message 1's reasoning …
        self.total = 0
        """The number of hits, as far as they are counted."""
        self._next = 0  # index of the message that is counted next
        self._parts = tuple(part for word in query.words for part in word.split())
        self._growing: dict[int, _Counted] = {}  # growing texts, by their index in `_hits`

    @property
    def counted(self) -> bool:
        """True once all messages are searched."""
        return self._next >= len(self._messages)

    def count(self, until: float) -> bool:
        """Search messages until `until` (`time.monotonic()`); return False if some are left."""
        words = self.query.words
        while not self.counted and monotonic() <= until:
            some = list(self._messages[self._next : self._next + _MANY])
            for index, (reasoning, text) in enumerate(some, self._next):
                if reasoning.plain is not None and text.plain is not None and len(words) == 1:
                    hits = reasoning.plain.count(words[0]), text.plain.count(words[0])
                else:
                    hits = self._count(index)
                    if monotonic() > until:  # making texts plain takes long
                        del some[index - self._next + 1 :]
                self._hits += hits
            self.total += sum(self._hits[2 * self._next :])
            self._next += len(some)
        return self.counted

    def grew(self, index: int) -> None:
        """Count the hits in the pieces that were added to a message."""
        if index < self._next:
            for text, hits in enumerate(self._count(index)):
                self._set(2 * index + text, hits)

    def replaced(self, index: int) -> None:
        """Count the hits of a message again after its texts were replaced."""
        self._growing.pop(2 * index, None)
        self._growing.pop(2 * index + 1, None)
        self.grew(index)

    def hits(self, place: Place) -> int:
        """Return the number of hits in the text that a place is in."""
        number = 2 * place.message + place.text
        return self._hits[number] if 0 <= number < len(self._hits) else 0

    def correct(self, place: Place, hits: int) -> None:
        """Set the number of hits in the text of a place, as counted in the text as it is shown."""
        number = 2 * place.message + place.text
        if number < len(self._hits) and number not in self._growing:
            self._set(number, hits)

    def marks(self, index: int) -> bool:
        """True if hits in a message are to be marked: unless it lacks one of several words."""
        if len(self.query.words) == 1:
            return True
        return sum(self._hits[2 * index : 2 * index + 2]) > 0

    def rank(self, place: Place) -> int:
        """Return the number of a hit among all, from 1 on."""
        return sum(self._hits[: 2 * place.message + place.text]) + place.hit + 1

    def step(self, place: Place, step: int) -> Place | None:
        """Return the hit after a place, or with -1 before it, wrapping round; None if there is none."""
        if 0 <= place.hit + step < self.hits(place):
            return place._replace(hit=place.hit + step)
        count, at = len(self._hits), 2 * place.message + place.text
        for distance in range(1, count + 1):
            number = (at + distance * step) % count
            if hits := self._hits[number]:
                return Place(number // 2, number % 2, 0 if step > 0 else hits - 1)
        return None

    def _set(self, number: int, hits: int) -> None:
        self.total += hits - self._hits[number]
        self._hits[number] = hits

    def _count(self, index: int) -> tuple[int, int]:
        """Return the number of hits in each text of a message: 0 and 0 if it lacks one of the words."""
        both = self._messages[index]
        if not (both[REASONING].grows or both[TEXT].grows or self._may_hold(both)):
            return 0, 0
        reasoning, text = (self._count_text(2 * index + number, text) for number, text in enumerate(both))
        words = self.query.words
        if len(words) > 1 and len(reasoning.seen | text.seen) < len(words):
            return 0, 0
        return reasoning.hits, text.hits

    def _may_hold(self, both: Searched) -> bool:
        """False if a part of a word is in neither text: spares making most messages plain."""
        reasoning, text = both[REASONING].rough(), both[TEXT].rough()
        for part in self._parts:
            if part not in text and part not in reasoning:
                return both[TEXT].plain is None and _SPECIAL.search(text) is not None
        return True

    def _count_text(self, number: int, text: SearchedText) -> _Counted:
        if not text.length:
            return _Counted()
        text.settle()
        counted = self._growing.pop(number, None) or _Counted()
        if text.plain is not None:
            counted = _Counted()
            self._look_at(text.plain, counted)
            return counted
        for piece in text.pieces[counted.pieces :]:
            self._look_at(piece, counted)
        counted.pieces = len(text.pieces)
        self._growing[number] = counted
        with_rest = replace(counted, seen=set(counted.seen))
        self._look_at(text.rest(), with_rest)
        return with_rest

    def _look_at(self, plain: str, counted: _Counted) -> None:
        words = self.query.words
        if len(words) > 1:
            seen = {word for word in words if word in plain}
            if not seen:
                return
            counted.seen |= seen
        counted.hits += self.query.count(plain)


class Search:
    """A search that tries every way to take what was typed until one finds something."""

    def __init__(self, typed: str, messages: list[Searched], *, apart: bool = False) -> None:
        self.findings: Findings | None = None
        """The hits of the query that is tried or has found something; None if nothing is searched for."""
        self._messages = messages
        self._ways = [Findings(query, messages) for query in queries(typed, apart=apart)]
        self._way = 0
        if self._ways:
            self.findings = self._ways[0]

    def go_on(self, until: float) -> bool:
        """Search until `until` (`time.monotonic()`); return False if something is left to search."""
        while self.findings is not None:
            if not self.findings.count(until):
                return False
            if self.findings.total or self._way >= len(self._ways):
                break
            self._way += 1
            self.findings = self._ways[self._way % len(self._ways)]  # if none finds anything, the first
        return True

    def append(self, message: Searched, until: float) -> None:
        """Add a message at the end, and search it."""
        self._messages.append(message)
        if self.findings is not None and self.findings.total:
            self.findings.count(until)

    def extend(self, text: str, reasoning: str) -> None:
        """Add pieces to the last message, and search them."""
        last = self._messages[-1]
        last[REASONING].add(reasoning)
        last[TEXT].add(text)
        if self.findings is not None:
            self.findings.grew(len(self._messages) - 1)

    def replace(self, index: int, message: Message) -> None:
        """Search a message again after it was replaced, usually by its final form."""
        was = self._messages[index]
        lengths = (len(message.reasoning), len(message.text))
        if (
            (was[REASONING].length, was[TEXT].length) == lengths
            and was[TEXT].grows
            and not message.tool_calls
        ):
            for text in was:
                text.grows = message.status is Status.RUNNING
            if self.findings is not None:
                self.findings.grew(index)
        else:
            self._messages[index] = searched(message)
            if self.findings is not None:
                self.findings.replaced(index)
