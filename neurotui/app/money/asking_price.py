"""Which requests are dear enough to be asked about, wherever one leaves by the user's hand.

One limit, `budget.ask_above`, and one question each: a message, another answer, the rest of one, a picture, a
comparison as the sum of its answers. A message that waits for the end of an answer is asked about as it is
written; as it leaves, it must not have become much dearer.

What has no known price is not asked about: that there is none is told elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotui.app.money.estimate_text import (
    asked_above,
    dear_together,
    is_too_dear,
    question_about,
    question_about_all,
    reason_to_ask,
)
from neurotui.app.participants import Contender
from neurotui.chat.attachments import NOTHING, Draft
from neurotui.chat.budget import currency_of

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.app.money.estimates import Estimate, Estimates
    from neurotui.app.money.prices import Prices
    from neurotui.chat.session import Session
    from neurotui.settings.config import Settings

SLACK = 1.25
"""A message that waits may become so many times dearer than what was agreed to."""


@dataclass(frozen=True, slots=True)
class Question:
    """The question whether something dear is to be asked for."""

    text: str
    reason: str
    micros: int
    """Highest likely cost, in millionths of the currency of the budget."""


class AskingPrice:
    """Knows what is to be asked about. Call its methods on the event loop."""

    def __init__(
        self,
        estimates: Estimates,
        prices: Prices,
        settings: Callable[[], Settings],
        account_of: Callable[[Session], Account],
    ) -> None:
        self._estimates = estimates
        self._prices = prices
        self._settings = settings
        self._account_of = account_of
        self._agreed: dict[str, int] = {}
        """Agreed cost of the next message (millionths), by the id of the conversation."""

    @property
    def is_limited(self) -> bool:
        """True if there is a price above which it is asked."""
        return self._settings().budget.ask_above > 0

    @property
    def limit_words(self) -> str:
        """The words for that price."""
        return asked_above(self._settings().budget)

    async def message(
        self, session: Session, draft: Draft, asked: Sequence[Contender] = (), *, edited_id: str = ""
    ) -> Question | None:
        """Return the question about a message that is dear; None for one that is not.

        It goes to all of `asked`, where there are any. It may take the place of an earlier question.
        """
        self._agreed.pop(session.conversation.id, None)
        if not await self._ready(session, asked):
            return None
        edited = session.conversation.messages.get(edited_id)
        if edited is not None:
            return self._about([await self._estimates.of(session, draft, edited.parent_id)])
        whom = asked or (None,)
        return self._about([await self._estimates.of_next(session, draft, each) for each in whom])

    async def again(
        self, session: Session, question_id: str, asked: Sequence[Contender] = ()
    ) -> Question | None:
        """Return the question about another answer, or one of each of `asked`, to what was asked before."""
        if not await self._ready(session, asked):
            return None
        question = session.conversation.messages[question_id]
        drawn = session.picture_of(question_id)
        if drawn is not None and not asked:
            return await self.picture(session, question.text, drawn.model)
        draft = Draft(question.text, question.attachments)
        whom, parent_id = asked or (None,), question.parent_id
        return self._about([await self._estimates.of(session, draft, parent_id, each) for each in whom])

    async def rest(self, session: Session, answer_id: str) -> Question | None:
        """Return the question about the rest of an answer."""
        if not await self._ready(session):
            return None
        return self._about([await self._estimates.of(session, NOTHING, answer_id)])

    async def picture(self, session: Session, prompt: str, model: str) -> Question | None:
        """Return the question about a picture by a call of its own."""
        if not await self._ready(session):
            return None
        painter = Contender(self._account_of(session), model)
        return self._about([await self._estimates.of_picture(session, prompt, painter)])

    def agree(self, session: Session, question: Question) -> None:
        """Remember that the next message of a conversation may cost so much: it may have to wait."""
        self._agreed[session.conversation.id] = question.micros

    async def dearer(self, session: Session, draft: Draft) -> Question | None:
        """Return the question about a message that has waited, if it is much dearer than was agreed to."""
        agreed = self._agreed.pop(session.conversation.id, 0)
        found = await self.message(session, draft)
        return found if found is not None and found.micros > SLACK * agreed else None

    # Internals

    async def _ready(self, session: Session, asked: Iterable[Contender] = ()) -> bool:
        """Wait for the prices, not for long; return False if nothing is asked about at any price."""
        if not self.is_limited:
            return False
        for account in {self._account_of(session), *(each.account for each in asked)}:
            if account.trouble is None:
                await self._prices.settle(account)
        return True

    def _about(self, estimates: Sequence[Estimate]) -> Question | None:
        limits = self._settings().budget
        currency = currency_of(limits)
        sums = [each.all.counted_in(currency) for each in estimates if each.all is not None]
        micros = sum(each for each in sums if each is not None)
        if len(estimates) == 1:
            [one] = estimates
            if not is_too_dear(one, limits):
                return None
            return Question(question_about(one), reason_to_ask(one, limits), micros)
        if not (reason := dear_together(estimates, limits)):
            return None
        return Question(question_about_all(estimates, limits), reason, micros)
