"""The state machine of consent, drawn from the rule itself: every trigger is tried in every state that can be reached.

Nothing here knows where a trigger leads. It changes the facts, and `consent.state_of` says what they amount to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from enrollment import policies
from enrollment.consent import FAR, Kind, state_of
from enrollment.facts import Answer, Facts, Parent, Stop
from enrollment.models import ChildAnswer, State
from enrollment.policies import Policy

AT = datetime(2026, 3, 4, tzinfo=UTC)
LATER = AT + timedelta(days=5)
MOTHER, CARER, OTHER, STUDENT = 1, 2, 3, 4
FORBIDDEN = policies.load("us-ny")
ALLOWED = policies.load("uk")


@dataclass(frozen=True)
class Place:
    """Facts and a policy, and what they amount to."""

    known: Facts
    policy: Policy = ALLOWED

    @property
    def state(self) -> State:
        return state_of(self.known, self.policy, AT).state

    @property
    def kind(self) -> tuple[object, ...]:
        """What two places have in common from which the same triggers lead to the same places."""
        known = self.known
        said = tuple(sorted((who, one.kind, one.ends_at > AT) for who, one in known.last_answers(AT).items()))
        status = state_of(known, self.policy, AT)
        return (status, said, known.assent, known.of_age(AT), known.told(AT), known.on_roll(AT), self.policy.name)


@dataclass(frozen=True)
class Trigger:
    """Something that happens, who does it, and what it does to the facts."""

    words: str
    by: str
    change: Callable[[Facts], Facts]
    where: Callable[[Place], bool] = lambda place: True
    policy: Policy | None = None

    def leads_to(self, place: Place) -> Place:
        """Return what follows, where nothing is held any more that may not be."""
        after = Place(self.change(place.known), self.policy or place.policy)
        held = after.known.enrolled and state_of(after.known, after.policy, AT).hold
        return replace(after, known=replace(after.known, enrolled=held))


@dataclass(frozen=True, order=True)
class Step:
    """One line of the table."""

    start: str
    words: str
    by: str
    end: str
    reference: str


def _says(known: Facts, who: int, kind: str) -> Facts:
    return replace(known, answers=(*known.answers, Answer(who, kind, AT, AT, FAR, known.notice_version)))


def _told(known: Facts, window_ends: datetime | None) -> Facts:
    return replace(known, parents=tuple(replace(one, window_ends=window_ends) for one in known.parents))


def _stopped(known: Facts, cause: str, guardian: int | None = None) -> Facts:
    return replace(known, stops=(*known.stops, Stop(cause, AT, LATER, guardian)))


def _cleared(known: Facts) -> Facts:
    """Return the facts with nothing that suspends: told, answered anew, assessed, and no hold."""
    new = known if known.of_age(AT) else _says(known, MOTHER, Kind.GIVEN)
    return replace(_told(new, AT), stops=(), assessed_until=FAR)


def _new_notice(known: Facts) -> Facts:
    return replace(_told(known, None), notice_version=known.notice_version + 1, notice_changed_at=AT)


def _lifted(known: Facts) -> Facts:
    if known.assent == ChildAnswer.Kind.NO:
        return replace(known, assent=ChildAnswer.Kind.YES, assent_ends_at=FAR)
    return _says(known, CARER, Kind.GIVEN)


def _named(known: Facts) -> Facts:
    return replace(known, parents=(*known.parents[:1], Parent(OTHER, AT, None)))


def _long_ago(known: Facts) -> Facts:
    """Return the facts when whatever suspends has done so for as long as the pack allows."""
    ago = AT - ALLOWED.suspended
    return replace(
        known,
        stops=tuple(replace(stop, since=ago, ends_at=AT) for stop in known.stops),
        parents=tuple(replace(one, since=ago) for one in known.parents),
        notice_changed_at=ago,
        assessed_until=ago if known.assessed_until == AT else known.assessed_until,
    )


def _is(*states: State) -> Callable[[Place], bool]:
    return lambda place: place.state in states


def _is_enrolled(place: Place) -> bool:
    return place.state == State.ENROLLED


def _is_of_age(place: Place) -> bool:
    return place.known.of_age(AT)


def _is_a_child(place: Place) -> bool:
    return not _is_of_age(place)


BLOCKED = (State.BLOCKED_BY_GUARDIAN, State.BLOCKED_BY_CHILD)
TRIGGERS = [
    Trigger("every parent is told", "school", lambda known: _told(known, LATER), _is(State.NONE)),
    Trigger(
        "every parent is exempt, by two of the office",
        "school",
        lambda known: replace(known, parents=(), exempted=frozenset({MOTHER})),
        _is(State.NONE),
    ),
    Trigger("the time to object is over", "clock", lambda known: _told(known, AT), _is(State.NOTIFIED)),
    Trigger("a parent says yes", "guardian", lambda known: _says(known, MOTHER, Kind.GIVEN), _is_a_child),
    Trigger("the student of age says yes", "student", lambda known: _says(known, STUDENT, Kind.GIVEN), _is_of_age),
    Trigger(
        "the child says yes",
        "child",
        lambda known: replace(known, assent=ChildAnswer.Kind.YES, assent_ends_at=FAR),
        lambda place: _is_a_child(place) and not place.known.assent,
    ),
    Trigger("five pictures at the desk", "operator", lambda known: replace(known, enrolled=True), _is(State.READY)),
    Trigger(
        "a guardian says no, or takes a yes back",
        "guardian",
        lambda known: _says(known, CARER, Kind.REFUSED),
        _is_a_child,
    ),
    Trigger(
        "the child says no in any form",
        "child, written down by staff",
        lambda known: replace(known, assent=ChildAnswer.Kind.NO),
    ),
    Trigger("the one who said no lifts it", "the same person", _lifted, _is(*BLOCKED)),
    Trigger(
        "a guardian says no, not in writing",
        "guardian, written down by staff",
        lambda known: _stopped(known, "verbal_objection", CARER),
        _is_a_child,
    ),
    Trigger("a new parent is named", "office", _named, _is_enrolled),
    Trigger("the notice changes", "school", _new_notice, _is_enrolled),
    Trigger("the assessment runs out", "clock", lambda known: replace(known, assessed_until=AT), _is_enrolled),
    Trigger("a court’s order is in question", "office", lambda known: _stopped(known, "court_query"), _is_enrolled),
    Trigger("every cause is cleared", "whoever may", _cleared, _is(State.SUSPENDED)),
    Trigger("it lasts as long as the pack allows", "clock", _long_ago, _is(State.SUSPENDED)),
    Trigger(
        "the yes runs out",
        "clock",
        lambda known: replace(known, answers=tuple(replace(one, ends_at=AT) for one in known.answers)),
        _is(State.CONSENTED, State.READY, State.ENROLLED),
    ),
    Trigger("the student comes of age", "clock", lambda known: replace(known, of_age_at=AT), _is_a_child),
    Trigger("the school begins anew with another notice", "school", _new_notice, _is(State.EXPIRED)),
    Trigger("the student leaves", "roll", lambda known: replace(known, leaves_at=AT)),
    Trigger("the student comes back", "roll", lambda known: replace(known, leaves_at=None), _is(State.CLOSED)),
    Trigger("the law’s pack forbids faces", "school", lambda known: known, policy=FORBIDDEN),
    Trigger("the law’s pack allows faces", "school", lambda known: known, _is(State.NOT_OFFERED), policy=ALLOWED),
]
BEGINNING = Place(
    Facts(
        parents=(Parent(MOTHER, AT, None),), student=STUDENT, notice_version=1, notice_changed_at=AT, assessed_until=FAR
    )
)


def walk() -> set[Step]:
    """Return every step there is, from a student whose family hasn't been told yet."""
    seen, todo, steps = {BEGINNING.kind}, [BEGINNING], set()
    while todo:
        place = todo.pop()
        for trigger in TRIGGERS:
            if not trigger.where(place):
                continue
            after = trigger.leads_to(place)
            what = _of_the_reference(place, after)
            if after.state != place.state or what == "destroyed":
                steps.add(Step(place.state.value, trigger.words, trigger.by, after.state.value, what))
            if after.kind not in seen:
                seen.add(after.kind)
                todo.append(after)
    return steps


def _of_the_reference(place: Place, after: Place) -> str:
    if after.known.enrolled and not place.known.enrolled:
        return "made"
    if after.known.enrolled:
        return "compared" if after.state == State.ENROLLED else "held, locked"
    if place.known.enrolled:
        return "destroyed"
    return "may be made" if after.state == State.READY else "none"


# ------------------------------------------------------------ on paper


def table() -> Iterator[str]:
    """Yield the table of steps: one line for what leads alike from several states, or to several."""
    ends: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for step in walk():
        ends[step.words, step.by, step.reference, step.start].add(step.end)
    starts: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for (words, by, reference, start), found in ends.items():
        starts[words, by, reference, _listed(found)].add(start)
    order = {trigger.words: number for number, trigger in enumerate(TRIGGERS)}
    yield "| from | what happens | by | to | reference |"
    yield "|---|---|---|---|---|"
    for (words, by, reference, end), whence in sorted(starts.items(), key=lambda row: (order[row[0][0]], row[0])):
        yield f"| {_listed(whence)} | {words} | {by} | {end} | {reference} |"


def _listed(states: set[str]) -> str:
    return ", ".join(sorted(states, key=[state.value for state in State].index))


def diagram() -> Iterator[str]:
    """Yield the diagram in Mermaid's words. What leads from or to more than three states is drawn with `any`."""
    starts, ends = defaultdict[tuple[str, str], set[str]](set), defaultdict[tuple[str, str], set[str]](set)
    for step in walk():
        starts[step.words, step.end].add(step.start)
        ends[step.words, step.start].add(step.end)
    arrows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for step in walk():
        start = step.start if len(starts[step.words, step.end]) < 4 else "any"
        end = step.end if start == "any" or len(ends[step.words, step.start]) < 4 else "any"
        arrows[start, end].add(step.words)
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> none"
    for (start, end), words in sorted(arrows.items()):
        yield f"    {start} --> {end}: {', '.join(sorted(words))}"
    yield "```"


def packs() -> Iterator[str]:
    """Yield the packs as a table of values, and where each comes from."""
    found = [(name, policies.load(name)) for name in policies.names()]
    yield f"| | {' | '.join(name for name, _ in found)} |"
    yield f"|---|{'---|' * len(found)}"
    for key in found[0][1].sources:
        values = (_in_words(getattr(pack, key)) for _, pack in found)
        yield f"| {key.replace('_', ' ')} | {' | '.join(values)} |"
    for name, pack in found:
        yield ""
        yield f"**{pack.name}** (`{name}`)"
        yield ""
        yield from (f"- {key.replace('_', ' ')}: {source}" for key, source in pack.sources.items())


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def drawn_into(document: str) -> str:
    """Return a document with what stands between its marks drawn anew."""
    for name, lines in {"diagram": diagram(), "table": table(), "packs": packs()}.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = document.partition(begin)
        _, _, after = rest.partition(end)
        document = before + begin + "\n".join(lines) + "\n" + end + after
    return document
