"""Days that callers name instead of a date: shopping festivals and holidays, the lunar ones by year."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

FIXED: dict[str, tuple[int, int, int]] = {
    "双十一": (11, 11, 1),
    "双11": (11, 11, 1),
    "双十二": (12, 12, 1),
    "双12": (12, 12, 1),
    "六一八": (6, 18, 1),
    "618": (6, 18, 1),
    "元旦": (1, 1, 1),
    "情人节": (2, 14, 1),
    "三八节": (3, 8, 1),
    "妇女节": (3, 8, 1),
    "五一": (5, 1, 5),
    "劳动节": (5, 1, 5),
    "儿童节": (6, 1, 1),
    "六一": (6, 1, 1),
    "教师节": (9, 10, 1),
    "国庆": (10, 1, 7),
    "圣诞": (12, 25, 1),
}
"""Festival → month, day, length in days (五一 and 国庆 mean the holiday)."""

LUNAR_FIRST_YEAR = 2024
LUNAR: dict[str, tuple[str, int]] = {
    "除夕": ("02-09 01-28 02-16 02-05 01-25 02-12 02-02", 1),
    "年三十": ("02-09 01-28 02-16 02-05 01-25 02-12 02-02", 1),
    "春节": ("02-10 01-29 02-17 02-06 01-26 02-13 02-03", 7),
    "端午": ("06-10 05-31 06-19 06-09 05-28 06-16 06-05", 1),
    "七夕": ("08-10 08-29 08-19 08-08 08-26 08-16 08-05", 1),
    "中秋": ("09-17 10-06 09-25 09-15 10-03 09-22 09-12", 1),
}
"""Festival → its month-day in 2024, 2025 …, length in days (checked against the package lunardate)."""

NAMES = tuple(sorted((*FIXED, *LUNAR), key=len, reverse=True))


def festival_days(name: str, year: int) -> tuple[date, date] | None:
    """First and last day of the festival in that year; None for a lunar festival outside the table."""
    if name in FIXED:
        month, day, length = FIXED[name]
        first = date(year, month, day)
    else:
        listed, length = LUNAR[name]
        days = listed.split()
        if not 0 <= year - LUNAR_FIRST_YEAR < len(days):
            return None
        first = date.fromisoformat(f"{year}-{days[year - LUNAR_FIRST_YEAR]}")
    return first, first + timedelta(days=length - 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month, that many months later; the month's last day where it is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day_of_month(day: date) -> date:
    """The last day of the month in which `day` lies."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
