"""Which knowledge pages are there?"""

from django.urls import path

from knowledgebase.web import (
    article,
    community_desk,
    community_following,
    community_pages,
    community_posts,
    reading,
    searching,
    steps,
    training,
    versions,
    writing,
)

ONE = "knowledge/<slug:slug>/"
ASKED = "community/<str:question>/"

urlpatterns = [
    path("knowledge/", reading.article_list, name="knowledge"),
    path("knowledge/new/", writing.article_new, name="article_new"),
    path("knowledge/preview/", writing.article_preview, name="article_preview"),
    path("knowledge/titles/", writing.article_titles, name="article_titles"),
    path("knowledge/export/", reading.articles_export, name="articles_export"),
    path("knowledge/searches/", searching.missed_searches, name="missed_searches"),
    path(
        "knowledge/searches/<int:search_id>/article/",
        searching.missed_search_article,
        name="missed_search_article",
    ),
    path(
        "knowledge/searches/<int:search_id>/dismissal/",
        searching.missed_search_dismissal,
        name="missed_search_dismissal",
    ),
    path(ONE, article.article, name="article"),
    path(f"{ONE}edit/", writing.article_edit, name="article_edit"),
    path(f"{ONE}review/", steps.article_review, name="article_review"),
    path(f"{ONE}decision/", steps.article_decision, name="article_decision"),
    path(f"{ONE}feedback/", article.article_feedback, name="article_feedback"),
    path(f"{ONE}languages/", versions.article_languages, name="article_languages"),
    path(f"{ONE}history/", versions.article_history, name="article_history"),
    path(f"{ONE}versions/<int:n>/", versions.article_version, name="article_version"),
    path("training/", training.training_list, name="training"),
    path("training/<int:item>/", training.training_item, name="training_item"),
    path(
        "training/<int:item>/understood/",
        training.training_understood,
        name="training_understood",
    ),
    path("community/", community_pages.community, name="community"),
    path("community/ask/", community_posts.community_ask, name="community_ask"),
    path(
        "community/moderation/",
        community_desk.community_moderation,
        name="community_moderation",
    ),
    path(
        "community/confirmations/<str:confirmation>/",
        community_following.community_confirmation,
        name="community_confirmation",
    ),
    path(
        "community/followers/<str:follower>/",
        community_following.community_follower,
        name="community_follower",
    ),
    path(ASKED, community_pages.community_question, name="community_question"),
    path(
        f"{ASKED}answers/", community_posts.community_answers, name="community_answers"
    ),
    path(
        f"{ASKED}followers/",
        community_following.community_followers,
        name="community_followers",
    ),
    path(f"{ASKED}votes/", community_posts.community_votes, name="community_votes"),
    path(
        f"{ASKED}acceptance/",
        community_posts.community_acceptance,
        name="community_acceptance",
    ),
    path(
        f"{ASKED}closing/", community_posts.community_closing, name="community_closing"
    ),
    path(
        f"{ASKED}decision/",
        community_desk.community_decision,
        name="community_decision",
    ),
    path(
        f"{ASKED}article/", community_desk.community_article, name="community_article"
    ),
]
