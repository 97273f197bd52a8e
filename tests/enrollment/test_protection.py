"""The data protection officer's pages: what is due, who may see what, and what is written down about looking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campus.models import AuditEvent, Role, User
from enrollment import assessments, disclosures, due, requests
from enrollment.models import Disclosure, Exemption, Hold, ImpactAssessment, Permit, SubjectRequest
from enrollment.requests import Asked
from tests import noticing
from tests.enrollment.family_facts import end_assessment
from tests.personas import AT, SignIn, World, make_school

SCAN = b"%PDF-1.7 an order"


def ask(world: World, kind: str = "question", days_ago: int = 0) -> SubjectRequest:
    family, at = world.willing, AT - timedelta(days=days_ago)
    return requests.ask(student=family.person, by=family.parent, asked=Asked(kind, "Who sees this?"), at=at)


def order(world: World, officer: User, *, scan: bool = True, **more: object) -> Disclosure:
    asked = disclosures.Asked(
        "police", "Harbour Police", AT.date(), "Passages.", kinds=("passages",), students=(world.willing.person,)
    )
    found = disclosures.record(school=world.school, asked=asked, by=officer, at=AT)
    if scan:
        disclosures.attach(disclosure=found, scan=SCAN, by=officer, at=AT)
    return found


def assess(world: World, by: User, officer: User) -> ImpactAssessment:
    words = {name: f"About {name}." for name in assessments.WRITTEN}
    found = assessments.write(school=world.school, words=words, by=by, at=AT)
    assessments.advise(assessment=found, read=assessments.digest(found), advice="Go on.", by=officer, at=AT)
    found.refresh_from_db()
    return found


def approve(found: ImpactAssessment, head: User, last_day: date) -> None:
    assessments.approve(assessment=found, read=assessments.digest(found), last_day=last_day, by=head, at=AT)


def items(world: World) -> dict[str, due.Due]:
    return {one.what: one for one in due.for_officer(world.school, AT)}


# ---------------------------------------------------------------- what is due


def test_a_request_is_late_the_day_after_its_last_and_not_before(world: World) -> None:
    """LAW 32."""
    ask(world, "complaint", days_ago=30)
    ask(world, "access", days_ago=31)
    found = items(world)
    assert (found["A complaint"].by, found["A complaint"].late) == (AT.date(), False)
    assert (found["What do you hold?"].by, found["What do you hold?"].late) == (AT.date() - timedelta(1), True)


def test_a_missing_assessment_is_late_and_one_that_ends_is_told_of_30_and_7_days_before(
    world: World, officer: User, head: User, deputy: User
) -> None:
    """LAW 34."""
    end_assessment(world, at=AT)
    assert items(world)["Impact assessment"].late
    approve(assess(world, deputy, officer), head, AT.date() + timedelta(40))
    assert "Impact assessment" not in items(world)
    for days, soon in ((11, False), (35, True)):
        found = [one for one in due.for_officer(world.school, AT + timedelta(days)) if one.what == "Impact assessment"]
        assert [(one.by, one.soon, one.late) for one in found] == [(AT.date() + timedelta(40), soon, False)]
    lapsed = [one for one in due.for_officer(world.school, AT + timedelta(41)) if one.what == "Impact assessment"]
    assert [one.late for one in lapsed] == [True]


def test_consents_that_run_out_within_30_days_are_told_by_day(world: World) -> None:
    """LAW 15."""
    assert "Consent" not in items(world)
    Permit.objects.filter(live=True).update(expires_at=AT + timedelta(9), compare_until=AT + timedelta(9))
    found = items(world)["Consent"]
    assert (found.about, found.by) == ("2 students’ run out", AT.date() + timedelta(9))


def test_whoever_was_not_given_the_notice_in_force_is_not_told_yet(world: World, colleague: User) -> None:
    """LAW 2."""
    assert not due.not_told(world.school, AT).exists()
    notice = noticing.changed(world.school, AT, contact="The new office.")
    everybody = {pupil.parent.id for pupil in world.pupils.values()}
    assert {bond.guardian_id for bond in due.not_told(world.school, AT)} == everybody
    told, exempt = world.willing, world.refusing
    noticing.tell(told.person, told.parent, notice, AT)
    Exemption.objects.create(
        school=world.school,
        student=exempt.person,
        guardian=exempt.parent,
        reason="Not to be found.",
        status="confirmed",
        recorded_by=world.office,
        recorded_at=AT,
        decided_by=colleague,
        decided_at=AT,
    )
    left = everybody - {told.parent.id, exempt.parent.id}
    assert {bond.guardian_id for bond in due.not_told(world.school, AT)} == left
    assert items(world)["Guardians not told yet"].about == "3"


def test_holds_that_stand_and_exemptions_that_wait_are_told(world: World) -> None:
    """LAW 10."""
    family = world.willing
    Hold.objects.create(
        school=world.school, student=family.person, cause="court_query", recorded_by=world.office, recorded_at=AT
    )
    Exemption.objects.create(
        school=world.school,
        student=family.person,
        guardian=family.parent,
        reason="Not to be found.",
        recorded_by=world.office,
        recorded_at=AT,
    )
    found = items(world)
    assert found["Holds that stand"].since == found["Exemptions that wait"].since == AT.date()


def test_an_order_says_whom_it_waits_for(world: World, officer: User, head: User) -> None:
    """LAW 37."""
    found = order(world, officer, scan=False)
    told = [items(world)["Disclosure"].about]
    disclosures.attach(disclosure=found, scan=SCAN, by=officer, at=AT)
    told.append(items(world)["Disclosure"].about)
    disclosures.allow(disclosure=found, by=officer, at=AT)
    told.append(items(world)["Disclosure"].about)
    disclosures.allow(disclosure=found, by=head, at=AT)
    told.append(items(world)["Disclosure"].about)
    assert [words.partition(" – ")[2] for words in told] == [
        "waits for the scan of the order",
        "waits for two people",
        "waits for the head",
        "allowed by both: note that it was given",
    ]


# ---------------------------------------------------------------- who sees what


@pytest.fixture
def office_s(world: World, officer: User, signed_in: SignIn) -> Client:
    """The browser of the data protection officer."""
    return signed_in(officer)


@pytest.fixture
def head_s(head: User, signed_in: SignIn) -> Client:
    """The browser of an administrator."""
    return signed_in(head)


def test_an_administrator_sees_what_waits_for_one_and_nothing_else(
    world: World, officer: User, deputy: User, head_s: Client
) -> None:
    """LAW 42."""
    question, waiting, done = ask(world), order(world, officer), order(world, officer)
    disclosures.refuse(disclosure=done, why="No right.", by=officer, at=AT)
    draft = assess(world, deputy, officer)
    page = head_s.get("/protection/").content.decode()
    assert str(waiting.id) in page
    assert str(draft.id) in page
    assert str(question.id) not in page
    for address, status in (
        (f"/protection/disclosures/{waiting.id}/", 200),
        (f"/protection/disclosures/{waiting.id}/scan/", 200),
        (f"/protection/disclosures/{done.id}/", 404),
        (f"/protection/disclosures/{done.id}/scan/", 404),
        (f"/protection/assessment/{draft.id}/", 200),
        (f"/protection/requests/{question.id}/", 404),
        ("/protection/requests/", 403),
        ("/protection/record/", 403),
        ("/protection/figures/", 403),
        ("/protection/not-told/", 403),
        ("/protection/disclosures/add/", 403),
    ):
        assert head_s.get(address).status_code == status, address


def test_what_is_another_schools_is_not_there(world: World, office_s: Client) -> None:
    """LAW 42."""
    other = make_school(name="Seaview")
    officer = User.objects.create_user("protection@seaview.example")
    Role.objects.create(school=other.school, user=officer, kind=Role.Kind.PROTECTION_OFFICER)
    rows = {
        "requests": ask(other).id,
        "disclosures": order(other, officer).id,
        "assessment": assess(other, officer, officer).id,
    }
    for part, row in rows.items():
        assert office_s.get(f"/protection/{part}/{row}/").status_code == 404, part
    assert office_s.get("/protection/?school=seaview").status_code == 404


def test_every_look_is_in_the_log(world: World, officer: User, office_s: Client) -> None:
    """LAW 35."""
    question, disclosure = ask(world), order(world, officer)
    for address in (
        "/protection/",
        f"/protection/requests/{question.id}/",
        f"/protection/disclosures/{disclosure.id}/",
        f"/protection/disclosures/{disclosure.id}/scan/",
    ):
        office_s.get(address)
    read = AuditEvent.objects.filter(kind__startswith="read.protection", actor=officer)
    about_child = read.filter(subject=world.willing.person.id).values_list("kind", flat=True)
    assert set(about_child) == {"read.protection.request", "read.protection.disclosure"}
    assert {"read.protection.due", "read.protection.scan"} <= set(read.values_list("kind", flat=True))


# ---------------------------------------------------------------- what is done on them


def test_the_officer_answers_a_request_on_its_page(world: World, office_s: Client) -> None:
    """LAW 32."""
    question = ask(world)
    page = f"/protection/requests/{question.id}/"
    assert office_s.post(page, {"act": "acknowledge"}).status_code == 302
    missing = office_s.post(page, {"act": "answer", "words": "The office.", "outcome": ""})
    assert missing.status_code == 422
    assert "Choose how it ended." in missing.content.decode()
    assert "The office." in missing.content.decode()  # What was typed is still there.
    assert office_s.post(page, {"act": "answer", "words": "The office.", "outcome": "done"}).status_code == 302
    assert office_s.post(page, {"act": "say", "words": "And you."}).status_code == 302
    assert office_s.post(page, {"act": "close"}).status_code == 302
    question.refresh_from_db()
    assert (question.status, question.outcome) == ("closed", "done")
    assert "The office." in office_s.get(page).content.decode()


def test_an_objection_shows_that_it_has_stopped_everything(world: World, office_s: Client) -> None:
    """LAW 5."""
    objection = ask(world, "objection")
    page = office_s.get(f"/protection/requests/{objection.id}/").content.decode()
    assert objection.receipt is not None
    assert "Nothing has been compared since 4 March 2026" in page
    assert objection.receipt.number in page


def test_a_draft_goes_from_its_writer_to_the_officer_to_an_administrator(
    world: World, office_s: Client, head_s: Client, deputy: User, signed_in: SignIn
) -> None:
    """LAW 34."""
    writer, words = signed_in(deputy), {name: f"About {name}." for name in assessments.WRITTEN}
    page = writer.post("/protection/assessment/draft/", words).headers["Location"]
    draft = assessments.draft(world.school)
    assert draft is not None
    read = {"read": assessments.digest(draft)}
    assert office_s.post(page, {"act": "advise", "advice": "Go on.", **read}).status_code == 302
    draft.refresh_from_db()
    read = {"read": assessments.digest(draft)}
    assert writer.post(page, {"act": "approve", "last_day": "2027-03-04", **read}).status_code == 422
    assert head_s.post(page, {"act": "approve", "last_day": "soon", **read}).status_code == 422
    assert head_s.post(page, {"act": "approve", "last_day": "2027-03-04", **read}).status_code == 302
    assert assessments.in_force(world.school, AT) == draft
    assert "In force to the end of 4 March 2027." in office_s.get("/protection/assessment/").content.decode()
    assert office_s.post(page, {"act": "revoke", "why": "The measures were not taken."}).status_code == 302
    assert assessments.in_force(world.school, AT) is None


@pytest.mark.parametrize("act", ["allow", "give", "approve", "publish"])
def test_what_lets_more_be_done_needs_a_recent_sign_in(
    world: World, head_s: Client, office_s: Client, frozen: Callable[[datetime], None], act: str
) -> None:
    """LAW 34, 37."""
    office_s.post("/protection/assessment/draft/", {name: f"About {name}." for name in assessments.WRITTEN})
    draft = assessments.draft(world.school)
    said = {"asker": "police", "asked_by": "Police", "asked_on": "2026-03-04", "wish": "Was the child at school?"}
    said |= {"students": world.willing.person.number, "kinds": "passages"}
    order = office_s.post("/protection/disclosures/add/", said).headers["Location"]
    assert draft is not None
    page = {"approve": f"/protection/assessment/{draft.id}/", "publish": "/protection/notices/gate_access/check/"}
    client = office_s if act == "publish" else head_s
    frozen(AT + timedelta(minutes=15))
    asked = client.post(page.get(act, order), {"act": act, "do": act})
    assert asked.headers["Location"].startswith("/sign-in/again/?next=")


def test_a_draft_asks_every_question_and_answers_none(world: World, office_s: Client) -> None:
    """LAW 34: prefilled questions, no prefilled answers."""
    page = office_s.get("/protection/assessment/draft/").content.decode()
    assert page.count("<textarea") == len(assessments.WRITTEN)
    assert page.count("></textarea>") == len(assessments.WRITTEN)


def test_an_order_goes_from_paper_to_two_people_to_the_family(world: World, office_s: Client, head_s: Client) -> None:
    """LAW 37."""
    said = {
        "asker": "police",
        "asked_by": "Harbour Police",
        "asked_on": "2026-03-04",
        "wish": "Was the child at school?",
        "students": world.willing.person.number,
        "kinds": ["passages"],
    }
    wrong = office_s.post("/protection/disclosures/add/", said | {"students": "nobody"})
    assert "No student has the number nobody." in wrong.content.decode()
    assert office_s.post("/protection/disclosures/add/", said | {"kinds": ["template"]}).status_code == 422
    page = office_s.post("/protection/disclosures/add/", said).headers["Location"]
    assert office_s.post(page, {"act": "attach"}).status_code == 422
    scan = SimpleUploadedFile("order.pdf", SCAN + bytes(3_000_000), "text/html")
    assert office_s.post(page, {"act": "attach", "scan": scan}).status_code == 302
    assert office_s.post(page, {"act": "allow"}).status_code == 302
    assert office_s.post(page, {"act": "give"}).status_code == 422
    assert head_s.post(page, {"act": "allow"}).status_code == 302
    assert office_s.post(page, {"act": "give"}).status_code == 302
    assert [one.status for one in disclosures.told_of(world.willing.person)] == ["given"]


def test_a_scan_is_handed_out_as_a_file_that_no_browser_opens_here(
    world: World, officer: User, office_s: Client
) -> None:
    """LAW 37."""
    found = order(world, officer)
    response = office_s.get(f"/protection/disclosures/{found.id}/scan/")
    assert response.content == SCAN
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in response.headers["Cache-Control"]


def test_a_scan_over_5_mb_is_not_taken_and_never_reaches_a_disk(world: World, officer: User, office_s: Client) -> None:
    """LAW 37."""
    found = order(world, officer, scan=False)
    scan = SimpleUploadedFile("order.pdf", b"%PDF-" + bytes(5_000_000))
    response = office_s.post(f"/protection/disclosures/{found.id}/", {"act": "attach", "scan": scan})
    assert response.status_code == 422
    assert "more than 5 MB" in response.content.decode()
    found.refresh_from_db()
    assert found.instrument is None


def test_the_page_that_takes_a_scan_takes_none_from_another_site(world: World, officer: User) -> None:
    """LAW 42."""
    found, browser = order(world, officer, scan=False), Client(enforce_csrf_checks=True)
    browser.force_login(officer)
    scan = SimpleUploadedFile("order.pdf", SCAN)
    sent = browser.post(f"/protection/disclosures/{found.id}/", {"act": "attach", "scan": scan})
    assert sent.status_code == 403
    found.refresh_from_db()
    assert found.instrument is None


# ---------------------------------------------------------------- the record


def test_the_record_lists_every_table_every_process_and_what_may_leave(world: World, office_s: Client) -> None:
    """LAW 24, 30."""
    page = office_s.get("/protection/record/").content.decode()
    for word in (
        "enrollment.ReferenceCiphertext",
        "gates.Passage",
        "campus_matcher",
        "VAULT_ROOT_KEY",
        "Hillside School",
    ):
        assert word in page
    assert "protection@hillside.example" in page
    assert "Attendance marks" in page
