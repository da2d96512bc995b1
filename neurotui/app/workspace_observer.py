"""Events of a workspace, for the interface, the window title, and notifications."""

from __future__ import annotations

from neurotui.app.accounts import Account
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

    def queue_sent(self, session: Session, text: str) -> None:
        """Called when a queued message is about to be sent."""

    def queue_returned(self, session: Session, text: str) -> None:
        """Called when a queued message is not sent because the answer did not end well."""
