"""Can an operator make, list and close the addresses of receipts?"""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from deliveries import receipts
from deliveries.models import HookEndpoint
from tests.factories import make_provider, make_source

pytestmark = pytest.mark.django_db


def run(capsys: Any, *words: str) -> str:
    """Run the command; return what it printed."""
    call_command("hook", *words)
    return str(capsys.readouterr().out).strip()


def test_an_address_is_printed_once_and_listed_without_its_token(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, source = make_provider(), make_source()
    monkeypatch.setenv("HOOK_SECRET", "hook:one hook:two")

    path = run(
        capsys,
        *("create", "postmark", "--provider", provider.slug, "--source", source.slug),
    )

    _, name, token = path.strip("/").rsplit("/", 2)
    row = receipts.find(name, token)
    assert row is not None
    assert (row.scheme, row.source, row.secrets) == (
        "basic",
        source,
        ("hook:one", "hook:two"),
    )
    listed = run(capsys, "list")
    assert token not in listed
    assert listed.split("\t")[1:] == [
        *(provider.slug, "postmark", "basic", source.slug, "open"),
    ]


def test_a_closed_address_leads_nowhere(capsys: Any) -> None:
    path = run(capsys, "create", "mail")
    row = HookEndpoint.objects.get()

    assert run(capsys, "close", str(row.pk)) == f"Closed {row.pk}."

    assert receipts.find("mail", path.strip("/").rsplit("/", 1)[1]) is None
    with pytest.raises(CommandError, match="no open address"):
        run(capsys, "close", str(row.pk))


def test_what_proves_nothing_is_said_to_be_worth_little(capsys: Any) -> None:
    slug = make_provider().slug
    call_command("hook", "create", "aliyun_sms", "--provider", slug)
    assert "no suppression" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("create", "sendgrid", "--provider", "nobody"),
        ("create", "sendgrid"),
        ("create", "mail", "--source", "nobody"),
        ("create", "mail", "--scheme", "hub"),
    ],
)
def test_a_mistake_is_told(words: tuple[str, ...], capsys: Any) -> None:
    with pytest.raises(CommandError):
        run(capsys, *words)
    assert not HookEndpoint.objects.exists()
