"""What does a provider that was asked know of a message of ours?

Only a list that was read whole, long enough after the call, proves that a message is
not there. Anything else that does not name our key leaves it open.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from deliveries import outbound
from deliveries.channels import answers
from deliveries.channels.answers import Form, Reading
from deliveries.channels.base import Inquiry, Known, Reply, ReplyKind
from deliveries.channels.catalogue import LookUp
from deliveries.channels.mask import Mask
from deliveries.models import EvidenceLevel

CHINA = timezone(timedelta(hours=8))  # without summer time since 1991


def days(since: datetime) -> dict[str, str]:
    """Return the days by which providers file what was sent at a time."""
    return {"since.china_day": since.astimezone(CHINA).strftime("%Y%m%d")}


def read(
    result: outbound.Result, question: LookUp, key: str, mask: Mask, *, settled: bool
) -> Inquiry:
    """Look for our key in the provider's list; ``settled`` if an absence counts."""
    if not isinstance(result, outbound.Answer):
        return Inquiry(Known.NOT_SAID)
    reading = answers.look(result, Form(proof=question.proof))
    items = answers.value(reading.body, question.items)
    if not reading.succeeded or not isinstance(items, list):
        return Inquiry(Known.NOT_SAID)
    for item in items:
        one = Reading(result, Form(codes=question.codes), item)
        if one.first((question.key,)) == key:
            return Inquiry(Known.FOUND, _reply(one, question, mask))
    whole = settled and len(items) < question.most
    return Inquiry(Known.ABSENT if whole else Known.NOT_SAID)


def _reply(one: Reading, question: LookUp, mask: Mask) -> Reply:
    raw = mask(json.dumps(one.body, ensure_ascii=False))
    code = answers.clean_code(one.first(one.form.codes), mask)
    if _meets(one, question.failed):
        return Reply(ReplyKind.REFUSED, reply_code=code, raw_answer=raw)
    arrived = _meets(one, question.arrived)
    level = EvidenceLevel.DELIVERED if arrived else EvidenceLevel.ACCEPTED
    return Reply(ReplyKind.ACCEPTED, level, reply_code=code, raw_answer=raw)


def _meets(one: Reading, wanted: Mapping[str, str]) -> bool:
    return bool(wanted) and all(
        one.first((pointer,)) == value for pointer, value in wanted.items()
    )
