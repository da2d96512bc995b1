"""The settings as rows: titles, values, and the meaning of typed text. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, is_dataclass
from typing import Any

from neurotui.i18n import LANGUAGES, N_, _
from neurotui.i18n.formats import duration
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.config import DEFAULT_PROFILE, About, Profile, Settings, about, default_of
from neurotui.settings.credentials import DEFAULT_MODEL
from neurotui.settings.file import check

UNSET = {
    "language": N_("the system's"),
    "theme": N_("like the terminal"),
    "notify_after": N_("never"),
    "profile": DEFAULT_PROFILE,
    "base_url": "NeuroAPI",
    "model": DEFAULT_MODEL,
    "answer_tokens": N_("no limit"),
    "answer_cost": N_("no limit"),
    "day_tokens": N_("no limit"),
    "day_cost": N_("no limit"),
    "month_tokens": N_("no limit"),
    "month_cost": N_("no limit"),
    "currency": "USD",
}
"""Shown for settings that are not set; not yet translated."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting."""

    key: tuple[str, ...]
    """Path of the setting: the names of its tables, and its own."""
    about: About
    default: Any
    value: Any
    group: str = ""
    """Name of the profile or the table that the setting belongs to; empty for none."""

    @property
    def title(self) -> str:
        """Title of the setting within its group."""
        return _(self.about.title)

    @property
    def where_else(self) -> str:
        """Sentence on where the setting is changed, if not here."""
        if isinstance(self.default, dict):
            return _("Change this in the settings file")
        if self.key[-1] == "key":
            return _("Set the key, and where it is kept, with {command}").format(command="/server")
        return ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The possible values with their labels; empty if a text is typed."""
        if isinstance(self.default, bool):
            return [("yes", _("yes")), ("no", _("no"))]
        return [(choice, self.called(choice)) for choice in self.about.choices]

    def called(self, choice: str) -> str:
        """Return the label of a value."""
        match self.key[-1], choice:
            case "theme", "auto":
                return _(UNSET["theme"])
            case "language", "":
                return _(UNSET["language"])
            case "language", _ if choice in LANGUAGES:
                return LANGUAGES[choice]
            case "key", KeyPlace.FILE:
                return _("in a private file")
            case "key", KeyPlace.KEYRING:
                return _("in the system keyring")
            case "notify_after", _:
                return duration(float(choice))
        return choice

    @property
    def text(self) -> str:
        """The value as it is typed."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)

    @property
    def shown(self) -> str:
        """The value as it is listed."""
        if isinstance(self.default, dict):
            return ", ".join(self.value) or "—"
        if isinstance(self.value, bool) or self.value:
            return dict(self.choices).get(self.text) or self.called(self.text)
        return _(UNSET.get(self.key[-1], "—"))

    def parse(self, text: str) -> Any:
        """Return the value that `text` means. Raises ValueError, worded for the user."""
        match self.default:
            case bool():
                return text == "yes"
            case int():
                return check(self.about, self.default, _as(int, text))
            case float():
                return check(self.about, self.default, _as(float, text.replace(",", ".")))
        return check(self.about, self.default, text.strip())


def rows(settings: Settings) -> list[Row]:
    """Return all settings; of the profiles only the one in use."""
    return list(_rows(settings))


def _rows(settings: Settings) -> Iterator[Row]:
    for field in fields(Settings):
        value, default = getattr(settings, field.name), default_of(field)
        if field.name == "profiles":
            name = settings.active_profile
            yield from _inner(("profiles", name), settings.profiles.get(name, Profile()), name)
        elif is_dataclass(default):
            yield from _inner((field.name,), value, _(about(field).title))
        else:
            yield Row((field.name,), about(field), default, value)


def _inner(key: tuple[str, ...], table: Any, group: str) -> Iterator[Row]:
    inner: Field[Any]
    for inner in fields(table):
        yield Row((*key, inner.name), about(inner), default_of(inner), getattr(table, inner.name), group)


def _as(kind: type[int] | type[float], text: str) -> int | float | str:
    """Return `text` as a number if it is one; else the text, for the check to refuse."""
    try:
        return kind(text.strip() or 0)
    except ValueError:
        return text
