"""The references that a permit allows. How to open one is the business of `enrollment.opening`."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models import Credential, Person, School, User
from enrollment.models.consent import Permit
from enrollment.models.galleries import counted
from enrollment.models.notices import Purpose


class Reference(models.Model):
    """An enrolled student's template: what it is and why it may exist. The bytes are in `ReferenceCiphertext`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="references")
    permit = models.ForeignKey(Permit, on_delete=models.PROTECT, related_name="references")
    live = models.BooleanField(default=True)
    purpose = models.CharField(max_length=24, choices=Purpose.choices, default=Purpose.GATE_ACCESS)
    engine = models.CharField(max_length=64, help_text="Identity of the engine that made it")
    captures = models.PositiveSmallIntegerField(help_text="How many images it was averaged from")
    enrolled_at = models.DateTimeField()
    enrolled_by = models.ForeignKey(User, on_delete=models.PROTECT)
    used_on = models.DateField(null=True, help_text="The school's local date on which it was last compared")
    session = models.ForeignKey(
        "EnrollmentSession", on_delete=models.PROTECT, null=True, help_text="The sitting in which it was made"
    )
    card = models.ForeignKey(
        Credential,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The only card that opens it, if one",
    )

    class Meta:
        triggers: ClassVar = [counted("counts_in_gallery", pgtrigger.Insert | pgtrigger.Delete)]
        constraints: ClassVar = [
            CompositeForeignKey(
                fields=("permit", "student", "live"),
                to="enrollment.Permit",
                to_fields=("id", "student", "live"),
                name="reference_has_a_live_permit",
            ),
            models.CheckConstraint(condition=models.Q(live=True), name="reference_is_live"),
            models.CheckConstraint(condition=models.Q(captures__gte=3, captures__lte=5), name="reference_of_3_to_5"),
            models.UniqueConstraint(fields=("student", "purpose"), name="reference_one_a_purpose"),
            CompositeForeignKey(
                fields=("session", "student"),
                to="enrollment.EnrollmentSession",
                to_fields=("id", "student"),
                name="reference_in_the_students_session",
            ),
            CompositeForeignKey(
                fields=("card", "student"),
                to="campus.Credential",
                to_fields=("id", "person"),
                name="reference_bound_to_the_own_card",
            ),
            same_school("student", "campus.Person", name="reference_student_school"),
            id_and_school("reference_id_school"),
            models.UniqueConstraint(fields=("id", "student"), name="reference_id_student"),
        ]


class ReferenceCiphertext(models.Model):
    """The encrypted template, apart from the rest so that only the matcher's role may read it."""

    reference = models.OneToOneField(Reference, on_delete=models.PROTECT, primary_key=True, related_name="ciphertext")
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    blob = models.BinaryField()

    class Meta:
        constraints: ClassVar = [same_school("reference", "enrollment.Reference", name="ciphertext_reference_school")]


class Erasure(models.Model):
    """That a reference was destroyed, and from when on no key opens what is left of it on any disk or in any backup."""

    reference = models.UUIDField(primary_key=True)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erasures")
    at = models.DateTimeField()
    key_destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [same_school("student", "campus.Person", name="erasure_student_school")]
        indexes: ClassVar = [
            models.Index(fields=("at",), condition=models.Q(key_destroyed_at__isnull=True), name="erasure_not_final"),
            models.Index(fields=("student", "at"), name="erasure_student_at"),
        ]
