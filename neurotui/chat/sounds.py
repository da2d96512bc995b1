"""The length of a sound by its header: WAV and MP3. Pure.

MP3 is MPEG 1 or 2, layer III, as ISO 11172-3 and 13818-3 have it, with ID3 before it or not.
"""

from __future__ import annotations

import struct

_RATES = {  # kbit/s by the four bits of a header
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLING = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Samples a second by the two bits of the version."""


def seconds_of(data: bytes) -> float:
    """Return the length of a sound; 0 where its header does not tell."""
    try:
        return _wav(data) if data.startswith(b"RIFF") else _mp3(data)
    except struct.error:
        return 0.0


def _wav(data: bytes) -> float:
    at, rate = 12, 0
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"fmt ":
            rate = int.from_bytes(data[at + 16 : at + 20], "little")
        if kind == b"data":
            # A program that wrote into a pipe did not know the length.
            return min(length, len(data) - at - 8) / rate if rate else 0.0
        at += 8 + length + length % 2
    return 0.0


def _mp3(data: bytes) -> float:
    begin = 0
    if data.startswith(b"ID3") and len(data) > 10:
        begin = 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    for at in range(begin, min(begin + 4096, len(data))):
        if (frame := _frame(data, at)) is None:
            continue
        rate, sampling, samples = frame
        for mark in (b"Xing", b"Info"):
            place = data.find(mark, at, at + 64)
            if place >= 0:
                flags, count = struct.unpack_from(">II", data, place + 4)
                if flags & 1:
                    return float(count * samples / sampling)
        return (len(data) - at) * 8 / (rate * 1000)
    return 0.0


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return kbit/s, samples a second and samples of a frame of layer III; None if none begins here."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return None
    version, rate, sampling = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or rate in (0, 15) or sampling == 3:
        return None
    is_first = version == 3
    return _RATES[1 if is_first else 2][rate], _SAMPLING[version][sampling], 1152 if is_first else 576
