"""Is every real mail of the benchmark read, where its data are present?"""

from pathlib import Path

import pytest
from django.conf import settings

from deliveries.readers import MailKind, read_mail

MAILS = Path(settings.BASE_DIR).parent / "shared" / "diagnosis" / "mails"


def test_every_mail_of_the_benchmark_is_read() -> None:
    files = sorted(MAILS.rglob("*.eml"))
    if not files:
        pytest.skip("../shared/diagnosis/mails is not present here.")

    readings = [read_mail(file.read_bytes()) for file in files]

    assert all(reading.answer or reading.kind is MailKind.DELAY for reading in readings)
    other = sum(reading.kind is MailKind.OTHER for reading in readings)
    assert other <= len(readings) * 0.02
