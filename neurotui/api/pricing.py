"""Prices as servers tell them: JSON of many dialects to values.

A price is either read whole or unknown: a number that is missing, negative, too large or no number makes it
unknown, never zero. A zero that is told is one. The dialects (PROTOCOL of New API, OpenRouter, LiteLLM and
others) differ in what the numbers are for, a token or a million of them, and numbers that can only be meant
for the other are not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from neurotui.wire.price import MICROS, Price

MAX_PRICING_BYTES = 4 * 1024 * 1024
DEFAULT_GROUP = "default"
"""The group of a New API key whose group is not known."""
ALL_GROUPS = "all"
"""In the place of the groups of a model that every group may use."""
RATIO_DOLLARS = 2
"""US dollars for a million tokens that a ratio of 1 stands for."""
LARGEST = Decimal(10_000)
"""US dollars for a million tokens, or a call, that nothing costs."""
SMALLEST = Decimal("0.0001")
"""US dollars for a million tokens: a smaller one was meant for a token."""
LARGEST_NUMBER = 10**12
LONGEST = 40
"""Characters of a number."""

_NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""Not all that Python takes for one: `1_0` is none."""
_NO_TEXT = frozenset({"image", "audio", "video", "transcribe"})
"""Types of models that are paid by something else than tokens (Together): their zeros tell nothing."""
_TIERS = ("_batches", "_flex", "_priority")
"""Ends of LiteLLM's names of prices that only who asks for them pays."""
_MORE = ("image", "audio", "request_image", "internal_reasoning", "web_search", "input_cache_write")
_LITELLM = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "input_cost_per_request",
)
_MORE_RATIOS = ("image_ratio", "audio_ratio", "audio_completion_ratio", "create_cache_ratio")


def read_price(item: dict[str, object]) -> Price | None:
    """Return the price of a model in a server's list; None where none is told that can be read."""
    price = _read_price(item)
    is_empty = price is not None and not (price.input or price.output or price.per_call)
    return None if is_empty and item.get("type") in _NO_TEXT else price


def _read_price(item: dict[str, object]) -> Price | None:
    metadata = item.get("metadata")
    for told in (item.get("pricing"), metadata.get("pricing") if isinstance(metadata, dict) else None):
        if not isinstance(told, dict):
            continue
        if "prompt" in told:  # OpenRouter
            return _a_token(told, "prompt", "completion", "input_cache_read", "request", more=_MORE)
        if "input_tokens" in told:  # DeepInfra
            return _a_million(told, "input_tokens", "output_tokens", "cache_read_tokens")
        if isinstance(told.get("input"), str):  # Vercel
            return _a_token(told, "input", "output", "input_cache_read", "request", more=_MORE)
        if "input" in told:  # Together
            return _a_million(told, "input", "output", "cached_input")
    for told in (item, item.get("model_info")):
        if isinstance(told, dict) and "input_cost_per_token" in told:
            more = (name for name in told if "cost" in name and not name.endswith(_TIERS))
            return _a_token(told, *_LITELLM, more=[name for name in more if name not in _LITELLM])
    return None


def read_pricing(document: object, group: str = "") -> dict[str, Price] | None:
    """Return the prices in the catalogue of a New API server; None where it is no such catalogue.

    `group` is that of the key, whose ratio all prices are multiplied by. A model that this group may not use
    has no price.
    """
    if not isinstance(document, dict) or document.get("success") is False:
        return None
    items = document.get("data")
    if not isinstance(items, list) or not any(_is_ratio(item) for item in items):
        return None
    group = group or DEFAULT_GROUP
    ratios = document.get("group_ratio")
    ratio = _number(ratios.get(group)) if isinstance(ratios, dict) else None
    prices: dict[str, Price] = {}
    for item in items:
        if _is_ratio(item) and (price := _by_ratio(item, group, ratio)) is not None:
            prices.setdefault(str(item["model_name"]), price)
    return prices


def _a_token(
    told: Mapping[str, object], input: str, output: str, cached: str, call: str, *, more: Iterable[str]
) -> Price | None:
    """Read dollars a token; the names in `more` tell what else is paid, unless that costs the same."""
    usual = (None, 0, _number(told.get(output)))
    beside = any(_number(told.get(name)) not in usual for name in more)
    return _price(told, (input, output, cached), call, MICROS, more=beside)


def _a_million(told: Mapping[str, object], input: str, output: str, cached: str) -> Price | None:
    """Read dollars a million tokens. Where an hour has its price, tokens have none (Together)."""
    if _number(told.get("hourly")):
        return None
    return _price(told, (input, output, cached), "", 1, more=bool(_number(told.get("base"))))


def _price(
    told: Mapping[str, object], names: tuple[str, str, str], call: str, times: int, *, more: bool = False
) -> Price | None:
    input, output, cached = (_micros(_number(told.get(name)), times) for name in names)
    per_call = _micros(_number(told.get(call)), 1) if told.get(call) is not None else 0
    if input is None or output is None or per_call is None:
        return None
    if told.get(names[2]) is not None and cached is None:
        return None
    if more and not (input or output or per_call):
        return None  # all of it is paid by something else
    if input and not cached:
        cached = None  # some write a zero for what they do not tell
    return Price(input, output, cached, per_call, source="models", at_least=more)


def _is_ratio(item: object) -> bool:
    """True if it is a model of a New API catalogue."""
    return isinstance(item, dict) and isinstance(item.get("model_name"), str) and "quota_type" in item


def _by_ratio(item: dict[str, object], group: str, group_ratio: Decimal | None) -> Price | None:
    groups = item.get("enable_groups")
    is_enabled = groups is None or (isinstance(groups, list) and (group in groups or ALL_GROUPS in groups))
    if group_ratio is None or not is_enabled:
        return None
    if any(value for name, value in item.items() if "tier" in name or "expr" in name):
        return None
    if item.get("billing_mode") not in (None, "", "ratio"):
        return None
    match item.get("quota_type"):
        case 0:
            ratio, more = _number(item.get("model_ratio")), _number(item.get("completion_ratio"))
            if ratio is None or more is None:
                return None
            dollars = ratio * RATIO_DOLLARS * group_ratio
            cached = item.get("cache_ratio")
            share = _number(cached)
            if cached is not None and share is None:
                return None
            input, output = _micros(dollars, 1), _micros(dollars * more, 1)
            read = _micros(dollars * share, 1) if share is not None else None
            if input is None or output is None or (share is not None and read is None):
                return None
            beside = any(_number(item.get(name)) not in (None, 0, 1) for name in _MORE_RATIOS)
            return Price(input, output, read, source="pricing", at_least=beside)
        case 1:
            price = _number(item.get("model_price"))
            per_call = _micros(price * group_ratio, 1) if price is not None else None
            return Price(0, 0, per_call=per_call, source="pricing") if per_call is not None else None
        case _:
            return None


def _number(value: object) -> Decimal | None:
    """A number that is not negative, as it was written; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:  # Python prints no integer of any length
        return None
    text = value.strip() if isinstance(value, str) else repr(value)
    if len(text) > LONGEST or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number <= LARGEST_NUMBER else None


def _micros(dollars: Decimal | None, times: int) -> int | None:
    """Return `times` so many dollars in millionths; None for what cannot be meant."""
    if dollars is None or not dollars:
        return None if dollars is None else 0
    whole = dollars * times
    if not SMALLEST <= whole <= LARGEST:
        return None
    return int((whole * MICROS).to_integral_value(ROUND_HALF_EVEN))
