"""`neurotui ask -f FILE`: what reaches the server is the bytes of the files, or nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.app import pictures
from tests.cli.asking import KEY, Shell
from tests.servers import Exchange, Script, Server, answer
from tests.terminal import NEUROTUI, Terminal

SECRET = "sk-" + "a1b2" * 8


def listing(**takes: Sequence[str]) -> dict[str, Script]:
    """A list of models, with what each takes."""

    async def script(exchange: Exchange) -> None:
        models = [{"id": name, "architecture": {"input_modalities": list(of)}} for name, of in takes.items()]
        await exchange.body(200, {"object": "list", "data": models})

    return {"/models": script}


def said(server: Server, number: int = -1) -> Any:
    """The content of the last message of a request."""
    return server.chats[number].json["messages"][-1]["content"]


def data_of(part: dict[str, Any]) -> bytes:
    """The bytes of a part."""
    match part:
        case {"type": "image_url", "image_url": {"url": url}}:
            return base64.b64decode(url.partition(";base64,")[2], validate=True)
        case {"type": "file", "file": {"file_data": url}}:
            return base64.b64decode(url.partition(";base64,")[2], validate=True)
        case {"type": "input_audio", "input_audio": {"data": data}}:
            return base64.b64decode(data, validate=True)
    raise AssertionError(part)


def test_texts_go_before_the_question_with_their_names(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Привет, мир".encode("koi8-r"))
    (tmp_path / "b.md").write_text("```\nx\n```\n")
    with Server() as server:
        files = ("-f", str(tmp_path / "a.txt"), "-f", str(tmp_path / "b.md"))
        done = shell(server, "ask", "--no-save", "What?", *files)
    assert (done.code, done.out) == (0, b"Hello, world")
    assert said(server) == "a.txt:\n```\nПривет, мир\n```\n\nb.md:\n````\n```\nx\n```\n````\n\nWhat?"
    assert done.err == "neurotui: a.txt was read as koi8-r\n"
    assert [request.path for request in server.requests] == ["/v1/chat/completions"], "nothing else is asked"


@pytest.mark.parametrize("kept", [(), ("--no-save",)])
def test_media_are_the_bytes_of_their_files(shell: Shell, tmp_path: Path, kept: tuple[str, ...]) -> None:
    files = {
        "a.png": pictures.png(40, 30),
        "b.jpg": pictures.jpeg(40, 30),
        "c.wav": pictures.wav(0.5),
        "d.pdf": pictures.pdf("Text"),
    }
    named = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        named += ["-f", str(tmp_path / name)]
    with Server(paths=listing(m=["text", "image", "audio", "file"])) as server:
        done = shell(server, "ask", "-m", "m", *kept, *named, "What?")
    assert (done.code, done.err) == (0, "")
    text, *media = said(server)
    assert text == {"type": "text", "text": "What?"}
    assert [data_of(part) for part in media] == [*files.values()]
    blobs = [path for path in tmp_path.rglob("blobs/*/*") if path.is_file()]
    assert len(blobs) == (0 if kept else len(files))


def test_the_text_of_a_pdf_is_sent_where_nobody_tells_that_files_are_taken(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(pictures.pdf("First", ""))
    with Server() as server:
        done = shell(server, "ask", "-f", str(tmp_path / "a.pdf"), "What?")
    assert said(server) == "a.pdf:\n```\n[1]\nFirst\n```\n\nWhat?"
    assert done.err == "neurotui: a.pdf: the text of pages 1–2 is sent, 1 without text\n"


@pytest.mark.parametrize("data", [pictures.png(), "строка\n".encode()])
def test_standard_input_can_be_a_file(shell: Shell, data: bytes) -> None:
    with Server() as server:
        done = shell(server, "ask", "-f", "-", "What?", piped=data)
    assert done.code == 0
    if data.startswith(b"\x89"):
        text, picture = said(server)
        assert (text["text"], data_of(picture)) == ("What?", data)
    else:
        assert said(server) == "stdin:\n```\nстрока\n```\n\nWhat?"


def test_a_file_alone_is_a_question(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with Server() as server:
        assert shell(server, "ask", "-f", str(tmp_path / "a.txt")).code == 0
    assert said(server) == "a.txt:\n```\ntext\n```"


def test_what_is_piped_is_still_the_question_beside_a_file(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with Server() as server:
        assert shell(server, "ask", "-f", str(tmp_path / "a.txt"), piped=b"What?").code == 0
    assert said(server) == "a.txt:\n```\ntext\n```\n\nWhat?"


def test_several_models_are_asked_the_same(shell: Shell, tmp_path: Path) -> None:
    data = pictures.png(4, 4)
    (tmp_path / "a.png").write_bytes(data)
    models = ("-m", "m", "-m", "n")
    with Server(paths=listing(m=["text", "image"], n=["text", "image"])) as server:
        done = shell(server, "ask", *models, "-f", str(tmp_path / "a.png"), "What?")
    assert (done.code, len(server.chats)) == (0, 2)
    for number in (0, 1):
        assert data_of(said(server, number)[1]) == data


def test_a_pdf_is_a_file_only_if_all_models_take_one(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pictures.pdf("First"))
    with Server(paths=listing(m=["text", "file"], n=["text"])) as server:
        shell(server, "ask", "-m", "m", "-m", "n", "-f", str(tmp_path / "a.pdf"), "What?")
    assert "First" in said(server, 0) and said(server, 0) == said(server, 1)


def test_a_pdf_is_no_file_for_a_model_that_nobody_tells_of(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pictures.pdf("First"))
    with Server(paths=listing(m=["text", "file"])) as server:
        shell(server, "ask", "-m", "m", "-m", "other", "-f", str(tmp_path / "a.pdf"), "What?")
    assert "First" in said(server, 0) and said(server, 0) == said(server, 1)


def test_the_files_go_along_with_the_next_question_from_another_process(shell: Shell, tmp_path: Path) -> None:
    data = pictures.png(9, 9)
    (tmp_path / "a.png").write_bytes(data)
    with Server() as server:
        shell(server, "ask", "-f", str(tmp_path / "a.png"), "One")
        (tmp_path / "a.png").unlink()
        shell(server, "ask", "-c", "Two")
        (tmp_path / "b.txt").write_text("text")
        shell(server, "ask", "-c", "--no-save", "-f", str(tmp_path / "b.txt"), "Three")
    first = [chat.json["messages"][0]["content"] for chat in server.chats]
    assert first[0] == first[1] == first[2] and data_of(first[0][1]) == data
    assert said(server) == "b.txt:\n```\ntext\n```\n\nThree"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04" + bytes(100), "neither a text"),
        (b"", "empty"),
        (pictures.bomb(), "100,000×100,000"),
        (b"%PDF-1.4" + bytes(100), "damaged"),
        (b"x" * 4_000_001, "4 MB"),
        (None, "No such file"),
    ],
)
@pytest.mark.parametrize("models", [(), ("-m", "a", "-m", "b")])
def test_what_cannot_be_attached_is_told_and_nothing_leaves(
    shell: Shell, tmp_path: Path, data: bytes | None, sentence: str, models: tuple[str, ...]
) -> None:
    (tmp_path / "good.txt").write_text("text")
    if data is not None:
        (tmp_path / "bad").write_bytes(data)
    with Server() as server:
        done = shell(
            server, "ask", *models, "-f", str(tmp_path / "good.txt"), "-f", str(tmp_path / "bad"), "Hi"
        )
    assert (done.code, done.out, server.chats) == (2, b"", [])
    assert done.err.startswith("neurotui: bad cannot be attached") and sentence in done.err


def test_a_file_that_cannot_be_attached_is_an_error_in_json(shell: Shell, tmp_path: Path) -> None:
    with Server() as server:
        done = shell(server, "ask", "--json", "-f", str(tmp_path / "gone"), "Hi")
    assert (done.code, server.chats) == (2, [])
    assert json.loads(done.out)["error"]["kind"] == "attachment_unusable"


@pytest.mark.parametrize("arguments", [("-f", "-", "-f", "-", "Hi"), ("-f", "-", "Hi", "-")])
def test_standard_input_is_read_once(shell: Shell, arguments: tuple[str, ...]) -> None:
    with Server() as server:
        done = shell(server, "ask", *arguments, piped=b"text")
    assert (done.code, server.chats) == (2, []) and "only once" in done.err


def test_too_much_on_standard_input_is_refused(shell: Shell) -> None:
    with Server() as server:
        done = shell(server, "ask", "-f", "-", "Hi", piped=b"x" * 4_000_001)
    assert (done.code, server.chats) == (2, []) and "4 MB" in done.err


def test_a_key_in_a_file_is_told_in_a_pipe(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"X={SECRET}")
    with Server() as server:
        done = shell(server, "ask", "-f", str(tmp_path / ".env"), "Hi")
    assert (done.code, len(server.chats)) == (0, 1)
    assert ".env seems to hold a key, sk-…a1b2" in done.err and SECRET not in done.err


def test_a_model_that_takes_no_pictures_is_told_with_those_that_do(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(pictures.png())
    with Server(paths=listing(blind=["text"], sees=["text", "image"])) as server:
        done = shell(server, "ask", "-m", "blind", "-f", str(tmp_path / "a.png"), "Hi")
    assert done.err == "neurotui: blind takes no pictures; these do: sees\n" and len(server.chats) == 1


@pytest.mark.parametrize(("language", "typed", "asked"), [("en", "n", 0), ("en", "y", 1), ("ru", "д", 1)])
def test_on_a_terminal_it_is_asked_first(tmp_path: Path, language: str, typed: str, asked: int) -> None:
    (tmp_path / "keys.txt").write_text(SECRET)
    with Server(answer("Fine")) as server:
        environment = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": language}
        command = [*NEUROTUI, "ask", "-f", str(tmp_path / "keys.txt"), "Hi"]
        with Terminal(command, home=tmp_path, environment=environment) as terminal:
            terminal.wait_for("Send it all the same?" if language == "en" else "Всё равно отправить?")
            assert server.chats == []
            terminal.send(f"{typed}\r".encode())
            code = terminal.wait_for_exit()
        assert (len(server.chats), code) == (asked, 0 if asked else 130)


def test_a_conversation_goes_on_without_a_file_that_is_lost(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(pictures.png(40, 30))
    with Server(paths=listing(m=["text", "image"])) as server:
        shell(server, "ask", "-m", "m", "-f", str(tmp_path / "cat.png"), "What?")
        (blob,) = (path for path in tmp_path.rglob("blobs/*/*") if path.is_file())
        blob.unlink()
        done = shell(server, "ask", "-c", "And?")
        compared = shell(server, "ask", "-c", "-m", "m", "-m", "m", "Well?")
    told = "The question goes without cat.png: its kept copy is damaged or gone\n"
    assert (done.code, done.out, done.err) == (0, b"Hello, world", f"neurotui: {told}")
    assert compared.code == 0 and compared.err.count(told) == 2
    assert [message["content"] for message in server.chats[1].json["messages"]] == [
        "What?",
        "Hello, world",
        "And?",
    ]


def test_an_export_tells_of_a_file_that_is_lost(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(pictures.png(40, 30))
    with Server(paths=listing(m=["text", "image"])) as server:
        shell(server, "ask", "-m", "m", "-f", str(tmp_path / "cat.png"), "What?")
        (blob,) = (path for path in tmp_path.rglob("blobs/*/*") if path.is_file())
        whole = shell(server, "export", "-o", str(tmp_path / "a.zip"))
        blob.write_bytes(b"damaged")
        done = [shell(server, "export", "-o", str(tmp_path / name)) for name in ("b.zip", "b.html", "b.md")]
        done.append(shell(server, "export", "--all", "-o", str(tmp_path / "all.zip")))
    told = "neurotui: 1 attached file is damaged or gone, and is only named\n"
    assert (whole.code, whole.err) == (0, "")
    assert [(each.code, each.err) for each in done] == [(0, told), (0, told), (0, ""), (0, told)]
