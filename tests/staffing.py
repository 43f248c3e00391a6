"""Which pages are there for shifts, exports, training and the people of a team?

``tests/surfaces.py`` tries them with the rest; they are rows here, not surfaces yet:
method, name, action, and for what is posted a function of the scene.
"""

import gzip
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from deliveries.models import FailureCategory
from knowledgebase.models import (
    Article,
    ModuleArticle,
    TrainingCause,
    TrainingItem,
    TrainingModule,
)
from triage.models import Export, ExportState, Membership

OF_QUEUE = ("team_queue", "team_members", "team_removal", "team_place")
PAGES: tuple[tuple[str, str, str], ...] = (
    ("GET", "handover", "ticket.hand_over"),
    ("GET", "doctor", "system.read"),
    ("GET", "exports", "export.csv"),
    ("GET", "team_queues", "queue.manage"),
    ("GET", "team_queue", "queue.manage"),
    ("GET", "export", "export.csv"),
    ("GET", "export_file", "export.csv"),
    ("GET", "training", "training.own"),
    ("GET", "training_item", "training.own"),
    ("GET", "team_training", "training.manage"),
    ("GET", "training_module", "training.manage"),
    ("GET", "training_module_new", "training.manage"),
    ("GET", "routing_change", "routing.manage"),
)


def _to_a_colleague(scene: Any) -> dict[str, Any]:
    return {"to": f"person:{scene.other.pk}", "ticket": scene.ticket.number}


def _as_a_specialist(scene: Any) -> dict[str, Any]:
    return {"person": scene.other.pk, "role": "specialist"}


def _module(scene: Any) -> dict[str, Any]:
    return {
        "name": "Nights",
        "due_in_days": 7,
        "article": [scene.article.pk],
        "version": 1,
    }


POSTED: tuple[tuple[Any, ...], ...] = (
    ("POST", "handover", "ticket.hand_over", _to_a_colleague),
    ("POST", "exports", "export.csv"),
    ("POST", "team_queues", "queue.manage", lambda scene: {"name": "Nights"}),
    ("POST", "team_queue", "queue.manage", lambda scene: {"name": "Nights"}),
    ("POST", "team_members", "queue.manage", _as_a_specialist),
    ("POST", "training_module", "training.manage", _module),
    (
        "POST",
        "training_readers",
        "training.manage",
        lambda scene: {"people": [scene.other.pk]},
    ),
    ("POST", "training_archival", "training.manage"),
    ("POST", "team_place", "queue.manage"),
)
# Who holds a ticket is not removed, so not every answer changes something.
# The same is true of training that is not read, and of modules as they are.
ANSWERED: tuple[tuple[Any, ...], ...] = (
    ("POST", "team_removal", "queue.manage"),
    ("POST", "inbox_watched", "inbox.own"),
    ("POST", "training_understood", "training.own"),
    ("POST", "training_module_new", "training.manage", _module),
    ("POST", "training_reader_removal", "training.manage"),
    ("POST", "training_restoration", "training.manage"),
)


def make_scene(owner: User) -> None:
    """What these pages are about."""
    Export.objects.create(
        requested_by=owner,
        expected=0,
        state=ExportState.DONE,
        ended_at=timezone.now(),
        size=6,
    ).parts.create(number=1, content=gzip.compress(b"Ticket"))
    module = TrainingModule.objects.create(name="First week")
    article = Article.objects.order_by("pk")[0]
    ModuleArticle.objects.create(module=module, article=article, position=1)
    TrainingItem.objects.create(
        person=owner,
        cause=TrainingCause.OWN_REOPENED,
        category=FailureCategory.objects.get(slug="recipient.moved"),
        occasion="resolution:0",
        read_by=timezone.localdate(),
    )


def owned_by(user: User) -> None:
    """Let what only its owner sees be somebody's."""
    Export.objects.update(requested_by=user)
    TrainingItem.objects.update(person=user)


def values() -> dict[str, Any]:
    """What the paths of these pages name."""
    zoe = Membership.objects.filter(person__username="zoe").first()
    return {
        "job": "export",
        "export": Export.objects.order_by("pk")[0].pk,
        "item": TrainingItem.objects.get().pk,
        "module": TrainingModule.objects.get().pk,
        "member": zoe.pk if zoe else 0,
        "role": "specialist",
    }
