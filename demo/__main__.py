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
from running import env_file, places
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
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        env_file.take_in()
        stack = Stack(places.var_folder(os.environ), {**os.environ, "DEBUG": "1"})
        try:
            _start_servers(stack)
            all_ok = _ride(stack)
            if not once:
                _stay(stack)
            return 0 if all_ok else 1
        finally:
            if stack.servers.is_started:
                _stop(stack)
    except (places.CannotRunError, portraits.PortraitsMissingError) as error:
        print(f"\ncannot run: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130 if once else 0
    return 1


def _start_servers(stack: Stack) -> None:
    """Start the servers, and choose the port: after a killed run's web process has given it free."""
    with step("starting Postgres, the keys' Postgres and Valkey"):
        ended = stack.servers.start()
    if ended:
        print(f"  (ended what a killed run had left: {', '.join(ended)})", file=sys.stderr)
    wanted = int(os.environ.get("PORT") or 8000)
    stack.outer["PORT"] = str(free_port(wanted))
    if stack.outer["PORT"] != str(wanted):
        print(f"port {wanted} is taken; using {stack.outer['PORT']}", file=sys.stderr)


def _ride(stack: Stack) -> bool:
    """Start the product and drive the rides; tells whether all came out as expected."""
    photographs = portraits.fetch(stack.var)
    print("preparing the databases", file=sys.stderr)
    stack.prepare()
    with step(f"starting {', '.join(PROCESSES)}"):
        stack.start_processes()
        stack.wait()
    print("the rides, as a kiosk, the parents and the office make them", file=sys.stderr)
    ridden = rides.run(stack.base_url, stack.seed, stack.var / "mail", photographs, shift=stack.clock_shift)
    print(table(ridden), flush=True)
    return all(ride.ok for ride in ridden)


def _stay(stack: Stack) -> None:
    """Print where everything is, then the sign-in codes as they are e-mailed, until Ctrl-C."""
    print(f"\nThe pages: {stack.base_url}/   The kiosks' interface: {stack.base_url}/api/openapi.json")
    print(f"To sign in, give one of these addresses at {stack.base_url}/sign-in/; the e-mailed code appears here:")
    for person in stack.seed["sign_ins"]:
        print(f"  {person['email']:<45} {person['role']}")
    print(f"A gate's screen: {stack.base_url}/kiosk/   It is paired once, by this key: {stack.seed['kiosk']['key']}")
    print("To show one of these cards there without a reader, paste it:")
    for student in stack.seed["students"]:
        print(f"  {student['card']}  {student['name']}")
    print(f"Logs: {stack.var / 'log'}   Ctrl-C ends everything.\n", flush=True)
    letterbox = Letterbox(stack.var / "mail")
    while True:
        for letter in letterbox.new():
            print(letter, flush=True)
        stack.check()
        time.sleep(0.5)


def _stop(stack: Stack) -> None:
    """Stop everything; a second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with step("\nstopping"):
        stack.stop()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
