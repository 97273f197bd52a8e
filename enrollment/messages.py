"""What the enrolment desk says when it doesn't enrol: one sentence a reason, and what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from enrollment.models import EnrollmentAttempt

State = EnrollmentAttempt.State

REASONS = {
    "unreadable_image": _("One of the pictures could not be read. Please take them again."),
    "image_too_large": _("One of the pictures is too large. Please take them again."),
    "image_too_small": _("One of the pictures is too small. Come closer and take them again."),
    "no_face": _("One of the pictures shows no face. Look at the camera and take them again."),
    "several_faces": _("One of the pictures shows more than one face. Take them again, with the student alone."),
    "cut_off": _("One of the pictures shows only a part of the face. Step back a little and take them again."),
    "face_too_small": _("In one of the pictures the face is too small. Come closer and take them again."),
    "too_dark": _("One of the pictures is too dark. Turn on a light and take them again."),
    "too_bright": _("One of the pictures is too bright. Turn away from the light and take them again."),
    "turned_away": _("In one of the pictures the face is turned away. Look at the camera and take them again."),
    "blurred": _("One of the pictures is blurred. Sit still and take them again."),
    "eyes_not_visible": _("One of the pictures doesn’t show the eyes. Take off dark glasses and take them again."),
    "not_live": _("One of the pictures does not look like a person in front of the camera. Take them again here."),
    "not_one_person": _("The pictures do not look like one person. Take them again, in better light."),
    "too_alike": _("Two of the pictures are the same. Move your head a little between them and take them again."),
    "too_few_images": _("At least three pictures are needed."),
    "too_many_images": _("At most five pictures are taken."),
    "no_consent": _("The family’s yes is not in force. Nothing is kept."),
    "own_child": _("You are a guardian of this student. Please ask a colleague to do this."),
    "not_calibrated": _("This school does not compare faces yet: its face reader has not been calibrated."),
    "not_accepted": _(
        "This school does not enrol faces yet: nobody has accepted for it what was not measured about the face reader."
    ),
    "not_available": _("The face reader is not available. Nothing was kept. Please try again later."),
    "no_session": _("This sitting is over. Nothing was kept. Start again with the student’s card."),
    "not_a_card": _("This is not a card of ours. Scan the code on the card, all of it."),
    "card_again": _("The student’s card is needed again: begin a new sitting in this browser. Nothing was kept."),
    "not_their_card": _("This is not the card that this student uses now. Scan the student’s own card."),
    "child_said_no": _("The student has said no. Only the student can change that."),
    "no_such_code": _("No sitting waits under this code. Look at the colleague’s screen again."),
    "own_sitting": _("You opened this sitting yourself. Another member of staff must be the witness."),
    "too_large": _("The pictures are too large. Please take them again."),
    "no_length": _("The pictures did not arrive whole. Please take them again."),
}
"""Reason of a refusal -> the sentence. Those of `enrollment.faces.refusal` stand first."""


def message(state: str, reason: str) -> str:
    """Return the sentence for an attempt."""
    if state == State.ENROLLED:
        return str(_("Enrolled. The pictures are deleted; only the face template is kept."))
    if state == State.PENDING:
        return str(_("This takes longer than usual. Look at the student’s page in a minute."))
    return str(REASONS.get(reason, _("The student was not enrolled. Please take the pictures again.")))
