"""Files become attachments: kinds, limits, sizes, and what is refused with a sentence."""

from __future__ import annotations

import os
import socket
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from neurotui.app.attachments import pdf, scaling
from neurotui.app.attachments.attachment_text import attachment_label, remarks
from neurotui.app.attachments.files import MOST_TEXT, attach, attach_bytes
from neurotui.app.attachments.scaling import PictureLimits
from neurotui.chat.attachment_words import media_label
from neurotui.chat.attachments import Attachment, AttachmentKind, Facts
from neurotui.errors import AttachmentUnusable
from neurotui.i18n.formats import data_size
from neurotui.store.blobs import BlobStore
from neurotui.wire.parts import Blob
from neurotui.wire.price import Price
from tests.app import pictures

unix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "data")


def kept(blobs: BlobStore, attachment: Attachment) -> bytes:
    with blobs.open(attachment.blob) as file:
        return file.read()


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path: Path, blobs: BlobStore) -> str:
    """The sentence by which a file is refused; nothing of it is kept."""
    with pytest.raises(AttachmentUnusable) as caught:
        attach(path, blobs)
    assert [*blobs.digests()] == []
    return str(caught.value)


def test_a_text_is_kept_as_it_was_and_sent_as_its_text(tmp_path: Path, blobs: BlobStore) -> None:
    data = "Сколько?\r\n".encode("windows-1251") * 100
    path = put(tmp_path, "отчёт.csv", data)
    made = attach(path, blobs)
    assert (made.kind, made.name, made.text) == (AttachmentKind.TEXT, "отчёт.csv", "Сколько?\r\n" * 100)
    assert (made.facts.encoding, made.facts.path) == ("windows-1251", str(path))
    assert kept(blobs, made) == data
    assert attachment_label(made) == "отчёт.csv · 1 KB · ≈ 310 tok"
    assert remarks(made) == ["отчёт.csv was read as windows-1251"]


def test_an_svg_is_a_text(tmp_path: Path, blobs: BlobStore) -> None:
    made = attach(put(tmp_path, "a.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"), blobs)
    assert made.kind is AttachmentKind.TEXT and made.facts.encoding == "" and remarks(made) == []


def test_a_zero_in_a_text_is_not_sent_but_kept(tmp_path: Path, blobs: BlobStore) -> None:
    data = b"line\n" * 200 + b"\0end\n"
    made = attach(put(tmp_path, "a.log", data), blobs)
    assert made.text.endswith("line\n\ufffdend\n") and kept(blobs, made) == data


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (pictures.png(300, 200), "image/png"),
        (pictures.jpeg(300, 200), "image/jpeg"),
        (b"GIF89a" + (300).to_bytes(2, "little") + (200).to_bytes(2, "little") + bytes(20), "image/gif"),
    ],
)
def test_a_picture_is_the_bytes_of_its_file(
    tmp_path: Path, blobs: BlobStore, data: bytes, media_type: str
) -> None:
    made = attach(put(tmp_path, "cat.dat", data), blobs)
    assert (made.kind, made.media_type, made.sent) == (AttachmentKind.IMAGE, media_type, None)
    assert (made.facts.width, made.facts.height) == (300, 200)
    assert kept(blobs, made) == data
    assert attachment_label(made) == f"cat.dat · 300×200 · {data_size(len(data))} · ≈ 1,000 tok"


def test_a_picture_that_is_too_large_is_made_smaller_and_kept_in_both_forms(
    tmp_path: Path, blobs: BlobStore
) -> None:
    from PIL import Image

    data = pictures.jpeg(600, 200, pictures.exif(has_place=True, orientation=6))
    made = attach(put(tmp_path, "wide.jpg", data), blobs, pictures=PictureLimits(20_000_000, 300))
    assert made.sent is not None and kept(blobs, made) == data
    with blobs.open(made.sent) as file, Image.open(file) as smaller:
        assert smaller.format == "JPEG" and smaller.size == (100, 300), "which way is up is in the pixels"
        assert not smaller.getexif()
    assert (made.facts.sent_width, made.facts.sent_height, made.facts.has_place) == (100, 300, False)
    assert remarks(made) == ["wide.jpg is larger than the server takes: it is sent as 100×300"]


def test_nothing_of_a_place_is_in_the_smaller_picture(tmp_path: Path, blobs: BlobStore) -> None:
    xmp = b"<x:xmpmeta exif:GPSLatitude='55,45N'/>"
    data = pictures.jpeg(600, 200, pictures.exif(has_place=True))
    data = (
        data[:2]
        + b"\xff\xe1"
        + (len(xmp) + 31).to_bytes(2)
        + b"http://ns.adobe.com/xap/1.0/\0"
        + xmp
        + data[2:]
    )
    for name, made in {
        "a.jpg": data,
        "a.png": pictures.png(600, 2, (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)),
    }.items():
        attachment = attach(put(tmp_path, name, made), blobs, pictures=PictureLimits(20_000_000, 300))
        assert attachment.sent is not None and b"GPSLatitude" in kept(blobs, attachment)
        with blobs.open(attachment.sent) as file:
            assert b"GPSLatitude" not in file.read()


def test_a_picture_of_too_many_bytes_is_made_smaller_until_it_fits(tmp_path: Path, blobs: BlobStore) -> None:
    from PIL import Image

    noise = Image.frombytes("RGB", (200, 200), os.urandom(120_000))
    noise.save(tmp_path / "noise.png")
    made = attach(tmp_path / "noise.png", blobs, pictures=PictureLimits(50_000, 8000))
    assert made.sent is not None and made.sent.size <= 50_000 < made.blob.size
    assert made.media_type == "image/png" and 0 < made.facts.sent_width < 200


def test_without_pillow_the_extra_is_named(
    tmp_path: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "is_available", lambda: False)
    path = put(tmp_path, "wide.png", pictures.png(9000, 2))
    assert "neurotui[images]" in refusal(path, blobs) and "9,000×2" in refusal(path, blobs)


def test_a_picture_bomb_is_known_by_its_header(tmp_path: Path, blobs: BlobStore) -> None:
    tracemalloc.start()
    assert "100,000×100,000" in refusal(put(tmp_path, "bomb.png", pictures.bomb()), blobs)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_damaged_picture_is_refused(tmp_path: Path, blobs: BlobStore) -> None:
    assert "damaged" in refusal(put(tmp_path, "a.png", pictures.png()[:20]), blobs)


@pytest.mark.parametrize("has_place", [True, False])
def test_a_place_in_a_picture_is_told_and_left(tmp_path: Path, blobs: BlobStore, has_place: bool) -> None:
    exif = pictures.exif(has_place=has_place)
    for name, data in {
        "a.jpg": pictures.jpeg(30, 20, exif),
        "a.png": pictures.png(3, 2, (b"eXIf", exif.removeprefix(b"Exif\0\0"))),
    }.items():
        made = attach(put(tmp_path, name, data), blobs)
        assert made.facts.has_place is has_place and kept(blobs, made) == data
        told = [f"{name} tells where it was taken, and is sent as it is"]
        assert remarks(made) == (told if has_place else [])


def test_the_text_of_a_pdf_is_sent_with_its_pages(tmp_path: Path, blobs: BlobStore) -> None:
    data = pictures.pdf("First page", "", "Last page")
    made = attach(put(tmp_path, "a.pdf", data), blobs)
    assert made.kind is AttachmentKind.PDF and made.as_text and kept(blobs, made) == data
    assert made.text == "[1]\nFirst page\n\n[3]\nLast page\n"
    assert (made.facts.pages, made.facts.blank_pages) == (3, 1)
    assert remarks(made) == ["a.pdf: the text of pages 1–3 is sent, 1 without text"]
    assert " · 3 pages · " in attachment_label(made)


def test_a_pdf_is_sent_as_it_is_where_the_model_takes_files(tmp_path: Path, blobs: BlobStore) -> None:
    data = pictures.pdf("", password="secret")
    made = attach(put(tmp_path, "a.pdf", data), blobs, takes={"text", "file"})
    assert not made.as_text and not made.text and kept(blobs, made) == data and remarks(made) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pictures.pdf("", ""), "no text"),
        (pictures.pdf("a", password="secret"), "password"),
        (b"%PDF-1.7\n" + bytes(3000), "damaged"),
    ],
)
def test_a_pdf_without_text_is_refused(tmp_path: Path, blobs: BlobStore, data: bytes, sentence: str) -> None:
    assert sentence in refusal(put(tmp_path, "a.pdf", data), blobs)


def test_a_pdf_may_take_no_longer_than_it_is_given(blobs: BlobStore) -> None:
    with pytest.raises(AttachmentUnusable, match="more than"):
        pdf.document("a.pdf", pictures.pdf("a"), MOST_TEXT, patience=0.01)


def test_without_pypdf_the_extra_is_named(
    tmp_path: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    assert "neurotui[pdf]" in refusal(put(tmp_path, "a.pdf", pictures.pdf("a")), blobs)


@pytest.mark.parametrize(
    ("data", "media_type", "seconds"),
    [(pictures.wav(2.5), "audio/wav", 2.5), (pictures.mp3(100), "audio/mpeg", 2.6)],
)
def test_a_sound_tells_its_length(
    tmp_path: Path, blobs: BlobStore, data: bytes, media_type: str, seconds: float
) -> None:
    made = attach(put(tmp_path, "a.snd", data), blobs)
    assert (made.kind, made.media_type) == (AttachmentKind.AUDIO, media_type)
    assert made.facts.seconds == pytest.approx(seconds, rel=0.02) and kept(blobs, made) == data
    assert f" · {seconds} s · " in attachment_label(made)


def test_what_is_none_of_these_is_refused(tmp_path: Path, blobs: BlobStore) -> None:
    assert "neither a text" in refusal(put(tmp_path, "a.zip", b"PK\x03\x04" + bytes(100)), blobs)
    assert "empty" in refusal(put(tmp_path, "a.txt", b""), blobs)
    assert "No such file" in refusal(tmp_path / "gone.txt", blobs)


def test_a_large_file_is_refused_at_once_and_without_memory(tmp_path: Path, blobs: BlobStore) -> None:
    for name, head in {
        "a.txt": b"text\n" * 1000,
        "a.png": pictures.png(),
        "a.bin": b"\x7fELF\0\0\0\0",
    }.items():
        with (tmp_path / name).open("wb") as file:
            file.write(head)
            file.truncate(300_000_000)
        tracemalloc.start()
        began = time.perf_counter()
        sentence = refusal(tmp_path / name, blobs)
        assert time.perf_counter() - began < 0.2
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()
        assert ("300 MB" in sentence) is (name != "a.bin")


@unix
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, blobs: BlobStore) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")):
            assert "a device or a pipe" in refusal(path, blobs)
        refusal(tmp_path / "socket", blobs)
    if Path("/proc/self/status").exists():
        assert "no size" in refusal(Path("/proc/self/status"), blobs)
    for name in ("/proc/kmsg", "/proc/self/mem", "/proc/self/pagemap"):
        refusal(Path(name), blobs)


@unix
@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_must_not_be_read_is_refused(tmp_path: Path, blobs: BlobStore) -> None:
    path = put(tmp_path, "a.txt", "text")
    path.chmod(0)
    assert "Permission denied" in refusal(path, blobs)


def test_a_file_that_grows_all_the_time_is_taken_as_it_was(
    tmp_path: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = put(tmp_path, "a.log", "line\n" * 100), os.read

    def grow(descriptor: int, count: int) -> bytes:
        with path.open("a", encoding="utf-8") as file:
            file.write("more\n")
        return read(descriptor, count)

    monkeypatch.setattr("neurotui.app.attachments.file_reading.os.read", grow)
    made = attach(path, blobs)
    assert len(made.text) > 500 and path.read_text().startswith(made.text)


def test_a_file_that_is_written_anew_while_it_is_read_is_refused(
    tmp_path: Path, blobs: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = put(tmp_path, "a.log", "line\n" * 100), os.read

    def shrink(descriptor: int, count: int) -> bytes:
        os.truncate(path, path.stat().st_size - 1)
        return read(descriptor, count)

    monkeypatch.setattr("neurotui.app.attachments.file_reading.os.read", shrink)
    assert "changes while it is read" in refusal(path, blobs)


@pytest.mark.parametrize("name", ["[red]a[bold].txt", "я" * 120 + ".txt", "a\x1b[31m\nb.txt"])
def test_names_are_kept_as_they_are_and_shown_clean(tmp_path: Path, blobs: BlobStore, name: str) -> None:
    made = attach(put(tmp_path, name, "text"), blobs)
    assert made.name == name
    label = attachment_label(made)
    assert "\x1b" not in label and "\n" not in label and len(label) < 100


@unix
def test_a_name_that_is_no_text_can_be_attached(tmp_path: Path, blobs: BlobStore) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))
    path.write_bytes(b"text")
    made = attach(path, blobs)
    assert (made.name, made.facts.path) == ("\ufffd.txt", "")


def test_a_folder_is_one_text(tmp_path: Path, blobs: BlobStore) -> None:
    folder = tmp_path / "src"
    put(folder, "main.py", "print(1)\n")
    put(folder, "lib/b.md", "```\nx\n```\n")
    put(folder, "lib/a.txt", "да".encode("windows-1251"))
    put(folder, ".env", "KEY=1")
    put(folder, "build/out.o", b"\x7fELF\0\0")
    put(folder, "logs/keep.log", "kept")
    put(folder, "logs/drop.log", "dropped")
    put(folder, "target/deep/x.txt", "dropped")
    put(folder, ".gitignore", "*.log\n!keep.log\ntarget/\n")
    made = attach(folder, blobs)
    assert made.kind is AttachmentKind.FOLDER and made.is_text
    assert made.text == (
        "src/main.py:\n```\nprint(1)\n```\n\n"
        "src/lib/a.txt:\n```\nда\n```\n\n"
        "src/lib/b.md:\n````\n```\nx\n```\n````\n\n"
        "src/logs/keep.log:\n```\nkept\n```"
    )
    assert (made.facts.files, made.facts.left_out) == (4, 5)
    assert attachment_label(made).startswith("src/ · 4 files · ")
    assert remarks(made) == ["src/: 5 files are left out: hidden, ignored, or no text"]


def test_what_the_repository_around_ignores_is_left_out(tmp_path: Path, blobs: BlobStore) -> None:
    put(tmp_path / "repo", ".gitignore", "/src/gen\n*.tmp")
    (tmp_path / "repo/.git").mkdir()
    put(tmp_path / "repo/src", "a.txt", "a")
    put(tmp_path / "repo/src", "b.tmp", "b")
    put(tmp_path / "repo/src", "gen/c.txt", "c")
    made = attach(tmp_path / "repo/src", blobs)
    assert (made.facts.files, made.facts.left_out) == (1, 2)


@unix
def test_links_in_a_folder_are_not_followed(tmp_path: Path, blobs: BlobStore) -> None:
    folder = tmp_path / "src"
    put(folder, "a.txt", "a")
    put(tmp_path, "secret.txt", "s")
    (folder / "loop").symlink_to(folder)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe")
    made = attach(folder, blobs)
    assert (made.facts.files, made.facts.left_out) == (1, 3)


def test_a_folder_has_limits(tmp_path: Path, blobs: BlobStore) -> None:
    for number in range(501):
        put(tmp_path / "many", f"{number}.txt", "x")
    assert "500" in refusal(tmp_path / "many", blobs)
    put(tmp_path / "large", "a.txt", "x" * 3_000_000)
    put(tmp_path / "large", "b.txt", "x" * 1_000_001)
    assert "4 MB" in refusal(tmp_path / "large", blobs)
    (tmp_path / "none").mkdir()
    assert "no text files" in refusal(tmp_path / "none", blobs)


def test_standard_input_is_attached_as_a_file(blobs: BlobStore) -> None:
    assert attach_bytes("stdin", pictures.png(), blobs).kind is AttachmentKind.IMAGE
    with pytest.raises(AttachmentUnusable, match="4 MB"):
        attach_bytes("stdin", b"x" * (MOST_TEXT + 1), blobs)


def test_labels_tell_the_cost_where_the_price_is_known() -> None:
    made = Attachment(AttachmentKind.TEXT, "a.txt", "text/plain", Blob("", 40_000), text="x" * 40_000)
    assert attachment_label(made, Price(3_000_000, 1)) == "a.txt · 40 KB · ≈ 10,000 tok · ≈ $0.03"
    picture = Attachment(AttachmentKind.IMAGE, "", "image/png", Blob("", 5), facts=Facts(1024, 1024))
    assert media_label(picture) == "picture · 1024×1024 · PNG"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1400, "1.4 KB"),
        (12_345, "12 KB"),
        (5_200_000, "5.2 MB"),
        (1_300_000_000, "1.3 GB"),
    ],
)
def test_sizes_have_two_digits_or_so(count: int, words: str) -> None:
    assert data_size(count) == words
