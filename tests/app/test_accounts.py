"""From what is typed to a profile, and from a profile to a server that can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.app.accounts import Accounts
from neurotui.errors import BadBaseURL, BadKey, KeyCommandFailed, KeyMissing, ProfileUnknown
from neurotui.settings.api_keys import KeyPlace, read_file
from neurotui.settings.config import Header, Profile
from neurotui.settings.file import SettingsFile
from tests.servers import Server

KEY = "sk-0123456789abcdef0123"


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config.toml")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.toml"


@pytest.fixture
def accounts(file: SettingsFile, key_file: Path) -> Accounts:
    return Accounts(file, {}, key_file)


async def test_what_was_tried_is_kept_and_answers_after_a_restart(
    accounts: Accounts, file: SettingsFile, key_file: Path
) -> None:
    async with Server() as server:
        url = server.url.removeprefix("http://") + "/chat/completions"
        draft = accounts.draft(url, f" {KEY}\n")
        models = await draft.client.models()
        kept = accounts.keep("home", url, f" {KEY}\n", KeyPlace.FILE, models[0].id)
        file.save()
        again = Accounts(SettingsFile(file.path), {}, key_file)
        assert list(again.profiles()) == ["neuroapi", "home"]
        for one in (kept, again.account("home")):
            assert (one.profile, one.model, one.trouble) == ("home", "gpt-5-mini", None)
            await one.client.models()
            await one.client.aclose()
        await draft.client.aclose()
        assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}


def test_neuroapi_needs_no_address_in_the_file(accounts: Accounts, file: SettingsFile) -> None:
    accounts.keep("neuroapi", "neuroapi.host", KEY, KeyPlace.FILE, "gpt-5")
    assert file.settings.profiles == {"neuroapi": Profile(model="gpt-5")}
    assert file.settings.profile == "neuroapi"


def test_an_empty_key_leaves_the_old_one(accounts: Accounts, key_file: Path) -> None:
    accounts.keep("neuroapi", "", KEY, KeyPlace.FILE, "gpt-5")
    server = accounts.keep("neuroapi", "", "", KeyPlace.FILE, "gpt-5-mini")
    assert read_file(key_file, "neuroapi") == KEY
    assert server.trouble is None


def test_a_key_that_is_kept_nowhere_works_until_the_end(
    accounts: Accounts, file: SettingsFile, key_file: Path
) -> None:
    accounts.keep("neuroapi", "", "sk-older-0123456789abcdef", KeyPlace.FILE, "gpt-5")
    server = accounts.keep("neuroapi", "", KEY, KeyPlace.NOWHERE, "gpt-5")
    assert server.trouble is None
    file.save()
    assert "sk-" not in key_file.read_text() + (file.path or key_file).read_text()
    assert isinstance(accounts.account("neuroapi").trouble, KeyMissing)


def test_what_cannot_be_is_refused_before_anything_is_kept(
    accounts: Accounts, file: SettingsFile, key_file: Path
) -> None:
    for url, key, error in (("file:///etc", KEY, BadBaseURL), ("", "ключ", BadKey)):
        with pytest.raises(error):
            accounts.draft(url, key)
        with pytest.raises(error):
            accounts.keep("x", url, key, KeyPlace.FILE, "m")
    assert not key_file.exists()
    assert file.settings.profiles == {}
    with pytest.raises(ProfileUnknown):
        accounts.account("x")


def test_a_key_in_the_clear_is_known(accounts: Accounts) -> None:
    assert accounts.draft("http://192.168.1.5:8080/v1", KEY).unprotected
    assert not accounts.draft("http://localhost:8080/v1", KEY).unprotected


async def test_a_command_is_asked_when_the_first_request_needs_the_key(
    accounts: Accounts, file: SettingsFile, tmp_path: Path
) -> None:
    async with Server() as server:
        file.change(("profiles", "vault", "base_url"), server.url)
        file.change(("profiles", "vault", "key_command"), f"cat {tmp_path}/secret")
        vault = accounts.account("vault")
        assert vault.trouble is None
        with pytest.raises(KeyCommandFailed):
            await vault.client.models()
        (tmp_path / "secret").write_text(KEY)
        await vault.client.models()
        await vault.client.aclose()
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_headers_go_with_a_draft_of_their_server_and_stay_behind_with_another(
    accounts: Accounts, file: SettingsFile
) -> None:
    async with Server() as server, Server() as other:
        file.change(("profiles", "gate", "base_url"), server.url)
        file.change(("profiles", "gate", "headers"), {"X-Token": "tok-0123456789"})
        draft = accounts.draft(f" {server.url} ", KEY)
        await draft.client.models()
        await draft.client.aclose()
        assert server.requests[0].headers["x-token"] == "tok-0123456789"

        kept = accounts.keep("gate", server.url + "/models", KEY, KeyPlace.FILE, "m")
        assert file.settings.profiles["gate"].headers == {"X-Token": Header("tok-0123456789")}
        await kept.client.aclose()
        moved = accounts.keep("gate", other.url, KEY, KeyPlace.FILE, "m")
        await moved.client.models()
        await moved.client.aclose()
        assert "x-token" not in other.requests[0].headers
        assert file.settings.profiles["gate"].headers == {}
