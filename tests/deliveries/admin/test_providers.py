"""Can an admin set a provider up, wrongly at no point, and read no credential back?"""

import json
from typing import Any

import pytest
from django.urls import reverse

from deliveries.models import Provider
from tests.people import Person

pytestmark = pytest.mark.django_db

ADD = "admin:deliveries_provider_add"
CHANGE = "admin:deliveries_provider_change"
TWILIO: dict[str, Any] = {
    "slug": "texts",
    "name": "Texts",
    "channel": "sms",
    "adapter": "twilio",
    "address": "",
    "settings": json.dumps({"user": "AC1", "sender": "+14155550100"}),
    "credentials": "auth-token-0001",
    "dedup": "none",
    "attainable_level": 3,
    "enabled": "on",
}
WEBHOOK = {
    "channel": "chat",
    "adapter": "webhook",
    "address": "https://hooks.example/in",
    "settings": "{}",
    "credentials": "",
    "dedup": "key",
}
TENCENT = {
    "adapter": "tencent_sms",
    "settings": json.dumps({"app_id": "1400006666"}),
    "credentials": json.dumps({"key_id": "AKID", "key_secret": "tencent-secret"}),
}


def add(ada: Person, **changes: Any) -> Any:
    return ada.browser.post(reverse(ADD), TWILIO | changes)


def test_a_provider_gets_the_address_of_its_kind(ada: Person) -> None:
    assert add(ada).status_code == 302

    provider = Provider.objects.get(slug="texts")
    assert provider.address == "https://api.twilio.com"
    assert provider.credentials == {"password": "auth-token-0001"}
    assert provider.settings == {"user": "AC1", "sender": "+14155550100"}


def test_credentials_of_several_parts_are_given_by_name(ada: Person) -> None:
    assert add(ada, **TENCENT).status_code == 302

    provider = Provider.objects.get(slug="texts")
    assert provider.credentials == {"key_id": "AKID", "key_secret": "tencent-secret"}


def test_a_credential_that_is_json_itself_is_pasted_as_it_is(ada: Person) -> None:
    account = json.dumps({"client_email": "robot@shop.example", "private_key": "k"})

    answer = add(
        ada,
        channel="push",
        adapter="fcm",
        settings=json.dumps({"project": "shop"}),
        credentials=account,
        attainable_level=2,
    )

    assert answer.status_code == 302
    provider = Provider.objects.get(slug="texts")
    assert provider.credentials == {"service_account": account}


def test_the_page_says_when_credentials_were_set_and_no_more(ada: Person) -> None:
    add(ada)
    provider = Provider.objects.get(slug="texts")

    page = ada.browser.get(reverse(CHANGE, args=[provider.pk])).content.decode()

    assert "Set on " in page
    assert "auth-token" not in page
    assert "0001" not in page.replace("AC1", "")


def test_a_mistake_does_not_bring_credentials_back(ada: Person) -> None:
    answer = add(ada, dedup="key", credentials="auth-token-0001")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The adapter does not offer this." in page
    assert "auth-token-0001" not in page


def test_credentials_are_kept_until_others_are_given(ada: Person) -> None:
    add(ada)
    provider = Provider.objects.get(slug="texts")
    change = reverse(CHANGE, args=[provider.pk])

    ada.browser.post(change, TWILIO | {"credentials": "", "slug": "other"})
    kept = Provider.objects.get(pk=provider.pk)
    ada.browser.post(change, TWILIO | {"credentials": "auth-token-0002"})
    changed = Provider.objects.get(pk=provider.pk)

    assert (kept.slug, kept.credentials) == ("texts", {"password": "auth-token-0001"})
    assert changed.credentials == {"password": "auth-token-0002"}


def test_another_adapter_needs_credentials_of_its_own(ada: Person) -> None:
    add(ada)
    provider = Provider.objects.get(slug="texts")
    change = reverse(CHANGE, args=[provider.pk])

    answer = ada.browser.post(change, TWILIO | TENCENT | {"credentials": ""})

    assert "“key_id” is missing." in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"credentials": ""}, "credentials"),
        ({**TENCENT, "credentials": "no json"}, "credentials"),
        ({**TENCENT, "credentials": '{"key_id": "x"}'}, "credentials"),
        (
            {**TENCENT, "credentials": '{"key_id":"x","key_secret":"y","z":"z"}'},
            "credentials",
        ),
        ({**TENCENT, "credentials": '{"key_id":"x","key_secret":7}'}, "credentials"),
        ({"channel": "email"}, "channel"),
        ({"address": "smtp://relay.example"}, "address"),
        ({"address": "ftp://files.example"}, "address"),
        ({"address": "https://"}, "address"),
        ({"settings": "{"}, "settings"),
        ({"settings": "[]"}, "settings"),
        ({"settings": "{}"}, "settings"),
        ({"settings": '{"user": ""}'}, "settings"),
        ({"settings": '{"user": ["x"]}'}, "settings"),
        ({"settings": '{"user": "x", "colour": "red"}'}, "settings"),
        ({"settings": '{"user": "x", "spec": {"path": "/x"}}'}, "settings"),
        ({"dedup": "key"}, "dedup"),
        ({"dedup": "lookup"}, "dedup"),
        ({"attainable_level": 4}, "attainable_level"),
        ({**WEBHOOK, "address": ""}, "address"),
        (
            {**WEBHOOK, "channel": "sms", "adapter": "sms_http", "settings": "x"},
            "settings",
        ),
        (
            {
                **WEBHOOK,
                "channel": "sms",
                "adapter": "sms_http",
                "settings": '{"spec": {"headers": {}, "body": {}}}',
            },
            "dedup",
        ),
    ],
)
def test_what_an_adapter_does_not_allow_is_told_at_its_field(
    ada: Person, changes: dict[str, Any], field: str
) -> None:
    answer = add(ada, **changes)

    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Provider.objects.exists()


def test_a_webhook_carries_every_channel(ada: Person) -> None:
    assert add(ada, **WEBHOOK).status_code == 302


def test_a_push_of_the_web_needs_no_address(ada: Person) -> None:
    answer = add(
        ada,
        channel="push",
        adapter="web_push",
        settings=json.dumps({"contact": "mailto:desk@shop.example"}),
        attainable_level=2,
    )

    assert answer.status_code == 302
    assert Provider.objects.get().address == ""


def test_who_is_no_admin_sets_up_no_provider(ana: Person) -> None:
    assert add(ana).status_code == 403
    assert not Provider.objects.exists()
