"""Supervised sittings: what the student answers in one, and the pictures that are taken."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models import Credential, Person, School, User
from enrollment.models.notices import Purpose


class EnrollmentSession(models.Model):
    """One supervised sitting: a student with the own card, an operator, a witness, and what the student answers.

    It lives for minutes (`expires_at` moves once, when the witness confirms) and takes pictures only in the state
    `ASSENTED`. `tries` counts the bursts of pictures taken; the nonce for the next is derived from it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the witness")
        WITNESSED = "witnessed", _("The student is asked")
        ASSENTED = "assented", _("The student said yes")
        DECLINED = "declined", _("The student said no")
        ENROLLED = "enrolled", _("Enrolled")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrollment_sessions")
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, help_text="The card that was shown")
    operator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    code_digest = models.BinaryField(max_length=32, help_text="HMAC of the code that the witness types")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            id_and_school("session_id_school"),
            models.UniqueConstraint(fields=("id", "student"), name="session_id_student"),
            models.UniqueConstraint(
                fields=("code_digest",), condition=models.Q(state="waiting"), name="session_code_while_waiting"
            ),
            same_school("student", "campus.Person", name="session_student_school"),
            same_school("credential", "campus.Credential", name="session_credential_school"),
            models.CheckConstraint(
                condition=models.Q(state__in=("waiting", "stopped")) | models.Q(witness__isnull=False),
                name="session_goes_on_with_a_witness",
            ),
            models.CheckConstraint(
                condition=models.Q(witness__isnull=True) | ~models.Q(witness=models.F("operator")),
                name="session_witness_is_somebody_else",
            ),
            models.CheckConstraint(
                condition=models.Q(tries=0) | models.Q(state__in=("assented", "enrolled", "declined", "stopped")),
                name="session_takes_pictures_after_a_yes",
            ),
        ]


class ChildAnswer(models.Model):
    """What the student said, asked face to face: a No stops everything, and only the student lifts it.

    A Yes is given in a sitting. A No may be said to any member of the office's staff, who writes it down.
    """

    class Kind(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, verbose_name=_("Student"), on_delete=models.PROTECT, related_name="own_answers")
    purpose = models.CharField(max_length=24, choices=Purpose.choices, default=Purpose.GATE_ACCESS)
    kind = models.CharField(_("Answer"), max_length=3, choices=Kind.choices)
    session = models.ForeignKey(EnrollmentSession, on_delete=models.PROTECT, null=True, related_name="answers")
    recorded_by = models.ForeignKey(User, verbose_name=_("By"), on_delete=models.PROTECT)
    at = models.DateTimeField(_("When"))

    class Meta:
        verbose_name, verbose_name_plural = _("student’s own answer"), _("students’ own answers")
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="childanswer_student_school"),
            CompositeForeignKey(
                fields=("session", "student"),
                to="enrollment.EnrollmentSession",
                to_fields=("id", "student"),
                name="childanswer_in_the_own_session",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="no") | models.Q(session__isnull=False), name="childanswer_yes_in_a_session"
            ),
        ]


class EnrollmentAttempt(models.Model):
    """One burst of pictures of a sitting. It never holds an image: those cross the broker sealed, once."""

    class State(models.TextChoices):
        PENDING = "pending", _("Being measured")
        ENROLLED = "enrolled", _("Enrolled")
        REFUSED = "refused", _("Not enrolled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT)
    operator = models.ForeignKey(User, on_delete=models.PROTECT)
    session = models.ForeignKey(EnrollmentSession, on_delete=models.PROTECT, null=True, related_name="attempts")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=32, blank=True)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="attempt_student_school"),
            CompositeForeignKey(
                fields=("session", "student"),
                to="enrollment.EnrollmentSession",
                to_fields=("id", "student"),
                name="attempt_in_the_students_session",
            ),
        ]
