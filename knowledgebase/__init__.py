"""Knowledge: what do we know about failures, and does it help?

It may name ``deliveries`` (an article is about failure categories); it never names
a ticket. Measured effect reaches it by downward calls from ``triage``.
"""
