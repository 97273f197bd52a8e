"""Plain notices of ours, by section and in every language: what a school's first draft says until it is changed."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop

from campus.models import Role, School, User
from enrollment.models import Declared, Purpose, Section

CHILD = "child"
"""The key, beside the sections, of the words for the child."""

_SHARED: dict[str, str] = {
    Section.CONTROLLER: gettext_noop("%(school)s decides what is done, and answers for it."),
    Section.RIGHTS: gettext_noop(
        "Silence is a no. Any parent can object in writing, and then it is not done. Your child can say no too, and "
        "that counts whatever you said. You can take a yes back at any time, without a reason, on the school’s page. "
        "You can see and download what is held, have it put right, and complain to us or to the data protection "
        "authority."
    ),
}
_CONTACT = gettext_noop("Ask the school office.")
_CONTACT_OFFICER = gettext_noop("Ask the school office, or the data protection officer, %(officer)s: %(email)s.")

_WORDS: dict[str, dict[str, str]] = {
    Purpose.GATE_ACCESS: {
        Section.PURPOSE: gettext_noop("To open the school gate when your child looks at a camera. Nothing else."),
        Section.METHOD: gettext_noop(
            "If you say yes and your child agrees too, the office takes five pictures of your child’s face. They "
            "become a row of numbers, the template, which is encrypted. The pictures are deleted at once. At the gate "
            "your child shows a card. A picture is turned into numbers, compared with the template, and deleted. We "
            "never guess mood, age, sex or origin."
        ),
        Section.ALTERNATIVE: gettext_noop(
            "Your child uses a card at the same gate, at the same hours, just as fast. Nothing else changes."
        ),
        Section.NECESSITY: gettext_noop(
            "A lost card opens the gate to whoever finds it; a face does not. It is not essential: the card alone "
            "works too. A face reader can be wrong, and more often with children. Then your child uses the card, and "
            "nothing follows from it."
        ),
        Section.RETENTION: gettext_noop(
            "Until you or your child say no, your child leaves, or the school changes its face reader, and twelve "
            "months at most. Then the template and its key are destroyed. How long everything else is kept stands on "
            "the page Privacy."
        ),
        Section.RECIPIENTS: gettext_noop(
            "Nobody. The template cannot be exported. Times at the gate are given to nobody outside the school unless "
            "a law forces us; then we tell you, if we may."
        ),
        CHILD: gettext_noop(
            "The school can open the gate when you look at a camera. You choose whether you want that.\n\n"
            "If you say yes, we take five pictures of your face. A computer turns them into numbers, and the pictures "
            "are deleted. At the gate you show your card and look at the camera.\n\n"
            "If you say no, you use only your card. It is the same gate and just as fast. Nobody is cross with you, "
            "and you need not say why.\n\n"
            "You can say no later too, to any grown-up of the office, even if your parents said yes. Then the numbers "
            "are destroyed. If a parent says no, we do not use your face.\n\n"
            "Ask us whatever you want to know."
        ),
    },
    Purpose.ATTENDANCE: {
        Section.PURPOSE: gettext_noop(
            "To write into the class register that your child has come, when the gate has opened by face. Nothing else."
        ),
        Section.METHOD: gettext_noop(
            "No further picture is taken and nothing more is measured. When your child’s face opens the gate, the "
            "time is written into the register. A teacher can correct every entry."
        ),
        Section.ALTERNATIVE: gettext_noop(
            "The card writes the same entry, or the teacher does. A face can still open the gate if you said yes to "
            "that."
        ),
        Section.NECESSITY: gettext_noop(
            "It makes the roll call shorter. It is not essential: the card and the teacher do the same. A face that "
            "is not recognised never makes your child late or absent: only a teacher decides that."
        ),
        Section.RETENTION: gettext_noop(
            "The entry stays in the register as long as every other, without a link to the face. The yes lasts twelve "
            "months at most, and no longer than the yes to opening the gate."
        ),
        Section.RECIPIENTS: gettext_noop(
            "Those who read the register anyway: your child’s teachers, the office, and you. Nobody outside the "
            "school unless a law forces us; then we tell you, if we may."
        ),
        CHILD: gettext_noop(
            "When your face opens the gate, the computer can also write into the register that you are here. You "
            "choose whether you want that.\n\n"
            "If you say no, your card does it, or your teacher. Nobody is cross with you, and you need not say why. "
            "If the camera does not know you one morning, you are not late because of that.\n\n"
            "You can say no later too, to any grown-up of the office, even if your parents said yes.\n\n"
            "Ask us whatever you want to know."
        ),
    },
}

_DECLARED: dict[str, str] = {
    Declared.IDENTIFICATION: gettext_noop(
        "At some gates your child may touch a button instead of showing a card. The face is then compared with the "
        "templates of all students of the school."
    ),
    Declared.DUPLICATES: gettext_noop(
        "A new template is compared once with those of the other students, to find twins and mixed-up cards. Two of "
        "the office look at a pair that looks alike."
    ),
    Declared.GALLERY_CHECK: gettext_noop(
        "Now and then a computer compares the school’s templates with each other, to learn how often the face reader "
        "confuses two students. It keeps counts, and pairs that look alike: those use a card."
    ),
}


def words(school: School, purpose: str, language: str) -> dict[str, str]:
    """Return the plain notice about a purpose by section, what may be declared and the child's words among them."""
    officer = User.objects.filter(roles__school=school, roles__kind=Role.Kind.PROTECTION_OFFICER).order_by("id").first()
    known = {"school": school.name, "officer": officer, "email": officer.email if officer else ""}
    contact = _CONTACT_OFFICER if officer else _CONTACT
    said: dict[Any, str] = {**_SHARED, **_WORDS[purpose], **_DECLARED, Section.CONTACT: contact}
    with translation.override(language):
        return {str(key): translation.gettext(text) % known for key, text in said.items()}


def declared_by(school: School, purpose: str) -> list[str]:
    """Return what a school's notice has to declare because the school has switched it on."""
    if purpose != Purpose.GATE_ACCESS:
        return []
    on = {Declared.IDENTIFICATION: school.identifies, Declared.DUPLICATES: school.checks_duplicates}
    return [str(one) for one, does in on.items() if does]
