"""Geometry of the pictures that the server draws; templates put it into SVG, so no page needs a script to see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NICE = (1, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    value: float
    month: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Two years of a monthly count, one over the other; `points` are this year's."""

    points: list[Point]
    before: list[Point]
    ticks: list[Tick]
    highest: Point | None
    path: str
    path_before: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    month: str
    value: int
    chosen: bool
    labelled: bool


LEFT, RIGHT, TOP, BOTTOM = 44.0, 544.0, 16.0, 190.0


def trend(months: Sequence[str], now: Sequence[float], before: Sequence[float]) -> Trend:
    """`now` and `before` follow `months`; a scale from 0 over both."""
    ticks = scale(max([*now, *before, 1]))
    top = ticks[-1].value
    points = _points(months, now, top)
    points_before = _points(months, before, top)
    highest = max(points, key=lambda point: point.value, default=None)
    placed = [Tick(BOTTOM - (BOTTOM - TOP) * tick.value / top, tick.value) for tick in ticks]
    return Trend(points, points_before, placed, highest, path(points), path(points_before))


def scale(most: float) -> list[Tick]:
    """Three or four round steps that reach over the highest value."""
    magnitude = 10 ** (len(str(int(most))) - 1)
    for base in (magnitude / 10, magnitude):
        for nice in NICE:
            step = max(1, base * nice)
            if step * 4 >= most:
                count = max(2, -(-int(most) // int(step)))
                return [Tick(0, number * step) for number in range(count + 1)]
    return [Tick(0, 0), Tick(0, most)]


def path(points: Sequence[Point]) -> str:
    return "".join(f"{'L' if index else 'M'}{point.x:.1f} {point.y:.1f}" for index, point in enumerate(points))


def bars(
    months: Sequence[str], counts: Sequence[int], chosen: tuple[str, str] | None, width: float = 720.0, height: float = 42.0
) -> list[Bar]:
    """One bar a month, all of one width; those from the first to the last chosen month are marked."""
    if not months:
        return []
    step = width / len(months)
    most = max([*counts, 1])
    every = max(1, round(len(months) / 8))
    found = []
    for index, (month, count) in enumerate(zip(months, counts, strict=True)):
        tall = max(1.0, height * count / most) if count else 0.0
        inside = chosen is not None and chosen[0] <= month <= chosen[1]
        labelled = index % every == 0 and (index + every <= len(months) or index == 0)
        found.append(Bar(index * step + 1.5, 6 + height - tall, max(1.0, step - 3), tall, month, count, inside, labelled))
    return found


def months_between(first: str, last: str) -> list[str]:
    """`2025-11` to `2026-02` with all between."""
    year, month = int(first[:4]), int(first[5:7])
    found = []
    while (current := f"{year:04d}-{month:02d}") <= last:
        found.append(current)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def last_months(today: date, count: int) -> list[str]:
    """The `count` months that end with today's."""
    total = today.year * 12 + today.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(total - count + 1, total + 1)]


def step_of(value: float, most: float) -> int:
    """1 to 5 on the ramp of the accent; 0 for nothing."""
    if not value or not most:
        return 0
    return min(5, 1 + int(5 * value / (most * 1.0001)))


def _points(months: Sequence[str], values: Sequence[float], top: float) -> list[Point]:
    step = (RIGHT - LEFT - 4) / max(1, len(months) - 1)
    return [
        Point(LEFT + index * step, BOTTOM - (BOTTOM - TOP) * value / top, value, month)
        for index, (month, value) in enumerate(zip(months, values, strict=True))
    ]
