"""Who lives, and who has a conversation open; told by locks, which no way to die leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

from neurotui.store.instances import Instances

CHILD = """
import sys
from pathlib import Path
from threading import Thread
from neurotui.store.instances import Instances
instances = Instances(Path(sys.argv[1]))
print(instances.enter("c"), instances.name, flush=True)
sys.stdin.read()
"""


def child(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    _others, name = process.stdout.readline().split()
    return process, name


def kill(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()


def test_a_killed_instance_is_dead_at_once(tmp_path: Path) -> None:
    here = Instances(tmp_path)
    process, name = child(tmp_path)
    assert here.lives(name)
    assert here.lives(name), "to look does not kill"
    kill(process)
    assert not here.lives(name)
    assert not (tmp_path / "instances" / name).exists()


def test_the_second_is_told(tmp_path: Path) -> None:
    here = Instances(tmp_path)
    process, _name = child(tmp_path)
    assert not here.enter("other")
    assert here.enter("c")
    kill(process)
    assert not here.enter("c")
    here.close()


def test_an_instance_lives_for_itself_and_leaves_nothing(tmp_path: Path) -> None:
    here = Instances(tmp_path)
    assert here.lives(here.name)
    here.register()
    there = Instances(tmp_path)
    assert there.lives(here.name)
    here.enter("длинное имя разговора")
    here.enter("c")
    assert there.enter("c")
    here.close()
    assert not there.lives(here.name)
    there.close()
    assert list((tmp_path / "instances").iterdir()) == []


def test_without_a_folder_there_are_no_others(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "file/below"):
        (tmp_path / "file").touch()
        here = Instances(folder)
        assert not here.enter("c")
        assert not here.lives("someone")
        here.close()


def test_one_that_looks_while_another_registers_does_no_harm(tmp_path: Path) -> None:
    """Who finds the file before it is locked takes its owner for dead and removes it."""
    here, there = Instances(tmp_path), Instances(tmp_path)
    stop = False

    def look() -> None:
        while not stop:
            for path in (tmp_path / "instances").glob("*"):
                there.lives(path.name)

    (tmp_path / "instances").mkdir()
    looking = Thread(target=look)
    looking.start()
    try:
        for _round in range(200):
            here.register()
            assert Instances(tmp_path).lives(here.name)
            here.close()
    finally:
        stop = True
        looking.join()
    assert list((tmp_path / "instances").iterdir()) == []


def test_many_conversations_may_be_open_the_one_in_front_first(tmp_path: Path) -> None:
    here, there = Instances(tmp_path), Instances(tmp_path)
    here.enter("a")
    here.enter("b", beside=True)
    here.enter("c", beside=True)
    assert (tmp_path / "instances" / here.name).read_text() == "c\nb\na"
    assert there.open_elsewhere() == {"a", "b", "c"}
    assert all(there.enter(name) for name in "abc")
    assert not there.enter("b\na"), "a line is an id"
    here.enter("a", beside=True)
    here.leave("c")
    assert (tmp_path / "instances" / here.name).read_text() == "a\nb"
    assert not there.enter("c")
    assert here.opened() == {"a", "b", "c"}
    here.enter("d")
    assert there.open_elsewhere() == {"d"}, "alone, as before there were many"
    here.close()
    there.close()


def test_one_open_conversation_is_told_as_it_always_was(tmp_path: Path) -> None:
    """Older code takes the whole file for one id."""
    here = Instances(tmp_path)
    here.enter("c")
    assert (tmp_path / "instances" / here.name).read_bytes() == b"c"
    here.close()
