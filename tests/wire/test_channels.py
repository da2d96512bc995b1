"""Answers in channels, wherever their marks are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.wire.channels import ChannelReader, Saying
from tests.wire.reading import cuts

A, F, C = "<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|channel|>commentary"
NEXT = "<|end|><|start|>assistant"


def read(pieces: list[str]) -> list[tuple[Saying, str]]:
    """What is said, texts that follow each other as one."""
    reader = ChannelReader()
    found: list[tuple[Saying, str]] = []
    for said in [*(said for piece in pieces for said in reader.feed(piece)), *reader.close()]:
        if found and found[-1][0] is said.what and said.what is not Saying.CALL:
            found[-1] = (said.what, found[-1][1] + said.text)
        else:
            found.append((said.what, said.text))
    return found


R, T, CALL, ARGUMENTS = Saying.REASONING, Saying.TEXT, Saying.CALL, Saying.ARGUMENTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{A}r{NEXT}{F}a<|return|>", [(R, "r"), (T, "a")]),
        (f"{A}r{NEXT}{F}a", [(R, "r"), (T, "a")]),
        (f"<|start|>assistant{A}r{NEXT}{A}s{NEXT}{F}a<|end|>", [(R, "r\n\ns"), (T, "a")]),
        (f"{A}1 < 2 <| 3{NEXT}{F}<b>a</b> <|x|> <", [(R, "1 < 2 <| 3"), (T, "<b>a</b> <|x|> <")]),
        (f"{C}<|message|>I look.{NEXT}{F}a", [(T, "I look.a")]),
        (
            f"{C} to=functions.f <|constrain|>json<|message|>{{}}<|call|>",
            [(CALL, "f"), (ARGUMENTS, "{}")],
        ),
        (
            f"<|start|>assistant to=functions.f{C}<|message|>{{}}<|call|><|start|>assistant{F}a",
            [(CALL, "f"), (ARGUMENTS, "{}"), (T, "a")],
        ),
        (f"{A}r<|channel|>final<|message|>a", [(R, "r"), (T, "a")]),
        (f"{F}a<|return|>b", [(T, "ab")]),
        ("<|start|>assistant<|message|>a", [(T, "a")]),
        (f"<|channel|>{'x' * 400}y", [(T, f"<|channel|>{'x' * 400}y")]),
        (f"{A}r<|en", [(R, "r<|en")]),
        (f"{F}a <|channel|> b <|end|>", [(T, "a <|channel|> b ")]),
        (f"{F}`<|start|>`, `<|channel|>`.<|return|>", [(T, "`<|start|>`, `<|channel|>`.")]),
        (f"{F}a <|start|> b", [(T, "a <|start|> b")]),
        (f"{A}r{NEXT}", [(R, "r")]),
    ],
)
def test_channels_are_parted_wherever_they_are_cut(text: str, said: list[tuple[Saying, str]]) -> None:
    assert read([text]) == said
    for pieces in cuts(text.encode()):
        assert read([piece.decode() for piece in pieces]) == said


MARKS = [f"<|{name}|>" for name in ("start", "channel", "message", "end", "return", "call", "constrain")]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*MARKS, "<|", "|>", "<", "final", "analysis", " to=f", " ", "a", "x" * 299]))
)
def test_how_it_is_cut_changes_nothing(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert read(pieces) == read([whole]) == read(list(whole))
