"""What was spent."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.chat.budget import not_held, was_held
from neurotui.chat.conversation import Message
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Usage:
    """Feature: show what was spent, by day, month, model and conversation."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._store, self._settings = services.store, services.settings
        self._dialogs = dialogs
        self._pane = pane
        pane.commands.bind("usage", self.show)
        pane.moments.ended.append(self._warn)
        for moment in (pane.moments.shown, pane.moments.account):
            moment.append(self._look)
        pane.moments.ended.append(lambda _answer, _writing: self._look())
        pane.preferences.changed.append(lambda _key: self._look())

    def show(self) -> None:
        """Show it."""
        from neurotui.app.money.usage import read
        from neurotui.tui.dialogs.usage import UsageScreen

        store, settings = self._store, self._settings.settings
        sources = store.spending, store.library, store.learnt, settings
        self._dialogs.open(UsageScreen(lambda watch: read(*sources, watch=watch)))

    def _look(self) -> None:
        """Show at the model whether its price is known, where a limit in money has need of it."""
        pane = self._pane
        if pane.workspace.prices.are_needed:
            pane.run_latest("unpriced", self._show_unpriced)
        else:
            pane.title_bar.unpriced = False

    async def _show_unpriced(self) -> None:
        """Show it when the server was asked."""
        pane, prices = self._pane, self._pane.workspace.prices
        account = pane.account
        if account.trouble is None:
            await prices.settle(account)
        model = pane.session.participant.model
        if account is pane.account:
            is_asked = account.trouble is None
            pane.title_bar.unpriced = is_asked and prices.are_needed and not prices.holds(model, account)

    def _warn(self, answer: Message, _writing: bool) -> None:
        """Tell of an answer that no limit in money could hold."""
        if not was_held(answer, self._pane.preferences.settings.budget) and answer.bill is not None:
            model, profile = answer.bill.asked_model, answer.bill.profile
            lacks_rate = self._pane.workspace.prices.lacks_rate(model, profile)
            self._pane.hint.text = not_held(model, lacks_rate=lacks_rate)
