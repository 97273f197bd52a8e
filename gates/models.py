"""Gates and kiosks, the captures they send, the passages that come of them, the openings they cause."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campus.append_only import append_only
from campus.constraints import CompositeForeignKey, id_and_school, same_school
from campus.models import AttendanceMark, Credential, Person, School
from gates.decision import CardAlone, Outcome


class Direction(models.TextChoices):
    IN = "in", _("In")
    OUT = "out", _("Out")


class Way(models.TextChoices):
    """Which way people pass a kiosk: what stands outside lets nobody out, and what stands inside nobody in."""

    IN = "in", _("In")
    OUT = "out", _("Out")
    BOTH = "both", _("In and out")


class Gate(models.Model):
    """One lane with a turnstile."""

    CARD_ALONE: ClassVar = [
        (CardAlone.OPEN.value, _("A card alone opens the gate")),
        (CardAlone.PIN.value, _("A card alone needs a PIN")),
        (CardAlone.STAFF.value, _("A card alone needs a member of staff")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="gates")
    name = models.CharField(max_length=80)
    card_alone = models.CharField(max_length=8, choices=CARD_ALONE, default=CardAlone.OPEN.value)
    card_bound = models.BooleanField(default=False, help_text="Compares only what opens with the student's own card")

    class Meta:
        constraints: ClassVar = [
            id_and_school("gate_id_school"),
            models.UniqueConstraint(fields=("school", "name"), name="gate_name_once_a_school"),
        ]

    def __str__(self) -> str:
        return self.name


class Kiosk(models.Model):
    """The tablet at a gate, with a key of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="kiosks")
    name = models.CharField(max_length=80)
    way = models.CharField(max_length=4, choices=Way.choices, default=Way.IN)
    key_digest = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of the kiosk's key")
    diagnostic = models.BooleanField(default=False, help_text=_("Answers tell the distance; refused in production"))
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("kiosk_id_school"),
            same_school("gate", "gates.Gate", name="kiosk_gate_school"),
            models.CheckConstraint(condition=models.Q(way__in=["in", "out", "both"]), name="kiosk_way_is_known"),
        ]

    def serves(self, direction: str) -> bool:
        """Tell whether people pass here in this direction."""
        return self.way in (Way.BOTH, direction)


class Capture(models.Model):
    """One call of a kiosk and what became of it. It never holds an image, only that there were some.

    `digest` is SHA-256 of the fields, and of the images where consent let us touch them (`frames` above 0).
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DECIDED = "decided"
        TIMED_OUT = "timed_out"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT)
    capture_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    identify = models.BooleanField(default=False, help_text="Asked for, or earned by asking for, a look without a card")
    face_declined = models.BooleanField(default=False)
    frames = models.PositiveSmallIntegerField(default=0)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_suspect = models.BooleanField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    outcome = models.CharField(
        max_length=8, choices=[(outcome.value, outcome.value) for outcome in Outcome], blank=True
    )
    reason = models.CharField(max_length=32, blank=True)
    decided_at = models.DateTimeField(null=True)
    queue_ms = models.PositiveIntegerField(null=True)
    extract_ms = models.PositiveIntegerField(null=True)
    decide_ms = models.PositiveIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("capture_id_school"),
            models.UniqueConstraint(fields=("kiosk", "capture_id"), name="capture_once_a_kiosk"),
            models.CheckConstraint(
                condition=models.Q(state="pending", outcome="", decided_at__isnull=True)
                | (~models.Q(state="pending") & ~models.Q(outcome="") & models.Q(decided_at__isnull=False)),
                name="capture_outcome_unless_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(identify=False) | models.Q(credential__isnull=True),
                name="capture_identifies_without_a_card",
            ),
            same_school("kiosk", "gates.Kiosk", name="capture_kiosk_school"),
            same_school("credential", "campus.Credential", name="capture_credential_school"),
            CompositeForeignKey(
                fields=("credential", "person"),
                to="campus.Credential",
                to_fields=("id", "person"),
                name="capture_card_is_the_person_s",
            ),
            same_school("person", "campus.Person", name="capture_person_school"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("kiosk", "received_at"), name="capture_kiosk_received"),
            models.Index(fields=("credential", "received_at"), name="capture_credential_received"),
        ]


class Claim(models.Model):
    """The right to send one capture's pictures for one card, or for none: single use, a few seconds, this kiosk only.

    The token is derived from the capture that earned it, so a repeated call gets the same answer; only
    its SHA-256 is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    capture = models.OneToOneField(Capture, on_delete=models.PROTECT, related_name="claim_earned")
    used_by = models.OneToOneField(Capture, on_delete=models.PROTECT, null=True, related_name="claim_used")
    kiosk = models.ForeignKey(Kiosk, on_delete=models.PROTECT)
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, null=True, help_text="None where a face is looked for without a card"
    )
    token_digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            same_school("capture", "gates.Capture", name="claim_capture_school"),
            same_school("used_by", "gates.Capture", name="claim_used_by_school"),
            same_school("kiosk", "gates.Kiosk", name="claim_kiosk_school"),
            same_school("credential", "campus.Credential", name="claim_credential_school"),
        ]


class Passage(models.Model):
    """One person at one gate, in or out, granted or denied: a denial is a row, with a reason."""

    OUTCOMES: ClassVar = [(Outcome.GRANTED.value, _("Granted")), (Outcome.DENIED.value, _("Denied"))]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    gate = models.ForeignKey(Gate, verbose_name=_("Gate"), on_delete=models.PROTECT, related_name="passages")
    capture = models.OneToOneField(Capture, on_delete=models.PROTECT, related_name="passage")
    person = models.ForeignKey(
        Person, verbose_name=_("Person"), on_delete=models.PROTECT, null=True, related_name="passages"
    )
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True)
    direction = models.CharField(_("Direction"), max_length=3, choices=Direction.choices)
    outcome = models.CharField(_("Outcome"), max_length=8, choices=OUTCOMES)
    reason = models.CharField(_("Reason"), max_length=32)
    mark = models.ForeignKey(AttendanceMark, on_delete=models.PROTECT, null=True)
    occurred_at = models.DateTimeField(_("When"))
    recorded_at = models.DateTimeField()
    reference = models.UUIDField(null=True, help_text="The reference compared, by id: it may be gone by now")
    engine = models.CharField(max_length=64, blank=True)
    threshold_version = models.CharField(max_length=64, blank=True)
    threshold = models.FloatField(null=True)
    frames = models.PositiveSmallIntegerField(null=True, help_text="How many frames the probe was made of")
    distance = models.FloatField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("passage"), _("passages")
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            id_and_school("passage_id_school"),
            same_school("gate", "gates.Gate", name="passage_gate_school"),
            same_school("capture", "gates.Capture", name="passage_capture_school"),
            same_school("person", "campus.Person", name="passage_person_school"),
            same_school("credential", "campus.Credential", name="passage_credential_school"),
            same_school("mark", "campus.AttendanceMark", name="passage_mark_school"),
            CompositeForeignKey(
                fields=("mark", "person"),
                to="campus.AttendanceMark",
                to_fields=("id", "student"),
                name="passage_mark_is_the_person_s",
            ),
            CompositeForeignKey(
                fields=("credential", "person"),
                to="campus.Credential",
                to_fields=("id", "person"),
                name="passage_card_is_the_person_s",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    distance__isnull=True, reference__isnull=True, threshold__isnull=True, frames__isnull=True
                )
                | models.Q(distance__isnull=False, reference__isnull=False, threshold__isnull=False)
                & models.Q(frames__isnull=False, frames__gte=1, frames__lte=3)
                & ~models.Q(engine="")
                & ~models.Q(threshold_version=""),
                name="passage_says_what_was_compared",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("credential", "recorded_at"), name="passage_credential_recorded"),
            models.Index(fields=("person", "occurred_at"), name="passage_person_occurred"),
            models.Index(fields=("school", "occurred_at"), name="passage_school_occurred"),
        ]


class Opening(models.Model):
    """What a granted passage asks of the turnstile: opened once, or never."""

    class State(models.TextChoices):
        ASKED = "asked"
        OPENED = "opened"
        FAILED = "failed"

    passage = models.OneToOneField(Passage, on_delete=models.PROTECT, primary_key=True, related_name="opening")
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            same_school("passage", "gates.Passage", name="opening_passage_school"),
            models.CheckConstraint(
                condition=models.Q(state="opened", opened_at__isnull=False)
                | (~models.Q(state="opened") & models.Q(opened_at__isnull=True)),
                name="opening_says_when",
            ),
        ]
