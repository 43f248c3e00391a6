"""Of which failures is a large desk made, and what do people and providers say?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """A failure as it comes again and again; ``weight`` is how often, beside others."""

    weight: int
    channel: str
    cause: str
    provider: str
    purpose: str
    code: str
    enhanced: str
    answer: str

    @property
    def family(self) -> str:
        """The family of the cause."""
        return self.cause.partition(".")[0]


SCENES = (
    Scene(
        14,
        "email",
        "recipient.mailbox_full",
        "northpost",
        "transactional",
        "552",
        "5.2.2",
        "552 5.2.2 The recipient’s mailbox is full and over its quota",
    ),
    Scene(
        12,
        "email",
        "recipient.unknown",
        "northpost",
        "transactional",
        "550",
        "5.1.1",
        "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table",
    ),
    Scene(
        9,
        "email",
        "reputation.ip_blocked",
        "skyline-mail",
        "marketing",
        "554",
        "5.7.1",
        "554 5.7.1 Service unavailable; client host blocked using a block list",
    ),
    Scene(
        8,
        "email",
        "server.unavailable",
        "skyline-mail",
        "transactional",
        "451",
        "4.3.2",
        "451 4.3.2 系统繁忙，请稍后重试 System not accepting network messages",
    ),
    Scene(
        3,
        "email",
        "network.tls_failure",
        "northpost",
        "security",
        "454",
        "4.7.0",
        "454 4.7.0 TLS handshake failed: certificate has expired",
    ),
    Scene(
        12,
        "sms",
        "rate.sender_throttled",
        "harbour-sms",
        "security",
        "429",
        "",
        '{"code": "isv.BUSINESS_LIMIT_CONTROL", "message": "触发小时级流控"}',
    ),
    Scene(
        9,
        "sms",
        "content.template_invalid",
        "lotus-sms",
        "security",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "",
        '{"code": "isv.TEMPLATE_PARAMS_ILLEGAL", "message": "模板变量中存在非法字符"}',
    ),
    Scene(
        6,
        "sms",
        "recipient.unreachable",
        "lotus-sms",
        "security",
        "MK:0001",
        "",
        "MK:0001 用户关机或不在服务区，短信无法送达",
    ),
    Scene(
        10,
        "push",
        "recipient.token_unregistered",
        "pushgate",
        "social",
        "410",
        "",
        '{"error": {"status": "UNREGISTERED", "message": "Device token is gone"}}',
    ),
    Scene(
        5,
        "push",
        "server.unavailable",
        "pushgate",
        "transactional",
        "503",
        "",
        "503 Service Unavailable: the push gateway is shutting down for maintenance",
    ),
    Scene(
        5,
        "chat",
        "rate.quota_exhausted",
        "chatline",
        "social",
        "130429",
        "",
        "(#130429) Rate limit hit: cloud API message throughput has been reached",
    ),
    Scene(
        2,
        "chat",
        "consent.unsubscribed",
        "chatline",
        "marketing",
        "131050",
        "",
        "(#131050) 用户已退订营销消息 User has stopped to receive marketing messages",
    ),
    Scene(
        4,
        "webhook",
        "server.internal_error",
        "partner-hooks",
        "transactional",
        "500",
        "",
        "HTTP 500 Internal Server Error from the partner’s endpoint",
    ),
    Scene(
        1,
        "social",
        "config.credentials",
        "wallpost",
        "social",
        "190",
        "",
        "OAuthException 190: the access token has been invalidated",
    ),
)
REGIONS = ("eu-west", "us-east", "cn-east", "cn-north", "ap-south")
TEMPLATES = ("order-shipped", "login-code", "receipt", "newsletter", "验证码通知")

DETAILS = (
    ("en", "The customer says that the mail about her order {n} never came."),
    ("en", "No notification for booking {n}, the app shows nothing at all."),
    ("en", "I asked three times for the login code {n}; none of them arrived."),
    ("en", "Delivery of invoice {n} failed again after the retry."),
    ("zh-hans", "我没有收到订单{n}的验证码，已经等了十分钟。"),
    ("zh-hans", "用户反馈：通知{n}一直收不到，请尽快处理。"),
    ("zh-hans", "短信验证码{n}重复发送失败，无法登录账号。"),
    ("zh-hans", "邮件{n}被退回，提示邮箱已满。"),
)
# One report in a hundred says something that hardly any other does.
RARE = (
    ("en", "The quicksilver relay of warehouse {n} answers with a blank page."),
    ("zh-hans", "仓库{n}的极光网关返回空白页面，疑似证书错配。"),
)
NOTES = (
    "Asked the provider; they see the same on their side.",
    "已联系供应商，对方确认正在限流，预计一小时后恢复。",
    "The postmaster wants a ticket number before they lift the block.",
    "用户更换了手机号码，旧号码已停用。",
)
RESOLUTIONS = (
    "Waited for the provider and sent again; every message arrived.",
    "已更换模板变量并重新发送，全部送达。",
    "The address was corrected by the customer.",
    "已切换到备用通道，投递恢复正常。",
)
LOG = (
    "10:02:11.402 connect {provider} from {region}\n"
    "10:02:11.910 TLS established, cipher TLS_AES_128_GCM_SHA256\n"
    "10:02:12.377 send template={template} request=req-{n}\n"
    "10:02:14.020 错误：{answer}\n"
    "10:02:14.021 retry scheduled in 240 s, attempt 2 of 5 已排队等待重试\n"
)
