"""A profile's own headers: which can be added, how they are read, and that they show nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.settings.config import Header, Profile, Settings
from neurotui.settings.credentials import resolve
from neurotui.settings.file import SettingsFile
from neurotui.settings.headers import clean_value, is_secret

SECRET = "tok-0123456789-abcdefgh"


def opened(folder: Path, text: str) -> SettingsFile:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return SettingsFile(path)


def test_they_are_values_or_commands(tmp_path: Path) -> None:
    file = opened(
        tmp_path,
        f"""
[profiles.gate]
base_url = "https://gate.example.com/v1"
headers = {{ X-Title = " me ", X-Token = {{ command = "pass show it" }}, Api-Key = {{ value = "{SECRET}" }} }}
[profiles.other.headers]
Authorization = "Basic me:pass:wörd"
""",
    )
    assert file.problems == ()
    assert file.settings.profiles["gate"].headers == {
        "X-Title": Header("me"),
        "X-Token": Header(command="pass show it"),
        "Api-Key": Header(SECRET),
    }
    basic = file.settings.profiles["other"].headers["Authorization"].value
    assert basic == "Basic bWU6cGFzczp3w7ZyZA=="
    for shown in (repr(file.settings), str(file.settings), repr(file.settings.profiles["gate"].headers)):
        assert SECRET not in shown and "pass show" not in shown and basic not in shown


OWN = "neurotui sets this header itself"


@pytest.mark.parametrize(
    ("line", "key", "cause"),
    [
        (f'Host = "{SECRET}"', "Host", OWN),
        (f'content-length = "{SECRET}"', "content-length", OWN),
        (f'Transfer-Encoding = "{SECRET}"', "Transfer-Encoding", OWN),
        (f'CONNECTION = "{SECRET}"', "CONNECTION", OWN),
        (f'Upgrade = {{ command = "echo {SECRET}" }}', "Upgrade", OWN),
        (f'Proxy-Authorization = "{SECRET}"', "Proxy-Authorization", OWN),
        (f'Content-Type = "{SECRET}"', "Content-Type", OWN),
        (f'"X Y" = "{SECRET}"', "X Y", "It cannot be the name of a header"),
        (f'"X-Y:" = "{SECRET}"', "X-Y:", "It cannot be the name of a header"),
        (f'"Ключ" = "{SECRET}"', "Ключ", "It cannot be the name of a header"),
        (f'"" = "{SECRET}"', "", "It cannot be the name of a header"),
        (f'X-Y = "{SECRET}\\u0000"', "X-Y", "Character number 24 cannot be in a header"),
        (f'X-Y = "{SECRET}\\r\\nHost: evil"', "X-Y", "Character number 24 cannot be in a header"),
        (f'X-Y = "ключ{SECRET}"', "X-Y", "Character number 1 cannot be in a header"),
        ('X-Y = " "', "X-Y", "It is empty"),
        ("X-Y = {}", "X-Y", "It is empty"),
        ("X-Y = 3", "X-Y", "It must be a text, or a table with a command"),
        (f'X-Y = ["{SECRET}"]', "X-Y", "It must be a text, or a table with a command"),
        (f'X-Y = {{ comand = "{SECRET}", value = "x" }}', "X-Y.comand", "There is no such setting"),
        (f'X-Y = {{ command = "{SECRET}", value = "x" }}', "X-Y", "It has both a value and a command"),
        (f'X-A = "1"\nx-a = "{SECRET}"', "x-a", "It appears twice"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_line_and_key_and_the_rest_holds(
    line: str, key: str, cause: str, tmp_path: Path
) -> None:
    file = opened(tmp_path, f'[profiles.gate.headers]\nX-Kept = "yes"\n{line}\n')
    (problem,) = file.problems
    assert problem.title.endswith(f"line {2 + len(line.splitlines())}: profiles.gate.headers.{key}")
    assert problem.cause == cause
    assert SECRET not in str(problem)
    assert file.settings.profiles["gate"].headers["X-Kept"] == Header("yes")
    assert key not in file.settings.profiles["gate"].headers


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Api-Key", "api-key", "APIKEY", "Ocp-Apim-Subscription-Key", "X-Auth-Token"),
        *("x-auth", "Cookie", "CF-Access-Client-Secret", "X-Amz-Security-Token", "X-Password"),
    ],
)
def test_a_header_is_secret_by_its_name(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["X-Title", "HTTP-Referer", "OpenAI-Organization", "X-Key-Id", "User-Agent"])
def test_any_other_is_not(name: str) -> None:
    assert not is_secret(name)


def test_only_a_password_that_is_not_encoded_yet_is_encoded() -> None:
    assert clean_value("authorization", "basic me:") == "Basic bWU6"
    assert clean_value("Authorization", "Basic bWU6cGFzcw==") == "Basic bWU6cGFzcw=="
    assert clean_value("Authorization", "Bearer a:b") == "Bearer a:b"
    assert clean_value("X-Note", "Basic a:b") == "Basic a:b"


def test_they_are_for_the_server_of_their_profile_alone() -> None:
    headers = {"X-Token": Header(SECRET)}
    settings = Settings(
        profile="gate", profiles={"gate": Profile("https://gate.example.com/v1", headers=headers)}
    )
    assert resolve({}, settings).headers == headers
    assert resolve({}, settings, base_url="https://gate.example.com/v2").headers == headers
    assert resolve({"NEUROTUI_BASE_URL": "https://gate.example.com"}, settings).headers == headers
    for elsewhere in (
        "https://gate.example.com.evil.org/v1",
        "http://gate.example.com/v1",
        "https://gate.example.com:444/v1",
        "https://neuroapi.host",
    ):
        assert resolve({}, settings, base_url=elsewhere).headers == {}
        assert resolve({}, settings, base_url=elsewhere, profile="gate").headers == {}
        assert resolve({"NEUROTUI_BASE_URL": elsewhere}, settings).headers == {}
    assert resolve({}, settings, profile="neuroapi").headers == {}
    assert SECRET not in repr(resolve({}, settings))
