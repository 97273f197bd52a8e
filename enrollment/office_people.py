"""The office's forms about the roll: add somebody, correct what is written, note that they leave, take it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from campus import audit, calendar, clock, offices, roster
from campus.models import Group, Person, School
from campus.people import is_on_roll
from campus.roster import Details, NumberTaken
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from campus.templatetags.names import isolate
from enrollment import roll
from enrollment.office import page_of, person_of, show_person

NEAR = timedelta(days=366)
HEADINGS = {
    Person.Kind.STUDENT: gettext_lazy("Add a student"),
    Person.Kind.STAFF: gettext_lazy("Add a member of staff"),
    Person.Kind.VISITOR: gettext_lazy("Add a visitor"),
}


class PersonForm(forms.Form):
    """What the office types about a person; the class for students, an own address for whoever may have one."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Type the name."),
            "max_length": gettext_lazy("A name has at most 200 letters."),
        },
    )
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("The school’s own number for this person. It is printed on the card."),
        error_messages={
            "required": gettext_lazy("Type the number."),
            "max_length": gettext_lazy("A number has at most 40 letters."),
        },
    )
    known_as = forms.CharField(
        label=gettext_lazy("Short name (if any)"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("What a kiosk calls this person, instead of the whole name."),
        error_messages={"max_length": gettext_lazy("A short name has at most 40 letters.")},
    )
    born_on = forms.DateField(
        label=gettext_lazy("Date of birth"),
        required=False,
        help_text=gettext_lazy("It tells from when the student answers alone, and nothing else."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Type a day, such as 2012-03-31.")},
    )
    group = forms.ModelChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Class"),
        required=False,
        empty_label=gettext_lazy("In no class"),
        help_text=gettext_lazy("It holds from today on; registers of earlier days stay as they are."),
        error_messages={"invalid_choice": gettext_lazy("Choose a class of this school.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Own e-mail address (if any)"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Nothing is sent to it. No guardian can answer for a family by it."),
        error_messages={
            "invalid": gettext_lazy("Type an e-mail address, such as name@example.com."),
            "max_length": gettext_lazy("An address has at most 254 letters."),
        },
    )

    def __init__(self, data: Any = None, *, school: School, kind: str, in_class: bool, initial: Any = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        group = self.fields["group"]
        assert isinstance(group, forms.ModelChoiceField)
        group.queryset = Group.objects.filter(school=school).order_by("name")
        if not in_class:
            del self.fields["group"]
        if kind != Person.Kind.STUDENT:
            del self.fields["born_on"]
        self.today = calendar.local_date(school, clock.now())
        if kind == Person.Kind.VISITOR:
            del self.fields["email"]
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    def clean_born_on(self) -> date | None:
        """Refuse, in words, a day on which no student was born."""
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on is None or roster.is_plausible(born_on, self.today):
            return born_on
        if born_on > self.today:
            raise forms.ValidationError(_("This day has not come yet. Look at the year again."))
        raise forms.ValidationError(
            _("By this day the student is not between %(youngest)s and %(oldest)s years old. Look at the year again.")
            % {"youngest": roster.YOUNGEST, "oldest": roster.OLDEST}
        )

    def details(self) -> Details:
        """Return what was typed."""
        typed = self.cleaned_data
        return Details(
            name=typed["name"],
            number=typed["number"],
            known_as=typed["known_as"],
            email=typed.get("email", "").lower(),
            born_on=typed.get("born_on"),
            group=typed.get("group"),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def add(request: SignedInRequest) -> HttpResponse:
    """Ask who comes to one of the viewer's schools (`?school=`, `?kind=`), and put them on the roll."""
    school, _schools = offices.asked_for(request)
    kind = request.GET.get("kind") or Person.Kind.STUDENT
    if kind not in set(Person.Kind):
        raise Http404
    kind = Person.Kind(kind)
    context = {"school": school, "kind": kind, "heading": HEADINGS[kind]}
    form = _form(request, school, kind, in_class=kind == Person.Kind.STUDENT)
    if request.method == "POST" and form.is_valid():
        try:
            made = roster.add(school=school, kind=kind, details=form.details(), by=request.user, at=clock.now())
        except NumberTaken:
            made = _holder(school, form)
            if (made.name, made.kind) != (form.details().name, kind):  # Or else it is the second of two clicks.
                return _show(request, form, context | _taken(request, form, made))
        messages.success(request, _("%(name)s is on the roll.") % {"name": made.name})
        return redirect(page_of(made), made.id)
    return _show(request, form, context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def change(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Correct what is written about a person."""
    at, found = clock.now(), person_of(request.user, student)
    context = {"school": found.school, "student": found, "page": page_of(found), "heading": _("What is written")}
    in_class = found.kind == Person.Kind.STUDENT and is_on_roll(found, at)
    now = {field: getattr(found, field) for field in roster.FIELDS} | {"group": roster.group_of(found, at)}
    form = _form(request, found.school, found.kind, in_class=in_class, initial=now)
    if request.method == "POST" and form.is_valid():
        details = form.details()
        if request.POST.get("sure") != "yes" and roll.ends_what_was_agreed(found, details.born_on, at):
            return _ask_first(request, found, details)
        try:
            changed = roll.change(person=found, details=details, by=request.user, at=at)
        except NumberTaken:
            return _show(request, form, context | _taken(request, form, _holder(found.school, form)))
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect(page_of(found), found.id)
    audit.record_read("student", school=found.school, subject=found.id, viewer=request.user, at=at)
    return _show(request, form, context)


@require_POST
@signed_in
def leave(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Note the first day on which somebody is no longer here."""
    at, found = clock.now(), person_of(request.user, student)
    typed, today = request.POST.get("left_on", ""), calendar.local_date(found.school, at)
    try:
        on = date.fromisoformat(typed)
    except ValueError:
        on = date.min
    if not today - NEAR <= on <= today + NEAR:
        error = _("Choose a day, at most a year from today.")
        return show_person(request, found, status=422, left_error=error, left_typed=typed)
    roll.leave(person=found, on=on, by=request.user, at=at)
    messages.success(request, _("It is noted. You can take it back here."))
    return redirect(page_of(found), found.id)


@require_POST
@signed_in
def come_back(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Take back that somebody leaves."""
    found = person_of(request.user, student)
    came = roll.come_back(person=found, by=request.user, at=clock.now())
    messages.success(request, _("Taken back: still on the roll.") if came else _("Still on the roll."))
    return redirect(page_of(found), found.id)


def _ask_first(request: SignedInRequest, person: Person, details: Details) -> HttpResponse:
    """Ask once more, on a page of its own, before a date of birth ends what was agreed."""
    born_on = date_format(details.born_on) if details.born_on else _("no day")
    said = {"name": isolate(person.name), "day": born_on}
    typed = {name: str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    context = {
        "school": person.school,
        "section": "people",
        "heading": _("Is the date of birth right?"),
        "words": _(
            "%(name)s: born on %(day)s. By this date somebody else answers than before: from the age of 18 the student "
            "alone, until then the family. This ends what was agreed to; the face template is destroyed."
        )
        % said,
        "fields": typed | {"sure": "yes"},
        "button": _("The date is right"),
        "back": reverse("office_person_change", args=[person.id]),
    }
    return render(request, "office/sure.html", context)


def _form(request: SignedInRequest, school: School, kind: str, *, in_class: bool, initial: Any = None) -> PersonForm:
    """Return the form with what was sent, or with what was typed before signing in again, or with what is written."""
    if request.method == "POST":
        return PersonForm(request.POST, school=school, kind=kind, in_class=in_class)
    typed = kept_form(request)
    return PersonForm(school=school, kind=kind, in_class=in_class, initial=typed or initial)


def _taken(request: SignedInRequest, form: PersonForm, holder: Person) -> dict[str, Any]:
    """Say at the number whose it is."""
    audit.record_read("student", school=holder.school, subject=holder.id, viewer=request.user, at=clock.now())
    form.add_error("number", _("Somebody else has this number."))
    return {"holder": holder, "holder_page": page_of(holder)}


def _holder(school: School, form: PersonForm) -> Person:
    return Person.objects.get(school=school, number=form.cleaned_data["number"])


def _show(request: SignedInRequest, form: PersonForm, context: dict[str, Any]) -> HttpResponse:
    first = next((field for field in form if field.errors), None)
    context = context | {"form": form, "first_wrong": first}
    return render(request, "office/person_form.html", context, status=422 if first else 200)
