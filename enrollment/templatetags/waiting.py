"""How much waits for somebody, for the office's navigation."""

from __future__ import annotations

from django import template

from campus import clock
from campus.models import School
from enrollment import acceptance, look_alikes, notifications, renewal, waiting

register = template.Library()


@register.simple_tag
def waiting_in(school: School) -> int:
    """Return how many answers and changes of a school wait."""
    return waiting.count(school)


@register.simple_tag
def faces_waiting_in(school: School) -> int:
    """Return how many students of a school have to be enrolled again, and one for each sentence to be accepted."""
    return renewal.left(school).count() + len(acceptance.wanted(school, clock.now()))


@register.simple_tag
def not_told_in(school: School) -> int:
    """Return how many guardians of a school's students are still to be told what it intends."""
    return notifications.untold_anything(school, clock.now()).count()


@register.simple_tag
def look_alikes_in(school: School) -> int:
    """Return how many pairs of a school's students wait for somebody to look at them."""
    return look_alikes.count_waiting(school)
