"""Do the answers of chat and social platforms mean what their documentation says?"""

import pytest

from tests.triage.diagnosis.codes.answers import (
    Answer,
    diagnosed,
    named,
    tells,
    untested,
)

_GRAPH = (
    '{"error":{"message":"(#%s) x","type":"OAuthException","code":%s,'
    '"error_subcode":%s,"fbtrace_id":"A1"}}'
)
_WA = '{"statuses":[{"status":"failed","errors":[{"code":%s,"title":"x"}]}]}'
_WX = '{"errcode":%s,"errmsg":"see the manual"}'
_BOT = '{"error":{"code":"%s","message":"x"}}'
_VK = '{"error":{"error_code":%s,"error_msg":"x","request_params":[]}}'
_X = '{"errors":[{"code":%s,"message":"x"}]}'
ANSWERS: list[Answer] = [
    ("whatsapp", "WhatsApp_Cloud", _WA % 131047, "consent.not_subscribed"),
    ("whatsapp", "waba", _WA % 131026, "recipient.channel_unsupported"),
    ("whatsapp", "whatsapp", _GRAPH % (132001, 132001, 0), "content.template_invalid"),
    ("whatsapp", "360dialog", "(#130429) Rate limit hit", "rate.sender_throttled"),
    (
        "whatsapp_on_premises",
        "wabiz",
        '{"errors":[{"code":1013}]}',
        "recipient.unknown",
    ),
    (
        "whatsapp_on_premises",
        "wabiz",
        '{"errors":[{"code":1016}]}',
        "server.unavailable",
    ),
    (
        "whatsapp_on_premises",
        "wabiz",
        '{"errors":[{"code":2001}]}',
        "content.template_invalid",
    ),
    ("messenger", "facebook", _GRAPH % (613, 613, 0), "rate.sender_throttled"),
    ("messenger", "instagram", _GRAPH % (10, 10, 2534022), "consent.not_subscribed"),
    ("messenger", "Messenger", _GRAPH % (100, 100, 2018001), "recipient.unknown"),
    (
        "messenger",
        "fb-messenger",
        _GRAPH % (551, 551, 1545041),
        "consent.blocked_by_recipient",
    ),
    ("slack", "slack", '{"ok":false,"error":"is_archived"}', "recipient.inactive"),
    ("slack", "Slack-Bot", "An API error occurred: invalid_auth", "config.credentials"),
    ("slack", "slack", '{"ok":false,"error":"ratelimited"}', "rate.sender_throttled"),
    (
        "telegram",
        "telegram",
        '{"ok":false,"error_code":429,"description":"x"}',
        "rate.sender_throttled",
    ),
    ("telegram", "tg-bot", "USER_IS_BLOCKED", "consent.blocked_by_recipient"),
    ("telegram", "Telegram", "FLOOD_WAIT_35", "rate.sender_throttled"),
    ("telegram", "telegram", '{"ok":false,"error_code":401}', "config.credentials"),
    ("discord", "discord", '{"code":10003,"message":"x"}', "recipient.unknown"),
    ("discord", "Discord", '{"code":50007}', "consent.blocked_by_recipient"),
    ("discord", "discord-webhook", '{"code":10015}', "client.endpoint_gone"),
    (
        "bot_framework",
        "msteams",
        _BOT % "MessageWritesBlocked",
        "consent.blocked_by_recipient",
    ),
    ("bot_framework", "teams", _BOT % "ConversationNotFound", "recipient.unknown"),
    ("bot_framework", "bot-framework", _BOT % "MessageSizeTooBig", "content.too_large"),
    ("line", "LINE", "HTTP/1.1 401", "config.credentials"),
    ("line", "linebot", "HTTP/1.1 413", "content.too_large"),
    ("line", "line_messaging", "HTTP/1.1 500", "server.internal_error"),
    ("viber", "viber", '{"status":5,"status_message":"x"}', "recipient.unknown"),
    ("viber", "Viber", '{"status":6}', "consent.not_subscribed"),
    ("viber", "viber_bot", '{"status":2}', "config.credentials"),
    ("viber", "viber", '{"status":12}', "rate.sender_throttled"),
    ("kakao", "kakao", '{"code":"3016","message":"x"}', "content.template_invalid"),
    ("kakao", "alimtalk", '{"resultCode":"3008"}', "recipient.address_invalid"),
    ("kakao", "KakaoTalk", '{"code":"3018"}', "recipient.channel_unsupported"),
    ("zalo", "zalo", '{"error":-216,"message":"x"}', "config.credentials"),
    ("zalo", "ZNS", '{"error":-108}', "recipient.address_invalid"),
    ("zalo", "zalo_oa", '{"error":-230}', "consent.not_subscribed"),
    ("vk", "vk", _VK % 901, "consent.not_subscribed"),
    ("vk", "VKontakte", _VK % 5, "config.credentials"),
    ("vk", "vk-api", _VK % 914, "content.too_large"),
    (
        "google_chat",
        "google-chat",
        '{"error":{"status":"PERMISSION_DENIED"}}',
        "config.permission_denied",
    ),
    (
        "google_chat",
        "gchat",
        '{"error":{"status":"RESOURCE_EXHAUSTED"}}',
        "rate.sender_throttled",
    ),
    (
        "google_chat",
        "googlechat",
        '{"error":{"status":"UNAUTHENTICATED"}}',
        "config.credentials",
    ),
    (
        "google_rbm",
        "google_rcs",
        '{"error":{"code":404,"status":"NOT_FOUND"}}',
        "recipient.channel_unsupported",
    ),
    (
        "google_rbm",
        "rcs",
        '{"error":{"status":"INVALID_ARGUMENT"}}',
        "content.malformed",
    ),
    ("google_rbm", "rbm", '{"error":{"status":"UNAVAILABLE"}}', "server.unavailable"),
    (
        "apple_business_chat",
        "apple-business-chat",
        "HTTP/1.1 410",
        "consent.unsubscribed",
    ),
    ("apple_business_chat", "businesschat", "HTTP/1.1 401", "config.credentials"),
    (
        "apple_business_chat",
        "messages-for-business",
        "HTTP/1.1 413",
        "content.too_large",
    ),
    (
        "matrix",
        "matrix",
        '{"errcode":"M_FORBIDDEN","error":"x"}',
        "config.permission_denied",
    ),
    (
        "matrix",
        "synapse",
        '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000}',
        "rate.sender_throttled",
    ),
    ("matrix", "matrix", '{"errcode":"M_UNKNOWN_TOKEN"}', "config.credentials"),
    ("x_api", "twitter", _X % 349, "consent.blocked_by_recipient"),
    ("x_api", "x", _X % 187, "content.policy_violation"),
    ("x_api", "x-api", _X % 88, "rate.sender_throttled"),
    ("mastodon", "mastodon", "HTTP/1.1 429", "rate.sender_throttled"),
    ("mastodon", "Mastodon", "HTTP/1.1 410", "recipient.inactive"),
    ("mastodon", "mastodon", "HTTP/1.1 422", "content.malformed"),
    (
        "rocketchat",
        "rocket.chat",
        '{"errorType":"error-invalid-room"}',
        "recipient.unknown",
    ),
    ("rocketchat", "rocketchat", "[error-not-allowed]", "config.permission_denied"),
    ("rocketchat", "rocketchat", "error-too-many-requests", "rate.sender_throttled"),
    (
        "mattermost",
        "mattermost",
        '{"id":"api.context.permissions.app_error"}',
        "config.permission_denied",
    ),
    (
        "mattermost",
        "Mattermost",
        '{"id":"web.incoming_webhook.invalid.app_error"}',
        "client.endpoint_gone",
    ),
    (
        "mattermost",
        "mattermost",
        "model.post.is_valid.msg.app_error",
        "content.too_large",
    ),
    (
        "reddit",
        "reddit",
        '{"json":{"errors":["USER_DOESNT_EXIST"]}}',
        "recipient.unknown",
    ),
    ("reddit", "reddit", "RATELIMIT", "rate.sender_throttled"),
    (
        "reddit",
        "reddit",
        "NOT_WHITELISTED_BY_USER_MESSAGE",
        "consent.blocked_by_recipient",
    ),
    ("wecom", "weixin-work", _WX % 60111, "recipient.unknown"),
    ("wecom", "qyweixin", _WX % 81013, "recipient.address_invalid"),
    ("wecom", "WeCom", _WX % 45009, "rate.sender_throttled"),
    ("wecom", "企业微信", _WX % 93000, "client.endpoint_gone"),
    ("wechat_oa", "wechat", _WX % 43101, "consent.not_subscribed"),
    ("wechat_oa", "weixin", _WX % 43019, "consent.suppressed"),
    ("wechat_oa", "weixin", _WX % 47003, "content.template_invalid"),
    ("wechat_oa", "公众号", _WX % 45009, "rate.quota_exhausted"),
    ("wechat_oa", "wx_mini_program", _WX % 40003, "recipient.unknown"),
    (
        "wechat_status",
        "wechat",
        "<Status>failed:user block</Status>",
        "consent.blocked_by_recipient",
    ),
    (
        "wechat_status",
        "weixin",
        "<Status><![CDATA[failed:user block]]></Status>",
        "consent.blocked_by_recipient",
    ),
    (
        "wechat_status",
        "wechat",
        '{"status":"failed:user refuse"}',
        "consent.blocked_by_recipient",
    ),
    ("dingtalk", "dingtalk", _WX % 130101, "rate.sender_throttled"),
    (
        "dingtalk",
        "钉钉",
        '{"errcode":88,"sub_code":"90018","sub_msg":"x"}',
        "rate.sender_throttled",
    ),
    ("dingtalk", "ding-robot", _WX % 300001, "client.endpoint_gone"),
    ("dingtalk", "dingding", _WX % 33012, "recipient.unknown"),
    ("feishu", "lark", '{"code":230002,"msg":"x"}', "config.permission_denied"),
    ("feishu", "feishu", '{"code":99991663}', "config.credentials"),
    ("feishu", "飞书", '{"code":230025}', "content.too_large"),
    ("feishu", "larksuite", '{"code":99991400}', "rate.sender_throttled"),
    ("qq", "qq-bot", '{"code":304003,"message":"x"}', "content.link_or_media_broken"),
    ("qq", "qq", '{"code":50006}', "content.malformed"),
    ("qq", "qq_guild", '{"code":10003}', "recipient.unknown"),
]


@named(ANSWERS)
def test_the_code_of_a_chat_platform_means(answer: Answer) -> None:
    tells("chat", answer)


def test_every_chat_platform_is_asked() -> None:
    assert untested("chat", ANSWERS) == set()


@pytest.mark.parametrize(
    ("raw", "category"),
    [
        (_GRAPH % (131047, 131047, 0), "consent.not_subscribed"),
        ('{"ok":false,"error_code":429,"description":"x"}', "rate.sender_throttled"),
        (_WX % 40014, "config.credentials"),
        ('{"errcode":"M_FORBIDDEN"}', "config.permission_denied"),
    ],
)
def test_the_form_of_an_answer_gives_the_platform_away(raw: str, category: str) -> None:
    assert diagnosed("chat", "our-bridge", raw).category == category


def test_where_two_platforms_may_have_answered_the_lasting_cause_is_believed() -> None:
    assert diagnosed("chat", "wecom", _WX % 45009).category == "rate.sender_throttled"
    assert diagnosed("chat", "bridge", _WX % 45009).category == "rate.quota_exhausted"


def test_other_names_of_the_channel_are_understood() -> None:
    assert diagnosed("im", "slack", "not_in_channel").category == (
        "config.permission_denied"
    )
