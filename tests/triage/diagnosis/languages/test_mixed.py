"""Is a failure told where languages, codes and denials are mixed?"""

import json

import pytest

from deliveries import taxonomy
from tests.triage.diagnosis.cases import mail, over
from triage.diagnosis.engine import diagnose
from triage.diagnosis.evidence import Evidence, Finding

# An English reply inside a notice in another language, and codes that contradict words.
MIXED = [
    (
        mail(
            "Ihre Nachricht konnte nicht zugestellt werden.\n"
            "Der Server hat geantwortet: 550 5.1.1 <ana@example.org>: user unknown"
        ),
        "recipient.unknown",
    ),
    (
        mail(
            "お客様のメールは配信できませんでした。\n"
            "host mx.example.org said: 552 5.2.2 Mailbox full"
        ),
        "recipient.mailbox_full",
    ),
    (
        mail(
            "您的邮件未能送达。对方服务器返回：\n"
            "554 5.7.1 Your host 192.0.2.7 is blacklisted"
        ),
        "reputation.ip_blocked",
    ),
    (
        mail(
            "Сообщение не доставлено. Ответ сервера:\n"
            "552 5.3.4 Message size exceeds fixed limit"
        ),
        "content.too_large",
    ),
    (
        mail(
            "Votre message n'a pas pu être remis.\n"
            "Réponse du serveur : 550 5.7.1 Relaying denied"
        ),
        "config.relay_denied",
    ),
    (
        mail(
            "No se pudo entregar su mensaje.\n"
            "Respuesta: 451 4.7.1 Greylisted, come back later"
        ),
        "server.greylisted",
    ),
    (mail("550 5.1.1 Sua caixa postal está cheia"), "recipient.mailbox_full"),
    (mail("450 4.2.1 Der Empfänger existiert nicht"), "recipient.unknown"),
    (mail("550 5.2.2 Ящик получателя не найден"), "recipient.unknown"),
    (mail("553 5.1.2 您的IP已被列入黑名单"), "reputation.ip_blocked"),
    (mail("550 5.1.1 添付ファイルが大きすぎます"), "content.too_large"),
    (mail("554 5.7.1 수신자의 편지함 용량이 초과되었습니다"), "recipient.mailbox_full"),
    (mail("450 4.7.1 La boîte aux lettres n'existe pas"), "recipient.unknown"),
    (
        over("sms", "other", '{"code": 7, "msg": "手机号码格式错误"}'),
        "recipient.address_invalid",
    ),
    (
        over("sms", "other", '{"mensaje": "n\\u00famero no v\\u00e1lido"}'),
        "recipient.address_invalid",
    ),
    (
        over(
            "sms",
            "other",
            json.dumps({"error": "недостаточно средств"}),
        ),
        "config.billing",
    ),
]

# Causes that look passing but are not: nothing may be sent again at once.
LASTING = [
    mail("450 Das Konto ist vorübergehend gesperrt"),
    mail("450 Le compte est temporairement suspendu"),
    mail("450 La cuenta está suspendida temporalmente"),
    mail("450 Учетная запись временно заблокирована"),
    mail("450 该账号已被临时冻结"),
    mail("450 アカウントは一時的に停止されています"),
    mail("450 Konto zostało tymczasowo zablokowane"),
    mail("450 L'account è temporaneamente sospeso"),
    mail("450 A conta está temporariamente suspensa"),
    mail("450 Empfänger unbekannt, bitte versuchen Sie es später erneut"),
    mail("450 Utilisateur inconnu, réessayez plus tard"),
    mail("450 用户不存在，请稍后重试"),
    mail("450 Получатель не найден, попробуйте позже"),
    mail("450 존재하지 않는 사용자입니다. 잠시 후 다시 시도해 주세요"),
]

# What would be a cause, denied.
DENIED = [
    "Ihr Server wurde nicht blockiert",
    "Der Server ist nicht gesperrt",
    "Votre serveur n'est pas bloqué",
    "Su servidor no está bloqueado",
    "Seu servidor não foi bloqueado",
    "Il server non è stato bloccato",
    "Uw server is niet geblokkeerd",
    "Serwer nie został zablokowany",
    "Ваш сервер не заблокирован",
    "Ваш сервер не заблоковано",
    "您的服务器未被拉黑",
    "您的服务器没有被列入黑名单",
    "您的伺服器未被封鎖",
    "お客様のサーバーはブロックされていません",
    "サーバーは拒否されておりません",
    "귀하의 서버는 차단되지 않았습니다",
    "Server není blokován",
    "Sunucunuz engellenmedi",
    "Servern är inte blockerad",
    "Serveren er ikke blokeret",
    "Serveren er ikke blokkert",
    "Palvelinta ei ole estetty",
    "A szerver nincs letiltva",
    "Serverul nu este blocat",
    "Ο διακομιστής δεν έχει αποκλειστεί",
    "لم يتم حظر الخادم",
    "השרת לא נחסם",
    "Máy chủ không bị chặn",
    "เซิร์ฟเวอร์ไม่ได้ถูกบล็อก",
    "Server Anda tidak diblokir",
    "आपका सर्वर ब्लॉक नहीं किया गया",
]


def first(evidence: Evidence) -> Finding:
    return diagnose(evidence).findings[0]


@pytest.mark.parametrize(("evidence", "category"), MIXED)
def test_words_of_any_language_are_read_beside_codes_and_other_languages(
    evidence: Evidence, category: str
) -> None:
    assert first(evidence).category == category


@pytest.mark.parametrize("evidence", LASTING)
def test_a_lasting_cause_is_not_taken_for_a_passing_one(evidence: Evidence) -> None:
    retry = taxonomy.load().get(first(evidence).category).retry_class
    assert retry is not taxonomy.RetryClass.SAFE


@pytest.mark.parametrize("said", DENIED)
def test_a_denial_turns_no_meaning_around(said: str) -> None:
    assert first(mail(said)).category == taxonomy.UNKNOWN
