"""Conversations to be kept, and a look at what is kept without the code that is tested."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from neurotui.chat.conversation import (
    Conversation,
    Message,
    Role,
    Status,
    Timing,
    ToolCall,
    new_id,
    user_message,
)
from neurotui.errors import ErrorRecord
from neurotui.store import schema
from neurotui.store.database import Database
from neurotui.store.library import Library
from neurotui.store.store import FILE_NAME
from neurotui.wire.events import Usage

EXACT = "Ответ: «ё» 👩‍👩‍👧 \x00\x07\x1b[31m\r\n\u2028\u202e ́ 日本語 ```x``` <b>&amp;</b>\t \n"
"""A text with what is lost on the way most easily."""


def answer(
    parent: Message, text: str = "", status: Status = Status.COMPLETE, *, model: str = "gpt-5-mini"
) -> Message:
    """An answer to a question."""
    return Message(new_id(), Role.ASSISTANT, text, parent.id, parent.created_at + 1, status, model)


def everything() -> Conversation:
    """A conversation with branches, in which each field of each value is used."""
    question = Message("q1", Role.USER, "Привет, ёжик!\nКак дела?", None, 1000.25)
    first = Message(
        "a1",
        Role.ASSISTANT,
        EXACT,
        "q1",
        1001.5,
        Status.COMPLETE,
        "gpt-5-mini",
        reasoning="думаю…\x00\n",
        finish_reason="stop",
        usage=Usage(1, 2, 3, 4, 5),
        timing=Timing(0.1, 0.2, 0.3, 0.4, 0.5, 6),
    )
    second = Message(
        "a2",
        Role.ASSISTANT,
        "",
        "q1",
        1002.0,
        Status.FAILED,
        "other/model",
        error=ErrorRecord("upstream", "Заголовок", "почему", "что делать", 502, "code", "id-1"),
        timing=Timing(),
    )
    third = Message(
        "a3",
        Role.ASSISTANT,
        "Нет",
        "q1",
        1003.0,
        Status.FILTERED,
        "m",
        refused=True,
        tool_calls=(ToolCall("c1", "поиск", '{"q": "ё"}'), ToolCall("", "", "")),
        finish_reason="content_filter",
        usage=Usage(),
    )
    further = Message("q2", Role.USER, "Дальше", "a1", 1004.0)
    stopped = Message(
        "a4", Role.ASSISTANT, "Ост", "q2", 1005.0, Status.STOPPED, "m", timing=Timing(closed=0.004)
    )
    conversation = Conversation.of(
        [question, first, second, third, further, stopped],
        id="all",
        title="Всё",
        created_at=999.5,
        system_prompt="Отвечай\nкратко \u202e",
    )
    conversation.leaf_id = "a3"
    return conversation


def small(question: str = "Вопрос", reply: str = "Ответ", *, at: float = 1000.0) -> Conversation:
    """A conversation of one question and its answer."""
    asked = Message(new_id(), Role.USER, question, None, at)
    return Conversation.of([asked, answer(asked, reply)], created_at=at)


def turn(conversation: Conversation, question: str = "Вопрос") -> tuple[Message, Message]:
    """A question and the running answer to it, put at the end of a conversation."""
    asked = user_message(question, conversation.leaf_id)
    conversation.put(asked)
    running = answer(asked, "", Status.RUNNING)
    conversation.put(running)
    return asked, running


def library_of(folder: Path, *conversations: Conversation) -> Library:
    """A library on the file of a folder, with these conversations added."""
    library = Library(Database(folder / FILE_NAME), lambda name: False)
    for conversation in conversations:
        library.add(conversation)
    return library


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """What plain SQLite finds in the file of a folder."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return connection.execute(query).fetchall()


def check(folder: Path) -> None:
    """Asserts that the file is whole, its index of words and its counts too."""
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
        if schema.version(connection) >= 3:
            statement = (
                "INSERT INTO attachment_search (attachment_search, rank) VALUES ('integrity-check', 1)"
            )
            connection.execute(statement)
        wrong = connection.execute(
            """
            SELECT id FROM conversations c WHERE message_count IS NOT
                (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
            OR characters IS NOT
                (SELECT coalesce(sum(length(text)), 0) FROM messages m WHERE m.conversation_id = c.id)
            """
        ).fetchall()
        assert wrong == []
