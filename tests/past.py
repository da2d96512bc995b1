"""What somebody has talked about: conversations, models and servers for the scenes, in both languages."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.api.demo.script import texts_of
from neurotui.app.accounts import DEMO_MODEL
from neurotui.app.server_refs import DEMO, ServerRef
from neurotui.chat.conversation import Conversation, Message, Role, Status, Timing
from neurotui.settings.file import SettingsFile
from neurotui.wire.events import Usage
from neurotui.wire.price import MICROS, Price
from tests.store.examples import library_of

READ = "read"
"""The id of the conversation with a heading, code, a table, a formula, reasoning and two versions."""

_PLAN = {
    "en": ("Plan a quiet week in the mountains", "Three huts, two lakes, no stream to ford."),
    "ru": ("Спланируй тихую неделю в горах", "Три приюта, два озера, ни одного потока вброд."),
}
_TALKS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("Why does my socket time out behind a proxy?", "Idle streams are closed by the proxy."),
        ("Translate the release notes into Russian", "«Поток ответов больше не обрывается.»"),
        ("Name a library for reading event streams", "Short names are best: drip, brook, sluice."),
        ("A regular expression for dates", "Use `fromisoformat`; a stream of digits is no date yet."),
        ("Rewrite this function without a loop", "A generator: the stream is read as it comes."),
        ("Compare three ways to keep a draft", "A file, a table, or a stream of changes."),
        ("A bedtime story about a lighthouse", "Once there was a lamp that counted ships."),
    ),
    "ru": (
        ("Почему сокет молчит за прокси?", "Прокси закрывает поток, в котором тихо."),
        ("Переведи список изменений на английский", "“The stream of an answer no longer breaks.”"),
        ("Придумай имя библиотеке для потоков событий", "Короткие лучше: капель, ручей, шлюз."),
        ("Регулярное выражение для дат", "Возьмите `fromisoformat`: поток цифр ещё не дата."),
        ("Перепиши эту функцию без цикла", "Генератор: поток читается по мере прихода."),
        ("Сравни три способа хранить черновик", "Файл, таблица или поток изменений."),
        ("Сказка на ночь про маяк", "Жила-была лампа, которая считала корабли."),
    ),
}
_WHEN = (
    (1, "21:40", Status.COMPLETE, "gpt-5-mini"),
    (1, "18:02", Status.STOPPED, "claude-sonnet-4.5"),
    (1, "09:15", Status.COMPLETE, "gpt-5-mini"),
    (4, "16:30", Status.LENGTH, "deepseek-chat"),
    (4, "12:08", Status.COMPLETE, "gpt-5-mini"),
    (12, "23:51", Status.FAILED, "gemini-2.5-pro"),
    (40, "20:20", Status.CUT, "gpt-5-mini"),
)
_QUESTION = {
    "en": "How much does buffering a stream cost? Show the code and the figures.",
    "ru": "Во что обходится буферизация потока? Покажи код и цифры.",
}
_ANSWER = {
    "en": """\
## Reading as it comes

A **buffer** costs memory and, worse, *time to the first word*:

```python
async for line in response.aiter_lines():
    if not line.startswith(":"):  # a ping
        yield parse(line)
```

| Buffer | First word | Memory |
|---|---:|---:|
| none | 0.4 s | 12 kB |
| 4 kB | 1.9 s | 16 kB |
| all of it | 38.2 s | 2.1 MB |

For $n$ tokens the wait grows as $O(n)$. More in the [specification](https://html.spec.whatwg.org/#sse) and at
[NeuroAPI](https://neuroapi.host/docs).
""",
    "ru": """\
## Читать по мере прихода

**Буфер** стоит памяти и, что хуже, *времени до первого слова*:

```python
async for line in response.aiter_lines():
    if not line.startswith(":"):  # пинг
        yield parse(line)
```

| Буфер | Первое слово | Память |
|---|---:|---:|
| нет | 0,4 с | 12 КБ |
| 4 КБ | 1,9 с | 16 КБ |
| весь ответ | 38,2 с | 2,1 МБ |

Для $n$ токенов ожидание растёт как $O(n)$. Подробнее: [спецификация](https://html.spec.whatwg.org/#sse)
и [NeuroAPI](https://neuroapi.host/docs).
""",
}
SYSTEM_PROMPT = {
    "en": "You are a patient reviewer. Answer briefly, with code where it helps.",
    "ru": "Ты терпеливый рецензент. Отвечай кратко, с кодом там, где он помогает.",
}


def dollars(input: float, output: float) -> Price:
    """Return a price in US dollars for a million tokens."""
    return Price(round(input * MICROS), round(output * MICROS))


MODELS = (
    ModelInfo("gpt-5-mini", "GPT-5 mini", "openai", 400_000, price=dollars(0.25, 2)),
    ModelInfo("gpt-5", "GPT-5", "openai", 400_000, price=dollars(1.25, 10)),
    ModelInfo("gpt-4.1", "GPT-4.1", "openai", 1_047_576, price=dollars(2, 8)),
    ModelInfo("o4-mini", "", "openai", 200_000, price=dollars(1.1, 4.4)),
    ModelInfo("claude-sonnet-4.5", "Claude Sonnet 4.5", "anthropic", 200_000, price=dollars(3, 15)),
    ModelInfo("claude-haiku-4.5", "Claude Haiku 4.5", "anthropic", 200_000, price=dollars(1, 5)),
    ModelInfo("gemini-2.5-pro", "Gemini 2.5 Pro", "google", 1_048_576, price=dollars(1.25, 10)),
    ModelInfo("gemini-2.5-flash", "Gemini 2.5 Flash", "google", 1_048_576, price=dollars(0.3, 2.5)),
    ModelInfo("deepseek-chat", "DeepSeek V3.2", "deepseek", 128_000, price=dollars(0.28, 0.42)),
    ModelInfo("deepseek-reasoner", "DeepSeek R1", "deepseek", 128_000, price=dollars(0.28, 0.42)),
    ModelInfo("qwen3-235b-a22b", "Qwen3 235B", "qwen", 131_072, price=dollars(0.2, 0.6)),
    ModelInfo("mistral-large", "Mistral Large", "mistral", 128_000, price=dollars(2, 6)),
    ModelInfo(
        "text-embedding-3-small",
        "",
        "openai",
        8_192,
        price=dollars(0.02, 0),
        abilities=Abilities(endpoints=frozenset({"embeddings"})),
    ),
)
"""What a server may offer."""

SETTINGS = """\
profile = "neuroapi"

[profiles.neuroapi]
model = "gpt-5-mini"

[profiles.ollama]
base_url = "http://localhost:11434/v1"
model = "qwen3:8b"

[personas.{reviewer}]
system_prompt = "{prompt}"
parameters = {{ temperature = 0.2 }}

[personas.{poet}]
parameters = {{ temperature = 1.2 }}
"""
_PERSONAS = {"en": ("reviewer", "poet"), "ru": ("рецензент", "поэт")}


def settings_of(folder: Path, language: str, theme: str) -> SettingsFile:
    """The settings of somebody with two servers and two personas."""
    path = folder / ".config" / "neurotui" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    reviewer, poet = (f'"{name}"' for name in _PERSONAS[language])
    text = SETTINGS.format(reviewer=reviewer, poet=poet, prompt=SYSTEM_PROMPT[language])
    path.write_text(f'language = "{language}"\ntheme = "neurotui-{theme}"\n{text}', encoding="utf-8")
    return SettingsFile(path)


def remember(folder: Path, language: str) -> None:
    """Puts the conversations of some weeks where the store of a folder finds them."""
    library = library_of(folder)
    plan = _talk(*_PLAN[language], at(20, "10:00"), Status.COMPLETE, "gpt-5-mini")
    talks = [
        _talk(question, answer, at(days, clock), status, model)
        for (question, answer), (days, clock, status, model) in zip(_TALKS[language], _WHEN, strict=True)
    ]
    for conversation in sorted([plan, *talks, _read(language)], key=lambda one: one.created_at):
        conversation.profile = ServerRef(address=DEMO).mark
        conversation.chosen_model = DEMO_MODEL
        library.add(conversation)
    library.pin(plan.id, True)


def at(days: int, clock: str) -> float:
    """The Unix time at which a clock showed this, so many days ago."""
    return datetime.combine(date.today() - timedelta(days=days), time.fromisoformat(clock)).timestamp()


def cut_answer(language: str) -> Message:
    """An answer that a crash cut."""
    return Message("cut", Role.ASSISTANT, _ANSWER[language], "q", at(1, "21:41"), Status.CUT, "gpt-5-mini")


def _talk(question: str, answer: str, when: float, status: Status, model: str) -> Conversation:
    asked = Message(f"q{when:.0f}", Role.USER, question, None, when)
    said = Message(f"a{when:.0f}", Role.ASSISTANT, answer, asked.id, when + 9, status, model)
    return Conversation.of([asked, said], id=f"talk{when:.0f}", created_at=when)


def _read(language: str) -> Conversation:
    """The one that is read: its last answer has everything that an answer may have."""
    when = at(1, "22:04")
    question = Message("read-q", Role.USER, _QUESTION[language], None, when)
    first = Message("read-a", Role.ASSISTANT, _PLAN[language][1], question.id, when + 5, model="gpt-5-mini")
    second = Message(
        "read-b",
        Role.ASSISTANT,
        _ANSWER[language],
        question.id,
        when + 9,
        model="gpt-5-mini",
        reasoning=texts_of(language)["reasoning"],
        finish_reason="stop",
        usage=Usage(1240, 386, 1626, 122, 0),
        timing=Timing(0.18, 1.42, 3.6, 8.9, None, 2),
    )
    conversation = Conversation.of([question, first, second], id=READ, created_at=when)
    conversation.system_prompt = SYSTEM_PROMPT[language]
    conversation.parameters = {"temperature": 0.2, "reasoning_effort": "low", "top_p": 0.9}
    return conversation
