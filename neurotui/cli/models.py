"""`neurotui models`: the key's models with their prices. A table for people, names for programs, or JSON."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from neurotui.app import matching
from neurotui.app.model_choices import Order, choices
from neurotui.app.model_facts import (
    FAVOURITE,
    NO_FACTS,
    ModelFacts,
    contents_words,
    health_of,
    health_words,
    price_words,
)
from neurotui.app.money.prices import Prices
from neurotui.chat.letters import folded
from neurotui.chat.text import clean_line
from neurotui.cli import codes
from neurotui.cli.account import chosen_account
from neurotui.cli.output import print_json, print_table, say
from neurotui.cli.progress import Progress
from neurotui.cli.store import opened
from neurotui.errors import NeurotuiError, StoreError
from neurotui.i18n import _
from neurotui.i18n.formats import number
from neurotui.settings.config import Settings
from neurotui.store.learnt import Learnt
from neurotui.store.money.prices import PriceTable
from neurotui.store.money.spending import Spending
from neurotui.wire.price import MICROS, Price

if TYPE_CHECKING:
    from neurotui.app.accounts import Account, ModelInfo
    from neurotui.app.wording import StatusText

LONGEST_ID = 1000
_ORDERS = {"name": Order.NAME, "price": Order.PRICE, "first-token": Order.FIRST_TOKEN}
_FIELDS = ("id", "name", "owner", "context_length", "max_completion_tokens", "for_chat")
"""Fields of a model in JSON, beside what is more than a field."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the models; return the exit code."""
    only_names = not options.json and not sys.stdout.isatty() and options.sort is None
    try:
        server = chosen_account(options, environ)
        if server.trouble is not None:
            raise server.trouble
        models, facts = asyncio.run(_models(server, options.settings.settings, only_names=only_names))
    except NeurotuiError as error:
        say(str(error))
        return codes.of_error(error)
    found = filtered(models, " ".join(options.words))
    if options.sort is not None:
        place = {choice.id: at for at, choice in enumerate(choices(models, (), facts, _ORDERS[options.sort]))}
        found.sort(key=lambda model: place[model.id])
    _print(found, facts, options)
    return 0


def filtered(models: Sequence[ModelInfo], query: str) -> list[ModelInfo]:
    """Return the models whose id or name has all words of a query, in whichever layout it was typed."""
    for spelling in matching.spellings(query):
        words = spelling.split()
        found = [
            model for model in models if all(word in folded(f"{model.id}\n{model.name}") for word in words)
        ]
        if found:
            return found
    return []


async def _models(
    server: Account, settings: Settings, *, only_names: bool
) -> tuple[Sequence[ModelInfo], ModelFacts]:
    """Return the models and what is known of them; for names alone, nothing more is asked for."""
    progress, began = Progress(), time.monotonic()

    def waiting() -> StatusText:
        from neurotui.app.wording import waiting

        return waiting(server.host, time.monotonic() - began)

    progress.show(waiting)
    try:
        models = await server.learn_models()
        return models, NO_FACTS if only_names else await _facts(server, settings, [it.id for it in models])
    finally:
        progress.clear()
        await server.client.aclose()


async def _facts(server: Account, settings: Settings, models: Sequence[str]) -> ModelFacts:
    with opened() as (database, instances):
        prices = Prices(lambda: settings, PriceTable(database) if database else None)
        await prices.settle(server)
        await prices.aclose()
        known = ((model, prices.price(model, server.profile, server.ref.address)) for model in models)
        facts = ModelFacts({model: price for model, price in known if price is not None})
        if database is None:
            return facts
        with suppress(StoreError):
            learnt = Learnt(database)
            health = health_of(server, models, Spending(database, instances), learnt)
            marked = learnt.models(server.ref.address.lower(), FAVOURITE)
            facts = replace(facts, health=health, favourites=frozenset(marked))
        return facts


def _print(models: Sequence[ModelInfo], facts: ModelFacts, options: argparse.Namespace) -> None:
    if options.json:
        print_json([_as_json(model, facts, health=options.health) for model in models])
    elif not sys.stdout.isatty():
        for model in models:
            print(clean_line(model.id, LONGEST_ID))
    elif models:
        heads = [_("MODEL"), _("PRICE"), _("CONTEXT"), _("TAKES"), _("OWNER"), _("NAME")]
        if options.health:
            heads[2:5] = [_("HEALTH"), _("CONTEXT")]
        rows = (_row(model, facts, health=options.health) for model in models)
        print_table(heads, rows, flexible=0, spare=2)
    else:
        say(_("nothing was found"))


def _as_json(model: ModelInfo, facts: ModelFacts, *, health: bool) -> dict[str, Any]:
    abilities, price = model.abilities, facts.prices.get(model.id)
    found: dict[str, Any] = {name: getattr(model, name) for name in _FIELDS}
    found["modalities"] = {
        "input": None if abilities.takes is None else sorted(abilities.takes),
        "output": None if abilities.makes is None else sorted(abilities.makes),
    }
    found["prices"] = None if price is None else _price_as_json(price)
    if health:
        known = facts.health.get(model.id)
        found["health"] = None if known is None else asdict(known)
    return found


def _price_as_json(price: Price) -> dict[str, Any]:
    return {
        "input": price.input / MICROS,
        "output": price.output / MICROS,
        "cached": None if price.cached is None else price.cached / MICROS,
        "per_call": price.per_call / MICROS,
        "currency": price.currency,
        "source": price.source,
        "at_least": price.at_least,
        "told_at_iso": datetime.fromtimestamp(price.told_at, UTC).isoformat() if price.told_at else None,
    }


def _row(model: ModelInfo, facts: ModelFacts, *, health: bool) -> tuple[str, ...]:
    context = number(model.context_length) if model.context_length else ""
    note = clean_line(model.name, 40) if model.for_chat else _("not for chat")
    price, known = facts.prices.get(model.id), facts.health.get(model.id)
    star = "★ " if model.id in facts.favourites else ""
    context = context.rjust(len(_("CONTEXT")))
    middle = [context, contents_words(model), clean_line(model.owner, 20)]
    if health:
        middle = [health_words(known) if known is not None else "", context]
    return (
        star + clean_line(model.id),
        price_words(price, writes=model.for_chat) if price is not None else "",
        *middle,
        note,
    )
