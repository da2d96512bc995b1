"""Pictures by a call of their own: which models make them, and at what price."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotui.app.workspace import Workspace
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.formats import money
from neurotui.wire.price import Price

if TYPE_CHECKING:
    from neurotui.app.accounts import ModelInfo

MOST = 3
"""Models that are offered."""

_NAMES = re.compile(
    r"image|picture|dall-?e|flux|stable-?diffusion|\bsd-?3|midjourney|kandinsky|seedream|recraft|ideogram",
    re.IGNORECASE,
)
"""In the names of models that make pictures, where the server tells nothing of them."""


@dataclass(frozen=True, slots=True)
class Painter:
    """A model that makes pictures."""

    model: str
    price: Price | None = None
    """None if it is not known."""

    @property
    def name(self) -> str:
        """Its name, clean and not too long."""
        return clean_line(self.model, 30)

    @property
    def words(self) -> str:
        """Its name, and what a picture of it costs."""
        return f"{clean_line(self.model, 60)} · {_cost(self.price)}"


async def painters(workspace: Workspace, session: Session) -> list[Painter]:
    """Return the models that can be asked for a picture in a conversation, the likeliest first.

    Its own model is the first if it makes pictures, and the only one if none is known that does.
    """
    account, own = workspace.account_of(session), session.participant.model
    await account.learn_abilities()
    prices = workspace.prices
    await (
        prices.settle(account) if prices.are_needed and account.trouble is None else prices.recall(account)
    )
    found = (
        Painter(model, workspace.prices.price(model, account.profile, account.ref.address))
        for model in painting(own, account.models or ())
    )
    return list(found)


async def why_asked(workspace: Workspace, session: Session, prompt: str, offered: Iterable[Painter]) -> str:
    """Return why a choice is to be made with care: a picture of one of them is dear; empty if none is."""
    for each in offered:
        if await workspace.asking.picture(session, prompt, each.model) is not None:
            return workspace.asking.limit_words
    return ""


def painting(own: str, models: Iterable[ModelInfo]) -> list[str]:
    """Return the names of those that make pictures, as the server tells, or else by their names."""
    told, named = [], []
    for model in models:
        able = model.abilities
        if any("image" in kind for kind in able.endpoints) or (
            able.makes is not None and "image" in able.makes and "text" not in able.makes
        ):
            told.append(model.id)
        elif not able.endpoints and able.makes is None and _NAMES.search(model.id):
            named.append(model.id)
    found = told + named
    if own in found or not found:
        found = [own, *(model for model in found if model != own)]
    return found[:MOST]


def _cost(price: Price | None) -> str:
    if price is None:
        return _("price not known")
    if price.per_call:
        return _("{money} a picture").format(money=money(price.per_call / 1_000_000, price.currency))
    return _("paid by tokens")
