"""What is kept, when there is much of it: listing, filtering, searching; and what a running answer costs.

    python -m tests.benchmarks.store [--messages 1000000] [--seconds 20]

The file of that many messages, in conversations of 100, takes some minutes to make and 2 GB; it is left in
the folder for temporary files, for the next run. Aims: 10,000 conversations are listed, and filtered, in 50
ms; 1,000,000 messages are searched in 100 ms; an answer at 100 tokens/s costs 5 % of a core and holds up
the event loop for 20 ms at most.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from neurotui.chat.conversation import Conversation, Status
from neurotui.store import rows
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.library import Library
from neurotui.store.names import Names
from neurotui.store.store import Store
from tests.benchmarks.conversations import conversations
from tests.benchmarks.figures import keep, median, percentile, table
from tests.store.examples import turn

MESSAGES_IN_CONVERSATION = 100
BATCH = 20
"""Conversations in a transaction."""
RUNS = 7

QUERIES = {
    "a common word": "системы",
    "a small word": "что",
    "a part of words": "ение",
    "a rare word": "перекосмосами",
    "a word that is nowhere": "программирование",
    "the dearest found by trying": "разпометодироватьение",
    "two words": "космоса ответы",
    "words of two languages": "что the",
    "wrong layout": "rjcvjcf",
    "ё for е": "звёзды",
    "two characters": "ии",
    "two common characters": "не",
    "one character": "ж",
    "two rare characters": "щъ",
    "small words": "и в не на",
    "a phrase": '"и в"',
}


def make(folder: Path, messages: int) -> float:
    """Writes the file, unless it is there from an earlier run; seconds that it took."""
    if (folder / FILE_NAME).exists():
        return 0.0
    folder.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    unfinished = folder / "unfinished.db"
    for path in folder.glob("unfinished.db*"):
        path.unlink()
    database = Database(unfinished)
    made = conversations(messages // MESSAGES_IN_CONVERSATION, MESSAGES_IN_CONVERSATION)
    while batch := list(islice(made, BATCH)):
        database.write(partial(_put, batch), durable=False)
    database.close()
    unfinished.rename(folder / FILE_NAME)
    return time.perf_counter() - start


def _put(batch: Iterable[Conversation], connection: sqlite3.Connection) -> None:
    for conversation in batch:
        newest = conversation.path()[-1].created_at
        rows.put(connection, rows.Header.of(conversation), conversation.messages.values())
        rows.touch(connection, conversation.id, newest)


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def open_library(folder: Path) -> Library:
    return Library(Database(folder / FILE_NAME), lambda name: False)


def measure_lists(folder: Path) -> dict[str, list[float]]:
    """Seconds of each run for opening the file, listing and filtering."""
    figures: dict[str, list[float]] = {"open the file and list": []}
    for _ in range(RUNS):
        library = open_library(folder)
        figures["open the file and list"].append(timed(library.summaries))
        library._database.close()
    library = open_library(folder)
    summaries = library.summaries()
    print(f"{len(summaries)} conversations, {sum(each.message_count for each in summaries)} messages")
    figures["list"] = [timed(library.summaries) for _ in range(RUNS)]
    names = Names(summaries)
    for query in ("с", "систем", "rjcvjc", "нет такого"):
        figures[f"filter by {query}"] = [timed(names.matching, query) for _ in range(RUNS)]
    identifier = summaries[len(summaries) // 2].id
    figures["open a conversation"] = [timed(library.open, identifier) for _ in range(RUNS)]
    return figures


def measure_searches(folder: Path) -> dict[str, tuple[int, float, list[float]]]:
    """Hits, seconds of the first run on a file that was just opened, and seconds of the next ones."""
    figures = {}
    for name, query in QUERIES.items():
        library = open_library(folder)
        library.latest()
        first = timed(library.search, query)
        again = [timed(library.search, query) for _ in range(RUNS)]
        figures[name] = (len(library.search(query).hits), first, again)
        library._database.close()
    return figures


async def measure_journal(seconds: float) -> dict[str, float]:
    """What 100 tokens a second cost, with and without a journal, and how long the loop was held up."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        conversation = Conversation()
        question, running = turn(conversation, "Вопрос")
        begun = time.perf_counter()
        await store.journal.begin(conversation, question, running)
        begun = time.perf_counter() - begun
        word = "слово, "
        without, _held = await _stream(lambda: None, seconds)
        with_journal, held = await _stream(lambda: store.journal.append(running.id, text=word), seconds)
        final = replace(running, text=word * int(seconds * 100), status=Status.COMPLETE)
        ended = time.perf_counter()
        await store.journal.finish(final)
        ended = time.perf_counter() - ended
        questions = []
        for _ in range(20):
            question, running = turn(conversation, "Вопрос")
            start = time.perf_counter()
            await store.journal.begin(conversation, question, running)
            questions.append(time.perf_counter() - start)
            await store.journal.finish(replace(running, status=Status.COMPLETE))
        await store.aclose()
    return {
        "CPU share of the stream alone": without / seconds,
        "CPU share added by the journal": (with_journal - without) / seconds,
        "longest hold-up of the loop, s": max(held),
        "p99 of hold-ups, s": percentile(held, 99),
        "first question on disk, s": begun,
        "later questions on disk, s (p50)": median(questions),
        "later questions on disk, s (p95)": percentile(questions, 95),
        "end on disk, s": ended,
    }


async def _stream(token: Callable[[], object], seconds: float) -> tuple[float, list[float]]:
    """Seconds of CPU for 100 tokens a second, and by how much each tick of 1 ms came late."""
    late: list[float] = []
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    cpu = time.process_time()
    ticks = 0
    while (now := loop.time()) < end:
        await asyncio.sleep(0.002)
        late.append(loop.time() - now - 0.002)
        ticks += 1
        if ticks % 5 == 0:
            token()
    return time.process_time() - cpu, late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages in the file")
    parser.add_argument("--seconds", type=float, default=20.0, help="of a running answer")
    options = parser.parse_args()

    folder = Path(tempfile.gettempdir(), f"neurotui-benchmark-{options.messages}")
    made = make(folder, options.messages)
    if made:
        print(f"the file was made in {made:.0f} s")
    lists = measure_lists(folder)
    print(table(("", "p50 ms", "max ms"), [(name, *_ms(median(v), max(v))) for name, v in lists.items()]))
    searches = measure_searches(folder)
    print(
        table(
            ("search for", "hits", "first ms", "p50 ms", "max ms"),
            [(name, hits, *_ms(first, median(v), max(v))) for name, (hits, first, v) in searches.items()],
        )
    )
    journal = asyncio.run(measure_journal(options.seconds))
    print(table(("a running answer", ""), [(name, f"{value:.4f}") for name, value in journal.items()]))
    figures = {"messages": options.messages, "made_s": made, "lists_s": lists, "searches_s": searches}
    print(keep("store", figures | {"journal": journal}))


def _ms(*seconds: float) -> list[str]:
    return [f"{value * 1000:.1f}" for value in seconds]


if __name__ == "__main__":
    main()
