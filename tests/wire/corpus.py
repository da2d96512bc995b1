"""Streams as servers send them, in `streams/`: their fields, their order, their comments, their line ends.

Texts and ids are made up; the shapes are the servers' own, so that what is read of them can be held against
what each server means.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from neurotui.wire.events import Usage


@dataclass(frozen=True)
class Stream:
    """One body, and what is in it."""

    name: str
    """Of its file."""
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    """Id, name and arguments."""
    model: str = ""
    usage: Usage | None = None
    finish_reason: str = "stop"
    whole: bool | None = True
    """None where the reply fails."""
    pings: tuple[str, ...] = ()
    malformed: int = 0
    error: str = ""
    """The kind of the error."""
    code: str | None = None
    content_type: str = "text/event-stream"

    @property
    def body(self) -> bytes:
        return (Path(__file__).parent / "streams" / f"{self.name}.txt").read_bytes()


STREAMS = [
    Stream(
        "neuroapi",
        text="Привет\u2028мир — 👋",
        model="gpt-5-mini",
        usage=Usage(9, 70, 79, 4, 64),
        pings=("PING", "PING", "PING"),
    ),
    Stream(
        "neuroapi-error-after-pings",
        finish_reason="",
        whole=None,
        pings=("PING", "PING"),
        error="upstream",
        code="upstream_unavailable",
    ),
    Stream("neuroapi-broken-off", text="На краю галак", model="gpt-5-mini", finish_reason="", whole=False),
    Stream("openai", text="Hi", model="gpt-4o-2024-08-06", usage=Usage(12, 1, 13, 0, 0)),
    Stream("openai-refusal", refusal="I'm sorry, I can't.", model="gpt-4o-2024-08-06"),
    Stream(
        "openai-tool-calls",
        calls=(("call_1", "weather", '{"city":1}'), ("call_2", "time", "{}")),
        model="gpt-4o-2024-08-06",
        finish_reason="tool_calls",
    ),
    Stream(
        "openai-error", text="Once", model="gpt-4o-2024-08-06", finish_reason="", whole=None, error="server"
    ),
    Stream("azure", text="Hello", model="gpt-4o-mini-2024-07-18", usage=Usage(8, 2, 10, 0, 0)),
    Stream(
        "openrouter",
        text="42",
        reasoning="Let me see.",
        model="deepseek/deepseek-r1",
        usage=Usage(14, 163, 177, 0, 150),
        pings=("OPENROUTER PROCESSING", "OPENROUTER PROCESSING"),
    ),
    Stream(
        "openrouter-error",
        text="Once upon a",
        model="deepseek/deepseek-r1",
        finish_reason="error",
        whole=None,
        pings=("OPENROUTER PROCESSING",),
        error="upstream",
        code="502",
    ),
    Stream(
        "deepseek",
        text="Да.",
        reasoning="Хм, подумаю.",
        model="deepseek-reasoner",
        usage=Usage(6, 40, 46, 2, 33),
        pings=("keep-alive",),
    ),
    Stream(
        "groq",
        text="Hello, World!",
        reasoning="Short.",
        model="qwen-qwq-32b",
        usage=Usage(18, 439, 457, 0, 0),
    ),
    Stream("groq-error", text="He", model="qwen-qwq-32b", finish_reason="", whole=None, error="server"),
    Stream(
        "mistral",
        text="Bonjour",
        reasoning="Okay, hi.",
        model="magistral-medium-2509",
        usage=Usage(10, 20, 30, 0, 0),
    ),
    Stream(
        "gemini",
        text="The answer is 391.",
        reasoning="**Calculating**\n\nStep one. More.",
        model="gemini-2.5-flash",
        usage=Usage(11, 87, 98, 0, 83),
    ),
    Stream(
        "gemini-error", finish_reason="", whole=None, error="key", code="400", content_type="application/json"
    ),
    Stream("anthropic", text="Hello!", model="claude-sonnet-4-20250514", usage=Usage(9, 5, 14, 0, 0)),
    Stream("anthropic-error", finish_reason="", whole=None, error="upstream"),
    Stream(
        "vllm",
        text="Yes",
        reasoning="Hm",
        model="Qwen/Qwen3-8B",
        usage=Usage(15, 3, 18, 0, 0),
        finish_reason="length",
    ),
    Stream("vllm-think-tags", text="Use `<think>`.", reasoning="\nOkay.\n", model="Qwen/Qwen3-8B"),
    Stream(
        "vllm-error",
        text="Yes",
        model="Qwen/Qwen3-8B",
        finish_reason="",
        whole=None,
        error="server",
        code="500",
    ),
    Stream(
        "sglang",
        text="Hi",
        reasoning="The",
        model="deepseek-ai/DeepSeek-V3",
        usage=Usage(96, 111, 207, 0, 91),
    ),
    Stream("llama-cpp", text="Hi", reasoning="Okay", model="gpt-oss-20b", usage=Usage(14, 9, 23, 0, 0)),
    Stream(
        "llama-cpp-old-error",
        text="Hi",
        model="gpt-oss-20b",
        finish_reason="",
        whole=None,
        error="context",
        code="400",
    ),
    Stream("ollama", text="Привет", reasoning="Thinking.", model="qwen3:8b", usage=Usage(17, 40, 57, 0, 0)),
    Stream(
        "ollama-tool-call",
        calls=(("call_lbcjwr0u", "run_command", '{"command":"ls -a"}'),),
        model="qwen3:8b",
        finish_reason="tool_calls",
    ),
    Stream(
        "mlx-lm",
        text="Four.",
        reasoning="Two and two.",
        model="mlx-community/gpt-oss-20b",
        usage=Usage(70, 20, 90, 0, 0),
    ),
    Stream(
        "mlx-lm-tool-call",
        calls=(("", "get_weather", '{"city":"Paris"}'),),
        reasoning="Look it up.",
        model="mlx-community/gpt-oss-20b",
        finish_reason="tool_calls",
    ),
    Stream("lm-studio", text="Hey", model="qwen2.5-7b-instruct"),
    Stream("lm-studio-error", finish_reason="", whole=None, error="server"),
    Stream("gateway-crlf", text="AB", pings=("ping - 2025-07-11 10:03:16",)),
    Stream("gateway-no-blank-lines", text="AB", finish_reason=""),
    Stream(
        "whole",
        text="Whole.",
        reasoning="Thought.",
        model="m",
        usage=Usage(3, 2, 5, 0, 0),
        content_type="application/json",
    ),
    Stream("whole-indented", text="Whole.", finish_reason="", content_type="application/json"),
    Stream("proxy-broken-event", text="AB", malformed=1),
    Stream(
        "captive-portal",
        finish_reason="",
        whole=None,
        error="web_page",
        content_type="text/html; charset=utf-8",
    ),
    Stream("empty", finish_reason="", whole=None, error="empty"),
    Stream("only-pings", finish_reason="", whole=None, pings=("PING", "PING"), error="empty"),
]
