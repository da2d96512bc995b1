"""What requests carry beside the messages is kept with the conversation."""

from __future__ import annotations

import json
from pathlib import Path

from neurotui.chat.joining import sent_to
from neurotui.transcripts.document import read_conversation, render
from tests.store.examples import everything, library_of, rows, small

PARAMETERS: dict[str, object] = {"temperature": 0.2, "stop": ["\ud83d", "конец"], "x": {"y": [None, True, 1]}}


def test_parameters_are_kept_and_changed(tmp_path: Path) -> None:
    conversation = everything()
    conversation.parameters = PARAMETERS
    library = library_of(tmp_path, conversation)
    found = library.open("all")
    assert found is not None
    assert found.parameters == {**PARAMETERS, "stop": ["\ufffd", "конец"]}
    found.parameters = {}
    found.system_prompt = "Кратко"
    found.first_sent_id = "q2"
    library.configure(found)
    assert library.open("all") == found
    assert library.open("all") != everything()


def test_what_is_not_kept_yet_stays_so(tmp_path: Path) -> None:
    library = library_of(tmp_path, everything())
    library.configure(small())
    assert rows(tmp_path, "SELECT id FROM conversations") == [("all",)]


def test_a_fork_and_an_export_have_them_too(tmp_path: Path) -> None:
    conversation = everything()
    conversation.parameters, conversation.first_sent_id = {"seed": 7}, "q2"
    fork = library_of(tmp_path, conversation).fork(conversation, "a4")
    assert fork.parameters == {"seed": 7}
    assert [message.text for message in sent_to(fork, fork.leaf_id)] == ["Дальше", "Ост"]
    (data,) = json.loads("".join(render(conversation)))["conversations"]
    assert read_conversation(data) == (conversation, 0)


def test_what_is_no_object_is_no_parameters(tmp_path: Path) -> None:
    library = library_of(tmp_path, everything())
    library._database.write(
        lambda connection: connection.execute("UPDATE conversations SET parameters = '[1'")
    )
    found = library.open("all")
    assert found is not None
    assert found.parameters == {}
