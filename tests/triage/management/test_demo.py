"""Does the demo refuse to run where its known passwords would do harm?"""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django import Settings


@pytest.mark.django_db
def test_the_demo_says_who_may_log_in(settings: Settings) -> None:
    settings.DEBUG = True
    out = StringIO()

    call_command("demo", stdout=out)

    assert "log in as leo with undelivered-demo (team lead)" in out.getvalue()


@pytest.mark.django_db
def test_a_production_site_gets_no_demo(settings: Settings) -> None:
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo")

    assert not User.objects.exists()
