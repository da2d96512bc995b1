"""Finding in a conversation of 10,000 messages: to count, to go on, and what a token costs meanwhile.

    python -m tests.benchmarks.find [--json PATH]

Times are those of the event loop's thread (CPU), and of the clock; on a busy machine read the first. What is
looked for once is made plain beside the loop meanwhile, so that what is typed next is counted in plain texts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from time import monotonic, perf_counter, thread_time

from neurotui.app.finding import Search
from neurotui.app.searched_text import Searched, searched
from neurotui.chat.conversation import Message, Role, Status
from tests.benchmarks.figures import keep, percentile, table
from tests.benchmarks.replies import reply
from tests.tui.reading import RUNNING, Case, reading

MESSAGES = 10_000
QUERIES = {"rare": "номер 7776", "common": "event", "two words": "event loop", "not there": "цыплёнок"}
RATE, SECONDS = 100, 5
"""Tokens a second, and for how long."""


def conversation() -> list[Message]:
    """Questions of a line, and answers of 300 to 2500 characters."""
    random.seed(1)
    text = "".join(reply(4000))
    made = []
    for number in range(MESSAGES // 2):
        start, length = random.randint(0, len(text) - 2500), random.randint(300, 2500)
        made += [
            Message(
                f"q{number}", Role.USER, f"Что такое event loop, вопрос номер {2 * number}", created_at=1.0
            ),
            Message(f"a{number}", Role.ASSISTANT, text[start : start + length], f"q{number}", 2.0, model="m"),
        ]
    return made


def count(typed: str, texts: list[Searched]) -> tuple[float, float]:
    """Count the hits of something; return milliseconds of CPU and of the clock."""
    spent, started = thread_time(), perf_counter()
    Search(typed, texts).go_on(inf)
    return (thread_time() - spent) * 1000, (perf_counter() - started) * 1000


def counting(messages: list[Message]) -> dict[str, tuple[float, float]]:
    figures = {}
    for name, typed in QUERIES.items():
        fresh = [searched(message) for message in messages]
        figures[f"{name}, at once"] = count(typed, fresh)
    for text in (text for both in fresh for text in both):
        text.settle()
    for name, typed in QUERIES.items():
        tries = [count(typed, fresh) for _ in range(5)]
        figures[f"{name}, made plain"] = min(tries)
    return figures


class Lag:
    """How late the event loop comes to what is due."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            due = monotonic() + 0.002
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, monotonic() - due)

    def end(self) -> float:
        """The worst delay in milliseconds."""
        self._task.cancel()
        return self.worst * 1000


async def until(condition: Callable[..., bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def going(messages: list[Message]) -> dict[str, float]:
    async with reading(*messages, size=(100, 30)) as case:
        lag = Lag()
        started = perf_counter()
        hits = case.transcript.begin_find(lambda: None)
        opened = (perf_counter() - started) * 1000
        started = perf_counter()
        hits.look_for("event")
        await until(lambda: bool(hits.rank))
        first = (perf_counter() - started) * 1000
        await case.settle()
        steps, spent = [], []
        for number in range(60):
            cpu, started = thread_time(), perf_counter()
            place = hits.place
            hits.step(-1 if number < 40 else 1)
            await until(lambda place=place: hits.place != place)
            steps.append((perf_counter() - started) * 1000)
            spent.append((thread_time() - cpu) * 1000)
            await case.settle()
        return {
            "open_ms": opened,
            "first_ms": first,
            "step_p50_ms": percentile(steps, 50),
            "step_p95_ms": percentile(steps, 95),
            "step_cpu_p50_ms": percentile(spent, 50),
            "lag_worst_ms": lag.end(),
        }


async def streaming(messages: list[Message], typed: str) -> float:
    """The share of a core that an answer costs at some pace, with something looked for or without."""
    tokens = reply(RATE * SECONDS)

    async def stream(case: Case) -> None:
        for token in tokens:
            case.transcript.extend("a", token)
            await asyncio.sleep(1 / RATE)
        await case.drawn()

    async with reading(*messages, replace(RUNNING, status=Status.RUNNING), size=(100, 30)) as case:
        if typed:
            hits = case.transcript.begin_find(lambda: None)
            hits.look_for(typed)
            await until(lambda: hits.findings is not None)
            await asyncio.sleep(3)  # what is made plain beside the loop is not of the answer
        case.transcript.action_to_end()
        await case.settle()
        spent, started = thread_time(), perf_counter()
        await stream(case)
        return (thread_time() - spent) / (perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    messages = conversation()
    counted = counting(messages)
    steps = asyncio.run(going(messages))
    costs = {}
    for name, typed in (("off", ""), ("on", "event"), ("on, nothing found", "цыплёнок")):
        costs[name] = asyncio.run(streaming(messages, typed))
    figures = {"count_ms": counted, "steps": steps, "core": costs}
    rows = [(name, f"{cpu:.1f} ms CPU, {wall:.1f} ms", "≤ 50 ms") for name, (cpu, wall) in counted.items()]
    rows += [
        (name, f"{value:.1f}", "≤ 50" if name == "lag_worst_ms" else "") for name, value in steps.items()
    ]
    rows += [(f"a token, find {name}", f"{share:.1%} of a core", "") for name, share in costs.items()]
    print(table(("", "measured", "aim"), rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))
    keep("find", figures)


if __name__ == "__main__":
    main()
