"""Files in the linear face: attached by a command or by a line of paths, listed, removed, sent, kept."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest

from tests.app import pictures
from tests.cli.asking import environment
from tests.cli.test_ask_files import SECRET, data_of, listing, said
from tests.plain.test_pipes import talk
from tests.servers import Exchange, Server, answer
from tests.terminal import NEUROTUI, Terminal


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_files_go_with_the_next_message_alone(tmp_path: Path) -> None:
    (tmp_path / "two words.txt").write_text("text")
    (tmp_path / "cat.png").write_bytes(pictures.png(30, 20))
    with Server([answer("One."), answer("Two.")]) as server:
        code, out = talk(
            tmp_path,
            server,
            typed("/attach two words.txt", f"'{tmp_path}/cat.png'", "What?", "And?", "/quit"),
        )
    assert code == 0
    first, question, picture = said(server, 0)
    assert first["text"] == "two words.txt:\n```\ntext\n```" and question["text"] == "What?"
    assert data_of(picture) == pictures.png(30, 20)
    assert said(server, 1) == "And?"
    assert "attached: two words.txt, 4 B, ≈ 7 tok" in out
    assert "attached: cat.png, 30×20, " in out


def test_a_list_of_them_removes_by_number(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"text of {name}")
    with Server() as server:
        _code, out = talk(
            tmp_path,
            server,
            typed("/attach", "/attach a.txt b.txt", "/attach", "1", "What?", "/quit"),
        )
    assert said(server) == "b.txt:\n```\ntext of b.txt\n```\n\nWhat?"
    assert "No file is attached" in out and "1. a.txt, " in out and "Removed: a.txt" in out


def test_what_cannot_be_attached_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4" + bytes(50))
    with Server() as server:
        _code, out = talk(tmp_path, server, typed("/attach gone.txt", "/attach a.zip", "What?", "/quit"))
    assert said(server) == "What?"
    assert "gone.txt cannot be attached" in out and "a.zip cannot be attached" in out


def test_a_line_with_other_words_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with Server() as server:
        talk(tmp_path, server, typed(f"{tmp_path}/a.txt is what?", "/quit"))
    assert said(server) == f"{tmp_path}/a.txt is what?"


@pytest.mark.parametrize(("choice", "sent"), [("1", "new"), ("2", "old"), ("", None)])
def test_a_file_that_has_changed_is_offered_in_both_forms(
    tmp_path: Path, choice: str, sent: str | None
) -> None:
    (tmp_path / "a.txt").write_text("old")
    with Server() as server:
        command = [*NEUROTUI, "--plain"]
        with Terminal(command, home=tmp_path, environment=environment(tmp_path, server)) as terminal:
            terminal.wait_for("lists the commands")
            terminal.send(f"/attach {tmp_path}/a.txt\r".encode())
            terminal.wait_for("attached: a.txt")
            (tmp_path / "a.txt").write_text("new")
            terminal.send(b"What?\r")
            terminal.wait_for("a.txt has changed since it was attached")
            terminal.wait_for("Number, or Enter for none:")
            assert server.chats == []
            terminal.send(f"{choice}\r".encode())
            if sent is not None:
                terminal.wait_for("Hello, world")
                assert said(server) == f"a.txt:\n```\n{sent}\n```\n\nWhat?"
            terminal.send(b"/quit\r")
            terminal.wait_for_exit()
    assert len(server.chats) == (sent is not None)


@pytest.mark.parametrize(("choice", "count"), [("1", 1), ("2", 0)])
def test_a_key_in_a_file_is_asked_about(tmp_path: Path, choice: str, count: int) -> None:
    (tmp_path / "a.txt").write_text(SECRET)
    with Server() as server:
        _code, out = talk(tmp_path, server, typed("/attach a.txt", "What?", choice, "/quit"))
    assert len(server.chats) == count and "a.txt seems to hold a key, sk-…a1b2" in out and SECRET not in out


def test_a_model_that_takes_no_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(pictures.png())
    models = {"gpt-5-mini": ["text"], "sees": ["text", "image"]}
    with Server(paths=listing(**models)) as server:
        _code, out = talk(
            tmp_path, server, typed("/model gpt-5-mini", "/attach a.png", "What?", "2", "/quit")
        )
    assert "gpt-5-mini takes no pictures; these do: sees" in out and server.chats == []


@pytest.mark.parametrize("is_cut", [False, True])
def test_a_message_that_waits_keeps_its_files(tmp_path: Path, is_cut: bool) -> None:
    (tmp_path / "a.txt").write_text("text")
    command, go = [*NEUROTUI, "--plain"], threading.Event()

    async def first(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Beginning.\n")
        while not (go.is_set() or exchange.connection.gone.is_set()):  # noqa: ASYNC110  set by a thread
            await asyncio.sleep(0.01)
        if is_cut:
            exchange.close()
        else:
            await exchange.finish()

    with (
        Server([first, answer("Second.")]) as server,
        Terminal(command, home=tmp_path, environment=environment(tmp_path, server)) as terminal,
    ):
        terminal.wait_for("lists the commands")
        terminal.send(b"One\r")
        terminal.wait_for("Beginning.")
        terminal.send(f"/attach {tmp_path}/a.txt\r".encode())
        terminal.wait_for("attached: a.txt")
        terminal.send(b"Two\r")
        terminal.wait_for("It will be sent when the answer ends")
        go.set()
        if is_cut:
            terminal.wait_for("Not sent, because the answer did not end well: Two")
            terminal.wait_for(lambda: terminal.text.count("attached: a.txt") == 2)
            terminal.send(b"Two\r")
        terminal.wait_for("Second.")
        assert said(server) == "a.txt:\n```\ntext\n```\n\nTwo"
        terminal.send(b"/quit\r")
        terminal.wait_for_exit()


def test_files_of_earlier_questions_are_printed_and_stay_with_an_edited_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text " * 80)
    with Server() as server:
        _code, before = talk(tmp_path, server, typed("/attach a.txt", "What?", "/quit"))
        _code, out = talk(tmp_path, server, typed("/edit", "Why?", "/quit"), "--plain", "-c")
    assert out.count("attached: a.txt, 400 B\n") == 1, "in the last lines: it was sent, and is not estimated"
    told, edited = re.findall(r"attached: a.txt, 400 B, ≈ (\d+) tok", before + out)
    assert edited != told, "by what was learnt of the model meanwhile"
    assert said(server) == f"a.txt:\n```\n{'text ' * 80}\n```\n\nWhy?"


def test_a_conversation_goes_on_without_a_file_that_is_lost(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(pictures.png(30, 20))
    with Server([answer("One."), answer("Two."), answer("Three.")]) as server:
        talk(tmp_path, server, typed("/attach cat.png", "What?", "/quit"))
        (blob,) = (path for path in tmp_path.rglob("blobs/*/*") if path.is_file())
        blob.write_bytes(b"damaged")
        _code, out = talk(tmp_path, server, typed("/history", "1", "And?", "And now?", "/quit"))
    assert server.chats[1].json["messages"][0]["content"] == "What?"
    assert out.count("The question goes without cat.png: its kept copy is damaged or gone") == 1
