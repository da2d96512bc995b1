"""A window of an older neurotui is open: the screen says which one to close, and then goes on."""

from __future__ import annotations

import gzip
from pathlib import Path

from neurotui.store.instances import Instances
from neurotui.store.store import FILE_NAME
from tests.servers import Server
from tests.store.examples import check, rows
from tests.store.test_schema import FILES
from tests.terminal import NEUROTUI, Terminal


def test_the_screen_says_which_window_to_close(tmp_path: Path) -> None:
    folder = tmp_path / ".local" / "share" / "neurotui"
    folder.mkdir(parents=True)
    content = gzip.decompress((FILES / "version_2_used.db.gz").read_bytes())
    (folder / FILE_NAME).write_bytes(content)
    older = Instances(folder)
    older.name = "0123456789abcdef0123456789abcdef"
    older.enter("talk")
    with Server() as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-" + "0123456789abcdef" * 2}
        with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path, environment=environment) as terminal:
            terminal.wait_for("close the older neurotui to go on")
            terminal.wait_for("“Разговор”")
            assert (folder / FILE_NAME).read_bytes() == content
            older.close()
            terminal.wait_for("unfinished")  # the answer that crashed
            terminal.wait_for(lambda: "close the older" not in terminal.text)
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
    assert rows(folder, "PRAGMA user_version") == [(3,)]
    check(folder)
