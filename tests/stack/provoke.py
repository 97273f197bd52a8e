"""Fails in every way in which a process can, with errors of Postgres that quote what they refused.

Run by `test_logs` as `python -m tests.stack.provoke`, in the environment of one of the stack's processes and
with the failing statements on standard input; what it writes stands for that process's log.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from typing import Any

import django
from django.http import HttpRequest, HttpResponse
from django.urls import path

FAILING: dict[str, Any] = {}


def fail() -> None:
    """Send Postgres the statement that it refuses."""
    from django.db import connections

    with connections[FAILING["alias"]].cursor() as cursor:
        cursor.execute(FAILING["statement"], FAILING["values"])


def page(request: HttpRequest) -> HttpResponse:
    """A page that fails."""
    fail()
    return HttpResponse()


urlpatterns = [path("provoked/", page)]


def in_a_log_call(name: str) -> None:
    """Log it as our own code, Django, Celery's beat and gunicorn log an exception."""
    try:
        fail()
    except Exception as error:
        logging.getLogger("gates").exception("it failed")
        logging.getLogger("gates").warning("it failed: %s", error)
        logging.getLogger("django").exception(error)
        logging.getLogger("celery.beat").error("Message Error: %s", error, exc_info=True)
        logging.getLogger("gunicorn.error").exception("Error handling request %s %s", "GET", f"/register/?q={name}")


def in_a_task() -> None:
    """Let a task fail, as a worker runs it."""
    from campus.celery import app

    app.task(name="provoked")(fail).apply()


def in_a_thread() -> None:
    """Let a thread die of it."""
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def in_a_page(name: str) -> None:
    """Ask for a page that fails, where errors aren't shown to visitors, and print what a visitor gets."""
    from django.test import Client, override_settings

    from campus.urls import urlpatterns as ours

    urlpatterns[1:] = ours  # The page about the failure links to others.
    with override_settings(DEBUG=False, ROOT_URLCONF="tests.stack.provoke"):
        sys.modules["tests.stack.provoke"] = sys.modules["__main__"]
        response = Client(raise_request_exception=False).get("/provoked/", {"q": name}, HTTP_HOST="localhost")
    sys.stdout.write(f"{response.status_code} {response.content.decode()}\n")


def at_the_end(text: str) -> None:
    """Let it end the process, as the cause of another error that quotes, too."""
    try:
        try:
            fail()
        except Exception as error:
            raise ValueError(text) from error
    except ValueError:
        sys.excepthook(*sys.exc_info())


def main() -> None:
    """Fail in every way, for each statement."""
    django.setup()
    for failing in json.load(sys.stdin):
        FAILING.update(failing)
        text, name = failing["values"]["text"], failing["values"]["name"]
        in_a_log_call(name)
        in_a_task()
        in_a_thread()
        in_a_page(name)
        at_the_end(text)


if __name__ == "__main__":
    main()
