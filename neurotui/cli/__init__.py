"""From argv to one command: imports what that command needs and no more."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType

from neurotui.cli.exit_codes import EXIT_STOPPED


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    if argv is None:
        sys.excepthook = _keep_crash
        _replace_closed_streams()
    arguments = sys.argv[1:] if argv is None else list(argv)
    gc.disable()  # imports are not garbage: looking for it among them takes a tenth of the start
    try:
        from neurotui.cli.output import guarded

        return guarded(lambda: _run(arguments))
    except KeyboardInterrupt:
        return EXIT_STOPPED
    finally:
        gc.enable()


def _run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name. Raises SystemExit if they name none."""
    import argparse

    from neurotui import i18n
    from neurotui.cli.command_line import parse
    from neurotui.cli.output import can_print
    from neurotui.settings.file import SettingsFile, settings_path

    settings = SettingsFile(settings_path())
    language = i18n.choose(
        _language_flag(arguments) or os.environ.get("NEUROTUI_LANG") or settings.settings.language
    )
    i18n.use(language if can_print(i18n.LANGUAGES[language]) else "en")
    if settings.problems:
        settings = SettingsFile(settings_path())  # again, to have them in the language just chosen
    options = parse(arguments, argparse.Namespace(settings=settings))
    if settings.problems and options.module != "chat":  # the chat shows them on its screen
        from neurotui.cli.output import say

        for problem in settings.problems:
            say(str(problem))
    command = import_module(f"neurotui.cli.{options.module}")
    gc.freeze()
    gc.enable()
    return int(command.run(options, os.environ))


def _replace_closed_streams() -> None:
    """Open /dev/null for streams that the shell has closed (`<&-`, `>&-`), before a file gets their numbers.

    Likewise for an input that cannot be read, as nohup leaves one.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None or (name == "stdin" and not _is_readable(0)):
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _is_readable(descriptor: int) -> bool:
    try:
        os.read(descriptor, 0)
    except OSError:
        return False
    return True


def _keep_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from neurotui.cli.log import keep_crash
    from neurotui.settings.places import state_dir

    keep_crash(kind, error, trace, state_dir())


def _language_flag(arguments: Sequence[str]) -> str | None:
    """Return the value of --lang; the parser is made in that language, so this comes before it."""
    for index, argument in enumerate(arguments):
        if argument == "--lang":
            return arguments[index + 1] if index + 1 < len(arguments) else None
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None
