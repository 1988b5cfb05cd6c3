"The colours of the style sheet: contrast of words and shapes in both themes."

from __future__ import annotations

import re
from itertools import combinations
from math import dist

import pytest

from web import states, static_files

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
    for ground in ("page", "surface", "sunken"):
        for ink in ("text", "muted", "accent", *FAMILIES):
            assert contrast(known[ink], known[ground]) >= 4.5, (ink, ground)
    for ground in ("page", "surface"):
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


#: what people see who lack one kind of cone, as matrices on linear light (Machado, Oliveira and Fernandes 2009)
SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def lightness_and_hue(colour: str, sight: str) -> tuple[float, float, float]:
    "CIE L*a*b* (D65) of a colour as somebody with that sight sees it."
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True))))
        for row in SIGHTS[sight]
    )
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("use", ["", "-fill"])
def test_families_stay_apart_for_people_who_lack_one_kind_of_cone(use: str, theme: str, sight: str) -> None:
    "CIE 1976 distance of the colours of words, and of those of bars and parts of graphs."
    known = THEMES[theme]
    seen = {family: lightness_and_hue(known[family + use], sight) for family in FAMILIES}
    apart = {(one, other): dist(seen[one], seen[other]) for one, other in combinations(FAMILIES, 2)}
    assert min(apart.values()) >= 21, sorted(apart.items(), key=lambda each: each[1])[:3]


def test_a_white_ground_is_white_for_everybody() -> None:
    "The matrices are written down correctly."
    for sight in SIGHTS:
        assert dist(lightness_and_hue("#FFFFFF", sight), (100, 0, 0)) < 0.5


def test_states_of_one_family_differ_in_shape_or_word() -> None:
    tables = (states.ORDER, states.TASK, states.JOB, states.CHAIN, states.NODE, states.FILE, states.ENGINE)
    for table in tables:
        looks = list(table.values())
        for one, other in combinations(looks, 2):
            assert one.word != other.word, (one, other)
            if one.family != other.family:
                assert one.shape != other.shape, (one, other)
