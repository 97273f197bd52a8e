"""How much waits for a second person, for the office's navigation."""

from __future__ import annotations

from django import template

from campus.models import School
from enrollment import waiting

register = template.Library()


@register.simple_tag
def waiting_in(school: School) -> int:
    """Return how many answers and changes of a school wait."""
    return waiting.count(school)
