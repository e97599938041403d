"""Who is written to over a history of a polled calendar: computed a second time, by other means.

`tests/sixty_days.rs` writes the history into a folder: `history.jsonl` with one look a line, {"at", "answer"}, where the
answer is the name of a file with the body that came, or null where none came. What a look means is decided here anew:

- A body that isn't a whole calendar means nothing.
- What a calendar holds is taken: new visits, other times, `STATUS:CANCELLED`. A visit that was cancelled so comes back
  only with a higher `SEQUENCE`.
- A visit to come that is known and missing is cancelled when two calendars in a row, of those that count, lack it. One
  that lacks more than three and more than 30 % of them, or has no event at all, doesn't count.

    python3 tests/tools/feed_history.py --root . --customers customers.csv --until 2027-05-07T08:00 FOLDER

prints {"at", "customer", "record", "workflow", "step"} for each message, by time, in UTC.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import calendar_visits
import expected
import icalendar

UTC = timezone.utc
AHEAD = timedelta(days=400)


@dataclass
class Known:
    start: datetime
    sequence: int
    state: str = "live"  # live, cancelled, vanished
    missed: int = 0
    record: expected.Record | None = None


def whole(body):
    """The calendar, if it is one and all of it is there."""
    text = body.decode("utf-8", "replace").strip()
    if not (text.startswith("BEGIN:VCALENDAR") and text.endswith("END:VCALENDAR")):
        return None
    if text.count("BEGIN:VEVENT") != text.count("END:VEVENT"):
        return None
    return icalendar.Calendar.from_ical(text)


class Feed:
    def __init__(self, world):
        self.world = world
        self.known = {}

    def look(self, body, now):
        calendar = None if body is None else whole(body)
        if calendar is None:
            return
        events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
        starts = {uid: event["DTSTART"].dt.astimezone(UTC) for uid, event in events.items()}
        shown = {uid for uid, at in starts.items() if now - timedelta(days=1) <= at <= now + AHEAD}
        known = {uid for uid, k in self.known.items() if k.state == "live" and now < k.start <= now + AHEAD}
        lacking = known - shown
        counts = bool(events) or not known
        if len(lacking) > 3 and len(lacking) * 100 > len(known) * 30:
            counts = False
        for uid in sorted(shown, key=lambda uid: (starts[uid], uid)):
            self.take(uid, events[uid], starts[uid], now)
        for uid in sorted(lacking) if counts else []:
            self.known[uid].missed += 1
            if self.known[uid].missed == 2:
                self.known[uid].state = "vanished"
                self.set(uid, now, live=False)

    def take(self, uid, event, start, now):
        live = str(event.get("STATUS", "")).upper() != "CANCELLED"
        sequence = int(event.get("SEQUENCE", 0))
        known = self.known.get(uid)
        if known is None and not live:
            return
        if known and known.state == "cancelled" and live and sequence <= known.sequence:
            return
        known = self.known.setdefault(uid, Known(start, sequence))
        known.start, known.sequence, known.missed = start, sequence, 0
        known.state = "live" if live else "cancelled"
        status = calendar_visits.STATUS.get(str(event.get("STATUS", "")).upper(), "booked") if live else "cancelled"
        local = expected.wall(start, self.world.policy.zone)
        fields = {"starts_at": str(local), "status": status, "service": str(event.get("SUMMARY", ""))}
        if known.record is None:
            coming, _ = calendar_visits.people(event)
            customer = self.world.customer(coming[0])
            known.record = expected.Record(customer, fields, local, self.world.policy.zone, live)
            self.plan(uid, now)
        elif (known.record.fields, known.record.live) != (fields, live):
            known.record.fields, known.record.start = fields, local
            self.set(uid, now, live)

    def set(self, uid, now, live):
        record = self.known[uid].record
        record.live = live
        record.version += 1
        self.plan(uid, now)

    def plan(self, uid, now):
        for workflow in self.world.workflows:
            self.world.plan(workflow, self.known[uid].record, ("appointment", uid), now)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("."))
    parser.add_argument("--customers", required=True)
    parser.add_argument("--until", required=True)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()

    policy = expected.Policy((arguments.root / "policy.toml").read_text("utf-8"))
    workflows = expected.live_workflows(arguments.root)
    moment = lambda text: expected.instant(datetime.fromisoformat(text), policy.zone)
    world = expected.World(arguments.root, policy, workflows)
    world.import_customers(arguments.customers)
    feed = Feed(world)
    for line in (arguments.folder / "history.jsonl").read_text("utf-8").splitlines():
        look = json.loads(line)
        at = moment(look["at"])
        world.run_until(at)
        feed.look((arguments.folder / look["answer"]).read_bytes() if look["answer"] else None, at)
    world.run_until(moment(arguments.until))
    for message in world.sent:
        plan, record = message.plan, message.plan.record
        line = {"at": message.at.strftime("%Y-%m-%dT%H:%M"), "customer": record.customer.id}
        line |= {"record": plan.occurrence[0][1], "workflow": plan.workflow.name, "step": plan.step}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
