"""Run the linear face: the program on an event loop in a thread, the keyboard on the main thread."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from dataclasses import dataclass

from neurotui.app import commands
from neurotui.app.services import Services
from neurotui.chat.conversation import Status
from neurotui.errors import NeurotuiError
from neurotui.plain.attaching import Attaching
from neurotui.plain.face import PlainFace
from neurotui.plain.keeping import Keeping
from neurotui.plain.keyboard import Keyboard
from neurotui.plain.lists import Lists
from neurotui.plain.settings import SettingsList
from neurotui.plain.signals import Signals
from neurotui.plain.talking import Talking
from neurotui.plain.things import Things
from neurotui.plain.usage import Usage


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended."""

    last: tuple[Status, NeurotuiError | None] | None
    """The status and the error of the last answer in front; None if nothing was answered."""
    signal: int = 0
    """The number of the signal that ended it."""
    is_unread: bool = False
    """True if nobody reads what it prints."""


def run(services: Services) -> Outcome:
    """Talk until the end."""
    commands.without_keys = True
    keyboard = Keyboard()
    faces: list[PlainFace] = []
    crashes: list[BaseException] = []
    loop = asyncio.new_event_loop()
    ended_by = 0

    async def talk() -> None:
        face = PlainFace(services, keyboard)
        faces.append(face)
        Talking(face)
        Attaching(face)
        Lists(face)
        Things(face)
        Usage(face)
        SettingsList(face)
        keeping = Keeping(face)
        await face.run(keeping.begin)

    def work() -> None:
        try:
            loop.run_until_complete(talk())
        except BaseException as crash:  # noqa: BLE001  raised again on the main thread
            crashes.append(crash)
        finally:
            keyboard.close()

    def end(number: int) -> None:
        nonlocal ended_by
        ended_by = number
        if faces:
            faces[0].quit()

    signals = Signals(loop, keyboard.wake, end)
    terminal = _terminal_state()
    thread = threading.Thread(target=work, name="neurotui")
    thread.start()
    try:
        keyboard.serve()
    finally:
        thread.join()
        signals.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a third Ctrl+C is for the one that is ending already
        _restore(terminal)
        loop.close()
    if crashes:
        raise crashes[0]
    face = faces[0] if faces else None
    return Outcome(face.last if face else None, ended_by, face is not None and face.printer.closed)


def _terminal_state() -> list[object] | None:
    """Return the state of the terminal, which readline may leave changed if it is interrupted."""
    if not sys.stdin.isatty():
        return None
    try:
        import termios

        return list(termios.tcgetattr(sys.stdin))
    except (ImportError, OSError):
        return None


def _restore(state: list[object] | None) -> None:
    if state is not None:
        import termios

        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, state)  # type: ignore[arg-type]
