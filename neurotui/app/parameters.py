"""Request parameters as they are typed and as they are sent. Pure, without a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Never

from neurotui.i18n import _

TEMPERATURE = "temperature"
MAX_TOKENS = "max_completion_tokens"
EFFORT = "reasoning_effort"
STOP = "stop"
SEED = "seed"
TYPED = (TEMPERATURE, MAX_TOKENS, STOP, SEED)
"""Parameters with a text field of their own."""
EFFORTS = ("minimal", "low", "medium", "high")
OWN = ("model", "messages", "stream", "stream_options")
"""Fields of a request that neurotui sets itself."""


def value_of(name: str, text: str) -> object:
    """Return a parameter's value from `text`, None if blank. Raises ValueError, worded for the user."""
    text = text.strip()
    if not text:
        return None
    match name:
        case "temperature":
            return _number(text)
        case "stop":
            return _texts(text)
        case _:
            return _whole_number(text)


def others_of(text: str) -> dict[str, object]:
    """Return the parameters in the text of a JSON object. Raises ValueError, worded for the user."""
    if not text.strip():
        return {}
    value = _json(text)
    if not isinstance(value, dict):
        raise ValueError(_("It must be a JSON object, such as {example}").format(example='{"top_p": 0.9}'))
    for name in value:
        if name in OWN:
            raise ValueError(_("{name} is set by neurotui itself").format(name=name))
    return value


def text_of(value: object) -> str:
    """Return the text to type for a value: the inverse of `value_of`."""
    match value:
        case None:
            return ""
        case str() if value.strip() == value and value[:1] not in {"", "[", '"'}:
            return value
    return json.dumps(value, ensure_ascii=False)


def text_of_others(parameters: Mapping[str, object]) -> str:
    """Return the parameters without a field of their own as the text of a JSON object; empty for none."""
    others = {name: value for name, value in parameters.items() if name not in {*TYPED, EFFORT}}
    return json.dumps(others, ensure_ascii=False) if others else ""


def _number(text: str) -> float:
    value = _json(text.replace(",", "."))
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError(_("It must be a number, 0 or more"))
    return value


def _whole_number(text: str) -> int:
    value = _json(text)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(_("It must be a whole number, 0 or more"))
    return value


def _texts(text: str) -> str | list[str]:
    if text[0] not in '["':
        return text
    value = _json(text)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return value
    raise ValueError(
        _("It must be a text, or a JSON list of texts, such as {example}").format(example='["\\n", "END"]')
    )


def _json(text: str) -> object:
    """Return the value of a JSON text; None, which no parameter has, if it is not JSON."""

    def refuse(word: str) -> Never:
        raise ValueError(word)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
