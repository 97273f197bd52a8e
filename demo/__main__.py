"""`python -m demo`: the whole product on this machine, and people passing its gate."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from demo import portraits, rides
from demo.mail import Letterbox
from demo.table import table
from running import places
from running.progress import step
from running.stack import PROCESSES, Stack, free_port


def main(arguments: Sequence[str]) -> int:
    """Start everything, drive the rides, and stay up until told to end; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="end after the table; exit 0 only if every ride came out as expected"
    )
    once: bool = parser.parse_args(arguments).once
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        wanted = int(os.environ.get("PORT") or 8000)
        port = free_port(wanted)
        if port != wanted:
            print(f"port {wanted} is taken; using {port}", file=sys.stderr)
        stack = Stack(places.var_folder(os.environ), {**os.environ, "DEBUG": "1", "PORT": str(port)})
        try:
            all_ok = _ride(stack)
            if not once:
                _stay(stack)
            return 0 if all_ok else 1
        finally:
            _stop(stack)
    except (places.CannotRunError, portraits.PortraitsMissingError) as error:
        print(f"\ncannot run: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130 if once else 0
    return 1


def _ride(stack: Stack) -> bool:
    """Start the product and drive the rides; tells whether all came out as expected."""
    began = time.monotonic()
    with step("starting Postgres, the keys' Postgres and Valkey"):
        ended = stack.servers.start()
    if ended:
        print(f"  (ended what a killed run had left: {', '.join(ended)})", file=sys.stderr)
    photographs = portraits.fetch(stack.var)
    print("preparing the databases", file=sys.stderr)
    stack.prepare()
    with step(f"starting {', '.join(PROCESSES)}"):
        stack.start_processes()
        stack.wait()
    print(f"ready after {time.monotonic() - began:.1f} s; now the rides", file=sys.stderr)
    ridden = rides.run(stack.base_url, stack.seed, stack.var / "mail", photographs)
    print(table(ridden))
    return all(ride.ok for ride in ridden)


def _stay(stack: Stack) -> None:
    """Print where everything is, then the sign-in codes as they are e-mailed, until Ctrl-C."""
    print(f"\nThe pages: {stack.base_url}/   The kiosks' interface: {stack.base_url}/api/v1/docs")
    print(f"Logs: {stack.var / 'log'}   Ctrl-C ends everything.\n")
    letterbox = Letterbox(stack.var / "mail")
    while True:
        for letter in letterbox.new():
            print(letter, flush=True)
        stack.check()
        time.sleep(0.5)


def _stop(stack: Stack) -> None:
    """Stop everything; a second Ctrl-C must not leave half of it running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with step("\nstopping"):
        stack.stop()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
