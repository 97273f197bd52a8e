"""Who there is: schools, users and their roles, people, guardians, groups, cards, who is inside."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from campus.constraints import CompositeForeignKey, id_and_school, same_school


class School(models.Model):
    """One school: its own time zone, policy pack, calendar and keys."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("Short name in addresses"), unique=True)
    name = models.CharField(_("Name"), max_length=200)
    timezone = models.CharField(
        _("Time zone"), max_length=64, help_text=_("Name of an IANA time zone, such as Asia/Hong_Kong")
    )
    policy_pack = models.CharField(_("Law"), max_length=16, default="uk")
    identifies = models.BooleanField(
        _("Faces without a card"),
        default=False,
        help_text=_(
            "Lets a kiosk look for a face among all enrolled ones when somebody touches “Use my face”. Families must "
            "have been told before. It works only where the size of the school was shown to be safe."
        ),
    )
    checks_duplicates = models.BooleanField(
        _("Look for look-alikes"),
        default=False,
        help_text=_(
            "Compares each newly enrolled face once with all others of the school, to find twins and mixed-up cards."
        ),
    )

    card_bound = models.BooleanField(
        _("Face templates open with the card only"),
        default=False,
        help_text=_(
            "Each newly enrolled face template is locked by the student’s own card as well. A new card then takes a "
            "new enrolment, and no face is looked for without a card."
        ),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("school"), _("schools")

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address; nobody has a password."""

    def create_user(self, email: str = "", **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. Users are global; what they may do is a role or a guardianship in a school.

    A guardian is a user from the moment the office names them; until a letter's code has bound an address
    `email` is empty and nobody can sign in as them (`docs/decisions/0009`).
    """

    email = models.EmailField(blank=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    works_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="family_sign_ins",
        help_text="The same human's sign-in as a member of staff: what the guardian may not do, that one may not",
    )

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(works_as__isnull=True) | ~models.Q(works_as=models.F("id")),
                name="user_works_as_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.Model):
    """What a member of staff may do in one school."""

    class Kind(models.TextChoices):
        TEACHER = "teacher", _("Teacher")
        OFFICE = "office", _("Office")
        PROTECTION_OFFICER = "protection_officer", _("Data protection officer")
        ADMINISTRATOR = "administrator", _("Administrator")

    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT, related_name="roles")
    user = models.ForeignKey(User, verbose_name=_("Person"), on_delete=models.PROTECT, related_name="roles")
    kind = models.CharField(_("Role"), max_length=24, choices=Kind.choices)

    class Meta:
        verbose_name, verbose_name_plural = _("role"), _("roles")
        constraints: ClassVar = [models.UniqueConstraint(fields=("school", "user", "kind"), name="role_once")]

    def __str__(self) -> str:
        return f"{self.user.name or self.user.email}, {self.get_kind_display()}"


class Person(models.Model):
    """What a card belongs to and a passage names. Faces are for students only."""

    class Kind(models.TextChoices):
        STUDENT = "student", _("Student")
        STAFF = "staff", _("Staff")
        VISITOR = "visitor", _("Visitor")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="people")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    known_as = models.CharField(max_length=40, blank=True, help_text=_("What a kiosk calls this person"))
    number = models.CharField(max_length=40, help_text=_("The school's own number for this person"))
    email = models.EmailField(blank=True, help_text=_("This person's own address: no guardian can sign in by it"))
    born_on = models.DateField(null=True, blank=True, help_text=_("Tells from when the student answers alone"))
    born_on_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When that was written last")
    left_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("person_id_school"),
            models.UniqueConstraint(fields=("school", "number"), name="person_number_once_a_school"),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(number=""), name="person_has_a_name_and_a_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        """The shortest name that is right, for a screen a queue can read."""
        return self.known_as or self.name


class Guardianship(models.Model):
    """Who answers for a student: a parent, somebody who has care of them, or the student, once old enough."""

    class Capacity(models.TextChoices):
        PARENT = "parent", _("Parental responsibility")
        CARER = "carer", _("Without parental responsibility")
        STUDENT = "student", _("The student")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="guardianships")
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="guardianships")
    guardian = models.ForeignKey(User, on_delete=models.PROTECT, related_name="guardianships")
    capacity = models.CharField(max_length=8, choices=Capacity.choices, default=Capacity.PARENT)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            same_school("student", "campus.Person", name="guardianship_student_school"),
            models.UniqueConstraint(
                fields=("student", "guardian"), condition=models.Q(ended_at__isnull=True), name="guardianship_live_once"
            ),
            models.UniqueConstraint(
                fields=("student",),
                condition=models.Q(ended_at__isnull=True, capacity="student"),
                name="guardianship_one_student",
            ),
            models.UniqueConstraint(
                fields=("guardian",),
                condition=models.Q(ended_at__isnull=True, capacity="student"),
                name="guardianship_student_of_nobody_else",
            ),
        ]

    @property
    def parental_responsibility(self) -> bool:
        """Whether this is a parent, or holds a parent's rights and duties."""
        return self.capacity == self.Capacity.PARENT


class Group(models.Model):
    """A class that is registered together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, verbose_name=_("School"), on_delete=models.PROTECT, related_name="groups")
    name = models.CharField(_("Name"), max_length=80)
    year = models.PositiveSmallIntegerField(_("Year"), help_text=_("Year group"))
    teachers = models.ManyToManyField(User, verbose_name=_("Teachers"), related_name="taught_groups", blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("class"), _("classes")
        constraints: ClassVar = [
            id_and_school("group_id_school"),
            models.UniqueConstraint(fields=("school", "name"), name="group_name_once_a_school"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A student belongs to a group from one local date until another."""

    school = models.ForeignKey(School, on_delete=models.PROTECT)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    student = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    began_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            same_school("group", "campus.Group", name="membership_group_school"),
            same_school("student", "campus.Person", name="membership_student_school"),
            models.UniqueConstraint(
                fields=("student",), condition=models.Q(ended_on__isnull=True), name="membership_one_live_group"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("began_on")),
                name="membership_ends_no_earlier",
            ),
        ]


class CardBatch(models.Model):
    """Cards made together for one class, to be printed on one sheet; undone, the cards before are good again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="card_batches")
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT)
    issued_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            id_and_school("cardbatch_id_school"),
            same_school("group", "campus.Group", name="cardbatch_group_school"),
        ]


class Credential(models.Model):
    """A printed card. Only the HMAC of its token is kept; its secret is known to the card alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="credentials")
    token_mac = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    batch = models.ForeignKey(CardBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="cards")
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The card that this one ended; undoing a batch brings it back."""

    class Meta:
        constraints: ClassVar = [
            id_and_school("credential_id_school"),
            CompositeForeignKey(
                fields=("replaces", "person"),
                to="campus.Credential",
                to_fields=("id", "person"),
                name="credential_replaces_of_person",
            ),
            models.CheckConstraint(condition=~models.Q(replaces=models.F("id")), name="credential_replaces_another"),
            models.UniqueConstraint(fields=("id", "person"), name="credential_id_person"),
            same_school("person", "campus.Person", name="credential_person_school"),
            same_school("batch", "campus.CardBatch", name="credential_batch_school"),
            models.UniqueConstraint(
                fields=("person",), condition=models.Q(revoked_at__isnull=True), name="credential_one_live_card"
            ),
        ]


class Presence(models.Model):
    """Whether a person is inside: one row a person, and the first row that every change about them locks.

    Consent, references, keys and passages of one person take this lock first, so that a withdrawal
    wins every race.
    """

    class Where(models.TextChoices):
        UNKNOWN = "unknown", _("Not seen yet")
        INSIDE = "inside", _("Inside")
        OUTSIDE = "outside", _("Outside")

    person = models.OneToOneField(Person, on_delete=models.PROTECT, primary_key=True, related_name="presence")
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    where = models.CharField(max_length=8, choices=Where.choices, default=Where.UNKNOWN)
    since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [same_school("person", "campus.Person", name="presence_person_school")]
