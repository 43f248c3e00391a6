"""Do the answers of text-message gateways mean what their documentation says?"""

import pytest

from tests.triage.diagnosis.codes.answers import (
    Answer,
    diagnosed,
    named,
    tells,
    untested,
)

_TWILIO = '{"MessageStatus":"undelivered","ErrorCode":"%s"}'
_VONAGE = '{"message-count":"1","messages":[{"status":"%s","error-text":"x"}]}'
_DLR = "err-code=%s&messageId=0A00&status=failed"
_BW = '[{"type":"message-failed","errorCode":%s,"description":"x"}]'
_TENCENT = '{"Response":{"SendStatusSet":[{"Code":"%s","Message":"x"}]}}'
_INFOBIP = '{"status":{"groupId":5,"groupName":"REJECTED","id":6,"name":"%s"}}'
_AT = '{"SMSMessageData":{"Recipients":[{"statusCode":%s,"number":"+2547"}]}}'
ANSWERS: list[Answer] = [
    ("twilio", "Twilio_SMS", _TWILIO % "30005", "recipient.unknown"),
    ("twilio", "twilio", '{"code":21610,"status":400}', "consent.unsubscribed"),
    ("twilio", "twilio-v1", "Twilio error 63016", "consent.not_subscribed"),
    ("twilio", "twilio", _TWILIO % "63106", "recipient.channel_unsupported"),
    ("twilio", "twilio", "ErrorCode=30036&MessageStatus=failed", "network.expired"),
    ("vonage_sms", "vonage", _VONAGE % "9", "config.billing"),
    ("vonage_sms", "nexmo", _VONAGE % "4", "config.credentials"),
    ("vonage_sms", "Vonage", _DLR % "6", "content.spam_detected"),
    ("vonage_sms", "vonage_sms", _DLR % "2", "recipient.unreachable"),
    ("vonage_sms", "vonage", _DLR % "9", "recipient.address_invalid"),
    ("vonage_messages", "vonage", '{"error":{"code":1340}}', "consent.not_subscribed"),
    ("vonage_messages", "nexmo", '{"error":{"code":1360}}', "network.expired"),
    ("vonage_messages", "vonage", '{"code":1430}', "recipient.address_invalid"),
    ("infobip", "Infobip", _INFOBIP % "REJECTED_NOT_ENOUGH_CREDITS", "config.billing"),
    (
        "infobip",
        "infobip",
        '{"error":{"name":"EC_ABSENT_SUBSCRIBER"}}',
        "recipient.unreachable",
    ),
    ("infobip", "info_bip", _INFOBIP % "REJECTED_SENDER", "config.sender_invalid"),
    ("sinch", "sinch", '{"code":406,"type":"delivery_report_sms"}', "network.expired"),
    ("sinch", "clx", '{"code":"missing_or_invalid_token"}', "config.credentials"),
    ("sinch", "Sinch", '{"code":412}', "config.permission_denied"),
    ("messagebird", "messagebird", '{"errors":[{"code":25}]}', "config.billing"),
    ("messagebird", "bird", '{"errors":[{"code":2}]}', "config.credentials"),
    ("messagebird", "MessageBird", "statusErrorCode=27", "recipient.unreachable"),
    ("plivo", "plivo", "ErrorCode=200&Status=rejected", "consent.unsubscribed"),
    ("plivo", "Plivo", '{"error_code":"70"}', "recipient.unknown"),
    ("plivo", "plivo", '{"error_code":"900"}', "config.billing"),
    ("telnyx", "telnyx", '{"errors":[{"code":"40300"}]}', "consent.unsubscribed"),
    ("telnyx", "Telnyx", '{"errors":[{"code":"40310"}]}', "recipient.address_invalid"),
    ("telnyx", "telnyx", '{"errors":[{"code":"40011"}]}', "rate.sender_throttled"),
    ("bandwidth", "bandwidth", _BW % "4720", "recipient.address_invalid"),
    ("bandwidth", "Bandwidth", _BW % "4775", "consent.unsubscribed"),
    ("bandwidth", "bandwidth", _BW % "4770", "content.spam_detected"),
    ("clickatell", "clickatell", "ERR: 001, error code: 001", "config.credentials"),
    ("clickatell", "clickatell", '{"code":"301"}', "config.billing"),
    ("clickatell", "clickatell", '{"errorCode":"122"}', "consent.unsubscribed"),
    ("aws_sms", "aws", '{"eventType":"TEXT_TTL_EXPIRED"}', "network.expired"),
    ("aws_sms", "aws-pinpoint", '{"eventType":"TEXT_SPAM"}', "content.spam_detected"),
    ("aws_sms", "sns", '{"eventType":"TEXT_UNREACHABLE"}', "recipient.unreachable"),
    (
        "gupshup",
        "gupshup",
        '{"payload":{"code":1002}}',
        "recipient.channel_unsupported",
    ),
    ("gupshup", "Gupshup", '{"payload":{"code":1003}}', "config.billing"),
    ("gupshup", "gupshup", '{"payload":{"code":1005}}', "content.template_invalid"),
    ("msg91", "msg91", '{"code":"202","type":"error"}', "recipient.address_invalid"),
    ("msg91", "MSG91", '{"code":"301"}', "config.billing"),
    ("msg91", "msg91", '{"code":"418"}', "config.permission_denied"),
    ("kaleyra", "kaleyra", '{"status":"DNDNUMB"}', "consent.blocked_by_recipient"),
    ("kaleyra", "kaleyra", '{"status":"ABSENT-SUB"}', "recipient.unreachable"),
    ("kaleyra", "kaleyra", '{"status":"MEMEXEC"}', "recipient.mailbox_full"),
    ("africastalking", "africastalking", _AT % "405", "config.billing"),
    ("africastalking", "africas-talking", _AT % "406", "consent.suppressed"),
    (
        "africastalking",
        "africastalking",
        '{"status":"InvalidPhoneNumber"}',
        "recipient.address_invalid",
    ),
    ("textlocal", "textlocal", '{"errors":[{"code":7}]}', "config.billing"),
    ("textlocal", "textlocal", '{"errors":[{"code":3}]}', "config.credentials"),
    ("textlocal", "textlocal", '{"errors":[{"code":43}]}', "config.sender_invalid"),
    (
        "aliyun_sms",
        "aliyun_dysms",
        '{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}',
        "recipient.address_invalid",
    ),
    (
        "aliyun_sms",
        "alibabacloud",
        '{"err_code":"MOBILE_NOT_ON_SERVICE"}',
        "recipient.inactive",
    ),
    ("aliyun_sms", "阿里云短信", "isv.OUT_OF_SERVICE", "config.billing"),
    ("aliyun_sms", "dysms", '{"Code":"VALVE:H_MC"}', "rate.recipient_limit"),
    (
        "tencent_sms",
        "tencent-cloud-sms",
        _TENCENT % "FailedOperation.PhoneNumberInBlacklist",
        "consent.suppressed",
    ),
    (
        "tencent_sms",
        "qcloudsms",
        '{"result":1016,"errmsg":"x"}',
        "recipient.address_invalid",
    ),
    (
        "tencent_sms",
        "腾讯云",
        _TENCENT % "LimitExceeded.PhoneNumberDailyLimit",
        "rate.recipient_limit",
    ),
    (
        "tencent_sms",
        "TencentSms",
        '{"Response":{"Error":{"Code":"InternalError"}}}',
        "server.internal_error",
    ),
    ("huawei_sms", "huaweicloud", '{"code":"E000102"}', "config.credentials"),
    ("huawei_sms", "msgsms", '{"code":"E000503"}', "content.malformed"),
    ("huawei_sms", "huawei", '{"code":"E000620"}', "config.permission_denied"),
    ("volcengine_sms", "volcengine", '{"Code":"RE:0004"}', "config.sender_invalid"),
    ("volcengine_sms", "火山引擎", '{"Code":"RE:0005"}', "content.template_invalid"),
    ("volcengine_sms", "volc", "RE:0005", "content.template_invalid"),
    ("netease_sms", "netease", '{"code":416}', "rate.sender_throttled"),
    ("netease_sms", "yunxin", '{"code":414}', "content.malformed"),
    ("netease_sms", "网易云信", '{"code":422}', "recipient.inactive"),
    ("yunpian", "yunpian", '{"code":3,"msg":"x"}', "config.billing"),
    ("yunpian", "云片", '{"code":22,"http_status_code":400}', "rate.recipient_limit"),
    ("yunpian", "Yunpian", '{"code":-1}', "config.credentials"),
    ("luosimao", "luosimao", '{"error":-20,"msg":"x"}', "config.billing"),
    ("luosimao", "螺丝帽", '{"error":-40}', "recipient.address_invalid"),
    ("luosimao", "luosimao", '{"error":-31}', "content.policy_violation"),
    ("submail", "submail", '{"status":"error","code":"904"}', "config.billing"),
    ("submail", "submail", '{"status":"error","code":101}', "config.credentials"),
    ("submail", "赛邮", '{"status":"error","code":252}', "recipient.address_invalid"),
    ("smsbao", "smsbao", '{"code":"41"}', "config.billing"),
    ("smsbao", "smsbao", '{"code":"51"}', "recipient.address_invalid"),
    ("smsbao", "短信宝", '{"code":"50"}', "content.policy_violation"),
    (
        "ihuyi",
        "ihuyi",
        "<SubmitResult><code>4051</code></SubmitResult>",
        "config.billing",
    ),
    ("ihuyi", "互亿无线", "<code>406</code>", "recipient.address_invalid"),
    ("ihuyi", "ihuyi", "<code>4072</code>", "content.template_invalid"),
    (
        "smpp",
        "kannel",
        "submit_sm_resp command_status=0x0000000B",
        "recipient.address_invalid",
    ),
    ("smpp", "smpp", "ESME_RTHROTTLED", "rate.sender_throttled"),
    ("smpp", "jasmin", '{"command_status": 88}', "rate.sender_throttled"),
    ("smpp", "smpp", "command_status=0x00000101", "config.permission_denied"),
    (
        "receipt",
        "smpp",
        "id:7 sub:001 dlvrd:000 stat:EXPIRED err:000 text:",
        "network.expired",
    ),
    (
        "receipt",
        "smpp",
        "id:7 sub:001 dlvrd:001 stat:DELIVRD err:000 text:",
        "notice.delivered",
    ),
    ("receipt", "gateway", "id:7 stat:REJECTD err:000", "reputation.policy_rejected"),
    ("gsm_map", "gateway", "id:7 stat:UNDELIV err:001 text:", "recipient.unknown"),
    (
        "gsm_map",
        "gateway",
        "MAP user error: absentSubscriberSM",
        "recipient.unreachable",
    ),
    ("gsm_map", "gateway", "MEMORY_CAPACITY_EXCEEDED", "recipient.mailbox_full"),
    ("cmpp", "gateway", '{"stat":"MK:0001"}', "recipient.unknown"),
    ("cmpp", "cmpp", "Stat=DB:0141", "consent.suppressed"),
    ("cmpp", "carrier", "短信状态 MI:0024", "recipient.unreachable"),
    ("cmpp", "carrier", '{"errorCode":"ID:0318"}', "content.policy_violation"),
    ("sgip", "carrier", '{"status":"SGIP:1"}', "recipient.unknown"),
    ("sgip", "unicom", "SGIP:2:12", "recipient.unknown"),
    ("sgip", "carrier", "SGIP:13", "recipient.inactive"),
    ("cmpp_result", "cmpp", "submit_resp result=8", "rate.sender_throttled"),
    ("cmpp_result", "CMPP2", '{"result":4}', "content.too_large"),
    ("cmpp_result", "cmpp", "result=7", "config.sender_invalid"),
]


@named(ANSWERS)
def test_the_code_of_a_text_message_gateway_means(answer: Answer) -> None:
    tells("sms", answer)


def test_every_text_message_gateway_is_asked() -> None:
    assert untested("sms", ANSWERS) == set()


@pytest.mark.parametrize("provider", ["acme", "vonage", "yunpian", "smpp"])
def test_a_number_means_nothing_to_another_provider(provider: str) -> None:
    assert diagnosed("sms", provider, '{"code": 30005}').category == (
        "unknown.unclassified"
    )


def test_the_form_of_an_answer_gives_its_provider_away_for_less() -> None:
    known = diagnosed("sms", "twilio", _TWILIO % "30005")
    guessed = diagnosed("sms", "our-gateway", _TWILIO % "30005")
    assert guessed.category == known.category
    assert guessed.confidence < known.confidence


def test_a_code_beside_the_answer_counts_like_one_in_it() -> None:
    assert diagnosed("sms", "yunpian", "", "3").category == "config.billing"
