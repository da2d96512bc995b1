"""Flags beat variables, variables beat the settings; and no key goes to a server it was not meant for."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.errors import KeyFileUnreadable, ProfileUnknown
from neurotui.settings.api_keys import write_file
from neurotui.settings.config import Profile, Settings
from neurotui.settings.credentials import DEFAULT_MODEL, Credentials, resolve

HOME = Settings(
    profile="home",
    profiles={"home": Profile("http://localhost:8080/v1", "llama"), "neuroapi": Profile(model="gpt-5")},
)
"""A server of one's own is in use."""


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.toml"
    write_file(path, "home", "sk-home")
    write_file(path, "neuroapi", "sk-neuroapi")
    return path


def test_nothing_configured_is_neuroapi_without_a_key() -> None:
    assert resolve({}) == Credentials("", DEFAULT_MODEL, "", "", None, "neuroapi")


@pytest.mark.parametrize(
    ("environ", "key", "source"),
    [
        ({"NEUROTUI_API_KEY": "a", "NEUROAPI_API_KEY": "b"}, "a", "NEUROTUI_API_KEY"),
        ({"NEUROTUI_API_KEY": " ", "NEUROAPI_API_KEY": "b", "NEUROAPI_KEY": "c"}, "b", "NEUROAPI_API_KEY"),
        ({"NEUROAPI_KEY": "c", "NEURO_API_KEY": "d"}, "c", "NEUROAPI_KEY"),
        ({"NEURO_API_KEY": "d"}, "d", "NEURO_API_KEY"),
    ],
)
def test_variables_in_their_order(environ: dict[str, str], key: str, source: str, key_file: Path) -> None:
    found = resolve(environ, key_file=key_file)
    assert (found.key, found.key_source) == (key, source)


def test_flags_beat_variables_and_variables_beat_the_settings(key_file: Path) -> None:
    environ = {"NEUROTUI_BASE_URL": "https://env/v1", "NEUROTUI_MODEL": "env", "NEUROTUI_API_KEY": "sk-env"}
    stored = resolve({}, HOME, key_file=key_file)
    assert (stored.base_url, stored.model, stored.key) == ("http://localhost:8080/v1", "llama", "sk-home")
    assert stored.key_source == str(key_file)
    variables = resolve(environ, HOME, key_file=key_file)
    assert (variables.base_url, variables.model, variables.key) == ("https://env/v1", "env", "sk-env")
    flags = resolve(environ, HOME, base_url="https://flag/v1", model="flag", key_file=key_file)
    assert (flags.base_url, flags.model, flags.key) == ("https://flag/v1", "flag", "sk-env")
    named = resolve(environ, HOME, profile="neuroapi", key_file=key_file)
    assert (named.base_url, named.model, named.key) == ("", "gpt-5", "sk-neuroapi")


@pytest.mark.parametrize(
    "base_url",
    [
        "https://elsewhere/v1",
        "https://neuroapi.host@elsewhere/v1",
        "http://neuroapi.host/v1",
        "https://neuroapi.host.elsewhere/v1",
        "elsewhere/https://neuroapi.host",
    ],
)
def test_a_stored_key_goes_to_no_other_server(base_url: str, key_file: Path) -> None:
    found = resolve({}, base_url=base_url, key_file=key_file)
    assert (found.key, found.profile) == ("", "")
    assert resolve({"NEUROTUI_BASE_URL": base_url}, key_file=key_file).key == ""


@pytest.mark.parametrize("base_url", ["https://NeuroAPI.host/v1/", "neuroapi.host", " https://neuroapi.host"])
def test_a_stored_key_goes_to_its_server_however_that_is_written(base_url: str, key_file: Path) -> None:
    assert resolve({}, base_url=base_url, key_file=key_file).key == "sk-neuroapi"


def test_a_variable_of_neuroapi_does_not_go_to_another_server_of_the_settings() -> None:
    environ = {"NEUROAPI_API_KEY": "sk-neuroapi", "NEUROAPI_MODEL": "gpt-5"}
    assert resolve(environ, HOME).key == ""
    assert resolve(environ, HOME).model == "llama"
    assert resolve(environ, HOME, base_url="https://neuroapi.host").key == "sk-neuroapi"
    assert resolve(environ, HOME, profile="neuroapi").key == "sk-neuroapi"
    assert resolve({"NEUROTUI_API_KEY": "sk-any"}, HOME).key == "sk-any"


def test_no_variable_goes_to_a_profile_that_was_asked_for_by_name() -> None:
    environ = {"NEUROTUI_API_KEY": "sk-neuroapi", "NEUROTUI_BASE_URL": "https://neuroapi.host"}
    assert resolve(environ, HOME, profile="home").key == ""
    assert resolve(environ, HOME, profile="home").base_url == "http://localhost:8080/v1"


def test_a_command_is_not_run_before_the_key_is_needed(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    settings = Settings(profiles={"neuroapi": Profile(key_command=f"touch '{ran}'; echo sk-command")})
    found = resolve({}, settings)
    assert found.key == ""
    assert found.key_source.startswith("touch")
    assert not ran.exists()
    assert found.fetch_key is not None
    assert found.fetch_key() == "sk-command"
    assert resolve({"NEUROTUI_API_KEY": "sk-env"}, settings).fetch_key is None


def test_a_broken_key_file_is_told_by_the_first_request(key_file: Path) -> None:
    key_file.write_text("neuroapi = sk-neuroapi")
    found = resolve({}, key_file=key_file)
    assert found.key == ""
    assert found.fetch_key is not None
    with pytest.raises(KeyFileUnreadable):
        found.fetch_key()


def test_the_keyring_is_asked_where_the_settings_say_so() -> None:
    found = resolve({}, Settings(profiles={"neuroapi": Profile(key="keyring")}))
    assert found.fetch_key is not None
    assert found.key_source == "the system keyring"


def test_a_profile_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ProfileUnknown) as raised:
        resolve({}, HOME, profile="hme")
    assert "neuroapi, home" in str(raised.value)


def test_the_key_shows_in_no_picture_of_the_value(key_file: Path) -> None:
    assert "sk-" not in repr(resolve({"NEUROTUI_API_KEY": "sk-env"}, key_file=key_file))
