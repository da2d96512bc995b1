"""A server that counts tokens in its own way, and finds in its cache what it has read before."""

from __future__ import annotations

from typing import Any

from tests.servers import Exchange


class Counter:
    """A script for a server: so many tokens for a Latin and for a Cyrillic letter.

    It keeps the last request of each model, and tells which part of the next one stands at its beginning.
    """

    def __init__(
        self, latin: float = 0.3, cyrillic: float = 0.6, picture: int = 85, *, caches: bool = True
    ) -> None:
        self.told: list[int] = []
        """The tokens of all requests."""
        self.cached: list[int] = []
        self._rates = latin, cyrillic, picture
        self._caches = caches
        self._kept: dict[str, list[Any]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with a word, and tell the counts."""
        asked = exchange.request.json
        messages, before = asked["messages"], self._kept.get(asked["model"], [])
        shared = 0
        while shared < min(len(messages), len(before)) and messages[shared] == before[shared]:
            shared += 1
        self._kept[asked["model"]] = messages
        self.told.append(self.count(messages))
        self.cached.append(self.count(messages[:shared]) if self._caches and shared else 0)
        await exchange.head()
        await exchange.text("Good")
        await exchange.delta("stop")
        usage = {
            "prompt_tokens": self.told[-1],
            "completion_tokens": 20,
            "total_tokens": self.told[-1] + 20,
            "prompt_tokens_details": {"cached_tokens": self.cached[-1]},
        }
        await exchange.event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        await exchange.event("[DONE]")
        await exchange.end()

    def count(self, messages: list[Any]) -> int:
        """Count the tokens of messages."""
        latin, cyrillic, picture = self._rates
        tokens = 3.0
        for message in messages:
            parts = message["content"]
            parts = [{"type": "text", "text": parts}] if isinstance(parts, str) else parts
            texts = "".join(part.get("text", "") for part in parts)
            ascii_ = sum(map(str.isascii, texts))
            tokens += 4 + latin * ascii_ + cyrillic * (len(texts) - ascii_)
            tokens += picture * sum(part["type"] == "image_url" for part in parts)
        return round(tokens)


def priced(model: str, input: str, output: str, cached: str = "") -> dict[str, Any]:
    """A model of a list, with its prices for a token as OpenRouter tells them."""
    pricing = {"prompt": input, "completion": output} | ({"input_cache_read": cached} if cached else {})
    return {"id": model, "pricing": pricing}
