"""Where keys are kept, and what is said when one cannot be had."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from neurotui.errors import KeyCommandFailed, KeyFileUnreadable, KeyringUnavailable
from neurotui.settings import api_keys as keys
from neurotui.settings.config import Profile
from neurotui.settings.file import SettingsFile

KEY = "sk-0123456789abcdef"


def test_a_file_keeps_a_key_for_each_profile(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.toml"
    assert keys.read_file(path, "a") == ""
    keys.write_file(path, "a", KEY)
    keys.write_file(path, 'my "server".\x7f', KEY + '"\\')
    assert keys.read_file(path, "a") == KEY
    assert keys.read_file(path, 'my "server".\x7f') == KEY + '"\\'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    keys.write_file(path, "a", None)
    keys.write_file(path, "never there", None)
    assert keys.read_file(path, "a") == ""
    assert keys.read_file(None, "a") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_a_file_that_others_could_read_is_its_owners_again(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    keys.write_file(path, "a", KEY)
    path.chmod(0o666)
    assert keys.read_file(path, "a") == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", [f"a = {KEY}", f'"{KEY}', "\0"])
def test_a_broken_file_is_told_without_what_is_in_it_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    for use in (lambda: keys.read_file(path, "a"), lambda: keys.write_file(path, "a", KEY)):
        with pytest.raises(KeyFileUnreadable) as raised:
            use()
        assert str(path) in str(raised.value)
        assert KEY not in str(raised.value)
        assert raised.value.__cause__ is None
    assert path.read_text() == text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_pipe_in_the_place_of_the_file_is_not_awaited(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    os.mkfifo(path)
    for use in (lambda: keys.read_file(path, "a"), lambda: keys.write_file(path, "a", KEY)):
        with pytest.raises(KeyFileUnreadable, match="It is not a regular file"):
            use()


def test_a_command_prints_the_key_in_its_first_line() -> None:
    assert keys.run_command(f"printf ' {KEY} \\nlogin: me\\n' | cat") == KEY


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("echo locked >&2; exit 1", "locked"),
        ("exit 3", "Its exit code was 3"),
        ("true", "It printed nothing"),
        ("cat", "It printed nothing"),  # nobody can answer a question
    ],
)
def test_a_command_that_fails_says_why_and_what_to_try(command: str, cause: str) -> None:
    with pytest.raises(KeyCommandFailed) as raised:
        keys.run_command(command)
    assert raised.value.cause == cause
    assert command in raised.value.hint


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "COMMAND_SECONDS", 0.1)
    with pytest.raises(KeyCommandFailed) as raised:
        keys.run_command("sleep 5")
    assert "0.1 s" in raised.value.cause


@pytest.mark.parametrize("command", ["yes", "yes | cat", f"echo {KEY}; yes >&2"])
def test_a_command_that_floods_is_ended_before_it_fills_the_memory(command: str) -> None:
    began = time.monotonic()
    with pytest.raises(KeyCommandFailed) as raised:
        keys.run_command(command)
    assert time.monotonic() - began < 10, "it would be read until its time is up"
    assert raised.value.cause == "It printed more than can be a key"


class Keyring(ModuleType):
    """The calls of the keyring library that are used, in memory."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.errors = ModuleType("keyring.errors")
        self.errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.forgetful = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.locked:
            raise self.errors.KeyringError("locked")
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        if not self.forgetful:
            self.kept[service, user] = password

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    keyring = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", keyring.errors)
    return keyring


def test_the_keyring_keeps_a_key_for_each_profile(keyring: Keyring) -> None:
    keys.write_keyring("a", KEY)
    assert keyring.kept == {("neurotui", "a"): KEY}
    assert keys.read_keyring("a") == KEY
    assert keys.read_keyring("b") == ""
    keys.write_keyring("a", None)
    keys.write_keyring("a", None)
    assert keyring.kept == {}


def test_a_keyring_that_is_locked_says_so(keyring: Keyring) -> None:
    keyring.locked = True
    with pytest.raises(KeyringUnavailable) as raised:
        keys.read_keyring("a")
    assert raised.value.cause == "locked"


def test_a_keyring_that_keeps_nothing_is_found_out(keyring: Keyring) -> None:
    keyring.forgetful = True
    with pytest.raises(KeyringUnavailable) as raised:
        keys.write_keyring("a", KEY)
    assert raised.value.cause == "It did not keep the key"


def test_a_key_is_in_one_place_only(keyring: Keyring, tmp_path: Path) -> None:
    settings, path = SettingsFile(), tmp_path / "keys.toml"
    settings.change(("profiles", "a", "key_command"), "echo other")
    for place in (*keys.KeyPlace, keys.KeyPlace.FILE, keys.KeyPlace.KEYRING):
        keys.keep(settings, path, "a", KEY, place)
        assert (keys.read_file(path, "a") == KEY) is (place is keys.KeyPlace.FILE)
        assert (keyring.kept != {}) is (place is keys.KeyPlace.KEYRING)
        profile = settings.settings.profiles.get("a", Profile())
        assert profile.key == ("keyring" if place is keys.KeyPlace.KEYRING else "file")
        assert profile.key_command == ""


def test_without_the_library_the_keyring_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeyringUnavailable) as raised:
        keys.read_keyring("a")
    assert "neurotui[keyring]" in raised.value.hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_mark_that_editors_begin_a_file_with_is_read_over(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_bytes('neuroapi = "sk-1"\r\n'.encode(encoding))
    assert keys.read_file(path, "neuroapi") == "sk-1"
    keys.write_file(path, "other", "sk-2")
    assert (keys.read_file(path, "neuroapi"), keys.read_file(path, "other")) == ("sk-1", "sk-2")
