"""Pictures for terminals that count the cells of an emoji in their own way.

How many cells ⚠️, 👍🏽 or a family take depends on the terminal: one, two, or two for each person. The text
after such a sign is therefore moved to its column, and cells that the sign may not cover are blank.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

from neurotui.tui.graphemes import graphemes

_DISPUTED = re.compile("[\u200d\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]")
_ROW = re.compile(r"(\x1b\[\d+;(\d+)H)")
_PART = re.compile(
    r"\x1b\[[ -?]*[@-~]|\x1b[]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.|[\x00-\x1f]|[^\x00-\x1f]+"
)


def with_columns(picture: str) -> str:
    """Return `picture` with the text after each emoji in its column; rows begin with `CSI row ; column H`."""
    if not _DISPUTED.search(picture):
        return picture
    before, *rows = _ROW.split(picture)
    made = [before]
    for move, column, row in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        made += [move, _row(row, int(column)) if _DISPUTED.search(row) else row]
    return "".join(made)


def _row(row: str, column: int) -> str:
    made = []
    for match in _PART.finditer(row):
        part = match[0]
        if part[0] < " ":
            made.append(part)
        elif not _DISPUTED.search(part):
            made.append(part)
            column += cell_len(part)
        else:
            for start, end, cells in graphemes(part):
                sign = part[start:end]
                if _DISPUTED.search(sign):
                    here, column = column, column + cells
                    sign = f"{' ' * cells}\x1b[{here}G{sign}\x1b[{column}G"
                else:
                    column += cells
                made.append(sign)
    return "".join(made)
