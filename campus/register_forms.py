"""What a teacher fills in to set a mark, and the words for why it was not taken."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from campus.models import AttendanceMark
from campus.registers import LONGEST_MINUTES, Change, Correction, Refusal

Code = AttendanceMark.Code

REASONS_ABSENT = (
    _("Ill, says the family"),
    _("Medical appointment"),
    _("Known to the office"),
    _("No word from the family"),
)
REASONS_HERE = (
    _("Is here, was not seen at the gate"),
    _("Came in by another door"),
    _("Has gone again"),
    _("Marked by mistake"),
)

REFUSALS = {
    Refusal.NOT_YOURS: _("This register is not yours any more. Nothing was saved."),
    Refusal.NOT_IN_CLASS: _("This student is not in the class on this day. Nothing was saved."),
    Refusal.NEWER: _("Somebody was quicker. Yours is not saved yet: look at the newer mark, then decide."),
    Refusal.OUTRANKED: _("The office has set this mark. Ask the office to change it."),
    Refusal.NEEDS_MINUTES: _("Say how many minutes late, from 1 to 600."),
    Refusal.NEEDS_REASON: _("Give a reason: an absence needs one, and so does changing a mark."),
    Refusal.NOTHING_TO_UNDO: _("There is nothing to undo here. What the gate wrote can be corrected."),
}


class ChangeForm(forms.Form):
    """The two hidden fields of every form that changes a mark."""

    standing = forms.UUIDField(required=False, widget=forms.HiddenInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def change(self) -> Change:
        """Return what the sender saw."""
        return Change(standing=self.cleaned_data["standing"], submission=self.cleaned_data["submission"])


class MarkForm(ChangeForm):
    """A mark, set by hand."""

    code = forms.ChoiceField(choices=[(code.value, code.label) for code in (Code.PRESENT, Code.LATE, Code.ABSENT)])
    minutes = forms.IntegerField(required=False, min_value=1, max_value=LONGEST_MINUTES)
    reason = forms.CharField(required=False, max_length=200)

    def correction(self) -> Correction:
        """Return the mark that was asked for; minutes count only for somebody late."""
        given = self.cleaned_data
        code = Code(given["code"])
        return Correction(
            standing=given["standing"],
            submission=given["submission"],
            code=code,
            minutes_late=given["minutes"] if code == Code.LATE else None,
            reason=given["reason"],
        )


def blank(standing: AttendanceMark | None, minutes: int) -> dict[str, str | int | UUID | None]:
    """Return what a new form says at first: what stands, and how late somebody is who comes in now."""
    code = "" if standing is None or standing.code == Code.CLEARED else standing.code
    return {
        "standing": standing.id if standing else None,
        "submission": uuid4(),
        "code": code,
        "minutes": (standing.minutes_late if standing else None) or minutes,
        "reason": "",
    }
