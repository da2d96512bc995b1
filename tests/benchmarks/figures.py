"""What benchmarks do with what they measured: percentiles, a table, a file."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests import fork_server

os.environ[fork_server.VARIABLE] = "off"  # a benchmark starts its programs as users do

DIRECTORY = Path(__file__).parents[2] / ".benchmarks"


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (the nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def median(values: Iterable[float]) -> float:
    """The 50th percentile."""
    return percentile(values, 50)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns in line: the first to the left, the others to the right."""
    cells = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def keep(name: str, figures: Mapping[str, Any]) -> Path:
    """Writes the figures, with where and when they were taken, to a JSON file; returns its path."""
    DIRECTORY.mkdir(exist_ok=True)
    path = DIRECTORY / f"{name}.json"
    taken = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "textual": version("textual"),
        "httpx": version("httpx"),
    }
    path.write_text(json.dumps({"taken": taken, **figures}, indent=2, ensure_ascii=False) + "\n")
    return path
