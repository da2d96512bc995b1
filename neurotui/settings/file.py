"""The settings file: TOML, read with the standard library, written so that the user's own comments stay.

Nothing in it can keep neurotui from starting: a value that cannot be used is reported with its line and key,
and the default is used instead. A change is checked by the same rules, holds at once, and is written by
`save`: only the changes are, into the file as it is then, so that two instances do not undo each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

from neurotui.errors import BadSettings, SettingsNotSaved
from neurotui.i18n import _, ngettext
from neurotui.i18n.currencies import currency_code
from neurotui.i18n.formats import number
from neurotui.i18n.reasons import reason_of
from neurotui.settings.config import DEFAULT_PROFILE, About, Header, Settings, about, default_of
from neurotui.settings.files import read_text, write_private
from neurotui.settings.headers import check_name, clean_value
from neurotui.settings.places import config_dir

FILE_NAME = "config.toml"
MOST_TOLD = 3
"""So many mistakes are reported one by one; the rest are only counted."""

_ENDS = ("]", '"""', "'''")
"""Endings of a value that spans several lines."""

Key: TypeAlias = tuple[str, ...]
"""Path of a setting: the names of its tables, and its own."""


def settings_path() -> Path | None:
    """Return the path of the settings file; None if the system names no folder for it."""
    folder = config_dir()
    return folder / FILE_NAME if folder else None


class SettingsFile:
    """The settings in force and their file; without a path, in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.settings = Settings()
        self.problems: tuple[BadSettings, ...] = ()
        """Mistakes in the file; the defaults are used instead."""
        self._table: dict[str, Any] = {}
        self._changes: dict[Key, object] = {}
        self._saving = Lock()
        try:
            text = read_text(path) if path else ""
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            self.problems = (BadSettings(_unread(error), place=path),)
            return
        if text:
            self._take(text)

    def change(self, key: Key, value: object) -> None:
        """Set a value; None sets the default. Raises BadSettings, and then changes nothing."""
        table = deepcopy(self._table)
        put(table, key, value)
        reader = _Reader()
        settings = reader.read(table)
        for place, reason in reader.problems:
            if place[: len(key)] == key or key[: len(place)] == place:
                raise BadSettings(reason, place=".".join(place))
        self._table, self.settings = table, settings
        self._changes[key] = value

    def save(self) -> None:
        """Write the changes; on any thread. Raises SettingsNotSaved, and may then be called again. Blocks."""
        with self._saving:
            changes = dict(self._changes)
            if changes:
                self._write(changes)
            for key, value in changes.items():
                if self._changes.get(key) is value:  # not changed again meanwhile
                    del self._changes[key]

    def _write(self, changes: Mapping[Key, object]) -> None:
        from neurotui.settings.editing import edited

        if self.path is None:
            raise SettingsNotSaved(_("There is no folder for it"))
        try:
            old = read_text(self.path) if self.path.exists() else ""
            write_private(self.path, edited(old, changes))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsNotSaved(f"{self.path}: {_unread(error)}") from error
        except (ValueError, RecursionError) as error:
            raise SettingsNotSaved(f"{self.path}: {_reason(error)}") from error

    def _take(self, text: str) -> None:
        import tomllib

        assert self.path is not None
        try:
            self._table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            self.problems = (BadSettings(_reason(error), place=self.path),)
            return
        reader = _Reader()
        self.settings = reader.read(self._table)
        lines = _lines(text) if reader.problems else {}
        problems = [
            BadSettings(
                reason,
                place=_("{path}, line {line}: {key}").format(
                    path=self.path, line=lines.get(key, 1), key=".".join(key)
                ),
            )
            for key, reason in reader.problems[:MOST_TOLD]
        ]
        if more := len(reader.problems) - len(problems):
            words = ngettext("{n} more value cannot be used", "{n} more values cannot be used", more)
            problems.append(BadSettings(words.format(n=number(more)), place=self.path))
        self.problems = tuple(problems)


class _Reader:
    """Conversion of tables to settings; what does not fit is omitted and noted."""

    def __init__(self) -> None:
        self.problems: list[tuple[Key, str]] = []

    def read(self, table: Mapping[str, Any]) -> Settings:
        settings = self._fields(Settings, table, ())
        assert isinstance(settings, Settings)
        if settings.active_profile not in {DEFAULT_PROFILE, *settings.profiles}:
            self.problems.append((("profile",), _("There is no such profile")))
            settings = replace(settings, profile="")
        return settings

    def _fields(self, kind: Any, table: object, key: Key) -> Any:
        known = {field.name: field for field in fields(kind)}

        def read(name: str, value: object, place: Key) -> object:
            if name not in known:
                raise ValueError(_("There is no such setting"))
            return self._value(about(known[name]), default_of(known[name]), value, place)

        return kind(**self._each(table, key, read))

    def _value(self, about: About, default: object, value: object, key: Key) -> object:
        if about.of is Header:
            return self._headers(value, key)
        if isinstance(default, dict):
            return self._each(value, key, lambda _name, entry, place: self._entry(about.of, entry, place))
        if is_dataclass(default):
            return self._fields(type(default), value, key)
        return check(about, default, value)

    def _headers(self, table: object, key: Key) -> dict[str, object]:
        taken: set[str] = set()

        def read(name: str, value: object, place: Key) -> Header:
            check_name(name)
            if name.lower() in taken:
                raise ValueError(_("It appears twice"))
            taken.add(name.lower())
            if not isinstance(value, str | dict):
                raise ValueError(_("It must be a text, or a table with a command"))
            header: Header = self._fields(
                Header, {"value": value} if isinstance(value, str) else value, place
            )
            if header.command and not header.value:
                return header
            if header.command:
                raise ValueError(_("It has both a value and a command"))
            return Header(clean_value(name, header.value))

        return self._each(table, key, read)

    def _entry(self, kind: type | None, value: object, key: Key) -> object:
        if is_dataclass(kind):
            return self._fields(kind, value, key)
        if kind is not tuple:
            if not _is_plain(value):
                raise ValueError(_("It must be a value that JSON has, too"))
            return value
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(_("It must be a text or a list of texts"))
        return tuple(texts)

    def _each(self, table: object, key: Key, read: Callable[[str, Any, Key], object]) -> dict[str, object]:
        if not isinstance(table, dict):
            raise ValueError(_("It must be a table"))
        values = {}
        for name, value in table.items():
            try:
                values[name] = read(name, value, (*key, name))
            except ValueError as reason:
                self.problems.append(((*key, name), str(reason)))
        return values


def _unread(error: Exception) -> str:
    return _("It is not in UTF-8") if isinstance(error, UnicodeDecodeError) else reason_of(error)


def _is_plain(value: object) -> bool:
    """True if a TOML value can be a JSON value."""
    match value:
        case dict():
            return all(map(_is_plain, value.values()))
        case list():
            return all(map(_is_plain, value))
        case float():
            return math.isfinite(value)
    return isinstance(value, str | int)


def check(about: About, default: object, value: object) -> object:
    """Return `value` with the type of `default`, within limits. Raises ValueError, worded for the user."""
    match default:
        case bool():
            if not isinstance(value, bool):
                raise ValueError(_("It must be true or false"))
        case int():
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(_("It must be a whole number"))
        case float():
            if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
                raise ValueError(_("It must be a number"))
        case _:
            if not isinstance(value, str):
                raise ValueError(_("It must be a text"))
            if about.choices and value not in about.choices:
                choices = ", ".join(choice or '""' for choice in about.choices)
                raise ValueError(_("It must be one of these: {choices}").format(choices=choices))
            if about.is_currency and value.strip() and not currency_code(value):
                raise ValueError(_("It must be a currency, such as USD or RUB"))
    if isinstance(value, int | float):
        if about.least is not None and value < about.least:
            raise ValueError(_("It must be at least {n}").format(n=f"{about.least:g}"))
        if about.most is not None and value > about.most:
            most = f"{about.most:g}" if about.most < 10_000 else number(round(about.most))
            raise ValueError(_("It must be at most {n}").format(n=most))
    return float(value) if isinstance(default, float) and isinstance(value, int) else value


def _reason(error: Exception) -> str:
    """Return where a file is not TOML. The parser's own words are English, and vague."""
    if found := re.search(r"at line (\d+),? col(?:umn)? (\d+)", str(error)):
        return _("It cannot be read as TOML at line {line}, column {column}").format(
            line=found[1], column=found[2]
        )
    if "end of document" in str(error):
        return _("It cannot be read as TOML: something is missing at its end")
    return _("It cannot be read as TOML: {reason}").format(reason=error)


def _lines(text: str) -> dict[Key, int]:
    """Return the number of the line on which each value or table header ends.

    Each statement is parsed by itself, so that the work grows with the file and not with its square. A
    statement of several lines is tried again only at a line that may end it.
    """
    import tomllib

    lines: dict[Key, int] = {}
    table: Key = ()
    statement: list[str] = []
    for place, line in enumerate(text.split("\n"), start=1):
        statement.append(line)
        if len(statement) > 1 and not any(mark in line for mark in _ENDS):
            continue
        with suppress(ValueError, RecursionError):
            found = tomllib.loads("\n".join(statement))
            is_head = statement[0].lstrip().startswith("[")
            statement.clear()
            keys = [(*(() if is_head else table), *key) for key in _keys(found)]
            for key in keys:
                lines.setdefault(key, place)
            if is_head:
                table = keys[-1]
    return lines


def _keys(table: Mapping[str, object]) -> Iterator[Key]:
    for name, value in table.items():
        yield (name,)
        if isinstance(value, dict):
            yield from ((name, *key) for key in _keys(value))


def put(table: MutableMapping[str, Any], key: Key, value: object) -> None:
    """Set a value in nested tables; None removes it."""
    *names, last = key
    for name in names:
        if not isinstance(table.get(name), MutableMapping):
            if value is None:
                return
            table[name] = {}
        table = table[name]
    if value is None:
        table.pop(last, None)
    else:
        table[last] = value
