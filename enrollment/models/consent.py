"""Consent as it was asked for and given, and the permit that it amounts to."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import id_and_school, same_school
from campus.models import LetterCode, Person, School, SignInAddress, User
from enrollment.models.galleries import counted
from enrollment.models.notices import Notice, Purpose


class Receipt(models.Model):
    """What a guardian answered for a child at one moment, to show and to mail: one row for all its answers.

    Or that the child's template was destroyed although nobody answered anything: `cause` says which.
    """

    class Cause(models.TextChoices):
        ANSWER = "answer", _("You answered")
        RENEWAL = "renewal", _("The school changed its face reader")
        EXPIRED = "expired", _("The yes ran out")
        LEFT = "left", _("The student left the school")
        OF_AGE = "of_age", _("The student came of age")
        CHILD_SAID_NO = "child_said_no", _("The student said no")
        OBJECTION = "objection", _("A guardian said no")
        NO_YES = "no_yes", _("The yes that it rested on ended")
        RESTORE = "restore", _("The school put back its records from a backup")
        CARD_REPLACED = "card_replaced", _("The student got a new card")
        SUSPENDED = "suspended", _("Suspended for too long")
        UNUSED = "unused", _("Not used for a long time")
        ASSESSMENT = "assessment", _("The school has no impact assessment in force")
        POLICY = "policy", _("The school’s rules do not allow it any more")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="receipts")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT)
    language = models.CharField(max_length=12, default="en")
    cause = models.CharField(max_length=16, choices=Cause.choices, default=Cause.ANSWER)
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


class PaperScan(models.Model):
    """The scan of a signed reply slip, as it came. Nothing here opens it: it is kept to be shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    media_type = models.CharField(max_length=24)
    content = models.BinaryField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the file")

    class Meta:
        constraints: ClassVar = [
            id_and_school("paperscan_id_school"),
            models.CheckConstraint(
                condition=models.Q(media_type__in=["application/pdf", "image/jpeg", "image/png"]),
                name="paperscan_of_a_known_kind",
            ),
        ]


class PaperAnswer(models.Model):
    """An answer that came on paper: typed in by one of the office, and an answer only when another has confirmed it.

    The code of the letter that was sent to this guardian is the key to it: a Yes without one isn't taken, nor one
    without the scan of the slip, which whoever confirms it has looked at.
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
    scan = models.OneToOneField(PaperScan, on_delete=models.PROTECT, null=True, related_name="paper")
    scan_seen_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who looked at the scan last"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, default="", help_text="Why a No was dropped, by whoever dropped it")
    event = models.OneToOneField(ConsentEvent, on_delete=models.PROTECT, null=True, related_name="paper")

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="paper_student_school"),
            same_school("notice", "enrollment.Notice", name="paper_notice_school"),
            same_school("letter", "campus.LetterCode", name="paper_letter_school"),
            same_school("scan", "enrollment.PaperScan", name="paper_scan_school"),
            same_school("event", "enrollment.ConsentEvent", name="paper_event_school"),
            # A Yes that waits stands beside a No that waits: typing one in takes nothing of the other away.
            models.UniqueConstraint(
                fields=("student", "guardian", "purpose"),
                condition=models.Q(status="waiting", kind="given"),
                name="paper_one_yes_waiting",
            ),
            models.UniqueConstraint(
                fields=("student", "guardian", "purpose"),
                condition=models.Q(status="waiting") & ~models.Q(kind="given"),
                name="paper_one_no_waiting",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="given") | models.Q(notice__isnull=False, letter__isnull=False),
                name="paper_yes_names_notice_and_letter",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="given") | models.Q(status="dropped") | models.Q(scan__isnull=False),
                name="paper_yes_has_a_scan",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="given", status="confirmed")
                | models.Q(scan_seen_by__isnull=False, scan_seen_by=models.F("decided_by")),
                name="paper_yes_was_seen_by_who_confirms",
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
                condition=~models.Q(status="dropped")
                | models.Q(kind="given")
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("recorded_by")))
                & ~models.Q(reason=""),
                name="paper_no_is_dropped_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(status="waiting", decided_at__isnull=True)
                | (~models.Q(status="waiting") & models.Q(decided_at__isnull=False)),
                name="paper_decided_says_when",
            ),
        ]

    @property
    def is_no(self) -> bool:
        """Whether it stops comparing before anybody has confirmed it."""
        return self.kind != ConsentEvent.Kind.GIVEN


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
    compare_until = models.DateTimeField(help_text="When the clock alone ends comparing")
    expires_at = models.DateTimeField(help_text="When the clock alone ends holding")
    policy = models.CharField(max_length=64, help_text="The policy that it was worked out by")
    began_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [
            counted("counts_in_gallery", pgtrigger.Update, "live", "compare", "compare_until", "expires_at")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("id", "student", "live"), name="permit_id_student_live"),
            models.UniqueConstraint(fields=("student",), condition=models.Q(live=True), name="permit_one_live"),
            models.CheckConstraint(
                condition=models.Q(live=True) | models.Q(compare=False), name="permit_compares_only_while_live"
            ),
            models.CheckConstraint(
                condition=models.Q(compare_until__lte=models.F("expires_at")), name="permit_compares_only_what_it_holds"
            ),
            same_school("student", "campus.Person", name="permit_student_school"),
        ]
