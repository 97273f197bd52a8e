"""How workers read the broker: what is no message is dropped, where kombu's own reader ends the worker.

Anybody who reaches the broker can write anything into it. One line that isn't JSON, or a queue's name put
on something that is no list, would otherwise stop a worker, and with it the lane it serves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import Empty
from typing import Any

from kombu.transport import redis
from redis.exceptions import ResponseError

log = logging.getLogger(__name__)

BROKER_IS_GONE = tuple(kind for kind in redis.Transport.connection_errors if kind is not KeyError)
"""What the worker answers by connecting anew. kombu counts KeyError to them, which a forged message raises."""


class Channel(redis.Channel):  # type: ignore[misc] # kombu has no types
    """kombu's channel to Redis, except that nothing it reads can raise into the worker's loop."""

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Any], Any], consumer_tag: str, **kwargs: Any
    ) -> Any:
        """Consume from a queue; a message that its consumer chokes on is dropped."""

        def received(message: Any) -> None:
            try:
                callback(message)
            except BROKER_IS_GONE:
                raise
            except Exception as error:
                log.warning("dropped a message of queue %s: %s", queue, type(error).__name__)
                if not message.acknowledged:
                    message.reject()

        return super().basic_consume(queue, no_ack, received, consumer_tag, **kwargs)

    def _brpop_read(self, **options: Any) -> Any:
        """Read what the broker gave; anything but a message counts as nothing."""
        try:
            return super()._brpop_read(**options)
        except (Empty, *BROKER_IS_GONE):
            raise
        except ResponseError:
            self._remove_what_is_no_queue()
        except Exception as error:
            log.warning("dropped what is no message: %s", type(error).__name__)
        raise Empty

    def _remove_what_is_no_queue(self) -> None:
        with self.conn_or_acquire() as client:
            for queue in self.active_queues:
                for key in (self._q_for_pri(queue, priority) for priority in self.priority_steps):
                    if client.type(key) not in (b"list", b"none"):
                        log.warning("removed %r, which was no queue", key)
                        client.delete(key)


class Transport(redis.Transport):  # type: ignore[misc] # kombu has no types
    """kombu's transport over Redis with that channel."""

    Channel = Channel
