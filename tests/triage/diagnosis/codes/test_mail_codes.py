"""Do the reports of mail providers and the codes of mailbox providers mean that?"""

import pytest

from tests.triage.diagnosis.codes.answers import (
    Answer,
    diagnosed,
    named,
    tells,
    untested,
)

_SES = '{"notificationType":"Bounce","bounce":{"bounceType":"%s","bounceSubType":"%s"}}'
_SG = '[{"email":"ana@example.org","event":"%s","reason":"%s","sg_event_id":"a"}]'
_MG = '{"event-data":{"event":"failed","reason":"%s","delivery-status":{"code":%s}}}'
_PM = '{"RecordType":"Bounce","Type":"%s","TypeCode":%s,"Email":"ana@example.org"}'
_SP = '[{"msys":{"message_event":{"type":"%s","bounce_class":"%s"}}}]'
_MJ = '{"event":"bounce","error_related_to":"x","error":"%s"}'
_TC = '{"Response":{"Error":{"Code":"FailedOperation.%s"}}}'
ANSWERS: list[Answer] = [
    (
        "amazon_ses",
        "ses",
        _SES % ("Transient", "MailboxFull"),
        "recipient.mailbox_full",
    ),
    ("amazon_ses", "amazon_ses", _SES % ("Permanent", "NoEmail"), "recipient.unknown"),
    (
        "amazon_ses",
        "aws-ses",
        _SES % ("Permanent", "OnAccountSuppressionList"),
        "consent.suppressed",
    ),
    (
        "amazon_ses",
        "ses",
        '{"eventType":"Complaint","complaint":{}}',
        "consent.complaint",
    ),
    (
        "amazon_ses",
        "ses",
        '{"eventType":"Rendering Failure"}',
        "content.template_invalid",
    ),
    (
        "sendgrid",
        "sendgrid",
        _SG % ("dropped", "Spam Reporting Address"),
        "consent.complaint",
    ),
    (
        "sendgrid",
        "SendGrid",
        _SG % ("dropped", "Bounced Address"),
        "consent.suppressed",
    ),
    (
        "sendgrid",
        "twilio-sendgrid",
        _SG % ("dropped", "Invalid"),
        "recipient.address_invalid",
    ),
    ("mailgun", "mailgun", _MG % ("suppress-unsubscribe", 606), "consent.unsubscribed"),
    ("mailgun", "Mailgun", _MG % ("suppress-bounce", 605), "consent.suppressed"),
    ("mailgun", "mailgun", '{"event":"complained"}', "consent.complaint"),
    ("mailgun", "mailgun", _MG % ("old", 602), "network.expired"),
    ("postmark", "postmark", _PM % ("HardBounce", 1), "recipient.unknown"),
    ("postmark", "Postmark", _PM % ("SpamComplaint", 100001), "consent.complaint"),
    ("postmark", "postmark", _PM % ("DMARCPolicy", 100009), "config.sender_auth"),
    ("postmark", "postmark", '{"ErrorCode":406,"Message":"x"}', "consent.suppressed"),
    ("sparkpost", "sparkpost", _SP % ("bounce", 10), "recipient.unknown"),
    ("sparkpost", "sparkpost", _SP % ("bounce", 22), "recipient.mailbox_full"),
    ("sparkpost", "SparkPost", _SP % ("bounce", 52), "content.spam_detected"),
    ("sparkpost", "sparkpost", '{"type":"list_unsubscribe"}', "consent.unsubscribed"),
    ("mailjet", "mailjet", _MJ % "user unknown", "recipient.unknown"),
    ("mailjet", "mailjet", _MJ % "no mail host", "recipient.domain_unknown"),
    ("mailjet", "Mailjet", _MJ % "greylisted", "server.greylisted"),
    ("mailjet", "mailjet", _MJ % "preblocked", "consent.suppressed"),
    ("mandrill", "mandrill", '{"event":"reject","msg":{}}', "consent.suppressed"),
    ("mandrill", "mandrill", '{"event":"spam"}', "consent.complaint"),
    (
        "mandrill",
        "mailchimp",
        '{"reject_reason":"invalid-sender"}',
        "config.sender_invalid",
    ),
    ("brevo", "brevo", '{"event":"invalid_email"}', "recipient.address_invalid"),
    ("brevo", "sendinblue", '{"event":"spam"}', "consent.complaint"),
    ("brevo", "Brevo", '{"code":"not_enough_credits"}', "config.billing"),
    ("resend", "resend", '{"type":"email.complained"}', "consent.complaint"),
    ("resend", "resend", '{"name":"daily_quota_exceeded"}', "rate.quota_exhausted"),
    ("resend", "Resend", '{"name":"invalid_from_address"}', "config.sender_invalid"),
    (
        "mailersend",
        "mailersend",
        '{"type":"activity.spam_complaint"}',
        "consent.complaint",
    ),
    (
        "mailersend",
        "mailersend",
        '{"type":"activity.unsubscribed"}',
        "consent.unsubscribed",
    ),
    (
        "mailersend",
        "mailersend",
        '{"type":"activity.hard_bounced"}',
        "recipient.unknown",
    ),
    ("mailtrap", "mailtrap", '{"event":"spam"}', "consent.complaint"),
    ("mailtrap", "mailtrap", '{"event":"unsubscribe"}', "consent.unsubscribed"),
    ("mailtrap", "Mailtrap", '{"event":"reject"}', "consent.suppressed"),
    (
        "unisender_go",
        "unisender",
        '{"delivery_status":"err_user_unknown"}',
        "recipient.unknown",
    ),
    (
        "unisender_go",
        "unisender_go",
        '{"delivery_status":"err_mailbox_full"}',
        "recipient.mailbox_full",
    ),
    (
        "unisender_go",
        "unione",
        '{"delivery_status":"err_spam_rejected"}',
        "content.spam_detected",
    ),
    ("postal", "postal", '{"event":"MessageHeld","payload":{}}', "consent.suppressed"),
    ("postal", "postal", '{"event":"MessageDelayed"}', "notice.delayed"),
    ("postal", "Postal", '{"event":"x","status":"SoftFail"}', "notice.delayed"),
    (
        "elastic_email",
        "elasticemail",
        "status=Error&category=NoMailbox",
        "recipient.unknown",
    ),
    (
        "elastic_email",
        "elastic-email",
        "status=Error&category=GreyListed",
        "server.greylisted",
    ),
    ("elastic_email", "elasticemail", "category=SPFProblem", "config.sender_auth"),
    (
        "tencent_ses",
        "tencent-ses",
        _TC % "ReceiverHasUnsubscribed",
        "consent.unsubscribed",
    ),
    ("tencent_ses", "qcloud_ses", _TC % "IncorrectEmail", "recipient.address_invalid"),
    ("tencent_ses", "tencent", _TC % "InvalidTemplateID", "content.template_invalid"),
    (
        "aliyun_directmail",
        "aliyun",
        '{"Code":"InvalidToAddress"}',
        "recipient.address_invalid",
    ),
    (
        "aliyun_directmail",
        "directmail",
        '{"Code":"InvalidMailAddress.NotFound"}',
        "config.sender_invalid",
    ),
    (
        "aliyun_directmail",
        "alibaba",
        '{"Code":"InvalidSendMail.Spam"}',
        "content.spam_detected",
    ),
    ("mail_events", "own-relay", '{"event_type":"complained"}', "consent.complaint"),
    ("mail_events", "own-relay", '{"reject_reason":"timed_out"}', "network.expired"),
    ("mail_events", "own-relay", '{"event":"unsubscribed"}', "consent.unsubscribed"),
    ("microsoft", "exchange", "550 5.7.606 x", "reputation.ip_blocked"),
    ("microsoft", "relay", "550 5.7.509 x", "config.sender_auth"),
    ("microsoft", "relay", "550 5.7.54 x", "config.relay_denied"),
    ("microsoft", "relay", "451 4.7.650 x", "rate.sender_throttled"),
    ("microsoft", "relay", "550 5.7.703 x", "consent.suppressed"),
    ("microsoft", "relay", "550 5.7.800 x", "reputation.domain_blocked"),
    ("microsoft", "relay", "550 5.7.504 x", "recipient.unknown"),
    ("microsoft", "relay", "550 5.7.505 x", "recipient.unknown"),
    ("microsoft_recipient", "exchange", "550 5.1.10 x", "recipient.unknown"),
    ("mailbox_providers", "relay", "553 5.7.1 [BL21] x", "reputation.ip_blocked"),
    ("mailbox_providers", "relay", "554 DT:SPM mx7,x", "content.spam_detected"),
    ("mailbox_providers", "relay", "421 HL:IFC mx7,x", "rate.sender_throttled"),
    ("mailbox_providers", "relay", "554 CXDNS x", "config.dns_ptr_missing"),
    ("mailbox_providers", "relay", "554 IP=192.0.2.7 x (BL)", "reputation.ip_blocked"),
]


@named(ANSWERS)
def test_the_code_of_a_mail_provider_means(answer: Answer) -> None:
    tells("email", answer)


def test_every_mail_provider_is_asked() -> None:
    assert untested("mail", ANSWERS) == set()


@pytest.mark.parametrize("channel", ["email-webhook", "Email", "mail"])
def test_a_hook_of_mail_is_mail(channel: str) -> None:
    raw = _MJ % "user unknown"
    assert diagnosed(channel, "mailjet", raw).category == "recipient.unknown"


def test_the_form_of_a_report_gives_the_mail_provider_away() -> None:
    found = diagnosed("email", "our-relay", _SES % ("Permanent", "Suppressed"))
    assert found.category == "consent.suppressed"


def test_a_recipient_that_exchange_does_not_find_says_nothing_of_the_domain() -> None:
    raw = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; x"
    assert diagnosed("email", "our-relay", raw).category == "recipient.unknown"
    assert diagnosed("email", "our-relay", "556 5.1.10 x").category == (
        "recipient.domain_unknown"
    )


def test_a_hard_bounce_is_not_sent_again_for_words_that_sound_passing() -> None:
    raw = '{"event":"hard_bounce","reason":"server is down or unreachable"}'
    assert diagnosed("email", "brevo", raw).category == "recipient.unknown"


def test_words_of_a_mailbox_override_the_event_of_the_reporter() -> None:
    raw = _SG % ("bounce", "552 5.2.2 The mailbox is full")
    assert diagnosed("email", "sendgrid", raw).category == "recipient.mailbox_full"
