"""What do staff see and change in the admin site, and what does nobody?"""

import base64
import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from deliveries import vault
from deliveries.admin import PolicyModelAdmin
from deliveries.models import (
    Address,
    ApiKey,
    FailureCategory,
    FrequencyCap,
    HookEndpoint,
    Provider,
    QuietHours,
    RecipientKey,
    Route,
    Source,
    digest_of,
)
from knowledgebase.models import (
    Article,
    ArticleEffect,
    ArticleEvent,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    WritingTask,
)
from tests.checkout import APPS
from tests.people import Person
from tests.rows import VALID, make
from triage.models import MemberRole, Membership, Queue, RoutingRule

pytestmark = pytest.mark.django_db

MODELS = tuple(VALID)
WRITABLE = (
    ApiKey,
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
FACTS = tuple(model for model in MODELS if model not in WRITABLE)
READ_BY_ALL_STAFF = (
    Article,
    ArticleEffect,
    ArticleEvent,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    FailureCategory,
    WritingTask,
)


def address(model: type[models.Model], page: str, *args: object) -> str:
    """Where a page of a table lies."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def queries(person: Person, path: str) -> int:
    """How many queries a page costs; it must open."""
    with CaptureQueriesContext(connection) as captured:
        assert person.browser.get(path).status_code == 200
    return len(captured)


# --- what is there --------------------------------------------------------------------


def test_every_table_is_in_the_admin_site() -> None:
    ours = {model for app in APPS for model in apps.get_app_config(app).get_models()}
    found = {each for each in admin.site._registry if each._meta.app_label in APPS}
    assert found == ours


def test_of_the_libraries_tables_only_accounts_jobs_and_history_are_there() -> None:
    found = {each for each in admin.site._registry if each._meta.app_label not in APPS}
    assert {each.__name__ for each in found} == {
        "User",
        "Group",
        "Dashboard",
        "LogEntry",
    }


def test_every_table_of_ours_is_guarded_by_the_permission_table() -> None:
    faults = [
        model.__name__
        for model, its_admin in admin.site._registry.items()
        if model._meta.app_label in (*APPS, "auth")
        and not isinstance(its_admin, PolicyModelAdmin)
    ]
    assert faults == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_costs_the_same_for_few_rows_and_for_many(
    model: type[models.Model], ada: Person
) -> None:
    for _ in range(3):
        make(model)
    path = address(model, "changelist")
    queries(ada, path)  # the first request of all remembers content types
    few = queries(ada, path)
    for _ in range(27):
        make(model)
    assert queries(ada, path) == few


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_row_can_be_looked_at(model: type[models.Model], ada: Person) -> None:
    row = make(model)
    assert ada.browser.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_can_be_searched_or_narrowed(
    model: type[models.Model], ada: Person
) -> None:
    make(model)
    its_admin = admin.site._registry[model]
    assert its_admin.search_fields or its_admin.list_filter
    path = address(model, "changelist")
    assert ada.browser.get(path, {"q": "nothing is called that"}).status_code == 200
    rows = ada.browser.get(path, {"q": "nothing is called that"}).context["cl"]
    assert not its_admin.search_fields or rows.result_count == 0


# --- facts are read-only, for everybody -----------------------------------------------


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_what_use_cases_write_is_written_by_nobody_else(
    model: type[models.Model], ada: Person, aud: Person
) -> None:
    row = make(model)
    before = list(model._default_manager.values_list())
    for person in (ada, aud):
        page = person.browser.get(address(model, "change", row.pk)).content.decode()
        assert 'name="_save"' not in page
        for name in ("add", "delete", "change"):
            path = address(model, name, *(() if name == "add" else (row.pk,)))
            assert person.browser.post(path, {"post": "yes"}).status_code == 403, path
    assert list(model._default_manager.values_list()) == before


def test_nothing_that_others_refer_to_is_deleted(ada: Person) -> None:
    for model in set(WRITABLE) - {Membership}:
        row = make(model)
        answer = ada.browser.post(address(model, "delete", row.pk), {"post": "yes"})
        assert answer.status_code == 403, model
        assert model._default_manager.filter(pk=row.pk).exists()


# --- who enters, and who sees what ----------------------------------------------------


@pytest.mark.parametrize("who", ["ana", "kim", "leo", "mia"])
def test_staff_of_the_desk_read_the_vocabulary_and_the_articles_alone(
    who: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    assert person.browser.get(reverse("admin:index")).status_code == 200
    opened = {
        model
        for model in MODELS
        if person.browser.get(address(model, "changelist")).status_code == 200
    }
    assert opened == set(READ_BY_ALL_STAFF)


def test_an_auditor_reads_every_fact_and_no_configuration(aud: Person) -> None:
    opened = {
        model
        for model in MODELS
        if aud.browser.get(address(model, "changelist")).status_code == 200
    }
    assert opened == {*FACTS, FailureCategory}


def test_a_person_of_a_source_does_not_enter(sue: Person) -> None:
    assert sue.browser.get(reverse("admin:index")).status_code == 403


def test_djangos_own_flags_open_nothing(ana: Person) -> None:
    User.objects.filter(pk=ana.user.pk).update(is_staff=True)
    assert ana.browser.get(address(Source, "changelist")).status_code == 403


def test_jobs_are_watched_by_admins_alone(ada: Person, aud: Person) -> None:
    User.objects.filter(pk=ada.user.pk).update(is_staff=True)
    path = reverse("django_rq:home")
    assert ada.browser.get(path).status_code == 200
    assert aud.browser.get(path).status_code == 403


# --- secrets --------------------------------------------------------------------------


def test_no_page_shows_a_secret(ada: Person) -> None:
    token = "carrier-token-9f3"
    provider = make(Provider, slug="carrier")
    sealed = vault.seal_secret(token, "provider:carrier")
    Provider.objects.filter(pk=provider.pk).update(sealed_settings=sealed)
    key = make(ApiKey, digest=digest_of("und_whatever"))
    person_key = make(RecipientKey, wrapped_key=b"wrapped-key-bytes")
    sealed_address = make(Address, sealed_value=b"sealed-value-bytes")
    hidden = [token, key.digest, "wrapped-key-bytes", "sealed-value-bytes"]
    hidden += [sealed.hex(), base64.b64encode(sealed).decode(), repr(sealed)]
    for row in (provider, key, person_key, sealed_address):
        for path in (
            address(type(row), "changelist"),
            address(type(row), "change", row.pk),
        ):
            page = ada.browser.get(path).content.decode()
            assert [text for text in hidden if text in page] == [], path


def test_a_new_key_is_shown_once_and_works(ada: Person) -> None:
    source = make(Source, slug="shop")
    form = {"source": source.pk, "name": "backend", "scopes": "report:write"}
    answer = ada.browser.post(address(ApiKey, "add"), form, follow=True)
    shown = re.findall(r"und_[0-9a-z]{8}_[\w-]{43}", answer.content.decode())
    row = ApiKey.objects.get(source=source)
    assert [digest_of(key) for key in shown] == [row.digest]
    assert (row.created_by, row.scopes) == (ada.user, ["report:write"])
    again = ada.browser.get(address(ApiKey, "changelist")).content.decode()
    assert shown[0] not in again


def test_a_key_is_revoked_and_never_changed(ada: Person) -> None:
    key = make(ApiKey)
    form = {"action": "revoke", "_selected_action": [key.pk]}
    asked = ada.browser.post(address(ApiKey, "changelist"), form)
    assert "Revoke these keys?" in asked.text
    key.refresh_from_db()
    assert key.revoked_at is None
    ada.browser.post(address(ApiKey, "changelist"), form | {"confirmed": "yes"})
    key.refresh_from_db()
    assert key.revoked_at is not None
    change = address(ApiKey, "change", key.pk)
    assert ada.browser.post(change, {"name": "other"}).status_code == 403


# --- configuration --------------------------------------------------------------------


def test_an_admin_makes_a_source(ada: Person) -> None:
    form = {"slug": "shop", "name": "Shop", "default_locale": "en", "limits": "{}"}
    form["resend_mode"] = "ours"
    answer = ada.browser.post(address(Source, "add"), form | {"time_zone": "Mars"})
    assert "Name a time zone" in answer.text
    answer = ada.browser.post(address(Source, "add"), form | {"time_zone": "UTC"})
    assert answer.status_code == 302
    assert Source.objects.get(slug="shop").name == "Shop"


def test_a_providers_token_is_kept_until_another_is_typed(ada: Person) -> None:
    form: dict[str, Any] = {
        "slug": "carrier",
        "name": "Carrier",
        "channel": "webhook",
        "adapter": "webhook",
        "address": "https://carrier.example/in",
        "dedup": "key",
        "attainable_level": 3,
        "enabled": "on",
    }
    ada.browser.post(address(Provider, "add"), {**form, "credentials": "first"})
    provider = Provider.objects.get(slug="carrier")
    assert provider.secret == "first"
    change = address(Provider, "change", provider.pk)
    ada.browser.post(change, {**form, "credentials": ""})
    provider.refresh_from_db()
    assert provider.secret == "first"
    ada.browser.post(change, {**form, "credentials": "second"})
    provider.refresh_from_db()
    assert provider.secret == "second"


WORDS = {"name_en": "Busy for now", "name_zh_hans": "暂时繁忙"}
POLICY = {"handling_level": 4, "retry_class": "never", "repair_policy": "human"}


@pytest.mark.parametrize(
    ("who", "kept"), [("mia", WORDS), ("ada", POLICY), ("ana", {}), ("aud", {})]
)
def test_words_are_the_editors_and_policy_is_the_admins(
    who: str, kept: dict[str, object], request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    category = FailureCategory.objects.get(slug="server.unavailable")
    fields = ("slug", *WORDS, *POLICY)
    before = {name: getattr(category, name) for name in fields}
    change = address(FailureCategory, "change", category.pk)
    form = {**WORDS, **POLICY, "slug": "server.renamed", "confirmed": "yes"}
    answer = person.browser.post(change, form)
    assert answer.status_code == (302 if kept else 403)
    category.refresh_from_db()
    after = {name: getattr(category, name) for name in fields}
    assert after == {**before, **kept}


# --- accounts and roles ---------------------------------------------------------------


def test_nobody_grants_a_role_to_themselves(
    ada: Person, ana: Person, general: Queue
) -> None:
    form = {"queue": general.pk, "role": MemberRole.LEAD}
    refused = ada.browser.post(
        address(Membership, "add"), {**form, "person": ada.user.pk}
    )
    assert refused.status_code == 200
    assert not ada.user.memberships.exists()
    granted = ada.browser.post(
        address(Membership, "add"), {**form, "person": ana.user.pk}
    )
    assert granted.status_code == 302
    assert ana.user.memberships.filter(role=MemberRole.LEAD).exists()


def test_ones_own_membership_is_neither_changed_nor_ended(
    ada: Person, general: Queue
) -> None:
    own = Membership.objects.create(
        person=ada.user, queue=general, role=MemberRole.AGENT
    )
    for page, form in (
        ("change", {"person": ada.user.pk, "queue": general.pk, "role": "lead"}),
        ("delete", {"post": "yes"}),
    ):
        answer = ada.browser.post(address(Membership, page, own.pk), form)
        assert answer.status_code == 403
    own.refresh_from_db()
    assert own.role == MemberRole.AGENT


def account_form(user: User, **changes: object) -> dict[str, object]:
    """What the form of an account sends."""
    form = {"username": user.username, "email": user.email, "is_active": "on"}
    form["confirmed"] = "yes"
    return {**form, **changes}


def test_an_admin_makes_an_admin_of_somebody_else_only(
    ada: Person, ana: Person
) -> None:
    change = address(User, "change", ana.user.pk)
    form = account_form(ana.user, is_superuser="on")
    assert ada.browser.post(change, form).status_code == 302
    ana.user.refresh_from_db()
    assert (ana.user.is_superuser, ana.user.is_staff) == (True, True)
    own = address(User, "change", ada.user.pk)
    assert ada.browser.post(own, account_form(ada.user)).status_code == 302
    ada.user.refresh_from_db()
    assert ada.user.is_superuser


def test_an_account_is_disabled_by_an_admin(ada: Person, ana: Person) -> None:
    form = account_form(ana.user)
    del form["is_active"]
    ada.browser.post(address(User, "change", ana.user.pk), form)
    ana.user.refresh_from_db()
    assert not ana.user.is_active


def test_roles_outside_queues_have_fixed_names(ada: Person) -> None:
    editor = Group.objects.get(name="editor")
    answer = ada.browser.post(
        address(Group, "change", editor.pk), {"name": "superhero"}
    )
    assert answer.status_code == 403
    assert ada.browser.post(address(Group, "add"), {"name": "god"}).status_code == 403
