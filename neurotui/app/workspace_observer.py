"""Events of a workspace, for the interface, the window title, and notifications."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.app.accounts import Account
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session


class WorkspaceObserver:
    """Receives the events of a workspace, on the event loop. Override the methods of interest."""

    def session_added(self, session: Session) -> None:
        """Called when a conversation was opened."""

    def session_removed(self, session: Session) -> None:
        """Called when a conversation was closed or dropped from memory."""

    def front_changed(self, session: Session) -> None:
        """Called when another conversation is in front."""

    def participant_changed(self, session: Session) -> None:
        """Called when another account or model answers from now on."""

    def reply_began(self, session: Session) -> None:
        """Called when an answer begins."""

    def reply_ended(self, session: Session, answer: Message) -> None:
        """Called when an answer has ended; if it was not seen, its conversation is in `news`."""

    def message_changed(self, session: Session, message: Message) -> None:
        """Called when the cost of an answer became known from the balance after its end."""

    def balance_changed(self, account: Account) -> None:
        """Called when the balance of an account was asked for."""

    def queue_sent(self, session: Session, draft: Draft) -> None:
        """Called when a queued message is about to be sent."""

    def queue_returned(self, session: Session, draft: Draft) -> None:
        """Called when a queued message is not sent because the answer did not end well."""

    def queue_too_dear(self, session: Session, draft: Draft, why: str) -> None:
        """Called when a queued message is not sent because it has become dearer than was agreed to."""


class Observers(WorkspaceObserver):
    """Tells each event to all who subscribed, in their order."""

    def __init__(self) -> None:
        self._all: tuple[WorkspaceObserver, ...] = ()

    def subscribe(self, observer: WorkspaceObserver) -> Callable[[], None]:
        """Tell an observer of all events from now on; return the way to end that."""
        self._all = (*self._all, observer)

        def unsubscribe() -> None:
            self._all = tuple(other for other in self._all if other is not observer)

        return unsubscribe

    def session_added(self, session: Session) -> None:
        for observer in self._all:
            observer.session_added(session)

    def session_removed(self, session: Session) -> None:
        for observer in self._all:
            observer.session_removed(session)

    def front_changed(self, session: Session) -> None:
        for observer in self._all:
            observer.front_changed(session)

    def participant_changed(self, session: Session) -> None:
        for observer in self._all:
            observer.participant_changed(session)

    def reply_began(self, session: Session) -> None:
        for observer in self._all:
            observer.reply_began(session)

    def reply_ended(self, session: Session, answer: Message) -> None:
        for observer in self._all:
            observer.reply_ended(session, answer)

    def message_changed(self, session: Session, message: Message) -> None:
        for observer in self._all:
            observer.message_changed(session, message)

    def balance_changed(self, account: Account) -> None:
        for observer in self._all:
            observer.balance_changed(account)

    def queue_sent(self, session: Session, draft: Draft) -> None:
        for observer in self._all:
            observer.queue_sent(session, draft)

    def queue_returned(self, session: Session, draft: Draft) -> None:
        for observer in self._all:
            observer.queue_returned(session, draft)

    def queue_too_dear(self, session: Session, draft: Draft, why: str) -> None:
        for observer in self._all:
            observer.queue_too_dear(session, draft, why)
