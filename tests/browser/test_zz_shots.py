from datetime import timedelta, time
from campus import people, cards, presence, clock, calendar
from campus.models import Person, Role, Group, RegisterTime, Presence, AttendanceMark
from campus import registers
from gates import kiosks
from gates.models import *
from gates import passages
from gates.passages import Finding
from uuid import uuid4
from tests.personas import *
from tests.drawn import enroll
import pytest, os
from playwright.sync_api import Page

NAMES = [
    "Chan Siu Ming",
    "Wong Mei Ling",
    "Lee Ka Yan",
    "Ho Chi Wai",
    "محمد بن عبد الله",
    "Zoë O’Neill",
    "María-José Fernández de la Vega y Martínez-Bordiú González",
    "Ng 🙂 Wing",
    "Cheung Tsz Hin",
    "Lam Hoi Ching",
    "Yip Pui Shan",
]


@pytest.fixture
def big(world):
    out = []
    for i in range(26):
        n = NAMES[i % len(NAMES)] + (f" {i}" if i >= len(NAMES) else "")
        p = people.admit(
            school=world.school,
            name=n,
            kind=Person.Kind.STUDENT,
            number=f"S{1000 + i}",
            at=AT - timedelta(days=3),
            group=world.on_time if i % 2 else world.late,
        )
        if i % 5:
            cards.issue(person=p, by=world.office, at=AT - timedelta(hours=2))
        out.append(p)
    for i, n in enumerate(["Ms Yip", "Mr Lau"]):
        people.admit(school=world.school, name=n, kind=Person.Kind.STAFF, number=f"T{i}", at=AT)
    gate = Gate.objects.create(school=world.school, name="Main gate")
    Gate.objects.create(school=world.school, name="North gate")
    kiosk, _ = kiosks.install(gate=gate, name="Kiosk 1", by=None, at=AT)
    kiosks.install(gate=gate, name="Kiosk 2", by=None, at=AT)

    def passes(p, at, unknown=False, credential=None):
        cred = credential or (p.credentials.filter(revoked_at=None).first() if p else None)
        c = Capture.objects.create(
            school=world.school,
            kiosk=kiosk,
            capture_id=uuid4(),
            digest=b"d",
            frames=0,
            person=p,
            credential=cred,
            received_at=at,
            direction="in",
            captured_at=at,
            clock_suspect=False,
        )
        passages.record(c.id, Finding(unknown_card=unknown), at=at)

    for i, p in enumerate(out):
        if i % 3 and p.credentials.exists():
            passes(p, AT - timedelta(minutes=90 - i * 3))
    passes(None, AT - timedelta(minutes=5), unknown=True)
    p = out[1]
    old = p.credentials.first()
    cards.issue(person=p, by=world.office, at=AT - timedelta(minutes=20))
    passes(p, AT - timedelta(minutes=4), credential=old)
    q = people.admit(
        school=world.school,
        name="Yesterday Girl",
        kind=Person.Kind.STUDENT,
        number="Y1",
        at=AT - timedelta(days=3),
        group=world.late,
    )
    presence.move(Presence.objects.get(person=q), where=Presence.Where.INSIDE, at=AT - timedelta(days=1))
    enroll(world.willing.person, operator=world.office, at=AT)
    return out


W = [(390, 844), (820, 1180), (1280, 900)]


def shoot(page: Page, name, only=None):
    for w, h in W:
        for theme in ("light", "dark"):
            if only and (w, theme) not in only:
                continue
            page.set_viewport_size({"width": w, "height": h})
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"/tmp/shots/{name}-{w}-{theme}.png", full_page=True)
            over = page.evaluate("document.documentElement.scrollWidth-innerWidth")
            if over > 0:
                print("OVERFLOW", name, w, over)


ONLY = {(390, "light"), (1280, "light"), (1280, "dark"), (820, "light")}


@pytest.mark.django_db(transaction=True)
def test_shots(world, big, page_for, settings):
    settings.FACE_PAIR_THRESHOLD = 0.45
    Role.objects.create(school=world.school, user=world.staff, kind="teacher")
    import campus.staff as cstaff
    adm=cstaff.give_role(school=world.school,email="adm@x.example",name="Ms Au",kind="administrator",by=None,at=AT).user
    page=page_for(adm)
    for a,n in [("/set-up/","adm"),("/set-up/campus/role/","adm_role"),("/set-up/campus/term/add/","adm_term"),(f"/set-up/campus/group/{world.on_time.id}/change/","adm_group"),("/set-up/gates/passage/","adm_pass"),("/","doors")]:
        page.goto(a); shoot(page,n,{(1280,"light"),(390,"light"),(1280,"dark")})
    page = page_for(world.office)
    errs = []
    page.on("console", lambda m: errs.append(m.text) if m.type in ("error", "warning") else None)
    page.on("request", lambda r: errs.append(r.url) if "localhost" not in r.url and "data:" not in r.url else None)
    for path, name in [
        ("/office/today/", "today"),
        ("/office/", "people"),
        ("/office/?kind=staff", "staff"),
        ("/office/cards/", "cards"),
        ("/office/inside/", "inside"),
        ("/office/gates/", "gates"),
        ("/office/gates/add/", "gateadd"),
        (f"/office/students/{world.willing.person.id}/", "student"),
        (f"/office/students/{big[1].id}/", "student2"),
        ("/office/witness/", "witness"),
        (f"/office/students/{world.latecomer.person.id}/enroll/", "enrollcard"),
    ]:
        page.goto(path)
        shoot(page, name, ONLY)
    page.goto("/office/inside/")
    page.pdf(path="/tmp/shots/inside.pdf", prefer_css_page_size=True)
    page.goto("/office/cards/")
    page.get_by_role("button", name="Class 4A: new cards for all").click()
    shoot(page, "sheet", ONLY)
    page.pdf(path="/tmp/shots/sheet.pdf", prefer_css_page_size=True, print_background=True)
    page.goto(f"/office/students/{big[6].id}/")
    page.get_by_role("button", name="Issue a card").or_(page.get_by_role("button", name="Replace the card")).click()
    shoot(page, "card", ONLY)
    page.pdf(path="/tmp/shots/card.pdf", prefer_css_page_size=True, print_background=True)
    page.goto("/office/gates/")
    page.get_by_role("link", name="Add a kiosk to Main gate").click()
    page.get_by_label("Name of the kiosk").fill("Kiosk 3")
    page.get_by_role("button", name="Add the kiosk").click()
    shoot(page, "key", {(1280, "light")})
    page.goto(f"/office/students/{world.latecomer.person.id}/enroll/")
    page.get_by_label("Scan").fill(world.latecomer.card)
    page.keyboard.press("Enter")
    page.wait_for_selector("#witness-code")
    shoot(page, "enrollwait", ONLY)
    code = page.locator("#witness-code").inner_text()
    w = page_for(world.staff)
    w.goto("/office/witness/")
    w.get_by_label("Code").fill(code)
    w.keyboard.press("Enter")
    w.wait_for_selector(".standing.yes")
    w.screenshot(path="/tmp/shots/witnessed.png")
    page.wait_for_selector(".yesno")
    shoot(page, "ask", ONLY)
    page.get_by_role("button", name="Yes").click()
    page.wait_for_selector("#desk")
    shoot(page, "desk", ONLY)
    page.locator("#stop button").click()
    page.wait_for_selector(".ask")
    shoot(page, "no", ONLY)
    print(errs)
