"""Which pages are there about incidents?"""

from django.urls import path

from triage.web import incident_changes, incident_replies, incidents

urlpatterns = [
    path("", incidents.incidents, name="incidents"),
    path("<int:incident>/", incidents.incident, name="incident"),
    path(
        "<int:incident>/acknowledgement/",
        incident_changes.acknowledgement,
        name="incident_acknowledgement",
    ),
    path(
        "<int:incident>/replies/",
        incident_replies.replies,
        name="incident_replies",
    ),
    path(
        "<int:incident>/replies/preview/",
        incident_replies.preview,
        name="incident_reply_preview",
    ),
    path(
        "<int:incident>/replies/<int:pk>/",
        incident_replies.reply,
        name="incident_reply",
    ),
    path("<int:incident>/mute/", incident_changes.mute, name="incident_mute"),
    path(
        "<int:incident>/mute/end/",
        incident_changes.unmute,
        name="incident_unmute",
    ),
    path(
        "<int:incident>/merge/",
        incident_changes.merge,
        name="incident_merge",
    ),
    path(
        "<int:incident>/merge/undo/",
        incident_changes.merge_undo,
        name="incident_merge_undo",
    ),
    path(
        "<int:incident>/split/",
        incident_changes.split,
        name="incident_split",
    ),
    path(
        "<int:incident>/split/undo/",
        incident_changes.split_undo,
        name="incident_split_undo",
    ),
]
