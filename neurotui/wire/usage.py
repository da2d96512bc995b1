"""Counts of tokens, by whatever name a server has for them, and brought to one meaning.

Here the tokens of a question are all that were read, those from a cache among them, and the tokens of an
answer all that were written, the reasoning among them. Anthropic counts what a cache holds beside the rest,
and some gateways pass that on under OpenAI's names; xAI and Gemini count reasoning beside the answer. Whoever
paid by their counts as they stand would be told a part of the price. What a count means is told by its name,
by a part that is more than its whole, or by a total that is more than its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

MOST = 10**12
"""So many tokens nothing has."""

_READ = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
_WRITTEN = ("cache_creation_input_tokens", "cache_write_tokens", "cached_creation_tokens")
_BESIDE = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Counts beside `input_tokens`, as Anthropic has them."""


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
    into, out = _details(usage, "prompt", "input"), _details(usage, "completion", "output")
    prompt, completion = (
        _first(usage, (f"{name}_tokens", f"{other}_tokens"))
        for name, other in (("prompt", "input"), ("completion", "output"))
    )
    cached = _first(into, _READ) or _first(usage, _READ)
    written = _first(into, _WRITTEN) or _first(usage, _WRITTEN)
    reasoning = _first(out, ("reasoning_tokens",)) or _first(usage, ("reasoning_tokens",))
    total = _first(usage, ("total_tokens",))
    is_named = not _first(usage, ("prompt_tokens",)) and bool(_first(usage, _BESIDE))
    if is_named or cached > prompt or (cached and total == prompt + completion + cached + written):
        prompt += cached + written
    if reasoning > completion:
        completion += reasoning
    if prompt and completion and (beside := total - prompt - completion) > 0:
        completion, reasoning = completion + beside, max(reasoning, beside)
    return Usage(prompt, completion, max(total, prompt + completion), cached, reasoning)


def joined_usage(before: Usage | None, usage: Usage) -> Usage:
    """Return the latest counts of one reply: some servers tell those of the question only as it begins."""
    if before is None:
        return usage
    if not usage.prompt_tokens:
        usage = replace(usage, prompt_tokens=before.prompt_tokens, cached_tokens=before.cached_tokens)
    if not usage.completion_tokens:
        completion, reasoning = before.completion_tokens, before.reasoning_tokens
        usage = replace(usage, completion_tokens=completion, reasoning_tokens=reasoning)
    return replace(usage, total_tokens=max(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens))


def _details(usage: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """Return the parts of a count, under the first of its names that has any."""
    found = (usage.get(f"{name}_tokens_details") for name in names)
    return next((each for each in found if each and isinstance(each, dict)), {})


def _first(counts: Mapping[str, object], names: tuple[str, ...]) -> int:
    """Return the first count under one of these names that is more than 0."""
    return next(filter(None, (_tokens(counts.get(name)) for name in names)), 0)


def _tokens(count: object) -> int:
    if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < len(str(MOST)):
        count = int(count)
    if isinstance(count, bool) or not isinstance(count, int | float):
        return 0
    return int(count) if 0 <= count < MOST else 0
