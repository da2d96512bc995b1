"""Small values as JSON, in the rows of the database and in exported files alike.

Only what differs from a field's default is written, so that a field that is added later leaves old files as
they are. Reading never fails: what is unknown or of a wrong type is passed over, for files may come from
anywhere.
"""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from neurotui.wire.surrogates import repair

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_ZEROS: dict[str, object] = {"str": "", "int": 0, "float": 0.0, "bool": False}
"""Value of a field without a default for which nothing readable is found, by the name of its type."""

_LARGEST = 2**63 - 1
_YEAR_10000 = 253_402_300_800


def to_object(value: DataclassInstance) -> dict[str, Any]:
    """Return a value of simple fields as a JSON object."""
    return {
        field.name: found
        for field in fields(value)
        if (found := getattr(value, field.name)) != _default(field) or field.default is MISSING
    }


def from_object(kind: type[T], data: object) -> T | None:
    """Return the value that `to_object` made `data` of; None where it is no object."""
    if not isinstance(data, dict):
        return None
    found = {}
    for field in fields(kind):
        given = data.get(field.name)
        if not _fits(field, given):
            given = _default(field)
        found[field.name] = repair(given) if isinstance(given, str) else given
    return kind(**found)


def to_text(value: DataclassInstance | None) -> str:
    """Return a value as JSON text; empty for None."""
    return "" if value is None else dumps(to_object(value))


def from_text(kind: type[T], text: str) -> T | None:
    """Return the value that `to_text` made `text` of; None also where it cannot be read."""
    return from_object(kind, loads(text)) if text else None


def dumps(data: object) -> str:
    """Return JSON as short as it can be, which can be written as UTF-8."""
    return repair(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def loads(text: str) -> Any:
    """Return the value of a JSON text; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def string(data: dict[str, Any], name: str) -> str:
    """Return the string of this name in a JSON object, as it can be kept; empty where there is none."""
    found = data.get(name)
    return repair(found) if isinstance(found, str) else ""


def moment(data: dict[str, Any], name: str) -> float:
    """Return the Unix time of this name in a JSON object; 0 where there is none between 1970 and 9999."""
    found = data.get(name)
    return float(found) if isinstance(found, int | float) and 0 <= found < _YEAR_10000 else 0.0


def _is_number(value: Any) -> bool:
    """True if a value of JSON is a number that can be kept: finite, and not beyond 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else -_LARGEST <= value <= _LARGEST


def _fits(field: Field[Any], value: object) -> bool:
    kind = str(field.type).removesuffix(" | None")
    match kind:
        case "str":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "int":
            return _is_number(value) and isinstance(value, int)
        case "float":
            return _is_number(value)
    return False


def _default(field: Field[Any]) -> object:
    return _ZEROS[str(field.type)] if field.default is MISSING else field.default
