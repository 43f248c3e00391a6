"""Does the database itself refuse knowledge that makes no sense?"""

from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import models

from deliveries.models import FailureCategory
from knowledgebase.models import (
    COMMENT_MAX,
    POST_MAX,
    Answer,
    Article,
    ArticleEffect,
    ArticleEvent,
    ArticleFeedback,
    ArticleTranslation,
    ArticleVersion,
    Follower,
    MissedSearch,
    ModuleArticle,
    ModuleReader,
    PostBudget,
    Publication,
    Question,
    SearchWord,
    TrainingItem,
    TrainingModule,
    Vote,
    WritingTask,
)
from tests.refusals import Write, refused_by, rules_of
from tests.rows import KNOWLEDGE, NOON, make, twice

pytestmark = pytest.mark.django_db

UNKNOWN = "?"


def reviewed_by_its_author() -> None:
    """Make a version whose author and reviewer are one person."""
    author = make(User)
    make(ArticleVersion, author=author, reviewer=author)


def reworded() -> None:
    """Change the text of a version."""
    version = make(ArticleVersion)
    ArticleVersion.objects.filter(pk=version.pk).update(title="Something else")


def published_unread() -> None:
    """Publish a text that nobody but its author has read."""
    make(ArticleVersion, author=make(User), published_at=NOON)


def following_itself() -> None:
    """Let a text be a translation of itself."""
    make(ArticleVersion, pk=10**6, source_version_id=10**6)


def rewritten_history() -> None:
    """Change what was done to an article."""
    event = make(ArticleEvent)
    ArticleEvent.objects.filter(pk=event.pk).update(act="published")


def in_two_places(*, same_article: bool) -> None:
    """Put an article into a module twice, or two articles at one place."""
    place = make(ModuleArticle)
    if same_article:
        make(ModuleArticle, module=place.module, article=place.article, position=2)
    else:
        make(ModuleArticle, module=place.module)


def another_published() -> None:
    """Call a language published of which the newest text is not."""
    first = make(ArticleVersion)
    second = make(ArticleVersion, translation=first.translation, number=2)
    ArticleTranslation.objects.filter(pk=first.translation_id).update(
        state="published", published_version=first, current_version=second
    )


def stale_since_never() -> None:
    """Call a published text stale without saying since when."""
    version = make(ArticleVersion)
    ArticleTranslation.objects.filter(pk=version.translation_id).update(
        state="stale", published_version=version, current_version=version
    )


def posts_broken() -> dict[str, Write]:
    """What no question and no answer may be."""
    broken: dict[str, Write] = {}
    values: dict[str, dict[str, str]] = {
        "moderation_known": {"moderation": UNKNOWN},
        "held_for_known": {"held_for": UNKNOWN},
        "held_has_cause": {"moderation": "held"},
        "hidden_has_reason": {"moderation": "hidden"},
        "body_short": {"body": "x" * (POST_MAX + 1)},
    }
    for model in (Question, Answer):
        for rule, wrong in values.items():
            name = f"{model.__name__}.{model.__name__.lower()}_{rule}"
            broken[name] = partial(make, model, **wrong)
    return broken


OF_FOLLOWERS: dict[str, Write] = {
    "Follower.follower_parked_not_due": lambda: make(
        Follower, due_at=NOON, parked_at=NOON
    ),
    "Follower.follower_locale_known": lambda: make(Follower, locale="tlh"),
    "Follower.follower_once": lambda: twice(
        Follower, question=make(Question), address_ref="a"
    ),
    "Follower.follower_link": lambda: twice(Follower, token_digest="d"),
    "Follower.follower_confirmed_or_expires": lambda: make(Follower, expires_at=None),
    "Follower.follower_confirmed_by_link": lambda: make(
        Follower, expires_at=None, confirmed_at=NOON
    ),
    "Follower.follower_told_is_confirmed": lambda: make(Follower, mailed_at=NOON),
}
OF_POSTS = posts_broken()
BROKEN: dict[str, Write] = {
    "Article.article_slug": lambda: twice(Article, slug="full-mailbox"),
    "Article.article_audience_known": lambda: make(Article, audience=UNKNOWN),
    "ArticleTranslation.articletranslation_locale": lambda: twice(
        ArticleTranslation, article=make(Article), locale="en"
    ),
    "ArticleTranslation.articletranslation_published_has_version": lambda: make(
        ArticleTranslation, state="published"
    ),
    "Article.article_source_locale_known": lambda: make(Article, source_locale="tlh"),
    "Article.article_channels_known": lambda: make(Article, channels=["pigeon"]),
    "ArticleEvent.articleevent_act_known": lambda: make(ArticleEvent, act=UNKNOWN),
    "ArticleEvent.articleevent_locale_known": lambda: make(ArticleEvent, locale="tlh"),
    "ArticleEvent.articleevent_append_only": rewritten_history,
    "ArticleFeedback.articlefeedback_kind_known": lambda: make(
        ArticleFeedback, kind=UNKNOWN
    ),
    "ArticleFeedback.articlefeedback_actor_kind_known": lambda: make(
        ArticleFeedback, actor_kind=UNKNOWN
    ),
    "ArticleFeedback.articlefeedback_comment_short": lambda: make(
        ArticleFeedback, comment="x" * (COMMENT_MAX + 1)
    ),
    "ArticleFeedback.articlefeedback_person_is_staff": lambda: make(
        ArticleFeedback, person=make(User)
    ),
    "ArticleTranslation.articletranslation_review_has_version": lambda: make(
        ArticleTranslation, state="in_review"
    ),
    "ArticleTranslation.articletranslation_stale_since": stale_since_never,
    "ArticleTranslation.articletranslation_scheduled_in_review": lambda: make(
        ArticleTranslation, publish_at=NOON
    ),
    "ArticleTranslation.articletranslation_due_is_scheduled": lambda: make(
        ArticleTranslation, due_at=NOON
    ),
    "ArticleTranslation.articletranslation_parked_not_due": lambda: make(
        ArticleTranslation,
        current_version=make(ArticleVersion),
        state="in_review",
        publish_at=NOON,
        due_at=NOON,
        parked_at=NOON,
    ),
    "ArticleVersion.articleversion_published_is_reviewed": published_unread,
    "ArticleVersion.articleversion_follows_another": following_itself,
    "ArticleTranslation.articletranslation_locale_known": lambda: make(
        ArticleTranslation, locale="tlh"
    ),
    "ArticleTranslation.articletranslation_state_known": lambda: make(
        ArticleTranslation, state=UNKNOWN
    ),
    "ArticleVersion.articleversion_number": lambda: twice(
        ArticleVersion, translation=make(ArticleTranslation), number=1
    ),
    "ArticleVersion.articleversion_reviewer_not_author": reviewed_by_its_author,
    "ArticleVersion.articleversion_append_only": reworded,
    "SearchWord.searchword_in_a_text": lambda: make(SearchWord, texts=0),
    "MissedSearch.missedsearch_words": lambda: twice(
        MissedSearch, words="pigeon post", locale="en", reader="public"
    ),
    "MissedSearch.missedsearch_locale_known": lambda: make(MissedSearch, locale="tlh"),
    "MissedSearch.missedsearch_reader_known": lambda: make(
        MissedSearch, reader=UNKNOWN
    ),
    "MissedSearch.missedsearch_happened": lambda: make(MissedSearch, count=0),
    "MissedSearch.missedsearch_has_words": lambda: make(MissedSearch, words=""),
    "MissedSearch.missedsearch_names_nobody": lambda: make(
        MissedSearch, words="mail to sam@example.com"
    ),
    "ArticleEffect.articleeffect_cell": lambda: twice(
        ArticleEffect, version=make(ArticleVersion), category=make(FailureCategory)
    ),
    "ArticleEffect.articleeffect_counts": lambda: make(
        ArticleEffect, applied=3, delivered=2, failed=2
    ),
    "ArticleEffect.articleeffect_posterior": lambda: make(
        ArticleEffect, posterior_mean=1
    ),
    "ArticleEffect.articleeffect_channel_known": lambda: make(
        ArticleEffect, channel=UNKNOWN
    ),
    "WritingTask.writingtask_one_live": lambda: twice(
        WritingTask, category=make(FailureCategory)
    ),
    "Publication.publication_parked_not_due": lambda: make(
        Publication, due_at=NOON, parked_at=NOON
    ),
    "TrainingModule.trainingmodule_parked_not_due": lambda: make(
        TrainingModule, refreshed_quarterly=True, due_at=NOON, parked_at=NOON
    ),
    "TrainingModule.trainingmodule_name": lambda: twice(TrainingModule, name="A"),
    "TrainingModule.trainingmodule_has_name": lambda: make(TrainingModule, name=""),
    "TrainingModule.trainingmodule_days": lambda: make(TrainingModule, due_in_days=0),
    "TrainingModule.trainingmodule_round": lambda: make(TrainingModule, round=0),
    "TrainingModule.trainingmodule_due_is_refreshed": lambda: make(
        TrainingModule, due_at=NOON
    ),
    "ModuleArticle.modulearticle_once": lambda: in_two_places(same_article=True),
    "ModuleArticle.modulearticle_position": lambda: in_two_places(same_article=False),
    "ModuleReader.modulereader_once": lambda: twice(
        ModuleReader, module=make(TrainingModule), person=make(User)
    ),
    "TrainingItem.trainingitem_once": lambda: twice(
        TrainingItem, person=make(User), category=make(FailureCategory)
    ),
    "TrainingItem.trainingitem_occasion": lambda: twice(
        TrainingItem, person=make(User), occasion="resolution:1"
    ),
    "TrainingItem.trainingitem_subject_fits_cause": lambda: make(
        TrainingItem, cause="article_changed"
    ),
    "TrainingItem.trainingitem_round_of_module": lambda: make(TrainingItem, round=1),
    "TrainingItem.trainingitem_has_occasion": lambda: make(TrainingItem, occasion=""),
    "TrainingItem.trainingitem_cause_known": lambda: make(TrainingItem, cause=UNKNOWN),
    "WritingTask.writingtask_open_is_unanswered": lambda: make(
        WritingTask, reason="Nothing to add"
    ),
    **OF_POSTS,
    "Question.question_locale_known": lambda: make(Question, locale="tlh"),
    "Question.question_state_known": lambda: make(Question, state=UNKNOWN),
    "Question.question_asked_once": lambda: twice(Question, author_ref="a", digest="d"),
    "Answer.answer_one_accepted": lambda: twice(
        Answer, question=make(Question), accepted_at=NOON
    ),
    "Answer.answer_accepted_is_shown": lambda: make(
        Answer, accepted_at=NOON, moderation="hidden", reason="Wrong."
    ),
    "Answer.answer_said_once": lambda: twice(
        Answer, question=make(Question), author_ref="a", digest="d"
    ),
    "Answer.answer_shown_number": lambda: twice(
        Answer, question=make(Question), shown_number=1
    ),
    **OF_FOLLOWERS,
    "Vote.vote_once": lambda: twice(Vote, answer=make(Answer), voter_ref="a"),
    "PostBudget.postbudget_key_hour": lambda: twice(PostBudget, key="a"),
}


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_the_database_refuses_what_breaks_a_rule(rule: str) -> None:
    assert refused_by(BROKEN[rule]) == rule.partition(".")[2]


@pytest.mark.parametrize("model", KNOWLEDGE, ids=lambda model: model.__name__)
def test_the_database_takes_a_row_that_breaks_none(model: type[models.Model]) -> None:
    assert refused_by(lambda: make(model)) == ""


def test_a_language_is_published_with_its_newest_text_alone() -> None:
    assert refused_by(another_published) == "articletranslation_published_has_version"


def test_a_reviewer_is_named_once() -> None:
    version = make(ArticleVersion)
    one = ArticleVersion.objects.filter(pk=version.pk)
    kim, leo = make(User), make(User)
    assert refused_by(lambda: one.update(reviewer=kim, published_at=NOON)) == ""
    assert refused_by(lambda: one.update(reviewer=leo)) == "articleversion_append_only"
    assert refused_by(lambda: one.update(reviewer=None)) == "articleversion_append_only"
    one.update(published_at=NOON)
    version.refresh_from_db()
    assert (version.reviewer, version.published_at) == (kim, NOON)


def test_every_rule_is_broken_by_a_test() -> None:
    assert rules_of("knowledgebase") == set(BROKEN)
