"""The models to choose from, in the order of the list. Pure, without a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from neurotui.app import matching as fuzzy
from neurotui.app.model_facts import NO_FACTS, ModelFacts, contents_words, health_words, price_words
from neurotui.chat.letters import composed, fold
from neurotui.chat.text import clean_line
from neurotui.i18n import N_, _
from neurotui.i18n.formats import decimal, number
from neurotui.wire.price import MICROS

USUAL_TOKENS = 500
"""Tokens of an answer by which a price for each is held against one for tokens."""

if TYPE_CHECKING:
    from neurotui.app.accounts import ModelInfo


class Order(Enum):
    """What the models are sorted by; the value is its name for people."""

    NAME = N_("name")
    PRICE = N_("price")
    FIRST_TOKEN = N_("first token")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model in the list."""

    id: str
    """The server's name of the model, for requests."""
    label: str
    """The id, cleaned for display."""
    name: str = ""
    """The name for people, cleaned for display; empty if it equals the id."""
    notes: tuple[str, ...] = ()
    """Other facts, the most important first."""
    recent: bool = False
    favourite: bool = False
    folded: str = ""
    """Label and name, folded to be compared with a query."""


def choices(
    models: Sequence[ModelInfo] | None,
    recent: Sequence[str],
    facts: ModelFacts = NO_FACTS,
    order: Order = Order.NAME,
) -> list[Choice]:
    """Return favourites first, then recent models, then the others in an order, those not for chat last.

    Sorted by anything but the name, recent ones are not apart, and what is not known comes last. If `models`
    is None, the list is not known: return the recent ones alone.
    """
    if models is None:
        return [_choice(id, recent=True) for id in recent]
    by_id = {model.id: model for model in models}
    listed = [id for id in recent if id in by_id] if order is Order.NAME else []
    rank = {id: place for place, id in enumerate(listed)}

    def place(model: ModelInfo) -> tuple[object, ...]:
        known = _measure(model.id, facts, order)
        return (
            model.id not in facts.favourites,
            rank.get(model.id, len(rank)),
            not model.for_chat,
            known is None,
            known or 0.0,
            fold(model.id[:200]),
        )

    return [
        _choice(model.id, model, facts, recent=model.id in recent)
        for model in sorted(by_id.values(), key=place)
    ]


def find(query: str, offered: Sequence[Choice]) -> tuple[list[Choice], str]:
    """Return the choices that match a query, the best first, and the spelling of the query that they match.

    If nothing matches, the query is taken as typed on the other layout.
    """
    if not query.strip():
        return list(offered), ""
    for spelling in fuzzy.spellings(query):
        scores = {}
        for place, choice in enumerate(offered):
            score, _places = fuzzy.match(spelling, choice.folded)
            if score:
                scores[place] = score + choice.recent / 2
        if scores:
            return [
                offered[place] for place in sorted(scores, key=scores.__getitem__, reverse=True)
            ], spelling
    return [], ""


def as_typed(query: str, offered: Iterable[Choice]) -> Choice | None:
    """Return a model with exactly the id typed; None if that is offered already, or nothing was typed."""
    id = query.strip()
    return None if not id or any(choice.id == id for choice in offered) else _choice(id)


def tokens(count: int) -> str:
    """Return a number of tokens in short: 8,192, 128k, 1M."""
    if count < 10_000:
        return number(count)
    if count < 999_500:
        return f"{round(count / 1000)}k"
    return f"{decimal(count / 1_000_000).removesuffix('.0').removesuffix(',0')}M"


def _choice(
    id: str, model: ModelInfo | None = None, facts: ModelFacts = NO_FACTS, *, recent: bool = False
) -> Choice:
    label, name, notes = composed(clean_line(id)), "", []
    if model is not None:
        name = composed(clean_line(model.name, 60))
        if not model.for_chat:
            notes.append(_("not for chat"))
        if (price := facts.prices.get(id)) is not None:
            notes.append(price_words(price, writes=model.for_chat))
        if model.context_length:
            notes.append(_("context {n}").format(n=tokens(model.context_length)))
        notes.append(contents_words(model))
        if (health := facts.health.get(id)) is not None:
            notes.append(health_words(health))
    if fold(name) == fold(label):
        name = ""
    favourite = id in facts.favourites
    return Choice(*(id, label, name, tuple(filter(None, notes)), recent, favourite), fold(f"{label}\n{name}"))


def _measure(model: str, facts: ModelFacts, order: Order) -> float | None:
    """Return the number that models are sorted by; None where it is not known."""
    match order:
        case Order.PRICE:
            # Answers are what most is paid for; a currency that cannot be compared is as good as any.
            price = facts.prices.get(model)
            if price is None:
                return None
            return (price.output or price.input) + price.per_call * MICROS / USUAL_TOKENS
        case Order.FIRST_TOKEN:
            health = facts.health.get(model)
            return health.first_token if health is not None else None
        case Order.NAME:
            return None
