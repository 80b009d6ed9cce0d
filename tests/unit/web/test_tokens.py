"""Every colour is named once, the dark values stand twice and are equal, and the measured contrasts hold."""

from __future__ import annotations

import re

import pytest

from services.gateway.web.assets import STATIC

TOKENS = (STATIC / "css" / "00-tokens.css").read_text(encoding="utf-8")
VALUE = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b", re.IGNORECASE)
LARGE_OR_EDGE, TEXT = 3.0, 4.5

# foreground, background, least ratio in light, in dark: the table of the design, rounded down
TABLE = (
    ("ink", "ground", 15.2, 15.6),
    ("ink-2", "ground", 7.6, 10.4),
    ("ink-3", "accent-soft", 5.0, 5.3),
    ("line-strong", "ground", 3.6, 4.9),
    ("accent", "surface", 7.7, 8.7),
    ("on-accent", "accent", 7.7, 8.4),
    ("danger", "danger-soft", 6.4, 7.9),
    ("warn", "warn-soft", 6.5, 8.5),
    ("good", "good-soft", 6.2, 7.7),
    ("hit-ink", "hit", 12.9, 7.9),
    ("bar-ink-2", "bar", 8.1, 9.7),
    *((f"d{step}-ink", f"d{step}", TEXT, TEXT) for step in range(1, 6)),
    *(
        (ink, ground, TEXT, TEXT)
        for ink in ("ink", "ink-2", "ink-3", "danger", "warn", "good", "accent")
        for ground in ("surface", "ground", "sunken")
    ),
    ("bar-ink", "bar", TEXT, TEXT),
    ("bar", "bar-mark", TEXT, TEXT),
    ("focus", "surface", LARGE_OR_EDGE, LARGE_OR_EDGE),
    ("d-mark", "surface", LARGE_OR_EDGE, LARGE_OR_EDGE),
)


def block(opening: str) -> dict[str, str]:
    start = TOKENS.index(opening) + len(opening)
    return dict(VALUE.findall(TOKENS[start : TOKENS.index("}", start)]))


LIGHT = block(":root {")
DARK_BY_SYSTEM = block(':root:not([data-theme="light"]) {')
DARK_BY_CHOICE = block(':root[data-theme="dark"] {')


def channel(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (channel(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_the_formula_knows_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_both_dark_blocks_are_equal():
    assert DARK_BY_SYSTEM == DARK_BY_CHOICE
    assert len(DARK_BY_CHOICE) > 30


@pytest.mark.parametrize(("ink", "ground", "light", "dark"), TABLE)
def test_the_contrast_holds(ink, ground, light, dark):
    night = LIGHT | DARK_BY_CHOICE
    assert contrast(LIGHT[ink], LIGHT[ground]) >= light
    assert contrast(night[ink], night[ground]) >= dark


def test_no_other_sheet_names_a_colour():
    """Print alone may: it is ink on paper, whatever the screen."""
    sheets = [path for path in sorted((STATIC / "css").glob("*.css")) if path.name not in {"00-tokens.css", "70-print.css"}]
    assert sheets
    found = {path.name: COLOUR.findall(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)) for path in sheets}
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_every_token_that_is_used_is_there():
    used = {
        name for path in (STATIC / "css").glob("*.css") for name in re.findall(r"var\(--([a-z0-9-]+)\)", path.read_text(encoding="utf-8"))
    }
    assert used <= set(LIGHT)
