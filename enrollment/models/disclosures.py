"""What somebody outside asked of the school, by which right, who allowed it, and what was given: never a template."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import id_and_school, same_school
from campus.models import Person, School, User


class Disclosable(models.TextChoices):
    """Every kind of thing that may leave the school. Nothing that is made of a face is among them."""

    ROLL = "roll", _("Name, number and class")
    GUARDIANS = "guardians", _("Guardians and how to reach them")
    MARKS = "marks", _("Attendance marks")
    PASSAGES = "passages", _("Passages at the gates")
    CARDS = "cards", _("When cards were made and ended")
    ANSWERS = "answers", _("What the family answered")


class Instrument(models.Model):
    """The scan of an order or request: kept as it came, never opened here, and handed only to who decides about it."""

    class Type(models.TextChoices):
        PDF = "application/pdf"
        JPEG = "image/jpeg"
        PNG = "image/png"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    type = models.CharField(max_length=16, choices=Type.choices)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the scan")
    scan = models.BinaryField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            id_and_school("instrument_id_school"),
            models.CheckConstraint(
                condition=Q(type__in=["application/pdf", "image/jpeg", "image/png"]), name="instrument_is_a_scan"
            ),
        ]


class Disclosure(models.Model):
    """One request from outside. Two people allow what it names, the head and the data protection officer."""

    class Asker(models.TextChoices):
        POLICE = "police", _("Police")
        COURT = "court", _("Court")
        GOVERNMENT = "government", _("Government")
        VENDOR = "vendor", _("Vendor")
        OTHER = "other", _("Somebody else")

    class Status(models.TextChoices):
        OPEN = "open", _("Being decided")
        GIVEN = "given", _("Given")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    asker = models.CharField(max_length=10, choices=Asker.choices)
    asked_by = models.CharField(max_length=200, help_text="Authority or firm, and its person")
    asked_on = models.DateField()
    wish = models.TextField(help_text="What was asked for, and about whom")
    basis = models.CharField(max_length=200, blank=True, help_text="The law or order, and its number")
    kinds = ArrayField(
        models.CharField(max_length=12, choices=Disclosable.choices), default=list, help_text="What would be given"
    )
    scope = models.CharField(max_length=200, blank=True, help_text="Of which days or places")
    instrument = models.OneToOneField(Instrument, on_delete=models.PROTECT, null=True, related_name="disclosure")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    head = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    head_at = models.DateTimeField(null=True)
    officer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    officer_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refused_why = models.TextField(blank=True)
    silent_until = models.DateField(null=True, help_text="The family isn't told before the day after")
    silent_why = models.CharField(max_length=400, blank=True, help_text="What forbids telling the family")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("disclosure_id_school"),
            same_school("instrument", "enrollment.Instrument", name="disclosure_instrument_school"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=["roll", "guardians", "marks", "passages", "cards", "answers"]),
                name="disclosure_of_no_face",
            ),
            models.CheckConstraint(
                condition=Q(head__isnull=True) | Q(officer__isnull=True) | ~Q(head=F("officer")),
                name="disclosure_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(head__isnull=True, officer__isnull=True) | Q(instrument__isnull=False),
                name="disclosure_allowed_on_paper",
            ),
            models.CheckConstraint(
                condition=~Q(status="given")
                | (Q(head__isnull=False, officer__isnull=False, instrument__isnull=False) & ~Q(kinds=[])),
                name="disclosure_given_is_allowed",
            ),
            models.CheckConstraint(condition=~Q(status="refused") | ~Q(refused_why=""), name="disclosure_refused_why"),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True, decided_by__isnull=True, told_at__isnull=True)
                | (~Q(status="open") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="disclosure_decided_says_when",
            ),
            models.CheckConstraint(
                condition=Q(silent_until__isnull=True, silent_why="")
                | (Q(silent_until__isnull=False) & ~Q(silent_why="")),
                name="disclosure_silent_says_why",
            ),
        ]

    @property
    def number(self) -> str:
        """What somebody reads out on the telephone."""
        return str(self.id)[:8].upper()

    @property
    def kinds_in_words(self) -> list[str]:
        """What is given, or would be, for reading."""
        return [str(Disclosable(kind).label) for kind in self.kinds]

    @property
    def given_in_words(self) -> list[str]:
        """What was given, for reading: nothing of a request that was refused."""
        return self.kinds_in_words if self.status == self.Status.GIVEN else []


class DisclosureStudent(models.Model):
    """A student whom a disclosure is about."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    disclosure = models.ForeignKey(Disclosure, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="disclosures")

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("disclosure", "enrollment.Disclosure", name="disclosurestudent_disclosure_school"),
            same_school("student", "campus.Person", name="disclosurestudent_student_school"),
            models.UniqueConstraint(fields=("disclosure", "student"), name="disclosurestudent_once"),
        ]
