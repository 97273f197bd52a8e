"""Every address of the product and what each persona gets there, as a table; and the ids that it is asked about."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver

PERSONAS = (
    *("visitor", "parent", "another_parent", "teacher", "other_teacher", "office", "foreign_office", "staff"),
    *("withdrawn_parent", "protection_officer", "kiosk"),
)


"""`kiosk` is the browser of a paired screen, in which nobody is signed in; `withdrawn_parent` took a yes back."""


SIGN_IN = "302 /sign-in/"


Row = dict[str, str]


"""Persona -> status, and where to for a redirection; `{student}` stands for the id in the address."""


def everybody(answer: str, *, visitor: str | None = None) -> Row:
    return dict.fromkeys(PERSONAS, answer) | dict.fromkeys(("visitor", "kiosk"), visitor or answer)


def only(answer: str, *names: str, others: str) -> Row:
    """Return a row in which the named get the answer, whoever isn't signed in is sent to, and others are not let in."""
    return everybody(others, visitor=SIGN_IN) | dict.fromkeys(names, answer)


NO_SUCH_METHOD = everybody("405")


TEACHERS, OFFICES = ("teacher", "other_teacher"), ("office", "foreign_office")


STAFF = (*TEACHERS, *OFFICES, "protection_officer")


MATRIX: dict[str, dict[str, Row]] = {
    "": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "healthz": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "language/": {"GET": NO_SUCH_METHOD, "POST": everybody("302 /")},
    "offline/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "offline.js": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "faces/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "privacy/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "privacy/<slug:school>/": {"GET": everybody("404"), "POST": NO_SUCH_METHOD},
    "protection/notices/": {"GET": only("200", "protection_officer", others="403"), "POST": NO_SUCH_METHOD},
    "protection/notices/<slug:purpose>/check/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "protection/notices/<slug:purpose>/versions/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": NO_SUCH_METHOD,
    },
    "protection/notices/<slug:purpose>/<slug:language>/": {
        "GET": only("404", "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "sign-in/": {"GET": everybody("302 /", visitor="200"), "POST": everybody("302 /", visitor="200")},
    "sign-in/code/": {"GET": everybody("302 /", visitor=SIGN_IN), "POST": everybody("302 /", visitor=SIGN_IN)},
    "sign-in/again/": {"GET": everybody("302 /", visitor=SIGN_IN), "POST": everybody("302 /", visitor=SIGN_IN)},
    "sign-in/out/": {"GET": everybody("200", visitor="302 /"), "POST": everybody("302 /")},
    "register/": {"GET": only("200", *TEACHERS, *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "register/week/": {"GET": only("200", *TEACHERS, *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/": {"GET": only("200", "teacher", "office", others="404"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/live/": {"GET": only("200", "teacher", "office", others="404"), "POST": NO_SUCH_METHOD},
    "register/<uuid:register>/<uuid:student>/": {
        "GET": only("200", "teacher", "office", others="404"),
        "POST": only("422", "teacher", "office", others="404"),
    },
    "register/<uuid:register>/<uuid:student>/undo/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("422", "teacher", "office", others="404"),
    },
    "family/": {"GET": everybody("200", visitor=SIGN_IN), "POST": NO_SUCH_METHOD},
    "family/receipts/<uuid:receipt>.pdf": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/answer/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/withdraw/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /family/{student}/receipt/", "parent", others="404"),
    },
    "family/<uuid:student>/passages/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/marks/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/reads/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/requests/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "family/<uuid:student>/requests/ask/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/requests/<uuid:asked>/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "family/<uuid:student>/download/": {
        "GET": only("200", "parent", others="404"),
        "POST": only("422", "parent", others="404"),
    },
    "office/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/": {"GET": only("200", "office", others="404"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/enroll/": {
        "GET": only("200", "office", others="404"),
        "POST": only("409", "office", others="404"),
    },
    "office/students/<uuid:student>/card/": {"GET": NO_SUCH_METHOD, "POST": only("200", "office", others="404")},
    "office/students/<uuid:student>/card/revoke/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/students/<uuid:student>/enroll/begin/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/enroll/answer/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("409", "office", others="404"),
    },
    "office/students/<uuid:student>/child-said-no/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/people/<uuid:student>/": {
        "GET": only("302 /office/students/{student}/", "office", others="404"),
        "POST": NO_SUCH_METHOD,
    },
    "office/people/add/": {"GET": only("200", *OFFICES, others="403"), "POST": only("422", *OFFICES, others="403")},
    "office/people/<uuid:student>/change/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/people/<uuid:student>/left/": {"GET": NO_SUCH_METHOD, "POST": only("422", "office", others="404")},
    "office/people/<uuid:student>/back/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/", "office", others="404"),
    },
    "office/witness/": {
        "GET": only("200", *STAFF, others="403"),
        "POST": only("422", *STAFF, others="403"),
    },
    "office/cards/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/cards/classes/<uuid:group>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/cards/", "office", others="404"),
    },
    "office/cards/batches/<uuid:batch>/undo/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/cards/", "office", others="404"),
    },
    "office/look-alikes/": {
        "GET": only("200", *OFFICES, others="403"),
        "POST": only("404", *OFFICES, others="403"),
    },
    "office/today/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/inside/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/faces/": {
        "GET": only("200", *OFFICES, "protection_officer", others="403"),
        "POST": only("404", "protection_officer", others="403"),
    },
    "office/gates/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/gates/add/": {"GET": only("200", *OFFICES, others="403"), "POST": only("422", *OFFICES, others="403")},
    "office/gates/<uuid:gate>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/gates/<uuid:gate>/kiosks/add/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/kiosks/<uuid:kiosk>/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/kiosks/<uuid:kiosk>/key/": {"GET": NO_SUCH_METHOD, "POST": only("200", "office", others="404")},
    "office/kiosks/<uuid:kiosk>/revoke/": {
        "GET": only("200", "office", others="404"),
        "POST": only("302 /office/gates/", "office", others="404"),
    },
    # Kiosks have keys of their own; no sign-in of a person opens this. What it looks like is public.
    "api/v1/captures": {"GET": NO_SUCH_METHOD, "POST": everybody("401")},
    "api/openapi.json": {"GET": everybody("200"), "POST": everybody("200")},
    "api/": {"GET": everybody("404"), "POST": everybody("404")},
    # A browser that is not a gate's screen: it may be paired by who holds a key, and has nothing to unpair.
    "kiosk/": {"GET": everybody("302 /kiosk/pair/") | {"kiosk": "200"}, "POST": NO_SUCH_METHOD},
    "kiosk/offline/": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "kiosk/app.webmanifest": {"GET": everybody("200"), "POST": NO_SUCH_METHOD},
    "kiosk/pair/": {
        "GET": everybody("200") | {"kiosk": "302 /kiosk/"},
        "POST": everybody("422") | {"kiosk": "302 /kiosk/"},
    },
    "kiosk/unpair/": {
        "GET": everybody("302 /kiosk/pair/", visitor=SIGN_IN),
        "POST": everybody("302 /kiosk/pair/", visitor=SIGN_IN),
    },
}


SET_UP = everybody("403", visitor=SIGN_IN)


SET_UP_MODELS = {
    "campus": ("school", "term", "closure", "group", "registertime", "role", "attendancemark", "auditevent"),
    "enrollment": ("consentevent", "childanswer"),
    "gates": ("passage",),
}


SET_UP_PAGES = ["", "jsi18n/", "^(?P<app_label>campus|enrollment|gates)/$"]


SET_UP_PAGES += [
    f"{app}/{model}/{page}"
    for app, models in SET_UP_MODELS.items()
    for model in models
    for page in ("", "add/", "<path:object_id>/change/", "<path:object_id>/delete/")
]


"""The administrators' pages: none is open to anybody in the table (`tests/campus/test_set_up.py`)."""


MATRIX |= {f"set-up/{page}": {"GET": SET_UP, "POST": SET_UP} for page in SET_UP_PAGES}


MATRIX["set-up/logout/"] = {"GET": SET_UP, "POST": SET_UP}
# Families: letters, addresses, answers, and what the office does about them.


MATRIX |= {
    "family/join/": {"GET": everybody("200"), "POST": everybody("422")},
    "family/join/code/": {
        "GET": everybody("302 /family/join/"),
        "POST": everybody("302 /family/", visitor="302 /family/join/"),
    },
    "family/address/": {"GET": everybody("200", visitor=SIGN_IN), "POST": everybody("422", visitor=SIGN_IN)},
    "family/address/codes/": {
        "GET": everybody("302 /family/address/", visitor=SIGN_IN),
        "POST": everybody("302 /family/address/", visitor=SIGN_IN),
    },
    "family/<uuid:student>/check/": {
        "GET": only("302 /family/{student}/answer/", "parent", others="404"),
        "POST": only("302 /family/{student}/answer/", "parent", others="404"),
    },
    "family/<uuid:student>/receipt/": {"GET": only("200", "parent", others="404"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/guardians/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/letter/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("200", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/paper/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/address/": {
        "GET": only("200", "office", others="404"),
        "POST": only("422", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/end/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/guardians/", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/student/": {
        "GET": NO_SUCH_METHOD,
        "POST": only("302 /office/students/{student}/guardians/", "office", others="404"),
    },
    "office/students/<uuid:student>/guardians/works-as/": {"GET": NO_SUCH_METHOD, "POST": only("404", others="404")},
    "office/not-told/": {"GET": only("200", *OFFICES, others="403"), "POST": NO_SUCH_METHOD},
    "office/students/<uuid:student>/consent/": {
        "GET": only("200", "office", "protection_officer", others="404"),
        "POST": only("404", others="404"),
    },
    "office/students/<uuid:student>/said-no/": {
        "GET": only("200", "teacher", "office", "protection_officer", others="404"),
        "POST": only("422", "teacher", "office", "protection_officer", others="404"),
    },
    "office/papers/<uuid:paper>/scan/": {
        "GET": only("200", "office", "protection_officer", others="404"),
        "POST": NO_SUCH_METHOD,
    },
    "office/waiting/": {
        "GET": only("200", *OFFICES, others="403"),
        "POST": only("404", others="403") | dict.fromkeys(OFFICES, "404"),
    },
}
# The data protection officer, and the administrator who decides with one (`tests/enrollment/test_protection.py`).


OFFICER_S = only("200", "protection_officer", others="403")


THE_OFFICER_S = only("200", "protection_officer", others="404")


MATRIX |= {
    f"protection/{page}": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD}
    for page in ("", "expiring/", "holds/", "exemptions/", "not-told/", "requests/", "record/", "figures/")
}


MATRIX |= {
    "protection/assessment/": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD},
    "protection/assessment/draft/": {
        "GET": OFFICER_S,
        "POST": only("422", "protection_officer", others="403"),
    },
    "protection/assessment/<uuid:assessment>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/requests/<uuid:asked>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/disclosures/": {"GET": OFFICER_S, "POST": NO_SUCH_METHOD},
    "protection/disclosures/add/": {
        "GET": OFFICER_S,
        "POST": only("422", "protection_officer", others="403"),
    },
    "protection/disclosures/<uuid:disclosure>/": {"GET": THE_OFFICER_S, "POST": only("404", others="404")},
    "protection/disclosures/<uuid:disclosure>/scan/": {"GET": THE_OFFICER_S, "POST": NO_SUCH_METHOD},
}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Yield every address that the product serves, as it is written in the URL configuration."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


Cells = dict[tuple[str, str], Row]
