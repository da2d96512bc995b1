"""Which conversations are in memory: the one in front, those with news, and which may be dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from neurotui.app.open_session import OpenSession
from neurotui.chat.session import Session

RESTING = 8
"""Number of conversations at rest that stay in memory."""


class OpenSessions:
    """The open conversations, the least recently seen first."""

    def __init__(self) -> None:
        self._held: dict[str, OpenSession] = {}
        """By id of the conversation."""
        self.front: OpenSession | None = None
        self.news: dict[str, None] = {}
        """Ids of the conversations with an answer that ended unseen, oldest first."""

    def __iter__(self) -> Iterator[OpenSession]:
        return iter(list(self._held.values()))

    def get(self, conversation_id: str) -> OpenSession | None:
        """Return the open conversation of an id; None if it is not open."""
        return self._held.get(conversation_id)

    def of(self, session: Session) -> OpenSession:
        """Return what holds a session, which must not be closed."""
        for held in self._held[session.conversation.id].all:
            if held.session is session:
                return held
        raise AssertionError("this session was closed")

    def put(self, held: OpenSession) -> None:
        """Add a conversation, or put another session in the place of the one that it is gone on with."""
        former = self._held.get(held.id)
        self._held[held.id] = held
        if former is not None and self.front is former:
            self.front = held

    def discard(self, held: OpenSession) -> None:
        """Drop a conversation."""
        del self._held[held.id]
        if held is self.front:
            self.front = None

    def see(self, held: OpenSession) -> OpenSession | None:
        """Have a conversation in front, and return the former one if it is blank and may be closed."""
        former, self.front = self.front, held
        self._held[held.id] = self._held.pop(held.id)
        self.news.pop(held.id, None)
        for each in self:
            self.note_view(each)
        return former if former is not None and former is not held and former.is_blank else None

    def note_view(self, held: OpenSession) -> None:
        """Tell the sessions of a conversation if they are in view; without a front, all are."""
        for each in held.all:
            each.session.in_view = self.front is None or self.front.id == held.id

    def next_open(self, after: Session) -> Session | None:
        """Return the session of the conversation that was seen least recently and runs or has news.

        That of `after` is passed over. None if there is no other.
        """
        others = (held for held in self if held.id != after.conversation.id)
        return next((held.session for held in others if held.running or held.id in self.news), None)

    def note_end(self, held: OpenSession) -> None:
        """Note that an answer ended here; it is news unless the conversation is in front."""
        if self.front is None or self.front.id != held.id:
            self.news[held.id] = self.news.pop(held.id, None)

    def surplus(self, unsaved: Collection[str]) -> list[OpenSession]:
        """Return those at rest that are more than `RESTING`; what runs, waits or is not saved stays."""
        resting = [held for held in self if not held.running and not held.queued]
        stays = {*unsaved, *(held.id for held in (self.front, *resting[-1:]) if held is not None)}
        count = max(0, len(resting) - RESTING)
        return [held for held in resting if held.id not in stays][:count]
