"""The Celery application: JSON only, no results, messages that die young."""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campus.settings")

TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "campus.transport:Transport"

app = Celery("campus", set_as_current=True)
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    task_default_queue="desk",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    task_acks_late=False,
    task_publish_retry=False,
    worker_pool="campus.pool:TaskPool",
    worker_lost_wait=0.1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_connect_timeout": 0.3,
        "socket_timeout": 1.5,  # More than the second for which a worker asks for the next message.
        "max_retries": 0,
        # A task is acknowledged before it runs, so there is nothing to remember in the broker until then.
        "ack_emulation": False,
    },
    timezone="UTC",
    enable_utc=True,
    # Celery would close both databases' connections before and after every task: a student would wait for two new ones.
    CELERY_DB_REUSE_MAX=sys.maxsize,
    beat_schedule={
        "settle the outbox": {"task": "campus.settle_outbox", "schedule": 1.0, "options": {"expires": 1}},
        "mail the chain's head": {"task": "campus.mail_chain_heads", "schedule": 600.0, "options": {"expires": 600}},
        "watch what ended": {"task": "campus.watch_tombstones", "schedule": 60.0, "options": {"expires": 60}},
        "clear ended sessions": {"task": "campus.clear_sessions", "schedule": 600.0, "options": {"expires": 600}},
        "destroy the keys of what was erased": {
            "task": "enrollment.renew_epoch",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        # After school in Europe, at night in China; one that was missed is made up for as the beat starts.
        "sweep": {"task": "campus.sweep", "schedule": crontab(hour="20"), "options": {"expires": 60}},
        "check galleries": {
            "task": "gates.check_galleries",
            "schedule": 900.0,
            "options": {"expires": 60, "queue": "decide"},
        },
        "remind families": {"task": "enrollment.remind", "schedule": 3600.0, "options": {"expires": 3600}},
        "look at families again": {"task": "enrollment.review", "schedule": 5.0, "options": {"expires": 5}},
        "end what has expired": {"task": "enrollment.end_expired", "schedule": 60.0, "options": {"expires": 60}},
    },
)
TASK_MODULES = {
    "extract": ["gates.tasks_extract"],
    "decide": ["gates.tasks_decide"],
    "desk": ["campus.tasks", "enrollment.tasks"],
}
app.conf.imports = TASK_MODULES.get(settings.PROCESS, [])


@task_prerun.connect
def _let_go_of_dead_connections(**kwargs: Any) -> None:
    """Do before a task what Django does before a request: a connection that is old or broken is made anew."""
    close_old_connections()


@setup_logging.connect
def _log_discreetly(**kwargs: Any) -> None:
    """Keep Celery from laying its own loggers over ours."""
    from campus import logs

    logs.configure()


@worker_init.connect
def _refuse_misconfiguration(**kwargs: Any) -> None:
    """Stop a worker that was started on a machine that is set up wrong, or where that can't be told."""
    from campus import checks, logs

    try:
        checks.refuse_misconfiguration()
    except Exception as error:  # Celery would log it and start all the same.
        sys.exit(f"the start-up checks could not be made: {logs.discreet_traceback(error)}")
