"""The bill of an answer that no session was asked for, and the limits that hold it."""

from __future__ import annotations

from dataclasses import replace

from neurotui.app.accounts import Account
from neurotui.app.money.ledger import Ledger
from neurotui.app.money.prices import Prices
from neurotui.chat.budget import any_sum_limit
from neurotui.chat.conversation import Bill
from neurotui.cli.store import opened
from neurotui.errors import BudgetReached
from neurotui.i18n import _
from neurotui.settings.config import Settings
from neurotui.store.money.prices import PriceTable
from neurotui.store.money.spending import Spending
from neurotui.wire.usage import Usage


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


async def require_budget(account: Account, settings: Settings) -> None:
    """Raise BudgetReached if a limit lets no answer of an account's model leave."""
    if not any_sum_limit(settings.budget):
        return
    with opened() as (database, instances):
        prices = Prices(lambda: settings, PriceTable(database) if database else None)
        prices.meet(account)
        ledger = Ledger(lambda: settings, Spending(database, instances) if database else None, prices)
        try:
            bill = Bill(account.model, 1, profile=account.profile, server=account.ref.address)
            ledger.release(await ledger.reserve([bill]))
        except BudgetReached:
            raise BudgetReached(limit=_("nothing was sent")) from None
        finally:
            await ledger.aclose()
