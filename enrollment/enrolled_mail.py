"""The mail that tells a guardian that a child's face was enrolled: by whom, with whom, and when."""

from __future__ import annotations

from uuid import UUID

from campus import addresses, calendar, guardians, mail, people
from campus.models import User
from enrollment.models import Reference


def send(reference_id: UUID, guardian: User) -> None:
    """Write to one guardian. A reference that is gone again needs no mail: its end has one.

    Nor is a guardian written to whom a court keeps from knowing where the child is: the child sat there just now.
    """
    reference = (
        Reference.objects.select_related("student__school", "enrolled_by", "session__witness")
        .filter(id=reference_id)
        .first()
    )
    if reference is None or not people.is_guardian(guardian, reference.student) or not guardian.email:
        return
    if guardians.is_restricted(guardian, reference.student):
        return
    school, at = reference.student.school, reference.enrolled_at
    context: dict[str, object] = {
        "student": reference.student,
        "guardian": guardian,
        "school": school,
        "operator": reference.enrolled_by,
        "witness": reference.session.witness if reference.session else None,
        "day": calendar.local_date(school, at),
        "time": calendar.local_time(school, at),
    }
    mail.send("enrolled", to=guardian.email, language=addresses.language_of(guardian), context=context)
