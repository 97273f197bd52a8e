"""A school as it looks on a Wednesday at eight minutes to nine, for the pages that are looked at: invented people.

Class 7B has marks of every kind, thirty students and families that gave every answer; others have less.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from campus import addresses, cards, guardians, letters, people, registers, staff
from campus.models import Group, Outbox, Person, RegisterTime, School, Term, User
from enrollment import (
    assent,
    assessments,
    attempts,
    bonds,
    consent,
    disclosures,
    paper,
    publishing,
    references,
    requests,
    sessions,
)
from enrollment.faces.drawn_engine import DrawnEngine
from enrollment.models import ChildAnswer, Disclosure, ImpactAssessment, Notice, SubjectRequest
from enrollment.vault import keys
from gates import kiosks, lanes
from gates.decision import CardAlone
from gates.models import Gate, Kiosk
from tests import noticing
from tests.drawn import pictures
from tests.harbour_days import lane_times, last_days
from tests.harbour_names import (
    CLASS_7A,
    CLASS_7B,
    CLASS_8A,
    FIRST_NAMES,
    NOW,
    STAFF,
    latin,
)
from tests.papers import SCAN
from tests.personas import say_yes, tell


@dataclass(frozen=True)
class HarbourRoad:
    """The school, its classes and people by name, and the cards that were printed for some of them."""

    school: School
    notice: Notice
    groups: dict[str, Group]
    students: dict[str, Person]
    users: dict[str, User]
    cards: dict[str, str]
    gate: Gate
    kiosk: Kiosk

    def addresses(self) -> dict[str, str]:
        """Return what the addresses of the catalogue name in braces."""
        named = {"yes": "Amelia Hartley", "open": "Oliver Hartley", "no": "Arthur Okafor", "late": "Noah Bradshaw"}
        found = {key: str(self.students[name].id) for key, name in named.items()}
        found["own"] = str(self.students["Rosa Delgado"].id)
        found["left"] = str(self.students["Jonah Winterbourne"].id)
        found["librarian"] = str(self.students["Edith Crane"].id)
        found |= {name.lower(): str(group.id) for name, group in self.groups.items()}
        today = registers.open_registers(school=self.school, day=NOW.date(), group=self.groups["7B"])
        guardian = self.students["Amelia Hartley"].guardianships.first()
        assert guardian is not None
        for name, rows in (
            ("complaint", SubjectRequest.objects.filter(kind="complaint")),
            ("objection", SubjectRequest.objects.filter(kind="objection")),
            ("order", Disclosure.objects.filter(status="open")),
            ("draft", ImpactAssessment.objects.filter(status="draft")),
            ("approved", ImpactAssessment.objects.filter(status="approved")),
        ):
            found[name] = str(rows.get(school=self.school).pk)
        return found | {
            "register": str(today[0].id),
            "gate": str(self.gate.id),
            "kiosk": str(self.kiosk.id),
            "guardian": str(guardian.guardian_id),
        }


def build() -> HarbourRoad:
    """Make the school by the actions of the product; the clock is the caller's to stop at `NOW`."""
    began = NOW - timedelta(days=60)
    school = School.objects.create(slug="harbour-road", name="Harbour Road School", timezone="Europe/London")
    Term.objects.create(school=school, starts_on=began.date(), ends_on=NOW.date() + timedelta(60), weekdays="01234")
    notice = publishing.publish_plain(school=school, at=began)
    users = _staff(school, began)
    _weigh(school, users)
    groups = {name: _group(school, name, users["teacher"]) for name in ("7A", "7B", "8A", "8B")}
    students: dict[str, Person] = {}
    for key, names in (("7A", CLASS_7A), ("7B", CLASS_7B), ("8A", CLASS_8A)):
        for name in (one.strip() for one in names.split(",")):
            students[latin(name)] = _admit(school, name, 2600 + len(students), groups[key])
    gate = lanes.build(school=school, name="Main gate", rules=lanes.Rules(CardAlone.OPEN), by=users["office"], at=began)
    lanes.build(school=school, name="Bicycle gate", rules=lanes.Rules(CardAlone.STAFF), by=users["office"], at=began)
    kiosk, _ = kiosks.install(gate=gate, name="Left lane", by=users["office"], at=began)
    printed = {name: str(cards.issue(person=one, by=users["office"], at=began)) for name, one in students.items()}
    made = HarbourRoad(school, notice, groups, students, users, printed, gate, kiosk)
    _others(made, began)
    _families(made)
    last_days(made)
    _protection(made)
    lane_times(made)
    Outbox.objects.filter(school=school).delete()  # What all this owed was done long ago.
    return made


def _staff(school: School, at: datetime) -> dict[str, User]:
    users = {}
    for key, name in STAFF.items():
        kind = "teacher" if "teacher" in key else "office"
        email = f"{key.replace('_', '.')}@harbour-road.example"
        users[key] = staff.give_role(school=school, email=email, name=name, kind=kind, by=None, at=at).user
    users["administrator"] = staff.give_role(
        school=school, email="set-up@harbour-road.example", name="Agnes Au", kind="administrator", by=None, at=at
    ).user
    users["officer"] = staff.give_role(
        school=school,
        email="protection@harbour-road.example",
        name="Priscilla Mensah",
        kind="protection_officer",
        by=None,
        at=at,
    ).user
    return users


def _group(school: School, name: str, teacher: User) -> Group:
    group = Group.objects.create(school=school, name=name, year=int(name[0]))
    if name.startswith("7"):
        group.teachers.add(teacher)
    if name != "8B":
        RegisterTime.objects.create(
            school=school, group=group, opens=time(8, 15), late_after=time(8, 40), closes=time(12)
        )
    return group


def _admit(school: School, name: str, number: int, group: Group | None, kind: str = "student") -> Person:
    return people.admit(
        school=school, name=name, kind=Person.Kind(kind), number=str(number), at=NOW - timedelta(days=60), group=group
    )


def _others(made: HarbourRoad, at: datetime) -> None:
    """Admit staff, a visitor, and a student who has left."""
    for number, name in enumerate(("Edith Crane", "Tobias Lund", "Miriam Castle")):
        made.students[name] = _admit(made.school, name, 100 + number, None, "staff")
        cards.issue(person=made.students[name], by=made.users["office"], at=at)
    _admit(made.school, "Piano tuner", 900, None, "visitor")
    left = made.students["Jonah Winterbourne"] = _admit(made.school, "Jonah Winterbourne", 2599, None)
    left.left_on = (NOW - timedelta(days=20)).date()
    left.save()


# ---------------------------------------------------------------- families


def _families(made: HarbourRoad) -> None:
    """Name guardians, and let families answer in every way there is."""
    office, at = made.users["office"], NOW - timedelta(days=21)
    mother = _guardian(made, "Amelia Hartley", "Laura Hartley", "laura@families.example")
    made.users["parent"] = mother
    long_ago = NOW - timedelta(days=50)
    for name in ("Oliver Hartley", "Ida Hartley"):
        people.name_guardian(student=made.students[name], guardian=mother, at=long_ago)
        tell(made.students[name], mother, at=long_ago)
    father = guardians.name(
        student=made.students["Amelia Hartley"], name="James Hartley", responsible=True, by=office, at=long_ago
    ).guardian
    tell(made.students["Amelia Hartley"], father, at=long_ago)
    consent.give(student=made.students["Amelia Hartley"], guardian=mother, notice=made.notice, at=at)
    _sitting(made, "Amelia Hartley", at + timedelta(days=2))
    for number, name in enumerate(sorted(made.students)[::3]):
        if made.students[name].kind != Person.Kind.STUDENT or name.endswith(" Hartley"):
            continue
        parent = _guardian(made, name, f"{FIRST_NAMES[number % 7]} {name.split()[-1]}", f"family-{number}@post.example")
        if number % 3:
            consent.give(student=made.students[name], guardian=parent, notice=made.notice, at=at)
            say_yes(made.students[name], operator=office, witness=made.users["teacher"], at=at)
    father = _guardian(made, "Arthur Okafor", "Chidi Okafor", "chidi@families.example")
    consent.refuse(student=made.students["Arthur Okafor"], guardian=father, notice=made.notice, at=at)
    beth = _guardian(made, "Beatrice Lindqvist", "Karin Lindqvist", "karin@families.example")
    consent.give(student=made.students["Beatrice Lindqvist"], guardian=beth, notice=made.notice, at=at)
    assent.record(
        student=made.students["Beatrice Lindqvist"], kind=ChildAnswer.Kind.NO, by=office, at=at + timedelta(days=1)
    )
    _on_paper(made, "Callum Fraser", "Morag Fraser")
    _of_age(made, "Rosa Delgado", at)


def _guardian(made: HarbourRoad, child: str, name: str, email: str) -> User:
    parent = User.objects.create_user(name=name)
    people.name_guardian(student=made.students[child], guardian=parent, at=NOW - timedelta(days=50))
    tell(made.students[child], parent, at=NOW - timedelta(days=50))
    addresses.bind_known(guardian=parent, email=email, at=NOW - timedelta(days=49))
    noticing.tell(made.students[child], parent, made.notice, NOW - timedelta(days=48))
    return parent


def _sitting(made: HarbourRoad, name: str, at: datetime) -> None:
    """Enrol a student as the desk does: the own card, a witness, the student's Yes, five pictures."""
    keys.make_epoch()
    student, office = made.students[name], made.users["office"]
    session, why_not = sessions.begin(student=student, operator=office, card=made.cards[name], came=False, at=at)
    assert session is not None, why_not
    sessions.confirm(code=sessions.code_of(session), witness=made.users["teacher"], at=at)
    assert sessions.answer(session=session, kind=ChildAnswer.Kind.YES, at=at)
    assert sessions.take(session=session, nonce=sessions.nonce_of(session), at=at)
    attempt = attempts.begin(student=student, operator=office, session=session, at=at)
    why_not = references.enroll(attempt=attempt, images=pictures(5), engine=DrawnEngine(), at=at)
    assert why_not == "", why_not


def _of_age(made: HarbourRoad, name: str, at: datetime) -> None:
    """Let a student who came of age answer alone."""
    student = made.students[name]
    Person.objects.filter(id=student.id).update(born_on="2007-09-01")
    student.refresh_from_db()
    own = made.users["student"] = bonds.name_student(student=student, by=made.users["office"], at=at).guardian
    addresses.bind_known(guardian=own, email="rosa@students.example", at=at)
    noticing.tell(student, own, made.notice, at)
    consent.give(student=student, guardian=own, notice=made.notice, at=at)


def _on_paper(made: HarbourRoad, child: str, name: str) -> None:
    """Let a reply slip and a new address wait for a second person."""
    student, colleague, at = made.students[child], made.users["colleague"], NOW - timedelta(hours=20)
    parent = _guardian(made, child, name, "morag@families.example")
    code = letters.issue(guardian=parent, school=made.school, by=colleague, at=at)
    paper.record(student=student, guardian=parent, slip=paper.Slip("given", code, SCAN), by=colleague, at=at)
    addresses.record_on_paper(
        guardian=parent, school=made.school, email="morag.fraser@post.example", by=colleague, at=at
    )


# ---------------------------------------------------------------- data protection


def _protection(made: HarbourRoad) -> None:
    """Have requests in every state, and an order that waits for the head."""
    officer, head, mother = (made.users[key] for key in ("officer", "administrator", "parent"))
    amelia, ida = made.students["Amelia Hartley"], made.students["Ida Hartley"]
    for student, kind, words, days in (
        (amelia, "complaint", "Amelia was sent back to the end of the queue when the camera did not know her.", 33),
        (amelia, "access", "Please send me everything that you hold about Amelia, on paper.", 24),
        (ida, "objection", "I do not want Ida’s face to be used for anything.", 3),
        (ida, "question", "Who can see when Ida comes and goes?", 12),
    ):
        asked = requests.Asked(kind, words)
        found = requests.ask(student=student, by=mother, asked=asked, at=NOW - timedelta(days))
    requests.answer(
        request=found,
        by=officer,
        outcome="done",
        words="Her teachers, the school office, and you.",
        at=NOW - timedelta(9),
    )
    order = disclosures.Asked(
        asker="police",
        asked_by="Harbour Police, Sgt Morrow",
        asked_on=(NOW - timedelta(2)).date(),
        wish="Whether Noah Bradshaw was at school on 2 March, and the face template if there is one.",
        basis="Magistrates’ order 118/2026",
        kinds=("roll", "passages"),
        scope="2 March 2026, 8 to 16 o’clock",
        students=(made.students["Noah Bradshaw"],),
    )
    waiting = disclosures.record(school=made.school, asked=order, by=officer, at=NOW)
    disclosures.attach(disclosure=waiting, scan=b"%PDF-1.7 drawn", by=officer, at=NOW)
    disclosures.allow(disclosure=waiting, by=officer, at=NOW)
    vendor = disclosures.Asked(
        "vendor", "Turnstile Ltd, M. Vance", (NOW - timedelta(9)).date(), "Passages of a month, for tuning."
    )
    refused = disclosures.record(school=made.school, asked=vendor, by=officer, at=NOW)
    disclosures.refuse(disclosure=refused, why="There is no right to this.", by=head, at=NOW)


def _weigh(school: School, users: dict[str, User]) -> None:
    """Have an impact assessment in force, and the draft of the next one."""
    officer, head = users["officer"], users["administrator"]
    said = {
        name: f"{label} So it was written down at the meeting of 12 January."
        for name, label in assessments.QUESTIONS.items()
    }
    said["summary"] = (
        "Cards get lost, and a face does not. Cards stay for everybody who wants one. The reader is less sure with "
        "young children, so a face that is not matched has no consequence. Parents and the student council were asked."
    )
    for at in (NOW - timedelta(343), NOW - timedelta(1)):
        draft = assessments.write(school=school, words=said, by=officer, at=at)
        advice = "Measure the lanes every term."
        assessments.advise(assessment=draft, read=assessments.digest(draft), advice=advice, by=officer, at=at)
        draft.refresh_from_db()
        if at < NOW - timedelta(1):
            last = assessments.longest(school, at)
            assessments.approve(assessment=draft, read=assessments.digest(draft), last_day=last, by=head, at=at)
