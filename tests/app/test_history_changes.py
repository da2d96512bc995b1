"""Conversations changed from the history, on a real file: at once, and back where it cannot be written."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.app.history_changes import HistoryChanges
from neurotui.chat.conversation import Conversation
from neurotui.errors import StoreError
from neurotui.store.database import FILE_NAME
from tests.store.examples import library_of, turn


async def test_changes_are_written_and_told(tmp_path: Path) -> None:
    conversation = Conversation()
    turn(conversation, "hi")
    library = library_of(tmp_path, conversation)
    changes = HistoryChanges(library, conversation)
    [summary] = library.summaries()
    assert await changes.rename(summary, "name") == "" and conversation.title == "name"
    await changes.pin(summary)
    [summary] = library.summaries()
    assert summary.pinned and summary.name == "name"
    writing = changes.delete(summary)
    assert changes.current_is_deleted, "before it is written"
    assert await writing == "“name” is deleted"
    assert library.summaries() == []
    assert await changes.undo() == "“name” is back"
    assert library.summaries() == [summary] and not changes.current_is_deleted


async def test_a_long_name_is_told_short(tmp_path: Path) -> None:
    conversation = Conversation()
    turn(conversation, "hi")
    conversation.title = "слово " * 60
    library = library_of(tmp_path, conversation)
    changes = HistoryChanges(library, conversation)
    [summary] = library.summaries()
    for told in (await changes.delete(summary), await changes.undo()):
        assert told.startswith("“слово слово") and "…”" in told and len(told) < 70


async def test_what_cannot_be_written_is_taken_back(tmp_path: Path) -> None:
    conversation = Conversation()
    turn(conversation, "hi")
    library = library_of(tmp_path, conversation)
    changes = HistoryChanges(library, conversation)
    [summary] = library.summaries()
    broken = HistoryChanges(library_of(tmp_path / "nowhere"), conversation)
    (tmp_path / "nowhere").write_text("where a folder should be")
    for change in (broken.rename(summary, "name"), broken.delete(summary)):
        with pytest.raises(StoreError):
            await change
    assert conversation.title == "" and broken.deleted == []
    await changes.delete(summary)
    broken.deleted.append(summary)
    with pytest.raises(StoreError):
        await broken.undo()
    assert broken.deleted == [summary] and (tmp_path / FILE_NAME).exists()


async def test_a_change_is_written_though_the_history_is_closed_at_once(tmp_path: Path) -> None:
    conversation = Conversation()
    turn(conversation, "hi")
    library = library_of(tmp_path, conversation)
    changes = HistoryChanges(library, conversation)
    [summary] = library.summaries()
    closed = asyncio.ensure_future(changes.rename(summary, "name"))
    closed.cancel()
    await changes.pin(summary)
    assert library.summaries()[0].name == "name"
