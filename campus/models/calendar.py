"""When the school is open and when its registers are taken, in the school's own local time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.constraints import same_school
from campus.models.people import Group, School

WEEKDAYS = "0123456"


class Term(models.Model):
    """A stretch of local dates in which school is held on the named weekdays."""

    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField(_("First day"))
    ends_on = models.DateField(_("Last day"))
    weekdays = models.CharField(
        _("School days"), max_length=7, default="01234", help_text="Digits of the weekdays, Monday is 0"
    )

    class Meta:
        verbose_name, verbose_name_plural = _("term"), _("terms")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="term_ends_after_it_starts")
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class Closure(models.Model):
    """A local date inside a term on which there is no school."""

    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT, related_name="closures")
    date = models.DateField(_("Day"))
    reason = models.CharField(_("Reason"), max_length=200)

    class Meta:
        verbose_name, verbose_name_plural = _("closure"), _("closures")
        constraints: ClassVar = [models.UniqueConstraint(fields=("school", "date"), name="closure_once_a_day")]

    def __str__(self) -> str:
        return f"{self.date}, {self.reason}"


class RegisterTime(models.Model):
    """The local times of a group's daily register; each day's occurrence is frozen as a `Register`."""

    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT)
    group = models.ForeignKey(Group, verbose_name=_("Class"), on_delete=models.PROTECT, related_name="register_times")
    kind = models.CharField(_("Register"), max_length=16, default="morning")
    opens = models.TimeField(_("Opens"))
    late_after = models.TimeField(_("Late after"))
    closes = models.TimeField(_("Closes"))

    class Meta:
        verbose_name, verbose_name_plural = _("register time"), _("register times")
        constraints: ClassVar = [
            same_school("group", "campus.Group", name="registertime_group_school"),
            models.UniqueConstraint(fields=("group", "kind"), name="registertime_once_a_kind"),
            models.CheckConstraint(
                condition=Q(opens__lte=F("late_after"), late_after__lte=F("closes")), name="registertime_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.kind}"
