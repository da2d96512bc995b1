"""Answers that a crash cut short: announced at the start, and settled by the user."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from neurotui.app.recovery import delete, look_back, next_prompt
from neurotui.app.services import Services
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.journal import Unfinished
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.conversation.recovery_notice import Decision, RecoveryNotice
from neurotui.tui.dialogs.opener import Dialogs


class Recovery:
    """Feature: keep, delete or continue unfinished answers."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._store = services.store
        self._dialogs = dialogs
        self.notice = RecoveryNotice(self._decided, lambda: pane.composer.focus())
        pane.notices.append(self.notice)
        pane.moments.ready.append(lambda: pane.run_worker(self._look_back(), exit_on_error=False))
        pane.moments.began.append(self._keep_what_is_gone_on_after)

    async def _look_back(self) -> None:
        """Announce unfinished answers, and purge conversations that were deleted long ago."""
        with suppress(StoreError):  # that nothing can be read is told where the conversations are
            self.notice.tell(await look_back(self._store))
            await asyncio.to_thread(self._store.library.purge)

    def _decided(self, unfinished: Unfinished, decision: Decision) -> None:
        self._pane.run_worker(self._settle(unfinished, decision))

    async def _settle(self, unfinished: Unfinished, decision: Decision) -> None:
        pane = self._pane
        if decision is Decision.DELETE and not await self._is_sure(unfinished):
            return
        try:
            if decision is Decision.DELETE:
                was_shown = unfinished.conversation_id == pane.session.conversation.id
                session = await delete(pane.workspace, self._store, unfinished)
                if was_shown:
                    pane.hold(session or pane.workspace.new())
            else:
                await self._store.journal.keep(unfinished)
        except StoreError as error:
            self._dialogs.tell(error)
            return
        self.notice.settle(unfinished)
        if decision is Decision.CONTINUE:
            await self._go_on_with(unfinished)

    async def _is_sure(self, unfinished: Unfinished) -> bool:
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        count = unfinished.characters
        if not count:
            return True
        if not self._dialogs.none_open:
            return False  # it is being asked already: the key came twice
        question = ngettext(
            "Delete {n} character of an unfinished answer for good?",
            "Delete {n} characters of an unfinished answer for good?",
            count,
        ).format(n=number(count))
        return await self._dialogs.ask(ConfirmScreen(question, yes=_("Delete"), no=_("Cancel"))) or False

    async def _go_on_with(self, unfinished: Unfinished) -> None:
        """Open the conversation and ask for the rest; where not a word came, only bring the question back."""
        pane = self._pane
        await pane.open(unfinished.conversation_id)
        conversation = pane.session.conversation
        if question := next_prompt(conversation, unfinished):
            await pane.drafts.offer(conversation.id, question)
        else:
            await pane.commands.run("continue", unfinished.message.id)
        pane.composer.focus()

    def _keep_what_is_gone_on_after(self) -> None:
        """Keep an unfinished answer of this conversation: another one begins after it."""
        for found in self.notice.found:
            if found.unfinished.conversation_id == self._pane.session.conversation.id:
                self._decided(found.unfinished, Decision.KEEP)
