"""Which pages are there for leads?"""

from django.urls import path

from triage.web import (
    macro_pages,
    routing,
    sla_pages,
    team,
    team_members,
    team_people,
    team_queues,
    training_module,
    training_team,
)

urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/people/<int:person>/", team_people.worker, name="worker"),
    path("team/queues/", team_queues.queues, name="team_queues"),
    path("team/queues/<slug:slug>/", team_queues.queue, name="team_queue"),
    path("team/queues/<slug:slug>/members/", team_members.members, name="team_members"),
    path(
        "team/queues/<slug:slug>/people/<int:person>/<slug:role>/",
        team_members.place,
        name="team_place",
    ),
    path(
        "team/queues/<slug:slug>/members/<int:member>/removal/",
        team_members.removal,
        name="team_removal",
    ),
    path("team/routing/", routing.routing, name="routing"),
    path("team/routing/new/", routing.new, name="routing_new"),
    path("team/routing/<int:rule>/", routing.rule, name="routing_rule"),
    path("team/routing/<int:rule>/change/", routing.change, name="routing_change"),
    path("team/macros/", macro_pages.macros_of_team, name="macros"),
    path("team/macros/new/", macro_pages.macro_new, name="macro_new"),
    path("team/macros/<int:kept>/", macro_pages.macro, name="macro"),
    path(
        "team/macros/<int:kept>/deletion/",
        macro_pages.macro_deletion,
        name="macro_deletion",
    ),
    path("team/texts/new/", macro_pages.text_new, name="text_new"),
    path("team/texts/<int:kept>/", macro_pages.text, name="text"),
    path(
        "team/texts/<int:kept>/deletion/",
        macro_pages.text_deletion,
        name="text_deletion",
    ),
    path("team/training/", training_team.overview, name="team_training"),
    path("team/training/new/", training_module.module_new, name="training_module_new"),
    path("team/training/<int:module>/", training_module.module, name="training_module"),
    path(
        "team/training/<int:module>/readers/",
        training_module.readers,
        name="training_readers",
    ),
    path(
        "team/training/<int:module>/readers/<int:person>/removal/",
        training_module.removal,
        name="training_reader_removal",
    ),
    path(
        "team/training/<int:module>/archival/",
        training_module.archival,
        name="training_archival",
    ),
    path(
        "team/training/<int:module>/restoration/",
        training_module.restoration,
        name="training_restoration",
    ),
    path("team/sla/", sla_pages.sla, name="sla"),
    path("team/sla/queues/<slug:slug>/", sla_pages.queue, name="sla_queue"),
    path("team/sla/calendars/new/", sla_pages.calendar_new, name="sla_calendar_new"),
    path("team/sla/calendars/<slug:slug>/", sla_pages.calendar, name="sla_calendar"),
]
