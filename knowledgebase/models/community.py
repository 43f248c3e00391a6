"""What do end users ask and answer among themselves?

Authors are pseudonyms: ``author_ref`` is made of a cookie, or of a colleague's account,
and is shown to nobody. Texts are stored without personal data.
"""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from deliveries import public_id
from deliveries.models import FailureCategory, known
from knowledgebase.models.article import Article
from knowledgebase.models.community_words import HeldFor, Moderation, QuestionState
from knowledgebase.models.vocabulary import Locale

QUESTION_MAX = 150  # characters of what a question asks in one line
POST_MAX = 5_000  # characters of a text
REASON_MAX = 200


class PostQuerySet(models.QuerySet[Any]):
    """Questions or answers."""

    def shown(self) -> "PostQuerySet":
        """Those that everybody reads."""
        return self.filter(moderation=Moderation.SHOWN)

    def held(self) -> "PostQuerySet":
        """Those that wait for a moderator."""
        return self.filter(moderation=Moderation.HELD)

    def readable(self, author_ref: str, *, moderates: bool) -> "PostQuerySet":
        """What is shown, besides what one wrote oneself; everything for a moderator."""
        if moderates:
            return self.all()
        own = Q(author_ref=author_ref) if author_ref else Q(pk__in=[])
        return self.filter(Q(moderation=Moderation.SHOWN) | own)


class Post(models.Model):
    """What questions and answers have in common: words, an author, a moderator."""

    author_ref = models.CharField(_("author’s pseudonym"), max_length=32)
    by_staff = models.BooleanField(_("by a colleague"), default=False)
    body = models.TextField(_("text, in Markdown"), max_length=POST_MAX)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    moderation = models.CharField(
        _("moderation"),
        max_length=6,
        choices=Moderation.choices,
        default=Moderation.SHOWN,
    )
    held_for = models.CharField(
        _("held for"), max_length=10, choices=HeldFor.choices, blank=True
    )
    reason = models.CharField(_("why hidden"), max_length=REASON_MAX, blank=True)
    moderated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("moderated by"),
    )
    moderated_at = models.DateTimeField(_("moderated at"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            known("moderation", Moderation, "%(class)s_moderation_known"),
            models.CheckConstraint(
                condition=Q(held_for__in=["", *HeldFor.values]),
                name="%(class)s_held_for_known",
            ),
            models.CheckConstraint(
                condition=~Q(moderation="held") | ~Q(held_for=""),
                name="%(class)s_held_has_cause",
            ),
            models.CheckConstraint(
                condition=~Q(moderation="hidden") | ~Q(reason=""),
                name="%(class)s_hidden_has_reason",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), POST_MAX),
                name="%(class)s_body_short",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["digest"], name="%(class)s_digest"),
            models.Index(
                fields=["id"], name="%(class)s_held", condition=Q(moderation="held")
            ),
            models.Index(fields=["author_ref"], name="%(class)s_author"),
        ]

    @property
    def is_shown(self) -> bool:
        """Whether everybody reads it."""
        return self.moderation == Moderation.SHOWN


class Question(Post):
    """What somebody asks everybody."""

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "qst_"),
        editable=False,
    )
    title = models.CharField(_("question"), max_length=QUESTION_MAX)
    locale = models.CharField(_("language"), max_length=10, choices=Locale.choices)
    category = models.ForeignKey(
        FailureCategory,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        verbose_name=_("category"),
    )
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=QuestionState.choices,
        default=QuestionState.OPEN,
    )

    class Meta(Post.Meta):
        abstract = False
        ordering: ClassVar = ["-id"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints: ClassVar = [
            *Post.Meta.constraints,
            known("locale", Locale, "question_locale_known"),
            known("state", QuestionState, "question_state_known"),
            # Pressed twice is asked once.
            models.UniqueConstraint(
                fields=["author_ref", "digest"], name="question_asked_once"
            ),
        ]
        indexes: ClassVar = [
            *Post.Meta.indexes,
            models.Index(
                fields=["state", "-id"],
                name="question_shown",
                condition=Q(moderation="shown"),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Answer(Post):
    """What somebody says to a question; ``article`` is the draft it was made into.

    ``shown_number`` counts the answers of a question in the order in which everybody
    could read them; it is given out with the question locked, so it has no gaps for
    who reads it later. Empty for what nobody but its author has read yet.
    """

    public_id = models.CharField(
        _("public id"),
        max_length=32,
        unique=True,
        default=partial(public_id.new, "ans_"),
        editable=False,
    )
    question = models.ForeignKey(
        Question,
        models.CASCADE,
        related_name="answers",
        verbose_name=_("question"),
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    shown_number = models.PositiveIntegerField(
        _("number among the shown"), null=True, blank=True, editable=False
    )
    article = models.ForeignKey(
        Article,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("article"),
    )

    class Meta(Post.Meta):
        abstract = False
        ordering: ClassVar = ["question", "id"]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints: ClassVar = [
            *Post.Meta.constraints,
            models.UniqueConstraint(
                fields=["question"],
                name="answer_one_accepted",
                condition=Q(accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(moderation="shown"),
                name="answer_accepted_is_shown",
            ),
            models.UniqueConstraint(
                fields=["question", "author_ref", "digest"], name="answer_said_once"
            ),
            models.UniqueConstraint(
                fields=["question", "shown_number"], name="answer_shown_number"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class Vote(models.Model):
    """That an answer helped somebody; it moves nothing but the answer's place."""

    answer = models.ForeignKey(
        Answer, models.CASCADE, related_name="votes", verbose_name=_("answer")
    )
    voter_ref = models.CharField(_("voter’s pseudonym"), max_length=32)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "voter_ref"], name="vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id}/{self.pk}"


class PostBudget(models.Model):
    """How often an author, a network or everybody wrote in an hour.

    What is counted by the day is counted in its last hour, and forgotten with it.
    """

    key = models.CharField(_("key"), max_length=80)
    hour = models.DateTimeField(_("hour"))
    used = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("budget of posts")
        verbose_name_plural = _("budgets of posts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "hour"], name="postbudget_key_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.used}"
