"""What the next answer will cost, said before it is asked for; what is dear is asked about."""

from __future__ import annotations

from neurotui.app import spoken
from neurotui.app.estimate_text import (
    estimate_line,
    is_too_dear,
    is_worth_a_line,
    question_about,
    reason_to_ask,
    reread_line,
)
from neurotui.app.estimates import Estimate
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import Draft
from neurotui.chat.session import Session
from neurotui.i18n import _
from neurotui.plain.printer import Printer
from neurotui.plain.questions import Questions
from neurotui.settings.file import SettingsFile


class Costs:
    """Says what is to be known of the costs of a session's next answer."""

    def __init__(
        self, workspace: Workspace, settings: SettingsFile, questions: Questions, printer: Printer
    ) -> None:
        self._workspace = workspace
        self._settings = settings
        self._questions = questions
        self._printer = printer
        self._told = ""

    async def agreed(self, session: Session, draft: Draft) -> bool:
        """Say what a message will cost, if that is worth a line; ask about one that is dear."""
        limits = self._settings.settings.budget
        estimate = await self._estimate(session, draft)
        if estimate is not None and estimate.price is None and is_worth_a_line(estimate, limits):
            await self._workspace.prices.settle(self._workspace.account_of(session))  # once a day
            estimate = await self._estimate(session, draft)
        if estimate is None:
            return True
        if is_too_dear(estimate, limits):
            self._say(reason_to_ask(estimate, limits))
            return await self._questions.confirmed(
                question_about(estimate), _("Send it"), _("Do not send it")
            )
        if is_worth_a_line(estimate, limits):
            self._say(estimate_line(estimate))
        return True

    async def _estimate(self, session: Session, draft: Draft) -> Estimate | None:
        return await self._workspace.estimates.of(session, draft, session.next_parent_id)

    async def tell_reread(self, session: Session) -> None:
        """Say once what the next answer reads afresh, after something was changed."""
        reread = await self._workspace.estimates.reread(session)
        told = reread_line(reread) if reread is not None else ""
        if told and told != self._told:
            self._say(told)
        self._told = told

    def _say(self, line: str) -> None:
        self._printer.line(spoken.joined(line.split(" · ")))
