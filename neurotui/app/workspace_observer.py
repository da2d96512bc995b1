"""What a workspace tells: to a face, to the title of the window, to whoever gives notice of an answer."""

from __future__ import annotations

from neurotui.app.accounts import Account
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session


class WorkspaceObserver:
    """Is told of what happens in the workspace, on the event loop. Override what is of interest."""

    def session_added(self, session: Session) -> None:
        """A conversation was opened."""

    def session_removed(self, session: Session) -> None:
        """A conversation was closed, or left memory."""

    def front_changed(self, session: Session) -> None:
        """Another conversation is looked at."""

    def participant_changed(self, session: Session) -> None:
        """Another account or model answers from now on."""

    def reply_began(self, session: Session) -> None:
        """An answer begins."""

    def reply_ended(self, session: Session, answer: Message) -> None:
        """An answer took its final form; if nobody looked, its conversation is among `news`."""

    def message_changed(self, session: Session, message: Message) -> None:
        """Something became known of an answer after its end: what it cost by the balance."""

    def balance_changed(self, account: Account) -> None:
        """An account was asked for its balance."""

    def queue_sent(self, session: Session, text: str) -> None:
        """A message that waited for the end of an answer is about to be sent."""

    def queue_returned(self, session: Session, text: str) -> None:
        """A message that waited for the end of an answer is not sent: the answer did not end well."""
