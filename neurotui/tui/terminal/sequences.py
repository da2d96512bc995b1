"""Cut a terminal's input into typed text and whole escape sequences, however a link tears them.

A sequence is one thing up to its end, and so is a string (OSC, DCS, APC, PM, SOS): a terminal's reply, which
nobody types. Both may be torn anywhere, with a while between the pieces, and a key may begin like one:
Escape is ESC, Alt+[ is `ESC [`, Alt+] is `ESC ]`. Only silence after it makes a key of such a beginning, and
what comes then may still be the rest of something torn. These are the rules:

- The beginning of a sequence that is longer than a key waits for its rest, and is forgotten in the end.
- Behind a beginning that was given as a key, a read is the rest if no hand types such a read.
- Of a string nothing is kept but its first characters, and any control character ends it, so that one
  without an end costs neither memory nor the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

ESC = "\x1b"
OPENING = "\x1b[200~"
"""The bracket before a paste."""
CLOSING = "\x1b[201~"
TORN = 5.0
"""Longest time until the rest of something torn (seconds)."""
STRING_GOES_ON = 1.0
"""Longest silence within a string whose end is not in sight (seconds)."""
HANDS = 0.03
"""Least time between two keys that hands press one after the other (seconds)."""
_SOON = 0.3
"""Longest time until a rest of one or two characters, which hands could type (seconds)."""
_PIECES = 3
"""Number of times that a short string may go on after a silence."""
_LONGEST = 256
"""Length of a sequence beyond any that a terminal sends (characters)."""

_CSI = r"(?:\x1b\[|\x9b)"
_SS3 = r"(?:\x1bO|\x8f)"
_STRING = r"(?:\x1b[]P_^X]|[\x90\x98\x9d-\x9f])"
_CONTENT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x9c]*+"
_TOKEN = re.compile(
    rf"""(?P<text>[^\x1b\x8f\x90\x98\x9b\x9d-\x9f]++)
    |(?P<string>{_STRING}{_CONTENT}(?:[\x07\x9c]|\x1b\\))
    |{_CSI}(?:\[[\ -~]|M[^\x00-\x1f]{{3}}|[@-LN-Z\\-~]|[\ -?]++[@-~])
    |{_SS3}[\d;]*+[\ @-~]
    |\x1b\x1b[\[O][A-DFH]
    |\x1b(?=\x1b)
    |\x1b[^\x1b\[O\]P_^X]""",
    re.VERBOSE,
)
_UNFINISHED = re.compile(
    rf"(?:{_CSI}(?:[ -?]*|\[|M[^\x00-\x1f]{{0,2}})|{_SS3}[\d;]*|{_STRING}{_CONTENT}\x1b?|\x1b)\Z"
)
_BROKEN = re.compile(rf"{_CSI}(?:[ -?]+|\[|M[^\x00-\x1f]*)?|{_SS3}[\d;]*|{_STRING}{_CONTENT}|\x1b")
_REPLY = re.compile(r"\x1b(?:\]1[01];|\[\?[\d;]*[cn]\Z|P>\||_G)")
"""Replies that somebody asked for: colours, what the terminal is and can, what it tells of its state."""
_STRING_END = re.compile(r"[\x07\x9c]|\x1b\\")
_PLAUSIBLE = {
    "]": re.compile(r"(?:[45]|1\d)(?:;[\da-fA-Frgb:/;?]*)?\Z|(?!(?:[45]|1\d);)\d{1,4}(?:;|\Z)|[lLI]"),
    "P": re.compile(r"[01]?\+(?:r[\da-fA-F=;]*)?\Z|!(?:\|[\da-fA-F]*)?\Z|[\d;]*(?:[>=?$:{|]|\Z)"),
    "_": re.compile(r"G([a-zA-Z](=|\Z)|\Z)"),
}
"""Beginnings of the contents of terminals' replies, by the kind of string."""
_REST = re.compile(
    r"\x1b(?:\[(?:<[-\d;]*(?:[Mm]|\Z)|[?>=][\d;:]*\$?(?:[a-zA-Z]|\Z)"
    r"|\d[\d;:]*(?:[ $]?[~^@A-Zcntu]|\$|\Z)|\[(?:[A-E]|\Z)|M)|O[\d;]+(?:[A-Z]|\Z))"
)
"""A sequence whose rest came late: it has parameters, or does not begin like a key."""
_SHORT_REST = re.compile(r"\x1b(?:\[[A-FHIOP-SZ]|O[A-DFHMP-S])(?:\Z|\x1b)")
_RXVT_SHIFT = re.compile(r"\x1b\[\d+\$\Z")
_META_ARROW = re.compile(r"\x1b\x1b[\[O]([A-DFH])")


class Sequences:
    """A cutter of input: pass each read to `cut`, and call `end_wait` when no more has come."""

    def __init__(self, on_reply: Callable[[str], object] | None = None) -> None:
        """`on_reply` gets whole replies of the terminal, which are no keys."""
        self._on_reply = on_reply
        self._held = ""
        """A beginning without its rest; only the first characters if it is a string."""
        self._given = 0
        """Number of characters of `_held` that were given as keys."""
        self._typed = False
        """True if some characters of `_held` were given as text."""
        self._by_hand = False
        """True if the contents of a string came at the pace of hands."""
        self._silent = False
        """True if nothing came for a while."""
        self._length = self._pieces = 0
        """Least number of characters that came of a string; number of times it went on after a silence."""
        self._read_at = 0.0

    @property
    def waiting(self) -> bool:
        """True if silence would tell more."""
        return bool(self._held) and not self._silent

    @property
    def escape_waits(self) -> bool:
        """True if what waits is a lone ESC."""
        return self._held == ESC and self.waiting

    def continues(self, text: str, now: float) -> bool:
        """Return True if `text`, read at `now`, continues the input before it."""
        if not self._held:
            return False
        held, gap = self._held, now - self._read_at
        if self._given:
            return gap < TORN and self._goes_on_behind_a_key(held, text, gap)
        if _string(held):
            content = held[2:]
            ended = _STRING_END.search(content + text)
            plausible = _plausible(held[1], content + text.rstrip(ESC))
            if self._silent:
                short = self._length < _LONGEST and self._pieces < _PIECES and gap < STRING_GOES_ON
                sent = plausible if _plausible(held[1], content) else len(text) > 1
                return gap < TORN and bool(
                    ended or (short and text.strip(ESC).isprintable() and (sent or text == ESC))
                )
            by_hand = gap >= HANDS and (self._by_hand or not content)
            return not by_hand or bool(ended) or plausible
        return not self._silent or (gap < TORN and bool(_REST.match(held + text)))

    def cut(self, text: str, now: float) -> tuple[list[str], str | None]:
        """Return the texts and sequences in `text`, read at `now`, and the rest after an opening bracket.

        The rest is None if there is no opening bracket. ESC alone is the Escape key, ESC with a character is
        Alt with it; sequences with 8-bit introducers are returned with 7-bit ones.
        """
        tokens: list[str] = []
        if self.continues(text, now):
            if _string(self._held) and len(self._held) == 2:
                self._by_hand = len(text) == 1 and now - self._read_at >= HANDS
            self._length += len(text)
            self._pieces += self._silent
            text = self._held + text
        else:
            tokens += self._abandoned()
            self._begin()
        self._held, self._silent, self._read_at = "", False, now
        position = 0
        while position < len(text):
            if match := _TOKEN.match(text, position):
                token, position = match[0], match.end()
                if match["text"]:
                    tokens.append(token)
                elif (sequence := _seven_bit(token)) == OPENING:
                    self._begin()
                    return tokens, text[position:]
                elif len(sequence) <= _LONGEST and _REPLY.match(sequence):
                    if self._on_reply is not None:
                        self._on_reply(sequence)
                elif match["string"] is None and sequence != CLOSING and len(sequence) <= _LONGEST:
                    tokens.append(_META_ARROW.sub(rf"{ESC}[1;3\1", sequence))
            elif _UNFINISHED.match(text, position):
                held = _seven_bit(text[position:])
                self._length = max(self._length, len(held))
                self._held = held if len(held) <= _LONGEST else held[:64] + ESC * (held[-1] == ESC)
                return tokens, None
            elif match := _BROKEN.match(text, position):  # by a control character, or a letter beyond ASCII
                broken, position = _seven_bit(match[0]), match.end()
                if len(broken) <= 2:
                    tokens.append(broken)
            self._begin()
        return tokens, None

    def end_wait(self) -> Iterator[str]:
        """Yield the keys that were waiting for more, now that nothing followed."""
        if not self.waiting:
            return
        held, given, self._silent = self._held, self._given, True
        if _string(held) and len(held) > 2:
            if held[-1] == ESC:
                self._held, self._given = ESC, 1
                yield ESC
            elif self._by_hand:
                yield from self._abandoned()
                self._held = ""
        elif len(held) <= 2:
            self._given = len(held)
            self._typed = self._typed or given > 0
            if held[given:]:
                yield held[given:]
        elif given and held[2] not in "<?>=":
            self._held = ""
            yield held[given:]
        elif _RXVT_SHIFT.match(held):
            self._held = ""
            yield held

    def _begin(self) -> None:
        self._given, self._typed, self._by_hand = 0, False, False
        self._length = self._pieces = 0

    def _goes_on_behind_a_key(self, held: str, text: str, gap: float) -> bool:
        """Return True if no hand types `text` behind `held`, of which keys were made, `gap` seconds later."""
        whole = held + text
        if _string(whole):
            content = whole[2:]
            return bool(_STRING_END.search(content)) or (len(text) > 1 and _plausible(whole[1], content))
        if (len(text) > 1 or len(held) > 2) and _REST.match(whole):
            return True
        if self._typed:
            return False
        if len(text) > 1:
            return gap < STRING_GOES_ON and bool(_SHORT_REST.match(whole))
        return (
            gap < _SOON
            and whole[1] == "["
            and (whole[2:] == "" or bool(_REST.match(whole) or _SHORT_REST.match(whole)))
        )

    def _abandoned(self) -> list[str]:
        """Return the keys in a beginning whose rest has not come."""
        held, given = self._held, self._given
        if _string(held):
            return [held[:2], *filter(None, [held[2:]])] if self._by_hand or len(held) == 2 > given else []
        return [held[given:]] if given < len(held) and given and held[2:3] not in tuple("<?>=") else []


def _string(held: str) -> bool:
    return len(held) > 1 and held[0] == ESC and held[1] in "]P_^X"


def _plausible(kind: str, content: str) -> bool:
    """True if terminals send strings of this kind that begin with `content`."""
    return kind in _PLAUSIBLE and bool(_PLAUSIBLE[kind].match(content))


def _seven_bit(token: str) -> str:
    return ESC + chr(ord(token[0]) - 0x40) + token[1:] if "\x80" <= token[0] <= "\x9f" else token
