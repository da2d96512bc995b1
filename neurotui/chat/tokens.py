"""Estimates of tokens: for the rate of a stream and for a stopped answer, never for a bill."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurotui.wire.parts import Content


ASCII_PER_TOKEN = 4
OTHER_PER_TOKEN = 3
"""Characters of Russian per token with the vocabularies of today's models, which vary from 2 to 4."""
PER_IMAGE = 1000
"""Tokens of a picture: providers count from 85 to some 1,600, by its size."""
PER_SECOND = 10
"""Tokens of a second of sound."""
BYTES_PER_SECOND = 32_000
"""Bytes of a second of uncompressed speech."""
BYTES_PER_PAGE = 50_000
PER_PAGE = 1000
"""Tokens of a page that a server reads by itself."""


def estimate_tokens(text: str) -> int:
    """Estimate the number of tokens in `text`: at least one, unless it is empty."""
    if not text:
        return 0
    if text.isascii():
        return max(1, round(len(text) / ASCII_PER_TOKEN))
    ascii_count = len(text.encode("ascii", "ignore"))
    return max(1, round(ascii_count / ASCII_PER_TOKEN + (len(text) - ascii_count) / OTHER_PER_TOKEN))


def content_tokens(content: Content) -> int:
    """Estimate the number of tokens in a message of a request."""
    from neurotui.wire.parts import AudioPart, FilePart, ImagePart, text_of

    tokens = estimate_tokens(text_of(content))
    for part in () if isinstance(content, str) else content:
        match part:
            case ImagePart():
                tokens += PER_IMAGE
            case AudioPart(blob):
                tokens += max(1, PER_SECOND * blob.size // BYTES_PER_SECOND)
            case FilePart(blob):
                tokens += PER_PAGE * max(1, blob.size // BYTES_PER_PAGE)
    return tokens
