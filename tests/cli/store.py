"""A home with conversations in it, and commands run there as from a shell."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from neurotui.chat.conversation import Conversation
from neurotui.store.library import Library
from tests.store.examples import library_of
from tests.terminal import NEUROTUI, kept_environment

FOLDER = Path(".local", "share", "neurotui")


def keep(home: Path, conversations: Iterable[Conversation] = ()) -> Library:
    """The library of a home, with these conversations added."""
    (home / FOLDER).mkdir(parents=True, exist_ok=True)
    return library_of(home / FOLDER, *conversations)


def shell(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of shell in a home; `neurotui` is the program."""
    environment = kept_environment() | {"HOME": str(home), "NEUROTUI_LANG": "en"}
    return subprocess.run(
        ["bash", "-c", f'neurotui() {{ {" ".join(NEUROTUI)} "$@"; }}\n{command}'],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
    )
