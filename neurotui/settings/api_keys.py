"""API keys: kept in a file that only its owner may read or in the system's keyring, or got from a command.

No key is in the settings file, which people show around and put under version control. The keyring and a
command may take their time, or ask the user something: use them on a thread, when the key is first needed.
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
"""Name of the service in the keyring; the user name is that of the profile."""
COMMAND_SECONDS = 60
"""Seconds that a command may take; it may ask the user something."""

MOST_PRINTED = 1_000_000
"""Bytes that a command may print. Its first line is the key; the others are ignored."""


class KeyPlace(StrEnum):
    """A place for a key."""

    FILE = "file"
    KEYRING = "keyring"
    NOWHERE = ""
    """The key is forgotten when neurotui ends."""


def key_file() -> Path | None:
    """Return the path of the key file; None if the system names no folder for it."""
    folder = data_dir()
    return folder / FILE_NAME if folder else None


def keep(settings: SettingsFile, path: Path | None, profile: str, key: str, place: KeyPlace) -> None:
    """Put a profile's key into `place`, remove it from other places, and change the settings accordingly.

    Does not save the settings. Raises KeyFileUnreadable, KeyNotSaved or KeyringUnavailable. Blocks.
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
    """Return the key in the file for a profile; empty if there is none. Raises KeyFileUnreadable."""
    return _read(path).get(profile, "")


def write_file(path: Path | None, profile: str, key: str | None) -> None:
    """Put a key into the file; None removes it. Raises KeyFileUnreadable and KeyNotSaved."""
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
    """Return the key in the keyring for a profile; empty if there is none. Raises KeyringUnavailable."""
    return _with_keyring(lambda keyring: keyring.get_password(SERVICE, profile)) or ""


def write_keyring(profile: str, key: str | None) -> None:
    """Put a key into the system's keyring; None removes it. Raises KeyringUnavailable."""
    if key is not None:
        _with_keyring(lambda keyring: keyring.set_password(SERVICE, profile, key))
        if read_keyring(profile) != key:  # some backends keep nothing
            raise KeyringUnavailable(_("It did not keep the key"))
    elif read_keyring(profile):
        _with_keyring(lambda keyring: keyring.delete_password(SERVICE, profile))


def run_command(command: str) -> str:
    """Return the first line that a shell command prints. Raises KeyCommandFailed."""

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
    """Return the exit code of a command, and its output on stdout and stderr.

    A command that floods either is killed. Raises OSError and TimeoutExpired.
    """
    process = subprocess.Popen(
        command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    printed = bytearray(), bytearray()

    def read(pipe: IO[bytes], into: bytearray) -> None:
        with pipe:  # closing it early ends whatever else still writes to it
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
        if reader.is_alive():  # a process that it started holds the pipe
            raise subprocess.TimeoutExpired(command, COMMAND_SECONDS)
    return code, bytes(printed[0]), bytes(printed[1])


def _read(path: Path | None) -> dict[str, str]:
    import tomllib

    try:
        keys = tomllib.loads(read_private(path)) if path else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        # A parser's message may quote the text, and that may be a key.
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
