"""The words on the screen at a gate, in every language the product has. `%n` stands for a number.

The page gets all of them at once, what `gates.messages` says to a student among them: so a student's choice of a
language holds for whatever follows, and nothing has to be fetched for it.
"""

from __future__ import annotations

from typing import TypedDict

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from gates.messages import MESSAGES, ONCE_MORE

WORDS = {
    "waiting": _("Show your card"),
    "waiting_text": _("Hold it to the reader."),
    "waiting_face_text": _("Hold it to the reader. If your family said yes, your face will do too."),
    "card_only": _("Show your card"),
    "card_only_text": _("The camera stays off."),
    "leaving": _("Show your card to leave"),
    "leaving_text": _("Or leave without one: touch the button."),
    "scan": _("Scan your card"),
    "scan_text": _("Hold its square code to the camera."),
    "working": _("One moment"),
    "working_text": _("Please stay where you are."),
    "longer_text": _("This takes longer than usual. Please wait."),
    "look": _("Look here"),
    "look_text": _("Come closer. One at a time."),
    "granted": _("Welcome"),
    "goodbye": _("Goodbye"),
    "late": _("%n minutes late"),
    "late_one": _("1 minute late"),
    "retry": _("Try again"),
    "left": _("%n tries left"),
    "left_one": _("1 try left"),
    "use_card": _("Use your card"),
    "use_card_text": _("Show it to the reader. The camera stays off."),
    "camera": _("Use your card"),
    "camera_text": _("The camera is not working. Show your card again."),
    "denied": _("Card not accepted"),
    "desk": _("Please go to the desk"),
    "desk_text": _("Somebody there opens the gate for you."),
    "offline": _("No connection"),
    "offline_text": _("Please go to the desk. This screen keeps trying."),
    "slow": _("The gate is slow"),
    "slow_text": _("Show your card again, or go to the desk."),
    "unpaired": _("Out of service"),
    "unpaired_text": _("Please go to the desk."),
    "use_my_face": _("Use my face"),
    "use_my_card_only": _("Use my card only"),
    "scan_my_card": _("Scan my card"),
    "i_leave": _("I am leaving"),
    "no_card": _("Leave without a card"),
    "camera_on": _("Camera on"),
    "staff_pair": _("Staff: pair this screen"),
    "staff_clock": _("Staff: the clock of this screen is wrong by %n minutes. Please set it."),
    "staff_camera_refused": _("Staff: allow this page to use the camera, then reload it."),
    "staff_camera_busy": _("Staff: another program uses the camera. Please close it."),
    "staff_camera_missing": _("Staff: no camera was found. Please check it."),
}


class Language(TypedDict):
    """One language as the screen offers it."""

    code: str
    name: str
    words: dict[str, str]


def languages() -> list[Language]:
    """Return the languages that have words of their own: a choice that changes nothing is none."""
    spoken: list[Language] = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words = {key: str(word) for key, word in WORDS.items()} | _said()
        if all(words != other["words"] for other in spoken):
            spoken.append({"code": code, "name": translation.get_language_info(code)["name_local"], "words": words})
    return spoken


def _said() -> dict[str, str]:
    """Return what is said to a student for each reason, by the name that the page knows it under."""
    said = {f"said_{reason}": str(sentence) for reason, sentence in MESSAGES.items()}
    return said | {f"said_{reason}_again": str(sentence) for reason, sentence in ONCE_MORE.items()}
