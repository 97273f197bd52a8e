"""The mail that somebody outside asked for a child's data: that there is something to read, and not what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campus import addresses, guardians, mail
from campus.models import User
from enrollment import disclosures
from enrollment.models import Disclosure


def send(disclosure_id: UUID, guardian: User, *, at: datetime) -> None:
    """Write to one guardian about the own children that it is about."""
    found = Disclosure.objects.select_related("school").get(id=disclosure_id)
    children = [one for one in disclosures.students_of(found) if guardian in guardians.to_be_told(one, at)]
    if not children or not guardian.email:
        return
    context = {"school": found.school, "to": guardian, "children": children, "number": found.number}
    mail.send("disclosure", to=guardian.email, language=addresses.language_of(guardian), context=context)
