"""Bare addresses in a text, without Markdown around them: where each ends.

The parser's own rule knows only ASCII punctuation. It takes the quotes and stops of other scripts for part of
the address, which then opens a page that does not exist. Here an address ends before such a sign, unless the
sign closes what was opened within the address: `…/wiki/Альбом_«Имя»`.
"""

from __future__ import annotations

import re

from linkify_it import LinkifyIt  # type: ignore[import-untyped]

_CLOSED_BY = {
    **{"(": ")", "[": "]", "{": "}", "«": "»", "»": "«", "‹": "›", "›": "‹"},
    **{"„": "“”", "“": "”", "‚": "‘’", "‘": "’", "”": "", "’": ""},
    **{
        "「": "」",
        "『": "』",
        "（": "）",
        "【": "】",
        "《": "》",
        "〈": "〉",
        "〔": "〕",
        "［": "］",
        "｛": "｝",
    },
}
_UNSPACED = set("「『（【《〈〔［｛")
"""Opening brackets of scripts without blanks: after a letter they end the address."""
_SIGN = re.compile(
    r"[\[\](){}«»‹›„“”‚‘’「」『』（）【】《》〈〉〔〕［］｛｝]"
    r"|(?P<end>[…。，、；：？！．｡､｢｣〖〗〝〞〟،؛؟۔।`\u00ad\u200b\u2060\ufeff\ue000-\uf8ff]|\*\*)"
)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])’(?!s(?!\w))(?=[^\W\d_])")
_TRAILING = ".,;:!?*_~'\"—–"


def end_of_address(text: str) -> int:
    """Return the length of the address at the beginning of `text`, which has no blank."""
    opened: list[tuple[int, str]] = []
    end = len(text)
    for match in _SIGN.finditer(text):
        sign, at = match[0], match.start()
        if opened and sign in opened[-1][1]:
            opened.pop()
        elif match["end"] or sign not in _CLOSED_BY or _begins_what_follows(sign, text[at - 1 : at]):
            end = at
            break
        elif sign != "’" or not _APOSTROPHE.match(text, at):
            opened.append((at, _CLOSED_BY[sign]))
    if opened:
        end = opened[0][0]
    return len(text[:end].rstrip(_TRAILING))


def _begins_what_follows(sign: str, before: str) -> bool:
    return sign in _UNSPACED and before.isalnum()


class Linkify(LinkifyIt):  # type: ignore[misc]
    """The parser's finder of addresses: only those with a scheme, since `main.py` is no host."""

    def __init__(self) -> None:
        super().__init__(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})

    def test_schema_at(self, text: str, name: str, position: int) -> int:
        """Return the length of the address after a scheme; 0 if there is none."""
        length = super().test_schema_at(text, name, position)
        return end_of_address(text[position : position + length])
