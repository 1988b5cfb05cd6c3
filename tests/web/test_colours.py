"The colours of the style sheet: contrast of words and shapes in both themes."

from __future__ import annotations

import re
from itertools import combinations

import pytest

from web import static_files

SHEET = (static_files.DIRECTORY / "app.css").read_text()
FAMILIES = ("active", "good", "attention", "bad", "held")


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9A-Fa-f]{6});", block))


def blocks() -> dict[str, dict[str, str]]:
    light = re.search(r":root \{(.*?)\n\}", SHEET, re.DOTALL)
    dark = re.search(r':root\[data-theme="dark"\] \{(.*?)\n\}', SHEET, re.DOTALL)
    system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\n  \}', SHEET, re.DOTALL)
    assert light
    assert dark
    assert system
    return {"light": tokens(light[1]), "dark": tokens(dark[1]), "system": tokens(system[1])}


THEMES = blocks()


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_dark_theme_is_the_same_whether_chosen_or_told_by_the_system() -> None:
    assert THEMES["dark"] == THEMES["system"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_are_readable_on_every_ground(theme: str) -> None:
    known = THEMES[theme]
    for ground in ("page", "surface"):
        for ink in ("text", "muted", "accent", *FAMILIES):
            assert contrast(known[ink], known[ground]) >= 4.5, (ink, ground)
        assert contrast(known["line-strong"], known[ground]) >= 3, ground
    for family in FAMILIES:
        assert contrast(known["text"], known[f"{family}-tint"]) >= 11, family
        assert contrast(known[f"{family}-fill"], known["surface"]) >= 3, family
    assert contrast(known["on-accent"], known["accent"]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_families_have_inks_of_their_own(theme: str) -> None:
    known = THEMES[theme]
    for one, other in combinations(FAMILIES, 2):
        assert known[one] != known[other]
        assert known[f"{one}-tint"] != known[f"{other}-tint"]


def test_who_asks_for_more_contrast_gets_it() -> None:
    found = re.search(r"@media \(prefers-contrast: more\) \{(.*?)\n\}", SHEET, re.DOTALL)
    assert found
    assert "--muted: var(--text)" in found[1]
    assert "--line: var(--line-strong)" in found[1]
    assert "forced-colors: active" in SHEET
