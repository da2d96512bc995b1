"""`ask -c` goes on with the server of the conversation, unless a flag names another one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.asking import Shell
from tests.cli.test_ask import configure
from tests.servers import Server, answer
from tests.terminal import NEUROTUI, Terminal

ELSEWHERE = {"NEUROTUI_BASE_URL": "http://127.0.0.1:9"}
"""A server in a variable, at which nothing listens."""


KEY_REFUSED = 3
"""The exit code of the shortest scene of the demo."""


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two servers, each with a profile; `one` is in use."""
    with Server(answer("One end.")) as one, Server(answer("Two end.")) as two:
        profiles(tmp_path, one=one, two=two)
        yield one, two


def profiles(home: Path, **servers: Server) -> None:
    tables = [
        f'[profiles.{name}]\nbase_url = "{it.url}"\nmodel = "model-{name}"' for name, it in servers.items()
    ]
    configure(home, "\n".join(['profile = "one"', *tables]))


def models(server: Server) -> list[str]:
    return [request.json["model"] for request in server.chats]


def test_it_goes_on_with_its_own_server_and_model(shell: Shell, servers: tuple[Server, Server]) -> None:
    one, two = servers
    assert shell(None, "--profile", "two", "ask", "-m", "claude", "first").code == 0
    assert shell(None, "ask", "-c", "second", variables=ELSEWHERE).out.strip() == b"Two end."
    assert shell(None, "ask", "-c", "--model", "gpt", "third").code == 0
    assert shell(None, "ask", "-c", "fourth").code == 0
    assert models(two) == ["claude", "claude", "gpt", "gpt"] and one.chats == []
    assert shell(None, "ask", "new").code == 0
    assert models(one) == ["model-one"]


def test_a_flag_names_another_server(shell: Shell, servers: tuple[Server, Server]) -> None:
    one, two = servers
    shell(None, "--profile", "two", "ask", "first")
    shell(None, "--profile", "one", "ask", "-c", "second")
    shell(None, "ask", "-c", "third", variables=ELSEWHERE)
    shell(None, "--base-url", two.url, "ask", "-c", "fourth")
    assert shell(None, "ask", "-c", "fifth").code == 2, "no profile names it"
    assert (models(one), len(two.chats)) == (["model-one", "model-one"], 2)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "which is not in the settings"), ("ru", "а в настройках такого сервера нет")],
)
def test_a_profile_that_is_gone_is_wrong_usage_and_nothing_leaves(
    tmp_path: Path, shell: Shell, servers: tuple[Server, Server], language: str, sentence: str
) -> None:
    one, two = servers
    shell(None, "--profile", "two", "ask", "first")
    profiles(tmp_path, one=one)
    done = shell(None, "ask", "-c", "second", variables={"NEUROTUI_LANG": language})
    assert done.code == 2 and sentence in done.err and "--profile" in done.err
    assert one.chats == [] and len(two.chats) == 1
    assert shell(None, "--profile", "one", "ask", "-c", "second").code == 0
    assert [message["content"] for message in one.chats[0].json["messages"]] == [
        "first",
        "Two end.",
        "second",
    ]


def test_nothing_goes_from_the_demo_to_a_server_or_back(shell: Shell, servers: tuple[Server, Server]) -> None:
    one, _two = servers
    shell(None, "ask", "first")
    done = shell(None, "--demo", "ask", "-c", "second")
    assert done.code == 2 and "held with a real server" in done.err
    assert shell(None, "--demo", "ask", "/demo key").code == KEY_REFUSED
    for flags in ((), ("--profile", "two")):
        done = shell(None, *flags, "ask", "-c", "more")
        assert done.code == 2 and "held with the demo" in done.err
    assert shell(None, "--demo", "ask", "-c", "/demo key").code == KEY_REFUSED
    assert len(one.chats) == 1


def test_a_key_that_is_missing_elsewhere_does_not_matter(
    shell: Shell, servers: tuple[Server, Server]
) -> None:
    _one, two = servers
    keyless = {"NEUROTUI_API_KEY": "", "NEUROTUI_BASE_URL": "https://neuroapi.host/v1"}
    shell(None, "--profile", "two", "ask", "first")
    assert shell(None, "ask", "new", variables=keyless).code == 3
    assert shell(None, "ask", "-c", "second", variables=keyless).code == 0
    assert len(two.chats) == 2


def test_the_chat_opens_the_last_conversation_with_its_own_server(
    tmp_path: Path, shell: Shell, servers: tuple[Server, Server]
) -> None:
    one, two = servers
    shell(None, "--profile", "two", "ask", "-m", "claude", "first")

    def ask(*flags: str, who: str) -> None:
        command = [*NEUROTUI, "--lang", "en", "-c", *flags]
        with Terminal(command, home=tmp_path, environment={}) as terminal:
            terminal.wait_for(who)
            terminal.type("again")
            terminal.wait_for("again")
            before = len(one.chats) + len(two.chats)
            terminal.press("enter")
            terminal.wait_for(lambda: len(one.chats) + len(two.chats) == before + 1)
            terminal.wait_for("○ ready")
            terminal.signal(signal.SIGTERM)
            assert terminal.wait_for_exit() == 128 + signal.SIGTERM

    ask(who=f"claude @ 127.0.0.1:{two.port}")
    ask("-m", "gpt", who=f"gpt @ 127.0.0.1:{two.port}")
    ask("--profile", "one", who=f"model-one @ 127.0.0.1:{one.port}")
    ask(who=f"model-one @ 127.0.0.1:{one.port}")
    assert models(two) == ["claude", "claude", "gpt"] and models(one) == ["model-one", "model-one"]
