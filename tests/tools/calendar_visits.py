"""Which visits a calendar holds, and when they are reminded of: computed a second time, by other means.

The calendar is read by the Python packages `icalendar` and `recurring-ical-events`; the reminders are planned by
`expected.py`, which knows the promises and none of Comity's code. `tests/calendars.rs` compares.

    python3 tests/tools/calendar_visits.py --root . --now 2027-03-08T08:00 --until 2028-04-10T00:00 \\
        --customers customers.csv CALENDAR.ics

prints one JSON object a line: {"visit", "start", "minutes", "title", "people"} for each visit that stands, then
{"customer", "workflow", "step", "due"} for each reminder that is planned now; times in UTC.
"""

import argparse
import json
import re
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path

import expected
import icalendar
import recurring_ical_events

UTC = timezone.utc
OWN = {"hello@salon.example", "reminders@salon.example"}
STATUS = {"TENTATIVE": "tentative"}


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def address(value):
    return str(value).split(":", 1)[1].strip() if str(value).lower().startswith("mailto:") else None


def people(event):
    """Those who come: not the organizer, not the business, no rooms, nobody who declined. And whether all declined."""
    organizer = event.get("ORGANIZER")
    own = OWN | {address(organizer).lower()} if organizer and address(organizer) else OWN
    coming, declined = [], 0
    for attendee in listed(event.get("ATTENDEE")):
        who = address(attendee)
        outside = attendee.params.get("CUTYPE", "").upper() in ("ROOM", "RESOURCE", "GROUP")
        if who is None or outside or attendee.params.get("ROLE", "").upper() == "NON-PARTICIPANT":
            continue
        if who.lower() in own:
            continue
        if attendee.params.get("PARTSTAT", "").upper() == "DECLINED":
            declined += 1
        else:
            coming.append(who.lower())
    return coming, declined > 0 and not coming


def visits(text, business, after, until):
    """The visits that stand, from one instant to another."""
    calendar = icalendar.Calendar.from_ical(text)
    query = recurring_ical_events.of(calendar, keep_recurrence_attributes=True)
    for event in query.between(after - timedelta(days=2), until + timedelta(days=2)):
        begin = event["DTSTART"].dt
        whole_day = not isinstance(begin, datetime) or str(event.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")) == "TRUE"
        coming, all_declined = people(event)
        if whole_day or str(event.get("STATUS", "")).upper() == "CANCELLED" or all_declined:
            continue
        zone = business if begin.tzinfo is None or begin.utcoffset() is None else begin.tzinfo
        local = begin.replace(tzinfo=None)
        at = local.replace(tzinfo=UTC) if str(zone) == "UTC" else expected.instant(local, zone)
        if not after <= at <= until:
            continue
        minutes = None
        if "DTEND" in event or "DURATION" in event:
            end = event["DTEND"].dt if "DTEND" in event else begin + event["DURATION"].dt
            minutes = int((end - begin).total_seconds()) // 60 or None
        # A time in UTC is shown by the business's clocks, unless they show it for another instant too.
        if str(zone) == "UTC":
            ours = expected.wall(at, business)
            local, zone = (ours, business) if expected.instant(ours, business) == at else (local, UTC)
        yield {
            "uid": str(event["UID"]),
            "at": at,
            "local": local,
            "zone": zone,
            "minutes": minutes,
            "title": str(event.get("SUMMARY", "")) or None,
            "status": STATUS.get(str(event.get("STATUS", "")).upper(), "booked"),
            "people": coming,
            "texts": [str(event.get(name, "")) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")],
        }


def folded(text):
    """Its words, in small letters and without accents, with a blank around each."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return " " + " ".join(re.findall(r"[^\W\d_]+", plain)) + " "


def named(customer, texts):
    """Whether a text holds the customer's full name, in either order."""
    first, last = (folded(customer.fields.get(field, "")).strip() for field in ("first_name", "last_name"))
    names = {f" {first} {last} ", f" {last} {first} "} if first and last else set()
    return any(name in folded(text) for name in names for text in texts)


def record(world, visit):
    """The record of a visit, if it is one customer's alone, by address and by name."""
    written = {who.lower() for text in visit["texts"] for who in re.findall(r"[\w.+-]+@[\w.-]+\w", text)}
    found = {c.id for who in {*visit["people"], *written} if (c := world.customer(who)) is not None}
    names = {c.id for c in world.customers.values() if named(c, visit["texts"])}
    found = found & names if found and names else found | names
    if len(found) != 1:
        return None
    fields = {"starts_at": str(visit["local"]), "status": visit["status"]}
    return expected.Record(world.customers[found.pop()], fields, visit["local"], visit["zone"], True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path("."))
    parser.add_argument("--now", required=True)
    parser.add_argument("--until", required=True)
    parser.add_argument("--customers", required=True)
    parser.add_argument("calendar", type=Path)
    arguments = parser.parse_args()

    policy = expected.Policy((arguments.root / "policy.toml").read_text("utf-8"))
    workflows = expected.live_workflows(arguments.root)
    moment = lambda text: expected.instant(datetime.fromisoformat(text), policy.zone)
    now = moment(arguments.now)
    world = expected.World(arguments.root, policy, workflows)
    world.import_customers(arguments.customers)

    text = arguments.calendar.read_bytes()
    for visit in visits(text, policy.zone, now - timedelta(days=1), moment(arguments.until)):
        minute = visit["at"].strftime("%Y-%m-%dT%H:%M")
        line = {"visit": visit["uid"], "start": minute, "minutes": visit["minutes"]}
        line |= {"title": visit["title"], "people": sorted(visit["people"])}
        print(json.dumps(line, ensure_ascii=False))
        new = record(world, visit)
        if new is not None:
            for workflow in workflows:
                # The other program asks this when it sends; a plan that no workflow wants isn't made at all.
                if expected.holds(workflow.only_if, new):
                    world.plan(workflow, new, (visit["uid"], minute), now)
    for plan in world.open:
        line = {"customer": plan.record.customer.id, "workflow": plan.workflow.name, "step": plan.step}
        line |= {"due": plan.due.strftime("%Y-%m-%dT%H:%M")}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
