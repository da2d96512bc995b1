"""Long work tells how far it is, and where it is stopped all is as it was, or whole."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neurotui.errors import WorkStopped
from neurotui.store import schema
from neurotui.store.database import Database
from neurotui.store.library import Added, Library
from neurotui.store.store import FILE_NAME
from neurotui.store.watch import Report, Stage, Unit
from neurotui.transcripts import Format, document, export_all, save
from neurotui.transcripts.reading import import_file
from tests.store.examples import check, everything, library_of, small
from tests.store.test_rescue import damage, fill
from tests.store.test_schema import FILES


class Recorded:
    """Somebody who waits, and has had enough after so many reports of a stage."""

    is_seen = True

    def __init__(self, stops: Stage | None = None, after: int = 0) -> None:
        self.told: list[tuple[Stage, int, int | None]] = []
        self._stops = stops
        self._after = after

    @contextmanager
    def begin(self, stage: Stage, unit: Unit, about: str = "") -> Iterator[Report]:
        def report(done: int, total: int | None) -> None:
            if stage is self._stops and len(self.of(stage)) >= self._after:
                raise WorkStopped
            self.told.append((stage, done, total))

        yield report

    def of(self, stage: Stage) -> list[tuple[int, int | None]]:
        return [(done, total) for told, done, total in self.told if told is stage]


def opened(folder: Path, watch: Recorded) -> Library:
    return Library(Database(folder / FILE_NAME, watch), lambda name: False)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "rescue.lock"}


def test_a_rescue_tells_how_far_it_is(tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    damaged = damage(tmp_path / FILE_NAME, 0, b"\0" * 100)
    watch = Recorded()
    library = opened(tmp_path, watch)
    assert len(library.ids()) == len(conversations)
    library._database.close()
    copied, rescued = watch.of(Stage.COPYING), watch.of(Stage.RESCUING)
    assert copied[0] == (0, len(damaged))
    assert [done for done, _total in rescued] == sorted(done for done, _total in rescued)
    assert rescued[-1][0] == sum(len(conversation.messages) for conversation in conversations)


@pytest.mark.parametrize(("stage", "after"), [(Stage.COPYING, 0), (Stage.RESCUING, 0), (Stage.RESCUING, 40)])
def test_a_rescue_that_is_stopped_changes_nothing(stage: Stage, after: int, tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    damage(tmp_path / FILE_NAME, 0, b"\0" * 100)
    before = files(tmp_path)
    library = opened(tmp_path, Recorded(stage, after))
    with pytest.raises(WorkStopped):
        library.ids()
    library._database.close()
    assert files(tmp_path) == before
    again = opened(tmp_path, Recorded())
    assert len(again.ids()) == len(conversations)
    again._database.close()
    check(tmp_path)


def old(folder: Path) -> Path:
    path = folder / FILE_NAME
    path.write_bytes(gzip.decompress((FILES / "version_1.db.gz").read_bytes()))
    return path


def test_a_migration_tells_of_its_backup(tmp_path: Path) -> None:
    size = old(tmp_path).stat().st_size
    watch = Recorded()
    library = opened(tmp_path, watch)
    assert library.open("all") == everything()
    library._database.close()
    assert watch.of(Stage.BACKING_UP)[-1] == (size, size)


def test_a_migration_that_is_stopped_changes_nothing_and_leaves_no_copy(tmp_path: Path) -> None:
    old(tmp_path)
    library = opened(tmp_path, Recorded(Stage.BACKING_UP))
    with pytest.raises(WorkStopped):
        library.ids()
    library._database.close()
    assert {path.name for path in tmp_path.iterdir()} == {FILE_NAME, "migration.lock"}
    again = library_of(tmp_path)
    assert again.open("all") == everything()
    again._database.close()


def test_one_long_statement_of_a_migration_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = library_of(tmp_path, everything())
    library._database.close()
    endless = """
    CREATE TABLE counted (n INTEGER);
    INSERT INTO counted WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c;
    """
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, endless))
        library = opened(tmp_path, Recorded(Stage.UPDATING, 3))
        with pytest.raises(WorkStopped):
            library.ids()
        library._database.close()
    assert library.open("all") == everything()
    library._database.close()
    check(tmp_path)


@pytest.mark.parametrize("after", [0, 1, 30, 31, 57])
def test_an_import_that_is_stopped_goes_on_without_doubling(after: int, tmp_path: Path) -> None:
    path = tmp_path / "archive.json"
    conversations = [small(f"вопрос {number}") for number in range(20)]
    other = everything()
    del other.messages["a4"]
    conversations.insert(3, other)  # something else is there under its ids
    path.write_text("".join(document.render_all(conversations)), encoding="utf-8")
    changed = everything()
    changed.messages["q1"] = small("совсем другое").path()[0]
    library = library_of(tmp_path / "kept")
    stopped = import_file(library, path, Recorded(Stage.IMPORTING, after))
    assert stopped.stopped
    assert sum(stopped.counts.values()) == len(library.ids()) < len(conversations)
    rest = import_file(library, path)
    assert rest.counts[Added.KNOWN] == sum(stopped.counts.values())
    assert len(library.ids()) == len(conversations)
    again = import_file(library, path)
    assert again.counts[Added.KNOWN] == len(conversations)
    library._database.close()
    check(tmp_path / "kept")


def test_a_copy_beside_another_is_known_when_it_comes_again(tmp_path: Path) -> None:
    library = library_of(tmp_path, everything())
    other = everything()
    other.system_prompt = ""
    message = other.messages["a1"]
    other.messages["a1"] = type(message)(message.id, message.role, "иначе", "q1", message.created_at)
    assert library.add(other) is Added.COPIED
    assert library.add(other) is Added.KNOWN
    assert len(library.ids()) == 2
    copy = next(id_ for id_ in library.ids() if id_ != "all")
    library.delete(copy)
    assert library.add(other) is Added.KNOWN
    assert len(library.ids()) == 2, "as any other that was deleted and is imported again"


@pytest.mark.parametrize("form", Format)
def test_an_export_that_is_stopped_leaves_whole_files_alone(form: Format, tmp_path: Path) -> None:
    def stop(after: int) -> Callable[[int, int | None], None]:
        calls = iter(range(after))

        def report(done: int, total: int | None) -> None:
            if next(calls, None) is None:
                raise WorkStopped

        return report

    with pytest.raises(WorkStopped):
        save(everything(), form, tmp_path / f"one.{form}", stop(2))
    assert list(tmp_path.iterdir()) == []
    conversations = [small(f"вопрос {number}") for number in range(9)]
    whole: list[Path] = []
    with pytest.raises(WorkStopped):
        for path in export_all(conversations, form, tmp_path, stop(12)):
            whole.append(path)
    assert sorted(tmp_path.iterdir()) == sorted(whole)
    assert bool(whole) is (form is not Format.JSON)
