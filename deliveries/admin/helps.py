"""What does each setting of the layer that delivers do? Said below its field."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ENABLED = _("Off: it is passed over at once, and nothing of it is deleted.")
OF_SENDS = _("The sends to which it applies; each combination needs a row of its own.")

SOURCE: dict[str, Any] = {
    "slug": _("Its name for programs and in addresses of pages. Keep it short."),
    "name": _("Its name for people."),
    "default_locale": _("For people whose language the source does not say."),
    "time_zone": _("Of people whose own is not known, for quiet hours."),
    "resend_mode": _(
        "We do it over routes of ours, or the source does when we say so."
    ),
    "limits": _("Requests a minute by kind, for example {“reports”: 6000}."),
}
KEY: dict[str, Any] = {
    "source": _("The key sees and writes what belongs to this source alone."),
    "name": _("Where it is used, so that it is known what stops when it is revoked."),
    "scopes": _(
        "What it may be used for, separated by commas: report:write, report:read,"
        " message:write, message:read, event:write, webhook:manage, resend:ack."
    ),
    "expires_at": _("From then on it is refused. Empty: until it is revoked."),
}
CATEGORY: dict[str, Any] = {
    "name_en": _("The cause in plain words; reporters read it as well."),
    "name_zh_hans": _("The same in Chinese."),
    "handling_level": _(
        "1: the machine or the first line can do it; 4: a person at once, and no ticket"
        " of it is below S2."
    ),
    "retry_class": _("Whether the unchanged message may go out again at all."),
    "repair_policy": _("What the machine tries first, before it asks a person."),
}
PROVIDER: dict[str, Any] = {
    "slug": _("Its name for programs. Credentials are sealed to it: it never changes."),
    "name": _("Its name for people."),
    "channel": _("What it carries; the adapter has to be made for it."),
    "adapter": _("How it is spoken to. docs/channels.md lists what each one needs."),
    "dedup": _(
        "What keeps a second copy from going out after a crash. Claim no more than the"
        " provider promises."
    ),
    "attainable_level": _("The best proof of delivery that it can give at all."),
    "enabled": ENABLED,
}
ROUTE: dict[str, Any] = {
    "channel": _("The channel of the messages that may go this way."),
    "region": _("The region of the messages. Empty: every region."),
    "provider": _("Who carries them."),
    "position": _("The lowest number is tried first; the next ones are the detours."),
    "weight": _("Among routes of one position; 0 keeps a route for emergencies."),
    "rate_per_s": _("What the provider allows; retries may use a fifth of it."),
    "enabled": ENABLED,
}
HOOK: dict[str, Any] = {
    "provider": _("Whose receipts come here. Only returned mail needs none."),
    "source": _("With one, receipts are about messages of this source alone."),
    "dialect": _("In which form the provider reports."),
    "scheme": _("How it proves who it is. Without proof little is believed."),
    "enabled": _("Off: what is posted here is refused."),
}
CAP: dict[str, Any] = {
    "source": _("Whose sends are counted."),
    "channel": OF_SENDS,
    "purpose": OF_SENDS,
    "window_s": _("Length of the window: 3600 is an hour, 86400 a day."),
    "max_sends": _("So many to one address within a window; the rest is held back."),
}
QUIET: dict[str, Any] = {
    "source": _("Whose sends wait."),
    "channel": OF_SENDS,
    "purpose": OF_SENDS,
    "starts": _("On the clock of the person who is written to."),
    "ends": _("Earlier than the beginning: on the next day."),
}
