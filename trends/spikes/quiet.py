"""The hours in which people are left in peace."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.brand import Brand


def quiet_until(brand: Brand, *, now: datetime) -> datetime | None:
    """Return when the quiet hours that `now` lies in are over; None outside of them."""
    hours = brand.alerts.quiet
    if hours is None:
        return None
    today = now.astimezone(brand.zone).date()
    for day in (today - timedelta(days=1), today):
        start = datetime.combine(day, hours.start, brand.zone)
        last = day if hours.end > hours.start else day + timedelta(days=1)
        end = datetime.combine(last, hours.end, brand.zone)
        if start <= now < end:
            return end
    return None
