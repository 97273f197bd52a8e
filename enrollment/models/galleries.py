"""Rows about references taken together: the version of a school's gallery, and pairs that look alike."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models import Person, School, User

_COUNT = """
INSERT INTO enrollment_galleryversion (school_id, number) VALUES (COALESCE(NEW.school_id, OLD.school_id), 1)
ON CONFLICT (school_id) DO UPDATE SET number = enrollment_galleryversion.number + 1;
RETURN NULL;
"""


def counted(
    name: str, operation: pgtrigger.core.Operation | pgtrigger.core.Operations, *changing: str
) -> pgtrigger.Trigger:
    """Return the trigger that counts a change of a table in its school's `GalleryVersion`, in the same transaction.

    It waits until the transaction commits: the row that all changes of a school share is locked last and for a
    moment, so nobody who withdraws waits for an enrolment, nor two for each other.
    """
    changed = [f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in changing]
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Row,
        when=pgtrigger.After,
        timing=pgtrigger.Deferred,
        operation=operation,
        condition=pgtrigger.Condition(" OR ".join(changed)) if changed else None,
        func=_COUNT,
    )


class GalleryVersion(models.Model):
    """How often a school's gallery has changed: whoever holds a copy of it compares this number with the copy's.

    Postgres itself counts, when permits, references and pairs change. No code writes it.
    """

    school = models.OneToOneField(School, on_delete=models.PROTECT, primary_key=True, related_name="gallery_version")
    number = models.PositiveBigIntegerField()


class GalleryCheck(models.Model):
    """What a school learned by comparing its own references with each other: counts, and of nobody in particular."""

    FEWEST: ClassVar = 200
    """Of fewer students nothing is counted: who is behind a count could be guessed."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="gallery_checks")
    engine = models.CharField(max_length=64)
    version = models.CharField(max_length=64, help_text="The version of the numbers that it was held against")
    students = models.PositiveIntegerField()
    pairs = models.PositiveBigIntegerField(null=True)
    false_matches = models.PositiveBigIntegerField(null=True, help_text="Pairs that a gate could take for each other")
    bins = models.JSONField(default=list, help_text="How many pairs are how far apart, from 0 in equal steps")
    step = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(students__gte=200, pairs__isnull=False, false_matches__isnull=False)
                | models.Q(students__lt=200, pairs__isnull=True, false_matches__isnull=True, bins=[]),
                name="gallerycheck_counts_no_few",
            )
        ]


class LookAlike(models.Model):
    """Two enrolled students whose references look like one person's. Two of the office look at the pair.

    It says nothing about how near they are. While it exists, neither is looked for without a card; it goes
    when either reference does.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SAID = "said", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Two people who look alike")

    class Word(models.TextChoices):
        TWO_PEOPLE = "two_people", _("Two people who look alike")
        MISTAKE = "mistake", _("One person, enrolled under two names")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reference = models.ForeignKey("enrollment.Reference", on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other_reference = models.ForeignKey("enrollment.Reference", on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    word = models.CharField(max_length=10, choices=Word.choices, blank=True)
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        triggers: ClassVar = [counted("counts_in_gallery", pgtrigger.Insert | pgtrigger.Delete)]
        constraints: ClassVar = [
            id_and_school("lookalike_id_school"),
            same_school("student", "campus.Person", name="lookalike_student_school"),
            same_school("other", "campus.Person", name="lookalike_other_school"),
            same_school("reference", "enrollment.Reference", name="lookalike_reference_school"),
            same_school("other_reference", "enrollment.Reference", name="lookalike_other_reference_school"),
            CompositeForeignKey(
                fields=("reference", "student"),
                to="enrollment.Reference",
                to_fields=("id", "student"),
                name="lookalike_reference_is_the_students",
            ),
            CompositeForeignKey(
                fields=("other_reference", "other"),
                to="enrollment.Reference",
                to_fields=("id", "student"),
                name="lookalike_other_reference_is_the_others",
            ),
            models.UniqueConstraint(fields=("reference", "other_reference"), name="lookalike_once_a_pair"),
            models.CheckConstraint(
                condition=models.Q(reference__lt=models.F("other_reference")), name="lookalike_in_one_order"
            ),
            models.CheckConstraint(condition=~models.Q(student=models.F("other")), name="lookalike_of_two_students"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", word="", said_by__isnull=True, agreed_by__isnull=True)
                | (
                    models.Q(state="said", said_by__isnull=False, said_at__isnull=False, agreed_by__isnull=True)
                    & ~models.Q(word="")
                )
                | models.Q(
                    state="confirmed",
                    word="two_people",
                    said_by__isnull=False,
                    said_at__isnull=False,
                    agreed_by__isnull=False,
                    agreed_at__isnull=False,
                ),
                name="lookalike_says_who_looked",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True) | ~models.Q(agreed_by=models.F("said_by")),
                name="lookalike_takes_two_staff",
            ),
        ]
