"""From Enter to the last byte of a large file at the server, beside a script that does the same with httpx.

    python -m tests.benchmarks.attach [--runs 7] [--megabytes 20]

Both are processes of their own, warmed up by a small question, and take turns; the server is in this one and
compares the bytes. neurotui holds the session of a workspace on a store in a folder. The file is attached
first, which reads it and writes its bytes into the store; Enter commits the question, checks the digest,
encodes and sends. The script reads the file, digests it, writes a copy with fsync, encodes it, makes the JSON
and posts it. Once the server reads as fast as it can, once as from an uplink of 100 Mbit/s.

Aims: 1.3 times the script, at 100 Mbit/s 1.05 times; the event loop is never held longer than 50 ms; of
memory at most three times the file.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from tests.benchmarks.figures import keep, median, table
from tests.uploads import Reading, SlowReader, some_bytes

UPLINK = 100_000_000 / 8
"""Bytes a second."""
WORDS = "What is this?"
PEERS = ("neurotui", "script")


def peak() -> int:
    """Bytes: the most memory of this process since it was asked to begin anew."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def forget_peak() -> int:
    """Begin anew with the most memory; return the present one in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def tell(began: float, grown: int, held: float = 0.0, attaching: float = 0.0) -> None:
    """Tell the other process of a run."""
    print(json.dumps({"began": began, "grown": grown, "held": held, "attaching": attaching}), flush=True)


async def neurotui(url: str, path: Path, folder: Path) -> None:
    """Ask about a file whenever a line comes."""
    from neurotui.app.accounts import Accounts, account_of, demo_account
    from neurotui.app.services import Places, Services
    from neurotui.app.workspace import Workspace
    from neurotui.chat.attachments import Attachment, AttachmentKind
    from neurotui.settings.credentials import Credentials
    from neurotui.settings.file import SettingsFile
    from neurotui.store.store import Store

    file, store = SettingsFile(), Store(folder)
    account = account_of(Credentials(url, "m", "sk-benchmark"))
    accounts = Accounts(file, {}, folder / "keys.toml")
    workspace = Workspace(Services(account, demo_account, store, Places(folder), accounts, file))
    await workspace.new().send(WORDS)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - before - 0.001)

    watching = asyncio.create_task(watch())
    while await asyncio.to_thread(sys.stdin.readline):
        began = time.monotonic()
        blob = await asyncio.to_thread(lambda: store.blobs.put(path.read_bytes()))
        attaching = time.monotonic() - began
        attachment = Attachment(AttachmentKind.IMAGE, path.name, "image/png", blob)
        session = workspace.new()
        await account.client.warm()
        await asyncio.sleep(0.1)
        before, longest, began = forget_peak(), 0.0, time.monotonic()
        answer = await session.send(WORDS, (attachment,))
        assert answer.text == "seen", answer
        tell(began, peak() - before, longest, attaching)
    watching.cancel()
    await workspace.aclose()
    await store.aclose()


def script(url: str, path: Path, folder: Path) -> None:
    """Post a file whenever a line comes, in the plainest way."""
    import httpx

    def question(content: object) -> bytes:
        message = {"role": "user", "content": content}
        return json.dumps({"model": "m", "messages": [message], "stream": True}).encode()

    with httpx.Client(timeout=60.0) as client:
        client.post(f"{url}/chat/completions", content=question(WORDS))
        while sys.stdin.readline():
            before, began = forget_peak(), time.monotonic()
            data = path.read_bytes()
            with (folder / hashlib.sha256(data).hexdigest()).open("wb") as copy:
                copy.write(data)
                copy.flush()
                os.fsync(copy.fileno())
            picture = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            parts = [{"type": "text", "text": WORDS}, {"type": "image_url", "image_url": {"url": picture}}]
            assert "seen" in client.post(f"{url}/chat/completions", content=question(parts)).text
            tell(began, peak() - before)


class Timed:
    """A server that notes when the last byte came."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.last = 0.0
        self.body = b""

    def serve(self, reading: Reading) -> None:
        reading.head()
        reading.rest(self.rate if reading.length > 1_000_000 else 0.0)
        self.last = time.monotonic()
        self.body = bytes(reading.body)
        reading.answer()


def measure(rate: float, runs: int, data: bytes) -> dict[str, list[dict[str, float]]]:
    """Seconds, memory and the longest hold of the loop of each run, by peer."""
    found: dict[str, list[dict[str, float]]] = {peer: [] for peer in PEERS}
    timed = Timed(rate)
    with tempfile.TemporaryDirectory() as home, SlowReader(timed.serve, 262_144 if rate else 0) as server:
        path = Path(home, "picture.png")
        path.write_bytes(data)
        encoded = base64.b64encode(data)
        processes: dict[str, subprocess.Popen[str]] = {}
        for peer in PEERS:
            folder = Path(home, peer)
            folder.mkdir()
            command = [
                sys.executable,
                "-m",
                __spec__.name,
                "--peer",
                peer,
                server.url,
                str(path),
                str(folder),
            ]
            processes[peer] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        for number in range(runs + 1):
            for peer, process in processes.items():
                told = ask(process.stdin, process.stdout)
                assert encoded in timed.body
                if number:  # the first one fills the caches
                    found[peer].append(told | {"seconds": timed.last - told["began"]})
        for process in processes.values():
            process.communicate()
    return found


def ask(stdin: IO[str] | None, stdout: IO[str] | None) -> dict[str, float]:
    """Have a peer send the file; return what it tells of that."""
    assert stdin is not None and stdout is not None
    stdin.write("go\n")
    stdin.flush()
    told: dict[str, float] = json.loads(stdout.readline())
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--peer", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer, url, path, folder = options.peer
        if peer == "script":
            script(url, Path(path), Path(folder))
        else:
            asyncio.run(neurotui(url, Path(path), Path(folder)))
        return
    data = some_bytes(options.megabytes * 1_000_000)
    rows, figures = [], dict[str, Any]()
    for place, rate, aim in (("as fast as it goes", 0.0, 1.3), ("100 Mbit/s", UPLINK, 1.05)):
        found = figures[place] = measure(rate, options.runs, data)
        seconds = {peer: median(run["seconds"] for run in told) for peer, told in found.items()}
        for peer, told in found.items():
            grown = max(run["grown"] for run in told) / len(data)
            held = f"{max(run['held'] for run in told) * 1000:.0f}" if peer == "neurotui" else ""
            rows.append((f"{place}, {peer}", f"{seconds[peer] * 1000:.0f}", f"{grown:.1f}", held))
        ratio = seconds["neurotui"] / seconds["script"]
        rows.append((f"{place}, neurotui to script", f"{ratio:.2f} (aim {aim})", "", ""))
        attaching = median(run["attaching"] for run in found["neurotui"])
        rows.append((f"{place}, attaching before", f"{attaching * 1000:.0f}", "", ""))
    size = f"{options.megabytes} MB from Enter to the last byte"
    header = (size, "p50 ms", "memory / file", "loop held, ms")
    print(table(header, rows))
    print(keep("attach", {"runs": options.runs, "megabytes": options.megabytes, "runs of": figures}))


if __name__ == "__main__":
    main()
