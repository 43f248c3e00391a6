"""Does a key open what it should, and stop when it should?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from deliveries.api import authentication
from deliveries.api.authentication import forget_keys, key_from_header
from deliveries.models import ApiKey
from tests.people import Person, Program

LIST = "/api/v1/reports/"


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget_keys()


def bearer(sam: Program) -> str:
    return f"Bearer {sam.key}"


def test_a_key_is_found_by_its_digest(sam: Program) -> None:
    assert key_from_header(bearer(sam)) == sam.row
    assert key_from_header(f"bearer {sam.key}") == sam.row


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Token x",
        "Bearer null",
        "Bearer " + "x" * 6000,
        "b\xff",
    ],
)
def test_what_is_no_key_asks_nobody(
    header: str, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert key_from_header(header) is None


def test_a_key_that_was_never_made_opens_nothing(sam: Program) -> None:
    assert key_from_header(f"Bearer {sam.key[:-1]}~") is None
    wrong = sam.key[:-1] + ("a" if sam.key[-1] != "a" else "b")
    assert key_from_header(f"Bearer {wrong}") is None


def test_a_busy_key_costs_no_query(
    sam: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key_from_header(bearer(sam))
    with django_assert_num_queries(0):
        assert key_from_header(bearer(sam)) == sam.row


def test_a_revoked_key_ends_when_it_is_no_longer_remembered(
    sam: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert key_from_header(bearer(sam))
    ApiKey.objects.update(revoked_at=timezone.now())
    monkeypatch.setattr(authentication, "_remembered", dict(remembered_for(-1.0)))
    assert key_from_header(bearer(sam)) is None


def remembered_for(seconds: float) -> dict[str, authentication._Remembered]:
    return {
        digest: authentication._Remembered(known.row, known.until + seconds - 10.0)
        for digest, known in authentication._remembered.items()
    }


def test_a_remembered_key_ends_at_its_own_time(sam: Program) -> None:
    known = key_from_header(bearer(sam))
    assert known is not None
    known.expires_at = timezone.now() - timedelta(seconds=1)
    assert key_from_header(bearer(sam)) is None


def test_the_last_use_is_noted_once_a_minute(
    sam: Program, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key_from_header(bearer(sam))
    sam.row.refresh_from_db()
    assert sam.row.last_used_at is not None
    forget_keys()
    with django_assert_num_queries(1):
        key_from_header(bearer(sam))


def test_no_key_is_no_entrance(db: None, client: Client) -> None:
    response = client.get(LIST)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "unauthenticated"


def test_the_body_of_a_stranger_is_not_read(db: None, client: Client) -> None:
    response = client.post(LIST, b"{", "application/json")
    assert response.status_code == 401


def test_a_key_without_the_scope_is_told_which(sam: Program, client: Client) -> None:
    ApiKey.objects.update(scopes=["report:read"])
    response = client.post(LIST, b"{}", "application/json", headers=sam.headers)
    assert response.status_code == 403
    assert response.json()["code"] == "scope_missing"
    assert response.json()["scope"] == "report:write"


def test_a_person_reads_with_a_session_and_files_nothing(ana: Person) -> None:
    assert ana.browser.get(LIST).status_code == 200
    response = ana.browser.post(LIST, b"{}", "application/json")
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")
