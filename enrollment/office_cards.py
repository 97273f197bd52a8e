"""Cards, one at a time and by the class: each is shown on the page that makes it, and never again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus import audit, calendar, card_batches, cards, clock, offices, qr
from campus.card_batches import CardsShown, Made
from campus.models import CardBatch, Credential, Group, Membership, Person, School
from campus.sign_in import SignedInRequest, signed_in
from campus.templatetags.names import isolate
from enrollment.office import page_of, person_of

CARDS_A_SHEET = 10
BATCHES_SHOWN = 8


@require_POST
@signed_in
@sensitive_variables()
def issue(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Issue a new card and show it, this once: it is kept nowhere."""
    at, found = clock.now(), person_of(request.user, student)
    seen = request.POST.get("seen")
    if seen is None:
        card: cards.Card | None = cards.issue(person=found, by=request.user, at=at)
    else:
        card = cards.issue_after(seen=seen, person=found, by=request.user, at=at)
    if card is None:
        messages.error(request, _("A card was made a moment ago. If it was not printed, make another."))
        return redirect(page_of(found), found.id)
    context = {"student": found, "school": found.school, "page": page_of(found), "card": str(card), "qr": _qr(card)}
    return render(request, "office/card.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def revoke(request: SignedInRequest, student: UUID) -> HttpResponse:
    """Ask once more, and revoke the card, so that no gate takes it from now on."""
    at, found = clock.now(), person_of(request.user, student)
    if request.method != "POST":
        audit.record_read("card", school=found.school, subject=found.id, viewer=request.user, at=at)
        heading = _("Revoke the card of %(name)s?") % {"name": isolate(found.name)}
        words = _("No gate takes it from then on. It cannot be made good again.")
        context = {"school": found.school, "section": "people", "heading": heading, "words": words}
        back = reverse(page_of(found), args=[found.id])
        return render(request, "office/sure.html", context | {"button": _("Revoke the card"), "back": back})
    done = cards.revoke(person=found, by=request.user, at=at)
    messages.success(request, _("The card is revoked.") if done else _("There was no card to revoke."))
    return redirect(page_of(found), found.id)


@require_safe
@signed_in
def classes(request: SignedInRequest) -> HttpResponse:
    """List the classes with how many students have no card, and the latest batches, which can be undone."""
    (school, schools), at = offices.asked_for(request), clock.now()
    audit.record_read("cards", school=school, subject=school.id, viewer=request.user, at=at)
    day = calendar.local_date(school, at)
    batches = CardBatch.objects.filter(school=school).select_related("group", "issued_by").order_by("-issued_at")
    shown = batches.annotate(in_use=Count("cards", filter=Q(cards__revoked_at__isnull=True)), made=Count("cards"))
    context = {"school": school, "schools": schools, "today": day, "rows": _rows(school, day)}
    context["batches"] = [
        (batch, calendar.local_date(school, batch.issued_at), calendar.local_time(school, batch.issued_at))
        for batch in shown[:BATCHES_SHOWN]
    ]
    return render(request, "office/cards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@sensitive_variables()
def issue_for_class(request: SignedInRequest, group: UUID) -> HttpResponse:
    """Ask once more where every card of a class is to end; make its cards, and show the sheet of them this once."""
    found = offices.one_of(request.user, Group.objects.select_related("school"), group)
    if request.method != "POST":
        return _ask(request, found)
    anew, seen = request.POST.get("who") == "all", request.POST.get("seen", "")
    made = card_batches.issue(group=found, anew=anew, seen=seen, by=request.user, at=clock.now())
    if made is None:
        messages.error(request, _("No card was made: everybody has one, or they were made a moment ago."))
        return _to_list(found.school)
    batch, printed = made
    context = {"school": found.school, "group": found, "batch": batch, "count": len(printed)}
    return render(request, "office/sheet.html", context | {"sheets": _sheets(printed)})


def _ask(request: SignedInRequest, group: Group) -> HttpResponse:
    day = calendar.local_date(group.school, clock.now())
    row = next(row for row in _rows(group.school, day) if row.group == group)
    ends = row.students - row.without
    words = ngettext("%(n)s card that is in use ends at once.", "%(n)s cards that are in use end at once.", ends) % {
        "n": ends
    }
    undo = _("You can undo it until the first new card has been shown at a gate.")
    context = {"school": group.school, "section": "cards", "words": f"{words} {undo}"}
    context["heading"] = _("New cards for all of %(name)s?") % {"name": isolate(group.name)}
    context |= {"button": _("Make the new cards"), "back": _list_of(group.school)}
    return render(request, "office/sure.html", context | {"fields": {"who": "all", "seen": row.latest}})


@require_POST
@signed_in
def undo_batch(request: SignedInRequest, batch: UUID) -> HttpResponse:
    """Take a whole batch back: the cards before are good again."""
    found = offices.one_of(request.user, CardBatch.objects.select_related("school"), batch)
    try:
        taken = card_batches.undo(batch=found, by=request.user, at=clock.now())
    except CardsShown:
        messages.error(request, _("A card of this batch has been shown at a gate, so it cannot be undone any more."))
        return _to_list(found.school)
    words = _("This batch was undone before.")
    if taken is not None:
        words = ngettext(
            "%(n)s new card has ended. A card before it works again.",
            "%(n)s new cards have ended. The cards before them work again.",
            taken,
        ) % {"n": taken}
    messages.success(request, words)
    return _to_list(found.school)


def _list_of(school: School) -> str:
    return f"{reverse('office_cards')}?school={school.slug}"


def _to_list(school: School) -> HttpResponse:
    return redirect(_list_of(school))


@dataclass(frozen=True)
class Row:
    """One class in the list: how many belong to it, how many have no card, and its latest batch."""

    group: Group
    students: int
    without: int
    latest: str


def _rows(school: School, day: date) -> list[Row]:
    """Return a row for each class, in three queries."""
    live = Credential.objects.filter(person=OuterRef("student"), revoked_at__isnull=True)
    belongs = Membership.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=day),
        Q(student__left_on__isnull=True) | Q(student__left_on__gt=day),
        group__school=school,
        began_on__lte=day,
    )
    counted = belongs.annotate(has_card=Exists(live)).values_list("group_id", "has_card").annotate(n=Count("id"))
    counts = {(group, has_card): n for group, has_card, n in counted}
    newest = CardBatch.objects.filter(school=school).order_by("group_id", "-issued_at", "-id").distinct("group_id")
    batches = dict(newest.values_list("group_id", "id"))
    return [
        Row(
            group,
            counts.get((group.id, True), 0) + counts.get((group.id, False), 0),
            counts.get((group.id, False), 0),
            str(batches.get(group.id, "")),
        )
        for group in Group.objects.filter(school=school).order_by("name")
    ]


def _sheets(made: Sequence[Made]) -> list[list[tuple[Person, SafeString]]]:
    printed = [(one.person, _qr(one.card)) for one in made]
    return [printed[start : start + CARDS_A_SHEET] for start in range(0, len(printed), CARDS_A_SHEET)]


def _qr(card: cards.Card) -> SafeString:
    return qr.svg(str(card), _("Code of the card"))
