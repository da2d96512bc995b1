"""Full-text search: what is typed to what the index is asked, and what it finds to lines with context.

Each word of a query may be any part of a word of the text; all of them must be in one message; words in
quotes are one. Letters are folded: case does not matter, ё is е, й is и with its mark. The index knows
trigrams (`neurotui.store.search_terms`). A message is also found by one of its attachments that has all
words, in its name or its text (`neurotui.store.attachment_search`). Hits come newest first,
and the index is read from that end: common words cost no more than rare ones (`neurotui.store.by_time` says
what is done where conversations were imported).

Where nothing is found, the query may have been typed on the wrong keyboard layout: it is tried as the same
keys would have typed it on the other one.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neurotui.chat.conversation import Role
from neurotui.chat.letters import any_of, composed, decomposed, fold, folded
from neurotui.i18n.keyboard import to_cyrillic, to_latin
from neurotui.store import attachment_search, by_time
from neurotui.store.by_time import PAGE, Place
from neurotui.store.message_rows import ROLES
from neurotui.store.search_terms import question
from neurotui.wire.surrogates import repair

_WORD = re.compile(r'"([^"]+)"|(\S+)')
_LONGEST_QUERY = 1000
"""Characters."""
_MARKS = ("\u0306", "\u0308", "\u0301")
"""Marks of letters that are in decomposed texts, and of stress."""
_BEFORE, _AFTER = 40, 120
"""Characters of context round the first match."""
_LAST = 2**63 - 1

_QUERY = """
SELECT m.seq, m.conversation_id, coalesce(nullif(c.title, ''), c.opening), m.id, m.role, m.model,
       m.created_at, m.text
FROM search
CROSS JOIN messages m ON m.seq = search.rowid
CROSS JOIN conversations c ON c.id = m.conversation_id
WHERE search MATCH ? AND search.rowid < ? AND c.deleted_at IS NULL{conditions}
ORDER BY search.rowid DESC LIMIT ?
"""
_ROW = """
SELECT m.seq, m.conversation_id, coalesce(nullif(c.title, ''), c.opening), m.id, m.role, m.model,
       m.created_at, m.text
FROM messages m CROSS JOIN conversations c ON c.id = m.conversation_id WHERE m.seq = ?
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line of context."""

    text: str
    matched: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A message in which a query was found."""

    conversation_id: str
    conversation_name: str
    message_id: str
    role: Role
    model: str
    created_at: float
    context: tuple[Piece, ...]
    """One line around the first match, in pieces that matched and that did not."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a search: whole words before parts of words, the newest first."""

    hits: tuple[Hit, ...]
    query: str
    """The query that was searched for in the end."""
    switched: bool = False
    """True if that is the query on the other keyboard layout, because nothing was found as it was typed."""
    more: Place | None = None
    """Start of the next page, if there are more hits: the `before` of `search`."""


def words_of(query: str) -> list[str]:
    """Return the words of a query, in composed characters; what stands in quotes is one of them."""
    visible = "".join(
        " " if unicodedata.category(character) == "Cc" else character
        for character in repair(query[:_LONGEST_QUERY])
    )
    return [quoted or word for quoted, word in _WORD.findall(composed(visible))]


def readings(query: str) -> list[list[str]]:
    """Return the words of a query as they were typed, then as the same keys give them on the other layout."""
    typed = words_of(query)
    found = [typed]
    for switch in (to_cyrillic, to_latin):
        switched = [switch(word) for word in typed]
        if switched not in found:
            found.append(switched)
    return found if typed else []


def search(
    connection: sqlite3.Connection, query: str, *, limit: int = PAGE, before: Place | None = None
) -> Found:
    """Return the newest messages with all words of a query, whole words first on each page.

    `before` is the `more` of the page before.
    """
    for number, words in enumerate(readings(query)):
        rows = _find(connection, words, limit + 1, before)
        if rows:
            more = (rows[limit - 1][6], rows[limit - 1][0]) if len(rows) > limit else None
            hits = tuple(_hits(rows[:limit], words))
            return Found(hits, " ".join(words) if number else query, bool(number), more)
    return Found((), query)


def _find(
    connection: sqlite3.Connection, words: Sequence[str], limit: int, before: Place | None
) -> list[tuple[Any, ...]]:
    place = before or (float("inf"), _LAST)
    ordered = by_time.in_order(connection)
    found = _in_messages(connection, words, limit, place, ordered)
    seen = {row[0] for row in found}
    found += (
        row for row in attachment_search.find(connection, words, limit, place, ordered) if row[0] not in seen
    )
    found.sort(key=lambda row: row[0] if ordered else (row[6], row[0]), reverse=True)
    return found[:limit]


def _in_messages(
    connection: sqlite3.Connection, words: Sequence[str], limit: int, place: Place, ordered: bool
) -> list[tuple[Any, ...]]:
    asked = question(connection, "search", words)
    if asked is None:
        return []
    conditions, values = asked.conditions("m.text"), asked.values
    if ordered:
        return connection.execute(
            _QUERY.format(conditions=conditions), (asked.match, place[1], *values, limit)
        ).fetchall()
    found = by_time.newest(connection, asked.match, conditions, values, limit, place)
    return [connection.execute(_ROW, (seq,)).fetchone() for seq in found]


def _hits(rows: Sequence[tuple[Any, ...]], words: Sequence[str]) -> Iterator[Hit]:
    """Yield the hits of a page: first those that hold each word as a whole word."""
    marks = any_of(words)
    assert marks is not None
    sought = [(folded(word), *map(fold, decomposed(folded(word)))) for word in words]
    parts = []
    for row in rows:
        text = fold(row[7])
        if all(any(_is_whole(form, text) for form in forms) for forms in sought):
            yield _hit(row, text, marks)
        else:
            parts.append((row, text))
    for row, text in parts:
        yield _hit(row, text, marks)


def _is_whole(word: str, text: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        after = text[end : end + 1]
        if not after.isalnum() and after not in _MARKS and not text[max(0, start - 1) : start].isalnum():
            return True
        start = text.find(word, end)
    return False


def _hit(row: tuple[Any, ...], folded_text: str, marks: re.Pattern[str]) -> Hit:
    _seq, conversation_id, name, message_id, role, model, created_at, text = row
    return Hit(
        conversation_id,
        name,
        message_id,
        ROLES.get(role, Role.SYSTEM),
        model,
        created_at,
        tuple(_context(text, folded_text, marks)),
    )


def _context(text: str, folded_text: str, marks: re.Pattern[str]) -> Iterator[Piece]:
    match = marks.search(folded_text)
    place = match.start() if match else 0
    start = max(0, place - _BEFORE)
    end = place + _AFTER
    line = " ".join(text[start:end].split())
    if start > 0:
        yield Piece("…", False)
    done = 0
    for match in marks.finditer(fold(line)):
        if match.start() > done:
            yield Piece(line[done : match.start()], False)
        yield Piece(line[match.start() : match.end()], True)
        done = match.end()
    if done < len(line):
        yield Piece(line[done:], False)
    if end < len(text):
        yield Piece("…", False)
