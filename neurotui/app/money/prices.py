"""Prices of models: the user's own, and those that the servers tell.

In this order: the table of the profile, the server's list of models, the catalogue of its gateway, and the
tables of other profiles. A server is asked once a day, and what it told is kept on disk with its date, for
the time without a network, too. Whatever is not told, or in a currency whose rate is not set, is unknown.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from neurotui.app.server_refs import DEMO, RECORDING
from neurotui.chat.budget import any_cost_limit, currency_of
from neurotui.errors import NeurotuiError, ProtocolViolated, StoreError
from neurotui.settings import config
from neurotui.settings.config import Settings
from neurotui.wire.price import DOLLAR, MICROS, Money, Price, currency_code

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.store.money.prices import PriceTable

T = TypeVar("T")

DAY = 24 * 3600.0
"""Seconds for which a server is not asked again."""
RETRY = 300.0
"""Seconds for which one that could not be reached is not asked again."""
PATIENCE = 8.0
"""Seconds that an answer waits for its price, where a limit in money is to hold it."""

DEMO_RATES = {"RUB": 80 * MICROS, "CNY": 7 * MICROS, "EUR": 900_000, "GBP": 800_000}
"""Millionths for a US dollar at which the demo sells, so that a limit in each currency can be tried there."""

_VERSION = re.compile(r"/?(v\d+\w*)?/?\Z")
"""The end of the path of an address, which tells no server from another."""
_EDITION = re.compile(r"[-@](\d{4}-\d\d-\d\d|\d{8}|\d{6}|\d{4}|latest)\Z")
"""The end of a name that tells an edition of a model from the model."""


class Prices:
    """Answers what a model costs at an account. Call its methods on the event loop; `price` on any thread."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        table: PriceTable | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Without a `table`, what servers tell is forgotten with the program."""
        self._settings = settings
        self._table = table
        self._clock = clock
        self._accounts: dict[tuple[str, str], Account] = {}
        """By their profiles and addresses."""
        self._told: dict[str, Mapping[str, Price]] = {}
        """Prices in the server's own currency, by server and model."""
        self._asked: dict[str, float] = {}
        """Unix times at which servers were asked."""
        self._listed: set[Account] = set()
        """Accounts whose list of models was read here."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._begun: set[asyncio.Task[None]] = set()
        self._closed = self._given_up = False
        self.patience = 0.0
        """Seconds that prices which are asked beside answers are waited for; 0 where somebody looks on."""

    def price(self, model: str, profile: str = "", server: str = "") -> Price | None:
        """Return the price of a model, with its source and its date; None if it is not known.

        `server` is an address, empty for that of the profile. A dated name such as `gpt-5-mini-2025-08-07`
        costs what the model does where it has no price of its own.
        """
        settings = self._settings()
        profiles = settings.profiles
        own = profile if profile in profiles else ("" if profile else settings.active_profile)
        if (set_ := _priced(profiles[own].prices, model) if own in profiles else None) is not None:
            return self._set(set_, own)
        if (told := self._told_price(model, profile, server)) is not None:
            sale = _demo_sale(settings) if server == DEMO else _sale(profiles.get(profile))
            return told.sold_in(*sale)
        for name in dict.fromkeys([settings.active_profile, *profiles]):
            if name in profiles and (set_ := _priced(profiles[name].prices, model)) is not None:
                return self._set(set_, profile)
        return None

    def meet(self, account: Account) -> None:
        """Remember an account, so that its server can be asked when a price is needed."""
        if account.address or account.is_demo:
            self._accounts[account.profile, _root(account.ref.address)] = account

    async def learn(self, account: Account, *, again: bool = False) -> None:
        """Ask a server for its prices unless it was asked within a day; silent about whatever goes wrong.

        What it told before is known sooner, if it is on disk. `again` asks in any case.
        """
        self.meet(account)
        key = self._key(account.profile, account.ref.address)
        if self._closed or account.trouble is not None or account.ref.address == RECORDING:
            return
        running = self._asking.get(key)
        if running is None:
            if not again and self._is_fresh(key):
                return
            running = asyncio.get_running_loop().create_task(self._learn(account, key, again=again))
            self._asking[key] = running
            running.add_done_callback(lambda _task: self._asking.pop(key, None))
        await asyncio.shield(running)

    async def ready(self, profile: str, server: str) -> None:
        """Wait for the prices of a server that an answer is about to be asked of; not for long."""
        account = self._account(profile, server)
        if account is not None:
            await self.settle(account)

    def begin(self, profile: str, server: str) -> None:
        """Learn the prices of a server beside an answer, which takes its price when that comes.

        Those that were told a day ago are asked for again, too: the next answer has them.
        """
        account = self._account(profile, server)
        if account is None or (self._table is None and not account.ref.kind):  # each start would ask
            return
        if not self._is_fresh(self._key(account.profile, account.ref.address)):
            task = asyncio.get_running_loop().create_task(self.learn(account))
            self._begun.add(task)
            task.add_done_callback(self._begun.discard)

    async def begun(self) -> None:
        """Wait, as long as `patience` says, until what is asked beside answers is told; in vain only once."""
        if self._begun and self.patience and not self._given_up:
            _told, missing = await asyncio.wait(self._begun, timeout=self.patience)
            self._given_up = bool(missing)

    async def settle(self, account: Account) -> None:
        """Learn the prices of a server, as a limit in money needs them; give up after a while.

        Then nobody waits for it again soon, not in the next program either.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self.learn(account)
        except TimeoutError:
            await self._postpone(account)

    @property
    def are_needed(self) -> bool:
        """True if there is a limit in money, or one above which it is asked."""
        budget = self._settings().budget
        return any_cost_limit(budget) or budget.ask_above > 0

    def holds(self, model: str, account: Account) -> bool:
        """True if a limit in money can hold a model: its price is known in that currency."""
        price = self.price(model, account.profile, account.ref.address)
        currency = currency_of(self._settings().budget)
        return price is not None and Money(0, price.currency, price.rate).counted_in(currency) is not None

    def lacks_rate(self, model: str, profile: str, server: str = "") -> bool:
        """True if the price of a model is known, and only a rate is missing to hold it against a limit."""
        found = self.price(model, profile, server) or self._told_price(model, profile, server)
        return found is not None

    async def recall(self, account: Account) -> None:
        """Read what a server told before, without asking it."""
        self.meet(account)
        key = self._key(account.profile, account.ref.address)
        if key not in self._told and not account.ref.kind:
            await self._read(key)

    async def aclose(self) -> None:
        """Ask nothing more. What was waited for, and was not told, is given up for a while.

        Else each of many short programs would ask, and be gone before it is told.
        """
        await self.begun()
        self._closed = True
        for account in [*self._accounts.values()] if self.patience else ():
            if self._key(account.profile, account.ref.address) in self._asking:
                await self._postpone(account)
        tasks = [*self._asking.values(), *self._begun]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Internals

    def _set(self, found: config.Price, profile: str) -> Price:
        """Return a price of the settings."""
        settings = self._settings()
        currency = currency_of(settings.budget)
        sold_in, rate = _sale(settings.profiles.get(profile))
        price = Price(
            round(found.input * MICROS),
            round(found.output * MICROS),
            round(found.cached * MICROS) if found.cached else None,
            currency=currency,
            rate=MICROS if currency == DOLLAR else 0,
            source="settings",
        )
        return price.sold_in(sold_in, rate) or price

    def _told_price(self, model: str, profile: str, server: str) -> Price | None:
        address = server or self._address(profile)
        if address:
            return _priced(self._told.get(self._key(profile, address), {}), model)
        found = (_priced(prices, model) for prices in list(self._told.values()))
        return next((price for price in found if price is not None), None)

    def _account(self, profile: str, server: str) -> Account | None:
        """Return a known account: that of a profile, or else another one of its server."""
        address = _root(server or self._address(profile))
        known = {owner: account for (owner, at), account in list(self._accounts.items()) if at == address}
        return known.get(profile) or next(iter(known.values()), None)

    def _address(self, profile: str) -> str:
        """Return the address of a profile's server, of which an account is known; empty for none."""
        known = (address for owner, address in list(self._accounts) if owner == profile)
        return next(known, "") if profile else ""

    def _key(self, profile: str, address: str) -> str:
        """Return the name of a server in the table: prices are those of a group, where one is set.

        Behind one host there may be several servers, which their paths tell from each other.
        """
        found, account = self._settings().profiles.get(profile), self._account(profile, address)
        group = found.group.strip() if found is not None else ""
        path = urlsplit(account.address).path if account is not None else ""
        return " ".join(filter(None, (_root(address) + _VERSION.sub("", path), group)))

    def _is_fresh(self, key: str) -> bool:
        return 0 <= self._clock() - self._asked.get(key, 0.0) < DAY

    async def _read(self, key: str) -> None:
        if self._table is not None:
            with suppress(StoreError):
                self._told[key], self._asked[key] = await asyncio.to_thread(self._table.get, key)

    async def _learn(self, account: Account, key: str, *, again: bool) -> None:
        is_kept = not account.ref.kind
        if is_kept and key not in self._asked:
            await self._read(key)
        if not again and self._is_fresh(key):
            return
        found: Mapping[str, Price] | None = {}
        missed: NeurotuiError | None = None
        try:
            models = account.models
            if models is None or account in self._listed:  # those that are known may be of yesterday
                models = await account.client.models()
                account.models = models or account.models
            self._listed.add(account)
            found = {model.id: model.price for model in models if model.price is not None}
        except NeurotuiError as error:
            missed = error
        if not found:
            profile = self._settings().profiles.get(account.profile)
            found = await account.client.prices(profile.group.strip() if profile else "")
        if not found and self._may_tell_soon(key, missed, is_read=found is not None):
            await self._postpone(account, is_known=bool(self._told.get(key)))
            return
        now = self._asked[key] = self._clock()
        self._told[key] = {model: replace(price, told_at=now) for model, price in (found or {}).items()}
        if is_kept and self._table is not None:
            with suppress(StoreError):
                await asyncio.to_thread(self._table.put, key, found or {}, now)

    def _may_tell_soon(self, key: str, missed: NeurotuiError | None, *, is_read: bool) -> bool:
        """True if a server that tells no prices now may tell them soon: what it told before still holds then.

        `missed` is why there is no list of its models. One that was never known to tell any, and is there, is
        not asked again on the same day for a fault of its own.
        """
        status, passes = (missed.http_status, missed.passes) if missed is not None else (200, False)
        if status in (401, 403) or (status is None and passes):  # another key may be let in
            return True
        is_gone = passes or isinstance(missed, ProtocolViolated)  # a page to sign in, say
        return bool(self._told.get(key)) and (is_gone or not is_read)

    async def _postpone(self, account: Account, *, is_known: bool = True) -> None:
        """Ask a server again only after a while; until then holds what it told before.

        Other programs do not ask either, unless nothing `is_known`: a limit in money may need it there.
        """
        key = self._key(account.profile, account.ref.address)
        at = self._asked[key] = self._clock() - DAY + RETRY
        if is_known and self._table is not None and not account.ref.kind:
            with suppress(StoreError):
                await asyncio.to_thread(self._table.note_asked, key, at)


def _root(address: str) -> str:
    """Return the scheme and the host of an address."""
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}" if address else ""


def _demo_sale(settings: Settings) -> tuple[str, int]:
    """Return the currency that the demo sells in, and its rate: that of the budget, if it knows one."""
    currency = currency_of(settings.budget)
    rate = DEMO_RATES.get(currency)
    return (DOLLAR, MICROS) if rate is None else (currency, rate)


def _sale(profile: config.Profile | None) -> tuple[str, int]:
    """Return the currency that a profile's server sells in, and its rate."""
    if profile is None:
        return DOLLAR, MICROS
    currency = currency_code(profile.currency) if profile.currency.strip() else DOLLAR
    return currency, MICROS if currency == DOLLAR else round(profile.rate * MICROS)


def _priced(prices: Mapping[str, T], model: str) -> T | None:
    found = prices.get(model)
    return found if found is not None else prices.get(_EDITION.sub("", model))
