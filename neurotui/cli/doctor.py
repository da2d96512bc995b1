"""`neurotui doctor`: check everything that a turn needs, and print a report to paste into a bug report."""

from __future__ import annotations

import argparse
import asyncio
import platform
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from neurotui import __version__, i18n
from neurotui.cli import codes, terminal, tmux
from neurotui.cli.exit_codes import EXIT_CUT
from neurotui.cli.output import print_json
from neurotui.cli.report import Report, Verdict
from neurotui.errors import StoreError
from neurotui.i18n import _, formats, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.places import data_dir, state_dir

_LIBRARIES = ("textual", "httpx", "httpcore", "h11")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_TERMINAL = ("TERM", "COLORTERM", "TERM_PROGRAM", "TMUX", "STY", "SSH_TTY", "NO_COLOR")


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Make the report; return the exit code, that of the first error."""
    from neurotui.cli.checkup import check_server

    report = Report(quiet=options.json)
    _check_program(report)
    _check_settings(report, options)
    _check_variables(report, environ)
    _check_terminal(report, environ)
    asyncio.run(check_server(report, options, environ))
    code = _code(report)
    if options.json:
        print_json({"program": __version__, "exit_code": code, "findings": report.as_json()})
    return code


def _code(report: Report) -> int:
    if report.first_error is not None:
        return codes.of_error(report.first_error)
    bad = any(finding.verdict is Verdict.BAD for finding in report.findings)
    return EXIT_CUT if bad else 0


def without_password(address: str) -> str:
    """Return a proxy's address with asterisks in place of user and password."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        if "@" not in parts.netloc:
            return address
        netloc = "***@" + parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=netloc)).removeprefix("//" if "://" not in address else "")
    except ValueError:
        return "***"


def _check_program(report: Report) -> None:
    report.begin(_("Program"))
    report.add("neurotui", __version__)
    report.add("Python", f"{platform.python_version()} {platform.python_implementation()}")
    report.add(_("system"), f"{platform.system()} {platform.release()} {platform.machine()}")
    report.add(_("libraries"), ", ".join(f"{name} {version(name)}" for name in _LIBRARIES))


def _check_settings(report: Report, options: argparse.Namespace) -> None:
    report.begin(_("Settings"))
    file = options.settings
    for problem in file.problems:
        report.add(_("file"), str(problem), Verdict.WARNING)
    if not file.problems:
        there = file.path is not None and file.path.exists()
        report.add(_("file"), str(file.path) if there else _("none: {path}").format(path=file.path))
    report.add(_("profile"), options.profile or file.settings.active_profile)
    report.add(_("data"), str(data_dir() or _("no folder is known")))
    report.add(_("log"), str(state_dir() or _("no folder is known")))
    _add_attachments(report)


def _add_attachments(report: Report) -> None:
    """Report what is kept of files and pictures, if anything is kept."""
    from neurotui.cli.store import count_blobs

    name = _("attachments")
    try:
        found = count_blobs()
    except StoreError as error:
        report.add(name, str(error), Verdict.WARNING)
        return
    if found is None:
        return
    words = [_files(found.files, found.size)]
    if found.unused:
        words.append(_("unused: {files}").format(files=_files(found.unused, found.unused_size)))
    if found.lost:
        words.append(
            ngettext("{n} is damaged or gone", "{n} are damaged or gone", found.lost).format(
                n=number(found.lost)
            )
        )
    report.add(name, "; ".join(words), Verdict.WARNING if found.lost else Verdict.FACT)


def _files(count: int, size: int) -> str:
    words = ngettext("{n} file", "{n} files", count).format(n=number(count))
    return f"{words}, {formats.data_size(size)}" if count else words


def _check_variables(report: Report, environ: Mapping[str, str]) -> None:
    report.begin(_("Environment"))
    names = [name for upper in _PROXIES for name in (upper, upper.lower()) if environ.get(name)]
    for name in names:
        report.add(name, without_password(environ[name]))
    if not names:
        report.add(_("proxy"), _("no variable is set"))
    for name in filter(environ.get, _CERTIFICATES):
        there = Path(environ[name]).exists()
        report.add(name, environ[name], Verdict.FACT if there else Verdict.WARNING)
    if not any(map(environ.get, _CERTIFICATES)):
        report.add(_("certificates"), _("those of certifi"))


def _check_terminal(report: Report, environ: Mapping[str, str]) -> None:
    report.begin(_("Terminal"))
    found = [f"{name}={environ[name]}" for name in _TERMINAL if name in environ]
    report.add(_("variables"), " ".join(found) or _("none"))
    size = shutil.get_terminal_size()
    report.add(_("size"), f"{size.columns}×{size.lines}")
    encoding = (sys.stdout.encoding or "").lower()
    locale = next(
        (f"{name}={environ[name]}" for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), ""
    )
    report.add(
        _("locale"),
        ", ".join(filter(None, (locale or _("not set"), encoding, i18n.LANGUAGES[i18n.language()]))),
        Verdict.GOOD if encoding == "utf-8" else Verdict.WARNING,
    )
    report.add(_("colours"), _colours(environ))
    if environ.get("TMUX"):
        _add_tmux(report, tmux.clipboard(environ))
    answers = terminal.ask()
    if answers is None:
        report.add(_("answers"), _("there is no terminal to ask"))
    elif not answers.answered:
        report.add(_("answers"), _("none: it told nothing of itself"), Verdict.WARNING)
    else:
        _add_answers(report, answers)
        if not environ.get("TMUX"):  # tmux would speak for itself, not for the terminal outside
            report.add("OSC 52", _("yes") if answers.clipboard else _("not told"))


def _add_tmux(report: Report, found: tmux.Clipboard | None) -> None:
    """Report whether text copied in tmux reaches the terminal outside."""
    name = _("tmux, copying")
    if found is None:
        report.add(name, _("the tmux that TMUX names does not answer"), Verdict.WARNING)
    elif found.understood is None:
        report.add(name, _("no terminal is attached to it"))
    elif found.understood and found.terminal.startswith(("tmux", "screen")):
        words = _("goes on to the {terminal} around, which takes it only with set-clipboard on")
        report.add(name, words.format(terminal=found.terminal), Verdict.WARNING)
    elif found.understood:
        words = _("goes on to {terminal} by OSC 52 (set-clipboard {setting})")
        report.add(name, words.format(terminal=found.terminal, setting=found.setting), Verdict.GOOD)
    else:
        words = _("stays in tmux, which knows no OSC 52 of {terminal}: {remedy} tells it")
        remedy = f"set -as terminal-features ',{found.terminal}:clipboard'"
        report.add(name, words.format(terminal=found.terminal, remedy=remedy), Verdict.WARNING)


def _add_answers(report: Report, answers: terminal.Answers) -> None:
    if answers.name:
        report.add(_("name"), answers.name)
    if answers.kitty_keys:
        report.add(_("keys"), _("kitty protocol: Escape acts at once, keys work on any layout"), Verdict.GOOD)
    else:
        report.add(_("keys"), _("plain: Escape acts after 10 ms, a Russian layout is translated"))
    report.add(_("whole frames"), _("yes") if answers.synchronized else _("not told"))
    match answers.dark:
        case True:
            report.add(_("background"), _("dark"))
        case False:
            report.add(_("background"), _("light"))
        case None:
            report.add(_("background"), _("not told"))


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return _("none: NO_COLOR is set")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return _("16 million")
    return "256" if "256" in environ.get("TERM", "") else "16"
