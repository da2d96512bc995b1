"""Earlier conversations: open one, begin a new one, rename the current one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from neurotui.app.conversations import rename
from neurotui.app.history_changes import HistoryChanges
from neurotui.app.services import Services
from neurotui.chat.conversation import Conversation
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.store.library import DraftSummary
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class History:
    """Feature: switch between conversations."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._store = services.store
        self._dialogs = dialogs
        self._gone: dict[str, str] = {}
        """The names of the conversations that were deleted here, by their ids."""
        self._blank: Conversation | None = None
        """The new conversation that was shown last."""
        pane.commands.bind("history", self.choose)
        pane.commands.bind("new", self.begin)
        pane.commands.bind("rename", self.rename)
        pane.moments.ready.append(lambda: pane.run_worker(self._recall(), exit_on_error=False))
        pane.moments.shown.append(self._note_blank)
        pane.moments.shown.append(lambda: pane.call_after_refresh(self._say_what_is_open))

    def choose(self) -> None:
        """Open an earlier conversation, at a message if one was found."""
        from neurotui.tui.dialogs.history import HistoryScreen
        from neurotui.tui.dialogs.history_list import Chosen

        pane, current = self._pane, self._pane.session.conversation
        pane.drafts.keep()
        screen = HistoryScreen(self._store, pane.workspace, current, self._gone)

        async def close(chosen: Chosen | None) -> None:
            pane.show_title()
            deleted = screen.changes.deleted
            for summary in deleted:
                if isinstance(summary, DraftSummary):
                    pane.drafts.discard(summary.id)
            if chosen is not None:
                await pane.open(chosen.conversation_id, chosen.message_id or "", chosen.query)
            await self._forget([summary.id for summary in deleted])
            pane.run_worker(self._follow(screen.changes), group="listed", exit_on_error=False)

        self._dialogs.open(screen, close)

    async def _forget(self, deleted: Sequence[str]) -> None:
        """Close conversations that were deleted."""
        workspace = self._pane.workspace
        for id_ in deleted:
            session = workspace.session_of(id_)
            if session is not None and session is not self._pane.session:
                await workspace.close(session)

    async def _follow(self, changes: HistoryChanges) -> None:
        """Tell that the history has changed conversations, once that is written."""
        await changes.written()
        for each in self._pane.moments.listed:
            each()

    def begin(self) -> None:
        """Begin a new conversation, or return to one that has only a draft; running answers go on."""
        blank, workspace = self._blank, self._pane.workspace
        has_draft = blank is not None and not blank.messages and self._pane.drafts.known(blank.id)
        is_shown = self._pane.session.conversation is blank
        if blank is not None and has_draft and not is_shown:
            self._pane.hold(workspace.hold(blank))
        else:
            self._pane.hold(workspace.new())

    def _note_blank(self) -> None:
        if not self._pane.session.conversation.messages:
            self._blank = self._pane.session.conversation

    def rename(self, name: str) -> None:
        """Rename the current conversation."""
        self._pane.run_worker(self._rename(self._pane.session.conversation, name), group="rename")

    async def _rename(self, conversation: Conversation, name: str) -> None:
        try:
            await rename(self._store.library, conversation, name)
        except StoreError as error:
            self._dialogs.tell(error)
        self._pane.show_title()

    async def _recall(self) -> None:
        with suppress(StoreError):  # that nothing can be read is told where the conversations are
            self._pane.composer.remember_earlier(await asyncio.to_thread(self._store.library.prompts))

    def _say_what_is_open(self) -> None:
        if self._pane.ending:
            return  # the store is being closed
        self._pane.run_worker(self._enter(), group="enter", exit_on_error=False)

    async def _enter(self) -> None:
        """Tell other instances that the conversation is open here, and the user if it is open there too."""
        if await self._store.journal.enter(self._pane.session.conversation.id):
            self._dialogs.say(
                _("You can go on in both: what is asked here and what is asked there become two branches."),
                title=_("This conversation is open in another window too"),
                severity="warning",
                seconds=10,
            )
