"""The bill of an answer that no session was asked for."""

from __future__ import annotations

from dataclasses import replace

from neurotui.app.accounts import Account
from neurotui.app.prices import Prices
from neurotui.chat.conversation import Bill
from neurotui.cli.store import opened
from neurotui.settings.config import Settings
from neurotui.store.prices import PriceTable
from neurotui.wire.events import Usage


async def bill_for(account: Account, settings: Settings, tokens: Usage) -> Bill:
    """Return the bill, by the price as far as it is known without asking."""
    model, profile = account.model, account.profile
    bill = Bill(model, tokens.prompt_tokens, tokens.completion_tokens, None, tokens.cached_tokens, profile)
    with opened() as (database, _instances):
        prices = Prices(lambda: settings, PriceTable(database) if database else None)
        await prices.recall(account)
    price = prices.price(model, profile, account.ref.address)
    if price is None:
        return bill
    cost = price.cost(tokens)
    return replace(bill, cost=cost.amount, currency=cost.currency, rate=cost.rate, source=price.source)
