"""Consent as it was given, the permit it amounts to, and the references that a permit allows."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models import Credential, LetterCode, Person, School, SignInAddress, User
from enrollment.gallery_models import GalleryVersion, LookAlike, counted
from enrollment.renewal_models import Renewal

__all__ = [
    "ChildAnswer",
    "ConsentEvent",
    "EnrollmentAttempt",
    "EnrollmentSession",
    "GalleryVersion",
    "LookAlike",
    "Notice",
    "PaperAnswer",
    "Permit",
    "Purpose",
    "Receipt",
    "Reference",
    "ReferenceCiphertext",
    "Renewal",
]


class Purpose(models.TextChoices):
    """What a family is asked about, one act each."""

    GATE_ACCESS = "gate_access", _("Opening the gate by face")


class Notice(models.Model):
    """What a family was told before it answered. A changed notice is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="notices")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=12)
    body = models.TextField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the body in UTF-8")
    published_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            id_and_school("notice_id_school"),
            models.UniqueConstraint(fields=("school", "purpose", "version", "language"), name="notice_once"),
        ]


class Acceptance(models.Model):
    """What a school accepted in words before it compared faces: of whom it was not shown that they are told apart.

    It holds for one version of the measured numbers of one engine. New numbers are asked about anew.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="acceptances")
    engine = models.CharField(max_length=64, help_text="Identity of the engine that was measured")
    version = models.CharField(max_length=64, help_text="Version of the measured numbers")
    language = models.CharField(max_length=12)
    sentence = models.TextField(help_text="As it was read and accepted")
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("school", "engine", "version"), name="acceptance_once_a_version"),
            models.CheckConstraint(condition=~models.Q(sentence=""), name="acceptance_says_what"),
        ]


class Receipt(models.Model):
    """What a guardian answered for a child at one moment, to show and to mail: one row for all its answers.

    Or that the child's template was destroyed although nobody answered anything: `cause` says which.
    """

    class Cause(models.TextChoices):
        ANSWER = "answer", _("You answered")
        RENEWAL = "renewal", _("The school changed its face reader")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="receipts")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT)
    language = models.CharField(max_length=12, default="en")
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.ANSWER)
    destroyed = models.BooleanField(default=False, help_text="Whether a face template was destroyed with it")
    form = models.UUIDField(null=True, unique=True, help_text="The form that was sent: a second click finds this row")
    at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("receipt_id_school"),
            same_school("student", "campus.Person", name="receipt_student_school"),
            models.UniqueConstraint(fields=("student", "guardian", "at"), name="receipt_once_a_moment"),
            models.CheckConstraint(
                condition=models.Q(cause="answer") | models.Q(destroyed=True, form__isnull=True),
                name="receipt_without_an_answer_is_of_a_destruction",
            ),
        ]

    @property
    def number(self) -> str:
        """What somebody reads out on the telephone."""
        return str(self.id)[:8].upper()


class ConsentEvent(models.Model):
    """One answer of one guardian about one purpose, on the strength of one notice."""

    class Method(models.TextChoices):
        WEB = "web"
        PAPER = "paper"

    class Kind(models.TextChoices):
        GIVEN = "given", _("Yes")
        REFUSED = "refused", _("No")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(
        Person, verbose_name=_("Student"), on_delete=models.PROTECT, related_name="consent_events"
    )
    purpose = models.CharField(_("Question"), max_length=24, choices=Purpose.choices)
    kind = models.CharField(_("Answer"), max_length=12, choices=Kind.choices)
    guardian = models.ForeignKey(User, verbose_name=_("Guardian"), on_delete=models.PROTECT)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True)
    method = models.CharField(_("Way"), max_length=16, choices=Method.choices, default=Method.WEB)
    address = models.ForeignKey(
        SignInAddress, on_delete=models.PROTECT, null=True, help_text="Through which it came; none for paper"
    )
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True, related_name="answers")
    at = models.DateTimeField(_("When"))

    class Meta:
        verbose_name, verbose_name_plural = _("family’s answer"), _("families’ answers")
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="consent_student_school"),
            same_school("notice", "enrollment.Notice", name="consent_notice_school"),
            same_school("receipt", "enrollment.Receipt", name="consent_receipt_school"),
            id_and_school("consent_id_school"),
            models.CheckConstraint(
                condition=~models.Q(kind="given") | models.Q(notice__isnull=False), name="consent_yes_names_its_notice"
            ),
        ]


class PaperAnswer(models.Model):
    """An answer that came on paper: typed in by one of the office, and an answer only when another has confirmed it.

    The code of the letter that was sent to this guardian is the key to it: a Yes without one isn't taken.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        DROPPED = "dropped", _("Not taken")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="paper_answers")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="paper_answers")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    kind = models.CharField(max_length=12, choices=ConsentEvent.Kind.choices)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, null=True)
    letter = models.ForeignKey(LetterCode, on_delete=models.PROTECT, null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    event = models.OneToOneField(ConsentEvent, on_delete=models.PROTECT, null=True, related_name="paper")

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="paper_student_school"),
            same_school("notice", "enrollment.Notice", name="paper_notice_school"),
            same_school("letter", "campus.LetterCode", name="paper_letter_school"),
            same_school("event", "enrollment.ConsentEvent", name="paper_event_school"),
            models.UniqueConstraint(
                fields=("student", "guardian", "purpose"),
                condition=models.Q(status="waiting"),
                name="paper_one_waiting",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="given") | models.Q(notice__isnull=False, letter__isnull=False),
                name="paper_yes_names_notice_and_letter",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="confirmed")
                | (
                    models.Q(decided_by__isnull=False, event__isnull=False)
                    & ~models.Q(decided_by=models.F("recorded_by"))
                ),
                name="paper_takes_two_staff",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", decided_at__isnull=True)
                | (~models.Q(status="waiting") & models.Q(decided_at__isnull=False)),
                name="paper_decided_says_when",
            ),
        ]


class Permit(models.Model):
    """The cache of what consent amounts to for one student, and the database's guard over references.

    Only `enrollment.consent.reconcile` writes it. A reference points at (id, student, live), so Postgres
    refuses a reference without a live permit, the end of a permit under a reference, and somebody else's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="permits")
    live = models.BooleanField(default=True)
    compare = models.BooleanField(default=True)
    expires_at = models.DateTimeField()
    began_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [counted("counts_in_gallery", pgtrigger.Update, "live", "compare", "expires_at")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("id", "student", "live"), name="permit_id_student_live"),
            models.UniqueConstraint(fields=("student",), condition=models.Q(live=True), name="permit_one_live"),
            models.CheckConstraint(
                condition=models.Q(live=True) | models.Q(compare=False), name="permit_compares_only_while_live"
            ),
            same_school("student", "campus.Person", name="permit_student_school"),
        ]


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
    session = models.ForeignKey(
        "EnrollmentSession", on_delete=models.PROTECT, null=True, help_text="The sitting in which it was made"
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
