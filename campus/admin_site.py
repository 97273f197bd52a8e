"""The administrators' set-up: Django's admin, signed in to like every other page, about one's own schools only.

`SchoolAdmin` is the one base of everything registered here. It shows rows of the viewer's schools, changes them in
the open (each change is an audit event), and keeps no log of its own. What only grows is shown, never changed
(`ReadOnlyAdmin`); references and keys are not registered at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from campus import audit, calendar, clock, sign_in_again
from campus.models import Role, School, User

if TYPE_CHECKING:
    AnyAdmin: TypeAlias = ModelAdmin[Any]
    AnyForm: TypeAlias = ModelForm[Any]
else:  # At run time Django's own classes take no type arguments.
    AnyAdmin, AnyForm = ModelAdmin, ModelForm

UNUSED = {"login", "password_change", "password_change_done", "autocomplete", "view_on_site", None}
"""Addresses of Django's admin that nothing here needs, passwords first; None is its catch-all."""


class SetUpSite(AdminSite):
    """Django's admin for administrators of a school, and for superusers."""

    site_header = site_title = "Campus Gate"
    index_title = _("Set-up")
    enable_nav_sidebar = False
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_active and schools_of(request.user).exists()

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Send a visitor to sign in by code, and everybody else who may not be here away."""
        inner: Callable[..., Any] = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            school = schools_of(request.user).first()
            if school is None or not self.has_permission(request):
                raise PermissionDenied
            with calendar.shown_in(school):
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return checked

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return LogoutView.as_view(next_page="home")(request)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [url for url in super().get_urls() if isinstance(url, URLResolver) or url.name not in UNUSED]


site = SetUpSite(name="admin")


def schools_of(user: Any) -> QuerySet[School]:
    """Return the schools that a user administers: all for a superuser."""
    if getattr(user, "is_superuser", False):
        return School.objects.all()
    return School.objects.filter(roles__user=user, roles__kind=Role.Kind.ADMINISTRATOR).distinct()


class SchoolAdmin(AnyAdmin):
    """Rows of the viewer's schools; `to_school` is the path from a row to its school."""

    to_school = "school"
    list_per_page = 50
    actions = None
    fixed: tuple[str, ...] = ("school",)
    """Fields that are chosen when a row is made and never again."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Call a list by what is on it, and not by what to do with it."""
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Take a change of how the school is run only after a sign-in under 15 minutes old."""
        return self._recently(request) or super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._recently(request) or super().delete_view(request, *args, **kwargs)

    def _recently(self, request: HttpRequest) -> HttpResponse | None:
        recent = request.method != "POST" or sign_in_again.is_recent(request, clock.now())
        return None if recent else sign_in_again.ask(request, shows_kept=False)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(**{f"{self.to_school}__in": schools_of(request.user)})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), *(self.fixed if obj is not None else ()))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"school": schools_of(request.user).first()} | super().get_changeform_initial_data(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer rows of the viewer's schools and no others."""
        schools = schools_of(request.user)
        if db_field.related_model is School:
            kwargs["queryset"] = schools
        else:
            kwargs["queryset"] = db_field.related_model.objects.filter(school__in=schools)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the teachers of the viewer's schools."""
        teaching = {"roles__school__in": schools_of(request.user), "roles__kind": Role.Kind.TEACHER}
        kwargs["queryset"] = User.objects.filter(**teaching).distinct().order_by("name", "email")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take away the plus and the pencil beside a choice: what is chosen is set up on a page of its own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.is_relation:
            for name in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                setattr(field.widget, name, False)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: AnyForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.record(request, obj, "changed" if change else "added", fields=sorted(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.record(request, obj, "removed")
        super().delete_model(request, obj)

    def record(self, request: HttpRequest, obj: Any, what: str, **body: Any) -> None:
        """Write the change as an audit event, in its own transaction: which row and which fields, no values."""
        audit.record(
            f"set_up.{what}",
            school=_school_of(obj, self.to_school),
            subject=None,
            actor=request.user if isinstance(request.user, User) else None,
            at=clock.now(),
            model=obj._meta.label,
            row=str(obj.pk),
            **body,
        )

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if url.name and not url.name.endswith("_history")]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no second log: Django's would hold names."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep no second log."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Keep no second log."""


class ReadOnlyAdmin(SchoolAdmin):
    """What is shown and never changed here. Looking is written down, once a page in a quarter of an hour."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._read(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        self._read(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _read(self, request: HttpRequest) -> None:
        assert isinstance(request.user, User)
        for school in schools_of(request.user):
            page = f"set_up.{self.opts.model_name}"
            audit.record_read(page, school=school, subject=school.id, viewer=request.user, at=clock.now())


def _school_of(obj: Model, path: str) -> School | None:
    found: Any = obj
    for name in path.split("__"):
        found = found if name in ("pk", "id") else getattr(found, name)
    return found if isinstance(found, School) else None
