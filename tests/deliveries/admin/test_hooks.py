"""Can an administrator give a provider an address, without anybody reading it later?"""

import re

import pytest
from django.urls import reverse

from deliveries import receipts
from deliveries.models import HookEndpoint
from tests.deliveries.receipts.signing import PUBLIC
from tests.factories import make_provider
from tests.people import Person

pytestmark = pytest.mark.django_db
ADD = reverse("admin:deliveries_hookendpoint_add")
SHOWN = re.compile(r"/api/v1/hooks/([a-z0-9-]+)/([A-Za-z0-9_-]{22})/")


def filled(**changes: object) -> dict[str, object]:
    """The form as it is sent."""
    said: dict[str, object] = {
        "provider": make_provider().pk,
        "dialect": "sendgrid",
        "scheme": "sendgrid",
        "secrets": PUBLIC,
        "enabled": "on",
    }
    return said | changes


def test_a_new_address_is_shown_once(ada: Person) -> None:
    page = ada.browser.post(ADD, filled(), follow=True).content.decode()

    found = SHOWN.search(page)
    assert found is not None
    row = receipts.find(found[1], found[2])
    assert row == HookEndpoint.objects.get()
    assert row is not None
    assert row.secrets == (PUBLIC,)
    again = ada.browser.get(
        reverse("admin:deliveries_hookendpoint_change", args=[row.pk])
    ).content.decode()
    assert SHOWN.search(again) is None
    assert PUBLIC not in again


@pytest.mark.parametrize(
    "changes",
    [
        {"scheme": "hub"},
        {"secrets": ""},
        {"provider": ""},
        {"dialect": "brevo", "scheme": "none"},
        {"dialect": "postmark", "scheme": "basic", "secrets": "nocolon"},
    ],
)
def test_what_could_never_work_is_refused(
    ada: Person, changes: dict[str, object]
) -> None:
    page = ada.browser.post(ADD, filled(**changes))

    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not HookEndpoint.objects.exists()


def test_secrets_stay_where_nothing_is_entered(ada: Person) -> None:
    ada.browser.post(ADD, filled())
    row = HookEndpoint.objects.get()
    path = reverse("admin:deliveries_hookendpoint_change", args=[row.pk])
    same = {"provider": row.provider_id, "dialect": "sendgrid", "scheme": "sendgrid"}

    answer = ada.browser.post(path, same | {"confirmed": "yes"})  # no longer enabled

    assert answer.status_code == 302
    after = HookEndpoint.objects.get()
    assert (after.enabled, after.secrets) == (False, (PUBLIC,))
    assert after.token_digest == row.token_digest


def test_returned_mail_needs_neither_provider_nor_secret(ada: Person) -> None:
    said = filled(dialect="mail", scheme="none", secrets="", provider="")
    page = ada.browser.post(ADD, said, follow=True).content.decode()
    row = HookEndpoint.objects.get()
    path = reverse("admin:deliveries_hookendpoint_change", args=[row.pk])

    assert "/api/v1/hooks/mail/" in page
    assert ada.browser.post(path, said).status_code == 302
