"""Numbers and times as each language writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from neurotui.i18n import _, language

_NARROW_SPACE = "\u202f"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "RUB": "₽", "UAH": "₴", "KZT": "₸"}


def number(value: int) -> str:
    """Return a whole number with its thousands separated: 1,284 or 1 284."""
    return f"{value:,}".replace(",", _NARROW_SPACE if language() == "ru" else ",")


def decimal(value: float, digits: int = 1) -> str:
    """Return a number with `digits` decimals: 1.2 or 1,2."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language() == "ru" else text


def money(amount: float, currency: str = "USD") -> str:
    """Return a sum at the precision that matters: $12.34 or 12,34 $, $0.50, $0.0021, 0,4 ₽ or ₽0.4."""
    size = abs(amount)
    exact = f"{size:.{2 if size >= 0.995 else 4 if size >= 0.00095 else 6}f}".rstrip("0")
    least = 0 if currency == "RUB" else 2  # kopecks that are not there are not written
    digits = decimal(size, max(least, len(exact.partition(".")[2])))
    minus, sign = "−" if amount < 0 else "", _SIGNS.get(currency, currency)
    if language() == "ru":
        return f"{minus}{digits}\u00a0{sign}"
    return f"{minus}{sign}{digits}" if currency in _SIGNS else f"{minus}{sign}\u00a0{digits}"


def about(words: str) -> str:
    """Mark a figure as an estimate."""
    return f"≈ {words}"


def rough(value: int) -> int:
    """Return an estimate to two digits: it is no better than that."""
    return round(value, -max(0, len(str(abs(value))) - 2))


def duration(seconds: float) -> str:
    """Return seconds at the precision that matters: 4 ms, 1.2 s, 34 s, 2 min 5 s, 1 h 3 min."""
    if seconds < 0.9995:
        return _("{n} ms").format(n=max(1, round(seconds * 1000)))
    if seconds < 9.95:
        return _("{n} s").format(n=decimal(seconds))
    whole = round(seconds)
    if whole < 60:
        return _("{n} s").format(n=whole)
    if whole < 3600:
        return _("{m} min {s} s").format(m=whole // 60, s=whole % 60)
    return _("{h} h {m} min").format(h=whole // 3600, m=whole % 3600 // 60)


def data_size(count: int) -> str:
    """Return a number of bytes to two digits or so: 312 B, 1.4 KB, 12 KB, 5.2 MB."""
    if count < 1000:
        return _("{n} B").format(n=count)
    for words, unit in ((_("{n} KB"), 1_000), (_("{n} MB"), 1_000_000)):
        value = count / unit
        if value < 9.95:
            return words.format(n=decimal(value).removesuffix(".0").removesuffix(",0"))
        if value < 999.5:
            return words.format(n=round(value))
    return _("{n} GB").format(n=decimal(count / 1_000_000_000))


def clock_time(timestamp: float) -> str:
    """Return the local time of day of a Unix time in seconds: 12:04."""
    return datetime.fromtimestamp(timestamp).strftime("%H:%M")


def day(when: date, today: date) -> str:
    """Return a day as people name it: Today, Yesterday, 12 November, 12 November 2024."""
    if when == today:
        return _("Today")
    if when == today - timedelta(days=1):
        return _("Yesterday")
    return calendar_day(when, today)


def period(when: date, today: date) -> str:
    """Return the time a day is in as people name it: Today, Yesterday, This week, October, October 2024."""
    if today - timedelta(days=1) <= when <= today:
        return day(when, today)
    if today - timedelta(days=today.weekday()) <= when < today:
        return _("This week")
    return _month(when) if when.year == today.year else month(when)


def month(when: date) -> str:
    """Return a month with its year: November 2026."""
    return f"{_month(when)} {when.year}"


def _month(when: date) -> str:
    """Return a month by itself, as a heading has it: Ноябрь."""
    names = _("January|February|March|April|May|June|July|August|September|October|November|December")
    return names.split("|")[when.month - 1]


def calendar_day(when: date, today: date) -> str:
    """Return a day by its date, with the year if that is not the year of `today`: 12 November."""
    name = f"{when.day} {_months()[when.month - 1]}"
    return name if when.year == today.year else f"{name} {when.year}"


def short_day(when: date, today: date) -> str:
    """Return a day in at most six columns: 12 Nov, or, of another year, Nov 24."""
    month = _months()[when.month - 1][:3]
    return f"{when.day} {month}" if when.year == today.year else f"{month} {when:%y}"


def _months() -> list[str]:
    """Return the names of the months in the form they have in a date: 12 ноября."""
    return _("January February March April May June July August September October November December").split()
