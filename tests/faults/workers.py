"""How do tests come by a worker that they may kill?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def worker(module: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one worker on the database of this test; it is gone afterwards.

    ``module`` is what it does, by the name that ``python -m`` takes; it gets the name
    of the database as its argument.
    """
    name = str(connection.settings_dict["NAME"])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "OUTBOUND_ALLOW_PRIVATE": "1",
    }
    argv = [sys.executable, "-m", module, name]
    with subprocess.Popen(argv, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()
