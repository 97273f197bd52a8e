"""The people of the stories, and what each of them does with a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.core import mail
from playwright.sync_api import FilePayload, Page, expect

from campus import outbox
from campus.models import Person
from tests.mailed import code_sent_to
from tests.papers import SCAN
from tests.personas import Pupil

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
POSES = ("straight", "left", "right", "Chin up", "closer")


def mails_to(email: str, *, at: datetime) -> list[str]:
    """Return the subjects of the mails to an address, once the desk worker has done what it owes."""
    import_module("enrollment.tasks")  # As the worker does: it knows the effects.
    outbox.settle(at=at)
    return [str(letter.subject) for letter in mail.outbox if letter.to == [email]]


def listen(page: Page) -> tuple[set[str], list[str]]:
    """Return the hosts that a page asks and what it complains of, from now on."""
    hosts: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "data"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text))
    return hosts, complaints


def fill_code(page: Page, email: str) -> None:
    """Type the code that was mailed to an address, once the page asks for it: it was not mailed before."""
    field = page.get_by_label("Code from the e-mail")
    expect(field).to_be_visible()
    field.fill(code_sent_to(email))


def finds(page: Page, typed: str) -> None:
    """Wait until the rows are those of all that was typed: what a part of it finds may be as many, and is replaced."""
    expect(page).to_have_url(re.compile(rf"[?&]q={typed}(&|$)"))


@dataclass
class Somebody:
    """Whoever sits before a page."""

    page: Page

    def signs_in(self, email: str) -> None:
        self.page.goto("/")
        self.page.get_by_role("link", name="Sign in").click()
        self.page.get_by_label("Your e-mail address").fill(email)
        self.page.get_by_role("button", name="Send me a code").click()
        fill_code(self.page, email)
        self.page.get_by_role("button", name="Sign in").click()

    def reads(self, *words: str) -> None:
        for said in words:
            expect(self.page.locator("main")).to_contain_text(said)

    def does_not_read(self, *words: str) -> None:
        for said in words:
            expect(self.page.locator("main")).not_to_contain_text(said)

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follows(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()


class Parent(Somebody):
    """A guardian, mostly tired and on a phone."""

    def joins(self, letter: str, email: str) -> None:
        self.page.goto("/family/join/")
        self.page.get_by_label("Code on the school’s letter").fill(letter)
        self.page.get_by_label("Your own e-mail address").fill(email)
        self.presses("Continue")
        fill_code(self.page, email)
        self.presses("Link my address")
        self.reads("Your address is linked.")

    def answers(self, said: str) -> None:
        """Answer the school's question and read the answer once more, without sending it."""
        self.page.goto("/family/")
        self.page.get_by_role("link", name=re.compile("Answer the school|Change my answer")).click()
        self.page.get_by_label(said, exact=True).check()
        self.presses("Continue")
        self.reads("Nothing has been sent yet.")
        expect(self.page.locator(".summary strong")).to_have_text(said)

    def sends(self) -> None:
        self.presses("Send my answer")
        self.page.wait_for_url("**/receipt/")

    def sends_after_a_new_code(self, email: str) -> None:
        """Send a Yes long after signing in: it takes a new code, and what was chosen is still there."""
        self.presses("Send my answer")
        self.reads("Is it still you?")
        self.reads(email)
        fill_code(self.page, email)
        self.presses("Continue")
        self.reads("Nothing has been sent yet.")
        self.sends()

    def takes_the_yes_back(self) -> None:
        self.page.goto("/family/")
        self.page.get_by_role("button", name="Take my yes back").click()
        self.reads("You have taken your yes back.")

    def looks_at_the_child(self) -> None:
        self.page.goto("/family/")
        self.follows("Attendance, passages, and what is held")

    def sees_held(self, what: str, how_much: str) -> None:
        expect(self.page.get_by_role("heading", name=f"{what} {how_much}", exact=True)).to_be_visible()


class Office(Somebody):
    """Somebody of the school office, at a large screen."""

    def finds(self, pupil: Pupil) -> None:
        """Find a student by typing, and open the page with the keyboard."""
        name = pupil.person.name
        self.page.goto("/office/")
        self.page.keyboard.press("/")
        self.page.keyboard.type(name[:6].lower())
        finds(self.page, name[:6].lower())
        expect(self.page.locator("tbody tr")).to_have_count(1)
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name=name)).to_be_visible()

    def opens_guardians(self, pupil: Pupil) -> None:
        self.finds(pupil)
        self.follows("Guardians, letters and paper")

    def names_a_guardian(self, pupil: Pupil, name: str) -> None:
        self.opens_guardians(pupil)
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_role("group", name="Does this person hold parental").get_by_label("Yes", exact=True).check()
        self.page.get_by_label("Does this person work at the school?").select_option("nobody")
        self.presses("Name the guardian")
        self.reads("The guardian is named.")

    def prints_a_letter(self, name: str) -> str:
        """Print the letter to a guardian of the student whose page is open, and return its code."""
        self.page.get_by_role("button", name=re.compile(f"Print a letter.*{name}")).click()
        return str(self.page.locator("#letter-code").text_content())

    def types_in_a_slip(self, pupil: Pupil, guardian: str, said: str, code: str) -> None:
        self.opens_guardians(pupil)
        self.page.get_by_role("link", name=re.compile(f"Type in a reply slip.*{guardian}")).click()
        self.page.get_by_label(said, exact=True).check()
        self.page.get_by_label("Code on the slip").fill(code)
        file = FilePayload(name="slip.pdf", mimeType=SCAN.media_type, buffer=SCAN.content)
        self.page.get_by_label("Scan of the signed slip").set_input_files(file)
        self.presses("Type it in")
        self.reads("It counts once a colleague has confirmed it.")

    def confirms_the_paper_about(self, pupil: Pupil) -> None:
        self.page.goto("/office/waiting/")
        with self.page.expect_download() as scan:
            self.page.get_by_role("link", name=re.compile("Open the scan")).click()
        assert scan.value.path().read_bytes() == SCAN.content
        self.page.get_by_role("button", name=re.compile(f"Confirm.*{pupil.person.name}")).click()
        self.reads("Confirmed. It counts from now on.")

    def prints_a_card(self, pupil: Pupil, button: str = "Replace the card") -> str:
        """Make a new card and scan it from the page that shows it this once."""
        self.page.goto(f"/office/students/{pupil.person.id}/")
        self.presses(button)
        expect(self.page.get_by_role("heading", name=f"New card for {pupil.person.name}")).to_be_visible()
        expect(self.page.get_by_role("img", name="Code of the card")).to_be_visible()
        return str(self.page.locator("#card-string").text_content())

    def begins_a_sitting(self, pupil: Pupil, card: str) -> str:
        """Open a sitting with a scanned card, and return the code for the witness."""
        self.page.goto(f"/office/students/{pupil.person.id}/")
        self.page.get_by_role("link", name="Enrol").click()
        expect(self.page.get_by_label("Scan")).to_be_focused()
        self.page.keyboard.insert_text(card)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name="Now the witness")).to_be_visible()
        return str(self.page.locator("#witness-code").text_content())

    def asks_the_child(self, said: str) -> None:
        """Turn the screen to the child, who sees two buttons of one size, and presses one."""
        # The desk's page goes on by itself once the witness has come.
        expect(self.page.get_by_role("heading", name="May the gate learn your face?")).to_be_visible()
        self.page.wait_for_load_state()  # The words come before the styles.
        sizes = [self.page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Yes", "No")]
        assert sizes[0]
        assert sizes[1]
        assert (sizes[0]["width"], sizes[0]["height"]) == (sizes[1]["width"], sizes[1]["height"])
        self.presses(said)

    def takes_five_pictures(self) -> None:
        assert self.page.locator("input[type=file]").count() == 0
        self.presses("Start the camera")
        for number, pose in enumerate(POSES, start=1):
            expect(self.page.locator("#guide")).to_contain_text(f"Picture {number} of 5")
            expect(self.page.locator("#guide")).to_contain_text(pose)
            expect(self.page.locator("#quality")).not_to_be_empty()
            self.page.keyboard.press("Enter")
        self.presses("Enrol")
        expect(self.page.locator("#guide")).to_contain_text("Enrolled. The pictures are deleted")
        assert self.page.locator("#taken canvas").count() == 0


class Witness(Somebody):
    """Another member of staff, in a browser of their own."""

    def confirms(self, code: str, pupil: Pupil) -> None:
        """Find the way to the witness's page, and type the code."""
        self.page.goto("/")
        self.page.get_by_role("link", name="Type the code here").click()
        self.page.get_by_label("Code on the colleague’s screen").fill(code.lower())
        self.presses("I am the witness")
        expect(self.page.get_by_role("status")).to_contain_text(f"You are the witness for {pupil.person.name}")


class Teacher(Somebody):
    """A teacher with the class register."""

    def opens_the_register(self) -> None:
        self.page.goto("/register/")
        self.page.wait_for_selector("html[data-ready=register]")

    def row(self, student: Person) -> Any:
        return self.page.locator(f"#s-{student.id}")

    def sees(self, student: Person, words: str) -> None:
        """See a word in a student's row, at the latest with the page's next question to the server."""
        expect(self.row(student)).to_contain_text(words)

    def corrects(self, student: Person, mark: str, reason: str) -> None:
        self.row(student).locator("a").click()
        editor = self.page.locator("#editor")
        editor.get_by_label(mark, exact=True).check()
        editor.get_by_label("Reason").fill(reason)
        editor.get_by_role("button", name="Save").click()
        expect(self.row(student).locator(".mine")).to_have_count(0)

    def undoes(self, student: Person) -> None:
        self.row(student).locator("a").click()
        self.page.locator("#editor").get_by_role("button", name="Undo the last step").click()
