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
from campus.models import Person
from enrollment import acceptance, attempts, calibration, consent, duplicates, erasure, look_alikes
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


def enroll(
    *,
    attempt: EnrollmentAttempt,
    images: Sequence[bytes],
    engine: Engine,
    liveness: LivenessCheck | None = None,
    at: datetime,
) -> str:
    """Make a student's reference from 3 to 5 images of one person; return why not, or an empty string.

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
    if not consent.may_process(consent.facts_of(student, at), consent.policy_of(student), at):
        return "no_consent"  # Asked again under the lock; here so that no picture is looked at without consent.
    combined = enrolling.combine(images, engine, rules_of(measured, liveness))
    if isinstance(combined, Refused):
        return combined.reason
    alike = duplicates.like(student, combined.template, engine=combined.engine_version, at=at)
    draft = _drafted(student, combined, at)
    reason = "not_available"
    try:
        reason = _keep(draft, attempt, alike, at)
    finally:
        if reason:
            keys.destroy(draft.id)
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


def _drafted(student: Person, combined: enrolling.Combined, at: datetime) -> Draft:
    reference_id = uuid4()
    binding = keys.Binding(student.school_id, student.id, Purpose.GATE_ACCESS, combined.engine_version)
    blob = keys.encrypt(reference_id, distance.template_to_bytes(combined.template), binding=binding, at=at)
    return Draft(reference_id, blob, combined.engine_version, combined.count)


@transaction.atomic
def _keep(draft: Draft, attempt: EnrollmentAttempt, alike: Sequence[Candidate], at: datetime) -> str:
    student = attempt.student
    for person in sorted({student.id, *(other.student for other in alike)}):
        presence.lock(person)
    permit = consent.reconcile(student=student, at=at)
    if permit is None or not permit.compare:
        return "no_consent"
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
    )
    ReferenceCiphertext.objects.create(reference=reference, school=student.school, blob=draft.blob)
    audit.record(
        "reference.enrolled",
        school=student.school,
        subject=student.id,
        actor=attempt.operator,
        at=at,
        reference=str(draft.id),
    )
    look_alikes.note(reference, [other.reference for other in alike], by=attempt.operator, at=at)
    for guardian in guardians.of_student(student).exclude(email=""):
        outbox.owe(TELL_GUARDIAN, school=student.school, subject=draft.id, to=guardian, at=at)
    return ""


def sweep_orphan_keys(at: datetime) -> int:
    """Destroy the keys whose enrolment died before its reference was committed; return how many."""
    old = keys.older_than(at - ORPHAN_KEY_AGE)
    kept = set(Reference.objects.filter(id__in=old).values_list("id", flat=True))
    return sum(keys.destroy(reference) for reference in old if reference not in kept)
