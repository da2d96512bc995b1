"""The servers that the user has: which one to talk to, whose key to change, and the way to another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.settings.config import Profile, Settings
from neurotui.ui.presets import PRESETS
from neurotui.ui.screens.panel import Panel, PanelScreen
from neurotui.ui.widgets.pick_list import PickList


@dataclass(frozen=True, slots=True)
class Use:
    """To talk to the server of a profile."""

    profile: str


@dataclass(frozen=True, slots=True)
class Change:
    """To give a profile another key or address; without a name, to make a new one."""

    profile: str = ""


class ServersScreen(PanelScreen[Use | Change | None]):
    """Its result is what is to be done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("enter", "pick", show=False),
    ]
    DEFAULT_CSS = """
    ServersScreen { #panel { padding: 1; } }
    """

    def __init__(self, profiles: Sequence[str], settings: Settings, current: str) -> None:
        """`current` is the profile in use; empty where the server is none of theirs."""
        super().__init__()
        self._settings = settings
        self._current = current
        self._rows: list[Use | Change] = [Use(profile) for profile in profiles]
        if current:
            self._rows.append(Change(current))
        self._rows.append(Change())

    def compose(self) -> ComposeResult:
        with Panel(_("Servers")):
            yield PickList()

    def on_mount(self) -> None:
        here = Use(self._current)
        at = self._rows.index(here) if here in self._rows else 0
        self.query_one(PickList).show(len(self._rows), self._line, at)

    def action_move(self, rows: int) -> None:
        self.query_one(PickList).move(rows)

    def action_pick(self) -> None:
        self.query_one(PickList).pick()

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        self.dismiss(self._rows[event.index])

    def _line(self, index: int, width: int) -> Content:
        match self._rows[index]:
            case Use(name):
                profile = self._settings.profiles.get(name, Profile())
                told = " · ".join(filter(None, (profile.base_url or PRESETS[0].base_url, profile.model)))
                mark = "✓" if name == self._current else " "
                line = Content.assemble(
                    f"{mark} {clean_line(name, 40)}   ", (clean_line(told), "$foreground-muted")
                )
            case Change(""):
                line = Content(f"+ {_('another server')}")
            case Change(name):
                line = Content(
                    "  " + _("change the key or the address of {name}").format(name=clean_line(name, 40))
                )
        return line.truncate(max(1, width), ellipsis=True)
