"""How a request asks for the rest of an answer: it ends in that answer, and some servers want more."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurotui.wire.request import ChatRequest


class Prefill(StrEnum):
    """What tells a server to go on with the last message rather than to answer it."""

    PLAIN = "plain"
    """Nothing: llama.cpp, OpenRouter, Claude and Gemini through gateways."""
    CONTINUE_FINAL_MESSAGE = "continue_final_message"
    """vLLM, SGLang."""
    PREFIX = "prefix"
    """Mistral, DeepSeek."""
    PARTIAL = "partial"
    """Moonshot, DashScope."""


def prefilled(request: ChatRequest, prefill: Prefill) -> ChatRequest:
    """Return a request that ends in an answer so far, in the form that its server wants."""
    match prefill:
        case Prefill.PLAIN:
            return request
        case Prefill.CONTINUE_FINAL_MESSAGE:
            told = {"continue_final_message": True, "add_generation_prompt": False}
            return replace(request, parameters=told | dict(request.parameters))
        case Prefill.PREFIX | Prefill.PARTIAL:
            *before, last = request.messages
            return replace(request, messages=[*before, replace(last, fields={prefill.value: True})])


def wanted(refusal: str) -> Prefill | None:
    """Return the form that the words of a refusal name; None if they name none."""
    words = refusal.lower()
    named = (
        (Prefill.CONTINUE_FINAL_MESSAGE, "continue_final_message"),
        (Prefill.PREFIX, "prefix"),
        (Prefill.PARTIAL, "partial"),
    )
    return next((prefill for prefill, name in named if name in words), None)
