"""Who follows a question, who answers, and by which server do mails go?"""

import pytest
from django.test import Client
from pytest_django import Settings

from knowledgebase.models import Question
from tests.following import SITE
from tests.rows import make


@pytest.fixture(autouse=True)
def with_mail(settings: Settings) -> None:
    """A mail server is set up."""
    settings.EMAIL_HOST = "mail.example.org"
    settings.SITE_URL = SITE


@pytest.fixture
def question() -> Question:
    """A question that somebody asked."""
    return make(Question, title="Why does no code arrive?")


@pytest.fixture
def jo(client: Client) -> Client:
    """The browser of Jo, who follows."""
    return client


@pytest.fixture
def sam() -> Client:
    """The browser of Sam, who answers."""
    return Client()
