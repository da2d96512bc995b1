"""The report of `neurotui doctor`: findings, printed as they come or kept for JSON, and never a key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from neurotui.chat.text import clean_line
from neurotui.cli.output import bold, cells
from neurotui.errors import NeurotuiError
from neurotui.wire.secrets import redact

_LABEL_WIDTH = 16


class Verdict(StrEnum):
    """How good or bad a finding is."""

    GOOD = "good"
    FACT = "fact"
    """Good to know, neither good nor bad."""
    WARNING = "warning"
    BAD = "bad"


_SIGNS = {Verdict.GOOD: "✓", Verdict.FACT: "·", Verdict.WARNING: "▲", Verdict.BAD: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    section: str
    name: str
    verdict: Verdict
    text: str


class Report:
    """The findings so far. Paths in the user's home are written with ~, so that they reveal no name."""

    def __init__(self, *, quiet: bool) -> None:
        """If `quiet`, print nothing."""
        self.findings: list[Finding] = []
        self.secret = ""
        """The key, which is redacted wherever it occurs."""
        self.first_error: NeurotuiError | None = None
        self._quiet = quiet
        self._home = str(Path.home()) if _has_home() else ""
        self._section = ""

    def begin(self, section: str) -> None:
        """Begin a section."""
        self._section = section
        if not self._quiet:
            print(("\n" if self.findings else "") + bold(section))

    def add(self, name: str, text: str, verdict: Verdict = Verdict.FACT) -> None:
        """Add a finding."""
        text = redact(clean_line(text, 1000), self.secret)
        if self._home:
            text = text.replace(self._home, "~")
        self.findings.append(Finding(self._section, name, verdict, text))
        if not self._quiet:
            gap = " " * max(1, _LABEL_WIDTH - cells(name))
            print(f"  {_SIGNS[verdict]} {name}{gap}{text}", flush=True)

    def fail(self, name: str, error: NeurotuiError) -> None:
        """Add an error; the first one decides the exit code."""
        self.first_error = self.first_error or error
        request = f" ({error.request_id})" if error.request_id else ""
        self.add(name, f"{error}{request}", Verdict.BAD)

    def as_json(self) -> list[dict[str, str]]:
        """Return all findings."""
        return [asdict(finding) for finding in self.findings]


def _has_home() -> bool:
    try:
        return len(Path.home().parts) > 1
    except RuntimeError:
        return False
