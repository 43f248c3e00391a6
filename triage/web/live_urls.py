"""Where does an open page ask what changed?"""

from django.urls import path

from triage.web import live_list, live_pages, live_ticket

urlpatterns = [
    path("queues/<slug:slug>/changes/", live_list.queue_changes, name="queue_changes"),
    path("live/day/", live_pages.day_changes, name="day_changes"),
    path("live/queues/", live_pages.queues_changes, name="queues_changes"),
    path("live/resends/", live_pages.resends_changes, name="resends_changes"),
    path("tickets/changes/", live_list.tickets_changes, name="tickets_changes"),
    path("tickets/<int:number>/changes/", live_ticket.changes, name="ticket_changes"),
    path(
        "tickets/<int:number>/presence/", live_ticket.presence, name="ticket_presence"
    ),
]
