"""How much waits for a second person, for the office's navigation."""

from __future__ import annotations

from django import template

from campus.models import School
from enrollment import look_alikes, waiting

register = template.Library()


@register.simple_tag
def waiting_in(school: School) -> int:
    """Return how many answers and changes of a school wait."""
    return waiting.count(school)


@register.simple_tag
def look_alikes_in(school: School) -> int:
    """Return how many pairs of a school's students wait for somebody to look at them."""
    return look_alikes.count_waiting(school)
