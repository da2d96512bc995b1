"""Where API keys are kept: in a file that only its owner may read, in the system's keyring, or by a command.

No key stands in the settings file, which people show around and put under version control. The keyring and a
command may take their time, or ask the user something: they are for a thread, when the key is first needed.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import IO

from neurotui.errors import KeyCommandFailed, KeyFileUnreadable, KeyNotSaved, KeyringUnavailable
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of
from neurotui.settings.config import Profile
from neurotui.settings.file import SettingsFile
from neurotui.settings.files import read_private, write_private
from neurotui.settings.places import data_dir

FILE_NAME = "keys.toml"
SERVICE = "neurotui"
"""The name under which the keyring has the keys; the user of each is the profile."""
COMMAND_SECONDS = 60
"""The time a command has, with a question to the user in it."""

MOST_PRINTED = 1_000_000
"""Bytes that a command may print: its first line is the key, and the others are passed over."""


class KeyPlace(StrEnum):
    """Where a key can be put."""

    FILE = "file"
    KEYRING = "keyring"
    NOWHERE = ""
    """It is forgotten when neurotui ends."""


def key_file() -> Path | None:
    """The file of the keys; None where the system names no folder for it."""
    folder = data_dir()
    return folder / FILE_NAME if folder else None


def keep(settings: SettingsFile, path: Path | None, profile: str, key: str, place: KeyPlace) -> None:
    """Puts the key of a profile into its place, takes an older one away, and has the settings say so.

    Raises KeyFileUnreadable, KeyNotSaved or KeyringUnavailable. The settings are not saved by it. Blocks.
    """
    stored = settings.settings.profiles.get(profile, Profile())
    if place is KeyPlace.KEYRING:
        write_keyring(profile, key)
    elif stored.key == KeyPlace.KEYRING:
        write_keyring(profile, None)
    if place is KeyPlace.FILE:
        write_file(path, profile, key)
    elif read_file(path, profile):
        write_file(path, profile, None)
    if (place is KeyPlace.KEYRING) != (stored.key == KeyPlace.KEYRING):
        settings.change(("profiles", profile, "key"), place or None)
    if stored.key_command:
        settings.change(("profiles", profile, "key_command"), None)


def read_file(path: Path | None, profile: str) -> str:
    """The key that the file has for a profile; empty where it has none. Raises KeyFileUnreadable."""
    return _read(path).get(profile, "")


def write_file(path: Path | None, profile: str, key: str | None) -> None:
    """Puts a key into the file, or with None takes it out. Raises KeyFileUnreadable and KeyNotSaved."""
    import tomlkit

    if path is None:
        raise KeyNotSaved(_("There is no folder for it"))
    keys = _read(path)
    if key is None:
        keys.pop(profile, None)
    else:
        keys[profile] = key
    try:
        write_private(path, tomlkit.dumps(keys))
    except OSError as error:
        raise KeyNotSaved(f"{path}: {reason_of(error)}") from None


def read_keyring(profile: str) -> str:
    """The key that the system's keyring has for a profile; empty for none. Raises KeyringUnavailable."""
    return _with_keyring(lambda keyring: keyring.get_password(SERVICE, profile)) or ""


def write_keyring(profile: str, key: str | None) -> None:
    """Puts a key into the system's keyring, or with None takes it out. Raises KeyringUnavailable."""
    if key is not None:
        _with_keyring(lambda keyring: keyring.set_password(SERVICE, profile, key))
        if read_keyring(profile) != key:  # there are backends that keep nothing
            raise KeyringUnavailable(_("It did not keep the key"))
    elif read_keyring(profile):
        _with_keyring(lambda keyring: keyring.delete_password(SERVICE, profile))


def run_command(command: str) -> str:
    """The first line that a shell's command prints. Raises KeyCommandFailed."""

    def refuse(cause: str) -> KeyCommandFailed:
        return KeyCommandFailed(cause, command=command)

    try:
        code, printed, complaints = _run(command)
    except subprocess.TimeoutExpired:
        raise refuse(_("It did not end within {n} s").format(n=COMMAND_SECONDS)) from None
    except OSError as error:
        raise refuse(reason_of(error)) from None
    if max(len(printed), len(complaints)) > MOST_PRINTED:
        raise refuse(_("It printed more than can be a key"))
    if code:
        words = complaints.decode(errors="replace").strip().splitlines()
        raise refuse(words[-1] if words else _("Its exit code was {n}").format(n=code))
    key = printed.decode(errors="replace").strip().partition("\n")[0].strip()
    if not key:
        raise refuse(_("It printed nothing"))
    return key


def _run(command: str) -> tuple[int, bytes, bytes]:
    """The exit code of a command, and what it prints on both outputs; one that floods either is killed.

    Raises OSError and TimeoutExpired.
    """
    process = subprocess.Popen(
        command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    printed = bytearray(), bytearray()

    def read(pipe: IO[bytes], into: bytearray) -> None:
        with pipe:  # closed in the middle, it ends those who still write, too
            while len(into) <= MOST_PRINTED and (data := os.read(pipe.fileno(), 65536)):
                into += data
            if len(into) > MOST_PRINTED:
                process.kill()

    pipes = zip((process.stdout, process.stderr), printed, strict=True)
    readers = [Thread(target=read, args=pair, name="key command", daemon=True) for pair in pipes]
    for reader in readers:
        reader.start()
    ends = time.monotonic() + COMMAND_SECONDS
    try:
        code = process.wait(COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    for reader in readers:
        reader.join(max(0.0, ends - time.monotonic()))
        if reader.is_alive():  # what it has started holds the pipe
            raise subprocess.TimeoutExpired(command, COMMAND_SECONDS)
    return code, bytes(printed[0]), bytes(printed[1])


def _read(path: Path | None) -> dict[str, str]:
    import tomllib

    try:
        keys = tomllib.loads(read_private(path)) if path else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        # The words of a parser may quote what it met, and that may be a key.
        cause = reason_of(error) if isinstance(error, OSError) else _("It is not a table of keys")
        raise KeyFileUnreadable(cause, path=path) from None
    return {profile: key for profile, key in keys.items() if isinstance(key, str)}


def _with_keyring(use: Callable[[ModuleType], str | None]) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise KeyringUnavailable(_("It is not installed")) from None
    try:
        return use(keyring)
    except KeyringError as error:
        raise KeyringUnavailable(str(error)) from None
