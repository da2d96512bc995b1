"""Brings the catalogues up to date with the source: python -m tests.update_catalogues

Extracts every text, merges it into neurotui/i18n/locale/*/LC_MESSAGES/neurotui.po, compiles the .mo files and
lists what is still without a translation. English is its own translation; its catalogue is filled by itself.
"""

from __future__ import annotations

import ast
from datetime import UTC, datetime

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from neurotui.i18n import DOMAIN, LANGUAGES, LOCALE_DIR

MADE = datetime(2026, 11, 22, tzinfo=UTC)
"""Stands in every header, so that a catalogue changes only where its texts do."""
PACKAGE = LOCALE_DIR.parents[1]


def extract() -> Catalog:
    """All texts of the source, as a template. Babel's own reader does not see into f-strings."""
    template = Catalog()
    for path in sorted(PACKAGE.rglob("*.py")):
        place = [(f"neurotui/{path.relative_to(PACKAGE).as_posix()}", 0)]
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Call(ast.Name("_" | "N_"), [ast.Constant(str(text))]):
                    template.add(text, locations=place)
                case ast.Call(ast.Name("ngettext"), [ast.Constant(str(one)), ast.Constant(str(many)), _]):
                    template.add((one, many), locations=place)
                case ast.Call(ast.Name("pgettext"), [ast.Constant(str(context)), ast.Constant(str(text))]):
                    template.add(text, locations=place, context=context)
    return template


def read(language: str) -> Catalog:
    """The catalogue of a language as it stands; an empty one where there is none."""
    path = LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages of a catalogue that lack a translation, or one of its plural forms."""
    return [message for message in catalog if message.id and not _is_complete(message, catalog.num_plurals)]


def _is_complete(message: Message, plurals: int) -> bool:
    if message.fuzzy:
        return False
    if isinstance(message.string, tuple | list):
        return len(message.string) == plurals and all(message.string)
    return bool(message.string)


def _merge(language: str, template: Catalog) -> Catalog:
    old = read(language)
    new = Catalog(
        locale=language,
        header_comment=f"# neurotui in {LANGUAGES[language]}",
        project="neurotui",
        version=" ",
        msgid_bugs_address=" ",
        last_translator=" ",
        language_team=language,
        creation_date=MADE,
        revision_date=MADE,
        fuzzy=False,
    )
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        translation = message.id if language == "en" else known.string if known else None
        # Lines would only make every change of the source a change of the catalogue.
        files = sorted({(file, 0) for file, _ in message.locations})
        new.add(message.id, translation, locations=files, context=message.context)
    return new


def main() -> None:
    template = extract()
    for language in LANGUAGES:
        folder = LOCALE_DIR / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        catalog = _merge(language, template)
        with (folder / f"{DOMAIN}.po").open("wb") as file:
            write_po(file, catalog, width=100, sort_output=True, include_lineno=False)
        with (folder / f"{DOMAIN}.mo").open("wb") as file:
            write_mo(file, read(language))
        missing = untranslated(catalog)
        print(f"{language}: {len(catalog)} texts, {len(missing)} without a translation")
        for message in missing:
            print("   ", message.id)


if __name__ == "__main__":
    main()
