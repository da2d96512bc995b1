"""Both catalogues hold every text of the source, with the same placeholders and every plural form."""

from __future__ import annotations

import gettext
import re
import string
from functools import cache
from io import BytesIO
from typing import BinaryIO

import pytest
from babel.messages.mofile import write_mo

from neurotui.i18n import DOMAIN, LANGUAGES, LOCALE_DIR
from tests import update_catalogues
from tests.update_catalogues import read, untranslated

extract = cache(update_catalogues.extract)
languages = pytest.mark.parametrize("language", LANGUAGES)


@languages
def test_every_text_of_the_source_is_in_the_catalogue(language: str) -> None:
    catalog = read(language)
    texts = [(message.id, message.context) for message in extract() if message.id]
    assert len(texts) > 100
    assert [text for text in texts if catalog.get(*text) is None] == []


@languages
def test_the_catalogue_holds_nothing_that_the_source_lacks(language: str) -> None:
    template = extract()
    assert [m.id for m in read(language) if m.id and template.get(m.id, m.context) is None] == []


@languages
def test_every_text_has_a_translation(language: str) -> None:
    assert [message.id for message in untranslated(read(language))] == []


@languages
def test_translations_have_the_placeholders_of_their_source(language: str) -> None:
    wrong = []
    for message in read(language):
        sources, translations = forms(message.id), forms(message.string)
        allowed = set().union(*map(placeholders, sources))
        # A form for one thing may be without its number; the other forms, and those of Russian, may not.
        found = [placeholders(text) for text in translations if text not in sources]
        if message.id and any(names != allowed for names in found):
            wrong.append(message.id)
    assert wrong == []


def test_an_incomplete_answer_is_told_of_in_the_same_words_everywhere() -> None:
    told = [message for message in read("ru") if "the answer is not complete" in str(message.id)]
    assert len(told) > 2
    assert [message.string for message in told if "ответ неполный" not in str(message.string)] == []


@languages
def test_the_compiled_catalogue_is_up_to_date(language: str) -> None:
    made = BytesIO()
    write_mo(made, read(language))
    made.seek(0)
    with (LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as kept:
        assert texts_of(made) == texts_of(kept)


def texts_of(compiled: BinaryIO) -> dict[object, str]:
    """The texts of a compiled catalogue, without its header, which names the release of Babel."""
    texts = dict(gettext.GNUTranslations(compiled)._catalog)  # type: ignore[attr-defined]
    del texts[""]
    return texts


def forms(text: object) -> list[str]:
    """A text, or all its plural forms."""
    return [text] if isinstance(text, str) else list(text) if isinstance(text, list | tuple) else []


def placeholders(text: str) -> set[str]:
    """The names between braces, and what is formatted with %."""
    braces = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return braces | set(re.findall(r"%(?:\(\w+\))?[rs]", text))
