"""What families ask, object to and complain about: by when the school owes its next step, and how it ended."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import id_and_school, same_school
from campus.models import Person, School, User
from enrollment.models.consent import Receipt


class SubjectRequest(models.Model):
    """One thing that a guardian, or the student, has asked of the school about one child's data."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("What do you hold?")
        QUESTION = "question", _("A question")
        OBJECTION = "objection", _("I object")
        CORRECTION = "correction", _("Something is wrong")
        ERASURE = "erasure", _("Delete it")
        COMPLAINT = "complaint", _("A complaint")

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked")
        ACKNOWLEDGED = "acknowledged", _("The school has seen it")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        DONE = "done", _("Done as asked")
        PARTLY = "partly", _("Done in part")
        REFUSED = "refused", _("Not done")
        TAKEN_BACK = "taken_back", _("Taken back by who asked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="subject_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="subject_requests")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    about_face = models.BooleanField(
        default=False, help_text="An objection, or a wish to delete, that is about the face: it is a No as well"
    )
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, help_text="Of the No; none where one stood already"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ASKED)
    due_on = models.DateField(help_text="The last day, at the school, for the school's next step")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    form = models.UUIDField(null=True, unique=True, help_text="The form that was sent: a second click finds this row")
    asked_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("subjectrequest_id_school"),
            same_school("student", "campus.Person", name="subjectrequest_student_school"),
            same_school("receipt", "enrollment.Receipt", name="subjectrequest_receipt_school"),
            models.CheckConstraint(
                condition=Q(about_face=False) | Q(kind__in=("objection", "erasure")),
                name="subjectrequest_stops_by_objection",
            ),
            models.CheckConstraint(
                condition=~Q(status="acknowledged") | Q(acknowledged_at__isnull=False),
                name="subjectrequest_acknowledged_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="answered") | Q(answered_at__isnull=False),
                name="subjectrequest_answered_says_when",
            ),
            models.CheckConstraint(
                condition=(Q(status="closed", closed_at__isnull=False) & ~Q(outcome=""))
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="subjectrequest_closed_says_when_and_how",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("school", "due_on"), condition=~Q(status="closed"), name="subjectrequest_due")
        ]

    @property
    def number(self) -> str:
        """What somebody reads out on the telephone."""
        return str(self.id)[:8].upper()

    @property
    def is_open(self) -> bool:
        """Whether the school owes its next step."""
        return self.status in (self.Status.ASKED, self.Status.ACKNOWLEDGED)


class RequestMessage(models.Model):
    """What the family or the school wrote about a request: the first is what was asked."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    request = models.ForeignKey(SubjectRequest, on_delete=models.PROTECT, related_name="messages")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_school = models.BooleanField()
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            same_school("request", "enrollment.SubjectRequest", name="requestmessage_request_school"),
            models.CheckConstraint(condition=~Q(words=""), name="requestmessage_says_something"),
        ]
