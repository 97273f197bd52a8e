"""Registers and the marks in them: history is a line, the current mark is the one nothing replaces."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models.people import Group, Person, School, User


class Register(models.Model):
    """One occurrence of a group's register, frozen when made: later changes of the timetable leave it alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="registers")
    date = models.DateField(help_text=_("The school's local date"))
    kind = models.CharField(max_length=16)
    opens_at = models.DateTimeField()
    late_after = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            id_and_school("register_id_school"),
            same_school("group", "campus.Group", name="register_group_school"),
            models.UniqueConstraint(fields=("group", "date", "kind"), name="register_once"),
            models.CheckConstraint(
                condition=Q(opens_at__lte=F("late_after"), late_after__lte=F("closes_at")), name="register_in_order"
            ),
        ]


_REFUSE_A_WEAKER_MARK = """
    IF NEW.precedence < (
        SELECT precedence FROM campus_attendancemark WHERE id = NEW.replaces_id AND code <> 'cleared'
    ) THEN
        RAISE EXCEPTION 'a mark may not replace one of higher precedence' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class AttendanceMark(models.Model):
    """A mark of one student in one register. A correction is a new row that replaces the old one.

    What is undone stays in the line too: the row that undoes says again what stood before (`restores`), and
    where nothing stood before it is `cleared`, which counts as no mark.
    """

    class Code(models.TextChoices):
        PRESENT = "present", _("Present")
        LATE = "late", _("Late")
        ABSENT = "absent", _("Absent")
        CLEARED = "cleared", _("Not here yet")

    class Source(models.TextChoices):
        PASSAGE = "passage", _("Gate")
        TEACHER = "teacher", _("Teacher")
        PLANNED = "planned", _("Planned absence")
        OFFICE = "office", _("Office")

    PRECEDENCE: ClassVar[dict[str, int]] = {
        Source.PASSAGE: 10,
        Source.PLANNED: 20,
        Source.TEACHER: 30,
        Source.OFFICE: 40,
    }
    """A mark may be replaced only by one of at least its own precedence; one that is cleared by any."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="marks")
    student = models.ForeignKey(Person, verbose_name=_("Student"), on_delete=models.PROTECT, related_name="marks")
    code = models.CharField(_("Mark"), max_length=8, choices=Code.choices)
    minutes_late = models.PositiveSmallIntegerField(_("Minutes late"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=8, choices=Source.choices)
    precedence = models.PositiveSmallIntegerField()
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")
    restores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="restored_by")
    submission = models.UUIDField(null=True, editable=False, help_text=_("Sent twice, the same form is one mark"))
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, verbose_name=_("By"), on_delete=models.PROTECT, null=True, blank=True)
    recorded_at = models.DateTimeField(_("When"))

    class Meta:
        verbose_name, verbose_name_plural = _("attendance mark"), _("attendance marks")
        triggers: ClassVar = [
            *append_only(),
            pgtrigger.Trigger(
                name="precedence", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_REFUSE_A_WEAKER_MARK
            ),
        ]
        constraints: ClassVar = [
            id_and_school("mark_id_school"),
            models.UniqueConstraint(fields=("id", "student"), name="mark_id_student"),
            models.UniqueConstraint(fields=("id", "register", "student"), name="mark_id_register_student"),
            same_school("register", "campus.Register", name="mark_register_school"),
            same_school("student", "campus.Person", name="mark_student_school"),
            CompositeForeignKey(
                fields=("replaces", "register", "student"),
                to="campus.AttendanceMark",
                to_fields=("id", "register", "student"),
                name="mark_replaces_its_own_line",
            ),
            CompositeForeignKey(
                fields=("restores", "register", "student"),
                to="campus.AttendanceMark",
                to_fields=("id", "register", "student"),
                name="mark_restores_its_own_line",
            ),
            models.UniqueConstraint(fields=("register", "student", "submission"), name="mark_submitted_once"),
            models.UniqueConstraint(
                fields=("register", "student"), condition=Q(replaces__isnull=True), name="mark_one_first"
            ),
            models.UniqueConstraint(fields=("replaces",), name="mark_replaced_once"),
            models.CheckConstraint(
                condition=Q(code="late", minutes_late__isnull=False) | (~Q(code="late") & Q(minutes_late__isnull=True)),
                name="mark_minutes_only_when_late",
            ),
            models.CheckConstraint(
                condition=Q(source="passage") | Q(recorded_by__isnull=False), name="mark_by_hand_names_who"
            ),
        ]
