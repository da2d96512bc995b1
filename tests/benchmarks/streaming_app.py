"""The program that the transcript's benchmark runs in a terminal: one view, one input, one task that streams.

    python -m tests.benchmarks.streaming_app VIEW PLAN REPORT

VIEW is `ours`, `markdown` (textual's `Markdown.get_stream`) or `log` (textual's `Log`). PLAN is JSON, see
`Plan`. What was measured inside is written to the file REPORT, then the program waits to be killed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Log, Markdown

from neurotui.chat.conversation import Message, Role, Status
from neurotui.tui.compat.compositor import use_quick_compositor
from neurotui.tui.message_list.widget import Transcript
from neurotui.tui.themes import DARK, THEMES
from tests.benchmarks.replies import HOSTILE, block, reply, tokenized

MARK = "ѪѪѪ"
"""Stands in the first token, where its time is taken."""


@dataclass
class Plan:
    """What is streamed, and how."""

    text: str = "reply"
    """`reply`, `block KIND`, `hostile NAME`, or nothing."""
    tokens: int = 1000
    rate: float = 0.0
    """Tokens a second; as fast as they come where 0."""
    history: int = 0
    """Messages that are shown before."""
    whole: bool = False
    """Whether the text is shown at once."""
    lag: bool = False
    """Whether the event loop is watched, which itself takes some CPU."""
    after: float = 0.5
    """Seconds to wait before the end is noted."""


@dataclass
class Report:
    """What was measured inside. Times are of `time.monotonic()`, CPU of the process in seconds."""

    ready: float = 0.0
    opened: float = 0.0
    """Seconds from the call that shows the history to the picture of it."""
    first_token: float = 0.0
    cpu: list[float] = field(default_factory=list)
    """At the start, after each fifth of the tokens, and at the end."""
    wall: list[float] = field(default_factory=list)
    tokens: int = 0
    lag: list[float] = field(default_factory=list)
    """How much later than asked for a task was woken, sampled every 5 ms."""
    longest: float = 0.0
    """CPU seconds of the longest piece of work that the event loop did without a break."""
    resident: list[int] = field(default_factory=list)
    """KiB in memory, at the start and at the end."""


class Streaming(App[None]):
    CSS = "Transcript, VerticalScroll, Log { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, view: str, plan: Plan, path: Path) -> None:
        super().__init__()
        self.view = view
        self.plan = plan
        self.path = path
        self.report = Report()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK

    def get_default_screen(self) -> Screen[None]:
        screen = super().get_default_screen()
        if self.view == "ours":
            use_quick_compositor(screen)
        return screen

    def compose(self) -> ComposeResult:
        match self.view:
            case "ours":
                yield Transcript()
            case "markdown":
                with VerticalScroll():
                    yield Markdown()
            case _:
                yield Log()
        yield Input()

    def on_mount(self) -> None:
        entry = self.query_one(Input)
        entry.cursor_blink = False
        entry.focus()
        self.set_timer(1.0, self.start)

    def start(self) -> None:
        self.run_worker(self.measure())

    async def painted(self) -> None:
        """Waits until all that was changed is on the screen."""
        done = asyncio.Event()
        self.screen.call_after_refresh(done.set)
        await done.wait()

    async def measure(self) -> None:
        report, plan = self.report, self.plan
        tokens = self.tokens()
        await self.open()
        await asyncio.sleep(0.3)
        report.resident.append(resident())
        write, finish = self.writer()
        sampler = asyncio.create_task(self.sample()) if plan.lag else None
        if plan.lag:
            self.watch_the_loop()
        report.ready = time.monotonic()
        self.note()
        every = max(1, len(tokens) // 5)
        start = time.monotonic()
        for number, token in enumerate(tokens):
            if plan.rate:
                wait = start + number / plan.rate - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
            else:
                await asyncio.sleep(0)
            if not number:
                report.first_token = time.monotonic()
            await write(token)
            if (number + 1) % every == 0 and (number + 1) // every < 5:
                self.note()
        await finish()
        await self.painted()
        await asyncio.sleep(plan.after)
        self.note()
        if sampler is not None:
            sampler.cancel()
        report.tokens = len(tokens)
        report.resident.append(resident())
        self.path.write_text(json.dumps(asdict(report)))

    def note(self) -> None:
        self.report.cpu.append(time.process_time())
        self.report.wall.append(time.monotonic())

    async def sample(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            self.report.lag.append(time.monotonic() - before - 0.005)

    def watch_the_loop(self) -> None:
        """Times every callback of the event loop."""
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            before = time.thread_time()
            run(handle)
            self.report.longest = max(self.report.longest, time.thread_time() - before)

        setattr(asyncio.Handle, "_run", timed)  # noqa: B010 - for a type checker it is no attribute to be set

    def tokens(self) -> list[str]:
        plan = self.plan
        kind, _, name = plan.text.partition(" ")
        match kind:
            case "reply":
                tokens = reply(plan.tokens)
            case "block":
                tokens = tokenized(block(name, plan.tokens))
            case "hostile":
                tokens = [HOSTILE[name]] if plan.whole else tokenized(HOSTILE[name])
            case _:
                return []
        return [f"{MARK} ", *tokens]

    async def open(self) -> None:
        if self.view != "ours" or not self.plan.history:
            return
        text = "".join(reply(150))
        messages = [
            Message(str(number), (Role.USER, Role.ASSISTANT)[number % 2], text, created_at=1.0)
            for number in range(self.plan.history)
        ]
        start = time.monotonic()
        self.query_one(Transcript).show(messages)
        await self.painted()
        self.report.opened = time.monotonic() - start

    def writer(self) -> tuple[Callable[[str], Awaitable[None]], Callable[[], Awaitable[None]]]:
        """How a token is written to the view, and how the end is told."""
        if self.view == "ours":
            transcript = self.query_one(Transcript)
            answer = Message("answer", Role.ASSISTANT, "", status=Status.RUNNING, model="model")
            transcript.append(answer)
            written: list[str] = []

            async def extend(token: str) -> None:
                written.append(token)
                transcript.extend("answer", token)

            async def end() -> None:
                transcript.replace(Message("answer", Role.ASSISTANT, "".join(written), model="model"))

            return extend, end
        if self.view == "markdown":
            self.query_one(VerticalScroll).anchor()
            stream = Markdown.get_stream(self.query_one(Markdown))
            return stream.write, stream.stop
        log = self.query_one(Log)

        async def write(token: str) -> None:
            log.write(token)

        async def nothing() -> None:
            pass

        return write, nothing


def resident(process: int | str = "self") -> int:
    """KiB of a process in memory (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


if __name__ == "__main__":
    view, plan, path = sys.argv[1:]
    gc.freeze()  # as neurotui does when it has started
    Streaming(view, Plan(**json.loads(plan)), Path(path)).run()
