"""Does a worker outlive its broker while it works?"""

from pathlib import Path

from kombu import Connection

from benchmarks.faults.store import QueueStore
from triage.celery import app


def test_neither_putting_back_nor_answering_a_bell_ends_the_worker(
    tmp_path: Path,
) -> None:
    """Both are tried, as Celery does, after the broker died with a bell fetched."""
    with QueueStore(tmp_path) as store:
        url = store.url.replace("unix://", "redis+socket://")
        options = app.conf.broker_transport_options
        connection = Connection(url, transport_options=options)
        channel = connection.default_channel
        queue = connection.SimpleQueue("bells", channel=channel)
        queue.put("ring")
        bell = queue.get(timeout=20)
        store.kill()
        connection.collect()
        connection.close()
        bell.ack_log_error(None, (ConnectionError,))
    assert channel.closed
