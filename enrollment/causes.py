"""Why a face is not compared, in words for the family and for the school."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "not_offered": _("The school does not offer this."),
    "left": _("The student has left the school."),
    "child_no": _("The student said no. Only the student can change that."),
    "guardian_no": _("A guardian said no. Only that guardian can change it."),
    "of_age": _("The student is old enough to answer alone, and has not answered yet."),
    "address_too_new": _("The e-mail address is new. A yes through it counts a little later; a no counts at once."),
    "no_yes": _("Nobody has said yes yet."),
    "expired": _("The yes has run out. It can be given again."),
    "no_assessment": _("The school has not finished its impact assessment."),
    "assessment": _("The school’s impact assessment has run out or was taken back."),
    "notice_changed": _("The school’s notice has changed. Please read it and answer again."),
    "not_told": _("A parent has not been told yet."),
    "window": _("Every parent has five school days to object. They are not over yet."),
    "verbal_objection": _("A guardian said no, not in writing. It stops everything until it is clear."),
    "court_query": _("The school is clearing up a question about a court’s order."),
    "no_on_paper": _("A no has come on paper. It stops everything until a second person has looked at it."),
    "unused": _("The face has not been used for a long time."),
    "not_asked": _("The student will be asked at the enrolment desk."),
    "gate": _("Opening the gate by face is not agreed to."),
}
"""Cause, as `consent.Status.causes` tells it -> one sentence."""


def in_words(causes: tuple[str, ...]) -> list[str]:
    """Return a sentence for each cause."""
    return [str(WORDS[cause]) for cause in causes]
