"""Files that come in an answer: what they are, how they are called, and that the answer waits for them."""

from __future__ import annotations

import asyncio

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind
from neurotui.chat.conversation import Part, Status
from neurotui.chat.receipts import receipt
from neurotui.chat.received import file_name, received
from neurotui.errors import DiskFull
from neurotui.wire.events import Finished, FinishReason, MediaReceived, PartReceived, Sent, TextDelta
from neurotui.wire.parts import Blob
from tests.app.pictures import mp3
from tests.chat.pictures import base64_of, bomb, png, wav
from tests.chat.test_session import MemoryBlobs, MemoryJournal, Script, session_of, started

PICTURE = MediaReceived("image", base64_of(png(3, 2)))
BROKEN = MediaReceived("image", "no base64!")
END: Script = [FinishReason("stop"), Finished(True)]


@pytest.mark.parametrize(
    ("data", "kind", "media_type", "facts"),
    [
        (png(3, 2), AttachmentKind.IMAGE, "image/png", (3, 2, 0.0)),
        (bomb(), AttachmentKind.IMAGE, "image/png", (100_000, 100_000, 0.0)),
        (wav(0.5), AttachmentKind.AUDIO, "audio/wav", (0, 0, 0.5)),
        (mp3(50), AttachmentKind.AUDIO, "audio/mpeg", (0, 0, 1.3)),
        (b"%PDF-1.7\n", AttachmentKind.PDF, "application/pdf", (0, 0, 0.0)),
        ("<svg/> да".encode(), AttachmentKind.TEXT, "image/png", (0, 0, 0.0)),
        (b"\x7fELF\0\0", AttachmentKind.FILE, "image/png", (0, 0, 0.0)),
    ],
)
def test_a_file_is_what_its_first_bytes_say(
    data: bytes, kind: AttachmentKind, media_type: str, facts: tuple[int, int, float]
) -> None:
    blobs = MemoryBlobs()
    made = received(MediaReceived("image", base64_of(data), "image/png", "a.png"), blobs)
    assert (made.kind, made.media_type, made.name) == (kind, media_type, "a.png")
    assert (made.facts.width, made.facts.height, round(made.facts.seconds, 1)) == facts
    assert blobs.found[made.blob.digest] == data
    assert made.blob.size == len(data)


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("", "image/png", "picture-2.png"),
        ("cat.png", "image/png", "cat.png"),
        ("cat.jpeg", "image/jpeg", "cat.jpeg"),
        ("cat.exe", "image/png", "cat.exe.png"),
        ("../../.bashrc", "image/png", "bashrc.png"),
        ("C:\\Users\\me\\cat.png", "image/png", "cat.png"),
        ("/etc/passwd", "image/jpeg", "passwd.jpg"),
        ("a\x1b]0;b\x07<c>|?.png", "image/png", "a␛]0;b␇_c___.png"),
        ("CON.png", "image/png", "_CON.png"),
        ("кот.png", "image/png", "кот.png"),
        (". . .", "image/gif", "picture-2.gif"),
        ("ы" * 400, "image/png", "ы" * 60 + ".png"),
    ],
)
def test_names_lead_nowhere(name: str, media_type: str, expected: str) -> None:
    attachment = Attachment(AttachmentKind.IMAGE, name, media_type, Blob("", 0))
    assert file_name(attachment, 2) == expected


async def test_the_answer_ends_when_its_files_are_kept() -> None:
    session, _, journal, onlooker = session_of([Sent(), TextDelta("See:"), PICTURE, *END])
    journal.slow.clear()
    reply = await started(session, onlooker)
    for _turn in range(5):
        await asyncio.sleep(0)
    assert session.turn is not None and session.turn.ended
    assert session.running and not reply.done()
    assert session.turn.message().parts == (Part("image"),), "named until it is kept"
    assert "MediaReceived" not in onlooker.seen
    journal.slow.set()
    answer = await reply
    assert (answer.status, answer.parts) == (Status.COMPLETE, ())
    (picture,) = answer.attachments
    assert journal.blobs.found[picture.blob.digest] == png(3, 2)
    assert onlooker.seen[-2:] == ["MediaReceived", "=complete"]
    assert journal.log[-2:] == [("note", "0"), ("finish", "complete", "See:")]


async def test_a_picture_alone_is_an_answer() -> None:
    session, _, _, _ = session_of([Sent(), PICTURE, *END])
    answer = await session.send("draw")
    assert (answer.status, answer.text, len(answer.attachments)) == (Status.COMPLETE, "", 1)
    assert receipt(answer) is None


async def test_a_stop_keeps_what_was_whole() -> None:
    session, _, journal, onlooker = session_of([Sent(), PartReceived("audio"), PICTURE, TextDelta("x"), 60.0])
    journal.slow.clear()
    reply = await started(session, onlooker)
    stopping = asyncio.ensure_future(session.stop())
    for _turn in range(5):
        await asyncio.sleep(0)
    journal.slow.set()
    await stopping
    answer = await reply
    assert (answer.status, answer.parts) == (Status.STOPPED, (Part("audio"),))
    assert len(answer.attachments) == 1


@pytest.mark.parametrize("full", [False, True])
async def test_what_cannot_be_kept_is_named(full: bool) -> None:
    journal = MemoryJournal()
    session, _, _, onlooker = session_of(
        [Sent(), TextDelta("See:"), PICTURE if full else BROKEN, PICTURE, *END], journal=journal
    )
    if full:
        journal.slow.clear()
        reply = await started(session, onlooker)
        journal.trouble = DiskFull()
        journal.slow.set()
        answer = await reply
        assert "!disk_full" in onlooker.seen
        assert (answer.parts, answer.attachments) == ((Part("image", 2),), ())
    else:
        answer = await session.send("draw")
        assert (answer.parts, len(answer.attachments)) == ((Part("image"),), 1)
    assert answer.status is Status.COMPLETE
    ended = receipt(answer)
    assert ended is not None and "cannot be shown here" in ended.line


async def test_a_sound_that_was_announced_counts_once() -> None:
    sound = MediaReceived("audio", base64_of(wav()), transcript="Hi", announced=True)
    session, _, _, _ = session_of([Sent(), PartReceived("audio"), TextDelta("Hi"), sound, *END])
    answer = await session.send("speak")
    assert answer.parts == ()
    assert [(each.kind, each.text) for each in answer.attachments] == [(AttachmentKind.AUDIO, "")]
