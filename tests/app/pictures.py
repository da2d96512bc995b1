"""Small real files: pictures, sounds and documents, made byte by byte."""

from __future__ import annotations

import io
import struct
import zlib


def png(width: int = 3, height: int = 2, *extra: tuple[bytes, bytes]) -> bytes:
    """A grey picture, with further chunks."""
    rows = b"".join(b"\0" + bytes(width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def bomb() -> bytes:
    """A picture that says to have 100,000 × 100,000 pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def jpeg(width: int, height: int, exif: bytes = b"") -> bytes:
    """A picture by Pillow, with Exif data."""
    from PIL import Image

    into = io.BytesIO()
    Image.new("RGB", (width, height), (10, 200, 30)).save(into, "JPEG", exif=exif)
    return into.getvalue()


def exif(*, has_place: bool, orientation: int = 1) -> bytes:
    """Exif data of a camera, with a place or without."""
    from PIL import Image

    data = Image.Exif()
    data[0x0112] = orientation
    data[0x0110] = "Camera 1"
    if has_place:
        data.get_ifd(0x8825).update({1: "N", 2: (55.0, 45.0, 7.0), 3: "E", 4: (37.0, 37.0, 3.0)})
    return data.tobytes()


def wav(seconds: float) -> bytes:
    """Silence, 8,000 samples a second."""
    import wave

    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(round(seconds * 16_000)))
    return into.getvalue()


def mp3(frames: int) -> bytes:
    """Frames of silence, 128 kbit/s, 44,100 samples a second, behind an ID3 tag."""
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    return b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + frame * frames


def pdf(*pages: str, password: str = "") -> bytes:
    """A document with a line of text on each page."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
    )
    for text in pages:
        page = writer.add_blank_page(300, 300)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    into = io.BytesIO()
    writer.write(into)
    return into.getvalue()


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, body = chunk
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
