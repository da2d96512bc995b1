"""Programs in Python without a start of Python: a process that has imported the package forks for each.

    with start([*NEUROTUI, "ask", "Hi"], cwd=home, env=variables, stdout=PIPE) as process:
        assert process.wait() == 0

To start Python and to import textual and httpx costs more than most of what tests have such a program do. A
fork has what a new process would have: arguments, variables, folder, streams, and the terminal if it is to
have one. All modules of the package are loaded, and nothing of the program has run. `can_fork` tells what
would differ all the same: that is started by `subprocess`, and with `--slow` everything is. A test that is
about a start itself, or about what is loaded, does not use this.

The server forks and awaits. Each fork has a socket, over which it is told what to be, and over which the
server tells its number and, in the end, its exit status and how long it computed.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
VARIABLE = "NEUROTUI_TESTS_FORK"
"""If this is `off` in the environment, all programs start on their own; `--slow` sets it."""

_NUMBER = struct.Struct("i")
_END = struct.Struct("id")
"""The exit status as `subprocess` tells it, and seconds computed."""
_AT_START = ("PYTHON", "COVERAGE", "NEUROTUI_COMPAT", "TEXTUAL", "ESCDELAY")
"""Variables that begin so are read by Python as it starts, or by modules as they are imported."""
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")
_STREAMS = (("stdin", "surrogateescape"), ("stdout", "surrogateescape"), ("stderr", "backslashreplace"))
"""With what Python does about bytes that are no text, in the locale C.UTF-8."""

computed = 0.0
"""Seconds that forks which have ended computed."""


class Forked:
    """A program that a fork runs: as much of `subprocess.Popen` as tests need."""

    def __init__(self, args: Sequence[str], status: socket.socket, ends: Sequence[IO[bytes] | None]) -> None:
        self.args = args
        self.returncode: int | None = None
        self.stdin, self.stdout, self.stderr = ends
        self._status = status
        (self.pid,) = _received(status, _NUMBER)

    def poll(self) -> int | None:
        """Return the exit status, or minus the number of the signal that ended it; None while it runs."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; return the exit status."""
        status = self._ended_within(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Write all input, read both outputs to their ends, and wait."""
        told = {"stdout": b"", "stderr": b""}

        def read(name: str, stream: IO[bytes]) -> None:
            told[name] = stream.read()

        outputs = {name: stream for name in told if (stream := getattr(self, name)) is not None}
        readers = [threading.Thread(target=read, args=item, daemon=True) for item in outputs.items()]
        for reader in readers:
            reader.start()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self.stdin:
                self.stdin.write(input or b"")
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return told["stdout"], told["stderr"]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended_within(self, seconds: float | None) -> int | None:
        global computed
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            self.returncode, of_it = _received(self._status, _END)
            self._status.close()
            computed += of_it
        return self.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


Process = Forked | subprocess.Popen[bytes]


def can_fork(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """True if a fork runs `command` as a new process would."""
    return (
        os.name == "posix"
        and os.environ.get(VARIABLE) != "off"
        and "COVERAGE_PROCESS_CONFIG" not in os.environ
        and command[0] == sys.executable
        and command[1] in ("-m", "-c")
        and _read_at_start(env) == _read_at_start(_environment())
        and all(env.get(name, "UTF-8").endswith("UTF-8") for name in _LOCALE)
    )


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int = DEVNULL,
    stdout: int = DEVNULL,
    stderr: int = DEVNULL,
) -> Process:
    """Start a program, by a fork where that is the same."""
    if can_fork(command, env):
        return fork(command, cwd=cwd, env=env, streams=(stdin, stdout, stderr))
    return subprocess.Popen(command, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr)


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], input: bytes = b"", timeout: float = 60.0
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, like `subprocess.run` with its output captured."""
    with start(command, cwd=cwd, env=env, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, process.wait(), out, err)


def fork(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    streams: Sequence[int] = (DEVNULL,) * 3,
    terminal: str = "",
) -> Forked:
    """Have a fork run a program; with the path of a terminal, as the leader of a session in it."""
    pairs = [_ends(number, wanted) for number, wanted in enumerate(streams)]
    own, its = socket.socketpair()
    with _starting, its:
        socket.send_fds(_started().control, [b"x"], [its.fileno(), *(theirs for _, theirs in pairs)])
    for _, theirs in pairs:
        os.close(theirs)
    own.sendall(json.dumps([command[1:], str(cwd), dict(env), terminal]).encode() + b"\n")
    return Forked(command, own, [ours for ours, _ in pairs])


def _ends(number: int, wanted: int) -> tuple[IO[bytes] | None, int]:
    """Return our end of a stream, if there is one, and theirs."""
    if wanted == DEVNULL:
        return None, os.open(os.devnull, os.O_RDWR)
    if wanted != PIPE:
        return None, os.dup(wanted)
    read, write = os.pipe()
    return (os.fdopen(write, "wb", 0), read) if number == 0 else (os.fdopen(read, "rb"), write)


class _Server:
    """The process that forks."""

    def __init__(self) -> None:
        self.control, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(its.fileno())],
                pass_fds=[its.fileno()],
                cwd=Path(__file__).parents[1],
                env=_environment(),
            )

    def close(self) -> None:
        self.control.close()
        self._process.wait()


_server: _Server | None = None
_starting = threading.Lock()


def _started() -> _Server:
    """Return the server of this process, which is started when it is first needed."""
    global _server
    _server = _server or _Server()
    return _server


def stop() -> None:
    """Stop the server, if there is one."""
    global _server
    if _server is not None:
        _server.close()
        _server = None


def _environment() -> dict[str, str]:
    from tests.terminal import kept_environment

    return {**kept_environment(), "LC_ALL": "C.UTF-8"}


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START) and value}


def _received(status: socket.socket, form: struct.Struct) -> tuple[Any, ...]:
    data = status.recv(form.size, socket.MSG_WAITALL)
    assert data, "the server of forks has ended"
    return form.unpack(data)


# In the server


def serve(control: socket.socket) -> list[int]:
    """Fork for all that is asked for, and await it; return in a fork, with its socket and its streams."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    while True:
        ready = select.select([control.fileno(), woken], [], [])[0]
        if control.fileno() in ready:
            asked, descriptors, _, _ = socket.recv_fds(control, 1, 4)
            if not asked:  # the tests are over
                os._exit(0)
            number = os.fork()
            if not number:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return descriptors
            running[number] = descriptors[0]
            os.write(descriptors[0], _NUMBER.pack(number))
            for descriptor in descriptors[1:]:
                os.close(descriptor)
        if woken in ready:
            os.read(woken, 4096)
            while running:
                number, status, used = os.wait4(-1, os.WNOHANG)
                if not number:
                    break
                with contextlib.suppress(BrokenPipeError), os.fdopen(running.pop(number), "wb") as told:
                    told.write(_END.pack(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime))


def become(descriptors: Sequence[int]) -> Sequence[str]:
    """Make of this process what was asked for; return the command without the name of Python."""
    status, *streams = descriptors
    with os.fdopen(status, "rb") as told:
        command, folder, variables, terminal = json.loads(told.readline())
    if terminal:
        import fcntl
        import termios

        os.setsid()
        streams = [os.open(terminal, os.O_RDWR)] * 3
        fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    for number, (name, errors) in enumerate(_STREAMS):
        stream = _standard_stream(number, f"<{name}>", errors)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return command  # type: ignore[no-any-return]


def _standard_stream(number: int, name: str, errors: str) -> io.TextIOWrapper:
    """Return a stream as Python makes it when it starts."""
    mode = "w" if number else "r"
    buffer: Any = os.fdopen(number, f"{mode}b", closefd=False)
    buffer.raw.name = name
    is_by_line = number == 2 or buffer.isatty()
    stream: Any = io.TextIOWrapper(buffer, "utf-8", errors, newline="\n", line_buffering=is_by_line)
    stream.mode = mode
    return stream  # type: ignore[no-any-return]


def main() -> None:
    """Import all of the package, and serve; in a fork, run the program, whose end is that of the process."""
    import neurotui

    for module in pkgutil.walk_packages(neurotui.__path__, "neurotui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=int(sys.argv[1]))
    descriptors = serve(control)
    control.detach()
    form, program, *arguments = become(descriptors)
    sys.argv = ["-c", *arguments]
    code = 0
    try:
        if form == "-m":
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            module_of_it = sys.modules["__main__"] = types.ModuleType("__main__")
            exec(compile(program, "<string>", "exec"), module_of_it.__dict__)
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        code = end.code or 0
    leave(code)


def leave(code: int) -> None:
    """End as Python does, but leave the modules whole: to take them apart costs ten times what a fork does.

    What is garbage by now is taken apart, so that it can complain.
    """
    gc.collect()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()
