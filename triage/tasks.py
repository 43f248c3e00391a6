"""Which work does the machine do on its own clock?

Tasks carry no data and hold no logic: they claim rows that are due. Each may run
twice, late or never; the rows decide.
"""

from celery import shared_task
from django.utils import timezone

from deliveries import sending
from knowledgebase import training_modules
from triage import (
    bulk,
    exports,
    guiding,
    inbox,
    incidents,
    jobs,
    judging,
    measuring,
    notices,
    pipeline,
    poison,
    rehearsals,
    repair,
    retraining,
    sla,
    tallies,
    teaching,
    tickets,
    webhooks,
)
from triage.models import Heartbeat, Selection


@shared_task
def diagnose_due() -> None:
    """Digest reports until none is due."""
    pipeline.drain(timezone.now)


@shared_task
def follow_up_due() -> None:
    """Follow up what the facts reported."""
    while repair.follow_up_due(timezone.now()):
        pass


@shared_task
def deliver_webhooks() -> None:
    """Tell sources what they want to be told of."""
    webhooks.deliver_due()


@shared_task
def notify_due() -> None:
    """Hand over what reporters are to be told."""
    while notices.send_due(timezone.now()):
        pass


@shared_task
def rejudge_due() -> None:
    """Judge tickets again whose tier changes by time alone."""
    judging.rejudge_due(200, timezone.now())


@shared_task
def wake_due() -> None:
    """Open tickets again whose time to wait is over; end mutes and old selections."""
    tickets.wake_due(200, timezone.now())
    incidents.wake_due(timezone.now())
    Selection.objects.sweep()


@shared_task
def sweep() -> None:
    """Find what was forgotten: poison and silence; say that worker and beat live.

    Only beat sends this task, so that its run is a sign of life of both.
    """
    Heartbeat.objects.beat("worker")
    Heartbeat.objects.beat("beat")
    poison.park_exhausted(timezone.now())
    notices.park_exhausted(timezone.now())
    sending.sweep_silence(timezone.now(), 200)


@shared_task
def ring_for_jobs() -> None:
    """Ring once more for what a person waits for and no worker has."""
    for pk in teaching.give_up(timezone.now()):
        jobs.rehearse.delay(pk)
    for pk in bulk.forgotten(timezone.now()):
        jobs.carry_out.delay(pk)


@shared_task
def ring_for_exports() -> None:
    """Ring once more for files that no worker writes; remove the old ones."""
    for pk in exports.forgotten(timezone.now()):
        jobs.write_export.delay(pk)
    exports.remove_old(timezone.now())


@shared_task
def ring_for_rehearsals() -> None:
    """Ring once more for changes that nobody rehearses; remove what nobody saved."""
    for pk in rehearsals.forgotten(timezone.now()):
        jobs.rehearse_change.delay(pk)
    rehearsals.remove_old(timezone.now())


@shared_task
def take_tally() -> None:
    """Count a large desk for all who look at it."""
    tallies.take(timezone.now())


@shared_task
def sweep_clocks() -> None:
    """Note which promises were not kept."""
    sla.drain(timezone.now)


@shared_task
def escalate() -> None:
    """Escalate what burns; both look at every ticket that is not solved."""
    sla.start_missing(timezone.now())
    sla.escalate(timezone.now())


@shared_task
def measure_due() -> None:
    """Count what came of resolutions, and of the articles that they cite."""
    measuring.park_exhausted(timezone.now())
    while measuring.measure_due(timezone.now()):
        pass


@shared_task
def look_for_gaps() -> None:
    """Count again what time alone changes, and ask for articles that are missing."""
    measuring.recount_old(timezone.now())
    measuring.find_gaps(timezone.now())


@shared_task
def ask_to_read() -> None:
    """Ask people to read what changed, what came back, and modules again."""
    while retraining.follow_publications(timezone.now()):
        pass
    retraining.follow_reopened(timezone.now())
    training_modules.refresh_due(timezone.now())


@shared_task
def mail_inbox() -> None:
    """Tell people of what is due or has ended; mail what they have not read."""
    inbox.sweep(timezone.now())
    inbox.mail_due(timezone.now())


@shared_task
def settle_tips() -> None:
    """Look whether reports followed the tips that were shown."""
    while guiding.settle_due(timezone.now()):
        pass
