"""Text piped in: a byte order mark tells its encoding, and without one it is UTF-8.

Anything else is refused, with the place where it stops being text: replacement characters would be sent and
paid for, and nobody would see why the answer is nonsense.
"""

from __future__ import annotations

import codecs
import sys
import threading

from neurotui.errors import InputUnusable
from neurotui.i18n import _

PATIENCE = 1.0
"""Seconds until the user is told what is awaited."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\b\x1b"))
"""Control bytes that text hardly ever has; escape sequences and overstrikes it does have."""


def read_input(most: int, *, one_line: bool = False) -> bytes:
    """Read standard input to its end, at most `most` bytes; say so if that takes long.

    With `one_line`, stop after the first line, unless the encoding is UTF-16 or UTF-32. A terminal gets no
    notice: somebody is typing there.
    """
    notice = threading.Timer(PATIENCE, _tell)
    notice.daemon = True
    if not sys.stdin.isatty():
        notice.start()
    try:
        data = sys.stdin.buffer.readline(most) if one_line else b""
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
        return data if one_line and not wide else data + sys.stdin.buffer.read(most - len(data))
    finally:
        notice.cancel()


def _tell() -> None:
    from neurotui.cli.output import say

    say(_("waiting for standard input to end; to ask without it, add < /dev/null"))


def decoded(data: bytes) -> str:
    """Decode bytes. Raises InputUnusable."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    data = data.removeprefix(mark)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unusable(data[: error.start], encoding, _convert()) from None
    if not mark and _is_binary(data):
        first = next(at for at, byte in enumerate(data) if byte in _CONTROLS)
        looks = _("It looks like binary data, or like UTF-16, which iconv -f UTF-16LE -t UTF-8 converts")
        raise _unusable(data[:first], encoding, looks)
    return text


def _is_binary(data: bytes) -> bool:
    """True if too many bytes are not text: it is something else, such as UTF-16 without a mark."""
    count = len(data) - len(data.translate(None, _CONTROLS))
    return 20 * count > len(data) and (count > 3 or 2 * count >= len(data))


def check_argument(text: str) -> None:
    """Raise InputUnusable if an argument was not text in the system's encoding."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _unusable(text[: error.start].encode(), "utf-8", _convert()) from None


def _convert() -> str:
    return _("Convert it first, for example with iconv -f CP1251 -t UTF-8")


def _unusable(before: bytes, encoding: str, cause: str) -> InputUnusable:
    """Return the error for the byte after `before`, with its line and its byte in the line, from 1."""
    text = before.decode(encoding)
    byte = len(text.rpartition("\n")[2].encode(encoding)) + 1
    return InputUnusable(cause, line=text.count("\n") + 1, byte=byte)


def read_question(words: list[str], most: int, *, is_read: bool = False) -> str:
    """Return the question: the arguments, and after them standard input, unless that `is_read` already.

    Of standard input, no more than `most` bytes. As with other tools, a terminal is read only if `-` is the
    last word.
    """
    wanted = words[-1:] == ["-"]
    for word in words:
        check_argument(word)
    parts = [" ".join(words[:-1] if wanted else words)]
    if not is_read and (wanted or not sys.stdin.isatty()):
        data = read_input(most)
        parts.append(decoded(data) if len(data) < most else data.decode("utf-8", "replace"))
    return "\n\n".join(part for part in parts if part)
