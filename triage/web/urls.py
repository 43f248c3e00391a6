"""Which pages of the desk are there?"""

from django.urls import path

from triage.web import (
    articles,
    confusion,
    queues,
    resends,
    resolution,
    routes,
    rules,
    search,
    settlement,
    simulator,
    sla_pages,
    team,
    theme,
    ticket,
    webhook_changes,
    webhooks,
)

urlpatterns = [
    path("", queues.home, name="home"),
    path("theme/", theme.set_theme, name="set_theme"),
    path("search/", search.search, name="search"),
    path("queues/", queues.queues, name="queues"),
    path("queues/<slug:slug>/", queues.queue, name="queue"),
    path("tickets/", queues.tickets, name="tickets"),
    path("tickets/<int:number>/", ticket.ticket, name="ticket"),
    path(
        "tickets/<int:number>/assignment/", ticket.assignment, name="ticket_assignment"
    ),
    path("tickets/<int:number>/handover/", ticket.handover, name="ticket_handover"),
    path("tickets/<int:number>/notes/", ticket.notes, name="ticket_notes"),
    path("tickets/<int:number>/resend/", ticket.resend, name="ticket_retry"),
    path(
        "tickets/<int:number>/settlement/",
        settlement.settlement,
        name="ticket_settlement",
    ),
    path("tickets/<int:number>/diagnosis/", ticket.diagnosis, name="ticket_diagnosis"),
    path("tickets/<int:number>/reopening/", ticket.reopening, name="ticket_reopening"),
    path(
        "tickets/<int:number>/resolution/",
        resolution.resolution,
        name="ticket_resolution",
    ),
    path(
        "tickets/<int:number>/resolution/articles/",
        resolution.articles_for,
        name="ticket_articles",
    ),
    path("resends/", resends.resends, name="resends"),
    path("resends/new/", resends.new, name="resend_new"),
    path("resends/<int:resend>/", resends.resend, name="resend"),
    path("resends/<int:resend>/progress/", resends.progress, name="resend_progress"),
    path("resends/<int:resend>/items/", resends.items, name="resend_items"),
    path("resends/<int:resend>/items.csv", resends.items_csv, name="resend_csv"),
    path("resends/<int:resend>/approval/", resends.approval, name="resend_approval"),
    path("resends/<int:resend>/start/", resends.start, name="resend_start"),
    path("resends/<int:resend>/pause/", resends.pause, name="resend_pause"),
    path(
        "resends/<int:resend>/cancellation/",
        resends.cancellation,
        name="resend_cancellation",
    ),
    path("routes/", routes.routes, name="routes"),
    path(
        "routes/<int:pk>/interruption/", routes.interruption, name="route_interruption"
    ),
    path("routes/<int:pk>/restoration/", routes.restoration, name="route_restoration"),
    path("webhooks/", webhooks.endpoints, name="webhooks"),
    path("webhooks/<str:endpoint>/", webhooks.endpoint, name="webhook"),
    path(
        "webhooks/<str:endpoint>/change/", webhook_changes.change, name="webhook_change"
    ),
    path(
        "webhooks/<str:endpoint>/deletion/",
        webhook_changes.deletion,
        name="webhook_deletion",
    ),
    path("webhooks/<str:endpoint>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<str:endpoint>/secret/", webhooks.secret, name="webhook_secret"),
    path("webhooks/<str:endpoint>/state/", webhooks.state, name="webhook_state"),
    path(
        "webhook-deliveries/<str:delivery>/redelivery/",
        webhooks.redelivery,
        name="webhook_redelivery",
    ),
    path("simulator/", simulator.page, name="simulator"),
    path("simulator/live/", simulator.live, name="simulator_live"),
    path("simulator/recovery/", simulator.recovery, name="simulator_recovery"),
    path(
        "simulator/providers/<slug:provider>/",
        simulator.scenario,
        name="simulator_scenario",
    ),
    path("team/", team.team, name="team"),
    path("team/sla/", sla_pages.sla, name="sla"),
    path("team/sla/queues/<slug:slug>/", sla_pages.queue, name="sla_queue"),
    path("team/sla/calendars/new/", sla_pages.calendar_new, name="sla_calendar_new"),
    path("team/sla/calendars/<slug:slug>/", sla_pages.calendar, name="sla_calendar"),
    path("diagnosis/rules/", rules.rules, name="rules"),
    path("diagnosis/rules/new/", rules.new, name="rule_new"),
    path("diagnosis/rules/<int:reference>/", rules.rule, name="rule"),
    path("diagnosis/rules/<int:reference>/change/", rules.change, name="rule_change"),
    path(
        "diagnosis/rules/<int:reference>/rehearsal/",
        rules.rehearsal,
        name="rule_rehearsal",
    ),
    path(
        "diagnosis/rules/<int:reference>/rehearsals/",
        rules.rehearsals,
        name="rule_rehearsals",
    ),
    path(
        "diagnosis/rules/<int:reference>/rehearsal/end/",
        rules.rehearsal_end,
        name="rule_rehearsal_end",
    ),
    path("diagnosis/rules/<int:reference>/mode/", rules.mode, name="rule_mode"),
    path(
        "diagnosis/rules/<int:reference>/retirement/",
        rules.retirement,
        name="rule_retirement",
    ),
    path("diagnosis/confusion/", confusion.confusion, name="confusion"),
    path("knowledge/<slug:slug>/work/", articles.article_work, name="article_work"),
]
