"""The command line: argv to one command. Imports what that command needs and no more."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import TracebackType

from neurotui import __version__, i18n
from neurotui.cli.arguments import add_ask, add_doctor, add_models, add_recording, exit_codes
from neurotui.cli.words import teach_argparse
from neurotui.i18n import _
from neurotui.settings.file import SettingsFile, settings_path


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    if argv is None:
        sys.excepthook = _keep_crash
        _replace_closed_streams()
    arguments = sys.argv[1:] if argv is None else list(argv)
    settings = SettingsFile(settings_path())
    i18n.use(
        i18n.choose(
            _language_flag(arguments) or os.environ.get("NEUROTUI_LANG") or settings.settings.language
        )
    )
    if settings.problems:
        settings = SettingsFile(settings_path())  # once more, to have them in the language just chosen
    options = _parser().parse_args(arguments, argparse.Namespace(settings=settings))
    if settings.problems and options.module != "chat":  # which tells of them on its screen
        from neurotui.cli.output import say

        for problem in settings.problems:
            say(str(problem))
    gc.disable()  # what is imported stays: to look for garbage among it is a tenth of the start
    command = import_module(f"neurotui.cli.{options.module}")
    gc.freeze()
    gc.enable()
    return int(command.run(options, os.environ))


def _replace_closed_streams() -> None:
    """Lets what a shell has closed (`>&-`) lead nowhere, before another file gets its number."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def _keep_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        from neurotui.cli.log import keep_crash
        from neurotui.settings.paths import state_dir

        keep_crash(kind, error, trace, state_dir())


def _language_flag(arguments: Sequence[str]) -> str | None:
    """The language has to be known before the parser that speaks it is made."""
    for index, argument in enumerate(arguments):
        if argument == "--lang":
            return arguments[index + 1] if index + 1 < len(arguments) else None
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None


def _parser() -> argparse.ArgumentParser:
    teach_argparse()
    parser = argparse.ArgumentParser(
        prog="neurotui",
        description=_("A terminal chat for NeuroAPI and every other OpenAI-compatible server."),
        epilog=_("Exit codes: 0 ended by the user, 1 failed, 2 wrong usage, 128+n ended by signal n. Of ask:")
        + f" {exit_codes()}",
    )
    parser.add_argument(
        "--version", action="version", version=f"neurotui {__version__}", help=_("show the version and exit")
    )
    parser.set_defaults(module="chat")
    parser.add_argument("-m", "--model", metavar=_("MODEL"), help=_("the model to talk to"))
    parser.add_argument(
        "--profile", metavar=_("NAME"), help=_("a profile of the settings: its server and its key")
    )
    parser.add_argument("--base-url", metavar="URL", help=_("the server, such as https://neuroapi.host/v1"))
    parser.add_argument(
        "-c", "--continue", dest="go_on", action="store_true", help=_("open the last conversation")
    )
    parser.add_argument("--demo", action="store_true", help=_("use the embedded demo: no key, no network"))
    parser.add_argument(
        "--record", metavar=_("FILE"), help=_("keep the raw bytes of all answers in this new file")
    )
    parser.add_argument("--lang", choices=sorted(i18n.LANGUAGES), help=_("the language of the interface"))
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    add_ask(commands)
    add_models(commands)
    add_doctor(commands)
    add_recording(commands)
    _add_history(commands)
    _add_transcripts(commands)
    _add_key(commands)
    return parser


def _add_history(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    history = commands.add_parser(
        "history",
        help=_("list the conversations, the newest first"),
        epilog=_("Into a pipe, between tabs: id, last message, status, messages, characters, model, name."),
    )
    history.set_defaults(module="history", command="history")
    search = commands.add_parser(
        "search",
        help=_("search all messages, the newest first"),
        epilog=_("Into a pipe, between tabs: conversation, message, time, role, name, context."),
    )
    search.set_defaults(module="history", command="search")
    search.add_argument(
        "words", metavar=_("WORDS"), nargs="+", help=_("parts of words, or “words in quotes”")
    )
    search.add_argument(
        "-n", "--limit", metavar="N", type=_count, default=50, help=_("show at most this many hits (50)")
    )
    for parser in (history, search):
        parser.add_argument("--json", action="store_true", help=_("print JSON"))


def _add_transcripts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = commands.add_parser(
        "export",
        help=_("write conversations to files"),
        epilog=_("JSON keeps everything and can be imported again; the other formats are to be read."),
    )
    export.set_defaults(module="transcripts", command="export")
    which = export.add_mutually_exclusive_group()
    which.add_argument(
        "id", metavar="ID", nargs="?", help=_("the conversation with this id, or its beginning")
    )
    which.add_argument("--last", action="store_true", help=_("the last conversation, as without an id"))
    which.add_argument(
        "--all", action="store_true", help=_("all conversations: one file of JSON, or a folder")
    )
    export.add_argument(
        "--format",
        choices=("md", "json", "txt", "html"),
        help=_("without it md, or json for all conversations"),
    )
    export.add_argument("-o", "--output", metavar=_("PATH"), help=_("file or folder; - is standard output"))
    export.add_argument("-f", "--force", action="store_true", help=_("overwrite a file that is there"))
    taken = commands.add_parser("import", help=_("take conversations from files: ours, or ChatGPT's export"))
    taken.set_defaults(module="transcripts", command="import")
    taken.add_argument("files", metavar=_("FILE"), nargs="+", help=_("JSON, or the ZIP that ChatGPT sends"))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            _("it must be a whole number, 1 or more, not {text}").format(text=repr(text))
        )
    return int(text)


def _add_key(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("key", help=_("keep the API key, show where it is, or remove it"))
    parser.set_defaults(module="key")
    parser.add_argument("what", metavar="{set,show,remove}", choices=("set", "show", "remove"))
    parser.add_argument(
        "--profile",
        metavar=_("NAME"),
        default=argparse.SUPPRESS,  # so that it may stand before the command, too
        help=_("a profile of the settings: its server and its key"),
    )
    parser.add_argument(
        "--keyring", action="store_true", help=_("keep it in the system keyring, not in a file")
    )
