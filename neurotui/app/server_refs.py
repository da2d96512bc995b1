"""Servers by name: the mark that a conversation carries, so that it goes on where it was held.

A mark is the name of a profile, a blank, and the address, as the `profile` of a conversation is stored. The
demo and a recording have addresses of their own, which no server can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEMO = "demo:"
RECORDING = "recording:"
"""The addresses of what is not a server."""


@dataclass(frozen=True, slots=True)
class ServerRef:
    """A server as a conversation remembers it."""

    profile: str = ""
    """Empty if it belongs to none."""
    address: str = ""
    """Empty if it is not known."""

    @classmethod
    def read(cls, mark: str) -> ServerRef:
        """Return what a mark stands for; without a blank it is the name of a profile alone."""
        profile, blank, address = mark.rpartition(" ")
        return cls(profile, address) if blank else cls(mark)

    @property
    def mark(self) -> str:
        """The form that is stored."""
        return f"{self.profile} {self.address}"

    @property
    def kind(self) -> str:
        """`DEMO`, `RECORDING`, or empty for a real server."""
        return self.address if self.address in {DEMO, RECORDING} else ""

    @property
    def server(self) -> tuple[str, str]:
        """The scheme and the host: what tells one server from another."""
        parts = urlsplit(self.address.lower())
        return parts.scheme, parts.netloc

    @property
    def key(self) -> tuple[str, ...]:
        """The key of its account: the profile, or the server if it has none."""
        return (self.profile,) if self.profile else self.server
