"""What was not shown of the face reader, as a sentence, and whether a school has accepted it.

An error rate holds for the people it was measured with. Where the target was shown for every group nothing is
asked. Everywhere else a school compares no face before somebody who answers for data protection has accepted the
sentence in words, and new numbers are asked about anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import reduce

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

CHILDREN, DRAWN = "children", "drawn"
GROUPS = {
    "lfw": gettext_lazy("mostly Western adults in the news"),
    "asian_celebrities": gettext_lazy("East Asian celebrities"),
    "nuaa_live": gettext_lazy("East Asian adults at a webcam"),
    CHILDREN: gettext_lazy("children"),
    DRAWN: gettext_lazy("drawn figures, for tests only"),
}
"""Name of a measured group -> the words for it; another is told by its name."""


def groups_of(measured: Calibration) -> tuple[Group, ...]:
    """Return the groups of a set, children always among them: a gate of a school is for them, measured or not."""
    names = {group.name for group in measured.groups}
    return measured.groups if names & {CHILDREN, DRAWN} else (*measured.groups, Group(CHILDREN, 0, 0, 0))


def is_shown(measured: Calibration, group: Group) -> bool:
    """Tell whether the target was shown for a group."""
    return group.shown_at is not None and group.shown_at <= measured.target_fmr


def is_asked(measured: Calibration) -> bool:
    """Tell whether there is anything to accept: a group for which the target was not shown."""
    return not all(is_shown(measured, group) for group in groups_of(measured))


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
    groups = groups_of(measured)
    seen = [_counted(group) for group in groups if group.people]
    rates = sorted({group.shown_at for group in groups if group.shown_at is not None})
    said = [_("This face reader was measured with: %(groups)s.") % {"groups": listed(seen)}] if seen else []
    for rate in rates:
        which = {"number": one_in(rate), "groups": _named(group for group in groups if group.shown_at == rate)}
        words = _(
            "It was shown that at most one in %(number)s comparisons of two people is a false match for: %(groups)s."
        )
        said.append(words % which)
    if not rates:
        said.append(_("How often it takes two people for one was shown for nobody."))
    not_shown = [group for group in groups if not is_shown(measured, group)]
    if not_shown:
        which = {"number": one_in(measured.target_fmr), "groups": _named(not_shown)}
        words = _(
            "The target, one in %(number)s, was not shown for: %(groups)s. The gate may take two of them for one."
        )
        said.append(words % which)
    unseen = [group for group in groups if not group.people]
    if unseen:
        said.append(_("Nobody was measured at all among: %(groups)s.") % {"groups": _named(unseen)})
    return _joined(said, pgettext("one sentence after another", "%(one)s %(another)s"))


def one_in(rate: float) -> str:
    """Return so many comparisons as one false match is expected in, for reading."""
    return f"{round(1 / rate):,}"


def words_of(group: Group) -> str:
    """Return the words for a group."""
    return str(GROUPS.get(group.name, group.name))


def listed(words: Iterable[str]) -> str:
    """Return words as a list in a sentence."""
    return _joined(words, pgettext("a list", "%(one)s, %(another)s"))


def _joined(words: Iterable[str], pattern: str) -> str:
    return reduce(lambda one, another: pattern % {"one": one, "another": another}, words)


def _named(groups: Iterable[Group]) -> str:
    return listed(words_of(group) for group in groups)


def _counted(group: Group) -> str:
    return _("%(group)s (%(people)s people)") % {"group": words_of(group), "people": f"{group.people:,}"}
