"Tables that are taken away."

from __future__ import annotations


def unformula(cell: str) -> str:
    "A cell that spreadsheets do not take for a formula."
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell
