"""The mail that tells every guardian that a child's face was enrolled: by whom, with whom, and when."""

from __future__ import annotations

from uuid import UUID

from campus import addresses, calendar, mail
from campus.models import Guardianship
from enrollment.models import EnrollmentSession, Reference

State = EnrollmentSession.State


def send(reference_id: UUID) -> None:
    """Write to each guardian by themselves. A reference that is gone again needs no mail: its end has one."""
    reference = Reference.objects.select_related("student__school", "enrolled_by").filter(id=reference_id).first()
    if reference is None:
        return
    sitting = EnrollmentSession.objects.filter(
        student=reference.student, state__in=(State.ASSENTED, State.ENROLLED)
    ).select_related("witness")
    last = sitting.order_by("-opened_at").first()
    bonds = Guardianship.objects.filter(student=reference.student, ended_at__isnull=True).select_related("guardian")
    school, at = reference.student.school, reference.enrolled_at
    context: dict[str, object] = {
        "student": reference.student,
        "school": school,
        "operator": reference.enrolled_by,
        "witness": last.witness if last else None,
        "day": calendar.local_date(school, at),
        "time": calendar.local_time(school, at),
    }
    for bond in bonds.exclude(guardian__email="").order_by("id"):
        mail.send(
            "enrolled",
            to=bond.guardian.email,
            language=addresses.language_of(bond.guardian),
            context=context | {"guardian": bond.guardian},
        )
