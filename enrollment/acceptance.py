"""What was not shown of the face reader, as a sentence, and whether a school has accepted it.

An error rate holds for the people it was measured with. Where the target was shown for every group nothing is
asked. Everywhere else a school compares no face before somebody who answers for data protection has accepted the
sentence in words, and new numbers are asked about anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from campus import audit, people
from campus.models import Role, School, User
from enrollment import engine_sets
from enrollment.calibration import Calibration, Group
from enrollment.models import Acceptance

MAY_ACCEPT = (Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)
"""Who answers for a school in this: not the office, which would be waiting for it."""

GROUPS = {
    "adults": gettext_lazy("adults"),
    "western_adults": gettext_lazy("Western adults"),
    "east_asian_adults": gettext_lazy("East Asian adults"),
    "children": gettext_lazy("children"),
    "drawn": gettext_lazy("drawn figures, for tests only"),
}
"""Name of a measured group -> the words for it; another is told by its name."""


def is_asked(measured: Calibration) -> bool:
    """Tell whether there is anything to accept: a group for which the target was not shown."""
    return bool(measured.not_shown) or not measured.groups


def is_given(school: School, measured: Calibration) -> bool:
    """Tell whether a school may compare faces by these numbers: nothing is asked, or it was accepted."""
    return not is_asked(measured) or of(school, measured) is not None


def of(school: School, measured: Calibration) -> Acceptance | None:
    """Return what a school accepted about exactly these numbers."""
    return Acceptance.objects.filter(school=school, engine=measured.engine, version=measured.version).first()


def wanted(school: School, at: datetime) -> list[Calibration]:
    """Return the measured sets in use of which a school has yet to accept the sentence."""
    return [measured for measured in engine_sets.in_use(at) if not is_given(school, measured)]


def may_accept(user: User, school: School) -> bool:
    """Tell whether somebody answers for a school in this."""
    return any(people.has_role(user, school, kind) for kind in MAY_ACCEPT)


class Changed(Exception):
    """What was read is not what would be accepted: the numbers, or the words for them, are others by now."""


class NotTheirs(Exception):
    """Somebody tried to accept for a school without a role that may."""


@transaction.atomic
def accept(*, school: School, measured: Calibration, read: str, by: User, at: datetime) -> Acceptance:
    """Write down that a school accepts the sentence; `read` is the digest of what was shown. Twice is as good as once.

    Raises:
        NotTheirs: the person has no role in the school that may accept it.
        Changed: the sentence is another than the one that was shown.
    """
    if not may_accept(by, school):
        raise NotTheirs
    words = sentence(measured)
    if read != digest(measured):
        raise Changed
    accepted, made = Acceptance.objects.get_or_create(
        school=school,
        engine=measured.engine,
        version=measured.version,
        defaults={"language": get_language() or "en", "sentence": words, "accepted_by": by, "accepted_at": at},
    )
    if made:
        audit.record(
            "faces.accepted",
            school=school,
            subject=None,
            actor=by,
            at=at,
            engine=measured.engine,
            version=measured.version,
            sentence=digest(measured),
        )
    return accepted


def digest(measured: Calibration) -> str:
    """Return what names the sentence as it stands in the reader's language, for the form that accepts it."""
    said = "\0".join([measured.engine, measured.version, sentence(measured)])
    return hashlib.sha256(said.encode()).hexdigest()


def sentence(measured: Calibration) -> str:
    """Return in words of whom the numbers were measured, and of whom they were not shown to hold."""
    seen = [group for group in measured.groups if group.people]
    unseen = [group for group in measured.groups if not group.people]
    shown = [group for group in measured.groups if group.name not in measured.not_shown]
    said = []
    if seen:
        measured_with = listed(_counted(group) for group in seen)
        said.append(_("This face reader was measured with photographs of %(groups)s.") % {"groups": measured_with})
    one_in = {"number": f"{round(1 / measured.target_fmr):,}"}
    if shown:
        which = one_in | {"groups": listed(words_of(group) for group in shown)}
        said.append(
            _("At most one false match in %(number)s comparisons of two people was shown for %(groups)s only.") % which
            if is_asked(measured)
            else _("At most one false match in %(number)s comparisons of two people was shown for %(groups)s.") % which
        )
    else:
        said.append(_("At most one false match in %(number)s comparisons was shown for nobody.") % one_in)
    if is_asked(measured):
        not_shown = [group for group in measured.groups if group.name in measured.not_shown]
        which = {"groups": listed(words_of(group) for group in not_shown)}
        said.append(
            _("It was not shown for %(groups)s: the gate may take two of them for one another more often.") % which
        )
    if unseen:
        which = {"groups": listed(words_of(group) for group in unseen)}
        said.append(_("Nobody has been measured at all among: %(groups)s.") % which)
    return pgettext("between sentences", " ").join(said)


def words_of(group: Group) -> str:
    """Return the words for a group."""
    return str(GROUPS.get(group.name, group.name))


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence."""
    return pgettext("between the items of a list", ", ").join(words)


def _counted(group: Group) -> str:
    return _("%(group)s (%(people)s people)") % {"group": words_of(group), "people": f"{group.people:,}"}
