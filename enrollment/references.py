"""References: made under supervision from several images of one child. Opening one is `enrollment.opening`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from campus import audit, guardians, lineage, outbox, people, presence
from campus.models import Credential, Person
from enrollment import acceptance, attempts, calibration, consent, duplicates, erasure, look_alikes, policies
from enrollment.faces import distance, enrolling, quality
from enrollment.faces.capture import LivenessCheck, Rules
from enrollment.faces.engine import Engine
from enrollment.faces.gallery import Candidate
from enrollment.faces.refusal import Refused
from enrollment.models import EnrollmentAttempt, Purpose, Reference, ReferenceCiphertext
from enrollment.vault import keys

log = logging.getLogger(__name__)

ORPHAN_KEY_AGE = timedelta(minutes=10)
TELL_GUARDIAN = "enrollment.tell_guardian"
"""The outbox's topic; its subject is the reference's id, and each guardian gets a row."""


@dataclass(frozen=True, repr=False)
class Draft:
    """A template that is encrypted and not yet kept. Its `repr` shows nothing."""

    id: UUID
    blob: bytes
    engine: str
    captures: int
    card: Credential | None
    """The card that it is bound to, if one."""


def enroll(
    *,
    attempt: EnrollmentAttempt,
    images: Sequence[bytes],
    engine: Engine,
    liveness: LivenessCheck | None = None,
    at: datetime,
    card_key: bytes | None = None,
) -> str:
    """Make a student's reference from 3 to 5 images of one person; return why not, or an empty string.

    Where the policy binds references to cards, `card_key` is of the card that opened the sitting.

    No image survives the call. The key is committed first, then the reference with consent asked again
    inside its transaction: a withdrawal that came in between wins, and the key is destroyed. The attempt
    is closed in that transaction too, so it never says otherwise than what is held. Whom the face looks like is found
    before that and written down in it; it keeps nobody from being enrolled (`docs/decisions/0014`).
    """
    student = attempt.student
    measured = calibration.of_engine(engine.version)
    if measured is None:
        return _not_calibrated(engine)
    if not acceptance.is_given(student.school, measured):
        return "not_accepted"
    if people.is_own_child(attempt.operator, student):
        return "own_child"
    if lineage.is_restored():
        return "not_available"  # Who withdrew since the dump isn't known yet.
    policy = policies.of(student.school)
    if not consent.status_of(student, Purpose.GATE_ACCESS, at).process:
        return "no_consent"  # Asked again under the lock; here so that no picture is looked at without consent.
    card = attempt.session.credential if attempt.session and policy.card_bound else None
    if policy.card_bound and (card is None or card_key is None):
        return "card_again"
    combined = enrolling.combine(images, engine, rules_of(measured, liveness))
    if isinstance(combined, Refused):
        return combined.reason
    alike = duplicates.like(student, combined.template, engine=combined.engine_version, at=at)
    draft = _drafted(student, combined, at, card=card, card_key=card_key)
    reason = "not_available"
    try:
        reason = _keep(draft, attempt, alike, at)
    finally:
        if reason:
            keys.destroy(draft.id, at=at)
    return reason


def rules_of(measured: calibration.Calibration, liveness: LivenessCheck | None = None) -> Rules:
    """Return what is asked of an enrolment's pictures, by what was measured of the engine that looks at them."""
    return Rules(
        settings.IMAGE_MAX_PIXELS, measured.enrollment_pair, quality.ENROLLMENT, liveness, too_alike=measured.too_alike
    )


def _not_calibrated(engine: Engine) -> str:
    if calibration.of_set(engine.name) is not None:
        log.error("the engine set %s is not the one that was calibrated: it is %s", engine.name, engine.version)
    return "not_calibrated"


def _drafted(
    student: Person, combined: enrolling.Combined, at: datetime, *, card: Credential | None, card_key: bytes | None
) -> Draft:
    reference_id, plain = uuid4(), distance.template_to_bytes(combined.template)
    binding = keys.Binding(student.school_id, student.id, Purpose.GATE_ACCESS, combined.engine_version)
    blob = keys.encrypt(reference_id, plain, binding=binding, at=at, card_key=card_key if card else None)
    return Draft(reference_id, blob, combined.engine_version, combined.count, card)


@transaction.atomic
def _keep(draft: Draft, attempt: EnrollmentAttempt, alike: Sequence[Candidate], at: datetime) -> str:
    student = attempt.student
    for person in sorted({student.id, *(other.student for other in alike)}):
        presence.lock(person)
    permit = consent.reconcile(student=student, at=at)
    if permit is None or not permit.compare:
        return "no_consent"
    if draft.card and not Credential.objects.filter(id=draft.card.id, revoked_at__isnull=True).exists():
        return "not_their_card"
    if draft.card is None and policies.of(student.school).card_bound:
        return "card_again"  # Somebody has switched it on while the pictures were looked at.
    if not attempts.close(attempt, state=EnrollmentAttempt.State.ENROLLED, reason="", at=at):
        return "not_available"
    erasure.destroy_references(student, at)
    reference = Reference.objects.create(
        id=draft.id,
        school=student.school,
        student=student,
        permit=permit,
        engine=draft.engine,
        captures=draft.captures,
        enrolled_at=at,
        enrolled_by=attempt.operator,
        session=attempt.session,
        card=draft.card,
    )
    ReferenceCiphertext.objects.create(reference=reference, school=student.school, blob=draft.blob)
    consent.reconcile(student=student, at=at)  # From now on something is held: what may suspend it begins to count.
    audit.record(
        "reference.enrolled",
        school=student.school,
        subject=student.id,
        actor=attempt.operator,
        at=at,
        reference=str(draft.id),
        card_bound=draft.card is not None,
    )
    look_alikes.note(reference, [other.reference for other in alike], by=attempt.operator, at=at)
    for guardian in guardians.to_be_told(student, at).exclude(email=""):
        outbox.owe(TELL_GUARDIAN, school=student.school, subject=draft.id, to=guardian, at=at)
    return ""


def sweep_orphan_keys(at: datetime) -> int:
    """Destroy the keys whose enrolment died before its reference was committed; return how many."""
    old = keys.older_than(at - ORPHAN_KEY_AGE)
    kept = set(Reference.objects.filter(id__in=old).values_list("id", flat=True))
    return sum(keys.destroy(reference, at=at) for reference in old if reference not in kept)
