"""How a model counts tokens, as it is learnt from receipts."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind, content
from neurotui.chat.conversation import Message, Role
from neurotui.chat.token_counts import (
    Counts,
    counts_of_content,
    counts_of_message,
    counts_of_text,
    total,
)
from neurotui.chat.token_rates import TokenRates
from neurotui.wire.parts import Blob

PICTURE = Attachment(AttachmentKind.IMAGE, "p.png", "image/png", Blob("0" * 64, 9))

Model = Callable[[Counts], float]
"""How a model counts, unknown to us."""


def plain(counts: Counts) -> float:
    return 0.24 * counts.latin + 0.29 * counts.cyrillic + 4 * counts.messages + 85 * counts.pictures + 3


def dear(counts: Counts) -> float:
    return 0.3 * counts.latin + 0.6 * counts.cyrillic + 5 * counts.messages + 1600 * counts.pictures + 9


def prompted(counts: Counts) -> float:
    """Has a prompt of its own before each request."""
    return plain(counts) + 460


@pytest.mark.parametrize("model", [plain, dear, prompted])
def test_a_few_receipts_teach_how_a_model_counts(model: Model) -> None:
    missed = []
    for seed in range(10):
        chance, rates = random.Random(seed), TokenRates()
        for _conversation in range(3):
            history = Counts()
            for turn in range(6):
                history += Counts(chance.randrange(50, 900), chance.randrange(2000), 0, 1, int(turn == 2))
                told = round(model(history) * chance.uniform(0.98, 1.02))
                if rates.receipts >= 6:
                    missed.append(abs(rates.tokens(history) - told) / told)
                rates = rates.with_receipt(history, told)
                history += Counts(chance.randrange(50, 900), chance.randrange(4000), 0, 1)
    assert sum(missed) / len(missed) < 0.03
    assert max(missed) < 0.3


def test_a_picture_teaches_of_pictures_and_not_of_letters() -> None:
    rates = TokenRates()
    for length in (2000, 9000, 30_000):
        rates = rates.with_receipt(Counts(length, messages=1), round(length * 0.22 + 4))
    letters = rates.rates[0]
    rates = rates.with_receipt(Counts(30_000, messages=1, pictures=1), 30_000 * 22 // 100 + 4 + 85)
    assert rates.rates[0] == pytest.approx(letters, rel=0.01)
    assert rates.rates[4] == pytest.approx(85, abs=150), "it was 1000"


def test_another_model_behind_the_name_is_learnt_anew() -> None:
    rates = TokenRates()
    for length in range(1000, 30_000, 1000):
        rates = rates.with_receipt(Counts(length, messages=1), length // 5)
    for length in range(1000, 4000, 1000):
        rates = rates.with_receipt(Counts(length, messages=1), length // 2)
    assert rates.tokens(Counts(10_000, messages=1)) == pytest.approx(5000, rel=0.1)


@pytest.mark.parametrize("told", [0, -5, 7, 10**9])
def test_a_count_that_cannot_be_one_teaches_nothing(told: int) -> None:
    assert TokenRates().with_receipt(Counts(8000, messages=1), told) == TokenRates()


def test_the_usual_length_of_an_answer_is_that_of_most() -> None:
    rates = TokenRates()
    assert rates.answer_tokens(2000) == 2000
    for tokens in [0, *range(100, 1100, 100)]:
        rates = rates.with_answer(tokens)
    assert rates.answer_tokens(2000) == 900
    for _ in range(100):
        rates = rates.with_answer(50)
    assert (rates.answer_tokens(2000), len(rates.answers)) == (50, 20)


def test_what_was_learnt_is_kept_as_a_text() -> None:
    rates = TokenRates().with_receipt(Counts(900, 40, messages=2), 300).with_answer(40)
    again = TokenRates.from_text(rates.to_text())
    assert again.rates == pytest.approx(rates.rates, rel=1e-4)
    assert (again.receipts, again.answers) == (1, (40,))
    assert len(rates.to_text()) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"rates":[1],"doubt":[],"receipts":1,"answers":[]}',
        '{"rates":[NaN,1,1,1,1,1],"doubt":[],"receipts":1,"answers":[]}',
        '{"rates":[1,1,1,1,1,1],"doubt":[[1]],"receipts":1,"answers":["x"]}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_was_not_learnt(text: str) -> None:
    assert TokenRates.from_text(text) == TokenRates()


def test_characters_are_counted_by_script() -> None:
    assert counts_of_text("Hi, world 1") == Counts(11)
    assert counts_of_text("Привет, мир") == Counts(2, 9)
    assert counts_of_text("é漢字 ёЁ") == Counts(1, 2, 3)
    assert counts_of_text("") == Counts()


def test_messages_and_pictures_are_counted() -> None:
    assert counts_of_content("Hi") == Counts(2, messages=1)
    assert counts_of_content(content("Hi", (PICTURE, PICTURE))) == Counts(2, messages=1, pictures=2)
    drawn = Message("a", Role.ASSISTANT, "Here", attachments=(PICTURE,))
    assert counts_of_message(drawn) == Counts(4, messages=1, pictures=1)
    sound = Attachment(AttachmentKind.AUDIO, "a.wav", "audio/wav", Blob("1" * 64, 320_000))
    assert counts_of_content(content("Hi", (sound,))).fixed == 100
    assert total([Counts(1, 2), Counts(3, 4, 5, 6, 7, 8)]) == Counts(4, 6, 5, 6, 7, 8)
