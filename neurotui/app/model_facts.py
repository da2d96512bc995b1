"""Facts about the models of an account: prices, favourites, and how they have answered here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from neurotui.app import rhythm
from neurotui.app.accounts import Account
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import duration, money, number
from neurotui.store.money.charge_rows import Health
from neurotui.wire.price import MICROS, Price

if TYPE_CHECKING:
    from neurotui.app.accounts import ModelInfo
    from neurotui.app.money.prices import Prices
    from neurotui.store.learnt import Learnt
    from neurotui.store.money.spending import Spending
    from neurotui.store.store import Store

FAVOURITE = "favourite"
"""Name under which it is kept that a model is one."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of models, by their names."""

    prices: Mapping[str, Price] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    favourites: frozenset[str] = frozenset()


NO_FACTS = ModelFacts()


class ModelLibrary:
    """The facts about the models of one account."""

    def __init__(self, account: Account, prices: Prices, store: Store) -> None:
        self._account = account
        self._prices = prices
        self._store = store
        self.facts = NO_FACTS

    async def learn(self) -> None:
        """Ask for the prices, if that is due."""
        await self._prices.learn(self._account)

    def priced(self, models: Iterable[str]) -> None:
        """Look up the prices of models."""
        account = self._account
        found = {
            model: price
            for model in models
            if (price := self._prices.price(model, account.profile, account.ref.address)) is not None
        }
        self.facts = replace(self.facts, prices=found)

    def read(self, models: Iterable[str]) -> ModelFacts:
        """Return the facts that are on disk. Blocks."""
        health: Mapping[str, Health] = {}
        favourites: frozenset[str] = frozenset()
        with suppress(StoreError):  # the chat itself reports trouble with the store
            health = health_of(self._account, models, self._store.spending, self._store.learnt)
            favourites = frozenset(self._store.learnt.models(self._server, FAVOURITE))
        return replace(self.facts, health=health, favourites=favourites)

    def toggle(self, model: str) -> Callable[[], None]:
        """Make a model a favourite, or no more; return what writes that, which blocks."""
        favourites = self.facts.favourites ^ {model}
        self.facts = replace(self.facts, favourites=favourites)
        value = "1" if model in favourites else ""

        def write() -> None:
            with suppress(StoreError):
                self._store.learnt.put(self._server, model, FAVOURITE, value)

        return write

    @property
    def _server(self) -> str:
        return self._account.ref.address.lower()


def health_of(
    account: Account, models: Iterable[str], spending: Spending, learnt: Learnt
) -> dict[str, Health]:
    """Return how the latest answers of models went at an account. Blocks; raises StoreError."""
    rhythms = rhythm.known(learnt, account)
    found = spending.health(models, account.profile)
    return {model: replace(health, rhythm=rhythms.get(model)) for model, health in found.items()}


def price_words(price: Price, *, writes: bool = True) -> str:
    """Return a price in short: $0.25 → $2.00 for a million tokens in and out, or a sum for each answer.

    A model that writes nothing, such as one for embeddings, has no price for what comes out.
    """
    if price.per_call and not price.input and not price.output:
        return _("{money} each").format(money=money(price.per_call / MICROS, price.currency))
    if not (price.input or price.output or price.at_least):
        return _("free")
    words = money(price.input / MICROS, price.currency)
    if writes or price.output:
        words += f" → {money(price.output / MICROS, price.currency)}"
    if price.per_call:
        words += f" + {_('{money} each').format(money=money(price.per_call / MICROS, price.currency))}"
    return f"≥ {words}" if price.at_least else words


def contents_words(model: ModelInfo) -> str:
    """Return what a model takes beside text."""
    names = {"image": _("pictures"), "audio": _("sound"), "file": _("files"), "video": _("video")}
    takes = model.abilities.takes or frozenset()
    return ", ".join(words for content, words in names.items() if content in takes)


def health_words(health: Health) -> str:
    """Return how the latest answers went: the median of the first token, pings, and how many were cut."""
    words = []
    if health.first_token is not None:
        words.append(_("first token {time}").format(time=duration(health.first_token)))
    if health.rhythm is not None:
        words.append(_("pings every {time}").format(time=duration(health.rhythm)))
    if health.cut:
        cut = ngettext("{n} of {all} cut", "{n} of {all} cut", health.cut)
        words.append(cut.format(n=number(health.cut), all=number(health.answers)))
    return ", ".join(words)
