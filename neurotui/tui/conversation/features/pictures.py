"""A picture by a model that has a call of its own for that: chosen, with its price, before it is asked."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.chat.conversation import Message
from neurotui.i18n import _
from neurotui.tui.conversation.asking import may_ask
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Pictures:
    """Feature: ask for a picture."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._answer_id = ""
        """The answer that was asked for last."""
        pane.commands.bind("image", self.ask)
        self._words = ""
        """The command that was put back into the input."""
        pane.moments.began.append(self._began)
        pane.moments.ended.append(self._ended)

    async def ask(self, prompt: str) -> None:
        """Offer the models that make pictures; ask the one that is chosen for a picture of `prompt`."""
        pane = self._pane
        if not may_ask(pane):
            return
        if pane.account.models is not None:
            await self._choose(prompt)
        else:  # the server is asked for its models first, which may take long
            pane.run_worker(self._choose(prompt), group="painters", exclusive=True, exit_on_error=False)

    async def _choose(self, prompt: str) -> None:
        from neurotui.app.attachments.picturing import painters, why_asked
        from neurotui.tui.dialogs.choice import ChoiceScreen

        pane, session = self._pane, self._pane.session
        found = await painters(pane.workspace, session)
        why = await why_asked(pane.workspace, session, prompt, found)

        async def close(chosen: int | None) -> None:
            if chosen is None:
                pane.composer.put(f"/image {prompt}")
            elif pane.session is session and may_ask(pane):
                session.make_picture(prompt, found[chosen].model)
                self._answer_id = session.turn.answer_id if session.turn is not None else ""

        self._dialogs.open(
            ChoiceScreen(
                _("Which model makes the picture?"),
                "\n".join(filter(None, (*(each.words for each in found), why))),
                [each.name for each in found],
            ),
            close,
        )

    def _ended(self, answer: Message, writing: bool) -> None:
        """Make words that came back into the input the command again: Enter would send them as a question."""
        composer = self._pane.composer
        if answer.id == self._answer_id and composer.text and not writing:
            self._words = f"/image {composer.text}"
            composer.put(self._words)

    def _began(self) -> None:
        """Take the command out of the input if it was asked again by another one."""
        if self._words and self._pane.composer.text == self._words:
            self._pane.composer.clear()
        self._words = ""
