"""Replies to stream: one as models write them, and the worst of each kind."""

from __future__ import annotations

import itertools
import re

_PARAGRAPHS = (
    "The *event loop* runs one task at a time: a task that never awaits **blocks every other one**, however "
    "many there are. Use `asyncio.to_thread` for what blocks, and see the "
    "[documentation](https://docs.python.org/3/library/asyncio.html) for the rest.",
    "Очередь событий выполняет по одной задаче: пока задача не дойдёт до `await`, **остальные ждут**. "
    "Поэтому долгие вычисления выносят в отдельный поток или процесс, а ожидание сети оставляют циклу.",
)
_LIST = (
    "- **Latency**: the time until the first byte comes\n"
    "- **Throughput**: bytes a second, once they come\n"
    "  - measured over a window of a few seconds\n"
    "  - *never* over the whole transfer\n"
    "- `jitter`, that is how much both of them vary\n"
)
_STEPS = (
    "1. Open the connection and keep it warm.\n"
    "2. Send the request **once**.\n"
    "3. Read until `[DONE]`, and count what came.\n"
)
_CODE = (
    "```python\n"
    "async def fetch(url: str, *, timeout: float = 10.0) -> bytes:\n"
    '    """Fetch one page, or raise."""\n'
    "    async with client.stream('GET', url, timeout=timeout) as response:\n"
    "        return b''.join([chunk async for chunk in response.aiter_raw()])\n"
    "```\n"
)
_TABLE = (
    "| Method | Time | Что делает |\n"
    "|:--|--:|---|\n"
    "| `insert` | O(log n) | вставляет элемент |\n"
    "| `find` | O(1) | ищет по **ключу** |\n"
    "| `delete` | O(log n) | удаляет |\n"
)
_SECTIONS = (_PARAGRAPHS[0], _LIST, _CODE, _PARAGRAPHS[1], _STEPS, _TABLE)


def reply(tokens: int) -> list[str]:
    """A reply of so many tokens, as a model writes it: prose, lists, code, tables, in two languages."""
    text: list[str] = []
    length = 0
    for number in itertools.count(1):
        section = f"## {number}. How it works\n\n" + "\n".join(f"{part}\n" for part in _SECTIONS)
        pieces = tokenized(section)
        text += pieces
        length += len(pieces)
        if length >= tokens:
            return text[:tokens]
    raise AssertionError


def tokenized(text: str) -> list[str]:
    """`text` cut about as a model's tokens are: words with the space before them, long ones in pieces."""
    return re.findall(r"\s?\w{1,6}|\s?[^\w\s]{1,3}|\s", text)


def block(kind: str, size: int) -> str:
    """About `size` characters of Markdown in a single block of a kind."""
    sentence = "alpha beta gamma дельта epsilon zeta эта theta iota kappa alpha beta"
    line = {
        "bullet list": f"- **item** {sentence}\n",
        "nested list": f"- item {sentence}\n  - nested {sentence}\n    - deep {sentence}\n",
        "fence": f"    value = compute('{sentence}', 42)  # {sentence[:20]}\n",
        "table": f"| {sentence[:20]} | `{sentence[:12]}` | {sentence[20:60]} |\n",
        "paragraph": f"{sentence}, **{sentence[:12]}** and `{sentence[:8]}`. ",
        "quote": f"> {sentence}\n",
    }[kind]
    head = {"fence": "```python\n", "table": "| One | Two | Three |\n|---|---|---|\n"}.get(kind, "")
    return head + line * (size // len(line))


BLOCKS = ("bullet list", "nested list", "fence", "table", "paragraph", "quote")

HOSTILE = {
    "20,000 tabs": "\t" * 20_000 + "x",
    "a line of 100,000 characters": "word " * 20_000,
    "a word of 100,000 characters": "x" * 100_000,
    "a table of 600 rows": block("table", 600 * 75),
    "20,000 brackets": "[" * 20_000,
    "5,000 nested quotes": ">" * 5_000 + " deep",
    "3,000 nested items": "\n".join("  " * level + "- x" for level in range(100)) * 30,
    "20,000 stars": "*a **b " * 3_000,
    "code of 5,000 lines": block("fence", 5_000 * 100),
}
"""What has frozen other clients."""
