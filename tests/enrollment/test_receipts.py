"""Receipts: all that proves an answer, as a page, a mail and a PDF; and that something was destroyed unasked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import translation

from campus import addresses, people
from campus.models import Outbox, Person, User
from enrollment import consent, receipt_pdf, receipts
from enrollment.models import Receipt
from tests.drawn import enroll
from tests.personas import AT, SignIn, World

UNASKED = [cause for cause in Receipt.Cause if cause != Receipt.Cause.ANSWER]


def receipt_of(world: World) -> Receipt:
    return Receipt.objects.select_related("student__school", "guardian").get(student=world.willing.person)


def on(receipt: Receipt) -> dict[str, str]:
    return {row.name: row.value for row in receipts.evidence(receipt)}


# ------------------------------------------------------------ evidence


def test_a_receipt_carries_the_whole_evidence(world: World) -> None:
    """LAW 9."""
    said = on(receipt_of(world))
    assert said["Guardian"] == world.willing.parent.name
    assert said["Capacity"] == "Parental responsibility"
    assert said["Opening the gate by face"] == "Yes"
    assert said["Notice"] == "1, in English"
    assert said["Its SHA-256"] == bytes(world.notice.digest).hex()
    assert said["How you answered"] == "On the school’s page"
    assert said["When, at the school"] == "4 March 2026, 08:30:00 (UTC)"
    assert said["The same in UTC"] == "2026-03-04 08:30:00"


def test_local_time_and_utc_stand_side_by_side(world: World) -> None:
    """LAW 9."""
    world.school.timezone = "Asia/Hong_Kong"
    world.school.save()
    said = on(receipt_of(world))
    assert said["When, at the school"] == "4 March 2026, 16:30:00 (Asia/Hong_Kong)"
    assert said["The same in UTC"] == "2026-03-04 08:30:00"


def test_who_only_cares_for_a_child_answers_as_that(world: World) -> None:
    carer = User.objects.create_user(name="Carer")
    people.name_guardian(student=world.willing.person, guardian=carer, responsible=False, at=AT)
    receipt = consent.refuse(student=world.willing.person, guardian=carer, notice=None, at=AT)
    assert on(receipt)["Capacity"] == "Without parental responsibility"


def test_the_evidence_goes_by_mail(world: World) -> None:
    """LAW 9."""
    assert receipts.mail_to_guardian(receipt_of(world).id, at=AT)
    assert bytes(world.notice.digest).hex() in str(mail.outbox[-1].body)


# ------------------------------------------------------------ the PDF


def test_a_receipt_is_a_pdf_for_its_guardian_and_nobody_else(world: World, signed_in: SignIn) -> None:
    """LAW 9, 42."""
    page = f"/family/receipts/{receipt_of(world).id}.pdf"
    response = signed_in(world.willing.parent).get(page)
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert "no-store" in response["Cache-Control"]
    for somebody in (world.refusing.parent, world.office, world.teacher):
        assert signed_in(somebody).get(page).status_code == 404
    assert signed_in(world.willing.parent).get(f"/family/receipts/{uuid4()}.pdf").status_code == 404


@pytest.mark.parametrize(
    ("name", "language", "font", "encoding"),
    [
        ("Łucja Nguyễn", "en", b"DejaVuSans", b""),
        ("陳太文", "en", b"/MSung-Light", b"/UniCNS-UCS2-H"),
        ("张天佑", "en", b"/STSong-Light", b"/UniGB-UCS2-H"),
        ("Amelia", "zh-hant", b"/MSung-Light", b"/UniCNS-UCS2-H"),
        ("Amelia", "zh-hans", b"/STSong-Light", b"/UniGB-UCS2-H"),
    ],
)
def test_every_script_is_in_a_font_that_has_it(
    world: World, name: str, language: str, font: bytes, encoding: bytes
) -> None:
    Person.objects.filter(id=world.willing.person.id).update(name=name)
    with translation.override(language):
        made = receipt_pdf.draw(receipt_of(world))
    assert font in made
    assert encoding in made


# ------------------------------------------------------------ destroyed unasked


@pytest.mark.parametrize("cause", UNASKED)
def test_a_destruction_that_nobody_asked_for_is_told_with_its_reason(world: World, cause: Receipt.Cause) -> None:
    """LAW 28."""
    student, parent = world.willing.person, world.willing.parent
    receipt = receipts.of_destruction(student=student, guardian=parent, cause=cause, at=AT)
    assert receipt.destroyed
    said = on(receipt)
    assert said["Face template"] == "Destroyed"
    assert said["Why"] == receipts.why(receipt) != ""
    assert receipts.mail_to_guardian(receipt.id, at=AT)
    words = str(mail.outbox[-1].body)
    assert said["Why"] in words
    assert "destroyed Willing Pupil’s face template on 4 March 2026 at 09:30" in words
    assert "uses a card at the same gate, just as fast" in words


def test_a_receipt_of_another_s_objection_never_says_whose(world: World) -> None:
    """LAW 31."""
    other = User.objects.create_user(name="Ottoline Otherparent")
    people.name_guardian(student=world.willing.person, guardian=other, at=AT)
    addresses.bind_known(guardian=other, email="other@families.example", at=AT)
    cause = Receipt.Cause.OBJECTION
    receipt = receipts.of_destruction(student=world.willing.person, guardian=world.willing.parent, cause=cause, at=AT)
    receipts.mail_to_guardian(receipt.id, at=AT)
    letter = mail.outbox[-1]
    assert isinstance(letter, mail.EmailMultiAlternatives)
    everything = f"{letter.subject}{letter.body}{letter.alternatives[0][0]!s}{on(receipt)}"
    assert "Ottoline" not in everything
    assert "other@families.example" not in everything


def test_who_answered_at_that_moment_gets_one_receipt_that_says_both(world: World) -> None:
    """LAW 28."""
    enroll(world.willing.person, operator=world.office, at=AT)
    withdrawn = consent.withdraw(student=world.willing.person, guardian=world.willing.parent, at=AT)
    again = receipts.of_destruction(
        student=world.willing.person, guardian=world.willing.parent, cause=Receipt.Cause.NO_YES, at=AT
    )
    assert again == withdrawn
    assert again.cause == Receipt.Cause.ANSWER
    assert Outbox.objects.filter(topic=receipts.MAIL_RECEIPT, subject=again.id).count() == 1


def test_the_page_says_why_and_what_comes_next(world: World, signed_in: SignIn) -> None:
    receipts.of_destruction(
        student=world.willing.person,
        guardian=world.willing.parent,
        cause=Receipt.Cause.EXPIRED,
        at=AT + timedelta(minutes=1),
    )
    words = signed_in(world.willing.parent).get(f"/family/{world.willing.person.id}/receipt/").content.decode()
    assert "The yes that it rested on has run out." in words
    assert "say yes again" in words
