"""The conversations that are kept: listed, opened, named, deleted, forked, searched.

All of it blocks, the longest of it for some tens of milliseconds: call it in a thread where something must
not wait.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Container, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neurotui.chat.budget import PaidAnswer
from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, new_id
from neurotui.chat.letters import folded
from neurotui.chat.tokens import estimate_tokens
from neurotui.store import adding, rows, search
from neurotui.store.adding import Added as Added
from neurotui.store.by_time import Place
from neurotui.store.database import Database
from neurotui.store.shelf import Shelf
from neurotui.store.values import from_text
from neurotui.wire.events import Usage
from neurotui.wire.request import repair

_ANSWERS_BETWEEN = """
SELECT min(m.seq), m.id, m.status, m.model, m.usage, m.timing, m.text, m.reasoning
FROM conversations c CROSS JOIN messages m ON m.conversation_id = c.id
WHERE c.updated_at >= :start AND m.role = 'assistant' AND m.created_at >= :start AND m.created_at < :end
GROUP BY m.created_at, m.model, m.text
"""
"""Answers by the time of their question, deleted ones too; of copies, as in a fork, the first alone."""

DELETED_FOR = 7 * 24 * 3600
"""Seconds for which a deleted conversation can be brought back."""

_SUMMARIES = """
SELECT id, coalesce(nullif(title, ''), opening), pinned, created_at, updated_at, model, message_count,
       characters, status
FROM conversations WHERE deleted_at IS NULL ORDER BY pinned DESC, touched DESC
"""

_IDS = "SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY pinned DESC, touched DESC"

LARGE = 8_000_000
"""Characters of a conversation that is read from a shelf, which is slower and takes no memory."""

_PROMPTS = """
SELECT text FROM messages JOIN conversations ON conversations.id = conversation_id
WHERE role = 'user' AND deleted_at IS NULL AND length(text) <= 10000 ORDER BY seq DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as the history lists it."""

    id: str
    name: str
    """The title, or the first words of the first question; empty where there is neither."""
    pinned: bool
    created_at: float
    updated_at: float
    """When its newest message was made, in Unix time. Lists are not ordered by it: clocks jump."""
    model: str
    """That of the newest answer."""
    message_count: int
    """On all branches."""
    characters: int
    """Of the texts of all messages."""
    status: Status
    """How the newest message ended."""


class Library:
    """The conversations in one file. Every method raises StoreError."""

    def __init__(self, database: Database, lives: rows.Lives) -> None:
        self._database = database
        self._lives = lives

    def summaries(self) -> list[Summary]:
        """All conversations: the pinned ones, then the others, each with the newest first."""

        def work(connection: sqlite3.Connection) -> list[Summary]:
            running = {
                conversation_id
                for owner, conversation_id in connection.execute(
                    "SELECT owner, conversation_id FROM messages WHERE status = 'running'"
                )
                if self._lives(owner or "")
            }
            return [_summary(row, running) for row in connection.execute(_SUMMARIES)]

        return self._database.read(work)

    def open(self, conversation_id: str) -> Conversation | None:
        """The conversation with this id, on the branch that was last looked at; None where there is none."""
        return self._database.read(lambda connection: rows.read(connection, conversation_id, self._lives))

    def latest(self) -> Conversation | None:
        """The conversation in which something was asked last."""
        latest = self.latest_id()
        return self.open(latest) if latest else None

    def latest_id(self) -> str | None:
        """The id of the conversation in which something was asked last."""

        def work(connection: sqlite3.Connection) -> str | None:
            found = connection.execute(
                "SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY touched DESC LIMIT 1"
            ).fetchone()
            return found[0] if found else None

        return self._database.read(work)

    def conversations(self) -> Iterator[Conversation]:
        """All conversations, in the order of `summaries`, each read when it is asked for."""
        for id_ in self.ids():
            conversation = self.open_large(id_)
            if conversation is not None:
                yield conversation

    def ids(self) -> list[str]:
        """The ids of all conversations, in the order of `summaries`."""
        return self._database.read(lambda connection: [id_ for (id_,) in connection.execute(_IDS)])

    def open_large(self, conversation_id: str) -> Conversation | None:
        """As `open`; but where it is large, its messages are not in memory."""

        def work(connection: sqlite3.Connection) -> Conversation | None:
            found = connection.execute(
                "SELECT characters FROM conversations WHERE id = ?", (conversation_id,)
            ).fetchone()
            kept: MutableMapping[str, Message] = Shelf() if found and found[0] > LARGE else {}
            return rows.read(connection, conversation_id, self._lives, kept)

        return self._database.read(work)

    def search(self, query: str, *, limit: int = search.PAGE, before: Place | None = None) -> search.Found:
        """The newest messages that hold all words of `query`; `before` is the `more` of the page before."""
        return self._database.read(
            lambda connection: search.search(connection, query, limit=limit, before=before)
        )

    def draft(self, conversation_id: str) -> str:
        """What stood in the input of a conversation."""

        def work(connection: sqlite3.Connection) -> str:
            found = connection.execute(
                "SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,)
            ).fetchone()
            return found[0] if found else ""

        return self._database.read(work)

    def left_draft(self) -> tuple[str, str]:
        """The newest draft of a new conversation whose instance is no more, after its id; empty for none."""

        def work(connection: sqlite3.Connection) -> tuple[str, str]:
            found = connection.execute(
                "SELECT conversation_id, text FROM drafts WHERE conversation_id LIKE ? ORDER BY rowid DESC",
                (rows.NEW + "%",),
            )
            return next((left for left in found if not self._lives(left[0].removeprefix(rows.NEW))), ("", ""))

        return self._database.read(work)

    def paid_between(self, start: float, end: float) -> list[PaidAnswer]:
        """The answers that were asked for between two Unix times, those that run now among them."""

        def work(connection: sqlite3.Connection) -> list[PaidAnswer]:
            found = connection.execute(_ANSWERS_BETWEEN, {"start": start, "end": end}).fetchall()
            return [paid for _seq, *row in found if (paid := _paid(connection, *row)) is not None]

        return self._database.read(work)

    def note_spent(self, answer: Message) -> None:
        """Keeps what an answer has cost, and nothing else of it."""
        self._database.write(lambda connection: rows.put_spent(connection, answer))

    def prompts(self, limit: int = 500) -> list[str]:
        """What the user has asked in all conversations, oldest first; not what is too long to edit."""

        def work(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute(_PROMPTS, (limit,))
            return [text for (text,) in found][::-1]

        return self._database.read(work)

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title; without one, its first words name it."""
        self._change(conversation_id, "title = ?", repair(" ".join(title.split())))

    def pin(self, conversation_id: str, pinned: bool) -> None:
        """Keeps a conversation at the top of the list, or no longer."""
        self._change(conversation_id, "pinned = ?", pinned)

    def look_at(self, conversation_id: str, leaf_id: str) -> None:
        """Remembers the branch that is looked at, by its last message."""
        self._change(conversation_id, "leaf_id = ?", leaf_id)

    def configure(self, conversation: Conversation) -> None:
        """Remembers the system prompt and what else requests carry; one that is not kept yet stays so."""
        header = rows.Header.of(conversation)
        self._database.write(
            lambda connection: connection.execute(
                "UPDATE conversations SET system_prompt = ?, parameters = ?, first_sent_id = ? WHERE id = ?",
                (header.system_prompt, header.parameters, header.first_sent_id, header.id),
            )
        )

    def delete(self, conversation_id: str) -> None:
        """Takes a conversation out of lists and searches."""
        self._change(conversation_id, "deleted_at = ?", time.time())

    def restore(self, conversation_id: str) -> None:
        """Brings back a deleted conversation."""
        self._change(conversation_id, "deleted_at = ?", None)

    def purge(self) -> None:
        """Removes for good what was deleted longer than `DELETED_FOR` ago."""
        self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM conversations WHERE deleted_at < ?", (time.time() - DELETED_FOR,)
            ),
            durable=False,
        )

    def fork(self, conversation: Conversation, message_id: str) -> Conversation:
        """A new conversation, kept at once, that begins with the messages up to this one."""
        ids = {message.id: new_id() for message in conversation.path_to(message_id)}
        fork = adding.copied(conversation, ids, new_id())
        header = rows.Header.of(fork)
        self._database.write(lambda connection: rows.put(connection, header, fork.messages.values()))
        return fork

    def add(self, conversation: Conversation) -> Added:
        """Adds a conversation from elsewhere; nothing that is there is changed."""
        return self.add_all([conversation])[0]

    def add_all(
        self, conversations: Sequence[Conversation], report: Callable[[float], None] = lambda part: None
    ) -> list[Added]:
        """Adds conversations from elsewhere, all or none; nothing that is there is changed.

        Together they cost less than each by itself: the index of words is written once. `report` takes the
        part that is done, 0 to 1, and may raise.
        """

        def work(connection: sqlite3.Connection) -> list[Added]:
            added = []
            for number, conversation in enumerate(conversations):

                def tell(part: float, number: int = number) -> None:
                    report((number + part) / len(conversations))

                added.append(adding.add(connection, conversation, self._lives, tell))
            return added

        return self._database.write(work, durable=False)  # an import of thousands can be done again

    def _change(self, conversation_id: str, assignment: str, value: object) -> None:
        statement = f"UPDATE conversations SET {assignment} WHERE id = ?"
        self._database.write(lambda connection: connection.execute(statement, (value, conversation_id)))


class Names:
    """The names of conversations, folded once, to be searched at each key."""

    def __init__(self, summaries: Sequence[Summary] = ()) -> None:
        self.summaries = summaries
        self._folded = [(summary, folded(summary.name)) for summary in summaries]

    def matching(self, query: str) -> tuple[Sequence[Summary], str]:
        """Those that hold all words of a query, and the query, switched to the layout that finds any."""
        readings = search.readings(query)
        for number, words in enumerate(readings):
            found = self._folded
            for word in map(folded, words):
                found = [(summary, name) for summary, name in found if word in name]
            if found:
                return [summary for summary, _name in found], " ".join(words) if number else query
        return (() if readings else self.summaries), query


def _paid(
    connection: sqlite3.Connection,
    id_: str,
    status: str,
    model: str,
    usage: str,
    measured: str,
    text: str,
    reasoning: str,
) -> PaidAnswer | None:
    """Return what is known of the cost of an answer; None for one that came from another program."""
    bill, counted = rows.read_bill(measured), from_text(Usage, usage)
    if bill is None and counted is None and not measured and status != Status.RUNNING:
        return None
    if status == Status.RUNNING:
        running = rows.with_deltas(connection, Message(id_, Role.ASSISTANT, text, reasoning=reasoning))
        text, reasoning = running.text, running.reasoning
    bill, counted = bill or Bill(), counted or Usage()
    tokens = replace(
        counted,
        prompt_tokens=bill.prompt_tokens or counted.prompt_tokens,
        completion_tokens=bill.completion_tokens
        or counted.completion_tokens
        or estimate_tokens(text) + estimate_tokens(reasoning),
    )
    return PaidAnswer(id_, bill.asked_model or model, tokens, bill.cost)


def _summary(row: tuple[Any, ...], running: Container[str]) -> Summary:
    id_, name, pinned, created_at, updated_at, model, message_count, characters, status = row
    ended = rows.STATUSES.get(status, Status.COMPLETE)
    if ended is Status.RUNNING and id_ not in running:
        ended = Status.CUT
    return Summary(id_, name, bool(pinned), created_at, updated_at, model, message_count, characters, ended)
