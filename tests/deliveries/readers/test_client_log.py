"""Are numbers, names and states found in the logs of devices?"""

import pytest

from deliveries.readers import client_log


@pytest.mark.parametrize(
    ("log", "field", "value"),
    [
        ("cURL error 28: x", "curl", "28"),
        ("curl: (6) x", "curl", "6"),
        ("Error Domain=NSURLErrorDomain Code=-1009", "nsurlerror", "-1009"),
        ("(NSURLErrorDomain error -1001.)", "nsurlerror", "-1001"),
        ('"NSPOSIXErrorDomain", code: 28', "nsposixerror", "28"),
        ("Net: airplaneMode=true", "airplanemode", "true"),
        ('{"networkType": "none"}', "networktype", "none"),
        ('{\\"isBackgroundRestricted\\":true}', "isbackgroundrestricted", "true"),
    ],
)
def test_a_state_knows_its_list_and_its_place(log: str, field: str, value: str) -> None:
    (code,) = client_log.states(log)
    assert (code.field, code.value) == (field, value)
    assert log[code.start : code.end] == value


@pytest.mark.parametrize(
    ("log", "name"),
    [
        ("connect ECONNREFUSED 192.0.2.7:443", "ECONNREFUSED"),
        ("getaddrinfo EAI_AGAIN", "EAI_AGAIN"),
        ("net::ERR_CERT_DATE_INVALID", "ERR_CERT_DATE_INVALID"),
        ("javax.net.ssl.SSLHandshakeException: x", "SSLHandshakeException"),
        ("OSError: x, SSLError", "SSLError"),
        ("HRESULT 0x80072EE7", "0x80072EE7"),
        ("request:fail ssl hand shake error", "request:fail ssl hand shake error"),
        ("Error: socket hang up", "socket hang up"),
    ],
)
def test_the_name_of_an_error_is_found_where_it_stands(log: str, name: str) -> None:
    codes = [*client_log.states(log), *client_log.names(log)]
    assert name in {log[code.start : code.end] for code in codes}


def test_words_that_only_look_alike_are_left_alone() -> None:
    log = "curl up, permission slip, Evening, end of Error, offline: maybe"
    assert list(client_log.states(log)) == list(client_log.names(log)) == []
