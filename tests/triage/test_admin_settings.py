"""Is each setting explained, asked about before it reaches far, and remembered?"""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import models
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from deliveries.actor import Role
from deliveries.admin import PolicyModelAdmin
from deliveries.models import (
    ApiKey,
    FailureCategory,
    FrequencyCap,
    HookEndpoint,
    Provider,
    QuietHours,
    Route,
    Source,
)
from deliveries.request import as_known
from tests.people import Person
from tests.rows import make
from triage.models import MemberRole, Membership, Queue, RoutingRule

pytestmark = pytest.mark.django_db

CHANGED = (
    FailureCategory,
    FrequencyCap,
    HookEndpoint,
    Membership,
    Provider,
    Queue,
    QuietHours,
    Route,
    RoutingRule,
    Source,
    User,
)


def address(model: type[models.Model], page: str, *args: object) -> str:
    """Where a page of a table lies."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def its_admin(model: type[models.Model]) -> PolicyModelAdmin:
    """How the admin site keeps a table."""
    found = admin.site._registry[model]
    assert isinstance(found, PolicyModelAdmin)
    return found


def form_of(model: type[models.Model], person: Person, row: Any = None) -> Any:
    """The form that a person fills in."""
    request = as_known(RequestFactory().get("/"))
    request.user, request.actor = person.user, person.actor
    return its_admin(model).get_form(request, row, change=row is not None)


# --- explained ------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*CHANGED, ApiKey], ids=lambda model: model.__name__)
def test_each_setting_says_in_both_languages_what_it_does(
    model: type[models.Model], ada: Person, mia: Person
) -> None:
    row = None if model is ApiKey else make(model)
    for person in (ada, mia):
        if person is mia and model is not FailureCategory:
            continue
        fields = form_of(model, person, row).base_fields
        assert fields
        silent = [name for name, each in fields.items() if not each.help_text]
        assert silent == []
        for name, field in fields.items():
            with translation.override("en"):
                english = str(field.help_text)
            with translation.override("zh-hans"):
                assert str(field.help_text) != english, name


# --- asked about ----------------------------------------------------------------------


@pytest.mark.parametrize("model", CHANGED, ids=lambda model: model.__name__)
def test_what_reaches_far_is_among_the_settings(
    model: type[models.Model], ada: Person
) -> None:
    far = set(its_admin(model).far_reaching)
    fields = set(form_of(model, ada).base_fields) | {"username", "is_active"}
    assert far
    assert far <= fields | {"is_superuser", "groups", "scheme", "dialect"}


def route_form(route: Route, **changes: object) -> dict[str, object]:
    """What the form of a route sends."""
    form = {"channel": route.channel, "region": "", "provider": route.provider.pk}
    return {**form, "position": 1, "weight": 100, "enabled": "on", **changes}


def test_a_change_that_reaches_far_is_asked_about_and_then_made(ada: Person) -> None:
    route = make(Route)
    path = address(Route, "change", route.pk)
    form = route_form(route)
    del form["enabled"]
    asked = ada.browser.post(path, form)
    assert asked.status_code == 200
    assert "takes effect at once" in asked.text
    assert [str(each) for each in asked.context["changes"]] == ["enabled: yes → no"]
    route.refresh_from_db()
    assert route.enabled
    answer = dict(asked.context["kept"])
    done = ada.browser.post(path, {**answer, "confirmed": "Yes, do it"})
    assert done.status_code == 302
    route.refresh_from_db()
    assert not route.enabled


def test_what_reaches_nobody_else_is_made_at_once(ada: Person) -> None:
    route = make(Route)
    form = route_form(route, rate_per_s="7")
    path = address(Route, "change", route.pk)
    assert ada.browser.post(path, form).status_code == 302
    route.refresh_from_db()
    assert route.rate_per_s == 7


def test_a_mistake_is_said_before_anything_is_asked(ada: Person) -> None:
    route = make(Route)
    answer = ada.browser.post(
        address(Route, "change", route.pk), route_form(route, position="-1")
    )
    assert "takes effect" not in answer.text
    assert answer.context["adminform"].form.errors


def test_who_may_not_change_it_is_not_asked(aud: Person, ana: Person) -> None:
    route = make(Route)
    for person in (aud, ana):
        answer = person.browser.post(
            address(Route, "change", route.pk), route_form(route, position="9")
        )
        assert answer.status_code == 403


def test_an_account_is_not_closed_by_one_click(ada: Person, ana: Person) -> None:
    path = address(User, "change", ana.user.pk)
    asked = ada.browser.post(path, {"username": "ana", "email": ana.user.email})
    assert "takes effect at once" in asked.text
    ana.user.refresh_from_db()
    assert ana.user.is_active


def test_a_role_is_not_changed_by_one_click(
    ada: Person, ana: Person, general: Queue
) -> None:
    row = Membership.objects.get(person=ana.user)
    path = address(Membership, "change", row.pk)
    form = {"person": ana.user.pk, "queue": general.pk, "role": MemberRole.LEAD}
    asked = ada.browser.post(path, form)
    (change,) = asked.context["changes"]
    assert (change.before, change.after) == ("Agent", "Team lead")
    assert Role.LEAD not in ana.actor.roles
    ada.browser.post(path, form | {"confirmed": "yes"})
    assert Role.LEAD in ana.actor.roles


def test_a_question_never_carries_a_secret(ada: Person) -> None:
    provider = make(
        Provider,
        channel="webhook",
        adapter="webhook",
        address="https://carrier.example/in",
        dedup="key",
    )
    form = {
        "slug": provider.slug,
        "name": "Carrier",
        "channel": "webhook",
        "adapter": "webhook",
        "address": "https://other.example/in",
        "dedup": "key",
        "attainable_level": 3,
        "enabled": "on",
        "credentials": "token-9f3-secret",
    }
    path = address(Provider, "change", provider.pk)
    asked = ada.browser.post(path, form)
    assert "https://other.example/in" in asked.text
    assert "token-9f3-secret" not in asked.text
    assert "Secrets are not carried over" in asked.text


def test_a_hostile_name_is_text_in_the_question(ada: Person) -> None:
    source = make(Source, name="<script>alert(1)</script>")
    form = {
        "slug": "other",
        "name": source.name,
        "default_locale": "en",
        "time_zone": "UTC",
        "resend_mode": "ours",
        "limits": "{}",
    }
    asked = ada.browser.post(address(Source, "change", source.pk), form)
    assert "takes effect at once" in asked.text
    assert "<script>alert(1)" not in asked.text


# --- remembered -----------------------------------------------------------------------


def test_the_history_says_who_changed_what_from_what_to_what(
    ada: Person, aud: Person
) -> None:
    route = make(Route)
    form = route_form(route, position="4", confirmed="yes")
    ada.browser.post(address(Route, "change", route.pk), form)
    own = ada.browser.get(address(Route, "history", route.pk)).text
    assert "position: 1 → 4" in own
    for person in (ada, aud):
        text = person.browser.get(address(LogEntry, "changelist")).text
        assert "position: 1 → 4" in text
        assert "ada" in text


def test_a_revoked_key_is_in_the_history(ada: Person) -> None:
    key = make(ApiKey)
    form = {"action": "revoke", "_selected_action": [key.pk], "confirmed": "yes"}
    ada.browser.post(address(ApiKey, "changelist"), form)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (ada.user, str(key.pk))


def test_the_history_is_read_only_and_not_for_the_desk(
    ada: Person, ana: Person, aud: Person
) -> None:
    assert ana.browser.get(address(LogEntry, "changelist")).status_code == 403
    for person in (ada, aud):
        assert person.browser.get(address(LogEntry, "add")).status_code == 403


def test_a_secret_is_not_in_the_history(ada: Person) -> None:
    form = {
        "slug": "carrier",
        "name": "Carrier",
        "channel": "webhook",
        "adapter": "webhook",
        "address": "https://carrier.example/in",
        "dedup": "key",
        "attainable_level": 3,
        "enabled": "on",
    }
    ada.browser.post(address(Provider, "add"), {**form, "credentials": "first-9f3"})
    provider = Provider.objects.get()
    change = address(Provider, "change", provider.pk)
    ada.browser.post(change, {**form, "credentials": "second-9f3"})
    said = " ".join(str(each.get_change_message()) for each in LogEntry.objects.all())
    assert "credentials: ••• → •••" in said
    assert "9f3" not in said
