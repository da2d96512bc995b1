"""Changes to the settings file: values are set, everything else that the user wrote stays."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import Item

from neurotui.i18n import _
from neurotui.settings.config import about, find


def edited(text: str, changes: Mapping[tuple[str, ...], object]) -> str:
    """Return `text` with values set (None removes one); a new value gets a comment. Raises ValueError."""
    document = tomlkit.parse(text)
    for key, value in changes.items():
        _put(document, key, value)
    result = tomlkit.dumps(document)
    tomllib.loads(result)  # never write what cannot be read again
    return result


def _put(table: MutableMapping[str, Any], key: tuple[str, ...], value: object) -> None:
    *names, last = key
    for depth, name in enumerate(names):
        if not isinstance(table.get(name), MutableMapping):
            if value is None:
                return
            table[name] = tomlkit.table(is_super_table=depth + 1 < len(names))
        table = table[name]
    if value is None:
        table.pop(last, None)
    elif last in table:
        table[last] = value
    else:
        table[last] = _explained(key, value)


def _explained(key: tuple[str, ...], value: object) -> Item:
    item = tomlkit.string(value, multiline="\n" in value) if isinstance(value, str) else tomlkit.item(value)
    if field := find(key):
        item.comment(_(about(field).explanation))
    return item
