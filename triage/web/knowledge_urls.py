"""Which pages tell of work with knowledge, and of knowledge out of work?"""

from django.urls import path

from triage.web import article_from_ticket, articles, categories, taxonomy

urlpatterns = [
    path("knowledge/categories/", categories.categories, name="categories"),
    path("knowledge/categories/<str:slug>/", categories.category, name="category"),
    path(
        "knowledge/writing-tasks/<int:task>/dismissal/",
        categories.dismissal,
        name="writing_task_dismissal",
    ),
    path("knowledge/taxonomy.csv", taxonomy.taxonomy_csv, name="taxonomy_csv"),
    path("knowledge/taxonomy.json", taxonomy.taxonomy_json, name="taxonomy_json"),
    path(
        "tickets/<int:number>/article/",
        article_from_ticket.ticket_article,
        name="ticket_article",
    ),
    path("knowledge/<slug:slug>/work/", articles.article_work, name="article_work"),
]
