"""What crosses the broker besides Celery's own messages: sealed parcels, and a word that a row is ready.

Nothing read here is believed: parcels are authenticated by `campus.sealing`, and whoever is woken reads
the answer from Postgres.
"""

from __future__ import annotations

import math
import time
from functools import cache
from typing import cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECT_SECONDS = 0.3
ANSWER_SECONDS = 1.0
"""A broker that takes longer for one command counts as unavailable: a student waits."""
DONE_KEPT_SECONDS = 10

Unavailable = redis.RedisError
"""What the functions below raise when the broker can't be reached or answers nonsense."""


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        # A connection that was dropped meanwhile is worth another, a broker that doesn't answer is not.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


def put_parcel(name: str, parcel: bytes, *, seconds: int) -> None:
    """Leave a sealed parcel for another process, for at most `seconds`."""
    _client().set(f"parcel:{name}", parcel, ex=seconds)


def take_parcel(name: str, *, at_most: int) -> bytes | None:
    """Take a parcel away, so that it can be opened once; None if there is none, or one of more than `at_most` bytes.

    No more than that is read: what lies in the broker may be of any size.
    """
    with _client().pipeline() as pipe:
        pipe.getrange(f"parcel:{name}", 0, at_most)
        pipe.delete(f"parcel:{name}")
        parcel = cast(bytes, pipe.execute()[0])
    return parcel if 0 < len(parcel) <= at_most else None


def say_done(name: str) -> None:
    """Wake whoever waits for `name`."""
    with _client().pipeline() as pipe:
        pipe.rpush(f"done:{name}", "")
        pipe.expire(f"done:{name}", DONE_KEPT_SECONDS)
        pipe.execute()


def wait_done(name: str, seconds: float) -> None:
    """Wait until `say_done(name)` or for `seconds`, whichever comes first. It says nothing of the result."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        # In pieces, since the broker answers each of them only when it is over.
        if _client().blpop([f"done:{name}"], timeout=math.ceil(min(left, ANSWER_SECONDS / 2) * 1000) / 1000):
            return


def settings_of_server() -> dict[str, str]:
    """Return the broker's persistence settings, for the start-up checks. Raises `redis.ResponseError` if refused."""
    return {name: str(_client().config_get(name).get(name, "")) for name in ("save", "appendonly")}
