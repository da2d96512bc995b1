"""The command line: the commands and their arguments."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Never

from neurotui import __version__
from neurotui.cli.arguments import (
    Commands,
    add_ask,
    add_command,
    add_doctor,
    add_language,
    add_models,
    add_recording,
    exit_codes,
)
from neurotui.cli.words import teach_argparse
from neurotui.i18n import _

MOST_HITS = 1_000_000_000
"""The largest limit of a search, and the meaning of any larger one: the database counts in 64 bits."""


_TEXT = "\0"
"""Prefix of an argument that is text although it begins like a flag: no shell can pass it."""
_WITH_VALUE = re.compile(r"--[a-z-]+=|-o")
"""Beginning of an argument that has a flag's value in it, which may have blanks."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        """Exit with an error message, redacted: an argument may be a key that belongs elsewhere."""
        from neurotui.wire.secrets import redact

        super().error(redact(message.replace(_TEXT, "").replace(repr(_TEXT)[1:-1], "")))


def parse(arguments: Sequence[str], options: argparse.Namespace) -> argparse.Namespace:
    """Return `options` filled from the arguments. Raises SystemExit if they name nothing to run.

    An argument with blanks is text, not a flag: `ask "-m is which git flag?"`.
    """
    parser().parse_args([_TEXT + text if _is_text(text) else text for text in arguments], options)
    for name, value in vars(options).items():
        match value:
            case str():
                setattr(options, name, value.removeprefix(_TEXT))
            case list():
                setattr(options, name, [text.removeprefix(_TEXT) for text in value])
    return options


def _is_text(argument: str) -> bool:
    has_blanks = any(character.isspace() for character in argument)
    return argument.startswith("-") and has_blanks and not _WITH_VALUE.match(argument)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, in the language in use."""
    teach_argparse()
    parser: argparse.ArgumentParser = _Parser(
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
        "--plain", action="store_true", help=_("one line after another: for screen readers, logs and pipes")
    )
    parser.add_argument(
        "--record", metavar=_("FILE"), help=_("keep the raw bytes of all answers in this new file")
    )
    add_language(parser)
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    add_ask(commands)
    add_models(commands)
    add_doctor(commands)
    add_recording(commands)
    _add_usage(commands)
    _add_history(commands)
    _add_transcripts(commands)
    _add_key(commands)
    return parser


def _add_usage(commands: Commands) -> None:
    usage = add_command(
        commands,
        "usage",
        _("show what was spent, by day, month, model and conversation"),
        epilog=_("When piped: tab-separated kind, name, answers, tokens in, out, cost, currency, unpriced."),
    )
    usage.set_defaults(module="usage")
    which = usage.add_mutually_exclusive_group()
    which.add_argument(
        "--days", metavar="N", type=_count, default=30, help=_("of the last N days, this one included (30)")
    )
    which.add_argument("--all", action="store_true", help=_("of all days"))
    usage.add_argument("--json", action="store_true", help=_("print JSON"))


def _add_history(commands: Commands) -> None:
    history = add_command(
        commands,
        "history",
        _("list the conversations, the newest first"),
        epilog=_("When piped: tab-separated id, last message, status, messages, characters, model, name."),
    )
    history.set_defaults(module="history", command="history")
    search = add_command(
        commands,
        "search",
        _("search all messages, the newest first"),
        epilog=_("When piped: tab-separated conversation, message, time, role, name, context."),
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


def _add_transcripts(commands: Commands) -> None:
    export = add_command(
        commands,
        "export",
        _("write conversations to files"),
        epilog=_("JSON keeps everything and can be imported again; the other formats are for reading."),
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
    export.add_argument(
        "--receipts", action="store_true", help=_("say what each answer took: tokens, time, cost")
    )
    taken = add_command(
        commands, "import", _("import conversations from files: neurotui's own, or ChatGPT's export")
    )
    taken.set_defaults(module="transcripts", command="import")
    taken.add_argument("files", metavar=_("FILE"), nargs="+", help=_("JSON, or the ZIP that ChatGPT sends"))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            _("it must be a whole number, 1 or more, not {text}").format(text=repr(text))
        )
    return min(int(text), MOST_HITS)


def _add_key(commands: Commands) -> None:
    parser = add_command(commands, "key", _("keep the API key, show where it is, or remove it"))
    parser.set_defaults(module="key")
    parser.add_argument("what", metavar="{set,show,remove}", choices=("set", "show", "remove"))
    parser.add_argument(
        "--profile",
        metavar=_("NAME"),
        default=argparse.SUPPRESS,  # so that it may also precede the command
        help=_("a profile of the settings: its server and its key"),
    )
    parser.add_argument(
        "--keyring", action="store_true", help=_("keep it in the system keyring, not in a file")
    )
