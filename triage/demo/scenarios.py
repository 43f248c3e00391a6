"""What may happen to a provider of the demo, and what does that mean for people?"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from triage.demo.loopback import Behaviour


class Scenario(models.TextChoices):
    """The behaviours that the page of the simulator offers."""

    OK = Behaviour.OK.value, _("Healthy")
    DOWN = Behaviour.DOWN.value, _("Outage")
    LIMITED = Behaviour.LIMITED.value, _("Throttling")
    LOSSY = Behaviour.LOSSY.value, _("Lossy")
    LYING = Behaviour.LYING.value, _("Lying")
    SLOW = Behaviour.SLOW.value, _("Slow")
    FLAPPING = Behaviour.FLAPPING.value, _("Flapping")


MEANING = {
    Scenario.OK: _("It takes every message and delivers it."),
    Scenario.DOWN: _(
        "It refuses every message (503). People wait until another provider takes over"
        " or it comes back."
    ),
    Scenario.LIMITED: _(
        "It takes three messages in ten seconds and sends the rest away (429, with a"
        " wait). People get theirs later."
    ),
    Scenario.LOSSY: _(
        "It fails for the same three messages in ten, however often they come (500)."
        " Their people wait until another provider takes them."
    ),
    Scenario.LYING: _(
        "It says yes and drops the message. Nobody gets anything, and no receipt comes:"
        " where receipts are due, silence becomes “unknown”."
    ),
    Scenario.SLOW: _(
        "It takes every message, but answers after four seconds. Its people wait; the"
        " machine lets messages of other providers pass first."
    ),
    Scenario.FLAPPING: _(
        "It is well for 45 seconds and then down for 45 seconds. Some people wait for a"
        " moment, others notice nothing."
    ),
}
