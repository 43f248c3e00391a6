"""Is the wish to wait found where answers put it?"""

import pytest

from deliveries import readers

NOW = "Date: Fri, 02 Jul 2027 10:00:00 GMT"


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("HTTP/1.1 429\r\nRetry-After: 120\r\n", 120),
        ('{"retry_after": 35.5}', 36),
        ('{"retryAfter":30}', 30),
        ('{"ok":false,"parameters":{"retry_after":14}}', 14),
        ('{"retryDelay":"31s"}', 31),
        ('{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2001}', 3),
        ("X-RateLimit-Reset-After: 1.2", 2),
        ("X-RateLimit-Reset: 45", 45),
        ("FLOOD_WAIT_35", 35),
        ("try again in 2 minutes", 120),
        ("请60秒后重试", 60),
        ("请1小时后再试", 3600),
        (
            f"{NOW}\r\nRetry-After: Fri, 02 Jul 2027 10:05:00 GMT",
            300,
        ),
        (
            f"{NOW}\r\nX-RateLimit-Reset: 1814522460",
            60,
        ),
        ("Retry-After: Fri, 02 Jul 2027 10:05:00 GMT", None),
        (
            f"{NOW}\r\nRetry-After: Fri, 32 Jul 2027 10:05:00 GMT",
            None,
        ),
        (
            f"{NOW}\r\nRetry-After: Thu, 01 Jul 2027 10:05:00 GMT",
            None,
        ),
        ("X-RateLimit-Reset: 1814522460", None),
        ("no wish", None),
    ],
)
def test_a_wished_wait_is_read_in_seconds(raw: str, seconds: int | None) -> None:
    assert readers.read("webhook", raw).retry_after_s == seconds
