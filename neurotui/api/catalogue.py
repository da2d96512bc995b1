"""The models of a server and the balance of a key: JSON of many dialects to values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurotui.api.abilities import UNKNOWN, Abilities, read_abilities
from neurotui.api.pricing import read_price
from neurotui.wire.price import Price

UNLIMITED = 100_000_000
"""A limit in dollars that stands for none."""


_LENGTHS = (
    "loaded_context_length",  # LM Studio
    "n_ctx",  # llama.cpp, in `meta`
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_context_length",  # LM Studio, Mistral
    "max_model_len",  # vLLM, SGLang
    "max_context_window_tokens",  # GitHub Copilot, in `limits`
    "max_input_tokens",  # LiteLLM, GitHub Models
)
_COMPLETIONS = (
    "max_completion_tokens",  # OpenRouter in `top_provider`, Groq
    "max_output_tokens",  # LiteLLM, GitHub Models
)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model of the key."""

    id: str
    """The exact name to ask for it by."""
    name: str = ""
    """A name for people, where the server has one."""
    owner: str = ""
    context_length: int | None = None
    """In tokens."""
    max_completion_tokens: int | None = None
    """Most tokens of one answer."""
    abilities: Abilities = UNKNOWN
    price: Price | None = None
    """None where the list tells none that can be read."""

    @property
    def for_chat(self) -> bool:
        """True if it answers in text, as far as is told."""
        return self.abilities.for_chat


@dataclass(frozen=True, slots=True)
class Balance:
    """The sum spent and the sum left, in US dollars."""

    used: float
    remaining: float | None = None
    """None for a key without a limit."""


def read_models(value: object) -> list[ModelInfo] | None:
    """The models of a list, in the server's order and each once; None where it is no such list."""
    if isinstance(value, dict):
        lists = (value.get("data"), value.get("models"))
        empty: list[object] | None = [] if value.get("object") == "list" else None
        value = next((found for found in lists if isinstance(found, list)), empty)
    if not isinstance(value, list):
        return None
    models: dict[str, ModelInfo] = {}
    for item in value:
        if isinstance(item, str):
            item = {"id": item}
        if isinstance(item, dict) and (model := _read_model(item)):
            models.setdefault(model.id, model)
    return list(models.values())


def read_balance(usage: object, subscription: object) -> Balance | None:
    """The balance by the two billing calls; None where either tells none."""
    if not isinstance(usage, dict) or not isinstance(subscription, dict):
        return None
    cents, limit = _number(usage.get("total_usage")), _number(subscription.get("hard_limit_usd"))
    if cents is None or limit is None:
        return None
    return Balance(cents / 100, None if limit >= UNLIMITED else limit - cents / 100)


def _read_model(item: dict[str, object]) -> ModelInfo | None:
    id = item.get("id", item.get("model_name", item.get("name")))
    if not isinstance(id, str) or not id:
        return None
    return ModelInfo(
        id,
        name=_text(item.get("name")),
        owner=_text(item.get("owned_by")),
        context_length=_length(item, _LENGTHS),
        max_completion_tokens=_length(item, _COMPLETIONS),
        abilities=read_abilities(item),
        price=read_price(item),
    )


def _length(item: dict[str, object], names: tuple[str, ...]) -> int | None:
    """A number of tokens that a server tells by one of these names, that of the model as it runs first."""
    places = (
        item,
        *(item.get(name) for name in ("meta", "top_provider", "limits", "model_info", "capabilities")),
    )
    found = (_number(place.get(name)) for name in names for place in places if isinstance(place, dict))
    return next((int(number) for number in found if number is not None and number >= 1), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
