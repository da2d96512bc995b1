"""Finds words in a conversation: the hits of each message, and which comes after which. Knows no screen.

What is looked through is what the messages show: their text, their reasoning, the arguments of their calls,
in letters as the search in all conversations compares them. Words are looked for as they stand, one behind
the other; where no message has them so, as words of which a message must have all; and where that finds
nothing either, as the same keys would have typed them on the other keyboard layout.

Hits are counted in texts that were made plain without being parsed. Whoever has parsed a message knows
better, and `correct`s the count. Of a text that grows, what is final is counted once.
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
"""Signs that stand for letters."""
_MANY = 64
"""Texts that are counted between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Query:
    """Words as they are looked for."""

    words: tuple[str, ...]
    """Folded. More than one: a message must have all of them, and each of them is a hit."""
    pattern: re.Pattern[str]
    switched: str = ""
    """What was typed as the other keyboard layout has it; empty where it is taken as it was typed."""

    def ranges(self, text: str) -> list[tuple[int, int]]:
        """Return where the hits in a text begin and end."""
        return [match.span() for match in self.pattern.finditer(fold(text))]

    def count(self, plain: str) -> int:
        """Return the number of hits in a text as `SearchedText` has it."""
        if len(self.words) == 1:
            return plain.count(self.words[0])
        return len(self.pattern.findall(plain))


def queries(typed: str, *, apart: bool = False) -> list[Query]:
    """Return the ways to take what was typed, the likeliest first; `apart`: as words that need not adjoin."""
    made: list[Query] = []
    for number, words in enumerate(readings(typed)):
        switched = " ".join(words) if number else ""
        for taken in [words] if apart or len(words) == 1 else [[" ".join(words)], words]:
            if (pattern := any_of(taken)) is not None:
                made.append(Query(tuple(" ".join(folded(word).split()) for word in taken), pattern, switched))
    return made


class Place(NamedTuple):
    """Which hit: of which message, in which of its texts, and the how many-eth there, all from 0 on."""

    message: int
    text: int = REASONING
    hit: int = 0


@dataclass(slots=True)
class _Counted:
    """What is known of one text."""

    hits: int = 0
    seen: set[str] = field(default_factory=set)
    """The words that are in it, if more than one is looked for."""
    pieces: int = 0
    """Those of the text that are counted."""


class Findings:
    """The hits of one query in the messages of a conversation, by number."""

    def __init__(self, query: Query, messages: Sequence[Searched]) -> None:
        """`messages` may become more, and others, if `grew` and `replaced` are called then."""
        self.query = query
        self._messages = messages
        self._hits: list[int] = []  # of each text: message 0's reasoning, its text, message 1's reasoning …
        self.total = 0
        """The number of hits, as far as they are counted."""
        self._next = 0  # the message that is counted next
        self._parts = tuple(part for word in query.words for part in word.split())
        self._growing: dict[int, _Counted] = {}  # of texts that grow, by their number in `_hits`

    @property
    def counted(self) -> bool:
        """True once all messages were looked through."""
        return self._next >= len(self._messages)

    def count(self, until: float) -> bool:
        """Look through messages until a time by `time.monotonic()`; False if some are left."""
        words = self.query.words
        while not self.counted and monotonic() <= until:
            some = list(self._messages[self._next : self._next + _MANY])
            for index, (reasoning, text) in enumerate(some, self._next):
                if reasoning.plain is not None and text.plain is not None and len(words) == 1:
                    hits = reasoning.plain.count(words[0]), text.plain.count(words[0])
                else:
                    hits = self._count(index)
                    if monotonic() > until:  # to make texts plain takes long
                        del some[index - self._next + 1 :]
                self._hits += hits
            self.total += sum(self._hits[2 * self._next :])
            self._next += len(some)
        return self.counted

    def grew(self, index: int) -> None:
        """Count what came to a message."""
        if index < self._next:
            for text, hits in enumerate(self._count(index)):
                self._set(2 * index + text, hits)

    def replaced(self, index: int) -> None:
        """Count a message that has other texts now."""
        self._growing.pop(2 * index, None)
        self._growing.pop(2 * index + 1, None)
        self.grew(index)

    def hits(self, place: Place) -> int:
        """Return the number of hits in the text that a place is in."""
        number = 2 * place.message + place.text
        return self._hits[number] if 0 <= number < len(self._hits) else 0

    def correct(self, place: Place, hits: int) -> None:
        """Take the number of hits in the text of a place from who has counted them as it is shown."""
        number = 2 * place.message + place.text
        if number < len(self._hits) and number not in self._growing:
            self._set(number, hits)

    def marks(self, index: int) -> bool:
        """True if hits in a message are to be marked: all of them, unless a message must have all words."""
        if len(self.query.words) == 1:
            return True
        return sum(self._hits[2 * index : 2 * index + 2]) > 0

    def rank(self, place: Place) -> int:
        """Return the number of a hit among all, from 1 on."""
        return sum(self._hits[: 2 * place.message + place.text]) + place.hit + 1

    def step(self, place: Place, step: int) -> Place | None:
        """Return the hit after a place, or with -1 before it, round the ends; None if there is none."""
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
        """Count the hits in both texts of a message; none if it does not have all words."""
        both = self._messages[index]
        if not (both[REASONING].grows or both[TEXT].grows or self._may_hold(both)):
            return 0, 0
        reasoning, text = (self._count_text(2 * index + number, text) for number, text in enumerate(both))
        words = self.query.words
        if len(words) > 1 and len(reasoning.seen | text.seen) < len(words):
            return 0, 0
        return reasoning.hits, text.hits

    def _may_hold(self, both: Searched) -> bool:
        """False if a part of a word is in neither text: most messages need not be made plain for that."""
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
    """What was typed, looked for in every way that it can be taken, until one finds something."""

    def __init__(self, typed: str, messages: list[Searched], *, apart: bool = False) -> None:
        self.findings: Findings | None = None
        """Those of the way that is tried, or that found something; None if there is nothing to look for."""
        self._messages = messages
        self._ways = [Findings(query, messages) for query in queries(typed, apart=apart)]
        self._way = 0
        if self._ways:
            self.findings = self._ways[0]

    def go_on(self, until: float) -> bool:
        """Look until a time by `time.monotonic()`; False if there is more to look through."""
        while self.findings is not None:
            if not self.findings.count(until):
                return False
            if self.findings.total or self._way >= len(self._ways):
                break
            self._way += 1
            self.findings = self._ways[self._way % len(self._ways)]  # where none finds anything, the first
        return True

    def append(self, message: Searched, until: float) -> None:
        """Take one more message."""
        self._messages.append(message)
        if self.findings is not None and self.findings.total:
            self.findings.count(until)

    def extend(self, text: str, reasoning: str) -> None:
        """Take what came to the last message."""
        last = self._messages[-1]
        last[REASONING].add(reasoning)
        last[TEXT].add(text)
        if self.findings is not None:
            self.findings.grew(len(self._messages) - 1)

    def replace(self, index: int, message: Message) -> None:
        """Take another form of a message, the final one as a rule."""
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
