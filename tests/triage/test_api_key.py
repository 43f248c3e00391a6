"""Can an operator give a key, find it again, and take it away?"""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from deliveries.api.authentication import forget_keys, key_from_header
from deliveries.models import ApiKey, Source

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    """Run the command; return what it wrote to both streams."""
    out, err = StringIO(), StringIO()
    call_command("api_key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def create(*more: str) -> tuple[str, str]:
    return run("create", "--source", "The Shop", "--scope", "report:write", *more)


def test_the_key_stands_alone_on_standard_output() -> None:
    out, _ = create()
    forget_keys()
    key = key_from_header(f"Bearer {out.removesuffix(chr(10))}")
    assert key is not None
    assert key.scopes == ["report:write"]
    assert key.source.slug == "the-shop"


def test_a_new_source_is_made_and_told() -> None:
    assert "the-shop" in create()[1]
    assert create()[1] == ""
    assert Source.objects.count() == 1


def test_several_scopes_make_one_key() -> None:
    create("--scope", "report:read", "--name", "backend")
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("backend", ["report:read", "report:write"])


def test_a_rate_holds_for_the_source() -> None:
    _, err = create("--rate", "60000")
    assert Source.objects.get().limits == {"reports": 60000, "reads": 60000}
    assert "60000" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ["create", "--source", "…", "--scope", "report:write"],
        ["create", "--source", "shop", "--scope", "everything"],
        ["create", "--source", "shop"],
        ["create", "--source", "shop", "--scope", "report:write", "--rate", "0"],
        ["revoke", "00000000"],
    ],
)
def test_a_wrong_call_makes_nothing(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*wrong)
    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing() -> None:
    key = create()[0].strip()
    prefix = key.split("_")[1]
    assert prefix in run("revoke", f"und_{prefix}")[0]
    forget_keys()
    assert key_from_header(f"Bearer {key}") is None
    with pytest.raises(CommandError):
        run("revoke", prefix)


def test_the_list_shows_no_secret() -> None:
    key = create()[0].strip()
    create()
    run("revoke", key.split("_")[1])
    listed = run("list")[0]
    assert key not in listed
    assert key.split("_")[1] in listed
    assert ["revoked" in line for line in listed.splitlines()].count(True) == 1
    assert "never used" in listed
