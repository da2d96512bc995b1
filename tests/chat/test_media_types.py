"""Types by first bytes, and sizes by headers, beside what Pillow says of the same files."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from neurotui.chat.media_types import media_type, picture_size

SIZES = ((1, 1), (300, 7), (1025, 513))
FORMS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}


def picture(form: str, size: tuple[int, int], **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lossless", [False, True])
def test_type_and_size_of_a_picture(form: str, size: tuple[int, int], lossless: bool) -> None:
    data = picture(form, size, lossless=lossless, progressive=lossless)
    assert media_type(data) == FORMS[form]
    assert picture_size(data) == size


def test_a_webp_with_more_in_it() -> None:
    data = picture("WEBP", (40, 30), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    assert data[12:16] == b"VP8X" and picture_size(data) == (40, 30)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xfe<\0s\0", ""),  # UTF-16
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"MZ\x90\0", ""),
        (b"", ""),
    ],
)
def test_other_types(head: bytes, kind: str) -> None:
    assert media_type(head) == kind
    assert picture_size(head) is None


@given(st.sampled_from(sorted(FORMS)), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_header_is_never_more_than_unknown(form: str, at: int, byte: int) -> None:
    data = bytearray(picture(form, (300, 7)))
    data[at % len(data)] = byte
    for cut in (data, data[:at]):
        found = picture_size(bytes(cut))
        assert found is None or (found[0] > 0 and found[1] > 0)
