"""What is to be known before the next question: what it will cost, and that its model fails.

What is dear is asked about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from neurotui.app import spoken
from neurotui.app.commands import find
from neurotui.app.failing import FailingModels, failing_line
from neurotui.app.money.asking_price import AskingPrice, Question
from neurotui.app.money.estimate_text import estimate_line, is_worth_a_line, reread_line
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import Draft
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.plain.printer import Printer
from neurotui.plain.questions import Questions
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store


class Costs:
    """Says what is to be known of the costs of a session's next answer."""

    def __init__(
        self,
        workspace: Workspace,
        store: Store,
        settings: SettingsFile,
        questions: Questions,
        printer: Printer,
    ) -> None:
        self._workspace = workspace
        self._settings = settings
        self._questions = questions
        self._printer = printer
        self._told = ""
        self._failing = FailingModels(store)
        self._failed = ""
        """The model that was said to fail."""

    async def agreed(self, session: Session, draft: Draft) -> bool:
        """Say what a message will cost, if that is worth a line; ask about one that is dear."""
        asking, limits = self._workspace.asking, self._settings.settings.budget
        dear = await asking.message(session, draft)
        if dear is not None:
            agreed = await self._confirmed(dear)
            if agreed:
                asking.agree(session, dear)
            return agreed
        estimate = await self._workspace.estimates.of_next(session, draft)
        if estimate.price is None and is_worth_a_line(estimate, limits):
            await self._workspace.prices.settle(self._workspace.account_of(session))  # once a day
            estimate = await self._workspace.estimates.of_next(session, draft)
        if is_worth_a_line(estimate, limits):
            self._say(estimate_line(estimate))
        return True

    async def given(self, about: Callable[[AskingPrice], Awaitable[Question | None]]) -> bool:
        """Ask about what is to leave, if that is dear; return True if it may."""
        dear = await about(self._workspace.asking)
        return dear is None or await self._confirmed(dear)

    async def _confirmed(self, dear: Question) -> bool:
        self._say(dear.reason)
        return await self._questions.confirmed(dear.text, _("Send it"), _("Do not send it"))

    async def tell_reread(self, session: Session) -> None:
        """Say once what the next answer reads afresh, after something was changed."""
        reread = await self._workspace.estimates.reread(session)
        told = reread_line(reread) if reread is not None else ""
        if told and told != self._told:
            self._say(told)
        self._told = told

    async def tell_failing(self, session: Session) -> None:
        """Say once that the model has failed several times running, and which other one answers."""
        account, model = self._workspace.account_of(session), session.participant.model
        failing = await self._failing.of(account, model) if account.trouble is None else None
        if failing is not None and failing.model != self._failed:
            self._say(failing_line(failing, clean_line(f"{find('model').slash} {failing.other}", 60)))
        self._failed = failing.model if failing is not None else ""

    def _say(self, line: str) -> None:
        self._printer.line(spoken.joined(line.split(" · ")))
