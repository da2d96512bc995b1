"""What a day has cost so far, by what is kept of it: for the limits that the user has set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from neurotui.chat.budget import NOTHING, Allowance, Spent, estimate, spent
from neurotui.errors import StoreError
from neurotui.settings.config import Price, Settings
from neurotui.wire.request import ChatRequest

if TYPE_CHECKING:
    from neurotui.store.library import Library


class Spending:
    """Knows what an answer may cost. A session asks it before each request."""

    def __init__(self, settings: Callable[[], Settings], library: Library | None) -> None:
        """Without a library nothing is known of the day's other answers."""
        self._settings = settings
        self._library = library

    async def allow(self, request: ChatRequest) -> Allowance | None:
        """What the answer to a request may cost; None where no limit is set."""
        settings = self._settings()
        limits = settings.budget
        if not (limits.answer_tokens or limits.answer_cost or limits.day_tokens or limits.day_cost):
            return None
        today = NOTHING
        if self._library is not None and (limits.day_tokens or limits.day_cost):
            today = await asyncio.to_thread(self._today, self._library, settings)
        return Allowance(limits, price_of(settings, request.model), estimate(request), today)

    def _today(self, library: Library, settings: Settings) -> Spent:
        midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            answers = library.used_since(midnight.timestamp())
        except StoreError:
            return NOTHING
        return sum((spent(usage, price_of(settings, model)) for model, usage in answers), NOTHING)


def price_of(settings: Settings, model: str) -> Price | None:
    """What a model costs: in the profile in use, or else in any other that knows it."""
    active = settings.profiles.get(settings.active_profile)
    profiles = [*([active] if active else []), *settings.profiles.values()]
    return next((profile.prices[model] for profile in profiles if model in profile.prices), None)
