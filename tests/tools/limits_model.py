"""Caps, calendar windows and quiet hours, calculated a second time, from this text alone.

A question is a line of JSON: a moment, a zone, quiet hours, caps, and the messages that count. For each one this program
says what must become of the message, and compares that with what the gate said. It prints how often it saw each answer, and
each answer that differs.

- Quiet hours are on the customer's wall, from their first moment included to their last excluded. Each day has its span,
  the usual one or its weekday's, which may end on the next day; a holiday is quiet from midnight to midnight. In them a
  message waits until no span holds it any more, or is refused where its workflow says so.
- A rolling cap of n in a length holds while the n-th youngest message is younger than the length. It opens when that one is
  exactly as old.
- A calendar cap of n holds while n messages lie in the present day, week from Monday, month or year of the customer's wall.
  It opens when the next one begins. A stretch begins at midnight, or where midnight is missing, at the first moment after.
- Caps hold together. Those over everything and over all marketing leave out messages of purposes that don't count, unless
  they are the message's own, and don't hold for purposes that obey none; those of the purpose count its own messages, those
  of the workflow its own, and one with `record` counts messages about the same record only. One that counts by a field
  counts those with a value of it that the message has too, each value by itself; a message without a value isn't capped.
- What customers want themselves holds with the caps: for a purpose as the caps of that purpose do, and for everything as those
  over everything do.
- Marketing has one message in 24 hours and eight in 30 days at most, whatever the caps say. By contract four messages are
  written about one record, and no more.
- A refusal comes before a hold. Of holds the longest counts, quiet hours before caps where they end together. A hold that
  would last until the message is of no use any more is a refusal.
"""

import argparse
import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import expected

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
HOUR = 3_600_000
CEILING = [[1, 24 * HOUR, "mailbox"], [8, 30 * 24 * HOUR, "mailbox"]]


@lru_cache(maxsize=200_000)
def milliseconds(local, zone):
    """The instant that a wall time stands for."""
    return (expected.instant(local, ZoneInfo(zone)) - EPOCH) // timedelta(milliseconds=1)


def wall(now, zone):
    return (EPOCH + timedelta(milliseconds=now)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def next_stretch(day, unit):
    if unit == "week":
        return day + timedelta(days=7)
    if unit == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day.replace(year=day.year + 1) if unit == "year" else day + timedelta(days=1)


def stretch(now, zone, unit):
    """When the present stretch of the calendar began, and when the next one begins."""
    day = wall(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}
    first = first.get(unit) or day.replace(month=1, day=1)
    following = next_stretch(first, unit)
    if milliseconds(following, zone) <= now:
        first, following = following, next_stretch(following, unit)
    return milliseconds(first, zone), milliseconds(following, zone)


def opens(cap, times, now, zone):
    at_most, per, _ = cap
    if isinstance(per, str):
        begin, end = stretch(now, zone, per)
        return end if sum(at >= begin for at in times) >= at_most else now
    youngest = sorted(times, reverse=True)
    if len(youngest) < at_most:
        return now
    return max(now, youngest[at_most - 1] + per)


@lru_cache(maxsize=None)
def time(text):
    return datetime.strptime(text, "%H:%M").time()


def spans(quiet, day):
    """The quiet spans that begin on a day, as wall times."""
    begin, end = (time(text) for text in quiet["weekdays"][day.weekday()] or quiet["usual"])
    last = day if end > begin else day + timedelta(days=1)
    yield datetime.combine(day, begin), datetime.combine(last, end)
    if day.isoformat() in quiet["holidays"] or day.strftime("%m-%d") in quiet["yearly"]:
        midnight = datetime.combine(day, datetime.min.time())
        yield midnight, midnight + timedelta(days=1)


def quiet_until(question, now, zone):
    quiet = question["quiet"]
    if not quiet:
        return None
    until = now
    while True:
        today = wall(until, zone).date()
        around = [span for days in (-1, 0, 1) for span in spans(quiet, today + timedelta(days=days))]
        moments = [(milliseconds(begin, zone), milliseconds(end, zone)) for begin, end in around]
        later = max((end for begin, end in moments if begin <= until < end), default=until)
        if later == until:
            return until if until > now else None
        until = later


def alike(same, record, values):
    """The groups that a cap counts the message in, each as a question to a slot."""
    if same == "mailbox":
        return [lambda slot: True]
    if same == "record":
        return [lambda slot: slot[3] == record]
    return [lambda slot, value=value: [same, value] in slot[4] for field, value in values if field == same]


def caps_until(question, now, zone):
    own, workflow, record = question["purpose"], question["workflow"], question["record"]
    purposes = question["purposes"]
    counting = lambda slot: slot[1] == own or purposes[slot[1]]["counts"]
    marketing = lambda slot: purposes[slot[1]]["marketing"]
    obeys = purposes[own]["obeys"]
    of_purpose = question["caps"]["purpose"] + question["caps"]["own_purpose"]
    asked = [(cap, lambda slot: slot[1] == own) for cap in of_purpose]
    asked += [(cap, lambda slot: slot[2] == workflow) for cap in question["caps"]["workflow"]]
    if obeys:
        asked += [(cap, counting) for cap in question["caps"]["all"] + question["caps"]["own"]]
    if purposes[own]["marketing"]:
        if obeys:
            asked += [(cap, lambda slot: marketing(slot) and counting(slot)) for cap in question["caps"]["marketing"]]
        asked += [(cap, marketing) for cap in CEILING]
    until = now
    for cap, counts in asked:
        for same in alike(cap[2], record, question["values"]):
            times = [slot[0] for slot in question["slots"] if counts(slot) and same(slot)]
            until = max(until, opens(cap, times, now, zone))
    return until if until > now else None


def answer(question):
    now, zone = question["now"], question["zone"]
    if not question["purposes"][question["purpose"]]["marketing"] and question["about"] >= 4:
        enough = ["refuse", "frequency"]
    else:
        enough = None
    quiet = quiet_until(question, now, zone)
    if quiet is not None and question["if_quiet"] == "refuse":
        return ["refuse", "quiet-hours"]
    if enough:
        return enough
    holds = [(until, rule) for until, rule in ((quiet, "quiet-hours"), (caps_until(question, now, zone), "frequency")) if until]
    if not holds:
        return ["send"]
    until, rule = max(holds, key=lambda hold: hold[0])
    return ["refuse", rule] if until >= question["expires"] else ["hold", rule, until]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions")
    arguments = parser.parse_args()
    seen = Counter()
    with open(arguments.questions, encoding="utf-8") as lines:
        for line in lines:
            question = json.loads(line)
            right = answer(question)
            seen[" ".join(right[:2])] += 1
            if right != question["answer"]:
                print(json.dumps({"right": right, "question": question}))
    print(json.dumps({"seen": seen}))


if __name__ == "__main__":
    main()
