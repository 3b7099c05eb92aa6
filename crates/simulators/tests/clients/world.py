"""Starts a simulated world for a check, and reads its addresses from the line of JSON that it prints.

The command stands behind the check's own name: `python check_ccxt.py target/debug/examples/world`.
It runs until its standard input closes.
"""

import contextlib
import json
import os
import subprocess
import sys

# The addresses are on this machine; whatever proxy the surroundings name has no business with them.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@contextlib.contextmanager
def running():
    """The addresses of a world that lasts as long as the block."""
    command = sys.argv[1:]
    if not command:
        sys.exit(f"usage: {sys.argv[0]} COMMAND...  (a command that prints the world's addresses)")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=20)


def check(name, condition, *details):
    """One line per fact; the first one that does not hold ends the check."""
    print(f"{'ok  ' if condition else 'FAIL'} {name}", *(details if not condition else ()), flush=True)
    if not condition:
        sys.exit(1)


def consecutive(ids):
    """Whether there are several, and each follows the one before."""
    return len(ids) > 1 and all(after == before + 1 for before, after in zip(ids, ids[1:]))
