"""The files that the shops send: one CSV file for each shop and day.

The cash registers differ: some write 13.05.2024 and 3,50, others 2024-05-13 and 3.50; columns end at `;` or `,`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

COLUMNS = ("date", "receipt", "shop", "article", "quantity", "price")


@dataclass(frozen=True)
class Sale:
    "One line of a receipt. `quantity` below zero is a return; `cents` is the price of one piece."

    line: int
    day: date
    receipt: str
    shop: str
    article: str
    quantity: int
    cents: int


@dataclass(frozen=True)
class Fault:
    "What is wrong with a line; line 1 is the heading."

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def read(path: Path, day: date) -> tuple[list[Sale], list[Fault]]:
    "All good lines and all faults of a file that should hold the sales of `day`."
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [Fault(1, f"the file is not UTF-8 text (byte {error.start})")]
    heading = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",")
    if tuple(rows.fieldnames or ()) != COLUMNS:
        found = ", ".join(rows.fieldnames or ()) or "missing"
        return [], [Fault(1, f"the columns are {found}; expected {', '.join(COLUMNS)}")]
    sales: list[Sale] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            sales.append(_sale(rows.line_num, row, day))
        except ValueError as error:
            faults.append(Fault(rows.line_num, str(error)))
    if not sales and not faults:
        faults.append(Fault(1, "there is no line below the heading"))
    return sales, faults


def _sale(line: int, row: Mapping[str, str | None], day: date) -> Sale:
    if None in row or None in row.values():
        raise ValueError(f"{len(COLUMNS)} columns were expected")
    cells = {name: (value or "").strip() for name, value in row.items()}
    for name in ("receipt", "shop", "article"):
        if not cells[name]:
            raise ValueError(f"{name} is empty")
    sold_on = _day(cells["date"])
    if sold_on != day:
        raise ValueError(f"date {cells['date']} does not belong to {day}")
    return Sale(line, sold_on, cells["receipt"], cells["shop"], cells["article"],
                _quantity(cells["quantity"]), _cents(cells["price"]))


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise ValueError(f"date {text!r} is neither like 2024-05-13 nor like 13.05.2024")


def _quantity(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"quantity {text!r} is no whole number") from None
    if number == 0:
        raise ValueError("quantity is 0")
    return number


def _cents(text: str) -> int:
    try:
        price = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"price {text!r} is no number") from None
    if not price.is_finite() or price < 0 or price != round(price, 2):
        raise ValueError(f"price {text!r} is no amount with two decimals")
    return int(price * 100)
