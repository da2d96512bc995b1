"""The gate: every text that is not from our own source passes it before it may reach a screen.

A terminal obeys what it is sent, so text from outside could move the cursor, write the clipboard or answer
in the user's name. Escape sequences are not parsed here in order to be removed: parsers differ, and what one
of them overlooks another obeys. The characters that begin such sequences are replaced by visible ones, and
what follows them is then harmless text. The same holds for characters that hide or reorder what is read.

- C0 controls become their pictures (ESC is ␛), DEL becomes ␡, C1 controls, bidi controls and the obsolete
  format characters become ⟨U+202E⟩. LF and TAB stay; CRLF becomes LF; a CR alone is ␍.
- U+2028 and U+2029 become LF: they are line ends, and programs on macOS put them into pasted text. With them,
  VT, FF and NEL gone, everything that splits lines after the gate agrees on what a line is.
- Tag characters, and runs of variation selectors or of characters without width, can hide a whole message:
  they become ⟨U+E0041 ×12⟩. The flags of England, Scotland and Wales are made of tags and stay. ZWJ, ZWNJ and
  VS16 stay, for emoji and for the scripts that need them.
- A character carries at most 8 combining marks; more would be drawn over the lines around it.
- Marks of citations in private-use letters (U+E200cite…U+E201), which models are trained to write for screens
  that replace them, are left out; of one that names a thing, the name stays.
- Halves of surrogate pairs, which cannot be written as UTF-8, become U+FFFD.

`clean` is idempotent. It looks at neighbours, so it is applied to a text as a whole, not to its deltas; for a
text that is shown while it comes there is `Cleaner`. It changes what is shown and copied, never what is
stored or sent back; `reveal` shows all that it does not.
"""

from __future__ import annotations

import re
import unicodedata

from neurotui.wire.surrogates import repair

_HARMLESS = re.compile(
    r"[\t\n\x20-\x7e\xa0-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u200a\u2010-\u2027\u202f-\u205f\u2065\u2070-\u20cf"
    r"\u2100-\u2cee\u2cf2-\u2d7e\u2d80-\u2ddf\u2e00-\u3029\u3030-\u3098\u309b-\ua66e\ua6a0-\ua6ef\ua6f2-\ua7ff"
    r"\uac00-\ud7ff\ue000-\ue1ff\ue201-\ufb1d\ufb1f-\ufdff\ufe0f-\ufe1f\ufe30-\ufefe\uff00-\ufff8\ufffc-\U000101fc\U0001f000-\U000dffff"
    r"\U000e1000-\U0010ffff]*+"
)
"""Text that passes at once: blocks of Unicode without marks and controls. The rest is examined."""

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb"
_SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_WIDTHLESS = r"\u200b-\u200d\u2060-\u2064\ufeff"
_TAGS = r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_FILLERS = rf"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0{_SELECTORS}"
"""Characters drawn as nothing, although Unicode calls them letters, marks or symbols."""

_UNSAFE = re.compile(rf"[{_CONTROLS}]|{_FLAGS}|[{_TAGS}]+|[{_SELECTORS}]{{3,}}|[{_WIDTHLESS}]{{3,}}")
_PILE = re.compile(r"[^\w\s\x00-\u02ff]{9,}")
_INVISIBLE = re.compile(rf"(?P<blanks>(?<! ) ++(?![^\r\n]))|(?P<filler>[{_FILLERS}])|[^\w\n\x20-\x7e]")
_SETTLED = re.compile(r".*[\x20-\x7e\w\n]", re.DOTALL)
"""Everything up to a character that stands for itself: what follows may go on in the next piece."""
_BREAKS = re.compile(r"[\n\t]+")

_OPEN_CITATION = re.compile(r"\ue200[a-z_0-9]{0,24}(?:\ue202[^\ue201\n]*)?")
_CITATION = re.compile(r"\ue200([a-z_0-9]{1,24}+)(?:\ue202([^\ue200\ue201\n]{0,1000}+))?(?:\ue201|\Z)")
_NAME = re.compile(r'\s*\[\s*"[^"]*"\s*,\s*"([^"]*)"')
"""The name of an entity, after its kind."""
_LONGEST_CITATION = 1000
_MOST_NESTED = 8

_MARKS_A_BASE = 8
_JOINERS = "\u200c\u200d"
_SHOWN = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {
    "\x7f": "␡",
    "\u2028": "\n",
    "\u2029": "\n",
}


def clean(text: str) -> str:
    """Return `text` safe for a screen: every character visible and obedient, LF and TAB the only controls."""
    if _HARMLESS.fullmatch(text):
        return text
    text = repair(text).replace("\r\n", "\n")
    if "\ue200" in text:
        text = _without_citations(text)
    return _PILE.sub(_lower, _UNSAFE.sub(_visible, text))


def clean_line(text: str, limit: int = 200) -> str:
    """Return `text` on one line: cleaned, breaks and tabs as blanks, cut to `limit` characters with an …"""
    line = _BREAKS.sub(" ", clean(text[: 4 * limit])).strip(" ")
    if len(line) <= limit and len(text) <= 4 * limit:
        return line
    return line[: limit - 1].rstrip(" ") + "…"


def reveal(text: str) -> str:
    """Return `text` for the raw view: as safe as `clean` makes it, with everything invisible spelled out.

    Blanks that end a line are ·, a tab is → before itself, a no-break space is ␣, all else is ⟨U+200D⟩.
    """
    return _PILE.sub(_spelled_out, _INVISIBLE.sub(_revealed, repair(text)))


class Cleaner:
    """`clean` for a text that comes in pieces: the output equals that for the whole text."""

    def __init__(self) -> None:
        self._held: list[str] = []

    def feed(self, piece: str) -> str:
        """Return what can be shown now; hold back an end that the next piece could still change."""
        settled = _SETTLED.match(piece)
        if settled is None:
            self._held.append(piece)
            return ""
        whole = "".join([*self._held, settled[0]])
        rest = piece[settled.end() :]
        mark = whole.rfind("\ue200")
        if mark >= 0 and _OPEN_CITATION.fullmatch(whole, mark) and len(whole) - mark <= _LONGEST_CITATION:
            whole, rest = whole[:mark], whole[mark:] + rest
        self._held = [rest]
        return clean(whole)

    def flush(self) -> str:
        """Return what was held back."""
        whole, self._held = "".join(self._held), []
        return clean(whole)


def _without_citations(text: str) -> str:
    for _level in range(_MOST_NESTED):
        text, count = _CITATION.subn(_cited, text)
        if not count:
            return text
    return text.replace("\ue200", _named("\ue200"))


def _cited(match: re.Match[str]) -> str:
    name = _NAME.match(match[2] or "") if match[1] == "entity" else None
    return name[1] if name else ""


def _visible(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 1:
        return _SHOWN.get(found) or _named(found)
    if found[0] == "\U0001f3f4":
        return found
    return f"⟨U+{ord(found[0]):04X} ×{len(found)}⟩"


def _revealed(match: re.Match[str]) -> str:
    found = match[0]
    if match["blanks"]:
        return "·" * len(found)
    if match["filler"]:
        return _named(found)
    match found:
        case "\t":
            return "→\t"
        case "\xa0":
            return "␣"
        case "\u2028" | "\u2029":
            return f"{_named(found)}\n"
    if unicodedata.category(found)[0] in "CZ":
        return _SHOWN.get(found) or _named(found)
    return found


def _named(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def _lower(match: re.Match[str]) -> str:
    return "".join(char for char, height in _heights(match[0]) if height <= _MARKS_A_BASE)


def _spelled_out(match: re.Match[str]) -> str:
    return "".join(char if height <= _MARKS_A_BASE else _named(char) for char, height in _heights(match[0]))


def _heights(run: str) -> list[tuple[str, int]]:
    """Return each character of a run of marks with its height above its base, which has 0."""
    heights = []
    height = 0
    for char in run:
        height = height + 1 if char in _JOINERS or unicodedata.category(char)[0] == "M" else 0
        heights.append((char, height))
    return heights
