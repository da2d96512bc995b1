"""Repeating in the whole program: seen while it waits, ended by Escape, and done by one key."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.cli.asking import KEY
from tests.servers import Server, answer, refuse
from tests.terminal import NEUROTUI, Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")


def test_the_countdown_is_seen_and_ended_by_escape_and_one_key_asks_again(tmp_path: Path) -> None:
    limited = refuse(429, "rate_limit_exceeded", "slow down", {"Retry-After": "20"})
    with Server([limited, answer("Hello")]) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        with Terminal([*NEUROTUI], home=tmp_path, environment=variables) as terminal:
            terminal.wait_for("essage")
            terminal.type("Hi\n")
            terminal.wait_for("↻ too many requests · again in 20 s · attempt 2")
            terminal.wait_for("again in 18 s · attempt 2")
            terminal.press("escape")
            terminal.wait_for("stopped")
            assert len(server.chats) == 1
            terminal.press("ctrl+g")
            terminal.wait_for("Hello")
            assert len(server.chats) == 2
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("command", [[], ["ask", "Hi"]])
def test_on_a_narrow_terminal_the_countdown_stays(command: list[str], tmp_path: Path) -> None:
    with Server(refuse(429, headers={"Retry-After": "30"})) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "ru"}
        program = [*NEUROTUI, *command]
        with Terminal(program, home=tmp_path, environment=variables, size=(38, 16)) as terminal:
            if not command:
                terminal.wait_for("ообщение")
                terminal.type("Hi\n")
            terminal.wait_for(lambda: re.search(r"↻ повтор через \d+ с", terminal.text) is not None)
            terminal.press("ctrl+c" if command else "escape")
        assert len(server.chats) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_what_a_model_may_have_had_is_asked_once_and_again_by_one_key(status: int, tmp_path: Path) -> None:
    page = f"<html><head><title>{status} Gave up</title></head></html>"
    gave_up = refuse(status, data=page, content_type="text/html")
    with Server([gave_up, answer("Hello")]) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        with Terminal([*NEUROTUI], home=tmp_path, environment=variables, size=(100, 30)) as terminal:
            terminal.wait_for("essage")
            terminal.type("Hi\n")
            terminal.wait_for("ready · Ctrl+G asks again")
            terminal.wait_for("billed all the same")
            assert len(server.chats) == 1
            terminal.press("ctrl+g")
            terminal.wait_for("Hello")
            assert len(server.chats) == 2
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0


def test_the_demo_counts_down_and_asks_once_more(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--demo", "--lang", "ru"], home=tmp_path) as terminal:
        terminal.wait_for("ообщение")
        terminal.type("/demo 429\n")
        terminal.wait_for("слишком много запросов · повтор через 3 с")
        terminal.wait_for("через 1 с")
        terminal.wait_for("получилось")
        terminal.wait_for(" ток. · ")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
