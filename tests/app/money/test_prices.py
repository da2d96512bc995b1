"""Prices as a program knows them: of the user, of the servers, from yesterday, or not at all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.api.pricing import MAX_PRICING_BYTES
from neurotui.app.accounts import Account, account_of
from neurotui.app.money.prices import DAY, RETRY, Prices
from neurotui.settings import config
from neurotui.settings.config import Budget, Header, Profile, Settings
from neurotui.settings.credentials import Credentials
from neurotui.store.store import Store
from neurotui.wire.price import MICROS, Price
from tests.app.working import KEY, account_at
from tests.catalogues import LITELLM, NEW_API, PLAIN, litellm, new_api, openrouter, telling
from tests.servers import Exchange, Script, Server, refuse

MINI = Price(250_000, 2_000_000, 25_000)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()


class Now:
    """A clock that can be set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def prices_of(store: Store | None, settings: Settings | None = None, clock: Now | None = None) -> Prices:
    found = settings or Settings()
    return Prices(lambda: found, store.prices if store else None, clock or time.time)


async def learnt(server: Server, prices: Prices, account: Account | None = None) -> Price | None:
    """The price of gpt-5-mini, once the server was asked for it."""
    account = account or account_at(server)
    try:
        await prices.learn(account)
    finally:
        await account.aclose()
    price = prices.price("gpt-5-mini", account.profile, account.ref.address)
    if price is not None and price.source != "settings":
        assert time.time() - 60 < price.told_at < time.time() + 2 * DAY
    return replace(price, told_at=0.0) if price is not None else None


@pytest.mark.parametrize(
    ("paths", "price"),
    [
        (new_api(), replace(MINI, source="pricing")),
        (openrouter(), replace(MINI, source="models")),
        (litellm(), replace(MINI, cached=None, source="models")),
    ],
)
async def test_each_kind_of_server_is_understood(
    paths: dict[str, Script], price: Price, store: Store
) -> None:
    async with Server(paths=paths) as server:
        assert await learnt(server, prices_of(store)) == price


async def test_the_public_catalogue_is_asked_at_the_root_as_by_a_stranger() -> None:
    headers = {"X-Team": Header("secret-team"), "Cookie": Header("session=abcdefgh12345678")}
    async with Server(paths=new_api()) as server:
        account = account_of(Credentials(server.url, key=KEY, headers=headers))
        assert await learnt(server, prices_of(None), account) is not None
        [request] = [request for request in server.requests if request.path.endswith("pricing")]
        assert request.path == "/api/pricing"
        assert not {"authorization", "x-team", "cookie"} & request.headers.keys()
        told = " ".join([*request.headers.values(), request.path])
        assert KEY not in told and "secret-team" not in told
        [models] = [request for request in server.requests if request.path.endswith("models")]
        assert models.headers["x-team"] == "secret-team", "the server itself gets them"


async def test_no_redirect_is_followed() -> None:
    async with Server(paths=new_api()) as elsewhere, Server() as server:
        to = {"Location": f"{elsewhere.url.removesuffix('/v1')}/api/pricing"}
        server.paths = new_api(refuse(302, headers=to))
        assert await learnt(server, prices_of(None)) is None
        assert elsewhere.requests == []


async def endless(exchange: Exchange) -> None:
    """Twenty megabytes of a catalogue."""
    await exchange.head(content_type="application/json")
    await exchange.send(b'{"success":true,"data":[')
    for _ in range(20 * 16):
        await exchange.send(b'{"model_name":"x","quota_type":0},' * 1927)


@pytest.mark.parametrize(
    "pricing",
    [
        refuse(401),
        refuse(404),
        refuse(500),
        refuse(200, data="<!doctype html><title>Sign in</title>", content_type="text/html"),
        telling(b"\xff\xfe{"),
        telling([]),
        telling({"success": False, "message": "no"}),
        telling({"success": True, "data": [{"model_name": "gpt-5-mini", "quota_type": 0}]}),
        telling(NEW_API | {"group_ratio": {"vip": 1}}),
        endless,
        Exchange.reset,
    ],
)
async def test_what_is_no_catalogue_is_silently_unknown(pricing: Script, store: Store) -> None:
    async def script(exchange: Exchange) -> None:
        result = pricing(exchange)
        if result is not None:
            await result

    async with Server(paths=new_api(script)) as server:
        assert await learnt(server, prices_of(store)) is None


async def test_a_server_is_asked_once_a_day_and_known_offline(store: Store) -> None:
    clock = Now()
    async with Server(paths=new_api()) as server:
        prices = prices_of(store, clock=clock)
        for _ in range(3):
            assert await learnt(server, prices) is not None
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        count = len(server.requests)
        assert count == 2, "the list and the catalogue"
        clock.ahead = DAY + 1
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        assert len(server.requests) == 2 * count
        account = account_at(server)
    clock.ahead = 3 * DAY
    offline = prices_of(store, clock=clock)
    await offline.learn(account)
    found = offline.price("gpt-5-mini", "", account.ref.address)
    assert found is not None and found.source == "pricing", "told some days ago, and so it says"
    assert clock() - found.told_at > DAY
    await account.aclose()


async def test_one_that_tells_none_is_asked_no_more_often(store: Store) -> None:
    async with Server() as server:
        assert await learnt(server, prices_of(store)) is None
        count = len(server.requests)
        for prices in (prices_of(store), prices_of(store)):
            assert await learnt(server, prices) is None
        assert len(server.requests) == count


async def drip(exchange: Exchange) -> None:
    """A catalogue that comes byte by byte and never ends."""
    await exchange.head(content_type="application/json")
    while True:
        await exchange.send(b" ")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("paths", [new_api(drip), {"/models": drip, "/api/pricing": drip}])
async def test_one_that_never_ends_is_waited_for_once_and_not_for_long(
    paths: dict[str, Script], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.app.money.prices.PATIENCE", 0.3)
    clock = Now()
    async with Server(paths=paths) as server:

        async def waited() -> float:
            prices, account = prices_of(store, clock=clock), account_at(server)
            start = time.monotonic()
            await prices.settle(account)
            taken = time.monotonic() - start
            assert prices.price("gpt-5-mini", "", account.ref.address) is None
            await prices.aclose()
            await account.aclose()
            return taken

        assert 0.3 <= await waited() < 3
        count = len(server.requests)
        assert await waited() < 0.3
        assert len(server.requests) == count, "another program does not wait for it again"
        clock.ahead = RETRY + 1
        assert await waited() >= 0.3
        server.paths = new_api()
        clock.ahead = 2 * RETRY + 2
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        server.paths = paths
        clock.ahead = 2 * DAY
        prices, account = prices_of(store, clock=clock), account_at(server)
        await prices.settle(account)
        found = prices.price("gpt-5-mini", "", account.ref.address)
        assert found is not None and clock() - found.told_at > DAY, "of the day before yesterday"
        await prices.aclose()
        await account.aclose()


async def test_a_clock_that_goes_back_a_day_asks_once_more_and_forgets_nothing(store: Store) -> None:
    clock = Now()
    async with Server(paths=new_api()) as server:
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        count = len(server.requests)
        for days in (-1.0, -1.0, -0.5):
            clock.ahead = days * DAY
            prices, account = prices_of(store, clock=clock), account_at(server)
            await prices.learn(account)
            assert prices.price("gpt-5-mini", "", account.ref.address) is not None
            await account.aclose()
        assert len(server.requests) == 2 * count, "once a day that was not seen yet"


async def test_a_price_that_is_gone_is_not_known_any_more(store: Store) -> None:
    clock = Now()
    async with Server(paths=openrouter()) as server:
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        server.paths = {}
        clock.ahead = DAY + 1
        assert await learnt(server, prices_of(store, clock=clock)) is None


ODD: list[object] = [
    *(-1, -0.5, 1e300, 10**400, float("nan"), float("inf"), "NaN", "free", "", "1e999", "0x10", "1" * 99),
    *(None, True, [], {}, "-1", "1_0"),
]
"""Numbers that are none, or that no price is. (JSON of Python's has NaN and Infinity.)"""
MANY = 5000


def as_openrouter(number: int) -> dict[str, object]:
    odd = ODD[number // 2 % len(ODD)] if number % 2 else "0.00000025"
    return {"id": f"m{number}", "pricing": {"prompt": odd, "completion": "0.000002"}}


def as_litellm(number: int) -> dict[str, object]:
    odd = ODD[number // 2 % len(ODD)] if number % 2 else 2.5e-07
    return {"id": f"m{number}", "model_info": {"input_cost_per_token": odd, "output_cost_per_token": 2e-06}}


def as_together(number: int) -> dict[str, object]:
    odd = ODD[number // 2 % len(ODD)] if number % 2 else 0.25
    return {"id": f"m{number}", "pricing": {"input": odd, "output": 2.0}}


def as_new_api(number: int) -> dict[str, object]:
    odd = ODD[number // 2 % len(ODD)] if number % 2 else 0.125
    return {"model_name": f"m{number}", "quota_type": 0, "model_ratio": odd, "completion_ratio": 8}


@pytest.mark.parametrize("kind", [as_openrouter, as_litellm, as_together, as_new_api])
async def test_of_five_thousand_models_those_with_odd_prices_are_unknown(
    kind: Callable[[int], dict[str, object]], store: Store
) -> None:
    told = {"data": [kind(number) for number in range(MANY)], "success": True, "group_ratio": {"default": 1}}
    document = json.dumps(told).encode()  # numbers of any size
    paths = new_api(telling(document)) if kind is as_new_api else openrouter(document)
    async with Server(paths=paths) as server:
        await learnt(server, prices_of(store))
        prices, account = prices_of(store), account_at(server)
        await learnt(server, prices, account)
        found = [prices.price(f"m{number}", "", account.ref.address) for number in range(MANY)]
    assert all(price is None for price in found[1::2])
    good = {None if price is None else replace(price, told_at=0.0) for price in found[::2]}
    assert good == {Price(250_000, 2_000_000, source="pricing" if kind is as_new_api else "models")}


@pytest.mark.parametrize("beyond", [False, True])
async def test_of_a_catalogue_four_megabytes_are_read(beyond: bool, store: Store) -> None:
    document = json.dumps(NEW_API).encode()
    padded = document + b" " * (MAX_PRICING_BYTES - len(document) + beyond)
    async with Server(paths=new_api(telling(padded))) as server:
        assert (await learnt(server, prices_of(store)) is None) is beyond


@pytest.mark.parametrize(
    ("profile", "budget", "price"),
    [
        (Profile(), Budget(), replace(MINI, source="pricing")),
        (Profile(group="vip"), Budget(), Price(125_000, 1_000_000, 12_500, source="pricing")),
        (Profile(group="other"), Budget(), None),
        (
            Profile(currency="RUB", rate=80.0),
            Budget(),
            Price(20_000_000, 160_000_000, 2_000_000, 0, "RUB", 80 * MICROS, "pricing"),
        ),
        (Profile(currency="₽", rate=0.0), Budget(), None),
        (
            Profile(prices={"gpt-5-mini": config.Price(1.0, 3.0)}),
            Budget(),
            Price(1_000_000, 3_000_000, source="settings"),
        ),
        (
            Profile(prices={"gpt-5-mini": config.Price(1.0, 3.0)}),
            Budget(currency="RUB"),
            Price(1_000_000, 3_000_000, None, 0, "RUB", 0, "settings"),
        ),
        (
            Profile(prices={"gpt-5-mini": config.Price(1.0, 3.0)}, currency="RUB", rate=80.0),
            Budget(currency="RUB"),
            Price(1_000_000, 3_000_000, None, 0, "RUB", 80 * MICROS, "settings"),
        ),
        (
            Profile(prices={"gpt-5-mini": config.Price(1.0, 3.0)}, currency="RUB", rate=80.0),
            Budget(),
            Price(80_000_000, 240_000_000, None, 0, "RUB", 80 * MICROS, "settings"),
        ),
    ],
)
async def test_a_profile_has_a_group_a_currency_and_prices_of_its_own(
    profile: Profile, budget: Budget, price: Price | None, store: Store
) -> None:
    settings = Settings(profiles={"work": profile}, budget=budget)
    async with Server(paths=new_api()) as server:
        assert await learnt(server, prices_of(store, settings), account_at(server, "work")) == price


async def test_the_table_of_another_profile_comes_last() -> None:
    other = Profile(prices={"gpt-5-mini": config.Price(9.0, 9.0), "llama": config.Price(1.0, 1.0)})
    settings = Settings(profiles={"other": other, "work": Profile()}, profile="other")
    async with Server(paths=openrouter()) as server:
        prices = prices_of(None, settings)
        found = await learnt(server, prices, account_at(server, "work"))
        assert found == replace(MINI, source="models")
        assert prices.price("llama", "work") == Price(1_000_000, 1_000_000, source="settings")


async def test_a_dated_name_costs_what_the_model_does() -> None:
    async with Server(paths=litellm(LITELLM)) as server:
        prices = prices_of(None)
        await learnt(server, prices)
        assert prices.price("gpt-5-mini-2025-08-07") is not None
        assert prices.price("gpt-5-mini-high") is None


async def test_one_that_cannot_be_reached_is_asked_again_soon(store: Store) -> None:
    async def gone(exchange: Exchange) -> None:
        exchange.reset()

    clock = Now()
    prices = prices_of(store, clock=clock)
    async with Server(paths={"/models": gone, "/pricing": gone, "/info": gone}) as server:
        assert await learnt(server, prices) is None
        count = len(server.requests)
        assert await learnt(server, prices) is None
        assert len(server.requests) == count
        server.paths = new_api()
        assert await learnt(server, prices_of(store, clock=clock)) is not None, (
            "another program does not wait"
        )
        clock.ahead = RETRY + 1
        assert await learnt(server, prices) is not None


OLD: dict[str, Script] = {name: refuse(503) for name in ("/models", "/api/pricing", "/model/info")}
PAGE = refuse(200, data="<!doctype html><title>Sign in</title>", content_type="text/html")


@pytest.mark.parametrize(
    "paths",
    [
        OLD,
        OLD | {"/models": telling(PLAIN)},
        OLD | {"/models": refuse(401), "/api/pricing": refuse(404), "/model/info": refuse(404)},
        {"/models": PAGE, "/api/pricing": PAGE, "/model/info": PAGE},
    ],
    ids=["down", "catalogue", "key", "sign-in"],
)
async def test_a_fault_of_today_does_not_undo_the_prices_of_yesterday(
    paths: dict[str, Script], store: Store
) -> None:
    clock = Now()
    async with Server(paths=new_api()) as server:
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        clock.ahead, server.paths = DAY + 1, dict(paths)
        for _ in range(2):
            prices, account = prices_of(store, clock=clock), account_at(server)
            await prices.learn(account)
            found = prices.price("gpt-5-mini", "", account.ref.address)
            assert found is not None and clock() - found.told_at > DAY
            await account.aclose()
        count = len(server.requests)
        assert count <= 2 + 3, "asked once, by the first of both"
        clock.ahead, server.paths = DAY + RETRY + 2, new_api()
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        assert len(server.requests) == count + 2, "and soon again"


async def test_a_key_that_was_refused_is_no_reason_to_ask_only_tomorrow(store: Store) -> None:
    clock = Now()
    async with Server(
        paths={"/models": refuse(401), "/pricing": refuse(404), "/info": refuse(404)}
    ) as server:
        assert await learnt(server, prices_of(store, clock=clock)) is None
        server.paths = openrouter()
        assert await learnt(server, prices_of(store, clock=clock)) is not None, "in another program"


async def test_servers_behind_one_host_have_their_own_prices(store: Store) -> None:
    async def by_path(exchange: Exchange) -> None:
        prompt = "0.000001" if exchange.request.path.startswith("/dear/") else "0.0000001"
        priced = {"id": "gpt-5-mini", "pricing": {"prompt": prompt, "completion": prompt}}
        await telling({"data": [priced]})(exchange)

    async with Server(paths={"/models": by_path}) as server:
        root = server.url.removesuffix("/v1")
        prices = prices_of(store)
        accounts = [
            account_of(Credentials(f"{root}/{name}/v1", "m", KEY, profile=name)) for name in ("dear", "cheap")
        ]
        for account in accounts:
            prices.meet(account)
        found = {}
        for account in accounts:
            await prices.ready(account.profile, account.ref.address)
            price = prices.price("gpt-5-mini", account.profile, account.ref.address)
            found[account.profile] = price.input if price is not None else None
            await account.aclose()
        assert found == {"dear": 1_000_000, "cheap": 100_000}


async def test_prices_of_yesterday_are_asked_for_again_beside_an_answer(store: Store) -> None:
    clock = Now()
    async with Server(paths=new_api()) as server:
        assert await learnt(server, prices_of(store, clock=clock)) is not None
        count = len(server.requests)
        clock.ahead = DAY + 1
        prices, account = prices_of(store, clock=clock), account_at(server)
        prices.patience = 20.0
        await prices.recall(account)
        prices.begin("", account.ref.address)
        await prices.begun()
        prices.begin("", account.ref.address)
        await prices.begun()
        found = prices.price("gpt-5-mini", "", account.ref.address)
        assert found is not None and clock() - found.told_at < 60
        assert len(server.requests) == count + 2, "once"
        await prices.aclose()
        await account.aclose()
