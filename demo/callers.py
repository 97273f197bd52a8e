"""Who calls over HTTP: a kiosk, and people who sign in by an e-mailed code. Nothing here knows the inside."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx

from demo.mail import Letterbox

MAIL_SECONDS = 30.0
ENROLL_SECONDS = 60.0
_ISOLATES = dict.fromkeys((0x2068, 0x2069))


@dataclass(frozen=True)
class Said:
    """What a kiosk was told, and how long it waited."""

    status: int
    body: dict[str, Any]
    ms: float

    @property
    def outcome(self) -> str:
        return str(self.body.get("outcome", ""))

    @property
    def reason(self) -> str:
        return str(self.body.get("reason") or self.body.get("error") or "")

    @property
    def claim(self) -> str:
        return str(self.body.get("claim") or "")


class Kiosk:
    """A kiosk that speaks version 1 of the contract."""

    def __init__(self, base_url: str, key: str, clock_shift: timedelta = timedelta(0)) -> None:
        self._http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Kiosk {key}"}, timeout=10, trust_env=False
        )
        self._shift = clock_shift

    def now(self) -> str:
        """Return what this kiosk's clock says."""
        return (datetime.now(UTC) + self._shift).isoformat()

    def send(self, images: Sequence[bytes] = (), *, capture_id: str = "", **fields: str) -> Said:
        """Send one capture; `capture_id` and `captured_at` are made where they aren't given."""
        said = {
            "capture_id": capture_id or str(uuid4()),
            "captured_at": self.now(),
            **fields,
        }
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in said.items()]
        parts += [("image", (f"{number}.jpg", image, "image/jpeg")) for number, image in enumerate(images)]
        began = time.perf_counter()
        response = self._http.post("/api/v1/captures", files=parts)
        return Said(response.status_code, response.json(), (time.perf_counter() - began) * 1000)

    def show(self, card: str, *images: bytes) -> Said:
        """Show a card and, if the kiosk is told to look, send these pictures; return the last answer."""
        asked = self.send(credential=card)
        return self.send(images, claim=asked.claim, credential=card) if asked.outcome == "look" else asked

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


class Visitor:
    """Somebody with a browser, who signs in by the code that comes by mail."""

    def __init__(self, base_url: str, mail: Path) -> None:
        self._http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=ENROLL_SECONDS, trust_env=False)
        self._mail = mail

    def sign_in(self, email: str) -> Self:
        """Ask for a code, read it in the mail, and send it."""
        letters = Letterbox(self._mail)
        self.get("/sign-in/")
        self.post("/sign-in/", {"email": email})
        self.post("/sign-in/code/", {"code": _code_for(email, letters)})
        return self

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._http.get(path).raise_for_status()

    def post(
        self,
        path: str,
        data: dict[str, str] | None = None,
        images: Sequence[bytes] = (),
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a form and see what comes of it."""
        return self.send(path, data, images, headers).raise_for_status()

    def send(
        self,
        path: str,
        data: dict[str, str] | None = None,
        images: Sequence[bytes] = (),
        headers: Mapping[str, str] | None = None,
        *,
        follow: bool = True,
    ) -> httpx.Response:
        """Send a form as a page does, with its token against forgery; pictures are answered in JSON."""
        sent = {"X-CSRFToken": self._http.cookies.get("csrftoken") or "", **(headers or {})}
        sent["Accept"] = "application/json" if images else "text/html"
        files = [("image", (f"{number}.jpg", image, "image/jpeg")) for number, image in enumerate(images)]
        return self._http.post(path, data=data or {}, files=files or None, headers=sent, follow_redirects=follow)

    def answer(self, student: str, answer: str, notice: str) -> httpx.Response:
        """Answer for a child, as a guardian: choose, check, send; return the receipt's page."""
        self.get(f"/family/{student}/answer/")
        check = self.post(f"/family/{student}/answer/", {"answer": answer, "notice": notice})
        shown = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', check.text))
        return self.post(f"/family/{student}/check/", shown)

    def withdraw(self, student: str) -> httpx.Response:
        """Take the Yes back, as a guardian; return the receipt's page."""
        self.get(f"/family/{student}/")
        return self.post(f"/family/{student}/withdraw/")

    def download(self, student: str) -> dict[str, Any]:
        """Take along everything that is held about a child, as a guardian."""
        self.get(f"/family/{student}/download/")
        held: dict[str, Any] = self.post(f"/family/{student}/download/", {"kind": "json"}).json()
        return held

    def enroll(self, student: str, images: Sequence[bytes], *, card: str, witness: Visitor) -> dict[str, Any]:
        """Enrol a student, as the office: the card, a witness, the student's yes, and the pictures."""
        path = f"/office/students/{student}/enroll/"
        code = marked(r'id="witness-code">([A-Z-]+)<', self.begin(student, card).raise_for_status().text)
        witness.confirm(code)
        page = self.post(f"{path}answer/", {"answer": "yes"}).text
        nonce = marked(r'data-nonce="(\w+)"', page)
        said: dict[str, Any] = self.post(path, images=images, headers={"Enrollment-Nonce": nonce}).json()
        return said

    def begin(self, student: str, card: str) -> httpx.Response:
        """Ask for a sitting with a student, as the office; it may be refused."""
        self.get(f"/office/students/{student}/enroll/")
        return self.send(f"/office/students/{student}/enroll/begin/", {"card": card})

    def confirm(self, code: str) -> None:
        """Witness the sitting whose code a colleague's screen shows."""
        self.get("/office/witness/")
        self.post("/office/witness/", {"code": code})

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def marked(pattern: str, page: str) -> str:
    """Return what a page shows at a marked place."""
    found = re.search(pattern, page, re.DOTALL)
    if found is None:
        raise ValueError("the page does not show what it should")
    return found[1]


def heading(page: httpx.Response) -> str:
    """Return what a page is headed by, as its reader sees it."""
    return _read(marked(r"<h1[^>]*>(.*?)</h1>", page.text))


def told(page: httpx.Response) -> str:
    """Return what a page says first of where things stand, as its reader sees it."""
    return _read(marked(r'<p class="standing[^"]*"[^>]*>(.*?)</p>', page.text))


def _read(marked_up: str) -> str:
    """Return words without their markup and without the marks that set a name apart."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", marked_up)).translate(_ISOLATES).split())


def _code_for(email: str, letters: Letterbox) -> str:
    end = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < end:
        for line in letters.new():
            found = re.fullmatch(r"sign-in code for (\S+): (\S+)", line)
            if found and found[1] == email:
                return found[2]
        time.sleep(0.05)
    raise TimeoutError(f"no sign-in code for {email} came within {MAIL_SECONDS:.0f} s")
