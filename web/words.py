"""The words of the interface, in the language of the reader.

English stands where it is shown; the other languages come from `translations/CODE.po`, read when somebody first wants
one. Words that are put together (`{{ _('%(path)s is stopped', path=…) }}`) name their places, so that a language may
order them otherwise; a percent sign is written twice in them. Words that are known beforehand and shown later (states,
heads of columns, forms) stay English where they are declared, and become the reader's by the filter `translated`; so
the audit, the interface for programs and whoever compares them see English.

In templates `_` and `ngettext` give markup: their words may hold elements, and what is put into them is escaped. So
their words are always literals; a test says so.
"""

from __future__ import annotations

from calendar import day_name, month_name
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup, escape

from web import format
from web.languages import ENGLISH, language

TRANSLATIONS = Path(__file__).parent / "translations"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language. `texts`: English -> what is shown; `plurals`: English for one -> the forms; `form` tells which form
    a number takes. Without an entry English is shown."""

    code: str = ENGLISH
    texts: dict[str, str] = field(default_factory=dict)
    plurals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    form: Callable[[int], int] = lambda number: int(number != 1)
    #: between thousands, and before decimals
    thousands: str = NARROW_SPACE
    decimal: str = "."
    #: names from January and from Monday on
    months: tuple[str, ...] = tuple(month_name[1:])
    weekdays: tuple[str, ...] = tuple(day_name)
    #: words without places as markup, as templates had them
    fixed: dict[str, Markup] = field(default_factory=dict)

    def text(self, words: str) -> str:
        return self.texts.get(words, words)

    def counted(self, one: str, many: str, number: int) -> str:
        forms = self.plurals.get(one, (one, many))
        return forms[self.form(number)]


@cache
def catalogue(code: str) -> Catalogue:
    "The words of a language. Raises KeyError or OSError when there is none."
    if code == ENGLISH:
        return Catalogue()
    # whoever reads English never needs it
    from babel import Locale
    from babel.messages.pofile import read_po

    with (TRANSLATIONS / f"{code}.po").open("rb") as file:
        read = read_po(file, locale=code)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in read:
        if not message.id or not message.string or message.fuzzy:
            continue
        if isinstance(message.id, str) and isinstance(message.string, str):
            texts[message.id] = message.string
        elif all(message.string):
            plurals[message.id[0]] = tuple(message.string)
    locale = Locale.parse(code)
    symbols = locale.number_symbols["latn"]
    names = locale.months["stand-alone"]["wide"], locale.days["stand-alone"]["wide"]
    months, weekdays = (tuple(each[key] for key in sorted(each)) for each in names)
    return Catalogue(
        code, texts, plurals, _form(read.plural_expr), symbols["group"], symbols["decimal"], months, weekdays
    )


def _form(expression: str) -> Callable[[int], int]:
    "The rule of plurals as catalogues write it, as a function."
    from gettext import c2py

    return c2py(expression)


def _here() -> Catalogue:
    return catalogue(language())


def gettext(words: str, /, **places: object) -> str:
    "The words in the language of the reader, with what belongs into their places."
    return _here().text(words) % places


def ngettext(one: str, many: str, number: int, /, **places: object) -> str:
    "The same for one or many; `%(num)s` is the number as people read it."
    here = _here()
    return here.counted(one, many, number) % {"num": spaced(number), **places}


def N_(words: str, /) -> str:
    "Marks words for the catalogues that are `translated` when they are shown."
    return words


def NN_(one: str, many: str, /) -> tuple[str, str]:
    "The same for words that `ngettext` says later."
    return one, many


def translated(words: str) -> str:
    "Words that stand in the catalogues, or anything else as it is."
    return _here().text(words)


def spaced(number: int) -> str:
    "`12 000`, as the language sets thousands apart."
    return f"{number:,}".replace(",", _here().thousands)


def point(written: str) -> str:
    "A number that was written with a decimal point, with the sign of the language."
    decimal = _here().decimal
    return written if decimal == "." else written.replace(".", decimal)


def duration(seconds: float) -> str:
    "`4 min 10 s`, and below ten seconds with the decimal sign of the language."
    return point(format.duration(seconds))


def percent(share: float) -> str:
    "`98 %`."
    return point(format.percent(share))


def month(day: date) -> str:
    "`March`."
    return _here().months[day.month - 1]


def weekday(day: date) -> str:
    "`Sunday`."
    return _here().weekdays[day.weekday()]


def _markup(words: str, /, **places: object) -> Markup:
    here = _here()
    if places:
        return Markup(here.text(words) % {name: escape(value) for name, value in places.items()})  # noqa: S704
    known = here.fixed.get(words)
    if known is None:
        known = here.fixed[words] = Markup(here.text(words) % ())  # noqa: S704
    return known


def _counted_markup(one: str, many: str, number: int, /, **places: object) -> Markup:
    here = _here()
    known = {name: escape(value) for name, value in places.items()}
    return Markup(here.counted(one, many, number) % {"num": spaced(number), **known})  # noqa: S704


def install(app: Flask) -> None:
    app.jinja_env.globals.update(_=_markup, ngettext=_counted_markup)
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.filters["first_upper"] = lambda words: words[:1].upper() + words[1:]
