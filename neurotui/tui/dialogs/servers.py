"""The user's servers: which one to talk to, whose key to change, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from neurotui.app.presets import PRESETS
from neurotui.chat.text import clean_line
from neurotui.i18n import N_, _
from neurotui.settings.config import Profile, Settings
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.pick_list import PickList


@dataclass(frozen=True, slots=True)
class Use:
    """Choice to talk to the server of a profile."""

    profile: str


@dataclass(frozen=True, slots=True)
class Change:
    """Choice to change a profile's key or address; without a name, to add a profile."""

    profile: str = ""


class ServersScreen(Dialog[Use | Change | None]):
    """Dialog whose result is what to do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f6", "dismiss(None)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]

    def __init__(self, profiles: Sequence[str], settings: Settings, current: str) -> None:
        """`current` is the profile in use; empty if the server belongs to none."""
        super().__init__()
        self._settings = settings
        self._current = current
        self._rows: list[Use | Change] = [Use(profile) for profile in profiles]
        if current:
            self._rows.append(Change(current))
        self._rows.append(Change())
        self._name_cells = max(cell_len(clean_line(profile, 40)) for profile in profiles)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel") as panel:
            panel.border_title = title_with_detail(_("Servers"))
            yield PickList(self._picked)
            yield KeyHints(("up,down", N_("choose")), ("enter", N_("use")), ("escape", N_("close")))

    def on_mount(self) -> None:
        here = Use(self._current)
        at = self._rows.index(here) if here in self._rows else 0
        self.query_one(PickList).show(len(self._rows), self._line, at)

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_pick(self) -> None:
        self.query_one(PickList).pick()

    def _picked(self, index: int) -> None:
        self.dismiss(self._rows[index])

    def _line(self, index: int, width: int) -> Content:
        match self._rows[index]:
            case Use(name):
                profile = self._settings.profiles.get(name, Profile())
                mark = ("✓ ", "$text-accent") if name == self._current else "  "
                told = " · ".join(filter(None, (profile.base_url or PRESETS[0].base_url, profile.model)))
                title = set_cell_size(clean_line(name, 40), self._name_cells)
                line = Content.assemble(" ", mark, title, "  ", (clean_line(told), "$foreground-muted"))
            case Change(""):
                line = Content.assemble(" + ", _("another server"))
            case Change(name):
                words = _("change the key or the address of {name}")
                line = Content.assemble(" ✎ ", words.format(name=clean_line(name, 40)))
        return line.truncate(max(1, width), ellipsis=True)
