"""Asking the permit: may this student's reference be compared now? Asking opens nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from campus import lineage
from enrollment import acceptance, calibration, engine_sets, policies
from enrollment.models import Acceptance, Reference


@dataclass(frozen=True)
class Standing:
    """A reference that consent lets be compared, and whether its engine still can."""

    reference: Reference
    outdated: bool
    """It was made with an engine set that is not in use any more, or that nobody has measured."""


def comparing(at: datetime, prefix: str = "") -> Q:
    """Return the condition that a permit lets a reference be compared now, by the policy that its school has now."""
    wanted = {"live": True, "compare": True, "compare_until__gt": at}
    here = ~Exists(lineage.elsewhere())  # A restored database may not know who withdrew since.
    return Q(here, **{prefix + name: value for name, value in wanted.items()}) & policies.in_force(prefix)


def standing(student_id: UUID, at: datetime, *, only_bound: bool = False) -> Standing | None:
    """Return the reference that consent and the school let be compared now, or None.

    That takes a live permit that allows comparing and hasn't run out, the school's acceptance of what was not
    shown of the engine, and a database that knows everything that ended (`campus.lineage`). `only_bound` is a gate's
    wish: there a reference is compared only if it opens with the student's card.
    """
    versions = [measured.version for measured in engine_sets.in_use(at)]
    accepted = Acceptance.objects.filter(
        school=OuterRef("school"), engine=OuterRef("engine"), version__in=versions
    )  # In the same query: a student waits, and it is asked three times for each.
    bound = Q(card__isnull=False) if only_bound else Q()
    reference = (
        Reference.objects.filter(comparing(at, "permit__"), bound, student_id=student_id)
        .annotate(accepted=Exists(accepted))
        .first()
    )
    if reference is None:
        return None
    if engine_sets.is_outdated(reference.engine, at):
        return Standing(reference, outdated=True)
    measured = calibration.of_engine(reference.engine)
    may = measured is not None and (reference.accepted or not acceptance.is_asked(measured))
    return Standing(reference, outdated=False) if may else None


def comparable(student_id: UUID, at: datetime, *, only_bound: bool = False) -> Reference | None:
    """Return the reference that may and can be compared now, or None."""
    found = standing(student_id, at, only_bound=only_bound)
    return found.reference if found is not None and not found.outdated else None


def note_use(reference_id: UUID, *, on: date) -> None:
    """Note the school's local date on which a reference was compared: one update a day for each, none after the first.

    What isn't used is not needed: a reference that nobody compared for some time is suspended, and then erased.
    """
    earlier = Q(used_on__isnull=True) | Q(used_on__lt=on)
    Reference.objects.filter(earlier, id=reference_id).update(used_on=on)
