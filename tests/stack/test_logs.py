"""No log of any process, Postgres's among them, tells a name, an image, a template or a key, whatever fails.

Each failure is brought about for real, holding all four; then every log of the stack is searched, in every
form that a library might have written them in. First the search is shown to find each form.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from celery import Celery

from demo.callers import Kiosk, Visitor
from running.places import PROJECT
from tests.stack_fixture import PATIENCE, RunningStack

MARKS: dict[str, bytes] = {
    "name": b"Zephyrine Quillfeather",
    "image": b"\xff\xd8\xff\xe0Quillfeather-JFIF\xff\xd9",
    "template": b"-0.0817263544536, 0.19283746",
    "key": b"\x9aKeyOfQuillfeather\xe7",
}
"""What a child's row might hold; none of it occurs anywhere else."""
VALUES: dict[str, Any] = {
    "text": " ".join(mark.decode("latin-1") for mark in MARKS.values()),
    "hex": MARKS["image"].hex(),
    "name": MARKS["name"].decode(),
}
LONG_ENOUGH = 9
"""Postgres and others write the beginning of a long value: so many bytes of it are a leak."""


def forms(mark: bytes) -> list[bytes]:
    """Return the ways in which a log might write the beginning of some bytes."""
    mark = mark[:LONG_ENOUGH]
    return [
        mark,
        mark.hex().encode(),
        base64.b64encode(mark),
        repr(mark)[2:-1].encode(),
        mark.decode("latin-1").encode(),
        ascii(mark.decode("latin-1"))[1:-1].encode(),
        b"".join(b"\\%03o" % byte if byte > 126 or byte < 32 else bytes([byte]) for byte in mark),
    ]


def leaks(folder: Path) -> list[str]:
    """Return which mark stands in which log."""
    return [
        f"{kind} in {log.name}"
        for log in sorted(folder.iterdir())
        for kind, mark in MARKS.items()
        if any(form in log.read_bytes() for form in forms(mark))
    ]


@pytest.mark.parametrize("kind", MARKS)
def test_the_search_finds_every_form_in_a_copy_of_the_logs(stack: RunningStack, tmp_path: Path, kind: str) -> None:
    for number, form in enumerate(forms(MARKS[kind])):
        copy = tmp_path / str(number)
        shutil.copytree(stack.log, copy)
        assert {"web.log", "extract.log", "decide.log", "desk.log", "postgres.log", "keys-postgres.log"} <= {
            log.name for log in copy.iterdir()
        }
        for log in copy.iterdir():
            with open(log, "ab") as file:
                file.write(b"ERROR: refused (" + form + b")\n")
        assert leaks(copy) == [f"{kind} in {log.name}" for log in sorted(copy.iterdir())]


@pytest.fixture(autouse=True)
def _no_log_tells(stack: RunningStack) -> Iterator[None]:
    """Search every log after each test."""
    yield
    assert leaks(stack.log) == []


@dataclass(frozen=True)
class Refusal:
    """A statement that Postgres refuses, and the code by which it says so."""

    role: str
    statement: str
    pgcode: str


REFUSALS = {
    "unique": Refusal(
        "web",
        """INSERT INTO campus_person (id, school_id, name, kind, known_as, email, number)
           SELECT two.id, school.id, %(text)s, 'student', '', '', %(name)s
           FROM (VALUES (gen_random_uuid()), (gen_random_uuid())) AS two (id), campus_school school""",
        "23505",
    ),
    "unique bytes": Refusal(
        "web",
        """INSERT INTO campus_credential (id, school_id, person_id, token_mac, issued_at)
           SELECT two.id, person.school_id, person.id, decode(%(hex)s, 'hex'), now()
           FROM (VALUES (gen_random_uuid()), (gen_random_uuid())) AS two (id), campus_person person""",
        "23505",
    ),
    "check": Refusal(
        "web",
        """INSERT INTO campus_attendancemark
               (id, school_id, register_id, student_id, code, source, precedence, reason, recorded_at)
           VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                   'late', 'passage', 10, %(text)s, now())""",
        "23514",
    ),
    "foreign key": Refusal(
        "decide",
        """INSERT INTO enrollment_referenceciphertext (reference_id, school_id, blob)
           SELECT gen_random_uuid(), id, decode(%(hex)s, 'hex') FROM campus_school""",
        "23503",
    ),
    "not null": Refusal(
        "keys",
        "INSERT INTO vault_datakey (reference, epoch, wrapped) VALUES (gen_random_uuid(), 1, decode(%(hex)s, 'hex'))",
        "23502",
    ),
    "too long": Refusal("web", "UPDATE campus_person SET known_as = %(text)s", "22001"),
    "no right": Refusal("web", "UPDATE enrollment_notice SET child_body = %(text)s", "42501"),
    "trigger": Refusal("owner", "UPDATE enrollment_notice SET child_body = %(text)s", "23001"),
    "syntax": Refusal("web", "SELECT %(text)s FROM WHERE", "42601"),
}


def url_of(stack: RunningStack, role: str) -> str:
    if role == "keys":
        return stack.environment("decide")["KEYS_DATABASE_URL"]
    return stack.environment("manage" if role == "owner" else role)["DATABASE_URL"]


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refused_row_is_not_in_postgres_s_log(stack: RunningStack, kind: str) -> None:
    refusal = REFUSALS[kind]
    log = stack.log / ("keys-postgres.log" if refusal.role == "keys" else "postgres.log")
    before = log.stat().st_size
    with (
        contextlib.closing(psycopg2.connect(url_of(stack, refusal.role))) as connection,
        connection.cursor() as cursor,
        pytest.raises(psycopg2.Error) as raised,
    ):
        cursor.execute(refusal.statement, VALUES)
    assert raised.value.pgcode == refusal.pgcode
    stack.until(lambda: b"ERROR:" in log.read_bytes()[before:])


@pytest.mark.parametrize(("process", "kinds"), [("web", ["unique", "check"]), ("desk", ["foreign key", "not null"])])
def test_a_process_describes_a_failure_and_does_not_quote_it(
    stack: RunningStack, process: str, kinds: list[str]
) -> None:
    failing = [
        {"alias": alias, "statement": REFUSALS[kind].statement, "values": VALUES}
        for kind in kinds
        for alias in ["keys" if REFUSALS[kind].role == "keys" else "default"]
    ]
    log = stack.log / f"provoked-{process}.log"
    with open(log, "wb") as output:
        subprocess.run(
            [sys.executable, "-m", "tests.stack.provoke"],
            cwd=PROJECT,
            env=stack.environment(process) | {"DJANGO_SETTINGS_MODULE": "campus.settings"},
            input=json.dumps(failing).encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    said = log.read_bytes()
    for kind in kinds:
        assert said.count(b"code " + REFUSALS[kind].pgcode.encode()) >= 7
    assert said.count(b"500 ") == said.count(b"Task provoked[") == len(kinds)


def test_an_exception_in_a_view_is_logged_without_what_it_says(stack: RunningStack) -> None:
    """A trigger refuses the capture and quotes all four in its detail, as a refused row does."""
    quoted = VALUES["text"].replace("'", "''").replace("%", "%%")
    stack.rows(
        f"""CREATE FUNCTION provoke() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'provoked' USING DETAIL = '{quoted}', HINT = '{quoted}'; END $$"""
    )
    stack.rows("CREATE TRIGGER provoke BEFORE INSERT ON gates_capture FOR EACH ROW EXECUTE FUNCTION provoke()")
    try:
        with contextlib.closing(Kiosk(stack.base_url, stack.seed["kiosk"]["key"])) as kiosk, socket_to(stack) as raw:
            raw.sendall(_capture_request(stack, kiosk))
            assert raw.recv(100).startswith(b"HTTP/1.1 500")
    finally:
        stack.rows("DROP TRIGGER provoke ON gates_capture")
        stack.rows("DROP FUNCTION provoke")
    assert b"code P0001" in (stack.log / "web.log").read_bytes()


def _capture_request(stack: RunningStack, kiosk: Kiosk) -> bytes:
    """Return one call of a kiosk as it goes over the wire."""
    body = f"capture_id={uuid4()}&captured_at={kiosk.now().replace('+', '%2B')}".encode()
    head = [
        "POST /api/v1/captures HTTP/1.1",
        "Host: localhost",
        f"Authorization: Kiosk {stack.seed['kiosk']['key']}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def test_a_failed_task_is_logged_without_what_it_says(stack: RunningStack) -> None:
    """The worker is given a date that it can't read, and Python repeats it in the exception."""
    log = stack.log / "extract.log"
    before = log.stat().st_size
    sender = Celery("sender", broker=stack.broker_url, set_as_current=False)
    arguments = [str(uuid4()), str(uuid4()), VALUES["name"]]
    sender.send_task("gates.extract", args=arguments, queue="extract", argsrepr="-")
    stack.until(lambda: b"raised unexpected: builtins.ValueError" in log.read_bytes()[before:])


def test_an_address_is_logged_without_its_query(stack: RunningStack) -> None:
    with socket_to(stack) as raw:
        query = f"next=/{MARKS['name'].decode().replace(' ', '+')}&t={MARKS['template'].decode().replace(' ', '+')}"
        raw.sendall(f"GET /no-such-page?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 404")
    stack.until(lambda: b"GET /no-such-page 404" in (stack.log / "web.log").read_bytes())


MALFORMED = {
    "version": b"GET /?name=%s HTTP/9.9",
    "header name": b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization\x00: Kiosk %s",
    "header": b"POST /api/v1/captures HTTP/1.1\r\nHost: localhost\r\n%s",
    "folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\n %s",
    "coding": b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: %s",
    "method": b"%s / HTTP/1.1",
    "line": b"%s",
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("kind", ["name", "key"])
def test_a_malformed_request_is_not_quoted(stack: RunningStack, request_: bytes, kind: str) -> None:
    before = (stack.log / "web.log").stat().st_size
    with socket_to(stack) as raw:
        raw.sendall(request_.replace(b"%s", MARKS[kind]) + b"\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 ")
    stack.until(lambda: b"Invalid request from ip=" in (stack.log / "web.log").read_bytes()[before:])


def test_who_asks_for_a_sign_in_code_is_in_no_log(stack: RunningStack) -> None:
    address = f"{MARKS['name'].decode().replace(' ', '.').lower()}@example.org"
    with contextlib.closing(Visitor(stack.base_url, stack.mail)) as visitor:
        visitor.get("/sign-in/")
        visitor.post("/sign-in/", {"email": address})
    assert [log.name for log in stack.log.iterdir() if address.encode() in log.read_bytes()] == []


@contextlib.contextmanager
def socket_to(stack: RunningStack) -> Iterator[socket.socket]:
    """Connect to the web process without a client that would tidy up what is sent."""
    host, port = stack.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        yield connection
