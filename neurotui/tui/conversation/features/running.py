"""The open conversations: marks for those that run or have news, and ways to get there."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.i18n import N_
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Running(WorkspaceObserver):
    """Feature: show in the title what goes on in other conversations, and switch to them."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._workspace = pane.workspace
        self._dialogs = dialogs
        pane.commands.bind("running", self.choose)
        pane.commands.bind("next", self.go_to_next, why_not=N_("Nothing else is running or new"))
        pane.commands.bind("stop_all", self.stop_all, when=lambda: bool(self._workspace.running))
        self._workspace.subscribe(self)

    def choose(self) -> None:
        """Show the open conversations, and go to the chosen one."""
        from neurotui.tui.dialogs.running import RunningScreen

        def close(session: Session | None) -> None:
            if session is not None:  # which may have been dropped from memory since it was listed
                self._pane.hold(self._workspace.hold(session.conversation))

        self._dialogs.open(RunningScreen(self._workspace, self._pane.session), close)

    def go_to_next(self) -> bool:
        """Go to the next conversation that runs or has an unseen answer; return False if there is none."""
        session = self._workspace.next_open(self._pane.session)
        if session is not None:
            self._pane.hold(session)
        return session is not None

    async def stop_all(self) -> None:
        """Stop all running answers."""
        await self._workspace.stop_all()

    def reply_began(self, session: Session) -> None:
        self._mark()

    def reply_ended(self, session: Session, answer: Message) -> None:
        self._mark()

    def front_changed(self, session: Session) -> None:
        self._mark()

    def session_removed(self, session: Session) -> None:
        self._mark()

    def _mark(self) -> None:
        bar, front = self._pane.title_bar, self._pane.workspace.front
        bar.writing = sum(session is not front for session in self._workspace.running)
        bar.news = len(self._workspace.news)
