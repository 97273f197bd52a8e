"""How long a teacher's register of forty takes, printed: `python -m pytest -s tests/register_time.py`.

No test, because a time belongs to a machine: 100 ms is the aim on one that does nothing else.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

from campus import staff
from campus.models import School
from tests.personas import AT, SignIn
from tests.test_sizes import CLASS_OF, fill, school

__all__ = ["school"]
ROUNDS = 30


def test_print_it(school: School, signed_in: SignIn) -> None:
    group = fill(school, CLASS_OF)[0]
    role = staff.give_role(school=school, email="teacher@size.example", name="", kind="teacher", by=None, at=AT)
    group.teachers.add(role.user)
    client = signed_in(role.user)
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        assert client.get("/register/").status_code == 200
        times.append((perf_counter() - began) * 1000)
    print(
        f"\na register of {CLASS_OF}: {median(times):.0f} ms, the middle of {ROUNDS}; the longest {max(times):.0f} ms"
    )
