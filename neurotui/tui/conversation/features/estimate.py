"""What the next answer will cost: at the input, before Enter, and where a conversation is read afresh."""

from __future__ import annotations

from neurotui.app.money.asking_price import Question
from neurotui.app.money.estimate_text import estimates_line, reread_line
from neurotui.app.money.estimates import Estimate
from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.tui.conversation.composer import SLASHES
from neurotui.tui.conversation.debounce import Debounce
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class EstimateLine:
    """Feature: tell what a message will cost, ask about one that is dear, tell of a cache that is lost."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._settings = services.settings
        self._count_soon = Debounce(pane, lambda: pane.run_latest("estimate", self._show))
        self._told = ""
        """The hint that is told, if it is of a cache."""
        pane.composer.before_sending.price = self
        moments = pane.moments
        moments.typed.append(self._count_soon)
        moments.ended.append(lambda _answer, _writing: self._count_soon())
        moments.began.append(lambda: pane.composer.estimate(""))
        for moment in (moments.shown, moments.account, moments.configured, moments.translated):
            moment.append(self._look_at_prefix)

    # For the input

    @property
    def is_limited(self) -> bool:
        """True if there is a price above which it is asked."""
        return self._pane.consent.is_limited

    async def about(self, draft: Draft) -> Question | None:
        """Return the question about a message that is dear; None if it is not."""
        pane = self._pane
        edited_id = pane.composer.edited_id or ""
        whom = () if edited_id else pane.contenders
        return await pane.workspace.asking.message(pane.session, draft, whom, edited_id=edited_id)

    async def agreed(self, question: Question) -> bool:
        """Ask it; a message that has to wait may then cost as much."""
        pane, session = self._pane, self._pane.session
        agreed = await pane.consent.confirmed(question)
        if agreed:
            pane.workspace.asking.agree(session, question)
        return agreed

    # Internals

    async def _show(self) -> None:
        composer, told = self._pane.composer, ""
        draft, limits = composer.message, self._settings.settings.budget
        if draft and not composer.text.startswith(SLASHES):
            told = estimates_line(await self._estimates(draft), limits)
        composer.estimate(told)

    async def _estimates(self, draft: Draft) -> list[Estimate]:
        """Estimate the answers to a message, one of each that it goes to."""
        pane, session, edited_id = self._pane, self._pane.session, self._pane.composer.edited_id
        estimates = pane.workspace.estimates
        if (edited := session.conversation.messages.get(edited_id or "")) is not None:
            return [await estimates.of(session, draft, edited.parent_id)]
        return [await estimates.of_next(session, draft, each) for each in pane.contenders or (None,)]

    def _look_at_prefix(self) -> None:
        self._count_soon()
        self._pane.run_latest("prefix", self._tell_reread)

    async def _tell_reread(self) -> None:
        """Tell what the next answer reads afresh; take it back if that is not so any more."""
        pane, session = self._pane, self._pane.session
        reread = await pane.workspace.estimates.reread(session)
        if session is not pane.session or session.running:
            return
        if reread is not None:
            pane.hint.text = self._told = reread_line(reread)
        elif pane.hint.text == self._told:
            pane.hint.text = self._told = ""
