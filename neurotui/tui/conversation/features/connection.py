"""The connection in detail: the panel, the cost of a turn, the balance."""

from __future__ import annotations

from neurotui.app.accounts import Account
from neurotui.app.money.balance_units import balance_unit
from neurotui.app.money.estimate_text import running_cost
from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import Message, Status
from neurotui.chat.joining import shown_id, whole_answer
from neurotui.chat.session import Session
from neurotui.i18n import _
from neurotui.i18n.formats import money
from neurotui.tui.conversation.connection_panel import ConnectionPanel
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.conversation.status import Fact
from neurotui.tui.dialogs.opener import Dialogs


class Connection(WorkspaceObserver):
    """Feature: show the activity of the connection, and open it in advance."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane, self._services = pane, services
        self.panel = ConnectionPanel()
        pane.notices.append(self.panel)
        pane.facts = self._facts
        pane.commands.bind("connection", self.toggle)
        pane.moments.account.append(self._show_account)
        pane.moments.began.append(self._show_turn)
        pane.moments.ended.append(lambda _answer, _writing: self._show_turn())
        pane.moments.translated.append(self.panel.retranslate)
        pane.workspace.subscribe(self)

    def balance_changed(self, account: Account) -> None:
        """Show the new balance."""
        if account is self._pane.account:
            self._show_turn()
            self._pane.status.show()

    def message_changed(self, session: Session, message: Message) -> None:
        """Show an answer that has changed after its end."""
        if session is self._pane.session:
            shown = shown_id(session.branch.path(), message.id)
            self._pane.transcript.replace(whole_answer(session.conversation, shown))
            self._show_turn()

    def toggle(self) -> None:
        """Show or hide the panel."""
        self.panel.toggle()
        if self.panel.display:
            self._pane.open_panels.append(self._close)
        else:
            self._pane.open_panels.remove(self._close)

    def _close(self, running: bool) -> bool:
        """Close the panel on Escape, unless an answer runs."""
        if not running:
            self.toggle()
        return not running

    def _show_account(self) -> None:
        self._show_turn()
        pane = self._pane
        pane.call_after_refresh(lambda: pane.workspace.warm(pane.session))

    def _show_turn(self) -> None:
        self.panel.show(self._pane.session.turn, self._details())

    def _facts(self) -> list[Fact]:
        """Return the facts about money: the cost of the last answer, so far if it runs, and the balance."""
        facts = []
        session = self._pane.session
        answer = session.conversation.messages.get(session.turn.answer_id) if session.turn else None
        if answer is not None and answer.status is Status.RUNNING:
            if words := running_cost(session):
                facts.append((_("cost"), words))
        elif answer is not None:
            answer = whole_answer(session.conversation, answer.id)
        cost = cost_of(answer) if answer is not None else None
        if answer is not None and answer.bill and (answer.usage or (cost is not None and cost.micros)):
            known = _("price unknown") if cost is None else money(cost.amount, cost.currency)
            facts.append((_("cost"), known))
        account = self._pane.account
        if (balance := account.balance) is not None:
            unit, _rate = balance_unit(self._services.settings.settings, account.profile)
            left, used = balance.remaining, money(balance.used, unit)
            words = _("{used} used").format(used=used) if left is None else money(left, unit)
            facts.append((_("balance"), words))
        return facts

    def _details(self) -> list[Fact]:
        """Return the facts about money, and what the balance told of the last answer."""
        from neurotui.app.money.reconciliation_text import outcome_words

        facts, session = self._facts(), self._pane.session
        answer = session.conversation.messages.get(session.turn.answer_id) if session.turn else None
        if answer is not None and answer.status is not Status.RUNNING:
            words = outcome_words(answer, self._pane.workspace.outcome(answer.id))
            facts += [(_("reconciled"), words)] if words else []
        return facts
