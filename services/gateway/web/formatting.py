"""Numbers, dates and times as an officer reads them, per language; what cannot be read is shown as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

MONTH_LENGTH = len("2026-11")
ZERO_WIDTH_SPACE = "\u200b"  # CLDR carries it inside Lao names


@dataclass(frozen=True, slots=True)
class Formats:
    language: str
    zone: ZoneInfo

    def number(self, value: object) -> str:
        """`1231` as 1,231 or 1.231; decimals stay as many as were given."""
        amount = _decimal(value)
        if amount is None:
            return str(value)
        exponent = amount.normalize().as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
        return format_decimal(amount, format=f"#,##0.{'0' * places}" if places else "#,##0", locale=self.language)

    def kilograms(self, value: object) -> str:
        """Two decimals up to a ton, none above, three for what is lighter than a hundred grams."""
        amount = _decimal(value)
        if amount is None:
            return str(value)
        pattern = "#,##0" if abs(amount) >= 1000 else "0.00" if abs(amount) >= Decimal("0.1") or not amount else "0.000##"
        return format_decimal(amount, format=pattern, locale=self.language)

    def percent(self, value: object) -> str:
        amount = _decimal(value)
        return str(value) if amount is None else format_decimal(amount, format="#,##0.#", locale=self.language) + " %"

    def day(self, value: object) -> str:
        """For tables: 24/11/2026; a month or a year stays one."""
        if isinstance(value, str) and len(value) < len("2026-11-24"):
            return value
        moment = self.local(value)
        return str(value) if moment is None else moment.strftime("%d/%m/%Y")

    def long_day(self, value: object) -> str:
        """For text: 24 Nov 2026, 24 ພະຈິກ 2026."""
        moment = self.local(value)
        if moment is None:
            return str(value)
        pattern = "d MMM y" if self.language == "en" else "d MMMM y"
        return _clean(format_date(moment.date(), pattern, locale=self.language))

    def weekday(self, value: object) -> str:
        moment = self.local(value)
        return str(value) if moment is None else _clean(format_date(moment.date(), "EEEE d MMMM y", locale=self.language))

    def month(self, value: str, *, short: bool = True) -> str:
        """`2026-11` as Nov or November 2026."""
        moment = self.local(f"{value[:MONTH_LENGTH]}-01")
        if moment is None:
            return value
        pattern = "LLL" if short else "LLLL y"
        return _clean(format_date(moment.date(), pattern, locale=self.language))

    def clock(self, value: object) -> str:
        moment = self.local(value)
        return str(value) if moment is None else moment.strftime("%H:%M")

    def seconds(self, value: object) -> str:
        moment = self.local(value)
        return str(value) if moment is None else moment.strftime("%H:%M:%S")

    def moment(self, value: object) -> str:
        """For tables: 24/11/2026 08:05."""
        return f"{self.day(value)} {self.clock(value)}"

    def long_moment(self, value: object) -> str:
        return f"{self.long_day(value)}, {self.clock(value)}"

    def local(self, value: object) -> datetime | None:
        """In the administration's zone; a day without a time is its midnight there."""
        if isinstance(value, datetime):
            return value.astimezone(self.zone)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=self.zone)
        try:
            parsed = datetime.fromisoformat(str(value))
        except ValueError:
            return None
        return parsed.replace(tzinfo=self.zone) if parsed.tzinfo is None else parsed.astimezone(self.zone)

    def now(self) -> datetime:
        return datetime.now(self.zone)

    def skeleton(self, value: object, skeleton: str) -> str:
        moment = self.local(value)
        return str(value) if moment is None else _clean(format_skeleton(skeleton, moment, locale=self.language))


def span(seconds: float) -> tuple[str, int]:
    """The unit in which a person says a length of time: minutes, hours or days, and how many."""
    length = timedelta(seconds=abs(seconds))
    if length < timedelta(hours=1):
        return "minutes", max(1, round(length.total_seconds() / 60))
    if length < timedelta(days=2):
        return "hours", round(length.total_seconds() / 3600)
    return "days", length.days


def _decimal(value: object) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _clean(text: str) -> str:
    return text.replace(ZERO_WIDTH_SPACE, "")
