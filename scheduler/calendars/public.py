"""Public holidays of countries and their regions, by the library that knows them.

It is imported when the first calendar asks for it, so that an engine without such calendars does not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from scheduler.errors import Code, WorkloadError


def public_holidays(
    country: str, region: str = "", categories: Sequence[str] = (), language: str = "", years: Iterable[int] = ()
) -> dict[date, str]:
    """Days and their names. `country` is the code of two letters, `region` the code of a part of it, `categories`
    such as `public` or `bank` (none: public ones). Raises BAD_VALUE with the attribute that is wrong."""
    return dict(_known(country.strip().upper(), region.strip(), tuple(categories), language.strip(), tuple(years)))


@lru_cache(maxsize=64)
def _known(
    country: str, region: str, categories: tuple[str, ...], language: str, years: tuple[int, ...]
) -> tuple[tuple[date, str], ...]:
    import holidays

    regions = holidays.list_supported_countries(include_aliases=True).get(country)
    if regions is None:
        raise _bad("country", country, "a country code of two letters that is known, such as DE")
    if region and region not in regions:
        expected = f"one of {', '.join(regions)}" if regions else f"none, because {country} has no regions here"
        raise _bad("region", region, expected)
    known = getattr(holidays, country)
    for category in categories:
        if category not in known.supported_categories:
            raise _bad("categories", category, f"some of {', '.join(known.supported_categories)}")
    if language and language not in known.supported_languages:
        expected = f"one of {', '.join(known.supported_languages)}" if known.supported_languages else "none"
        raise _bad("language", language, expected)
    found = holidays.country_holidays(
        country, subdiv=region or None, years=years, categories=categories or None, language=language or None
    )
    return tuple(sorted((day, name) for day, name in found.items() if day.year in years))


def countries() -> dict[str, list[str]]:
    "The regions of each country that is known, by its code."
    import holidays

    return dict(holidays.list_supported_countries())


def _bad(attribute: str, value: str, expected: str) -> WorkloadError:
    return WorkloadError(Code.BAD_VALUE, attribute=attribute, value=value, expected=expected)
