"""The fall of a balance, held against what answers have cost by their prices.

Sums are whole millionths of one currency. The balance moves in steps: it is told rounded, to cents say. Where
a step is more than a third of the cost, nothing can be told. What the server has counted must agree up to a
step and a hundredth; where the tokens were estimated, up to a quarter. A difference is unexplained, and no
more: prices by the hour, a cache, or another program with the same key may be behind it.
"""

from __future__ import annotations

from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import Message
from neurotui.wire.price import MICROS

STEPS = 3
"""Steps of a balance that a cost must come to, or nothing is told of it."""


def is_coarse(step: int, cost: int) -> bool:
    """True if a balance moves in steps that are too large to tell a cost."""
    return STEPS * step > cost


def unexplained(fall: int, step: int, cost: int, estimated: int = 0) -> int:
    """Return by how much a balance fell more than a cost explains: 0 if they agree, less than 0 for less.

    `estimated` is the part of the cost whose tokens were not counted by the server.
    """
    difference = fall - cost
    allowed = step + (cost - estimated) // 100 + estimated // 4
    return difference if abs(difference) > allowed else 0


def unexplained_of(answer: Message) -> int | None:
    """Return it for an answer that ran alone, in millionths of `Timing.spent_currency`; None if not known."""
    timing, cost = answer.timing, cost_of(answer)
    if timing is None or timing.spent is None or timing.step <= 0 or cost is None:
        return None
    fall, step = round(timing.spent * MICROS), round(timing.step * MICROS)
    if cost.currency != timing.spent_currency or is_coarse(step, cost.micros):
        return None
    return unexplained(fall, step, cost.micros, 0 if is_counted(answer) else cost.micros)


def is_counted(answer: Message) -> bool:
    """True if the server has counted the tokens of an answer."""
    return answer.counted_tokens > 0


def stop_held(fall: int, step: int, came: int, at_most: int | None) -> bool | None:
    """Return whether a stopped answer was billed only for what had come; None if that cannot be told.

    `came` is the cost of its question and of what had come, both estimated; `at_most` the cost of all that
    its model can have made until the stop, None where its speed is not known.
    """
    if is_coarse(step, came) or fall <= 0:
        return None
    if fall <= came + came // 4 + step:
        return True
    if at_most is not None and fall > max(came, at_most) * 3 // 2 + step:
        return False
    return None
