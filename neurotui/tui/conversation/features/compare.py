"""One question to several models at the same time, and their answers side by side.

`/compare` asks the last question, or, where nothing was asked yet or something is being written, has the next
message go to all. On an answer that has others beside it, its key shows them; so a comparison is opened
again from any of its answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotui.app.comparison import Comparison, Contender, compare, contenders, parted, reopen
from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Role
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import NeurotuiError
from neurotui.i18n import N_, _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.tui.conversation.comparison_view import ComparisonScreen


@dataclass(frozen=True, slots=True)
class _Awaited:
    """Those who get the next message of a conversation."""

    conversation_id: str
    asked: Sequence[Contender]


class Compare:
    """Asks several models the same."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._services = services
        self._dialogs = dialogs
        self._awaited: _Awaited | None = None
        self._view: ComparisonScreen | None = None
        pane.commands.bind(
            "compare",
            self.compare,
            when=lambda: pane.transcript.chosen is not None,
            why_not=N_("There is no question to compare answers to yet"),
        )
        pane.moments.ready.append(lambda: pane.watch(pane.hint, "text", self._say_who_is_asked, init=False))
        pane.moments.asked.append(self._ask_awaited)
        pane.moments.shown.append(self._forget)

    async def compare(self, models: str | Sequence[str] = ()) -> bool:
        """Ask models; without names, show the answers there are, or offer models to choose from.

        A text may have a question behind the names.
        """
        await self._pane.loaded.wait()
        question = self._question()
        if models:
            question = None if self._pane.composer.text.strip() else question
            self._begin(self._pane.session, models, question)
        elif question is None:
            return False
        else:
            self._pane.run_worker(self._open(question), group="compare", exit_on_error=False)
        return True

    # Asking

    def _begin(self, session: Session, models: str | Sequence[str], question: Message | None) -> None:
        comparing = self._compare(session, models, question)
        self._pane.run_worker(comparing, group="compare", exit_on_error=False)

    async def _compare(self, session: Session, models: str | Sequence[str], question: Message | None) -> None:
        workspace, services, words = self._pane.workspace, self._services, ""
        try:
            if isinstance(models, str):
                models, words = await parted(workspace, services, session, models)
            found = await contenders(workspace, services, session, models)
            if words:
                self._await(session, found)
                await self._send(session, words)
            elif question is None:
                self._await(session, found)
            elif await self._pane.consent.given(lambda price: price.again(session, question.id, found)):
                await self._ask(session, found, question)
        except NeurotuiError as error:
            self._say(error)

    async def _ask(self, session: Session, asked: Sequence[Contender], question: Draft | Message) -> None:
        """Ask, and show all answers to the question, unless another conversation is looked at by now."""
        workspace = self._pane.workspace
        comparison = await compare(workspace, session, asked, question)
        first = comparison.sessions[0]
        answer = comparison.answer(first)
        whole = await reopen(workspace, self._services, session, answer.id)
        if self._is_shown(session):
            self._show(whole or comparison, first)
        elif isinstance(question, Draft):
            comparison.leave(first)  # so that the question is there when the conversation is looked at again

    def _await(self, session: Session, asked: Sequence[Contender]) -> None:
        self._forget()
        if not self._is_shown(session):
            return  # as those are forgotten that were named before it was left
        self._awaited = _Awaited(session.conversation.id, asked)
        self._pane.contenders = asked
        self._pane.hint.text = ""
        self._pane.open_panels.append(self._escape)
        self._say_who_is_asked()
        self._pane.composer.focus()

    async def _send(self, session: Session, words: str) -> None:
        """Send a question as if it was typed, unless something else is by now."""
        composer = self._pane.composer
        if self._is_shown(session) and not composer.text.strip():
            composer.put(words)
            await composer.action_send()

    def _say_who_is_asked(self) -> None:
        """Say who gets the next message, unless another hint is shown: when that goes, it is said again."""
        if self._awaited is not None and not self._pane.hint.text:
            names = ", ".join(clean_line(each.model, 40) for each in self._awaited.asked)
            words = _("The next message goes to {models} · Esc: to one alone")
            self._pane.hint.text = words.format(models=names)

    def _ask_awaited(self, draft: Draft) -> bool:
        """Ask all who wait for the message that was sent."""
        awaited, session = self._awaited, self._pane.session
        if awaited is None or awaited.conversation_id != session.conversation.id:
            return False
        self._pane.run_worker(self._ask_all(session, awaited, draft), group="compare", exit_on_error=False)
        return True

    async def _ask_all(self, session: Session, awaited: _Awaited, draft: Draft) -> None:
        pane = self._pane
        try:
            await self._ask(session, awaited.asked, draft)
        except NeurotuiError as error:
            if self._is_shown(session):
                pane.composer.busy = False
                pane.bring_back(draft)
            else:
                pane.drafts.set_aside(session.conversation.id, draft)
            self._say(error)
        else:
            if self._awaited is awaited:
                self._forget()

    def _escape(self, running: bool) -> bool:
        """Let the next message go to one alone; False if an answer runs, which is stopped first."""
        if not running:
            self._forget()
        return not running

    def _forget(self) -> None:
        if self._awaited is not None:
            self._awaited, self._pane.contenders = None, ()
            self._pane.open_panels.remove(self._escape)
            self._pane.hint.text = ""

    # Showing

    async def _open(self, question: Message) -> None:
        """Show the answers to a question side by side; if it has but one, offer more models to ask."""
        session = self._pane.session
        path = session.branch.path()
        answer = next((each for each in path if each.parent_id == question.id), None)
        if answer is not None:
            found = await reopen(self._pane.workspace, self._services, session, answer.id)
            if not self._is_shown(session):
                return
            if found is not None:
                self._show(found, next(each for each in found.sessions if found.answer(each).id == answer.id))
                return
        self._offer(question)

    def _offer(self, question: Message) -> None:
        """Let the user choose whom to ask a question."""
        from neurotui.tui.dialogs.models import ModelsScreen

        pane, session = self._pane, self._pane.session

        def close(chosen: str | tuple[str, ...] | None) -> None:
            if chosen is not None:
                self._begin(session, [chosen] if isinstance(chosen, str) else chosen, question)

        self._dialogs.open(ModelsScreen(pane.account, session.participant.model), close)

    def _show(self, comparison: Comparison, front: Session) -> None:
        from neurotui.tui.conversation.comparison_view import ComparisonScreen

        if self._view is not None:
            self._view.show(comparison, front)
            return

        def ended(session: Session, stop: bool) -> None:
            view, self._view = self._view, None
            assert view is not None
            self._go_on(view.comparison, session, stop=stop)

        def more() -> None:
            if self._view is not None:
                self._offer(self._view.comparison.question)

        self._view = ComparisonScreen(comparison, front, self._pane.commands, ended, more)
        self._dialogs.open(self._view)

    def _go_on(self, comparison: Comparison, session: Session, *, stop: bool) -> None:
        """Go on with one of the sessions, as it stands; stop the others, or leave them running."""
        pane = self._pane
        comparison.leave(session)
        if session is not pane.session:
            pane.hold(session)
        pane.look_at(session.branch.leaf_id or "")  # here it opens the next time
        if stop:
            pane.app.run_worker(comparison.go_on(session), group="stop", exit_on_error=False)

    # Internals

    def _is_shown(self, session: Session) -> bool:
        """True if the conversation of a session is the one that is looked at."""
        return session.conversation.id == self._pane.session.conversation.id

    def _question(self) -> Message | None:
        """Return the question that is pointed at, or whose answer is."""
        view = self._pane.transcript.chosen
        if view is None:
            return None
        message = view.message
        if message.role is not Role.USER and message.parent_id is not None:
            message = self._pane.session.conversation.messages[message.parent_id]
        return message if message.role is Role.USER else None

    def _say(self, error: NeurotuiError) -> None:
        self._dialogs.say(clean_line(str(error), 400), severity="warning", seconds=10)
