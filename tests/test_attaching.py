"""Files in a question, in a real terminal and at a real server that keeps what it gets."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chat.pictures import png
from tests.servers import Server, answer, refuse
from tests.terminal import NEUROTUI, Terminal
from tests.test_disk import fill, tiny_disk

__all__ = ["tiny_disk"]

KEY = "sk-test-0123456789abcdef0123456789"
GOOD = answer("Вижу файл.")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(GOOD) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home and current folder, with a picture and a log."""
    (tmp_path / "my shots").mkdir()
    (tmp_path / "my shots" / "shot.png").write_bytes(png(64, 48))
    (tmp_path / "server.log").write_text("ошибка ```\n" * 40, encoding="utf-8")
    return tmp_path


def launch(server: Server, home: Path, **options: Any) -> Terminal:
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY, "NEUROTUI_MODEL": "gpt-5-mini"}
    return Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment, **options)


def content(server: Server, number: int, message: int = -1) -> Any:
    """What a message of a request says."""
    return json.loads(server.chats[number].body)["messages"][message]["content"]


def shows(terminal: Terminal, *lines: str) -> bool:
    """True if lines that begin so stand one below the other."""
    shown = [line.strip() for line in terminal.lines]
    return any(
        all(line.startswith(wanted) for line, wanted in zip(shown[at:], lines, strict=False))
        for at in range(len(shown) - len(lines))
    )


def test_a_dropped_picture_and_a_mentioned_log_reach_the_server_as_they_are(
    server: Server, home: Path
) -> None:
    with launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.type("what is wrong in @ser")
        terminal.wait_for("server.log")
        terminal.press("enter")
        terminal.wait_for("[server.log · ")
        terminal.paste(f"'{home}/my shots/shot.png'")
        terminal.wait_for("[shot.png · 64×48")
        terminal.press("enter")
        terminal.wait_for("Вижу файл.")
        log = "server.log:\n````\n" + "ошибка ```\n" * 40 + "````"
        address = "data:image/png;base64," + base64.b64encode(png(64, 48)).decode()
        assert content(server, 0) == [
            {"type": "text", "text": log},
            {"type": "text", "text": "what is wrong in server.log shot.png"},
            {"type": "image_url", "image_url": {"url": address}},
        ]
        (home / "my shots" / "shot.png").unlink()
        terminal.type("and now?")
        terminal.wait_for("and now?")
        terminal.press("enter")
        server.wait(lambda: len(server.chats) == 2)
        first, second = (chat.body.partition(b'"messages":')[2] for chat in server.chats)
        question = first[: first.rindex(b"}]")]  # the earlier turn is the same bytes
        assert second.startswith(question)


def test_files_wait_in_the_draft_over_a_kill(server: Server, home: Path) -> None:
    with launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.type("see ")
        terminal.paste(str(home / "server.log"))
        terminal.wait_for("[server.log · ")
        terminal.type("first")
        terminal.wait_for("first")
        terminal.wait_until_quiet(1.5)  # drafts are written within a second
    (home / "server.log").unlink()
    with launch(server, home) as terminal:
        terminal.wait_for("see [server.log · ")
        terminal.press("enter")
        terminal.wait_for("Вижу файл.")
    assert content(server, 0).endswith("see server.log first")


def test_what_the_server_refuses_comes_back_into_the_input(home: Path) -> None:
    refusal = refuse(400, "invalid_image_format", "This model does not support image input")
    with Server(refusal) as server, launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.type("what is this? ")
        terminal.paste(f"{home}/my\\ shots/shot.png")
        terminal.wait_for("[shot.png · 64×48")
        terminal.press("enter")
        terminal.wait_for("did not take the attachment")
        terminal.wait_for(lambda: shows(terminal, "│ what is this? ", "│ [shot.png · 64×48"))
        assert len(server.chats) == 1


def test_a_large_paste_is_one_chip_and_comes_back_whole(server: Server, home: Path) -> None:
    text = "строка журнала\n" * 300
    with launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.paste(text)
        terminal.wait_for("[paste · 300 lines · ")
        terminal.type("sum up:")
        terminal.wait_for("] sum up:")
        terminal.press("enter")
        terminal.wait_for("Вижу файл.")
        terminal.press("up")
        terminal.wait_for(lambda: shows(terminal, "│ sum up:", "│ [paste · 300 lines · "))
        terminal.press("enter")
        server.wait(lambda: len(server.chats) == 2)
    assert content(server, 0) == content(server, 1) == f"```\n{text}```\n\nsum up:"


@pytest.mark.parametrize("tiny_disk", [16], indirect=True)
def test_nothing_is_attached_on_a_full_disk(server: Server, home: Path, tiny_disk: Path) -> None:
    (home / "server.log").write_text("line\n" * 100_000)  # more than is freed by chance
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY, "XDG_DATA_HOME": str(tiny_disk)}
    with Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment) as terminal:
        terminal.wait_for("Message")
        terminal.type("see:")
        ballast = fill(tiny_disk)
        terminal.paste(str(home / "server.log"))
        terminal.wait_for("The disk is full")
        terminal.wait_for(lambda: "[server.log" not in terminal.text)
        assert "│ see:" in terminal.text and not server.chats
        ballast.unlink()
        terminal.paste(str(home / "server.log"))
        terminal.wait_for("[server.log · ")
        terminal.press("enter")
        terminal.wait_for("Вижу файл.")
    assert content(server, 0).endswith("see:")


@pytest.mark.parametrize("tiny_disk", [16], indirect=True)
def test_a_question_with_files_does_not_leave_while_the_disk_is_full(
    server: Server, home: Path, tiny_disk: Path
) -> None:
    (home / "server.log").write_text("line\n" * 20_000)
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY, "XDG_DATA_HOME": str(tiny_disk)}
    with Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment) as terminal:
        terminal.wait_for("Message")
        terminal.type("see:")
        terminal.paste(str(home / "server.log"))
        terminal.wait_for("[server.log · ")
        ballast = fill(tiny_disk)
        terminal.press("enter")
        terminal.wait_for("✗ The disk is full")
        terminal.wait_for(lambda: "[server.log · " in terminal.text.rpartition("╭")[2])
        assert not server.chats
        ballast.unlink()
        terminal.press("enter")
        terminal.wait_for("Вижу файл.")
    assert "see:" in content(server, 0) and "line\nline" in content(server, 0)


def blob_of(home: Path, data: bytes) -> Path:
    """The file in which bytes are kept."""
    (found,) = home.rglob(f"blobs/*/{hashlib.sha256(data).hexdigest()}")
    return found


def ask(terminal: Terminal, server: Server, text: str = "") -> None:
    """Ask what stands in the input and is typed now, and wait for the answer."""
    count = len(server.chats)
    terminal.type(text)
    terminal.press("enter")
    server.wait(lambda: len(server.chats) == count + 1)
    terminal.wait_for("ready")


def test_a_conversation_goes_on_without_a_file_that_is_lost(server: Server, home: Path) -> None:
    shot = png(64, 48)
    with launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.type("what is this? ")
        terminal.paste(f"{home}/my\\ shots/shot.png")
        terminal.wait_for("[shot.png · 64×48")
        ask(terminal, server)
        blob = blob_of(home, shot)
        blob.write_bytes(shot[::-1])
        ask(terminal, server, "and now?")
        terminal.wait_for("The question goes without shot.png: its kept copy is damaged or gone")
        terminal.wait_for("shot.png · damaged or gone")
        ask(terminal, server, "at last?")
        terminal.wait_for(lambda: "The question goes" not in terminal.text)  # told once
        blob.write_bytes(shot)
        ask(terminal, server, "again?")
        terminal.wait_for(lambda: "damaged" not in terminal.text)
    asked = [content(server, number, 0) for number in range(4)]
    assert asked[0] == asked[3] != asked[1]
    assert asked[1] == asked[2] == "what is this?"
    assert content(server, 1) == "and now?"


def test_a_question_does_not_leave_without_its_own_file(server: Server, home: Path) -> None:
    with launch(server, home) as terminal:
        terminal.wait_for("Message")
        terminal.type("what is this? ")
        terminal.paste(f"{home}/my\\ shots/shot.png")
        terminal.wait_for("[shot.png · 64×48")
        blob_of(home, png(64, 48)).unlink()
        terminal.press("enter")
        terminal.wait_for("The kept copy of shot.png is damaged or gone")
        terminal.wait_for(lambda: shows(terminal, "│ what is this? ", "│ [shot.png · 64×48"))
    assert not server.chats
