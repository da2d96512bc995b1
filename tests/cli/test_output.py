"""`ask --output FOLDER`: the files of an answer, written and named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.chat.pictures import base64_of, data_url, png, wav
from tests.cli.asking import Shell
from tests.cli.test_received import DONE, STOP, chunk, stream
from tests.servers import Exchange, Server

PICTURE, OTHER, SOUND = png(3, 2), png(2, 2), wav()


def drawn(*parts: object) -> str:
    """A chunk with parts."""
    return chunk(list(parts))


def image(data: bytes, name: str = "") -> dict[str, object]:
    """A picture as a part."""
    return {"type": "image_url", "image_url": {"url": data_url(data)}, "name": name}


ANSWER = stream(
    chunk("See:"),
    drawn(image(PICTURE), image(OTHER, "../../cat.png"), image(PICTURE)),
    drawn({"type": "input_audio", "input_audio": {"data": base64_of(SOUND), "format": "wav"}}),
    STOP,
    DONE,
)
FILES = {"picture-1.png": PICTURE, "cat.png": OTHER, "sound-3.wav": SOUND}


@pytest.mark.parametrize("saved", [True, False])
def test_the_files_are_written_byte_for_byte(tmp_path: Path, shell: Shell, saved: bool) -> None:
    folder = tmp_path / "new" / "pictures"
    with Server(ANSWER) as server:
        done = shell(server, "ask", "--output", str(folder), *([] if saved else ["--no-save"]), "Draw")
    assert (done.code, done.out.decode()) == (0, "See:")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    for name in FILES:
        assert f"saved as {folder / name}" in done.err
    assert "picture · 3×2 · PNG" in done.err


def test_json_names_them_and_files_that_are_there_are_left_alone(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "picture-1.png").write_bytes(b"mine")
    with Server(ANSWER) as server:
        done = shell(server, "ask", "--json", "--output", str(tmp_path), "Draw")
    assert done.code == 0
    assert (tmp_path / "picture-1.png").read_bytes() == b"mine"
    files = json.loads(done.out)["attachments"]
    assert [file["media_type"] for file in files] == ["image/png", "image/png", "audio/wav"]
    for file, data in zip(files, FILES.values(), strict=True):
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert Path(file["path"]).read_bytes() == data
        assert Path(file["path"]).name == file["name"]
    assert files[0]["name"] != "picture-1.png"


def test_a_large_picture_comes_whole(tmp_path: Path, shell: Shell) -> None:
    large = PICTURE + bytes(range(256)) * 40_000

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(drawn(image(large)))
        await exchange.finish()

    with Server(script) as server:
        done = shell(server, "ask", "--output", str(tmp_path / "out"), "Draw")
    assert done.code == 0
    assert (tmp_path / "out" / "picture-1.png").read_bytes() == large


def test_several_models(tmp_path: Path, shell: Shell) -> None:
    with Server(ANSWER) as server:
        done = shell(server, "ask", "-m", "a", "-m", "b", "--output", str(tmp_path / "out"), "Draw")
    assert done.code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 6
    assert "a: picture · 3×2 · PNG: saved as" in done.err


def test_where_nothing_can_be_written_nothing_is_asked(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "file").write_text("")
    with Server(ANSWER) as server:
        done = shell(server, "ask", "--output", str(tmp_path / "file" / "x"), "Draw")
        assert server.chats == []
    assert done.code == 2
    assert "Nothing can be written into" in done.err


def test_without_a_folder_one_line_says_that_there_is_a_picture(shell: Shell) -> None:
    with Server(stream(drawn(image(PICTURE)), STOP, DONE)) as server:
        done = shell(server, "ask", "Draw")
        russian = shell(server, "ask", "Draw", variables={"NEUROTUI_LANG": "ru"})
    assert (done.code, done.out) == (0, b"")
    assert "picture · 3×2 · PNG came with the answer; --output FOLDER saves it" in done.err
    assert "without a word" not in done.err
    assert "--output" in russian.err and "came with" not in russian.err
