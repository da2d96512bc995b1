"""Conversations with files: an archive, written and read again, and ChatGPT's with its pictures."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind, Facts
from neurotui.chat.conversation import Conversation, Message, Part, Role, Status
from neurotui.errors import AttachmentLost
from neurotui.transcripts import Format, document, export, export_all, render, save
from neurotui.transcripts.reading import Reader
from neurotui.wire.parts import Blob
from tests.chat.test_media_types import picture

PNG = picture("PNG", (40, 30))
SMALL = picture("PNG", (4, 3))
LOG = "раз\n```\nдва\n".encode()


class Folder:
    """Bytes by their digest in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def open(self, blob: Blob) -> BinaryIO:
        path = self.folder / blob.digest
        if not path.exists() or path.stat().st_size != blob.size:
            raise AttachmentLost(name=blob.digest)
        return path.open("rb")

    def put(self, data: bytes) -> Blob:
        blob = blob_of(data)
        (self.folder / blob.digest).write_bytes(data)
        return blob

    def all(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


def blob_of(data: bytes) -> Blob:
    return Blob(hashlib.sha256(data).hexdigest(), len(data))


def with_files(blobs: Folder) -> Conversation:
    cat = Attachment(
        AttachmentKind.IMAGE,
        "кот\x1b[31m.png",
        "image/png",
        blobs.put(PNG),
        blobs.put(SMALL),
        facts=Facts(width=40, height=30, sent_width=4, sent_height=3),
    )
    log = Attachment(AttachmentKind.TEXT, "a.log", "text/plain", blobs.put(LOG), text=LOG.decode())
    paste = Attachment(AttachmentKind.PASTE, "", "text/plain", blobs.put(b"long\n"), text="long\n")
    made = Attachment(AttachmentKind.IMAGE, "image-1.png", "image/png", blobs.put(PNG))
    return Conversation.of(
        [
            Message(
                "q",
                Role.USER,
                "Кто это?",
                attachments=(cat, log, paste),
            ),
            Message("a", Role.ASSISTANT, "", "q", model="m", attachments=(made,)),
        ],
        id="c",
        title="Кот",
    )


@pytest.fixture
def blobs(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "blobs")


@pytest.fixture
def others(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "others")


def test_an_archive_brings_everything_back(tmp_path: Path, blobs: Folder, others: Folder) -> None:
    conversation = with_files(blobs)
    path = save(conversation, Format.JSON, tmp_path / "cat.json", blobs=blobs)
    assert path.name == "cat.zip" and stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert names[0] == "conversation.json" and len(names) == 1 + 4, "each file once"
    reader = Reader(path, blobs=others)
    assert list(reader.conversations()) == [conversation] and not list(reader.problems())
    assert others.all() == blobs.all()


def test_all_conversations_are_one_archive(tmp_path: Path, blobs: Folder, others: Folder) -> None:
    conversations = [with_files(blobs), Conversation.of([Message("x", Role.USER, "Hello")], id="d")]
    (path,) = export_all(conversations, Format.JSON, tmp_path, blobs=blobs)
    assert path.name == "neurotui.zip"
    assert list(Reader(path, blobs=others).conversations()) == conversations


@pytest.mark.parametrize("format", [Format.MARKDOWN, Format.TEXT, Format.HTML])
def test_a_picture_that_came_without_a_name_is_called_one(format: Format, tmp_path: Path) -> None:
    made = Attachment(AttachmentKind.IMAGE, "", "image/png", Blob("a" * 64, 5091), facts=Facts(64, 40))
    conversation = Conversation.of([Message("a", Role.ASSISTANT, "", model="m", attachments=(made,))])
    assert "picture · 64×40 · 5.1 KB" in export(conversation, format, tmp_path).read_text()


def test_without_files_it_is_the_file_of_always(tmp_path: Path, blobs: Folder) -> None:
    conversation = Conversation.of([Message("x", Role.USER, "Hello")], id="d")
    path = export(conversation, Format.JSON, tmp_path, blobs=blobs)
    assert path.suffix == ".json" and json.loads(path.read_text())["conversations"][0]["id"] == "d"


def test_a_lost_file_is_left_out_and_told(tmp_path: Path, blobs: Folder, others: Folder) -> None:
    conversation = with_files(blobs)
    (blobs.folder / blob_of(LOG).digest).write_bytes(b"damaged")
    path = save(conversation, Format.JSON, tmp_path / "cat.zip", blobs=blobs)
    reader = Reader(path, blobs=others)
    (found,) = reader.conversations()
    assert [each.name for each in found.messages["q"].attachments] == ["кот\x1b[31m.png", ""]
    assert found.messages["q"].parts == (Part("file"),)
    assert list(reader.problems()) == ["1 attachment is not in the file, only its place"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("blobs/{two}/{digest}", PNG[:-1] + b"x"),  # another digest
        ("blobs/{two}/{digest}", PNG + b"more"),
        ("../blobs/{two}/{digest}", PNG),
        ("/blobs/{two}/{digest}", PNG),
        ("blobs/{digest}", PNG),
    ],
)
def test_what_is_not_the_file_is_not_taken(tmp_path: Path, others: Folder, name: str, data: bytes) -> None:
    before = set(tmp_path.parent.iterdir())
    path = archive_of(tmp_path, blob_of(PNG), name, data)
    (found,) = Reader(path, blobs=others).conversations()
    assert not found.messages["q"].attachments and not others.all()
    assert set(tmp_path.parent.iterdir()) == before


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path, others: Folder) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(PNG)
    info = zipfile.ZipInfo("blobs/{two}/{digest}")
    path = archive_of(tmp_path, blob_of(PNG), info.filename, os.fsencode(secret), mode=stat.S_IFLNK | 0o777)
    (found,) = Reader(path, blobs=others).conversations()
    assert not found.messages["q"].attachments and not others.all()


def test_a_bomb_is_not_unpacked(tmp_path: Path, others: Folder) -> None:
    zeros = bytes(80_000_000)
    path = archive_of(tmp_path, blob_of(zeros), "blobs/{two}/{digest}", zeros)
    assert path.stat().st_size < 100_000
    reader = Reader(path, blobs=others)
    (found,) = reader.conversations()
    assert not found.messages["q"].attachments and not others.all() and list(reader.problems())


def archive_of(folder: Path, blob: Blob, name: str, data: bytes, mode: int = 0) -> Path:
    attachment = Attachment(AttachmentKind.IMAGE, "cat.png", "image/png", blob)
    conversation = Conversation.of([Message("q", Role.USER, "Кто?", attachments=(attachment,))])
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversation.json", "".join(document.render(conversation)))
        info = zipfile.ZipInfo(name.format(two=blob.digest[:2], digest=blob.digest))
        info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
        archive.writestr(info, data)
    return path


def test_transcripts_for_people_name_files(blobs: Folder) -> None:
    conversation = with_files(blobs)
    for form in (Format.MARKDOWN, Format.TEXT):
        text = "".join(render(conversation, form, blobs))
        assert "кот␛" in text and "40×30" in text and "a.log" in text and "image-1.png" in text
        assert "long" in text, "what was pasted is the user's own word"
        assert "\x1b" not in text
    page = "".join(render(conversation, Format.HTML, blobs))
    assert page.count('src="data:image/png;base64,') == 2 and "\x1b" not in page
    (blobs.folder / blob_of(PNG).digest).unlink()
    assert "<img" not in "".join(render(conversation, Format.HTML, blobs))


def test_a_picture_on_a_page_is_what_its_bytes_are(blobs: Folder) -> None:
    script = blobs.put(b"<svg onload=alert(1)>")
    attachment = Attachment(AttachmentKind.IMAGE, 'a"><script>.png', "image/png", script)
    conversation = Conversation.of([Message("q", Role.USER, "", attachments=(attachment,))])
    page = "".join(render(conversation, Format.HTML, blobs))
    assert "<img" not in page and page.count("<script") == 1 and "<svg" not in page


def test_chatgpt_brings_its_pictures(tmp_path: Path, others: Folder) -> None:
    asset = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-Ab1"}
    drawn = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_0c2"}
    lost = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_gone"}
    listed = [{"id": "file-Ab1", "name": "кот.png"}, {"id": "file-Cd3", "name": "notes.txt"}]
    nodes: list[dict[str, Any]] = [
        node("q1", None, "user", [asset, "Кто это?"], {"attachments": listed}),
        node("t1", "q1", "tool", [drawn]),
        node("a1", "t1", "assistant", ["Кот."]),
        node("q2", "a1", "user", [lost, "А это?"]),
    ]
    data = [{"conversation_id": "c", "mapping": {each["id"]: each for each in nodes}, "current_node": "q2"}]
    path = tmp_path / "chatgpt.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps(data))
        archive.writestr("file-Ab1-cat.png", PNG)
        archive.writestr("dalle-generations/file_0c2.dat", SMALL)
        archive.writestr("file-Cd3-notes.txt", LOG)
    reader = Reader(path, blobs=others)
    (conversation,) = reader.conversations()
    question, made, answer, _last = conversation.path()
    assert [(each.name, each.kind, each.blob) for each in question.attachments] == [
        ("кот.png", AttachmentKind.IMAGE, blob_of(PNG)),
        ("notes.txt", AttachmentKind.TEXT, blob_of(LOG)),
    ]
    assert question.attachments[0].facts == Facts(width=40, height=30)
    assert (made.role, made.text, made.status) == (Role.ASSISTANT, "", Status.COMPLETE)
    assert made.attachments[0].name == "file_0c2.png" and answer.text == "Кот."
    assert list(reader.problems()) == ["1 attachment is not in the file, only its place"]
    assert set(others.all().values()) == {PNG, SMALL, LOG}


def node(
    id_: str, parent: str | None, role: str, parts: list[Any], metadata: object = None
) -> dict[str, Any]:
    return {
        "id": id_,
        "parent": parent,
        "message": {
            "id": id_,
            "author": {"role": role},
            "content": {"content_type": "multimodal_text", "parts": parts},
            "metadata": metadata or {},
        },
    }
