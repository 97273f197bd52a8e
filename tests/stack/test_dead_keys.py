"""What was erased lies on in dead rows, in WAL and in old copies, and nothing that is left opens it.

One student is enrolled and the family withdraws, over HTTP as families do. Before that the wrapped key, the ciphertext
and the epoch file are copied, as a backup would. The search then finds both in the folders of the two Postgres, and
every key there is, is tried on them.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from campus import sealing
from demo.callers import Visitor
from running import secrets
from tests.newcomers import Newcomer
from tests.stack.test_nothing_left import Needle, Search, hays
from tests.stack_fixture import RunningStack

SURVIVORS = """
from uuid import uuid4
from campus import clock
from enrollment.vault import keys
binding = keys.Binding(uuid4(), uuid4(), "gate_access", "made up")
for number in range(3):
    reference = uuid4()
    blob = keys.encrypt(reference, b"survivor", binding=binding, at=clock.now())
    print(reference, blob.hex(), binding.school, binding.student)
"""
OPEN = """
import sys
from uuid import UUID
from enrollment.vault import keys
for line in sys.argv[1].splitlines():
    reference, blob, school, student = line.split()
    binding = keys.Binding(UUID(school), UUID(student), "gate_access", "made up")
    print(keys.decrypt(UUID(reference), bytes.fromhex(blob), binding=binding).decode())
    keys.destroy(UUID(reference), at=__import__("campus.clock").clock.now())
"""


@dataclass(frozen=True)
class Copied:
    """What a backup of the moment before held of one reference, and how it would have been opened."""

    reference: UUID
    epoch: int
    wrapped: bytes
    blob: bytes
    bound_to: str
    epoch_file: str

    def data_key(self, key: bytes) -> bytes | None:
        """Try a key on the wrapped data key, as of every epoch."""
        for epoch in range(1, self.epoch + 5):
            with suppress(sealing.Tampered, ValueError):
                return sealing.unseal(key, self.wrapped, bound_to=f"data key|{self.reference}|{epoch}")[0]
        return None

    def template(self, key: bytes) -> bytes | None:
        """Try a key on the ciphertext."""
        with suppress(sealing.Tampered, ValueError):
            return sealing.unseal(key, self.blob, bound_to=self.bound_to)[0]
        return None


def file_of(stack: RunningStack) -> Path:
    return Path(stack.environment("manage")["VAULT_EPOCH_FILE"])


def epoch_keys(text: str, root: bytes) -> dict[int, bytes]:
    """Open an epoch file as the vault does."""
    wrapped = json.loads(text)["epochs"]
    return {
        int(number): sealing.unseal(root, base64.b64decode(data), bound_to=f"epoch|{number}")[0]
        for number, data in wrapped.items()
    }


def root_of(stack: RunningStack) -> bytes:
    return base64.urlsafe_b64decode(secrets.read(stack.var, {})["VAULT_ROOT_KEY"])


def copy_of(stack: RunningStack, student: str) -> Copied:
    """Copy what there is of a student's reference."""
    ((reference, school, purpose, engine, blob),) = stack.rows(
        """SELECT r.id, r.school_id, r.purpose, r.engine, c.blob FROM enrollment_reference r
           JOIN enrollment_referenceciphertext c ON c.reference_id = r.id WHERE r.student_id = %s""",
        student,
    )
    ((epoch, wrapped),) = stack.key_rows("SELECT epoch, wrapped FROM vault_datakey WHERE reference = %s", reference)
    bound_to = f"reference|{school}|{student}|{purpose}|{engine}"
    text = file_of(stack).read_text()
    return Copied(UUID(str(reference)), epoch, bytes(wrapped), bytes(blob), bound_to, text)


@dataclass(frozen=True)
class Erased:
    """The reference as it was, how long it took until its key was destroyed, and who outlived it."""

    was: Copied
    seconds: float
    survivors: str


@pytest.fixture(scope="module")
def erased(stack: RunningStack, newcomer: Newcomer) -> Iterator[Erased]:
    """Let a family withdraw, and wait until the receipt may say that the key is destroyed."""
    survivors = stack.python(SURVIVORS)
    assert newcomer.passes().reason == "match", "who compares has read the epoch key"
    was = copy_of(stack, newcomer.id)
    stack.forget_sign_ins()
    guardian = Visitor(stack.base_url, stack.mail).sign_in(newcomer.guardian)
    began = time.monotonic()
    guardian.withdraw(newcomer.id)
    final = "SELECT key_destroyed_at FROM enrollment_erasure WHERE reference = %s AND key_destroyed_at IS NOT NULL"
    stack.until(lambda: bool(stack.rows(final, str(was.reference))), seconds=60)
    yield Erased(was, time.monotonic() - began, survivors)
    guardian.close()


def test_before_it_the_copies_opened(erased: Erased, stack: RunningStack) -> None:
    """LAW 26. Otherwise nothing below would mean anything."""
    data_key = erased.was.data_key(epoch_keys(erased.was.epoch_file, root_of(stack))[erased.was.epoch])
    assert data_key is not None
    template = erased.was.template(data_key)
    assert template is not None
    assert len(template) == 512


def test_the_key_is_destroyed_within_a_minute(erased: Erased) -> None:
    """LAW 25."""
    assert erased.seconds < 60


def test_the_dead_bytes_are_found_in_both_clusters(erased: Erased, stack: RunningStack) -> None:
    """LAW 26. The row is deleted, and what it held is still on the disk."""
    key = "SELECT count(*) FROM vault_datakey WHERE reference = %s"
    assert stack.key_rows(key, str(erased.was.reference)) == [(0,)]
    stack.checkpoint()
    search = Search([needle("wrapped key", erased.was.wrapped), needle("ciphertext", erased.was.blob)])
    places = {(found.thing, place.split("/")[0]) for place, hay in hays(stack) for found in search.in_hay(hay)}
    assert ("wrapped key", "keys-postgres") in places
    assert ("ciphertext", "postgres") in places


def test_no_key_that_still_exists_opens_them(erased: Erased, stack: RunningStack) -> None:
    """LAW 26."""
    existing = keys_that_exist(stack)
    assert {"root", "data key"} <= {name.split(" of ")[0] for name in existing}
    assert max(int(name.split()[1]) for name in existing if name.startswith("epoch")) > erased.was.epoch
    opened = [name for name, key in existing.items() if erased.was.data_key(key) or erased.was.template(key)]
    assert opened == []


def test_the_old_epoch_key_lies_nowhere_any_more(erased: Erased, stack: RunningStack) -> None:
    """LAW 26. Neither in clear nor wrapped, and the search would find it: it finds the new one."""
    old = epoch_keys(erased.was.epoch_file, root_of(stack))[erased.was.epoch]
    wrapped = {"old": erased.was.epoch_file, "new": file_of(stack).read_text()}
    forms = {name: next(iter(json.loads(text)["epochs"].values())) for name, text in wrapped.items()}
    needles = [needle(name, text.encode()) for name, text in forms.items()]
    needles += [needle("old, wrapped and raw", base64.b64decode(forms["old"]))]
    needles += [needle("old, in clear", form) for form in (old, old.hex().encode(), base64.b64encode(old)[:42])]
    search = Search(needles)
    assert {found.thing for _, hay in hays(stack) for found in search.in_hay(hay)} == {"new"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into processes by /proc")
def test_no_process_has_the_old_epoch_key_in_its_memory(erased: Erased, stack: RunningStack) -> None:
    """LAW 26. The search finds what processes do hold: the root key."""
    root = root_of(stack)
    old = epoch_keys(erased.was.epoch_file, root)[erased.was.epoch]
    processes = {name: [stack.pid(name), *stack.children(name)] for name in ("web", "extract", "decide", "desk")}
    assert [name for name, pids in processes.items() if any(held_in_memory(pid, old) for pid in pids)] == []
    holders = [name for name, pids in processes.items() if all(held_in_memory(pid, root) for pid in pids)]
    assert holders == ["decide", "desk"]


def test_who_was_not_erased_opens_as_before(erased: Erased, stack: RunningStack) -> None:
    assert stack.python(OPEN, erased.survivors).split() == ["survivor"] * 3


def needle(thing: str, data: bytes) -> Needle:
    """Return pieces of some bytes: a page of WAL may end in the midst of them."""
    size = min(20, len(data))
    return Needle(thing, "raw", (data[:size], data[-size:], data[len(data) // 2 - size // 2 :][:size]))


def held_in_memory(pid: int, key: bytes) -> bool:
    """Tell whether a process has some bytes in the memory that it may write."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            where, rights, *_ = line.split()
            if rights.startswith("rw"):
                begin, end = (int(part, 16) for part in where.split("-"))
                with suppress(OSError, ValueError, OverflowError):  # What only the kernel reads.
                    memory.seek(begin)
                    if key in memory.read(end - begin):
                        return True
    return False


def keys_that_exist(stack: RunningStack) -> Mapping[str, bytes]:
    """Return every key of the installation: its secrets, the epoch file's, and all data keys by those."""
    root, known = root_of(stack), secrets.read(stack.var, {})
    found = {"root": root}
    for name, value in known.items():
        with suppress(ValueError):
            found[f"secret of {name}"] = base64.urlsafe_b64decode(value)
    ring = epoch_keys(file_of(stack).read_text(), root)
    found |= {f"epoch {number}": key for number, key in ring.items()}
    for reference, epoch, wrapped in stack.key_rows("SELECT reference, epoch, wrapped FROM vault_datakey"):
        bound_to = f"data key|{reference}|{epoch}"
        found[f"data key of {reference}"] = sealing.unseal(ring[epoch], bytes(wrapped), bound_to=bound_to)[0]
    return found
