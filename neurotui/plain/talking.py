"""Commands for answers: stop, ask again, continue, edit, compare, other versions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from neurotui.app import spoken
from neurotui.app.attachments.picturing import painters, why_asked
from neurotui.app.commands import find
from neurotui.app.comparison import compare, contenders
from neurotui.app.comparison_text import figures_of, name_of
from neurotui.app.continuing import why_not
from neurotui.app.conversations import fork, look_at
from neurotui.app.going_on import GoingOn
from neurotui.app.money.asking_price import AskingPrice, Question
from neurotui.app.participants import refusal
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Role
from neurotui.chat.joining import joined_path
from neurotui.i18n import N_, _
from neurotui.plain.face import PlainFace


class Talking:
    """Feature: what is asked and answered in the conversation in front."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        self._going_on = GoingOn(face.services.store.learnt)
        bind = face.commands.bind
        bind("stop", self.stop, when=lambda: face.running, why_not=N_("Nothing is being written here"))
        bind("stop_all", self.stop_all, when=lambda: bool(face.workspace.running))
        bind("repeat", self.repeat, why_not=N_("Nothing was asked yet"))
        bind("regenerate", self.regenerate, why_not=N_("There is no answer to ask for again"))
        bind("continue", self.go_on)
        bind("edit", self.edit, why_not=N_("There is no question to edit"))
        bind("image", self.draw)
        bind("compare", self.compare, why_not=N_("There is no question to compare answers to yet"))
        other = N_("This message has only one version")
        bind("branch_previous", lambda: self.switch(-1), why_not=other)
        bind("branch_next", lambda: self.switch(1), why_not=other)
        bind("fork", self.fork, why_not=N_("There is nothing to fork yet"))
        bind("toggle_fold", self.reason, why_not=N_("This message has no reasoning"))
        bind("toggle_raw", self.source, why_not=N_("There is nothing to show yet"))

    async def stop(self) -> bool:
        """Stop the answer in front."""
        was_running = self._face.running
        await self._face.session.stop()
        return was_running

    async def stop_all(self) -> None:
        """Stop all running answers."""
        await self._face.workspace.stop_all()

    async def repeat(self) -> bool:
        """Ask the last question again, for another answer beside the one it has."""
        face, question = self._face, self._question()
        if question is not None and await self._may_ask_again(question.id):
            face.session.answer(question.id)
        return question is not None

    async def regenerate(self) -> bool:
        """Ask for another answer beside the last one."""
        face, answers = self._face, self._face.whole_answers()
        question_id = face.session.conversation.question_of(answers[-1].id) if answers else None
        if question_id is not None and await self._may_ask_again(question_id):
            face.session.ask_again(answers[-1].id)
        return bool(answers)

    async def go_on(self) -> None:
        """Ask for the rest of the last answer."""
        face = self._face
        path = joined_path(face.session.conversation, face.session.branch.leaf_id)
        message = path[-1] if path else None
        if sentence := why_not(message):
            face.say(sentence)
        elif (
            message is not None
            and self._is_free()
            and await face.costs.given(lambda price: price.rest(face.session, message.id))
        ):
            account = face.workspace.account_of(face.session)
            known = asyncio.Event()

            def may() -> bool:
                known.set()
                return True

            again = find("continue").slash
            asked = self._going_on.go_on(face.session, account.host, message, again, may)
            face.work(self._told(asked)).add_done_callback(lambda _job: known.set())
            await known.wait()  # it is asked by then: the end of input waits for what runs alone

    async def edit(self) -> bool:
        """Ask the last question in other words."""
        face = self._face
        if (question := self._question()) is None:
            return False
        if self._is_free():
            face.printer.lines(spoken.rows(question.text))
            if question.attachments:
                rates = await face.workspace.estimates.rates(face.session)
                face.printer.lines(spoken.attached(each, rates) for each in question.attachments)
            text = await face.questions.text(_("Edited question: "))
            account = face.workspace.account_of(face.session)
            if text and text.strip() and await face.files.are_meant(face.session, account):
                files = (*question.attachments, *face.files.of(face.session))
                if await face.costs.given(self._about_edited(question.id, Draft(text, files))):
                    face.files.put(face.session, ())
                    face.session.edit(question.id, text, files)
        return True

    async def draw(self, prompt: str) -> None:
        """Ask a model that is chosen, with its price, for a picture."""
        face = self._face
        if not self._is_free():
            return
        found = await painters(face.workspace, face.session)
        if why := await why_asked(face.workspace, face.session, prompt, found):
            face.say(why)
        place = await face.questions.choose(
            [each.words for each in found], _("Which model makes the picture?")
        )
        if place is not None:
            face.session.make_picture(prompt, found[place].model)

    async def compare(self, models: str = "") -> bool:
        """Ask several models the last question, and print their answers one after another."""
        face, question = self._face, self._question()
        if question is None:
            return False
        if not self._is_free():
            return True
        found = await contenders(face.workspace, face.services, face.session, models.split())
        if not await face.costs.given(lambda price: price.again(face.session, question.id, found)):
            return True
        comparison = await compare(face.workspace, face.session, found, question)
        face.say(_("Asked. Each answer is printed when it is complete"))
        for session in comparison.sessions:
            await session.ended()
            answer = comparison.answer(session)
            told = spoken.message(answer)
            face.printer.lines(told)
            more = [each for each in figures_of(comparison, session) if each not in told[-1]]
            if more:
                face.printer.line(spoken.joined(more))
        names = [name_of(comparison, session) for session in comparison.sessions]
        place = await face.questions.choose(names, _("Go on with:"))
        chosen = comparison.sessions[place or 0]
        comparison.leave(chosen)
        await face.hold(chosen, is_known=True)
        return True

    async def switch(self, step: int) -> bool:
        """Go to another version of the last answer, or of the last question."""
        face = self._face
        conversation = face.session.conversation
        for message in reversed(face.session.branch.path()):
            siblings = conversation.siblings(message.id)
            at = siblings.index(message.id) + step
            if len(siblings) > 1 and 0 <= at < len(siblings):
                await look_at(face.services.store.library, face.session, siblings[at])
                face.print_last()
                return True
        return False

    async def fork(self) -> bool:
        """Go on from the last message in a new conversation."""
        face = self._face
        if not face.session.branch.leaf_id:
            return False
        if self._is_free():
            account = face.workspace.account_of_fork(face.session)
            library = face.services.store.library
            copy = await fork(library, face.session, face.session.branch.leaf_id, account)
            await face.hold(face.workspace.hold(copy))
        return True

    def reason(self) -> bool:
        """Print the reasoning of the last answer."""
        return self._printed(lambda answer: answer.reasoning)

    def source(self) -> bool:
        """Print the last answer with all that is invisible."""
        from neurotui.chat.text import reveal

        return self._printed(lambda answer: reveal(answer.text))

    # Internals

    def _printed(self, text_of: Callable[[Message], str]) -> bool:
        answers = self._face.whole_answers()
        shown = text_of(answers[-1]) if answers else ""
        if shown:
            self._face.printer.lines(spoken.rows(shown))
        return bool(shown)

    def _question(self) -> Message | None:
        path = self._face.session.branch.path()
        return next((each for each in reversed(path) if each.role is Role.USER), None)

    async def _may_ask_again(self, question_id: str) -> bool:
        """True if a question can be asked again, at its price."""
        session = self._face.session
        return self._is_free() and await self._face.costs.given(
            lambda price: price.again(session, question_id)
        )

    def _about_edited(
        self, question_id: str, draft: Draft
    ) -> Callable[[AskingPrice], Awaitable[Question | None]]:
        session = self._face.session
        return lambda price: price.message(session, draft, edited_id=question_id)

    def _is_free(self) -> bool:
        """True if a question can be asked here now; otherwise it is said why not."""
        face = self._face
        if face.running:
            face.say(_("An answer is being written: stop it first, or wait"))
            return False
        trouble = refusal(face.workspace.account_of(face.session))
        if trouble is not None:
            face.say(str(trouble))
        return trouble is None

    async def _told(self, asked: Awaitable[str]) -> None:
        if sentence := await asked:
            self._face.tell(sentence)
