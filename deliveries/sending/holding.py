"""Which rows are locked while the fate of a delegated send is decided?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from deliveries import facts, gate, limits
from deliveries.channels import Reply, ReplyKind
from deliveries.models import (
    ChangeKind,
    DelegatedCode,
    DelegatedSend,
    DelegatedState,
    DeliveryAttempt,
    Message,
)
from deliveries.sending import recording

ACK_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Held:
    """An item with its try and its message, all locked."""

    item: DelegatedSend
    attempt: DeliveryAttempt
    message: Message

    def passes_gate(self, now: datetime) -> bool:
        """Ask the gate; what only has to wait was asked about when it was claimed."""
        verdict = gate.check(self.message, now=now, attempt=self.attempt)
        if not verdict.codes or verdict.wait_until is not None:
            return True
        self.fail(DelegatedCode.NOT_ALLOWED, " ".join(verdict.codes), now)
        return False

    def fail(self, code: DelegatedCode, words: str, now: datetime) -> None:
        """End the try as one that was never made."""
        why = Reply(ReplyKind.REFUSED, reply_code=code, raw_answer=words)
        not_allowed = code is DelegatedCode.NOT_ALLOWED
        codes = tuple(words.split()) if not_allowed else (code,)
        recording.cancel(self.message, self.attempt, codes, now, why=why)
        limits.give_back(self.message, self.item.requested_at)
        self.close(DelegatedState.FAILED, code=code)

    def close(self, state: DelegatedState, **changes: object) -> None:
        """Leave the item in its last state; nothing is due any more."""
        self.change(state=state, due_at=None, **changes)

    def change(self, **changes: object) -> None:
        """Change the item; whoever has claimed it is too late."""
        rows = DelegatedSend.objects.filter(pk=self.item.pk)
        rows.update(epoch=F("epoch") + 1, tries=0, **changes)
        self.item.refresh_from_db()


def hold(pk: int) -> Held:
    """Lock message and item, in the order of everybody else."""
    of_message = Message.objects.filter(attempts__delegated=pk)
    message = Message.objects.select_for_update(of=("self",)).select_related("source")
    locked = message.get(pk__in=of_message.values("pk"))
    item = DelegatedSend.objects.select_for_update(of=("self",)).get(pk=pk)
    attempt = DeliveryAttempt.objects.select_related("route__provider")
    return Held(item, attempt.get(pk=item.attempt_id), locked)


def tell(item: DelegatedSend, message: Message) -> None:
    """Have the layers above pass the request on to the source."""
    facts.record(ChangeKind.RESEND_REQUESTED, source=message.source, subject_id=item.pk)
