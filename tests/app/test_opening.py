"""Files of messages, opened by a real program and saved: what goes where, and what is never opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from neurotui.app import opening
from neurotui.app.opening import open_file, save_file
from neurotui.chat.attachments import Attachment
from neurotui.chat.received import received
from neurotui.store.blobs import BlobStore
from neurotui.wire.events import MediaReceived
from tests.chat.pictures import base64_of, png, wav

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs that are scripts")

PROVEN = {
    ".png": png(),
    ".jpg": b"\xff\xd8\xff\xe0" + bytes(40),
    ".gif": b"GIF89a" + bytes(40),
    ".webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40),
    ".pdf": b"%PDF-1.7\n",
    ".wav": wav(),
    ".mp3": b"ID3\x04" + bytes(40),
}
OTHERS = [
    b"\x7fELF\x02\x01\x01\0" + bytes(40),
    b"MZ\x90\0" + bytes(40),
    b"#!/bin/sh\nrm -rf ~\n",
    b"<html><script>alert(1)</script>",
    b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    b"PK\x03\x04" + bytes(40),
    b"\0" + png(),
    b"[Desktop Entry]\nExec=sh\n",
]


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """A folder of blobs."""
    return BlobStore(tmp_path / "data")


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the system's opener was given, by a program of that name; nothing else is found."""
    told, programs = tmp_path / "told", tmp_path / "programs"
    programs.mkdir()
    for name in ("xdg-open", "open"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\n/bin/echo "$#" "$1" >> {told}\n/bin/cp "$1" {tmp_path}/copy\n: > /dev/tty\n'
        )
        program.chmod(0o700)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opening._private_folder.cache_clear()
    return told


def kept(data: bytes, blobs: BlobStore, name: str = "", media_type: str = "") -> Attachment:
    """A file of an answer."""
    return received(MediaReceived("image", base64_of(data), media_type, name), blobs)


@pytest.mark.parametrize("extension", PROVEN)
def test_what_is_proven_is_opened_from_a_private_copy(
    extension: str, opener: Path, blobs: BlobStore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = PROVEN[extension]
    open_file(kept(data, blobs, "a.desktop", "application/x-desktop"), 1, blobs)
    count, path = opener.read_text().strip().split(" ", 1)
    assert count == "1"
    assert Path(path).suffix == extension
    assert (tmp_path / "copy").read_bytes() == data
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(path).parent.stat().st_mode) == 0o700
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("data", OTHERS, ids=lambda data: repr(data[:8]))
def test_anything_else_is_not_opened_whatever_it_is_called(
    data: bytes, opener: Path, blobs: BlobStore
) -> None:
    assert not open_file(kept(data, blobs, "cat.png", "image/png"), 1, blobs)
    assert not opener.exists()


def test_no_name_becomes_an_option_or_a_shell_command(opener: Path, blobs: BlobStore) -> None:
    for name in ("-rf.png", "$(touch x).png", "a;b.png", "`id`.png", "a\nb.png"):
        open_file(kept(png(), blobs, name), 1, blobs)
    for line in opener.read_text().splitlines():
        assert line.startswith("1 /")


def test_without_a_program_that_is_told(
    opener: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert not open_file(kept(png(), blobs), 1, blobs)


def test_a_file_is_saved_beside_those_that_are_there(blobs: BlobStore, tmp_path: Path) -> None:
    file = kept(png(), blobs, "../cat.png")
    first, second = (save_file(file, 1, blobs, tmp_path / "out") for _ in range(2))
    assert (first, second) == (tmp_path / "out" / "cat.png", tmp_path / "out" / "cat (2).png")
    assert second.read_bytes() == png()
