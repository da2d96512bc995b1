"""What a day has cost so far, by what is kept of it: for the limits that the user has set."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from neurotui.chat.budget import NOTHING, Budget, PaidAnswer, Spent, spent
from neurotui.chat.conversation import Bill, Message
from neurotui.errors import StoreError
from neurotui.settings.config import Price, Settings
from neurotui.wire.events import Usage

if TYPE_CHECKING:
    from neurotui.store.library import Library

_EDITION = re.compile(r"[-@](\d{4}-\d\d-\d\d|\d{8}|\d{6}|\d{4}|latest)\Z")
"""The end of a name that tells an edition of a model from the model."""


class Spending:
    """Knows what an answer may cost. A session asks it before each request, and tells it of each answer."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        library: Library | None,
        profile: Callable[[], str] = str,
    ) -> None:
        """`profile` is the one whose server is asked, where it has one.

        Without a library nothing is known of the day's other answers, but those of this program.
        """
        self._settings = settings
        self._library = library
        self._profile = profile
        self._noted: dict[str, tuple[float, PaidAnswer]] = {}
        """The answers of this program, with their times: they may not all be on disk."""

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        """Return what an answer may cost: others that run are counted by what they have been asked so far."""
        settings = self._settings()
        limits, today = settings.budget, NOTHING
        if limits.day_tokens or limits.day_cost:
            today = await asyncio.to_thread(self._today, self._library, settings, answer.id)
        price = price_of(settings, bill.asked_model, self._profile())
        return Budget(limits, price, bill.prompt_tokens, today)

    def note(self, answer: Message) -> None:
        """Remembers what an answer has cost."""
        bill = answer.bill
        if bill is not None:
            tokens = Usage(bill.prompt_tokens, bill.completion_tokens)
            paid = PaidAnswer(answer.id, bill.asked_model, tokens, bill.cost)
            self._noted[answer.id] = (answer.created_at, paid)

    def _today(self, library: Library | None, settings: Settings, but: str) -> Spent:
        """Return what the answers of this day have cost, by the local clock, but for the one with this id."""
        midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        start, end = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
        self._noted = {id_: noted for id_, noted in self._noted.items() if start <= noted[0] < end}
        try:
            kept = library.paid_between(start, end) if library is not None else []
        except StoreError:
            kept = []
        paid = {answer.id: answer for answer in (*kept, *(noted for _at, noted in self._noted.values()))}
        return sum((_cost_of(answer, settings) for id_, answer in paid.items() if id_ != but), NOTHING)


def _cost_of(answer: PaidAnswer, settings: Settings) -> Spent:
    """Return what an answer has cost, by what is kept of it: files may come from anywhere."""
    tokens = Usage(
        max(0, answer.tokens.prompt_tokens),
        max(0, answer.tokens.completion_tokens),
        cached_tokens=max(0, answer.tokens.cached_tokens),
    )
    if answer.cost is None:
        return spent(tokens, price_of(settings, answer.model))
    return Spent(tokens.completion_tokens, max(0.0, answer.cost))


def price_of(settings: Settings, model: str, profile: str = "") -> Price | None:
    """Return what a model costs: in this profile, else in the one in use, else in any other that knows it.

    A dated name such as `gpt-5-mini-2025-08-07` costs what the model does where it has no price of its own.
    """
    profiles = settings.profiles
    first = (profiles[name] for name in (profile, settings.active_profile) if name in profiles)
    found = (_priced(known.prices, model) for known in (*first, *profiles.values()))
    return next((price for price in found if price is not None), None)


def _priced(prices: Mapping[str, Price], model: str) -> Price | None:
    return prices.get(model) or prices.get(_EDITION.sub("", model))
