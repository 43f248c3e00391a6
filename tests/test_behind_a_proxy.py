"""Does the desk see, behind a proxy, who calls and that the line is secured?"""

import runpy
from pathlib import Path
from typing import Any

import pytest
from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

SETTINGS = Path(__file__).resolve().parent.parent / "triage" / "settings.py"
FORWARDED = {
    "X-Forwarded-For": "203.0.113.7, 198.51.100.9",
    "X-Forwarded-Proto": "https",
}
NAMES = ("ALLAUTH_TRUSTED_PROXY_COUNT", "SECURE_PROXY_SSL_HEADER")


def settings_behind(proxies: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("NUM_PROXIES", str(proxies))
    read = runpy.run_path(str(SETTINGS))
    return {name: read[name] for name in NAMES}


def forwarded() -> HttpRequest:
    return RequestFactory().get("/", headers=FORWARDED, REMOTE_ADDR="10.0.0.1")


def test_one_proxy_tells_whom_to_count_and_that_the_line_is_secured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with override_settings(**settings_behind(1, monkeypatch)):
        assert get_client_ip(forwarded()) == "198.51.100.9"
        assert forwarded().is_secure()


def test_without_a_proxy_forwarded_headers_are_a_strangers_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with override_settings(**settings_behind(0, monkeypatch)):
        assert get_client_ip(forwarded()) == "10.0.0.1"
        assert not forwarded().is_secure()
