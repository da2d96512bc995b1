"""Facts of an answer beside its texts, as JSON: in exported files, and in the rows of the database.

A row has a column for `unreadable`. The rest stands in the text of its timing, beside the times; the bill is
there also because windows of version 2 keep the limits of a day by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from neurotui.chat.conversation import Bill, Citation, Message, Part, Timing
from neurotui.store.values import dumps, from_object, loads, string, to_object

T = TypeVar("T", Part, Citation)

_LARGEST = 10**9


def to_facts(message: Message) -> dict[str, Any]:
    """Return the facts of a message that say something, by the names of its fields."""
    found: dict[str, Any] = {
        "unreadable": message.unreadable,
        "parts": [to_object(part) for part in message.parts],
        "citations": [to_object(citation) for citation in message.citations],
        "mark": message.mark,
    }
    facts = {name: value for name, value in found.items() if value}
    if message.bill is not None:
        facts["bill"] = to_object(message.bill)
    return facts


def read_facts(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a message that `to_facts` wrote into `data`; pass over nonsense."""
    unreadable = data.get("unreadable")
    return {
        "unreadable": unreadable if type(unreadable) is int and 0 < unreadable < _LARGEST else 0,
        "parts": tuple(part for part in _read_list(Part, data.get("parts")) if 0 < part.count < _LARGEST),
        "citations": tuple(_read_list(Citation, data.get("citations"))),
        "mark": string(data, "mark"),
        "bill": from_object(Bill, data.get("bill")),
    }


def to_row(message: Message) -> str:
    """Return the timing of a message and its facts as the text of a row; what has a column is not in it."""
    times = None if message.timing is None else to_object(message.timing)
    facts = to_facts(replace(message, unreadable=0))
    if not facts:
        return "" if times is None else dumps(times)
    if message.timing is not None:
        facts["pings"] = message.timing.pings  # tells that there was a timing
    return dumps((times or {}) | facts)


def from_row(text: str) -> dict[str, Any]:
    """Return the fields of a message that `to_row` wrote."""
    data = loads(text) if text else None
    if not isinstance(data, dict):
        return {"timing": None}
    facts = read_facts(data)
    only_facts = bool(data) and data.keys() <= facts.keys()
    return facts | {"timing": None if only_facts else from_object(Timing, data)}


def _read_list(kind: type[T], data: object) -> list[T]:
    items = data if isinstance(data, list) else []
    return [found for found in (from_object(kind, item) for item in items) if found is not None]
