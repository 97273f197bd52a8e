"""How a guardian comes to sign in: the codes on the school's letters, the addresses, and their changes on paper."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campus.constraints import id_and_school, same_school
from campus.models.people import Person, School, User


class SignInAddress(models.Model):
    """An address through which a guardian signs in, or did, and how the school came to believe it.

    `User.email` is the address of the row that hasn't ended. While `confirmed_at` is empty a Yes that comes
    through the address doesn't count (`enrollment.consent`).
    """

    class How(models.TextChoices):
        KNOWN = "known", _("Known to the school before")
        LETTER = "letter", _("By the code on a letter")
        OLD_ADDRESS = "old_address", _("Confirmed from the address before")
        PAPER = "paper", _("On paper, by two of the office")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="addresses")
    email = models.EmailField()
    how = models.CharField(max_length=12, choices=How.choices)
    language = models.CharField(max_length=12, default="en", help_text=_("Language of the letters sent to it"))
    bound_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("user",), condition=Q(ended_at__isnull=True), name="address_one_live"),
            models.CheckConstraint(condition=~Q(email=""), name="address_says_where"),
        ]


class LetterCode(models.Model):
    """The one-time code on a letter from a school to a guardian. Only its HMAC is kept."""

    class Status(models.TextChoices):
        ISSUED = "issued"
        USED = "used"
        REPLACED = "replaced"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="letter_codes")
    code_mac = models.BinaryField(max_length=32, unique=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ISSUED)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("school", "guardian"), condition=Q(status="issued"), name="lettercode_one_live"
            ),
            id_and_school("lettercode_id_school"),
            models.CheckConstraint(
                condition=Q(status="used", used_at__isnull=False) | (~Q(status="used") & Q(used_at__isnull=True)),
                name="lettercode_used_says_when",
            ),
        ]


class AddressChange(models.Model):
    """A new address that came on paper: typed in by one of the office, made or dropped by another."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        MADE = "made"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="address_changes")
    email = models.EmailField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("guardian",), condition=Q(status="waiting"), name="addresschange_one_waiting"
            ),
            models.CheckConstraint(
                condition=~Q(status="made") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("recorded_by"))),
                name="addresschange_takes_two_staff",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True)
                | (~Q(status="waiting") & Q(decided_at__isnull=False)),
                name="addresschange_decided_says_when",
            ),
        ]


class ContactRestriction(models.Model):
    """A court keeps a guardian from knowing where the child is. Objecting and withdrawing stay possible."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contact_restrictions")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contact_restrictions")
    order = models.CharField(max_length=200, help_text=_("Court and number of the order"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="contactrestriction_student_school"),
            models.UniqueConstraint(
                fields=("student", "guardian"),
                condition=Q(ended_at__isnull=True),
                name="contactrestriction_one_live",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="contactrestriction_ended_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=F("recorded_by")),
                name="contactrestriction_ended_by_another",
            ),
            models.CheckConstraint(condition=~Q(order=""), name="contactrestriction_names_its_order"),
        ]
