"""The clipboard is asked for by the tools of the system; here they are programs that answer as those do."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.tui.terminal import clipboard_reading
from neurotui.tui.terminal.clipboard_reading import Held, TooLarge, held, why_not

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs with a #! line")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for tools, the only one that is searched."""
    (tmp_path / "picture").write_bytes(PICTURE)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def tool(folder: Path, name: str, body: str) -> None:
    """Make a program of Python lines; `args` are its arguments, `out` writes bytes."""
    lines = (
        f"#!{sys.executable}",
        "import sys, time",
        "args, out = ' '.join(sys.argv[1:]), sys.stdout.buffer.write",
        f"picture = open({str(folder.parent / 'picture')!r}, 'rb').read()",
        body,
    )
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    (folder / name).chmod(0o755)


def environ(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": str(folder), **more}


WAYLAND = """
if '--list-types' in args: out(b'text/plain\\nimage/png\\n')
else: out(picture if 'png' in args else b'no')
"""
X11 = """
if 'TARGETS' in args: out(b'TARGETS\\nUTF8_STRING\\ntext/plain\\n')
elif 'UTF8_STRING' in args: out('привет'.encode())
else: sys.exit(1)
"""
FILES = "out(b'text/uri-list\\ntext/plain\\n' if 'TARGETS' in args else b'file:///tmp/a%20b.png\\r\\n')"
APPLE = "out('«data PNGf'.encode() + picture.hex().upper().encode() + '»\\n'.encode())"
POWERSHELL = "import base64; out(base64.b64encode(picture if 'GetImage' in args else b'') + b'\\r\\n')"


async def test_a_picture_comes_before_a_text_on_wayland(tools: Path) -> None:
    tool(tools, "wl-paste", WAYLAND)
    assert await held(environ(tools, WAYLAND_DISPLAY="wayland-0")) == Held(picture=PICTURE)
    assert await held(environ(tools)) is None  # nobody to talk to


async def test_a_text_and_files_on_x11(tools: Path) -> None:
    tool(tools, "xclip", X11)
    assert await held(environ(tools, DISPLAY=":0")) == Held(text="привет")
    tool(tools, "xclip", FILES)
    assert await held(environ(tools, DISPLAY=":0")) == Held(text="file:///tmp/a%20b.png\r\n")


async def test_macos_with_and_without_pngpaste(tools: Path) -> None:
    tool(tools, "osascript", APPLE)
    assert await held(environ(tools)) == Held(picture=PICTURE)
    tool(tools, "osascript", "sys.exit(1)")
    tool(tools, "pbpaste", "out('текст'.encode())")
    assert await held(environ(tools)) == Held(text="текст")
    tool(tools, "pngpaste", "out(picture)")
    assert await held(environ(tools)) == Held(picture=PICTURE)


async def test_windows(tools: Path) -> None:
    tool(tools, "powershell.exe", POWERSHELL)
    assert await held(environ(tools)) == Held(picture=PICTURE)
    words = base64.b64encode("слово".encode()).decode()
    tool(tools, "powershell.exe", f"out(b'{words}' if 'GetText' in args else b'')")
    assert await held(environ(tools)) == Held(text="слово")


async def test_a_tool_that_hangs_or_floods_is_ended(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_reading, "PATIENCE", 0.3)
    told = f"open({str(tools / 'pid')!r}, 'w').write(str(os.getpid()))"
    tool(tools, "xclip", f"import os; {told}; time.sleep(60)")
    assert await held(environ(tools, DISPLAY=":0")) is None
    if (tools / "pid").exists() and (number := (tools / "pid").read_text()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)
    monkeypatch.setattr(clipboard_reading, "PATIENCE", 20.0)
    flood = "[out(b'x' * 65536) for _ in range(999)]"
    tool(tools, "wl-paste", f"out(b'image/png\\n') if '--list-types' in args else {flood}")
    with pytest.raises(TooLarge):
        await held(environ(tools, WAYLAND_DISPLAY="wayland-0"))


async def test_where_there_is_no_tool_the_reason_is_told(tools: Path) -> None:
    assert await held(environ(tools)) is None
    assert "over ssh" in why_not({"SSH_CONNECTION": "1"}).lower()
    assert "wl-clipboard" in why_not({"WAYLAND_DISPLAY": "wayland-0"})
    assert "xclip" in why_not({"DISPLAY": ":0"})
    assert "no clipboard" in why_not({})
    assert i18n.language() == "en"
