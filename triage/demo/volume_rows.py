"""Which rows belong to one of very many tickets?"""

import random
from datetime import datetime, timedelta
from typing import Any

from deliveries import public_id
from triage.demo import copying
from triage.demo import volume_shape as shape
from triage.demo import volume_words as words
from triage.demo.copying import Lines, escaped
from triage.demo.volume_shape import Base, Group
from triage.models import FailureGroup, Ticket
from triage.recent_reports import STRETCHES, stretch_of


class Writer:
    """Writes the rows of tickets, oldest first; the same numbers give the same rows."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.lines = {
            name: Lines(model, columns.split())
            for name, (model, columns) in shape.COLUMNS.items()
        }
        self.first = {
            name: copying.first_free(lines.model) for name, lines in self.lines.items()
        }
        # A second desk beside the first has ids of its own.
        seed = f"{base.tickets} from {self.first['tickets']}"
        self.random = random.Random(seed)  # noqa: S311  # made-up rows
        self.number = copying.first_free(Ticket, "number")
        self.group_number = copying.first_free(FailureGroup, "number")
        self.groups: list[Group] = []
        self.group_count = max(1, base.tickets // shape.TICKETS_A_GROUP)
        self.made = dict.fromkeys(shape.COLUMNS, 0)

    @property
    def rows(self) -> int:
        """How many were written."""
        return sum(self.made.values())

    def write(self, index: int) -> None:
        """Write one ticket and what belongs to it."""
        at = self.base.now - shape.YEAR * (
            (self.base.tickets - index) / self.base.tickets
        )
        group = self._group(index, at)
        ticket = self.first["tickets"] + index
        newest = index >= self.base.tickets - self.group_count
        live = newest and self.random.random() < shape.LIVE_SHARE
        state = self._pick(shape.STATES if live else shape.CLOSED)
        agent = self.random.choice(self.base.agents)
        free = state == "new" or (state == "open" and self.random.random() < 0.1)
        assignee = None if free else agent
        self._ticket(ticket, self.number + index, group, state, assignee, at)
        self._report(ticket, group, state, index, at)
        self._written(ticket, group, state, agent, at)

    def _ticket(
        self,
        key: int,
        number: int,
        group: Group,
        state: str,
        assignee: int | None,
        at: datetime,
    ) -> None:
        seq = self._events(key, state, assignee, at)
        tier = self._pick(shape.TIERS)
        if state in shape.PROMISED:
            self._clock(key, group, tier, at)
        self._add(
            "tickets",
            key,
            number,
            self._id("tkt_"),
            group.key,
            self.base.queues[group.queue],
            group.scene.channel,
            group.scene.family,
            group.about,
            state,
            self.random.choice(shape.WAITING_ON) if state == "waiting" else "",
            assignee,
            tier,
            self.random.randrange(100),
            seq,
            seq,
            at,
            at + timedelta(hours=3) if state in shape.RESOLVED else None,
        )

    def _clock(self, ticket: int, group: Group, tier: str, at: datetime) -> None:
        late = self.random.random() < shape.OVERDUE
        left = timedelta(minutes=self.random.randrange(1, 20_000))
        self._add(
            "clocks",
            ticket,
            "time_to_verified",
            "breached" if late else "running",
            tier,
            self.base.queues[group.queue],
            at,
            self.base.now - left if late else self.base.now + left,
        )

    def copy(self) -> None:
        """Send what was written to the database."""
        for lines in self.lines.values():
            lines.copy()

    def settle_sequences(self) -> None:
        """Let whatever comes next have numbers of its own."""
        for name, lines in self.lines.items():
            last = copying.first_free(lines.model) - 1
            if self.made[name]:
                copying.go_on_after(copying.own_sequence(lines.model), last)
        copying.go_on_after("ticket_number", self.number + self.base.tickets - 1)
        count = len(self.groups)
        copying.go_on_after("group_number", self.group_number + count - 1)

    def _add(self, name: str, *values: Any) -> None:
        self.lines[name].add(*values)
        self.made[name] += 1

    def _pick(self, weighted: tuple[tuple[str, int], ...]) -> str:
        names, weights = zip(*weighted, strict=True)
        return str(self.random.choices(names, weights)[0])

    def _id(self, prefix: str) -> str:
        return public_id.of(prefix, self.random.randbytes(public_id.BYTES))

    def _group(self, index: int, at: datetime) -> Group:
        place = index % self.group_count
        if place < len(self.groups):
            return self.groups[place]
        scenes = words.SCENES
        (scene,) = self.random.choices(scenes, [each.weight for each in scenes])
        source = "passport" if self.random.random() < 0.3 else "shop"
        region = self.random.choice(words.REGIONS)
        own = "verification" if source == "passport" else "general"
        named = f"{source} {self.base.sources[source][1]}"
        group = Group(
            key=self.first["groups"] + place,
            digest=self.random.randbytes(32).hex(),
            scene=scene,
            region=region,
            source=source,
            queue="night"
            if self.random.random() < 0.005
            else shape.QUEUE_OF.get(scene.channel, own),
            about=f"{scene.cause} {scene.provider} {region} {named}",
        )
        self.groups.append(group)
        self._write_group(group, self.group_number + place, at)
        return group

    def _write_group(self, group: Group, number: int, at: datetime) -> None:
        scene = group.scene
        self._add(
            "groups",
            group.key,
            number,
            group.digest,
            f'[["cause", "{scene.cause}"], ["provider", "{scene.provider}"]]',
            self.base.categories[scene.cause],
            scene.channel,
            scene.provider,
            group.region,
            self.base.source_id(group.source),
            "active",
            at,
            at,
            shape.TICKETS_A_GROUP,
            shape.TICKETS_A_GROUP,
            self.random.randrange(shape.TICKETS_A_GROUP + 1),
            f"{{{','.join(self.random.choices(shape.RECENT, k=STRETCHES))}}}",
            stretch_of(self.base.now),
        )

    def _events(
        self, ticket: int, state: str, assignee: int | None, at: datetime
    ) -> int:
        kinds: list[tuple[str, int | None, str]] = [("opened", None, '{"reports": 1}')]
        if assignee is not None:
            kinds.append(("assigned", assignee, f'{{"to": {assignee}}}'))
        if state in shape.RESOLVED:
            kinds.append(("solved", assignee, "{}"))
        if state == "verified":
            kinds.append(("verified", None, "{}"))
        for seq, (kind, actor, change) in enumerate(kinds, 1):
            who = "person" if actor else "machine"
            when = at + timedelta(minutes=40 * (seq - 1))
            self._add("events", ticket, seq, kind, who, actor, change, when)
        return len(kinds)

    def _report(
        self, ticket: int, group: Group, state: str, index: int, at: datetime
    ) -> None:
        scene, key = group.scene, self.first["reports"] + index
        person, address = self.random.choice(self.base.people[group.source])
        message = self._message(group, person, address, state, at)
        rare = self.random.random() < 0.01
        locale, detail = self.random.choice(words.RARE if rare else words.DETAILS)
        self._add(
            "reports",
            key,
            self._id("rep_"),
            self.base.source_id(group.source),
            "client",
            f"volume-{key}",
            message,
            person,
            f"volume-{key}",
            scene.channel,
            scene.purpose,
            "not_received",
            scene.provider,
            scene.code,
            scene.enhanced,
            escaped(scene.answer),
            detail.format(n=f"A-{key}"),
            f'{{"key": "{self.random.choice(words.TEMPLATES)}", "version": 3}}',
            group.region,
            locale,
            at,
            at,
            shape.REPORTED.get(state, "ticketed"),
            self.base.categories[scene.cause],
            group.digest,
            group.key,
            ticket,
        )
        if self.random.random() < shape.LOGGED:
            self._log(key, group, at)

    def _message(
        self, group: Group, person: int, address: int, state: str, at: datetime
    ) -> int | None:
        if self.random.random() > 0.4:
            return None
        scene = group.scene
        key = self.first["messages"] + self.made["messages"]
        arrived = state == "verified"
        self._add(
            "messages",
            key,
            self._id("msg_"),
            self.base.source_id(group.source),
            f"order-{key}",
            person,
            address if scene.channel == "email" else None,
            scene.channel,
            scene.purpose,
            group.region,
            self.base.providers.get(scene.provider),
            "delivered" if arrived else "failed",
            3 if arrived else 0,
            3,
            at,
        )
        return key

    def _log(self, report: int, group: Group, at: datetime) -> None:
        text = words.LOG.format(
            provider=group.scene.provider,
            region=group.region,
            template=self.random.choice(words.TEMPLATES),
            n=f"{report:x}",
            answer=group.scene.answer,
        )
        size = len(text.encode())
        self._add("logs", report, "client", escaped(text), size, group.digest, at)

    def _written(
        self, ticket: int, group: Group, state: str, agent: int, at: datetime
    ) -> None:
        if self.random.random() < 0.08:
            body = self.random.choice(words.NOTES)
            kind = self.random.choice(("observation", "hypothesis", "decision"))
            self._add("notes", ticket, kind, body, agent, at + timedelta(minutes=9))
        if state in shape.RESOLVED:
            said = self.random.random() < 0.4
            self._add(
                "resolutions",
                ticket,
                self.base.categories[group.scene.cause],
                self.random.choice(words.RESOLUTIONS) if said else "",
                shape.RESOLVED[state],
                agent,
                at + timedelta(hours=3),
                0,
                0,
            )
