"""What administrators set up: the school, its calendar, its classes and their times, and who works there."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib.admin import display, register
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campus import calendar, clock, outbox, staff
from campus.admin_site import AnyForm, ReadOnlyAdmin, SchoolAdmin, site
from campus.models import AttendanceMark, AuditEvent, Closure, Group, RegisterTime, Role, School, Term, User


class SchoolForm(AnyForm):
    """A school whose time zone exists."""

    def clean_timezone(self) -> str:
        zone: str = self.cleaned_data["timezone"]
        if zone not in available_timezones():
            raise ValidationError(_("There is no such time zone. Write it as Asia/Hong_Kong."))
        return zone


@register(School, site=site)
class SchoolsAdmin(SchoolAdmin):
    """Schools: made by superusers, named by their administrators, removed by nobody."""

    to_school = "pk"
    form = SchoolForm
    fields = ("name", "slug", "timezone", "policy_pack", "identifies", "checks_duplicates", "card_bound")
    list_display = ("name", "slug", "timezone")
    fixed = ("slug", "policy_pack")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def record(self, request: HttpRequest, obj: Any, what: str, **body: Any) -> None:
        """Write how the switches stand as well: they say nothing about anybody, and much about the school."""
        switches = {name: getattr(obj, name) for name in ("identifies", "checks_duplicates", "card_bound")}
        super().record(request, obj, what, **body, **switches)
        if "timezone" in body.get("fields", ()):
            _days_changed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TermForm(AnyForm):
    """A term on weekdays that are ticked, and not typed as digits."""

    weekdays = forms.MultipleChoiceField(
        label=_("School days"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("0", _("Monday")),
            ("1", _("Tuesday")),
            ("2", _("Wednesday")),
            ("3", _("Thursday")),
            ("4", _("Friday")),
            ("5", _("Saturday")),
            ("6", _("Sunday")),
        ],
        initial=list("01234"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["weekdays"] = list(self.instance.weekdays)

    def clean_weekdays(self) -> str:
        return "".join(sorted(self.cleaned_data["weekdays"]))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("starts_on") and said.get("ends_on") and said["ends_on"] < said["starts_on"]:
            raise ValidationError({"ends_on": _("The term ends before it starts.")})
        return said


class CalendarAdmin(SchoolAdmin):
    """What decides which days are school days: whatever counts them is worked out anew."""

    def record(self, request: HttpRequest, obj: Any, what: str, **body: Any) -> None:
        super().record(request, obj, what, **body)
        _days_changed(obj.school)


@register(Term, site=site)
class TermAdmin(CalendarAdmin):
    form = TermForm
    fields = ("school", "starts_on", "ends_on", "weekdays")
    list_display = ("starts_on", "ends_on", "school")
    ordering = ("-starts_on",)


@register(Closure, site=site)
class ClosureAdmin(CalendarAdmin):
    fields = ("school", "date", "reason")
    list_display = ("date", "reason", "school")
    ordering = ("-date",)


@register(Group, site=site)
class GroupAdmin(SchoolAdmin):
    """Classes: once made they stay, since registers name them."""

    fields = ("school", "name", "year", "teachers")
    list_display = ("name", "year", "school")
    search_fields = ("name",)
    ordering = ("school__name", "name")
    filter_horizontal = ("teachers",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RegisterTimeForm(AnyForm):
    """Times that follow each other."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        times = [said[name] for name in ("opens", "late_after", "closes") if said.get(name)]
        if len(times) == 3 and times != sorted(times):
            raise ValidationError(_("A register opens first, then people are late, then it closes."))
        return said


@register(RegisterTime, site=site)
class RegisterTimeAdmin(SchoolAdmin):
    """A class's daily register. Registers that were made keep the times they were made with."""

    form = RegisterTimeForm
    fields = ("group", "kind", "opens", "late_after", "closes")
    list_display = ("group", "kind", "opens", "late_after", "closes")
    ordering = ("group__name", "opens")
    fixed = ("group",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.school = obj.group.school
        super().save_model(request, obj, form, change)


class RoleForm(AnyForm):
    """A role for whoever signs in by an address."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, help_text=_("The person signs in by a code sent to it.")
    )
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As families and colleagues know the person."))

    class Meta:
        model = Role
        fields: ClassVar = ["school", "kind"]


@register(Role, site=site)
class RoleAdmin(SchoolAdmin):
    """Who works here: roles are given and taken, never edited."""

    form = RoleForm
    fields = ("school", "email", "name", "kind")
    list_display = ("user", "address", "kind", "school")
    list_filter = ("kind",)
    search_fields = ("user__name", "user__email")
    list_select_related = ("user", "school")
    ordering = ("user__name",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        kept = obj is not None and staff.is_last_administrator(obj)
        return super().has_delete_permission(request, obj) and not kept

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("school", "user", "kind") if obj is not None else ("school", "email", "name", "kind")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({"form": forms.ModelForm} if obj else {}) | kwargs)

    @display(description=_("E-mail address"))
    def address(self, role: Role) -> str:
        return role.user.email

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        said = form.cleaned_data
        made = staff.give_role(
            school=said["school"],
            email=said["email"],
            name=said["name"],
            kind=said["kind"],
            by=_user(request),
            at=clock.now(),
        )
        obj.pk, obj.user = made.pk, made.user

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        staff.take_role(role=obj, by=_user(request), at=clock.now())


@register(AttendanceMark, site=site)
class AttendanceMarkAdmin(ReadOnlyAdmin):
    fields = ("student", "register_of", "code", "minutes_late", "source", "reason", "recorded_by", "recorded_at")
    readonly_fields = ("register_of",)
    list_display = ("recorded_at", "student", "code", "minutes_late", "source", "recorded_by")
    list_filter = ("code", "source")
    list_select_related = ("student", "recorded_by")
    search_fields = ("student__name", "student__number")
    ordering = ("-recorded_at",)

    @display(description=_("Register"))
    def register_of(self, mark: AttendanceMark) -> str:
        return f"{mark.register.group.name}, {mark.register.date:%Y-%m-%d}, {mark.register.kind}"


@register(AuditEvent, site=site)
class AuditEventAdmin(ReadOnlyAdmin):
    fields = ("at", "kind", "subject", "actor", "school")
    list_display = ("at", "kind", "actor", "subject")
    list_filter = ("kind",)
    list_select_related = ("actor",)
    ordering = ("-at",)


def _days_changed(school: School) -> None:
    outbox.owe(calendar.CHANGED, school=school, subject=school.id, at=clock.now())


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
