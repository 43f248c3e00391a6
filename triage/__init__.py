"""Work: what do we do about a failure?

Reports, diagnosis, repair, tickets and resolutions, and the wiring of the whole
product (settings, URLs, WSGI, Celery, embedded services). It may name
``knowledgebase`` and ``deliveries``; neither of them may name it.
"""

from triage.celery import app as celery_app

__all__ = ["celery_app"]
