"""The office's pages about gates and kiosks, and its day at a glance."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from campus import people, presence
from campus.models import AuditEvent, Closure, Person, Presence
from enrollment.models import Reference
from gates import reasons
from gates.decision import CardAlone, Reason
from gates.models import Gate, Kiosk, Passage, Way
from tests.gates.lane import Lane, make_lane
from tests.personas import AT, SignIn, World, make_school


@pytest.fixture
def office(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.office)


def text(client: Client, address: str) -> str:
    return str(client.get(address).content.decode())


# ------------------------------------------------------------ gates


def test_a_gate_is_added_with_what_a_card_alone_does(world: World, office: Client) -> None:
    body = {"name": "  North gate ", "card_alone": "staff"}
    page = office.post("/office/gates/add/", body, follow=True).content.decode()
    assert "The gate is added." in page
    gate = Gate.objects.get()
    assert (gate.name, gate.card_alone, gate.school) == ("North gate", CardAlone.STAFF, world.school)
    assert AuditEvent.objects.get(kind="gate.built").actor == world.office


def test_the_choice_is_explained_and_the_same_for_all(office: Client) -> None:
    page = text(office, "/office/gates/add/")
    assert "It is the same for every student." in page
    assert '<input type="radio" name="card_alone" value="open" checked>' in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"card_alone": "open"}, "Give the gate a name"),
        ({"name": "x" * 81, "card_alone": "open"}, "Give the gate a name"),
        ({"name": "North", "card_alone": "face"}, "Choose what a card alone does."),
        ({"name": "Main gate", "card_alone": "open"}, "Another gate has this name."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    lane: Lane, office: Client, body: dict[str, str], words: str
) -> None:
    response = office.post("/office/gates/add/", body)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert f'value="{body.get("name", "")}"' in page
    assert Gate.objects.count() == 1


def test_a_gate_that_compares_only_what_the_card_opens_says_so(lane: Lane, office: Client) -> None:
    address = f"/office/gates/{lane.gate.id}/"
    assert "Compares only faces locked by the card" not in text(office, "/office/gates/")
    office.post(address, {"card_alone": "open", "card_bound": "yes"})
    assert "Compares only faces locked by the card" in text(office, "/office/gates/")
    assert 'name="card_bound" value="yes" checked' in text(office, address)
    assert AuditEvent.objects.get(kind="gate.changed").actor is not None
    office.post(address, {"card_alone": "open"})
    assert not Gate.objects.get().card_bound


def test_what_a_card_alone_does_can_be_changed(lane: Lane, office: Client) -> None:
    for _ in range(2):
        assert office.post(f"/office/gates/{lane.gate.id}/", {"card_alone": "staff"}).status_code == 302
    lane.gate.refresh_from_db()
    assert lane.gate.card_alone == CardAlone.STAFF
    assert AuditEvent.objects.filter(kind="gate.changed").count() == 1
    assert office.post(f"/office/gates/{lane.gate.id}/", {}).status_code == 422


# ------------------------------------------------------------ kiosks


def key_on(page: str) -> str:
    found = re.search(r'id="kiosk-key">([\w-]+)<', page)
    assert found
    return found[1]


def is_key_of(kiosk: Kiosk, key: str) -> bool:
    kiosk.refresh_from_db()
    return bytes(kiosk.key_digest) == hashlib.sha256(key.encode()).digest()


def test_a_new_kiosks_key_is_shown_once(lane: Lane, office: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    response = office.post(f"/office/gates/{lane.gate.id}/kiosks/add/", {"name": "Left lane", "way": "in"})
    key, kiosk = key_on(response.content.decode()), Kiosk.objects.get(name="Left lane")
    assert is_key_of(kiosk, key)
    assert not kiosk.diagnostic
    assert kiosk.way == Way.IN
    assert "no-store" in response["Cache-Control"]
    assert key not in text(office, "/office/gates/") + caplog.text + str(dict(office.session))


def test_a_second_click_makes_no_second_kiosk(lane: Lane, office: Client) -> None:
    address = f"/office/gates/{lane.gate.id}/kiosks/add/"
    office.post(address, {"name": "Left lane", "way": "in"})
    again = office.post(address, {"name": "Left lane", "way": "in"})
    assert again.status_code == 422
    assert "A kiosk of this gate has this name." in again.content.decode()
    assert Kiosk.objects.filter(name="Left lane").count() == 1


@pytest.mark.parametrize(("name", "way"), [("", "in"), ("x" * 81, "in"), ("Left lane", ""), ("Left lane", "up")])
def test_a_kiosk_needs_a_name_and_a_way(lane: Lane, office: Client, name: str, way: str) -> None:
    response = office.post(f"/office/gates/{lane.gate.id}/kiosks/add/", {"name": name, "way": way})
    assert response.status_code == 422
    assert f'value="{name}"' in response.content.decode()
    assert lane.gate.kiosks.count() == 1


def test_which_way_people_pass_a_kiosk_is_shown_and_can_be_changed(lane: Lane, office: Client) -> None:
    address = f"/office/kiosks/{lane.kiosk.id}/"
    assert "In and out" in text(office, "/office/gates/")
    assert '<input type="radio" name="way" value="both" checked>' in text(office, address)
    for _ in range(2):
        assert office.post(address, {"way": "out"}).status_code == 302
    lane.kiosk.refresh_from_db()
    assert lane.kiosk.way == Way.OUT
    assert AuditEvent.objects.get(kind="kiosk.way").actor == lane.world.office
    assert office.post(address, {"way": "sideways"}).status_code == 422


@pytest.mark.parametrize(("way", "let"), [("in", ["in"]), ("out", ["out"]), ("both", ["in", "out"])])
def test_a_kiosk_is_passed_only_the_way_it_was_set_up_for(lane: Lane, way: str, let: list[str]) -> None:
    Kiosk.objects.filter(id=lane.kiosk.id).update(way=way)
    answers = {direction: lane.send(lane.world.refusing, direction=direction) for direction in ("in", "out")}
    assert [direction for direction, said in answers.items() if said.status_code == 200] == let
    for direction in answers.keys() - set(let):
        assert answers[direction].status_code == 422
        assert answers[direction].json() == {
            "error": "wrong_way",
            "field": "direction",
            "message": "Nobody passes this kiosk in this direction.",
        }
    assert list(Passage.objects.order_by("direction").values_list("direction", flat=True)) == let


def test_the_exit_opens_without_a_card_or_with_any(lane: Lane) -> None:
    Kiosk.objects.filter(id=lane.kiosk.id).update(way="out")
    for card in (None, "nonsense", lane.world.refusing.card):
        assert lane.send(direction="out", credential=card).json()["reason"] == Reason.EXIT_FREE


def test_a_new_key_ends_the_old_one(lane: Lane, office: Client) -> None:
    page = office.post(f"/office/kiosks/{lane.kiosk.id}/key/").content.decode()
    assert is_key_of(lane.kiosk, key_on(page))
    assert not is_key_of(lane.kiosk, lane.key)
    assert lane.send().status_code == 401


def test_a_kiosk_that_is_switched_off_is_off_for_good(lane: Lane, office: Client) -> None:
    office.post(f"/office/kiosks/{lane.kiosk.id}/revoke/")
    assert lane.send().status_code == 401
    assert "Kiosk at Main gate" not in text(office, "/office/gates/")
    assert office.post(f"/office/kiosks/{lane.kiosk.id}/key/").status_code == 404


def test_the_list_tells_when_a_kiosk_was_last_heard_of(lane: Lane, office: Client) -> None:
    assert "Never" in text(office, "/office/gates/")
    lane.passes(lane.world.refusing, at=AT - timedelta(hours=2))
    page = text(office, "/office/gates/")
    assert "Today 07:30" in page
    assert "quiet" in page
    lane.passes(lane.world.refusing, at=AT)
    assert '<span class="tag">quiet</span>' not in text(office, "/office/gates/")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/office/gates/{gate}/"),
        ("post", "/office/gates/{gate}/"),
        ("get", "/office/gates/{gate}/kiosks/add/"),
        ("post", "/office/gates/{gate}/kiosks/add/"),
        ("get", "/office/kiosks/{kiosk}/"),
        ("post", "/office/kiosks/{kiosk}/"),
        ("post", "/office/kiosks/{kiosk}/key/"),
        ("get", "/office/kiosks/{kiosk}/revoke/"),
        ("post", "/office/kiosks/{kiosk}/revoke/"),
    ],
)
def test_another_schools_gates_and_kiosks_are_not_there(
    lane: Lane, signed_in: SignIn, method: str, address: str
) -> None:
    foreign = signed_in(make_school(name="Seaview").office)
    asked = getattr(foreign, method)(address.format(gate=lane.gate.id, kiosk=lane.kiosk.id), {"name": "x"})
    assert asked.status_code == 404
    assert is_key_of(lane.kiosk, lane.key)
    assert "Main gate" not in text(foreign, "/office/gates/")


@pytest.mark.parametrize("who", ["teacher", "staff"])
def test_gates_are_the_offices(lane: Lane, signed_in: SignIn, who: str) -> None:
    client = signed_in(getattr(lane.world, who))
    assert client.get("/office/gates/").status_code == 403
    assert client.post(f"/office/kiosks/{lane.kiosk.id}/revoke/").status_code == 404


def test_the_office_is_asked_before_a_kiosk_goes_off(lane: Lane, office: Client) -> None:
    assert "off for good?" in text(office, f"/office/kiosks/{lane.kiosk.id}/revoke/")
    assert is_key_of(lane.kiosk, lane.key)


# ------------------------------------------------------------ today


def test_today_counts_each_class(lane: Lane, office: Client) -> None:
    lane.passes(lane.world.refusing, at=AT)
    lane.passes(lane.world.latecomer, at=AT)
    context = office.get("/office/today/").context
    shown = {
        one.group.name: (one.counts["present"], one.counts["late"], one.not_yet, one.students)
        for one in context["classes"]
    }
    assert shown == {"Class 4A": (1, 0, 3, 4), "Class 5B": (0, 1, 0, 1)}
    assert context["totals"] == {"present": 1, "late": 1, "absent": 0, "not_yet": 3}


def test_today_names_who_is_missing_with_a_link(lane: Lane, office: Client) -> None:
    lane.passes(lane.world.refusing, at=AT)
    page = text(office, "/office/today/")
    missing = {person.name for one in office.get("/office/today/").context["missing"] for person in one.missing}
    assert missing == {"Willing Pupil", "Withdrawn Pupil", "Unanswered Pupil", "Latecomer Pupil"}
    assert f'href="/office/students/{lane.world.willing.person.id}/"' in page
    assert f'href="/register/?group={lane.world.on_time.id}"' in page


def test_nobody_is_missing_on_a_day_without_school(lane: Lane, office: Client) -> None:
    Closure.objects.create(school=lane.world.school, date=AT.date(), reason="Snow")
    page = text(office, "/office/today/")
    assert "Nobody is missing." in page
    assert "No register today" in page


def test_today_counts_each_gate(lane: Lane, office: Client) -> None:
    Gate.objects.create(school=lane.world.school, name="North gate")
    lane.passes(lane.world.refusing, at=AT - timedelta(days=1))
    lane.passes(lane.world.refusing, at=AT - timedelta(minutes=9))
    lane.passes(lane.world.refusing, at=AT - timedelta(minutes=3), direction="out")
    shown = [
        (one.gate.name, one.came_in, one.went_out, one.refused, last and last.strftime("%H:%M"))
        for one, last in office.get("/office/today/").context["gates"]
    ]
    assert shown == [("Main gate", 1, 1, 0, "09:27"), ("North gate", 0, 0, 0, None)]


def test_today_tells_refusals_with_their_reasons(lane: Lane, reference: Reference, office: Client) -> None:
    lane.tries(lane.world.willing, distance=0.9, at=AT)
    Person.objects.filter(id=lane.world.refusing.person.id).update(left_on=AT.date())
    lane.passes(lane.world.refusing, at=AT)
    response = office.get("/office/today/")
    assert sorted(response.context["reasons"]) == [
        ("Somebody who has left the school", 1),
        ("The face was not matched", 1),
    ]
    assert "A refusal is no accusation" in response.content.decode()
    assert "0.9" not in response.content.decode()


def test_every_reason_to_deny_has_its_words(lane: Lane) -> None:
    denying = {Reason.NO_MATCH, Reason.UNKNOWN_CARD, Reason.CARD_REVOKED, Reason.NOT_ON_ROLL}
    assert denying <= set(reasons.WORDS)
    assert reasons.in_words("something_new") == "something_new"


def test_the_day_begins_at_the_schools_own_midnight(
    signed_in: SignIn, frozen: Callable[[datetime], None], db: None
) -> None:
    at = AT - timedelta(hours=8)
    frozen(at)
    harbour = make_school(at=at, timezone="Asia/Hong_Kong", name="Harbour")
    lane = make_lane(harbour)
    lane.passes(harbour.refusing, at=at - timedelta(hours=9, minutes=29))
    lane.passes(harbour.latecomer, at=at - timedelta(hours=9, minutes=31))
    response = signed_in(harbour.office).get("/office/today/")
    assert [one.came_in for one, _last in response.context["gates"]] == [1]
    assert "09:30" in response.content.decode()


@pytest.mark.parametrize("address", ["/office/today/", "/office/inside/", "/office/gates/"])
def test_a_large_school_takes_as_few_queries_as_a_small_one(
    lane: Lane, office: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        student = people.admit(
            school=lane.world.school,
            name=f"Ann {number:02}",
            kind=Person.Kind.STUDENT,
            number=f"n{number}",
            at=AT,
            group=lane.world.on_time,
        )
        presence.move(presence.lock(student.id), where=Presence.Where.INSIDE, at=AT)
    office.get(address)
    with django_assert_max_num_queries(22):
        office.get(address)


# ------------------------------------------------------------ who is inside


def test_the_roll_call_lists_who_came_in_and_has_not_gone_out(lane: Lane, office: Client) -> None:
    world = lane.world
    cook = people.admit(school=world.school, name="Mr Cook", kind=Person.Kind.STAFF, number="T1", at=AT)
    presence.move(presence.lock(cook.id), where=Presence.Where.INSIDE, at=AT)
    for pupil in (world.refusing, world.latecomer, world.unanswered):
        lane.passes(pupil, at=AT)
    lane.passes(world.unanswered, at=AT, direction="out")
    context = office.get("/office/inside/").context
    listed = {name: [row.person.name for row, _ in rows] for name, rows in context["groups"]}
    assert listed == {"Class 4A": ["Refusing Pupil"], "Class 5B": ["Latecomer Pupil"], "Staff": ["Mr Cook"]}
    assert context["count"] == 3


def test_who_never_went_out_yesterday_is_listed_apart_and_not_counted(lane: Lane, office: Client) -> None:
    lane.passes(lane.world.refusing, at=AT - timedelta(days=1))
    context = office.get("/office/inside/").context
    assert (context["count"], context["groups"]) == (0, [])
    assert [row.person.name for row, _ in context["earlier"]] == ["Refusing Pupil"]


def test_looking_at_the_day_is_written_down(lane: Lane, office: Client) -> None:
    for address in ("/office/today/", "/office/inside/", "/office/gates/"):
        office.get(address)
        office.get(address)
    kinds = AuditEvent.objects.filter(actor=lane.world.office, kind__startswith="read.").values_list("kind", flat=True)
    assert sorted(kinds) == ["read.gates", "read.inside", "read.today"]
