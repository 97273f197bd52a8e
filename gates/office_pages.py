"""The office's pages about gates and kiosks. A kiosk's key is shown on the page that makes it, and never again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus import audit, calendar, clock, offices
from campus.models import School
from campus.sign_in import SignedInRequest, keeps_form, kept_form, signed_in
from campus.templatetags.names import isolate
from enrollment import identification
from gates import kiosks, lanes
from gates.decision import CardAlone
from gates.models import Capture, Gate, Kiosk, Way
from gates.reasons import SEARCH

QUIET_AFTER = timedelta(minutes=30)
CARD_ALONE = {
    CardAlone.OPEN: (
        gettext_lazy("The card opens the gate"),
        gettext_lazy(
            "Everybody without an enrolled face walks straight through. Choose this unless you have a reason."
        ),
    ),
    CardAlone.PIN: (
        gettext_lazy("The card and a PIN open the gate"),
        gettext_lazy("PINs cannot be typed at a kiosk yet, so the kiosk sends to the desk."),
    ),
    CardAlone.STAFF: (
        gettext_lazy("A member of staff opens the gate"),
        gettext_lazy("The kiosk sends to the desk. Make sure that somebody stands there, or children wait."),
    ),
}

WAYS = {
    Way.IN: (gettext_lazy("In"), gettext_lazy("It stands outside. A card lets in; nothing lets out.")),
    Way.OUT: (gettext_lazy("Out"), gettext_lazy("It stands inside. It lets everybody out, with a card or without.")),
    Way.BOTH: (
        gettext_lazy("In and out"),
        gettext_lazy("One kiosk for both. Whoever leaves touches “I am leaving” first, and needs no card."),
    ),
}


@dataclass(frozen=True)
class KioskRow:
    """A kiosk in the list, and when it was last heard of, in the school's time."""

    kiosk: Kiosk
    way: str
    seen_on: date | None
    seen_at: time | None
    quiet: bool


@require_safe
@signed_in
def gates(request: SignedInRequest) -> HttpResponse:
    """List the gates of one of the viewer's schools with their kiosks."""
    (school, schools), at = offices.asked_for(request), clock.now()
    audit.record_read("gates", school=school, subject=school.id, viewer=request.user, at=at)
    rows: dict[UUID, list[KioskRow]] = {}
    for kiosk in _with_last_call(Kiosk.objects.filter(school=school, revoked_at__isnull=True)).order_by("name"):
        rows.setdefault(kiosk.gate_id, []).append(_row(school, kiosk, at))
    context = {"school": school, "schools": schools, "today": calendar.local_date(school, at)}
    context["rows"] = [
        (gate, CARD_ALONE[CardAlone(gate.card_alone)][0], rows.get(gate.id, []))
        for gate in Gate.objects.filter(school=school).order_by("name")
    ]
    context["identification"] = standing = identification.standing(school, at)
    context["identification_words"] = SEARCH[standing.search]
    return render(request, "office/gates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def add_gate(request: SignedInRequest) -> HttpResponse:
    """Ask for a new gate's name and what holds there, and add it."""
    school, _schools = offices.asked_for(request)
    typed = kept_form(request) if request.method != "POST" else request.POST
    name, chosen, bound = typed.get("name", "").strip(), typed.get("card_alone", ""), "card_bound" in typed
    form = partial(_gate_form, request, school, name=name, chosen=chosen, bound=bound)
    if request.method != "POST":
        return form()
    error = _("Give the gate a name of at most 80 letters.") if not 0 < len(name) <= 80 else ""
    error = error or (_("Choose what a card alone does.") if chosen not in set(CardAlone) else "")
    if error:
        return form(error=error)
    try:
        rules = lanes.Rules(CardAlone(chosen), bound)
        lanes.build(school=school, name=name, rules=rules, by=request.user, at=clock.now())
    except lanes.NameTaken:
        return form(error=_("Another gate has this name."))
    messages.success(request, _("The gate is added. Now give it a kiosk."))
    return _to_list(school)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
def change_gate(request: SignedInRequest, gate: UUID) -> HttpResponse:
    """Change what holds at a gate."""
    found = _gate_of(request, gate)
    form = partial(_gate_form, request, found.school, gate=found)
    if request.method != "POST":
        typed = kept_form(request)
        if not typed:
            return form(chosen=found.card_alone, bound=found.card_bound)
        return form(chosen=typed.get("card_alone", ""), bound="card_bound" in typed)
    chosen, bound = request.POST.get("card_alone", ""), "card_bound" in request.POST
    if chosen not in set(CardAlone):
        return form(bound=bound, error=_("Choose what a card alone does."))
    lanes.change(gate=found, rules=lanes.Rules(CardAlone(chosen), bound), by=request.user, at=clock.now())
    messages.success(request, _("Saved. It holds from the next card on."))
    return _to_list(found.school)


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_form
@signed_in
@sensitive_variables()
def add_kiosk(request: SignedInRequest, gate: UUID) -> HttpResponse:
    """Ask for a new kiosk's name and which way people pass it, add it, and show its key this once."""
    found = _gate_of(request, gate)
    said = request.POST or kept_form(request)
    name, way = said.get("name", "").strip(), said.get("way", "")
    context: dict[str, object] = {"school": found.school, "gate": found, "name": name, "way": way or Way.IN}
    context |= {"ways": _ways(), "error": _what_is_wrong(found, name, way) if request.method == "POST" else ""}
    if request.method != "POST" or context["error"]:
        return render(request, "office/kiosk_add.html", context, status=422 if context["error"] else 200)
    kiosk, key = kiosks.install(gate=found, name=name, by=request.user, at=clock.now(), way=Way(way))
    return render(request, "office/kiosk_key.html", context | {"kiosk": kiosk, "key": key})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def change_kiosk(request: SignedInRequest, kiosk: UUID) -> HttpResponse:
    """Change which way people pass a kiosk."""
    found, way = _kiosk_of(request, kiosk), request.POST.get("way", "")
    context = {"school": found.school, "kiosk": found, "way": found.way, "ways": _ways()}
    if request.method != "POST":
        return render(request, "office/kiosk.html", context)
    if way not in Way:
        error = _("Choose which way people pass the kiosk.")
        return render(request, "office/kiosk.html", context | {"error": error}, status=422)
    kiosks.set_way(kiosk=found, way=Way(way), by=request.user, at=clock.now())
    messages.success(request, _("Saved. The kiosk takes it over at the next card."))
    return _to_list(found.school)


@require_POST
@signed_in
@sensitive_variables()
def new_key(request: SignedInRequest, kiosk: UUID) -> HttpResponse:
    """Give a kiosk a new key, which ends the old one, and show it this once."""
    found = _kiosk_of(request, kiosk)
    key = kiosks.new_key(kiosk=found, by=request.user, at=clock.now())
    context = {"school": found.school, "gate": found.gate, "kiosk": found, "key": key}
    return render(request, "office/kiosk_key.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def revoke(request: SignedInRequest, kiosk: UUID) -> HttpResponse:
    """Ask once more, and switch a kiosk off for good."""
    found = _kiosk_of(request, kiosk)
    if request.method != "POST":
        heading = _("Switch %(name)s off for good?") % {"name": isolate(found.name)}
        words = _("Its screen goes out of service at once. It cannot be switched on again; you would add a new kiosk.")
        context = {"school": found.school, "section": "gates", "heading": heading, "words": words}
        back = f"{reverse('office_gates')}?school={found.school.slug}"
        return render(request, "office/sure.html", context | {"button": _("Switch it off for good"), "back": back})
    kiosks.revoke(kiosk=found, by=request.user, at=clock.now())
    messages.success(request, _("The kiosk is switched off."))
    return _to_list(found.school)


def _with_last_call(found: QuerySet[Kiosk]) -> QuerySet[Kiosk]:
    calls = Capture.objects.filter(kiosk=OuterRef("id")).order_by("-received_at")
    return found.annotate(last_call=Subquery(calls.values("received_at")[:1]))


def _row(school: School, kiosk: Kiosk, at: datetime) -> KioskRow:
    seen: datetime | None = getattr(kiosk, "last_call", None)
    way = str(WAYS[Way(kiosk.way)][0])
    if seen is None:
        return KioskRow(kiosk, way, None, None, True)
    day, hour = calendar.local_date(school, seen), calendar.local_time(school, seen)
    return KioskRow(kiosk, way, day, hour, at - seen > QUIET_AFTER)


def _ways() -> list[tuple[str, str, str]]:
    return [(way.value, str(words), str(where)) for way, (words, where) in WAYS.items()]


def _what_is_wrong(gate: Gate, name: str, way: str) -> str:
    """Return what keeps a new kiosk from being added, in words; nothing if all is well."""
    if not 0 < len(name) <= 80:
        return _("Give the kiosk a name of at most 80 letters.")
    if Kiosk.objects.filter(gate=gate, name=name, revoked_at__isnull=True).exists():
        return _("A kiosk of this gate has this name. If its key was lost, give that kiosk a new key.")
    return "" if way in Way else _("Choose which way people pass the kiosk.")


def _gate_form(
    request: SignedInRequest,
    school: School,
    *,
    gate: Gate | None = None,
    error: str = "",
    name: str = "",
    chosen: str = "",
    bound: bool = False,
) -> HttpResponse:
    context: dict[str, object] = {"school": school, "gate": gate, "error": error, "name": name}
    context |= {"chosen": chosen, "bound": bound}
    context["choices"] = [(choice.value, words, why) for choice, (words, why) in CARD_ALONE.items()]
    return render(request, "office/gate.html", context, status=422 if error else 200)


def _gate_of(request: SignedInRequest, gate: UUID) -> Gate:
    return offices.one_of(request.user, Gate.objects.select_related("school"), gate)


def _kiosk_of(request: SignedInRequest, kiosk: UUID) -> Kiosk:
    live = Kiosk.objects.filter(revoked_at__isnull=True).select_related("school", "gate")
    return offices.one_of(request.user, live, kiosk)


def _to_list(school: School) -> HttpResponse:
    response = redirect("office_gates")
    response["Location"] += f"?school={school.slug}"
    return response
