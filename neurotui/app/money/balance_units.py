"""The unit that a balance is told in, and the profiles that pay from another one."""

from __future__ import annotations

from collections.abc import Iterable

from neurotui.api.endpoint import DEFAULT_BASE_URL, normalise_base_url
from neurotui.app.server_refs import ServerRef
from neurotui.errors import BadBaseURL
from neurotui.settings.config import DEFAULT_PROFILE, Settings
from neurotui.wire.price import DOLLAR, MICROS, Money, currency_code


def balance_unit(settings: Settings, profile: str) -> tuple[str, int]:
    """Return the currency of a profile's balance, and its millionths for a US dollar; 0 if not known."""
    found = settings.profiles.get(profile)
    unit = (currency_code(found.balance) if found is not None else "") or DOLLAR
    if unit == DOLLAR:
        return DOLLAR, MICROS
    assert found is not None
    return unit, round(found.rate * MICROS) if currency_code(found.currency) == unit else 0


def in_currency(money: Money, currency: str, rates: Iterable[int]) -> int | None:
    """Return a sum in another currency, by the first rate that is known; None if none is."""
    if (found := money.counted_in(currency)) is not None:
        return found
    rate = next((rate for rate in rates if rate > 0), 0)
    if money.currency != DOLLAR or not rate:
        return None
    return (money.micros * rate + MICROS // 2) // MICROS


def elsewhere(ref: ServerRef, settings: Settings) -> list[str]:
    """Return the profiles that are known to belong to another server."""
    names = {DEFAULT_PROFILE, *settings.profiles} - {ref.profile}
    return sorted(name for name in names if _server(settings, name) not in {None, ref.server})


def _server(settings: Settings, profile: str) -> tuple[str, str] | None:
    found = settings.profiles.get(profile)
    try:
        address = normalise_base_url((found.base_url.strip() if found else "") or DEFAULT_BASE_URL)
    except BadBaseURL:
        return None
    return ServerRef(address=address).server
