"""Does a line of the log say to which request it belongs?"""

import logging

import pytest
from django.http import HttpRequest, HttpResponse

from triage.middleware import request_id
from triage.request_log import RequestIdFilter


def line(text: str) -> str:
    record = logging.LogRecord("desk", logging.INFO, "", 0, text, None, None)
    assert RequestIdFilter().filter(record)
    return logging.Formatter("%(request_id)s%(message)s").format(record)


def test_a_line_outside_any_request_has_no_id() -> None:
    assert line("started") == "started"


def test_a_line_logged_while_a_request_is_served_carries_its_id() -> None:
    seen = []

    def serve(request: HttpRequest) -> HttpResponse:
        seen.append(line("served"))
        return HttpResponse()

    response = request_id(serve)(HttpRequest())
    assert seen == [f"{response['X-Request-Id']} served"]
    assert line("after") == "after"


def test_the_id_does_not_outlive_a_request_that_fails() -> None:
    def fail(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        request_id(fail)(HttpRequest())
    assert line("after") == "after"
