"""Who is written to, at which minute, with which subject: computed a second time, by other means.

This program knows the promises, the files that people write and the CSV files; it knows nothing of Comity's code.
`tests/schedule.rs` compares what it says with what `comity rehearse` and `comity serve` did. Standard library only.

    python3 tests/tools/expected.py --root . --from 2027-03-08T00:00 --to 2027-04-07T00:00 \\
        --customers customers.csv --appointments appointments.csv --change 2027-03-20T12:00=moves.csv

prints one JSON object a line: {"at", "to", "customer", "record", "zone", "workflow", "step", "subject"}, by time.

The rules, in the order in which they are applied below:

- A step lies at an offset before the visit: hours and minutes are absolute, days are civil. A civil time in a gap of
  the clocks stands for the end of the gap, in a fold for the first of the two.
- A visit's time is meant in the zone it names, else in the customer's, else in the business's. Quiet hours are the
  customer's (else the business's), from the first minute included to the last excluded. A step that falls into them
  goes, with `earlier`, 15 minutes before they begin, or where that is past at their end; with `later` at their end.
- A step expires when the next one is due, the last one when the visit begins.
- What was due before the visit became known is not sent.
- A visit that moves: open steps follow it, what was sent stays sent. If a message already named another date, one
  message says so, due at once, in force until the next step is due. A visit that is cancelled falls silent.
- Consent on record, or a live visit under contract; a `no` stops either. `only_if` holds at the moment of sending.
- Caps count every message that left to the mailbox within the rolling window; a full cap delays until it opens.
"""

import argparse
import csv
import io
import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import subjects

UTC = timezone.utc
EARLIER_LEAD = timedelta(minutes=15)


# Civil time.


def instant(local, zone):
    """The one instant that a wall time stands for: the end of a gap, the first of a fold."""
    at = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if wall(at, zone) == local:
        return at
    earliest, low, high = at - timedelta(hours=26), 0, 52 * 60  # minutes; transitions lie on whole ones
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wall(earliest + timedelta(minutes=middle), zone) < local else (low, middle)
    return earliest + timedelta(minutes=high)


def wall(at, zone):
    return at.astimezone(zone).replace(tzinfo=None)


def hours_and_minutes(text):
    hours, minutes = text.split(":")
    return {"hour": int(hours), "minute": int(minutes), "second": 0}


def before(offset, start, zone):
    """When a step of this offset lies for a visit at `start`."""
    text = offset.strip().lstrip("-")
    span, _, clock = text.partition(" at ")
    count, unit = int(span[:-1]), span[-1]
    if unit == "d":
        day = start - timedelta(days=count)
        return instant(day.replace(**hours_and_minutes(clock)) if clock else day, zone)
    return instant(start, zone) - timedelta(**{{"h": "hours", "m": "minutes"}[unit]: count})


def canonical(offset):
    text = offset.strip().lstrip("-")
    if text.endswith("m") and int(text[:-1]) % 60 == 0:
        text = f"{int(text[:-1]) // 60}h"
    return "-" + text


def later(local, span):
    """`24 months` or `14 days` later; a month that has no such day ends on its last one."""
    count, unit = span.split()
    if not unit.startswith("month"):
        return local + timedelta(days=int(count))
    months = local.year * 12 + local.month - 1 + int(count)
    year, month = divmod(months, 12)
    for day in range(local.day, 0, -1):
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue


# The files that people write.


class Policy:
    def __init__(self, text):
        policy = tomllib.loads(text)
        self.zone = ZoneInfo(policy["business"]["time_zone"])
        self.language = policy["business"].get("language", "en")
        self.business = policy["business"]
        self.purposes = policy["purposes"]
        self.caps = policy.get("caps", {})
        self.quiet = policy.get("quiet_hours")
        self.records = policy["records"]
        self.customer_fields = policy.get("customer", {}).get("fields", {})

    def agreed(self, purpose, customer, now):
        """Whether the customer may be written to for this purpose: a contract does, a consent while it lasts."""
        said = customer.consents.get(purpose, "")
        if said.lower() == "no" or self.purposes[purpose]["basis"] == "contract":
            return said.lower() != "no"
        given = civil(said) or civil(said + " 00:00")
        if given is None or instant(given[0], self.zone) > now:
            return False
        lasts = self.purposes[purpose].get("consent_lasts")
        return lasts is None or now < instant(later(given[0], lasts), self.zone)

    def quiet_around(self, at, zone):
        """The quiet window that `at` lies in, or None."""
        if not self.quiet:
            return None
        begins, ends = hours_and_minutes(self.quiet["from"]), hours_and_minutes(self.quiet["to"])
        for day in (wall(at, zone) - timedelta(days=1), wall(at, zone)):
            first = day.replace(**begins, microsecond=0)
            last = day.replace(**ends, microsecond=0)
            if last <= first:
                last += timedelta(days=1)
            if instant(first, zone) <= at < instant(last, zone):
                return instant(first, zone), instant(last, zone)
        return None

    def caps_for(self, purpose):
        """(at most, window, which purposes count) of every cap that a message of this purpose falls under."""
        marketing = {name for name, p in self.purposes.items() if p["basis"] == "consent"}
        listed = [(self.purposes[purpose].get("cap", []), {purpose}), (self.caps.get("all", []), set(self.purposes))]
        if purpose in marketing:
            listed.append((self.caps.get("all-marketing", []), marketing))
        for caps, counted in listed:
            for cap in caps if isinstance(caps, list) else [caps]:
                count, unit = cap["per"].split()
                yield cap["at_most"], timedelta(**{unit if unit.endswith("s") else unit + "s": int(count)}), counted


class Workflow:
    def __init__(self, name, text):
        workflow = tomllib.loads(text)
        trigger = workflow["trigger"]
        self.name = name
        self.purpose = workflow["purpose"]
        self.template = workflow["template"]
        self.record = trigger["record"]
        self.date_field = trigger["before"]["field"]
        self.offsets = trigger["before"]["by"]
        self.only_if = trigger.get("only_if")
        self.if_quiet = trigger.get("if_quiet", workflow.get("if_quiet", "later"))
        self.if_moved = trigger.get("if_moved", workflow.get("if_moved", "tell"))


def live_workflows(root):
    """Those that need nobody's yes. The others are drafts here, and a draft sends nothing; and no event happens here."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted((root / "workflows").glob("*.toml"))}

    def is_live(text):
        workflow = tomllib.loads(text)
        return workflow.get("approval") == "none" and workflow["trigger"].get("on") != "event"

    return [Workflow(name, text) for name, text in texts.items() if is_live(text)]


def holds(condition, record):
    """Conditions of the shape `record.field == 'text'`, joined by && and ||."""
    if condition is None:
        return True
    if "||" in condition:
        return any(holds(part, record) for part in condition.split("||"))
    if "&&" in condition:
        return all(holds(part, record) for part in condition.split("&&"))
    name, operator, text = re.fullmatch(r"\s*\w+\.(\w+)\s*(==|!=)\s*['\"]([^'\"]*)['\"]\s*", condition).groups()
    return (record.fields.get(name) == text) == (operator == "==")


# The CSV files.


def rows(path):
    data = Path(path).read_bytes()
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else encoding)
            break
        except UnicodeDecodeError:
            continue
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    for row in csv.DictReader(io.StringIO(text), delimiter=delimiter):
        yield {key.strip(): (value or "").strip() for key, value in row.items() if key}


def zone_or_none(name):
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def civil(text):
    """(wall time, zone or None) as the source gave it; None where it is not a time."""
    match = re.fullmatch(r"(.*?)\s*(?:\[(.*)\])?", text)
    text, name = match.groups()
    zone = zone_or_none(name) if name else None
    if name and zone is None:
        return None
    for form in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M"):
        try:
            return datetime.strptime(text, form), zone
        except ValueError:
            continue
    return None


@dataclass
class Customer:
    id: str
    address: str
    language: str
    zone: ZoneInfo
    fields: dict
    consents: dict  # by purpose: "no", or the day of the yes

    @property
    def mailbox(self):
        return self.address.lower()


@dataclass
class Record:
    customer: Customer
    fields: dict
    start: datetime
    zone: ZoneInfo
    live: bool
    version: int = 1
    told: dict = field(default_factory=dict)  # by workflow: the date that the last message named


@dataclass
class Plan:
    record: Record
    workflow: Workflow
    step: str
    occurrence: tuple
    due: datetime
    expires: datetime
    order: int = 0
    moved: bool = False

    @property
    def identity(self):
        return self.workflow.name, self.step, self.occurrence


@dataclass
class Message:
    at: datetime
    plan: Plan
    subject: str


class World:
    """What Comity should know at some moment, and what it has sent."""

    def __init__(self, root, policy, workflows):
        self.root, self.policy, self.workflows = root, policy, workflows
        self.customers, self.records = {}, {}
        self.open, self.ended, self.sent = [], set(), []
        self.counter = 0

    # Data in.

    def import_customers(self, path):
        for row in rows(path):
            if "@" not in row.get("email", ""):
                continue
            zone = zone_or_none(row["time_zone"]) if row.get("time_zone") else self.policy.zone
            if zone is None:
                continue
            consents = {key[8:]: value for key, value in row.items() if key.startswith("consent:") and value}
            fields = {name: row[name] for name in self.policy.customer_fields if row.get(name)}
            key = row.get("id") or row["email"].lower()
            language = row.get("language") or self.policy.language
            self.customers[key] = Customer(key, row["email"], language, zone, fields, consents)

    def customer(self, reference):
        if reference in self.customers:
            return self.customers[reference]
        same = [c for c in self.customers.values() if c.mailbox == reference.lower()]
        return same[0] if len(same) == 1 else None

    def import_records(self, kind, path, now):
        for row in rows(path):
            customer = self.customer(row.get("customer", ""))
            dates = {w.date_field for w in self.workflows if w.record == kind}
            times = {name: civil(row[name]) for name in dates if row.get(name)}
            if customer is None or not row.get("id") or None in times.values():
                continue
            fields = {name: row[name] for name in self.policy.records[kind]["fields"] if row.get(name)}
            start, zone = next(iter(times.values()))
            live = fields.get("status") not in ("cancelled", "canceled")
            old = self.records.get((kind, row["id"]))
            new = Record(customer, fields, start, zone or customer.zone, live)
            if old is None:
                self.records[kind, row["id"]] = new
            elif old.fields == fields:
                continue
            else:
                old.fields, old.start, old.zone, old.live = fields, start, new.zone, live
                old.version += 1
                new = old
            for workflow in self.workflows:
                if workflow.record == kind:
                    self.plan(workflow, new, (kind, row["id"]), now)

    # Plans.

    def plan(self, workflow, record, key, now):
        self.open = [p for p in self.open if not (p.record is record and p.workflow is workflow)]
        if not record.live:
            return
        occurrence = (key, record.start, record.zone)
        start = instant(record.start, record.zone)
        steps = sorted((before(o, record.start, record.zone), canonical(o)) for o in workflow.offsets)
        due = [self.out_of_quiet(workflow, record.customer, at, now) for at, _ in steps]
        expiries = due[1:] + [start]
        if workflow.if_moved == "tell" and record.told.get(workflow.name, occurrence[1:]) != occurrence[1:]:
            moved = self.out_of_quiet(workflow, record.customer, now, now)
            expires = min([at for at in due if at >= now] + [start])
            self.add(Plan(record, workflow, f"moved#{record.version}", occurrence, moved, expires, moved=True))
        for (_, step), at, expires in zip(steps, due, expiries):
            plan = Plan(record, workflow, step, occurrence, at, expires)
            if plan.identity in self.ended:
                continue
            if at < now:
                self.ended.add(plan.identity)
                continue
            self.add(plan)

    def add(self, plan):
        self.counter += 1
        plan.order = self.counter
        self.open.append(plan)

    def out_of_quiet(self, workflow, customer, at, now):
        window = self.policy.quiet_around(at, customer.zone)
        if window is None or workflow.if_quiet == "refuse":
            return at
        early = window[0] - EARLIER_LEAD
        return early if workflow.if_quiet == "earlier" and early >= now else window[1]

    # Sending.

    def run_until(self, horizon):
        while True:
            ready = [p for p in self.open if p.due < horizon]
            if not ready:
                return
            plan = min(ready, key=lambda p: (p.due, p.order))
            self.open.remove(plan)
            self.decide(plan)

    def decide(self, plan):
        now, record, workflow = plan.due, plan.record, plan.workflow
        self.ended.add(plan.identity)
        if now >= plan.expires or not holds(workflow.only_if, record):
            return
        if not self.policy.agreed(workflow.purpose, record.customer, now):
            return
        opens = self.caps_open_at(plan, now)
        window = self.policy.quiet_around(now, record.customer.zone)
        if window:
            if workflow.if_quiet == "refuse":
                return
            opens = max(opens, window[1])
        if opens > now:
            if opens < plan.expires:
                plan.due = opens
                self.ended.discard(plan.identity)
                self.open.append(plan)
            return
        subject = subjects.subject(self.root, plan, self.policy.language)
        record.told[workflow.name] = plan.occurrence[1:]
        self.sent.append(Message(now, plan, subject))

    def caps_open_at(self, plan, now):
        opens = now
        for at_most, window, counted in self.policy.caps_for(plan.workflow.purpose):
            left = [m.at for m in self.sent if self.counts(m, plan, counted) and m.at > now - window]
            if len(left) >= at_most:
                opens = max(opens, left[len(left) - at_most] + window)
        return opens

    @staticmethod
    def counts(message, plan, purposes):
        """Whether a message that left counts against a cap of these purposes: to the same mailbox, whoever it is."""
        same_mailbox = message.plan.record.customer.mailbox == plan.record.customer.mailbox
        return same_mailbox and message.plan.workflow.purpose in purposes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("."))
    parser.add_argument("--from", dest="start", required=True)
    parser.add_argument("--to", dest="end", required=True)
    parser.add_argument("--customers", required=True)
    parser.add_argument("--appointments", required=True)
    parser.add_argument("--change", action="append", default=[], metavar="TIME=FILE")
    arguments = parser.parse_args()

    policy = Policy((arguments.root / "policy.toml").read_text("utf-8"))
    workflows = live_workflows(arguments.root)
    moment = lambda text: instant(datetime.fromisoformat(text), policy.zone)

    world = World(arguments.root, policy, workflows)
    world.import_customers(arguments.customers)
    world.import_records("appointment", arguments.appointments, moment(arguments.start))
    for change in arguments.change:
        time, _, path = change.partition("=")
        world.run_until(moment(time))
        world.import_records("appointment", path, moment(time))
    world.run_until(moment(arguments.end))

    for message in world.sent:
        plan, record = message.plan, message.plan.record
        line = {"at": message.at.strftime("%Y-%m-%dT%H:%M"), "to": record.customer.address}
        line |= {"customer": record.customer.id, "record": plan.occurrence[0][1], "zone": str(plan.occurrence[2])}
        line |= {"workflow": plan.workflow.name, "step": plan.step, "subject": message.subject}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
