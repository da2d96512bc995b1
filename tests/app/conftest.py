"""What the tests of the application share with those of commands."""

from __future__ import annotations

from tests.cli.conftest import shell

__all__ = ["shell"]
