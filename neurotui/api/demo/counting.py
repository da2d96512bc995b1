"""Counts of tokens that the demo tells and bills in play money, and of those that it had read before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neurotui.api.demo.script import PRICES, Scene, tokens

CHARACTERS = 5
"""Of a question, so many are a token."""
PER_MESSAGE = 4
PER_FILE = 300
LEAST_CACHED = 1000
"""So many tokens are kept at least, as with most servers."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of a request and its answer."""

    prompt: int
    cached: int
    reasoning: int
    completion: int

    def as_json(self) -> dict[str, object]:
        """Return them as a server tells them."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


class Counter:
    """Counts and bills requests, and keeps the last one of each model."""

    def __init__(self) -> None:
        self.spent = 12.34
        """Dollars of play money that were spent."""
        self._kept: dict[str, list[Any]] = {}

    def count(self, model: str, messages: list[Any], scene: Scene) -> Counts:
        """Return the counts for an answer to messages, which are kept; bill the question."""
        kept, self._kept[model] = self._kept.get(model, []), messages
        shared = 0
        while shared < min(len(kept), len(messages)) and kept[shared] == messages[shared]:
            shared += 1
        prompt, cached = _count(messages), _count(messages[:shared])
        cached = cached if cached >= LEAST_CACHED else 0
        reasoning = sum(1 for _ in tokens(scene.reasoning))
        completion = reasoning + sum(1 for _ in tokens(scene.text))
        fresh_price, _price, cached_price = map(float, PRICES.get(model, ("0", "0", "0")))
        self.spent += (prompt - cached) * fresh_price + cached * cached_price
        return Counts(prompt, cached, reasoning, completion)

    def bill(self, model: str, count: int = 1) -> None:
        """Bill tokens of an answer as they leave."""
        self.spent += count * float(PRICES.get(model, ("0", "0"))[1])


def _count(messages: Sequence[Any]) -> int:
    found = 0
    for message in messages:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        texts = sum(len(part["text"]) for part in parts if part["type"] == "text")
        files = sum(part["type"] != "text" for part in parts)
        found += PER_MESSAGE + texts // CHARACTERS + PER_FILE * files
    return found
