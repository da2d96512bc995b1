"""The first run in a real terminal, against a real server: from nothing to an answer; what is left behind."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.servers import Server, answer
from tests.store.examples import library_of, small
from tests.terminal import NEUROTUI, Terminal

KEY = "sk-test-0123456789abcdef0123456789"


def test_from_nothing_to_an_answer_and_at_the_next_start_at_once(tmp_path: Path) -> None:
    with Server(answer("Готово.")) as server:
        with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path, fresh=True) as terminal:
            terminal.wait_for("Welcome to neurotui")
            terminal.press("up")
            terminal.wait_until_quiet()
            terminal.press("ctrl+u")
            terminal.wait_for("https://…/v1")
            terminal.type(server.url)
            terminal.wait_for(server.url)
            terminal.press("down")
            terminal.wait_until_quiet()
            terminal.paste(f"{KEY}\n")
            terminal.wait_for("•••")
            terminal.press("enter")
            terminal.wait_for(f"127.0.0.1:{server.port} · 2")
            terminal.press("enter")
            terminal.wait_for(f"gpt-5-mini @ 127.0.0.1:{server.port}")
            terminal.type("hello")
            terminal.wait_for("hello")
            terminal.press("enter")
            terminal.wait_for("Готово.")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert KEY.encode() not in terminal.output
        with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path) as terminal:
            terminal.wait_for(f"gpt-5-mini @ 127.0.0.1:{server.port}")
            assert "Welcome to neurotui" not in terminal.text
            terminal.type("again")
            terminal.wait_for("again")
            terminal.press("enter")
            terminal.wait_for("Готово.")
        assert [chat.headers["authorization"] for chat in server.chats] == [f"Bearer {KEY}"] * 2
    holders = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert [path.name for path in holders] == ["keys.toml"]
    assert stat.S_IMODE(holders[0].stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("language", "key_missing", "gone", "placeholder"),
    [
        ("en", "No API key is set · F6 add a key", "Choose a server for it (F6", "Message"),
        ("ru", "Ключ API не задан · F6", "Выберите для неё сервер (F6", "Сообщение"),
    ],
)
@pytest.mark.parametrize("profile", ["", "work https://example.org"], ids=["none", "gone"])
def test_the_last_conversation_is_read_although_nothing_is_configured(
    tmp_path: Path, language: str, key_missing: str, gone: str, placeholder: str, profile: str
) -> None:
    folder = tmp_path / ".local" / "share" / "neurotui"
    folder.mkdir(parents=True)
    conversation = small("Как поживают драконы?", "Хорошо поживают.")
    conversation.profile = profile
    library_of(folder, conversation)
    with Terminal([*NEUROTUI, "--lang", language, "-c"], home=tmp_path) as terminal:
        terminal.wait_for("Хорошо поживают.")
        terminal.wait_for(gone if profile else key_missing)
        terminal.wait_for(placeholder)
        terminal.press("f6")
        terminal.wait_for("neuroapi.host/v1")
        terminal.press("escape")
        terminal.wait_for("neurotui · Как поживают драконы?")


def test_without_a_conversation_to_go_on_with_the_first_run_is_what_it_was(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--lang", "en", "-c"], home=tmp_path) as terminal:
        terminal.wait_for("Welcome to neurotui")


def test_a_broken_settings_file_is_named_and_does_not_stop_the_start(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "neurotui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('theme = "nord"\ntext_width = "wide"\n')
    with Terminal([*NEUROTUI, "--lang", "en", "--demo"], home=tmp_path) as terminal:
        terminal.wait_for("neurotui-demo @ demo")
        # Where the path before it is long, it is broken.
        terminal.wait_for(lambda: re.search(r"line\W+2", terminal.text) is not None)
        terminal.wait_for("text_width")


def test_an_address_in_the_settings_that_cannot_be_used_is_corrected_there(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "neurotui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('profile = "mine"\n[profiles.mine]\nbase_url = "htp://there"\n')
    with (
        Server(answer("Готово.")) as server,
        Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path) as terminal,
    ):
        terminal.wait_for("The server address cannot be used: htp://there")
        terminal.wait_for("Message")
        terminal.press("f6")
        terminal.wait_for("change the key or the address of mine")
        terminal.press("down", "enter")
        terminal.wait_for("Server and key")
        terminal.press("up")
        terminal.wait_until_quiet()
        terminal.press("ctrl+u")
        terminal.type(f"{server.url}\n")
        terminal.wait_for(f"127.0.0.1:{server.port} · 2")
        terminal.press("enter")
        terminal.wait_for(f"gpt-5-mini @ 127.0.0.1:{server.port}")
        terminal.press("h", "i", "enter")
        terminal.wait_for("Готово.")


def test_the_language_of_the_settings_holds_and_a_variable_beats_it(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "neurotui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('language = "ru"\n')
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path) as terminal:
        terminal.wait_for("Сообщение")
    with Terminal([*NEUROTUI, "--demo"], home=tmp_path, environment={"NEUROTUI_LANG": "en"}) as terminal:
        terminal.wait_for("Message")


def test_a_server_that_is_named_for_once_is_not_the_first_run(tmp_path: Path) -> None:
    command = [*NEUROTUI, "--lang", "en", "--base-url", "https://example.invalid/v1"]
    with Terminal(command, home=tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.wait_until_quiet()
        assert "Welcome to neurotui" not in terminal.text
        terminal.press("f6")
        terminal.wait_for("another server")
        terminal.press("escape")
