"""Counts of tokens as servers tell them: under many names, beside each other, in parts."""

from __future__ import annotations

from typing import Any

import pytest

from neurotui.wire.events import Usage
from neurotui.wire.usage import joined_usage, read_usage

OPENAI = {"prompt_tokens": 10_000, "completion_tokens": 500, "total_tokens": 10_500}
CLAUDE = {"prompt_tokens": 12, "completion_tokens": 500, "total_tokens": 512}


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (OPENAI | {"prompt_tokens_details": {"cached_tokens": 8000}}, Usage(10_000, 500, 10_500, 8000)),
        (OPENAI | {"prompt_cache_hit_tokens": 8000}, Usage(10_000, 500, 10_500, 8000)),  # DeepSeek
        (  # the Responses API
            {"input_tokens": 10_000, "output_tokens": 500, "input_tokens_details": {"cached_tokens": 8000}}
            | {"output_tokens_details": {"reasoning_tokens": 100}},
            Usage(10_000, 500, 10_500, 8000, 100),
        ),
        (  # LiteLLM: all of it in one, whatever its names
            OPENAI | {"cache_read_input_tokens": 8000, "cache_creation_input_tokens": 1000},
            Usage(10_000, 500, 10_500, 8000),
        ),
        (  # Anthropic: beside each other
            {"input_tokens": 12, "output_tokens": 500}
            | {"cache_creation_input_tokens": 2000, "cache_read_input_tokens": 30_000},
            Usage(32_012, 500, 32_512, 30_000),
        ),
        (  # the same under other names, as a gateway passes it on
            CLAUDE | {"prompt_tokens_details": {"cached_tokens": 30_000, "cached_creation_tokens": 2000}},
            Usage(32_012, 500, 32_512, 30_000),
        ),
        (  # only the total tells it
            {"prompt_tokens": 40_000, "completion_tokens": 500, "total_tokens": 70_500}
            | {"prompt_tokens_details": {"cached_tokens": 30_000}},
            Usage(70_000, 500, 70_500, 30_000),
        ),
        (
            OPENAI | {"completion_tokens_details": {"reasoning_tokens": 400}},
            Usage(10_000, 500, 10_500, 0, 400),
        ),
        (  # xAI: the reasoning beside the answer
            {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1900}
            | {"completion_tokens_details": {"reasoning_tokens": 700}},
            Usage(1000, 900, 1900, 0, 700),
        ),
        (
            {"prompt_tokens": 1000, "completion_tokens": 200, "reasoning_tokens": 700},
            Usage(1000, 900, 1900, 0, 700),
        ),
        (  # Gemini: in the total alone
            {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1900},
            Usage(1000, 900, 1900, 0, 700),
        ),
        ({"total_tokens": 1000}, Usage(0, 0, 1000)),
        ({"prompt_tokens": "1000", "completion_tokens": 200.0}, Usage(1000, 200, 1200)),
        ({"prompt_tokens": True, "completion_tokens": "1e3"}, Usage()),
        ({"prompt_tokens": -5, "completion_tokens": float("nan")}, Usage()),
        ({"prompt_tokens": 10**12, "completion_tokens": "9" * 5000}, Usage()),
        ({"prompt_tokens": "٣", "prompt_tokens_details": [], "completion_tokens_details": 5}, Usage()),
    ],
)
def test_counts_have_one_meaning(told: dict[str, Any], usage: Usage) -> None:
    assert read_usage(told) == usage


def test_what_is_told_only_as_a_reply_begins_still_holds_at_its_end() -> None:
    began, ended = Usage(100, 1, 101, 40), Usage(0, 50, 50)
    assert joined_usage(None, began) == began
    assert joined_usage(began, ended) == Usage(100, 50, 150, 40)
    assert joined_usage(Usage(0, 50, 50, 0, 30), Usage(100, 0, 100)) == Usage(100, 50, 150, 0, 30)
    assert joined_usage(Usage(100, 500, 600), Usage(100, 7, 107)) == Usage(100, 7, 107), "the last one holds"
