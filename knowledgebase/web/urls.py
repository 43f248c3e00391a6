"""Which knowledge pages are there?"""

from django.urls import path

from knowledgebase.web import reading, writing

urlpatterns = [
    path("knowledge/", reading.article_list, name="knowledge"),
    path("knowledge/new/", writing.article_new, name="article_new"),
    path("knowledge/<slug:slug>/", reading.article, name="article"),
    path("knowledge/<slug:slug>/edit/", writing.article_edit, name="article_edit"),
]
