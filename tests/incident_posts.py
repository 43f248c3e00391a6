"""What can be posted about incidents, and which action does each need?"""

ACTIONS = {
    "incident_acknowledgement": "group.acknowledge",
    "incident_mute": "group.mute",
    "incident_unmute": "group.mute",
    "incident_merge": "group.merge",
    "incident_merge_undo": "group.merge",
    "incident_split": "group.split",
    "incident_split_undo": "group.split",
    "incident_replies": "ticket.reply",
    "incident_reply_preview": "ticket.reply",
    "incident_reply": "ticket.reply",
    "ticket_merge": "ticket.merge",
    "ticket_split": "group.split",
}
CHOSEN = {
    "text_en": "We are on it.",
    "seen": "",
    "until": "worse",
    "into": "0",
    "merge": "0",
}
