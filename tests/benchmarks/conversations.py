"""Many conversations as people and models hold them: in Russian and English, short questions, long answers.

Words are made of real stems and endings and used as often as in real texts (Zipf's law), so that parts of
words occur as often as they do there: to search for parts is what is measured. The same seed makes the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from neurotui.chat.conversation import Conversation, Message, Role


@dataclass(frozen=True)
class Language:
    """What its words are made of, and its small words as they are; "-" is no prefix or ending."""

    stems: str
    prefixes: str
    endings: str
    common: str


RUSSIAN = Language(
    stems="""
говор дел работ систем сервер программ нейрон космос истори вопрос ответ город врем мир дорог книг язык
слов мысл жизн природ вод огон земл неб звезд свет тен голос путь мест част сторон рук глаз лиц друг дом
стол окн двер машин функц класс объект метод данн таблиц запрос файл процесс поток модел обуч результат
ошиб проверк тест код строк символ
""",
    prefixes="""
- - - по за вы пере при от на под раз не со
""",
    endings="""
а у ом е ы и ов ам ами ах ить ать ение ения ский ская ного ные ости ность ся ющий енный ировать ально
""",
    common="""
и в не на я что он с как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня
ещё нет о из ему теперь когда даже ну вдруг ли если уже или ни быть был него до вас опять уж вам ведь
там потом себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего
раз
""",
)

ENGLISH = Language(
    stems="""
work run test comput system serv model train result error check code line value return class object
method data table query file process thread network learn time world point part hand light voice path
place read write open close stream token message answer question history search index
""",
    prefixes="""
- - re un pre over sub
""",
    endings="""
- s ed ing er ers ion ions able ly ment ness ful ize izing
""",
    common="""
the of and to a in is it you that he was for on are with as his they be at one have this from or had by
not but what all were when we there can an your which their said if do
""",
)


class Words:
    """An endless stream of words of one language."""

    def __init__(self, language: Language, chance: random.Random) -> None:
        self._common = language.common.split()
        self._words = [
            (prefix + stem + ending).replace("-", "")
            for stem in language.stems.split()
            for prefix in language.prefixes.split()
            for ending in language.endings.split()
        ]
        chance.shuffle(self._words)
        self._chance = chance
        self._weights = [list(_zipf(len(words))) for words in (self._words, self._common)]

    def text(self, count: int) -> str:
        """So many words: two of five are the small words of the language."""
        rare = iter(self._chance.choices(self._words, cum_weights=self._weights[0], k=count))
        common = iter(self._chance.choices(self._common, cum_weights=self._weights[1], k=count))
        return (
            " ".join(next(rare if number % 5 < 3 else common) for number in range(count)).capitalize() + "."
        )


def conversations(count: int, messages: int, seed: int = 1) -> Iterator[Conversation]:
    """Conversations of so many messages each, an hour apart, the newest last."""
    chance = random.Random(seed)
    russian, english = Words(RUSSIAN, chance), Words(ENGLISH, chance)
    for number in range(count):
        words = russian if chance.random() < 0.6 else english
        conversation = Conversation(id=f"{number:032x}", created_at=1_600_000_000.0 + 3600 * number)
        parent_id = None
        for place in range(messages):
            role = Role.ASSISTANT if place % 2 else Role.USER
            length = min(400, int(chance.lognormvariate(4.2, 0.7))) if place % 2 else chance.randint(3, 25)
            message = Message(
                f"{number * messages + place:032x}",
                role,
                words.text(max(1, length)),
                parent_id,
                conversation.created_at + place,
                model="gpt-5-mini" if place % 2 else "",
            )
            conversation.put(message)
            parent_id = message.id
        yield conversation


def _zipf(count: int) -> Iterator[float]:
    return accumulate(1 / (rank + 8) for rank in range(count))
