"""Which closed sets of words does knowledge use?"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Audience(models.TextChoices):
    """Who may read an article."""

    INTERNAL = "internal", _("Staff")
    PUBLIC = "public", _("Everybody")
    TIP = "tip", _("End users, as a tip")


class TrainingCause(models.TextChoices):
    """Why somebody has something to read."""

    ARTICLE_CHANGED = "article_changed", _("An article that you knew has changed")
    OWN_REOPENED = "own_reopened", _("A ticket that you solved was taken up again")
    MODULE = "module", _("Part of a module")


class Locale(models.TextChoices):
    """The languages of articles."""

    EN = "en", _("English")
    ZH_HANS = "zh-hans", _("Simplified Chinese")


class TranslationState(models.TextChoices):
    """Where one language of an article stands."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    STALE = "stale", _("Stale")
    ARCHIVED = "archived", _("Archived")


S = TranslationState

# What a step may lead to. The state is that of the newest text: writing over a
# published one makes a draft, while readers keep what was published before.
TRANSITIONS: dict[str, frozenset[str]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.ARCHIVED}),
    S.IN_REVIEW: frozenset({S.PUBLISHED, S.DRAFT, S.ARCHIVED}),
    S.PUBLISHED: frozenset({S.STALE, S.DRAFT, S.ARCHIVED}),
    S.STALE: frozenset({S.PUBLISHED, S.DRAFT, S.ARCHIVED}),
    S.ARCHIVED: frozenset({S.DRAFT}),
}


class StaleReason(models.TextChoices):
    """Why a text is believed to be out of date."""

    WRONG = "wrong", _("Somebody says that it is wrong")
    REVIEW_DUE = "review_due", _("Its review is overdue")
    SOURCE_MOVED = "source_moved", _("The text it follows has changed")
    EFFECT_FELL = "effect_fell", _("It helps less than it did")


class ArticleAct(models.TextChoices):
    """What can happen to an article; a line of its history each."""

    WRITTEN = "written", pgettext_lazy("article", "Written")
    IMPORTED = "imported", pgettext_lazy("article", "Imported")
    CHANGED = "changed", pgettext_lazy("article", "Changed")
    SENT = "sent", pgettext_lazy("article", "Sent to review")
    WITHDRAWN = "withdrawn", pgettext_lazy("article", "Taken back from review")
    SENT_BACK = "sent_back", pgettext_lazy("article", "Sent back")
    SCHEDULED = "scheduled", pgettext_lazy("article", "Approved for a later time")
    PUBLISHED = "published", pgettext_lazy("article", "Published")
    MARKED_STALE = "marked_stale", pgettext_lazy("article", "Marked as stale")
    CONFIRMED = "confirmed", pgettext_lazy("article", "Confirmed as still right")
    ARCHIVED = "archived", pgettext_lazy("article", "Archived")
    RESTORED = "restored", pgettext_lazy("article", "Restored")
    GIVEN_UP = "given_up", pgettext_lazy("article", "Could not be published")


class FeedbackKind(models.TextChoices):
    """What a reader says about a text."""

    HELPED = "helped", _("It helped")
    DID_NOT = "did_not", _("It did not help")
    WRONG = "wrong", _("Something is wrong")
    UNCLEAR = "unclear", _("I do not understand it")


class ReaderKind(models.TextChoices):
    """Who says it."""

    PUBLIC = "public", _("An end user")
    PERSON = "person", _("A colleague")
