"""The price of a model, by what the user has set."""

from __future__ import annotations

import re
from collections.abc import Mapping

from neurotui.settings.config import Price, Settings

_EDITION = re.compile(r"[-@](\d{4}-\d\d-\d\d|\d{8}|\d{6}|\d{4}|latest)\Z")
"""The end of a name that tells an edition of a model from the model."""


def price_of(settings: Settings, model: str, profile: str = "") -> Price | None:
    """Return the price of a model in this profile, else in the one in use, else in any other that knows it.

    A dated name such as `gpt-5-mini-2025-08-07` costs what the model does where it has no price of its own.
    """
    profiles = settings.profiles
    first = (profiles[name] for name in (profile, settings.active_profile) if name in profiles)
    found = (_priced(known.prices, model) for known in (*first, *profiles.values()))
    return next((price for price in found if price is not None), None)


def _priced(prices: Mapping[str, Price], model: str) -> Price | None:
    return prices.get(model) or prices.get(_EDITION.sub("", model))
