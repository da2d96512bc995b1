"""The arguments of commands: those common to all, and those of commands that talk to a server."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from neurotui.i18n import LANGUAGES, _

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def exit_codes() -> str:
    """Return the meaning of the exit codes of `ask`, for its help."""
    return _(
        "0 the answer is complete, 1 failed, 2 wrong usage, 3 the key was refused or is missing, "
        "4 the balance or the budget is used up, 5 the answer was cut or the server fell silent, "
        "130 stopped, 141 nobody reads the output any more."
    )


def add_command(
    commands: Commands, name: str, summary: str, epilog: str | None = None
) -> argparse.ArgumentParser:
    """Add a command and return its parser; `summary` has no capital letter and no full stop."""
    description = f"{summary[:1].upper()}{summary[1:]}."
    parser = commands.add_parser(name, help=summary, description=description, epilog=epilog)
    add_language(parser)
    return parser


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add --lang. It was read before there was a parser: here it is only checked and documented."""
    parser.add_argument(
        "--lang",
        choices=sorted(LANGUAGES),
        default=argparse.SUPPRESS,
        help=_("the language of the interface"),
    )


def add_ask(commands: Commands) -> None:
    """Add `ask`."""
    ask = add_command(
        commands,
        "ask",
        _("ask one question and print the answer"),
        epilog=_(
            "Of several models (-m a -m profile:b) each answer is printed whole when it ends, under the name "
            "of its model; the exit code is 0 if all are complete, else the worst of 3, 4, 2, 1, 5, 130."
        )
        + f" {_('Exit codes:')} {exit_codes()}",
    )
    ask.set_defaults(module="ask")
    _add_asking(ask, "*")
    ask.add_argument(
        "--record",
        metavar=_("FILE"),
        default=argparse.SUPPRESS,
        help=_("keep the raw bytes of the answer in this new file"),
    )


def add_recording(commands: Commands) -> None:
    """Add `record` and `replay`."""
    record = add_command(
        commands,
        "record",
        _("ask one question and keep the raw bytes of the answer, with their times"),
        epilog=_("The file holds what was asked and answered, but no key. Exit codes: those of ask."),
    )
    record.set_defaults(module="ask")
    record.add_argument("record", metavar=_("FILE"), help=_("a new file"))
    _add_asking(record, "+")
    replay = add_command(
        commands,
        "replay",
        _("play a recording, as if its server answered again"),
        epilog=_("On a terminal in the chat, into a pipe as ask does. Nothing is sent and nothing is kept."),
    )
    replay.set_defaults(module="replay")
    replay.add_argument("file", metavar=_("FILE"), help=_("a file written by record or --record"))
    replay.add_argument(
        "--speed",
        metavar="N",
        type=_speed,
        default=1.0,
        help=_("speed: 2 is twice as fast, 0 is without pauses (1)"),
    )
    replay.add_argument("--json", action="store_true", help=_("print one JSON object for each answer"))


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed < float("inf"):
        raise argparse.ArgumentTypeError(
            _("it must be a number, 0 or more, not {text}").format(text=repr(text))
        )
    return speed


def add_models(commands: Commands) -> None:
    """Add `models`."""
    models = add_command(
        commands, "models", _("list the models of the key"), epilog=_("When piped: one name per line.")
    )
    models.set_defaults(module="models")
    models.add_argument(
        "words", metavar=_("WORDS"), nargs="*", help=_("only the models whose names have these words in them")
    )
    models.add_argument("--json", action="store_true", help=_("print JSON"))
    models.add_argument(
        "--sort",
        choices=("name", "price", "first-token"),
        help=_("favourites first, then by this; without it in the order of the server"),
    )
    models.add_argument(
        "--health",
        action="store_true",
        help=_("how the latest forty answers of each went here: median first token, how many were cut"),
    )
    _add_server(models, model=False)


def add_doctor(commands: Commands) -> None:
    """Add `doctor`."""
    doctor = add_command(
        commands,
        "doctor",
        _("look at settings, terminal, network, server and key, and print a report"),
        epilog=_("Sends two tiny requests (a fraction of a cent). The report has no key in it.")
        + f" {_('Exit codes:')} "
        + _("0 all is well, else as with ask."),
    )
    doctor.set_defaults(module="doctor")
    doctor.add_argument("--json", action="store_true", help=_("print JSON"))
    _add_server(doctor, model=True)


def _add_asking(parser: argparse.ArgumentParser, words: str) -> None:
    """Add the question and how to ask it; `words` is the `nargs` of the question."""
    parser.add_argument(
        "words",
        metavar=_("PROMPT"),
        nargs=words,
        help=_("the question; what is piped in is added to it"),
    )
    parser.add_argument(
        "-f",
        "--file",
        dest="files",
        metavar=_("FILE"),
        action="append",
        default=[],
        help=_("attach a text, a picture, a PDF, a sound or a folder; again for more, - is standard input"),
    )
    parser.add_argument("--system", metavar=_("TEXT"), help=_("system prompt for the model"))
    parser.add_argument(
        "--json",
        action="store_true",
        help=_("print one JSON object when the answer has ended; of several models one object a line"),
    )
    parser.add_argument(
        "--output",
        metavar=_("FOLDER"),
        help=_("write the pictures, sounds and files of the answer into this folder"),
    )
    parser.add_argument(
        "--no-save",
        action="store_true",
        help=_("save nothing of it but what it cost, where a day has a limit"),
    )
    parser.add_argument("--no-stream", action="store_true", help=_("let the answer come in one piece"))
    parser.add_argument(
        "-c",
        "--continue",
        dest="go_on",
        action="store_true",
        default=argparse.SUPPRESS,
        help=_("ask in the last conversation"),
    )
    parser.add_argument(
        "-m",
        "--model",
        metavar=_("MODEL"),
        action=_Model,
        default=argparse.SUPPRESS,
        help=_("the model to ask; named again, up to 8 models are asked the same at the same time"),
    )
    _add_server(parser, model=False)


class _Model(argparse.Action):
    """Keeps the model that was named last as `model`, and all of them as `models`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        namespace.model = values
        namespace.models = [*getattr(namespace, "models", []), values]


def _add_server(parser: argparse.ArgumentParser, *, model: bool) -> None:
    """Add the choice of the server. It may also precede the command, and so has no default here."""

    def add(*names: str, **options: object) -> None:
        parser.add_argument(*names, default=argparse.SUPPRESS, **options)  # type: ignore[arg-type]

    if model:
        add("-m", "--model", metavar=_("MODEL"), help=_("the model to talk to"))
    add("--profile", metavar=_("NAME"), help=_("a profile of the settings: its server and its key"))
    add("--base-url", metavar="URL", help=_("the server, such as https://neuroapi.host/v1"))
    add("--demo", action="store_true", help=_("use the embedded demo: no key, no network"))
