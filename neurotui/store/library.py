"""Stored conversations: listed, opened, named, deleted, forked, searched.

All of it blocks, the longest of it for some tens of milliseconds: call it in a thread where something must
not wait.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Container, Iterator, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from neurotui.chat.attachments import Attachment, Draft
from neurotui.chat.conversation import Conversation, Message, Status, is_blank, new_id
from neurotui.store import adding, attachment_rows, drafts, last_heartbeat, prompts, purging, rows
from neurotui.store.adding import Added as Added
from neurotui.store.blobs import BlobStore
from neurotui.store.by_time import PAGE, Place
from neurotui.store.database import Database
from neurotui.store.message_rows import STATUSES, Lives
from neurotui.store.purging import DELETED_FOR as DELETED_FOR
from neurotui.store.shelf import Shelf
from neurotui.wire.surrogates import repair

if TYPE_CHECKING:
    from neurotui.store.search import Found

_LISTED = "deleted_at IS NULL AND (begun OR message_count > 0)"
"""Not what has only a draft."""

_SUMMARIES = f"""
SELECT id, coalesce(nullif(title, ''), opening), pinned, created_at, updated_at, model, message_count,
       characters, status
FROM conversations WHERE {_LISTED} ORDER BY pinned DESC, touched DESC
"""
_RECENT = _SUMMARIES.replace("pinned DESC, ", "") + "LIMIT ?"

_IDS = f"SELECT id FROM conversations WHERE {_LISTED} ORDER BY pinned DESC, touched DESC"

_NAMES = f"SELECT id, coalesce(nullif(title, ''), opening) FROM conversations WHERE {_LISTED}"

_LATEST = f"SELECT id FROM conversations WHERE {_LISTED} ORDER BY touched DESC LIMIT 1"

LARGE = 8_000_000
"""Characters of a conversation that is read from a shelf, which is slower and takes no memory."""

_CONFIGURE = """
UPDATE conversations
SET system_prompt = :system_prompt, parameters = :parameters, first_sent_id = :first_sent_id,
    profile = iif(begun OR message_count OR :profile <> '', :profile, profile),
    chosen_model = iif(begun OR message_count OR :profile <> '', :chosen_model, chosen_model)
WHERE id = :id
"""
"""A draft keeps its server and its model while its conversation in memory has none of its own yet."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as the history lists it."""

    id: str
    name: str
    """The title, or the first words of the first question; empty where there is neither."""
    pinned: bool
    created_at: float
    updated_at: float
    """Unix time of its newest message. Lists are not ordered by it: clocks jump."""
    model: str
    """Model of the newest answer."""
    message_count: int
    """On all branches."""
    characters: int
    """Of the texts of all messages."""
    status: Status
    """End of the newest message."""


@dataclass(frozen=True, slots=True)
class DraftSummary(Summary):
    """A conversation in which nothing was asked yet, as the history lists it.

    Its name is the title, the first line of the draft, or its files; its model is the chosen one.
    """

    elsewhere: bool = False
    """True if another instance has it open: somebody may be typing there."""


class Library:
    """The conversations in one file. Every method raises StoreError."""

    def __init__(
        self,
        database: Database,
        lives: Lives,
        opened: Callable[[], Container[str]] = frozenset,
        elsewhere: Callable[[], Container[str]] = frozenset,
        instance: str = "",
        blobs: BlobStore | None = None,
        oldest_start: Callable[[], float] = lambda: inf,
    ) -> None:
        """`opened` and `elsewhere` return the ids of the conversations that any instance, and that others
        have open; `instance` is the name of this one, and `oldest_start` returns since when any runs.
        """
        self._database = database
        self._lives = lives
        self._opened = opened
        self._elsewhere = elsewhere
        self._instance = instance
        self._blobs = blobs
        self._oldest_start = oldest_start

    def summaries(self) -> list[Summary]:
        """Return all conversations: the pinned ones, then the others, each with the newest first."""

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

    def names(self) -> dict[str, str]:
        """Return the names of all conversations by their ids."""
        return dict(self._database.read(lambda connection: connection.execute(_NAMES).fetchall()))

    def recent(self, limit: int) -> list[Summary]:
        """Return the conversations in which something was asked last, the newest first."""
        found = self._database.read(lambda connection: connection.execute(_RECENT, (limit,)).fetchall())
        return [_summary(row, ()) for row in found]

    def last_heartbeat(self) -> str:
        """Return the heartbeat of the last answer in the last conversation; empty if none is kept."""
        return self._database.read(last_heartbeat.read)

    def drafts(self) -> list[DraftSummary]:
        """Return the conversations that have only a draft, the newest first."""
        found = self._database.read(drafts.listed)
        elsewhere = self._elsewhere() if found else frozenset()
        return [_draft(row, elsewhere) for row in found]

    def open(self, conversation_id: str) -> Conversation | None:
        """Return the conversation with this id, on the branch last looked at; None where there is none."""
        return self._database.read(lambda connection: rows.read(connection, conversation_id, self._lives))

    def latest(self) -> Conversation | None:
        """Return the conversation in which something was asked last."""
        latest = self.latest_id()
        return self.open(latest) if latest else None

    def latest_id(self) -> str | None:
        """Return the id of the conversation in which something was asked last."""

        found = self._database.read(lambda connection: connection.execute(_LATEST).fetchone())
        return found[0] if found else None

    def has_attachments(self) -> bool:
        """Return True if a conversation has files."""
        return self._database.read(attachment_rows.are_there)

    def conversations(self) -> Iterator[Conversation]:
        """Yield all conversations, in the order of `summaries`, each read when it is asked for."""
        for id_ in self.ids():
            conversation = self.open_large(id_)
            if conversation is not None:
                yield conversation

    def ids(self) -> list[str]:
        """Return the ids of all conversations, in the order of `summaries`."""
        return self._database.read(lambda connection: [id_ for (id_,) in connection.execute(_IDS)])

    def open_large(self, conversation_id: str) -> Conversation | None:
        """Open a conversation as `open` does; the messages of a large one are not in memory."""

        def work(connection: sqlite3.Connection) -> Conversation | None:
            is_large = rows.characters(connection, conversation_id) > LARGE
            kept: MutableMapping[str, Message] = Shelf() if is_large else {}
            return rows.read(connection, conversation_id, self._lives, kept)

        return self._database.read(work)

    def search(self, query: str, *, limit: int = PAGE, before: Place | None = None) -> Found:
        """Return the newest messages with all words of `query`; `before` is the `more` of the page before."""
        from neurotui.store import search

        return self._database.read(
            lambda connection: search.search(connection, query, limit=limit, before=before)
        )

    def draft(self, conversation_id: str) -> str:
        """Return what stood in the input of a conversation."""
        return self._database.read(lambda connection: drafts.read(connection, conversation_id))

    def draft_attachments(self, conversation_id: str) -> tuple[Attachment, ...]:
        """Return the files of a draft, in the order of their places in its text."""
        return self._database.read(lambda connection: drafts.attachments_of(connection, conversation_id))

    def left_draft(self) -> tuple[str, str]:
        """Return the newest draft of a new conversation that no instance has open, after its id.

        Both are empty where there is none. `open` with the id returns the conversation as it was set up, or
        None where the draft was kept without one.
        """
        found = self._database.read(drafts.left)
        opened = self._opened()
        return next((left for left in found if not self._is_open(left[0], opened)), ("", ""))

    def _is_open(self, draft_id: str, opened: Container[str]) -> bool:
        if draft_id.startswith(drafts.NEW):
            return self._lives(draft_id.removeprefix(drafts.NEW))
        return draft_id in opened

    def prompts(self, limit: int = 500) -> list[Draft]:
        """Return what the user has asked in all conversations, oldest first; not what is too long to edit."""
        return self._database.read(lambda connection: prompts.read(connection, limit))

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation a title; without one, its first words name it."""
        self._change(conversation_id, "title = ?", repair(" ".join(title.split())))

    def pin(self, conversation_id: str, pinned: bool) -> None:
        """Keep a conversation at the top of the list, or no longer."""
        self._change(conversation_id, "pinned = ?", pinned)

    def look_at(self, conversation_id: str, leaf_id: str) -> None:
        """Remember the branch that is looked at, by its last message."""
        self._change(conversation_id, "leaf_id = ?", leaf_id)

    def configure(self, conversation: Conversation) -> None:
        """Remember system prompt, parameters, profile and model of a conversation, if it is stored yet."""
        header = rows.Header.of(conversation)
        self._database.write(lambda connection: connection.execute(_CONFIGURE, asdict(header)))

    def delete(self, conversation_id: str) -> bool:
        """Take a conversation out of lists and searches.

        Return False, and leave it, where a running instance is receiving an answer in it.
        """

        def work(connection: sqlite3.Connection) -> bool:
            if self._receives(connection, conversation_id):
                return False
            change = "UPDATE conversations SET deleted_at = ? WHERE id = ?"
            connection.execute(change, (time.time(), conversation_id))
            return True

        return self._database.write(work)

    def is_answered_elsewhere(self, conversation_id: str) -> bool:
        """Return True if another running instance is receiving an answer in a conversation."""
        return self._database.read(
            lambda connection: self._receives(connection, conversation_id, but=self._instance)
        )

    def returned(self, deleted: Collection[str]) -> set[str]:
        """Return those of some conversations that are not deleted any more."""
        marks = ", ".join("?" * len(deleted))
        query = f"SELECT id FROM conversations WHERE deleted_at IS NULL AND id IN ({marks})"
        return self._database.read(
            lambda connection: {id_ for (id_,) in connection.execute(query, [*deleted])}
        )

    def restore(self, conversation_id: str) -> None:
        """Bring back a deleted conversation."""
        self._change(conversation_id, "deleted_at = ?", None)

    def purge(self) -> None:
        """Remove for good what was deleted longer than `DELETED_FOR` ago; what it has cost stays."""
        purging.purge(self._database, self._lives, self._blobs, self._oldest_start())

    def fork(self, conversation: Conversation, message_id: str) -> Conversation:
        """Store and return a new conversation that begins with the messages up to this one."""
        ids = {message.id: new_id() for message in conversation.path_to(message_id)}
        fork = adding.copied(conversation, ids, new_id())
        header = rows.Header.of(fork)
        self._database.write(lambda connection: rows.put(connection, header, fork.messages.values()))
        return fork

    def add(self, conversation: Conversation) -> Added:
        """Add a conversation from elsewhere; nothing that is there is changed."""
        return self.add_all([conversation])[0]

    def add_all(
        self, conversations: Sequence[Conversation], report: Callable[[float], None] = lambda part: None
    ) -> list[Added]:
        """Add conversations from elsewhere, all or none; nothing that is there is changed.

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

    def _receives(self, connection: sqlite3.Connection, conversation_id: str, but: str = "") -> bool:
        """Return True if a running instance is receiving an answer there; `but` is not asked."""
        owners = rows.receivers(connection, conversation_id)
        return any(self._lives(owner) for owner in owners if not but or owner != but)

    def _change(self, conversation_id: str, assignment: str, value: object) -> None:
        statement = f"UPDATE conversations SET {assignment} WHERE id = ?"
        self._database.write(lambda connection: connection.execute(statement, (value, conversation_id)))


def _summary(row: tuple[Any, ...], running: Container[str]) -> Summary:
    id_, name, pinned, created_at, updated_at, model, message_count, characters, status = row
    ended = STATUSES.get(status, Status.COMPLETE)
    if ended is Status.RUNNING and id_ not in running:
        ended = Status.CUT
    return Summary(id_, name, bool(pinned), created_at, updated_at, model, message_count, characters, ended)


def _draft(row: tuple[Any, ...], elsewhere: Container[str]) -> DraftSummary:
    id_, title, text, pinned, created_at, updated_at, model, characters, files = row
    words = text.replace(drafts.PLACE, "")
    name = title or next((line for line in words.splitlines() if not is_blank(line)), files or "")
    parts = created_at, updated_at, model, 0, characters, Status.COMPLETE
    return DraftSummary(id_, name, bool(pinned), *parts, id_ in elsewhere)
