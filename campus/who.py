"""Who did something about a child, as the child's family is told it: staff by name and role, families by neither.

Of another guardian it is told that it was one, and nothing more: no name and no address.
"""

from __future__ import annotations

from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from campus.models import Guardianship, Person, Role, User


class Coded(str):
    """A code with the words that stand for it on a page: a file for machines carries the code."""

    words: str

    def __new__(cls, code: str, words: str) -> Coded:
        """Make one."""
        made = super().__new__(cls, code)
        made.words = str(words)
        return made


class Who:
    """Names people to one viewer, about one student."""

    def __init__(self, student: Person, viewer: User) -> None:
        self._student, self._viewer = student, viewer

    def guardian(self, user: User) -> Coded:
        """Name somebody who acts for the family."""
        if user.id == self._viewer.id:
            return Coded("you", _("You"))
        if user.id in self._own_sign_ins:
            return Coded("student", _("The student"))
        is_student = self._viewer.id in self._own_sign_ins
        return Coded("another_guardian", _("A guardian") if is_student else _("Another guardian"))

    def for_family(self, user: User) -> Coded:
        """Name somebody who opened a page of the family, or had its file made: mostly a guardian."""
        return self.guardian(user) if user.id in self._guardians | {self._viewer.id} else self.staff(user)

    def staff(self, user: User | None) -> Coded:
        """Name somebody who acts for the school, or the system where nobody did."""
        if user is None:
            return Coded("system", _("The system, by itself"))
        if user.id == self._viewer.id:
            return Coded("you", _("You"))
        if user.id not in self._roles and user.id in self._guardians:
            return self.guardian(user)
        name, roles = user.name or _("Somebody at the school"), self._roles.get(user.id)
        words = f"{name} ({', '.join(roles)})" if roles else name
        return Coded(words, words)

    @cached_property
    def _roles(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for role in Role.objects.filter(school=self._student.school_id).order_by("kind"):
            found.setdefault(role.user_id, []).append(str(role.get_kind_display()))
        return found

    @cached_property
    def _guardians(self) -> set[int]:
        """Everybody who ever was a guardian of the student."""
        return set(Guardianship.objects.filter(student=self._student).values_list("guardian_id", flat=True))

    @cached_property
    def _own_sign_ins(self) -> set[int]:
        own = Q(capacity=Guardianship.Capacity.STUDENT)
        return set(Guardianship.objects.filter(own, student=self._student).values_list("guardian_id", flat=True))
