"""Settings that change while the program runs: whoever cares is told, and the file is written."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.settings.config import Settings
from neurotui.settings.file import SettingsFile


class Preferences:
    """The settings in use, and those who follow their changes."""

    def __init__(self, file: SettingsFile) -> None:
        self.file = file
        self.changed: list[Callable[[tuple[str, ...]], object]] = []
        """Each is called with the path of a setting that has another value from now on."""
        self.to_save: list[Callable[[], object]] = []
        """Each is called when the file has something to write."""

    @property
    def settings(self) -> Settings:
        """The settings in use."""
        return self.file.settings

    def change(self, key: tuple[str, ...], value: object) -> None:
        """Set something, and let it take effect. Raises BadSettings."""
        self.file.change(key, value)
        self.apply(key)

    def apply(self, key: tuple[str, ...]) -> None:
        """Let a setting take effect that the file has already."""
        for each in self.changed:
            each(key)
        self.save()

    def note(self, key: tuple[str, ...], value: object) -> None:
        """Set something that is in effect already. Raises BadSettings."""
        self.file.change(key, value)
        self.save()

    def save(self) -> None:
        """Have the file written."""
        for each in self.to_save:
            each()
