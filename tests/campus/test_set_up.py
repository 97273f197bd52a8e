"""The administrators' set-up: their own schools, every change written down, and nothing that only grows."""

from __future__ import annotations

from datetime import time, timedelta
from importlib import import_module

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import NoReverseMatch, reverse

from campus import calendar, outbox, people, staff
from campus.admin_site import ReadOnlyAdmin, SchoolAdmin, site
from campus.models import (
    AuditEvent,
    AuditPayload,
    Closure,
    Group,
    Outbox,
    RegisterTime,
    Role,
    School,
    Term,
    User,
)
from enrollment import consent, reviewing
from enrollment.models import Permit
from tests.drawn import enroll
from tests.gates.lane import make_lane
from tests.personas import AT, SignIn, World, make_school, tell


@pytest.fixture
def administrator(world: World) -> User:
    role = staff.give_role(
        school=world.school, email="Set-Up@hillside.example", name="Ms Au", kind="administrator", by=None, at=AT
    )
    return role.user


@pytest.fixture
def admin(administrator: User, signed_in: SignIn) -> Client:
    return signed_in(administrator)


@pytest.fixture
def foreign(world: World) -> World:
    return make_school(name="Seaview")


def events(kind: str) -> list[tuple[User | None, dict[str, object]]]:
    found = AuditPayload.objects.filter(event__kind=kind).select_related("event__actor").order_by("event__at")
    return [(payload.event.actor, payload.body) for payload in found]


# ------------------------------------------------------------ who comes in


@pytest.mark.parametrize("who", ["teacher", "office", "staff"])
def test_nobody_else_of_the_school_comes_in(world: World, signed_in: SignIn, who: str) -> None:
    assert signed_in(getattr(world, who)).get("/set-up/").status_code == 403


def test_a_visitor_signs_in_by_code_and_comes_back(db: None, client: Client) -> None:
    response = client.get("/set-up/campus/term/")
    assert response.headers["Location"] == "/sign-in/?next=/set-up/campus/term/"


@pytest.mark.parametrize("address", ["login/", "password_change/", "r/1/1/", "autocomplete/", "campus/term/1/history/"])
def test_there_is_no_page_about_passwords_and_no_other_way_in(admin: Client, address: str) -> None:
    assert admin.get(f"/set-up/{address}").status_code == 404


def test_djangos_own_admin_pages_are_not_served() -> None:
    for name in ("auth_group_changelist", "account_emailaddress_changelist", "campus_user_changelist"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{name}")


def test_an_administrator_finds_the_door(admin: Client) -> None:
    assert 'href="/set-up/"' in admin.get("/").content.decode()


def test_signing_out_is_a_button(admin: Client) -> None:
    assert admin.get("/set-up/logout/").status_code == 405
    assert admin.post("/set-up/logout/").status_code == 302
    assert admin.get("/set-up/").status_code == 302


def test_administering_ends_with_the_role(world: World, admin: Client, administrator: User) -> None:
    Role.objects.filter(user=administrator).delete()
    assert admin.get("/set-up/").status_code == 403


# ------------------------------------------------------------ what is there


def test_every_page_is_of_the_one_kind_that_scopes_and_audits() -> None:
    assert {model._meta.label for model in site._registry} == {
        *("campus.School", "campus.Term", "campus.Closure", "campus.Group", "campus.RegisterTime", "campus.Role"),
        *("campus.AttendanceMark", "campus.AuditEvent", "gates.Passage"),
        *("enrollment.ConsentEvent", "enrollment.ChildAnswer"),
    }
    assert all(isinstance(page, SchoolAdmin) for page in site._registry.values())


def test_what_only_grows_is_shown_and_never_changed(world: World, admin: Client) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    make_lane(world).passes(world.refusing, at=AT)
    read_only = [page for page in site._registry.values() if isinstance(page, ReadOnlyAdmin)]
    assert len(read_only) == 5
    for page in read_only:
        address = f"/set-up/{page.opts.app_label}/{page.opts.model_name}/"
        assert admin.get(address).status_code == 200
        assert admin.get(address + "add/").status_code == 403
        row = page.model._default_manager.first()
        if row is None:
            continue
        assert admin.get(f"{address}{row.pk}/change/").status_code == 200
        assert admin.post(f"{address}{row.pk}/change/", {}).status_code == 403
        assert admin.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_distance_is_told_to_nobody(world: World, admin: Client) -> None:
    enroll(world.willing.person, operator=world.office, at=AT)
    make_lane(world).tries(world.willing, distance=0.4321, at=AT)
    page = admin.get("/set-up/gates/passage/").content.decode()
    assert "no_match" in page or "match" in page
    assert "0.4321" not in page


def test_looking_is_written_down(world: World, admin: Client, administrator: User) -> None:
    for _ in range(2):
        admin.get("/set-up/enrollment/consentevent/")
    read = AuditEvent.objects.filter(actor=administrator, kind="read.set_up.consentevent")
    assert [event.subject for event in read] == [world.school.id]


def test_times_are_the_schools_own(db: None, signed_in: SignIn) -> None:
    harbour = make_school(timezone="Asia/Hong_Kong", name="Harbour")
    staff.give_role(school=harbour.school, email="a@harbour.example", name="A", kind="administrator", by=None, at=AT)
    make_lane(harbour).passes(harbour.refusing, at=AT)
    page = signed_in(User.objects.get(email="a@harbour.example")).get("/set-up/gates/passage/").content.decode()
    assert "17:30" in page


# ------------------------------------------------------------ one's own schools


def test_another_schools_rows_are_not_there(world: World, admin: Client, foreign: World) -> None:
    make_lane(foreign).passes(foreign.refusing, at=AT)
    ours = {"school": world.school, "group": world.on_time, "term": Term.objects.get(school=world.school)}
    theirs = {"school": foreign.school, "group": foreign.on_time, "term": Term.objects.get(school=foreign.school)}
    for model, row in ours.items():
        assert admin.get(f"/set-up/campus/{model}/{row.pk}/change/").status_code == 200
        page = admin.get(f"/set-up/campus/{model}/{theirs[model].pk}/change/", follow=True).content.decode()
        assert "doesn’t exist" in page
    for address in ("campus/school", "campus/group", "campus/role", "enrollment/consentevent", "gates/passage"):
        assert "Seaview" not in admin.get(f"/set-up/{address}/").content.decode()
        assert "seaview" not in admin.get(f"/set-up/{address}/").content.decode()


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("term", {"starts_on": "2026-09-01", "ends_on": "2026-12-18", "weekdays": ["0", "1"]}),
        ("closure", {"date": "2026-03-05", "reason": "Snow"}),
        ("group", {"name": "6C", "year": "6"}),
        ("role", {"email": "new@hillside.example", "name": "New", "kind": "office"}),
    ],
)
def test_nothing_is_added_to_another_school(
    world: World, admin: Client, foreign: World, model: str, fields: dict[str, object]
) -> None:
    address = f"/set-up/campus/{model}/add/"
    response = admin.post(address, {"school": str(foreign.school.id), **fields})
    assert response.status_code == 200
    assert "not one of the available choices" in response.content.decode()
    assert admin.post(address, {"school": str(world.school.id), **fields}).status_code == 302


def test_a_register_time_can_t_name_another_schools_class(admin: Client, foreign: World) -> None:
    fields = {"kind": "afternoon", "opens": "13:00", "late_after": "13:10", "closes": "14:00"}
    response = admin.post("/set-up/campus/registertime/add/", {"group": str(foreign.on_time.id), **fields})
    assert "not one of the available choices" in response.content.decode()


def test_only_the_own_schools_teachers_are_offered(world: World, admin: Client, foreign: World) -> None:
    page = admin.get(f"/set-up/campus/group/{world.on_time.id}/change/").content.decode()
    assert f'<option value="{world.teacher.id}"' in page
    for nobody_here in (world.office, foreign.teacher):
        assert f'<option value="{nobody_here.id}"' not in page


def test_a_choice_has_no_pencil_beside_it(world: World, admin: Client) -> None:
    for address in ("term/add/", "registertime/add/", f"group/{world.on_time.id}/change/"):
        assert "related-widget-wrapper-link" not in admin.get(f"/set-up/campus/{address}").content.decode()


def test_a_school_is_made_by_superusers_alone(world: World, admin: Client, signed_in: SignIn) -> None:
    assert admin.get("/set-up/campus/school/add/").status_code == 403
    root = User.objects.create_user("root@example.org", is_superuser=True)
    fields = {"name": "New", "slug": "new", "timezone": "Europe/London", "policy_pack": "uk"}
    assert signed_in(root).post("/set-up/campus/school/add/", fields).status_code == 302
    assert School.objects.get(slug="new").name == "New"


# ------------------------------------------------------------ changes


def test_every_change_is_written_down_by_row_and_field(world: World, admin: Client, administrator: User) -> None:
    admin.post("/set-up/campus/closure/add/", {"school": str(world.school.id), "date": "2026-03-05", "reason": "Snow"})
    closure = Closure.objects.get()
    assert closure.school == world.school
    admin.post(f"/set-up/campus/closure/{closure.pk}/change/", {"date": "2026-03-06", "reason": "Snow"})
    admin.post(f"/set-up/campus/closure/{closure.pk}/delete/", {"post": "yes"})
    row = {"model": "campus.Closure", "row": str(closure.pk)}
    assert events("set_up.added") == [(administrator, row | {"fields": ["date", "reason", "school"]})]
    assert events("set_up.changed") == [(administrator, row | {"fields": ["date"]})]
    assert events("set_up.removed") == [(administrator, row)]
    assert not Closure.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_rows_school_is_chosen_once(world: World, admin: Client, foreign: World, administrator: User) -> None:
    staff.give_role(school=foreign.school, email=administrator.email, name="", kind="administrator", by=None, at=AT)
    term = Term.objects.get(school=world.school)
    fields = {"school": str(foreign.school.id), "starts_on": "2026-01-01", "ends_on": "2026-05-01", "weekdays": ["6"]}
    assert admin.post(f"/set-up/campus/term/{term.pk}/change/", fields).status_code == 302
    term.refresh_from_db()
    assert (term.school, term.weekdays) == (world.school, "6")


def test_a_time_zone_must_exist(world: World, admin: Client) -> None:
    address = f"/set-up/campus/school/{world.school.pk}/change/"
    assert "There is no such time zone" in admin.post(address, {"name": "H", "timezone": "Moon"}).content.decode()
    assert admin.post(address, {"name": "Hillside", "timezone": "Asia/Hong_Kong"}).status_code == 302
    world.school.refresh_from_db()
    assert (world.school.timezone, world.school.slug) == ("Asia/Hong_Kong", "hillside")


def test_the_switches_of_a_school_are_off_and_switching_one_on_is_written_down(world: World, admin: Client) -> None:
    names = ("identifies", "checks_duplicates", "card_bound")
    assert not any(getattr(world.school, name) for name in names)
    address = f"/set-up/campus/school/{world.school.pk}/change/"
    said = {"name": world.school.name, "timezone": world.school.timezone}
    for switches in ({"identifies": "on"}, {"checks_duplicates": "on"}, {"card_bound": "on"}, {}):
        assert admin.post(address, said | switches).status_code == 302
        world.school.refresh_from_db()
        stand = {name: getattr(world.school, name) for name in names}
        assert stand == {name: name in switches for name in stand}
        events = AuditEvent.objects.filter(kind="set_up.changed", actor__isnull=False)
        assert any(stand.items() <= event.payload.body.items() for event in events)


def test_a_term_that_ends_before_it_starts_is_refused_in_words(world: World, admin: Client) -> None:
    fields = {"school": str(world.school.id), "starts_on": "2026-09-01", "ends_on": "2026-08-01", "weekdays": ["0"]}
    response = admin.post("/set-up/campus/term/add/", fields)
    assert response.status_code == 200
    assert "The term ends before it starts." in response.content.decode()


def test_a_register_time_belongs_to_its_classs_school(world: World, admin: Client) -> None:
    fields = {"kind": "afternoon", "opens": "13:00", "late_after": "13:10", "closes": "14:00"}
    assert admin.post("/set-up/campus/registertime/add/", {"group": str(world.late.id), **fields}).status_code == 302
    made = RegisterTime.objects.get(kind="afternoon")
    assert (made.school, made.group, made.opens) == (world.school, world.late, time(13, 0))


def test_times_that_do_not_follow_each_other_are_refused_in_words(world: World, admin: Client) -> None:
    fields = {"group": str(world.late.id), "kind": "x", "opens": "13:00", "late_after": "12:10", "closes": "14:00"}
    response = admin.post("/set-up/campus/registertime/add/", fields)
    assert "A register opens first, then people are late, then it closes." in response.content.decode()


def test_teachers_are_given_to_a_class(world: World, admin: Client) -> None:
    fields = {"name": "Class 4A", "year": "4", "teachers": [world.teacher.id, world.other_teacher.id]}
    assert admin.post(f"/set-up/campus/group/{world.on_time.id}/change/", fields).status_code == 302
    assert set(Group.objects.get(id=world.on_time.id).teachers.all()) == {world.teacher, world.other_teacher}
    assert events("set_up.changed")[0][1]["fields"] == ["teachers"]


def test_a_role_is_given_by_address_and_taken(world: World, admin: Client, administrator: User) -> None:
    fields = {"school": str(world.school.id), "email": "New@Hillside.example", "name": "Mx New", "kind": "teacher"}
    assert admin.post("/set-up/campus/role/add/", fields).status_code == 302
    role = Role.objects.get(user__email="new@hillside.example")
    assert (role.school, role.kind, role.user.name) == (world.school, "teacher", "Mx New")
    assert admin.post("/set-up/campus/role/add/", fields).status_code == 302
    assert Role.objects.filter(user=role.user).count() == 1
    assert (administrator, {"user": role.user_id, "role": "teacher"}) in events("role.given")
    assert admin.get(f"/set-up/campus/role/{role.pk}/change/").status_code == 200
    assert admin.post(f"/set-up/campus/role/{role.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Role.objects.filter(pk=role.pk).exists()
    assert events("role.taken") == [(administrator, {"user": role.user_id, "role": "teacher"})]


def test_the_last_administrator_stays(world: World, admin: Client, administrator: User) -> None:
    role = Role.objects.get(user=administrator)
    assert admin.post(f"/set-up/campus/role/{role.pk}/delete/", {"post": "yes"}).status_code == 403
    with pytest.raises(staff.LastAdministrator):
        staff.take_role(role=role, by=administrator, at=AT)
    staff.give_role(school=world.school, email="b@hillside.example", name="B", kind="administrator", by=None, at=AT)
    assert admin.post(f"/set-up/campus/role/{role.pk}/delete/", {"post": "yes"}).status_code == 302
    assert admin.get("/set-up/").status_code == 403


def test_an_administrator_of_another_school_is_none_to_count_on(
    world: World, foreign: World, administrator: User
) -> None:
    staff.give_role(school=foreign.school, email="b@seaview.example", name="B", kind="administrator", by=None, at=AT)
    assert staff.is_last_administrator(Role.objects.get(user=administrator))


@pytest.mark.parametrize(
    "fields", [{"email": "a" * 250 + "@x.example"}, {"name": "x" * 201}, {"email": "\x00@x.example"}]
)
def test_a_role_for_nonsense_is_asked_again(world: World, admin: Client, fields: dict[str, str]) -> None:
    said = {"school": str(world.school.id), "email": "new@hillside.example", "name": "New", "kind": "office"}
    assert admin.post("/set-up/campus/role/add/", said | fields).status_code == 200
    assert not User.objects.filter(email="new@hillside.example").exists()


def test_the_office_gives_no_role_not_even_to_itself(world: World, signed_in: SignIn) -> None:
    said = {"school": str(world.school.id), "email": world.office.email, "name": "O", "kind": "administrator"}
    assert signed_in(world.office).post("/set-up/campus/role/add/", said).status_code == 403
    assert not Role.objects.filter(user=world.office, kind="administrator").exists()


def test_classes_and_schools_are_removed_by_nobody(world: World, admin: Client) -> None:
    for model, row in (("group", world.on_time), ("school", world.school)):
        assert admin.post(f"/set-up/campus/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


# ------------------------------------------------------------ days that count


def test_a_closure_typed_in_late_stops_whoever_still_has_days_to_object(
    world: World, frozen: object, admin: Client
) -> None:
    """LAW 2: the permit is what the rule says, whatever became a holiday since."""
    student, other, known = world.willing.person, User.objects.create_user(name="Other"), AT - timedelta(days=6)
    people.name_guardian(student=student, guardian=other, at=known)
    tell(student, other, at=known)
    consent.reconcile(student=student, at=AT)
    compared = Permit.objects.filter(student=student, live=True, compare=True)
    assert compared.exists(), "the five school days are over"
    Outbox.objects.all().delete()  # What naming the other parent owed.
    for day in ("2026-03-02", "2026-03-03"):
        admin.post("/set-up/campus/closure/add/", {"school": str(world.school.id), "date": day, "reason": "Typhoon"})
    import_module("enrollment.tasks")  # As the worker does: it knows the effects.
    outbox.settle(at=AT)
    assert not compared.exists(), "nobody is compared before the desk has looked"
    reviewing.review(AT)
    assert not compared.exists(), "the days to object are not over any more"
    Closure.objects.all().delete()
    consent.reconcile(student=student, at=AT)
    assert compared.exists(), "it was the closures that stopped it"


def test_terms_closures_and_another_time_zone_are_followed_and_a_name_is_not(world: World, admin: Client) -> None:
    def owed() -> int:
        return Outbox.objects.filter(topic=calendar.CHANGED, subject=world.school.id).count()

    mine = {"school": str(world.school.id)}
    admin.post("/set-up/campus/closure/add/", {**mine, "date": "2026-03-05", "reason": "Snow"})
    assert owed() == 1
    admin.post(f"/set-up/campus/closure/{Closure.objects.get().pk}/delete/", {"post": "yes"})
    assert owed() == 2
    term = {**mine, "starts_on": "2026-09-01", "ends_on": "2026-12-18", "weekdays": ["0"]}
    admin.post("/set-up/campus/term/add/", term)
    assert owed() == 3
    address = f"/set-up/campus/school/{world.school.id}/change/"
    admin.post(address, {"name": "Hillside Primary", "timezone": "UTC"})
    assert (School.objects.get(id=world.school.id).name, owed()) == ("Hillside Primary", 3)
    admin.post(address, {"name": "Hillside Primary", "timezone": "Asia/Hong_Kong"})
    assert owed() == 4
