"""Counts of tokens, by whatever name a server has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of tokens by the server; the last report of a reply is the one that holds."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


def read_usage(usage: Mapping[str, object]) -> Usage:
    """Return the counts in a `usage` object; what is missing is 0."""
    prompt = _tokens(usage, "prompt_tokens") or _tokens(usage, "input_tokens")
    completion = _tokens(usage, "completion_tokens") or _tokens(usage, "output_tokens")
    cached = _tokens(usage.get("prompt_tokens_details"), "cached_tokens")
    reasoning = _tokens(usage.get("completion_tokens_details"), "reasoning_tokens")
    return Usage(
        prompt,
        completion,
        _tokens(usage, "total_tokens") or prompt + completion,
        cached or _tokens(usage, "cached_tokens") or _tokens(usage, "prompt_cache_hit_tokens"),
        reasoning or _tokens(usage, "reasoning_tokens"),
    )


def _tokens(counts: object, name: str) -> int:
    count = counts.get(name) if isinstance(counts, dict) else None
    return int(count) if isinstance(count, int | float) and 0 <= count < 10**12 else 0
