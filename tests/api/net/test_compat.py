"""The private name that is relied on, and the way without it."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import anyio
import httpcore
import httpcore._synchronization
import pytest

from neurotui.api.net import compat


def test_httpcore_takes_no_more_of_anyio_than_there_is_in_its_place() -> None:
    source = inspect.getsource(httpcore._synchronization)
    wanted = set(re.findall(r"\banyio\.(\w+)", source))
    assert wanted == {"Lock", "Event", "Semaphore", "fail_after", "CancelScope"}
    assert wanted <= vars(compat.Primitives).keys()
    others = [path for path in Path(httpcore.__file__).parent.rglob("*.py") if "anyio" in path.read_text()]
    assert {path.stem for path in others} == {"_synchronization", "__init__", "anyio", "auto"}


def test_it_is_supported_and_a_name_not_thought_of_is_of_anyio() -> None:
    assert compat.supported()
    assert compat.Primitives(anyio).sleep is anyio.sleep


@pytest.mark.parametrize("how", ["off", "another module", "another name"])
def test_without_the_name_httpcore_runs_as_it_comes_and_the_log_says_so(
    how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NEUROTUI_COMPAT", raising=False)
    monkeypatch.setattr(httpcore._synchronization, "anyio", anyio)
    match how:
        case "off":
            monkeypatch.setenv("NEUROTUI_COMPAT", "off")
        case "another module":
            monkeypatch.setitem(sys.modules, "httpcore._synchronization", None)
        case _:
            monkeypatch.setitem(sys.modules, "httpcore._synchronization", ModuleType("other"))
    compat.use_asyncio()
    assert vars(httpcore._synchronization)["anyio"] is anyio
    assert "anyio" in caplog.text

    monkeypatch.undo()
    monkeypatch.delenv("NEUROTUI_COMPAT", raising=False)
    monkeypatch.setattr(httpcore._synchronization, "anyio", anyio)
    caplog.clear()
    compat.use_asyncio()
    assert vars(httpcore._synchronization)["anyio"] is not anyio and caplog.text == ""


def test_the_variable_decides_for_a_whole_program() -> None:
    program = (
        "import httpcore._synchronization as s, neurotui.api.net.backend; print(s.anyio.Lock.__module__)"
    )
    environment = dict(os.environ, NEUROTUI_COMPAT="", COVERAGE_PROCESS_CONFIG="")
    for variable, module in (("", "asyncio.locks"), ("off", "anyio")):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment | {"NEUROTUI_COMPAT": variable},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.strip() == module
