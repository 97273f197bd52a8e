"""Destroying references: the rows in the transaction that asks for it, their keys right after it commits."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from campus import audit, outbox, tombstones
from campus.models import Person
from enrollment.models import Erasure, LookAlike, Reference, ReferenceCiphertext

DESTROY_KEY = "vault.destroy_key"
"""The outbox's topic; its subject is the reference's id. The desk worker holds the vault and does it."""


def destroy_references(student: Person, at: datetime) -> int:
    """Delete a student's ciphertexts, references and pairs, and owe the destruction of the keys; return how many.

    The caller holds the student's presence lock. The rows are deleted without being read first, because
    the web process may not read a ciphertext.
    """
    ids = list(Reference.objects.filter(student=student).values_list("id", flat=True))
    for reference_id in ids:
        pairs = LookAlike.objects.filter(Q(reference_id=reference_id) | Q(other_reference_id=reference_id))
        pairs._raw_delete("default")
        ReferenceCiphertext.objects.filter(reference_id=reference_id)._raw_delete("default")
        Reference.objects.filter(id=reference_id)._raw_delete("default")
        Erasure.objects.create(reference=reference_id, school=student.school, student=student, at=at)
        outbox.owe(DESTROY_KEY, school=student.school, subject=reference_id, at=at)
        tombstones.owe(
            "reference.destroyed", school=student.school, subject=reference_id, at=at, student=str(student.id)
        )
        audit.record(
            "reference.destroyed",
            school=student.school,
            subject=student.id,
            actor=None,
            at=at,
            reference=str(reference_id),
        )
    return len(ids)
