"""Decoders of answers, by what was asked for."""

from __future__ import annotations

from neurotui.wire.completions import CompletionDecoder
from neurotui.wire.pictures import PictureDecoder
from neurotui.wire.request import ChatRequest, PictureRequest

Decoder = CompletionDecoder | PictureDecoder


def decoder_of(request: ChatRequest) -> type[Decoder]:
    """Return what reads the answer to a request."""
    return PictureDecoder if isinstance(request, PictureRequest) else CompletionDecoder
