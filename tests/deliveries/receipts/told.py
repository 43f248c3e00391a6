"""What do providers write? One body for each kind of event, as their pages show it.

``REF`` stands where the provider names the message.
"""

import json
from typing import Any

REF = "ref-of-the-provider"
AT = "2031-05-06T12:00:00Z"
AT_S = 1_935_835_200  # the same
ADDRESS = "lin@shop.example"
WORDS = "550 5.1.1 User unknown"


def sendgrid(event: str, **more: str) -> Any:
    return [
        {
            "email": ADDRESS,
            "timestamp": AT_S,
            "event": event,
            "sg_message_id": f"{REF}.filterdrecv-1.2.3",
            **more,
        }
    ]


def mailgun(event: str, **more: Any) -> Any:
    about = {"headers": {"message-id": REF}}
    said = {"event": event, "timestamp": float(AT_S), "recipient": ADDRESS}
    return {"event-data": {**said, "message": about, **more}}


def mandrill(event: str, **more: str) -> Any:
    msg = {"_id": REF, "email": ADDRESS, **more}
    return {"mandrill_events": json.dumps([{"event": event, "ts": AT_S, "msg": msg}])}


def ses(kind: str, **more: Any) -> Any:
    mail = {"messageId": REF, "destination": [ADDRESS], "timestamp": AT}
    inner = {"eventType": kind, "mail": mail, **more}
    return {"Type": "Notification", "Message": json.dumps(inner)}


def sparkpost(kind: str, **more: str) -> Any:
    said = {"type": kind, "transmission_id": REF, "rcpt_to": ADDRESS}
    return [{"msys": {"message_event": {**said, "timestamp": str(AT_S), **more}}}]


def whatsapp(status: str, **more: Any) -> Any:
    said = {"id": REF, "status": status, "timestamp": str(AT_S), "recipient_id": "1"}
    value = {"messaging_product": "whatsapp", "statuses": [{**said, **more}]}
    return {"entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}]}


def postmark(kind: str, **more: Any) -> Any:
    said = {"RecordType": kind, "MessageID": REF, "Recipient": ADDRESS}
    return {**said, "DeliveredAt": AT, **more}


def mailersend(kind: str, **more: Any) -> Any:
    email = {"message": {"id": REF}, "recipient": {"email": ADDRESS}}
    return {"type": kind, "created_at": AT, "data": {"email": email, **more}}


# For each dialect: what says that a message arrived, and what says that it failed.
ARRIVED: dict[str, Any] = {
    "aliyun_sms": [
        {
            "biz_id": REF,
            "success": True,
            "err_code": "DELIVERED",
            "report_time": "2031-05-06 20:00:00",
        }
    ],
    "brevo": {"event": "delivered", "message-id": REF, "ts_event": AT_S},
    "jpush": [{"type": 4, "msgid": REF, "itime": AT_S * 1000}],
    "mailersend": mailersend("activity.delivered"),
    "mailgun": mailgun("delivered"),
    "mailjet": {"event": "sent", "time": AT_S, "MessageID": 7, "CustomID": REF},
    "mandrill": mandrill("delivered"),
    "postmark": postmark("Delivery"),
    "resend": {"type": "email.delivered", "created_at": AT, "data": {"email_id": REF}},
    "sendgrid": sendgrid("delivered"),
    "ses": ses("Delivery", delivery={"timestamp": AT}),
    "sparkpost": sparkpost("delivery"),
    "standard": {
        "type": "message.delivered",
        "timestamp": AT,
        "data": {"provider_ref": REF},
    },
    "tencent_sms": [
        {
            "sid": REF,
            "report_status": "SUCCESS",
            "errmsg": "DELIVRD",
            "user_receive_time": "2031-05-06 20:00:00",
        }
    ],
    "twilio": {"MessageSid": REF, "MessageStatus": "delivered", "To": "+15005550006"},
    "vonage": {"message_uuid": REF, "status": "delivered", "timestamp": AT},
    "whatsapp": whatsapp("delivered"),
}
FAILED: dict[str, Any] = {
    "aliyun_sms": [{"biz_id": REF, "success": False, "err_code": "MK:0001"}],
    "brevo": {"event": "hard_bounce", "message-id": REF, "reason": WORDS},
    "jpush": [{"type": 5, "msgid": REF, "error_code": 3002}],
    "mailersend": mailersend("activity.hard_bounced", morph={"reason": WORDS}),
    "mailgun": mailgun(
        "failed",
        severity="permanent",
        reason="bounce",
        **{"delivery-status": {"code": 550, "message": WORDS}},
    ),
    "mailjet": {
        "event": "bounce",
        "hard_bounce": True,
        "CustomID": REF,
        "comment": WORDS,
    },
    "mandrill": mandrill("hard_bounce", diag=WORDS),
    "postmark": postmark("Bounce", Type="HardBounce", TypeCode=1, Details=WORDS),
    "resend": {
        "type": "email.bounced",
        "data": {"email_id": REF, "bounce": {"message": WORDS}},
    },
    "sendgrid": sendgrid("bounce", status="5.1.1", reason=WORDS),
    "ses": ses(
        "Bounce",
        bounce={
            "bounceType": "Permanent",
            "bouncedRecipients": [{"status": "5.1.1", "diagnosticCode": WORDS}],
        },
    ),
    "sparkpost": sparkpost("bounce", error_code="550", raw_reason=WORDS),
    "standard": {
        "type": "message.bounced",
        "data": {"provider_ref": REF, "code": "550", "answer": WORDS},
    },
    "tencent_sms": [{"sid": REF, "report_status": "FAIL", "errmsg": "UNDELIV"}],
    "twilio": {"MessageSid": REF, "MessageStatus": "undelivered", "ErrorCode": "30003"},
    "vonage": {
        "message_uuid": REF,
        "status": "undeliverable",
        "error": {"title": "1300", "detail": "Absent subscriber"},
    },
    "whatsapp": whatsapp("failed", errors=[{"code": 131026, "title": "Undeliverable"}]),
}
