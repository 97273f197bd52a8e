"""When the school is open and when its registers are taken, in the school's own local time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from campus.constraints import same_school
from campus.models.people import Group, School

WEEKDAYS = "0123456"


class Term(models.Model):
    """A stretch of local dates in which school is held on the named weekdays."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField()
    weekdays = models.CharField(max_length=7, default="01234", help_text="Digits of the weekdays, Monday is 0")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="term_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class Closure(models.Model):
    """A local date inside a term on which there is no school."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="closures")
    date = models.DateField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("school", "date"), name="closure_once_a_day")]

    def __str__(self) -> str:
        return f"{self.date}, {self.reason}"


class RegisterTime(models.Model):
    """The local times of a group's daily register; each day's occurrence is frozen as a `Register`."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="register_times")
    kind = models.CharField(max_length=16, default="morning")
    opens = models.TimeField()
    late_after = models.TimeField()
    closes = models.TimeField()

    class Meta:
        constraints: ClassVar = [
            same_school("group", "campus.Group", name="registertime_group_school"),
            models.UniqueConstraint(fields=("group", "kind"), name="registertime_once_a_kind"),
            models.CheckConstraint(
                condition=Q(opens__lte=F("late_after"), late_after__lte=F("closes")), name="registertime_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.kind}"
