"""The mail that somebody outside asked for a child's data: that there is something to read, and not what."""

from __future__ import annotations

from uuid import UUID

from campus import addresses, mail, people
from campus.models import User
from enrollment import disclosures
from enrollment.models import Disclosure


def send(disclosure_id: UUID, guardian: User) -> None:
    """Write to one guardian about the own children that it is about."""
    found = Disclosure.objects.select_related("school").get(id=disclosure_id)
    children = [one for one in disclosures.students_of(found) if people.is_guardian(guardian, one)]
    if not children or not guardian.email:
        return
    context = {"school": found.school, "to": guardian, "children": children, "number": found.number}
    mail.send("disclosure", to=guardian.email, language=addresses.language_of(guardian), context=context)
