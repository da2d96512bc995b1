"""Texts by their bytes: which encoding they are in, and whether they are texts at all. Pure.

A byte order mark tells; then UTF-8, which nothing else looks like; then UTF-16 and UTF-32 by where their
zero bytes stand. Of the eight-bit encodings those of Russian are told apart by its letters: which of them
follow each other, and that a capital does not follow a small letter in a word. Western European text has its
few letters beyond ASCII within words of ASCII letters. What is none of these is refused: it would be sent as
nonsense, and nobody would see why the answer is nonsense too.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_RUSSIAN = ("windows-1251", "koi8-r", "cp866")
_WESTERN = "windows-1252"

_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\b\x1a\x1b"))
"""Control bytes that text hardly ever has; escape sequences and overstrikes it does have."""
_MOST_CONTROLS = 1 / 200
_SAMPLE = 50_000
"""An encoding is told by so many bytes."""
_HIGH = re.compile(rb"[\x80-\xff]")
_BEFORE, _AFTER = 40, 80
"""So much around a byte beyond ASCII is looked at (bytes)."""

_PLAIN = re.compile(r"[\t\n\f\r\x1b\x20-\x7e\xa0-\u04ff\u2000-\u206f\u20a0-\u20bf\u2100-\u25ff]")
"""Characters that a text in UTF-16 or UTF-32 without a mark consists of, if it can be told."""
_MOST_OTHERS = 1 / 50

_FOLLOWERS = (
    "абвгдежзйклмнпрстхчшюяё баеклорущы вавеиклмнорстуыья гадилору давеиклноруыё ебвгдежзйклмнпрстчщё "
    "жадеин завдмноуыя ибвгдезйклмнрстфхцчшюя йдклст каеилнорсту лаежилносучьюя мавеимнопуыя "
    "нагдеиностуцчыьяё обвгдежзийклмнопрстфхчшя паеиклору равеимностушыья савеиклмнопрстучыьяё "
    "тавеикмнопрсуыь угдежйклмнпрстчщю фаи хор цаеи чаеинтё шаеикл щаеиё ыбвейлмтхш ьзкстшю экт ютчщ "
    "ядезлнт ёмнт "
)
"""Each Russian letter, and those that often follow it: 320 pairs, 97 of a hundred in a text."""
_PAIRS = frozenset(word[0] + letter for word in _FOLLOWERS.split() for letter in word[1:])
_ENOUGH = 0.6
"""The least share of such pairs in a Russian text; a wrong reading has less than a half of them."""
_WORD = re.compile(r"[^\W\d_]+")
_WITHIN = re.compile(r"(?<=[^\W\d_])[^\w\x00-\x7f’]|[^\w\x00-\x7f’](?=[^\W\d_])")
"""A sign that touches a letter."""
_TOUCHING = frozenset("│║«»„“”…—–№°·")
"""Those that do so in a text: what frames a table from top to bottom, quotes, dashes."""
_MOST_WESTERN = 0.35
"""The largest share of letters beyond ASCII in a Western European text."""
_WESTERN_LETTERS = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžßðþÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽÐÞªº")


def decoded(data: bytes) -> tuple[str, str] | None:
    """Return a text and the name of its encoding; None if it is no text, or nobody can tell which."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            return None if text is None else (text, encoding)
    if b"\0" in data[:_SAMPLE]:
        return _wide(data) or _utf8(data)
    return _utf8(data) or _eight_bit(data)


def is_binary(head: bytes) -> bool:
    """True if no text begins so: known before all of a large file is read."""
    return b"\0" in head and decoded(head[: len(head) // 4 * 4]) is None


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _utf8(data: bytes) -> tuple[str, str] | None:
    text = None if _has_controls(data) else _strict(data, "utf-8")
    return None if text is None else (text, "utf-8")


def _has_controls(data: bytes) -> bool:
    """True if there are more control bytes than a text has."""
    return len(data) - len(data.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(data)


def _wide(data: bytes) -> tuple[str, str] | None:
    """Read UTF-16 or UTF-32 without a mark."""
    sample = data[: _SAMPLE // 4 * 4]
    for encoding in _WIDE:
        read = sample.decode(encoding, "replace")
        others = len(_PLAIN.sub("", read))
        if others <= _MOST_OTHERS * len(read) and (text := _strict(data, encoding)) is not None:
            return text, encoding
    return None


def _eight_bit(data: bytes) -> tuple[str, str] | None:
    if _has_controls(data):
        return None
    sample = _around_high_bytes(data)
    shares = {encoding: _share(sample.decode(encoding, "replace")) for encoding in _RUSSIAN}
    best = max(shares, key=lambda encoding: shares[encoding])
    if shares[best] >= _ENOUGH and (text := _strict(data, best)) is not None:
        return text, best
    text = _strict(data, _WESTERN)
    is_western = _is_western(sample.decode(_WESTERN, "replace"))
    return (text, _WESTERN) if text is not None and is_western else None


def _around_high_bytes(data: bytes) -> bytes:
    """Return pieces of a text that hold bytes beyond ASCII, which may come late and be few."""
    pieces: list[bytes] = []
    end = 0
    for found in _HIGH.finditer(data):
        if found.start() >= end:
            begin = max(end, found.start() - _BEFORE)
            end = found.start() + _AFTER
            pieces.append(data[begin:end])
            if len(pieces) * _AFTER > _SAMPLE:
                break
    return b"\n".join(pieces)


def _share(text: str) -> float:
    """Return which share of the pairs of letters beyond ASCII are usual in Russian: from 0 to 1."""
    usual, count = 0, sum(sign not in _TOUCHING for sign in _WITHIN.findall(text))
    for word in _WORD.findall(text):
        if not word.isascii():
            small = word.lower()
            for at in range(len(word) - 1):
                is_in_case = word[at] != small[at] or word[at + 1] == small[at + 1]
                usual += is_in_case and small[at : at + 2] in _PAIRS
                count += 1
    return usual / count if count else 0.0


def _is_western(text: str) -> bool:
    """True if the letters beyond ASCII are those of Western European languages, and few among the others."""
    letters = [sign for sign in text if sign.isalpha()]
    beyond = [letter for letter in letters if letter > "\x7f"]
    odd = sum(letter not in _WESTERN_LETTERS for letter in beyond)
    return 10 * odd <= len(beyond) and len(beyond) <= max(1, _MOST_WESTERN * len(letters))
