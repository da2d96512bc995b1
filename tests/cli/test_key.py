"""`neurotui key`, as it is called from a shell."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from neurotui.cli import main
from neurotui.settings.credentials import KEY_VARIABLES
from tests.terminal import NEUROTUI, Terminal

KEY = "sk-0123456789abcdef0123"

VAULT = "sk-vault-0123456789abcdef"
PROFILES = f"""\
[profiles.home]
base_url = "http://localhost:8080/v1"
[profiles.vault]
base_url = "https://vault.example/v1"
key_command = "echo {VAULT}"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in (*KEY_VARIABLES, "XDG_CONFIG_HOME", "XDG_DATA_HOME", "NEUROTUI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NEUROTUI_LANG", "en")
    config = tmp_path / ".config" / "neurotui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(PROFILES)
    return tmp_path


def piped(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), "ascii")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", piped(f' "Bearer {KEY}"\n'.encode()))


@pytest.mark.usefixtures("typed")
def test_a_key_is_kept_shown_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "set"]) == 0
    assert main(["key", "show"]) == 0
    said = capsys.readouterr()
    assert said.out.count("https://neuroapi.host/v1: the key that ends in …0123, from ") == 2
    assert str(home / ".local/share/neurotui/keys.toml") in said.out
    assert main(["key", "remove"]) == 0
    assert main(["key", "show"]) == 1
    assert "No API key is set" in capsys.readouterr().err
    assert KEY not in said.out + said.err


@pytest.mark.usefixtures("home")
def test_of_a_short_key_no_end_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEUROTUI_API_KEY", "Qx7Z")
    assert main(["key", "show"]) == 0
    said = capsys.readouterr()
    assert "https://neuroapi.host/v1: a key, from NEUROTUI_API_KEY" in said.out
    assert "Qx7Z" not in said.out + said.err and "ends in" not in said.out


@pytest.mark.usefixtures("typed")
def test_each_profile_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "set", "--profile", "home"]) == 0
    assert main(["--profile", "home", "key", "show"]) == 0
    assert capsys.readouterr().out.count("http://localhost:8080/v1: ") == 2
    assert main(["key", "show"]) == 1
    assert main(["key", "show", "--profile", "elsewhere"]) == 1
    assert "There is no profile elsewhere" in capsys.readouterr().err


def test_a_command_is_run_to_show_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "show", "--profile", "vault"]) == 0
    assert "…cdef, from echo ***" in capsys.readouterr().out


def test_what_a_command_says_is_told_without_the_key_in_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    failing = PROFILES.replace(f"echo {VAULT}", f"echo not {VAULT} >&2; exit 1")
    (home / ".config/neurotui/config.toml").write_text(failing)
    assert main(["key", "show", "--profile", "vault"]) == 1
    assert main(["ask", "--profile", "vault", "Hi"]) == 2
    said = capsys.readouterr()
    assert said.err.count("not ***") == 4  # what it said, and the command itself
    assert VAULT not in said.out + said.err
    kept = b"".join(file.read_bytes() for file in (home / ".local").rglob("*") if file.is_file())
    assert VAULT.encode() not in kept


@pytest.mark.usefixtures("typed")
def test_a_key_takes_the_place_of_a_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "set", "--profile", "vault"]) == 0
    assert "…0123, from /" in capsys.readouterr().out
    assert "key_command" not in (home / ".config/neurotui/config.toml").read_text()


@pytest.mark.usefixtures("typed")
def test_a_variable_comes_first_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEUROAPI_API_KEY", "sk-of-the-variable-9999")
    assert main(["key", "set"]) == 0
    assert "…9999, from NEUROAPI_API_KEY" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "\n", "ключ-sk-0123456789\n", "0123456789" * 10_000])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", piped(text.encode()))
    assert main(["key", "set"]) == 1
    said = capsys.readouterr()
    assert "The API key cannot be used" in said.err
    assert "0123456789" not in said.err
    assert not (home / ".local").exists()


def test_a_key_in_the_wrong_place_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["key", "set", KEY], ["models", "--lang", KEY], [KEY]):
        with pytest.raises(SystemExit):
            main(wrong)
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    assert "unrecognized arguments: ***" in said.err


@pytest.mark.usefixtures("typed")
def test_without_a_keyring_a_file_is_proposed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert main(["key", "set", "--keyring"]) == 1
    assert "or keep the key in a file" in capsys.readouterr().err


def test_at_a_terminal_the_key_is_not_shown(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--lang", "en", "key", "set"], home=tmp_path) as terminal:
        terminal.wait_for("it is not shown")
        terminal.type(KEY)
        terminal.press("enter")
        assert terminal.wait_for_exit() == 0
        assert "…0123" in terminal.text
        assert KEY.encode() not in terminal.output


def test_ctrl_c_ends_the_question_quietly(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--lang", "en", "key", "set"], home=tmp_path) as terminal:
        terminal.wait_for("it is not shown")
        terminal.wait_until_quiet()  # Python misses a signal between the prompt and the read
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 130
        assert "Traceback" not in terminal.text


def test_a_mistake_in_the_settings_is_told_and_stops_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".config/neurotui/config.toml").write_text(PROFILES + 'text_width = "wide"\n')
    assert main(["key", "show", "--profile", "vault"]) == 0
    said = capsys.readouterr()
    assert "…cdef" in said.out
    assert "line 6: profiles.vault.text_width" in said.err
