"""The data protection officer's pages about notices: write one, look at it as a family does, publish it, compare."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campus import clock, offices, sign_in_again
from campus.models import Role, School
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from enrollment import notices, plain_notices, publishing
from enrollment.models import Declared, Notice, NoticeDraft, Purpose
from enrollment.protection import is_officer

MAY_WRITE = (Role.Kind.PROTECTION_OFFICER, Role.Kind.ADMINISTRATOR)
"""Who answers for what a school tells families."""


@require_safe
@signed_in
def overview(request: SignedInRequest) -> HttpResponse:
    """List what families are told about each purpose, and what is being written."""
    school, schools = offices.asked_for(request, MAY_WRITE)
    rows = [
        {
            "purpose": purpose,
            "current": notices.current(school, get_language() or "en", purpose.value),
            "draft": _written(school, purpose.value),
        }
        for purpose in Purpose
    ]
    return render(request, "protection/notices.html", _frame(request, school, schools) | {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def write(request: SignedInRequest, purpose: str, language: str) -> HttpResponse:
    """Write the next version in one language; what is saved is the draft, and nobody reads it yet."""
    school, schools = offices.asked_for(request, MAY_WRITE)
    _check(purpose, language)
    at = clock.now()
    draft = publishing.draft(school, purpose, at)
    if request.method == "POST":
        words = {key: _plain(request.POST.get(key, "")) for key in notices.fields(list(Declared))}
        long = next((key for key, text in words.items() if len(text) > publishing.LONGEST), None)
        if long is None:
            publishing.write(draft=draft, language=language, words=words, by=request.user, at=at)
            messages.success(request, _("Saved. Nobody but you and your colleagues can read it yet."))
            later = publishing.LANGUAGES[publishing.LANGUAGES.index(language) + 1 :]
            where = reverse("protection_notice_write", args=[purpose, later[0]]) if later else _check_page(purpose)
            return redirect(f"{where}?school={school.slug}")
        error = _("%(section)s is too long: at most %(most)s letters.")
        error %= {"section": publishing.heading(long), "most": publishing.LONGEST}
        return _write(request, draft, language, words, schools, error=error, target=long)
    return _write(request, draft, language, draft.words.get(language, {}) | kept_form(request), schools)


def _write(
    request: SignedInRequest,
    draft: NoticeDraft,
    language: str,
    words: dict[str, str],
    schools: list[School],
    **wrong: str,
) -> HttpResponse:
    keys = notices.fields(list(Declared))
    context = _frame(request, draft.school, schools) | {
        "draft": draft,
        "language": language,
        "languages": settings.LANGUAGES,
        "rows": [(key, publishing.heading(key), words.get(key, ""), key in Declared.values) for key in keys],
        "last": language == publishing.LANGUAGES[-1],
    }
    return render(request, "protection/notice_write.html", context | wrong, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def check(request: SignedInRequest, purpose: str) -> HttpResponse:
    """Show the draft as families will read it, with what is missing and what has changed; publish it from here."""
    school, schools = offices.asked_for(request, MAY_WRITE)
    _check(purpose)
    at = clock.now()
    draft = publishing.draft(school, purpose, at)
    problem = None
    if request.method == "POST":
        try:
            if request.POST.get("do") != "publish":
                return _decide(request, draft)
            if not sign_in_again.is_recent(request, at):
                return sign_in_again.ask(request, shows_kept=False)
            publishing.publish(draft=draft, by=request.user, at=at, checked=request.POST.get("checked", "-"))
        except publishing.Refused as refused:
            problem = refused
        else:
            messages.success(request, _("Published. Families read it from now on."))
            return redirect(f"{reverse('protection_notices')}?school={school.slug}")
    reading = [(publishing.as_notice(draft, language), name) for language, name in settings.LANGUAGES]
    current = notices.current(school, purpose=purpose)
    context = _frame(request, school, schools) | {
        "draft": draft,
        "purpose": Purpose(purpose),
        "problem": problem,
        "gaps": publishing.gaps(draft),
        "reading": [(one, name, _changes(current, one)) for one, name in reading],
        "current": current,
        "declared": [(one, one.value in draft.declares) for one in Declared],
        "switched_on": plain_notices.declared_by(school, purpose),
        "material": publishing.is_material(draft, current),
        "checked": publishing.digest(draft),
    }
    return render(request, "protection/notice_check.html", context, status=422 if problem else 200)


def _decide(request: SignedInRequest, draft: NoticeDraft) -> HttpResponse:
    said = request.POST.get("sunset", "")
    try:
        draft.sunset_on = date.fromisoformat(said) if said else None
    except ValueError as error:
        raise publishing.Refused(_("Type a date, or leave it empty.")) from error
    draft.declares = [one for one in Declared.values if one in request.POST.getlist("declares")]
    draft.material = request.POST.get("material") != "no"
    publishing.keep(draft=draft, by=request.user, at=clock.now())
    return redirect(f"{_check_page(draft.purpose)}?school={draft.school.slug}")


@require_safe
@signed_in
def versions(request: SignedInRequest, purpose: str) -> HttpResponse:
    """List every version about a purpose, and show what differs between two (`?before=`, `?after=`)."""
    school, schools = offices.asked_for(request, MAY_WRITE)
    _check(purpose)
    found = list(notices.versions(school, purpose, get_language() or "en"))
    after = _one_of(found, request.GET.get("after", ""), 0)
    before = _one_of(found, request.GET.get("before", ""), 1)
    context = _frame(request, school, schools) | {
        "purpose": Purpose(purpose),
        "versions": found,
        "before": before,
        "after": after,
        "changes": notices.changes(before, after) if before and after else [],
    }
    return render(request, "protection/notice_versions.html", context)


def _one_of(found: list[Notice], asked: str, otherwise: int) -> Notice | None:
    """Return the version that was asked for, or the one in that place."""
    if asked:
        chosen = next((one for one in found if str(one.version) == asked), None)
        if chosen is None:
            raise Http404
        return chosen
    return found[otherwise] if otherwise < len(found) else None


def _changes(current: Notice | None, new: Notice) -> list[notices.Change]:
    return notices.changes(notices.in_language(current, new.language), new) if current else []


def _written(school: School, purpose: str) -> NoticeDraft | None:
    """Return the draft that somebody is writing now; what became a version is none."""
    next_one = notices.last(school, purpose) + 1
    return NoticeDraft.objects.filter(school=school, purpose=purpose, version=next_one).first()


def _check(purpose: str, language: str = "en") -> None:
    if purpose not in Purpose.values or language not in publishing.LANGUAGES:
        raise Http404


def _check_page(purpose: str) -> str:
    return reverse("protection_notice_check", args=[purpose])


def _plain(text: str) -> str:
    """Return what somebody typed with the line ends of every machine alike."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def _frame(request: SignedInRequest, school: School, schools: list[School]) -> dict[str, Any]:
    officer = is_officer(request.user, school)
    return {"school": school, "schools": schools, "section": "notices", "is_officer": officer}
