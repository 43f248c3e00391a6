"""Failures as providers word them, written for the tests, with their causes."""

from triage.diagnosis.evidence import Evidence


def mail(answer: str, code: str = "", enhanced: str = "") -> Evidence:
    return Evidence("email", "relay", "never_arrived", answer, code, enhanced)


def over(channel: str, provider: str, answer: str, code: str = "") -> Evidence:
    return Evidence(channel, provider, "never_arrived", answer, code)


CASES: list[tuple[Evidence, str]] = [
    (mail("550 5.1.1 <ana@example.org>: user unknown"), "recipient.unknown"),
    (mail("550-5.1.1 No such\r\n550 5.1.1 user here"), "recipient.unknown"),
    (mail("550 ana@example.org... No such mailbox"), "recipient.unknown"),
    (mail("452 4.2.2 The mailbox is full"), "recipient.mailbox_full"),
    (mail("550 5.1.1 Quota exceeded for this mailbox"), "recipient.mailbox_full"),
    (mail("554 5.7.1 Your host 192.0.2.7 is blacklisted"), "reputation.ip_blocked"),
    (mail("550 5.7.26 SPF and DKIM did not pass"), "config.sender_auth"),
    (mail("450 4.7.1 Greylisted, come back later"), "server.greylisted"),
    (mail("421 4.7.0 Too many connections, slow down"), "rate.sender_throttled"),
    (mail("550 5.7.1 Relaying denied"), "config.relay_denied"),
    (mail("554 5.4.6 Too many hops, mail loop"), "config.routing_loop"),
    (mail("554 5.6.0 Virus found in the attachment"), "content.malware_detected"),
    (mail("552 5.3.4 Message size exceeds fixed limit"), "content.too_large"),
    (mail("550 No PTR record for 192.0.2.7"), "config.dns_ptr_missing"),
    (mail("Connection timed out"), "network.connection_failed"),
    (mail("550 Domain example.org does not exist"), "recipient.domain_unknown"),
    (mail("Name server timeout, try again"), "network.dns_failure"),
    (mail("I am out of the office until May"), "notice.auto_reply"),
    (mail("550 收件人不存在"), "recipient.unknown"),
    (mail("552 邮箱已满"), "recipient.mailbox_full"),
    (mail("550 Empfänger unbekannt"), "recipient.unknown"),
    (mail("550 Utilisateur inconnu"), "recipient.unknown"),
    (mail("552 Boîte aux lettres pleine"), "recipient.mailbox_full"),
    (mail("550 Usuario desconocido"), "recipient.unknown"),
    (mail("552 Caixa postal cheia"), "recipient.mailbox_full"),
    (mail("550 Пользователь не найден"), "recipient.unknown"),
    (mail("550 宛先が見つかりません"), "recipient.unknown"),
    (over("sms", "Twilio_SMS", "", "30003"), "recipient.unreachable"),
    (over("sms", "twilio-v1", '{"code": 21610}'), "consent.unsubscribed"),
    (over("sms", "smpp", "command_status=0x00000058"), "rate.sender_throttled"),
    (over("sms", "aliyun", "isv.AMOUNT_NOT_ENOUGH"), "config.billing"),
    (over("sms", "other", '{"msg": "账户余额不足"}'), "config.billing"),
    (over("sms", "other", '{"m": "\\u4f59\\u989d\\u4e0d\\u8db3"}'), "config.billing"),
    (over("sms", "other", "InvalidPhoneNumber"), "recipient.address_invalid"),
    (over("push", "fcm", '{"error": "NotRegistered"}'), "recipient.token_unregistered"),
    (over("push", "apns", '{"reason": "BadDeviceToken"}'), "recipient.address_invalid"),
    (over("push", "other", "Unregistered"), "recipient.token_unregistered"),
    (over("chat", "slack", '{"error": "invalid_auth"}'), "config.credentials"),
    (over("chat", "whatsapp", '{"code": 131047}'), "consent.not_subscribed"),
    (over("webhook", "hook", "Service Unavailable", "503"), "server.unavailable"),
    (over("webhook", "hook", "", "429"), "rate.sender_throttled"),
    (over("webhook", "hook", "", "connection_refused"), "network.connection_failed"),
]
