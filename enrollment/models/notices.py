"""What families are told before they are asked: drafts that change, and notices that never do."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus import calendar
from campus.append_only import append_only
from campus.constraints import id_and_school
from campus.models import School, User


class Purpose(models.TextChoices):
    """What a family is asked about, one act each."""

    GATE_ACCESS = "gate_access", _("Opening the gate by face")
    ATTENDANCE = "attendance", _("Marking attendance by face")


class Declared(models.TextChoices):
    """What a school does with faces beside the purposes that it asks about: its notice must say so."""

    IDENTIFICATION = "identification", _("Finding a face without a card")
    DUPLICATES = "duplicates", _("Looking for look-alikes at enrolment")
    GALLERY_CHECK = "gallery_check", _("Comparing the school’s templates with each other to learn its error rate")


class Section(models.TextChoices):
    """What every notice must say, in the order in which a parent reads it."""

    PURPOSE = "purpose", _("What it is for")
    METHOD = "method", _("What happens")
    ALTERNATIVE = "alternative", _("If you say no")
    NECESSITY = "necessity", _("Why, and what it means for your child")
    RETENTION = "retention", _("How long")
    RECIPIENTS = "recipients", _("Who gets it")
    RIGHTS = "rights", _("Your rights")
    CONTROLLER = "controller", _("Who answers for it")
    CONTACT = "contact", _("Whom to ask")


class Notice(models.Model):
    """What a family was told before it answered: one version in one language. A changed notice is a new version.

    A version exists in every language of the product or not at all: `enrollment.publishing` writes them together.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="notices")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=12)
    words = models.JSONField(help_text="Section, or what is declared -> what it says to grown-ups")
    child_body = models.TextField(help_text="The same in words for the child")
    declares = models.JSONField(default=list, help_text="What it speaks of beside its purpose: `Declared`")
    material = models.BooleanField(default=True, help_text="Whether answers to earlier versions must be given again")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of all that a family reads: `notices.digest_of`")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sunset_at = models.DateTimeField(null=True, help_text="No answer to it counts for longer")

    class Meta:
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            id_and_school("notice_id_school"),
            models.UniqueConstraint(fields=("school", "purpose", "version", "language"), name="notice_once"),
            models.CheckConstraint(
                condition=models.Q(
                    words__has_keys=Section.values,
                    child_body__regex=r"\S",
                    **{f"words__{section}__regex": r"\S" for section in Section.values},
                ),
                name="notice_has_no_gap",
            ),
        ]

    @property
    def sections(self) -> list[tuple[str, str, str]]:
        """The key, the heading in the reader's language and the words of each section, in the order of reading."""
        keys = [*Section, *(Declared(one) for one in self.declares)]
        return [(str(key), str(key.label), self.words[key]) for key in keys]

    @property
    def published_on(self) -> date | None:
        """The school's date on which it was published; None while it is only looked at."""
        return calendar.local_date(self.school, self.published_at) if self.published_at else None

    @property
    def last_day(self) -> date | None:
        """The last of the school's dates on which answers to it count."""
        return calendar.local_date(self.school, self.sunset_at - timedelta(seconds=1)) if self.sunset_at else None

    @property
    def body(self) -> str:
        """All that it says to grown-ups, as one text."""
        return "\n\n".join(words for _key, _heading, words in self.sections)


class NoticeDraft(models.Model):
    """The next version of a school's notice about one purpose, while it is written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="notice_drafts")
    purpose = models.CharField(max_length=24, choices=Purpose.choices)
    version = models.PositiveIntegerField(
        help_text="Which it becomes; once that is published, this row is a new draft's"
    )
    words = models.JSONField(default=dict, help_text="Language -> section, or what is declared, or `child` -> words")
    declares = models.JSONField(default=list)
    material = models.BooleanField(default=True)
    sunset_on = models.DateField(null=True, help_text="The last day on which answers to it count")
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("school", "purpose"), name="noticedraft_one_a_purpose"),
        ]
