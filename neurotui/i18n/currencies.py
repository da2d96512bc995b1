"""Codes of currencies, by what people write for them."""

from __future__ import annotations

import re

_WRITTEN = {
    "USD": ("$", "US$", "DOLLAR", "DOLLARS", "ДОЛЛАР", "ДОЛЛАРЫ", "ДОЛЛАРОВ", "ДОЛЛ."),
    "EUR": ("€", "EURO", "EUROS", "ЕВРО"),
    "GBP": ("£", "POUNDS"),
    "CNY": ("¥", "RMB", "YUAN", "ЮАНЬ", "ЮАНИ"),
    "RUB": ("₽", "Р", "Р.", "РУБ", "РУБ.", "РУБЛЬ", "РУБЛИ", "РУБЛЕЙ", "RUR", "RUB.", "RUBLES", "ROUBLES"),
    "UAH": ("₴", "ГРН", "ГРН."),
    "KZT": ("₸", "ТЕНГЕ"),
}
_CODES = {text: code for code, texts in _WRITTEN.items() for text in texts}


def currency_code(text: str) -> str:
    """Return the code of a currency as people write it: `rub`, `₽` and `рубли` are RUB; empty for none."""
    text = text.strip().upper()
    code = _CODES.get(text, text)
    return code if re.fullmatch("[A-Z]{3,5}", code) else ""
