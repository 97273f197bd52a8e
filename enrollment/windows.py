"""From when a Yes counts through an address that was linked lately: the family has time to notice first."""

from __future__ import annotations

from datetime import date, datetime

from campus import addresses, calendar
from campus.models import School, User
from enrollment import policies


def counts_on(guardian: User, school: School, at: datetime) -> date | None:
    """Return the local date from which a guardian's Yes through the web counts, or None where it counts already."""
    address = addresses.current(guardian)
    if address is None:
        return None
    bound_on = calendar.local_date(school, address.bound_at)
    from_then = calendar.school_days_after(school, bound_on, policies.of(school).objection_window_days)
    return from_then if from_then > calendar.local_date(school, at) else None
