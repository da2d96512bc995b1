"""Notices and the title of the window: of all conversations, beside the screen."""

from __future__ import annotations

from neurotui.app import wording
from neurotui.app.workspace import Workspace
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.tui.terminal.notifications import Notifier


class Notices(WorkspaceObserver):
    """An observer that tells of all conversations beside the screen: in notices and in the window's title."""

    def __init__(self, notifier: Notifier, workspace: Workspace) -> None:
        self._notifier = notifier
        self._workspace = workspace
        self.names: dict[str, str] = {}
        """The names of the conversations in which something was asked, by their ids."""

    def reply_began(self, session: Session) -> None:
        self.names[session.conversation.id] = session.conversation.name
        self._count()

    def reply_ended(self, session: Session, answer: Message) -> None:
        self._notifier.answer_ended(answer, session.conversation.name)
        self._count()

    def front_changed(self, session: Session) -> None:
        self._count()

    def session_removed(self, session: Session) -> None:
        self._count()

    def _count(self) -> None:
        front = self._workspace.front
        name = front.conversation.name if front is not None else ""
        counts = len(self._workspace.running), len(self._workspace.news)
        self._notifier.title.state = wording.window_title(*counts, name)
        self._notifier.title.show()
