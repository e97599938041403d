"""When things are due around changes of the clocks, calculated a second time, from wall times alone.

A question is a line of JSON with our answer; this program prints those that it answers differently. A zone of which this
machine's edition of the IANA database knows other offsets is left out, and named.

- An offset in hours or minutes counts real time from the date; one in days keeps the wall time, or takes the one that it names.
- A schedule comes at its wall times, each once; a birthday at its time on its day.
- Quiet hours go from their first wall time to their second, on the next day where that is not later.
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import expected

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@lru_cache(maxsize=200_000)
def milliseconds(local, zone):
    return (expected.instant(local, ZoneInfo(zone)) - EPOCH) // timedelta(milliseconds=1)


def moment(ms):
    return EPOCH + timedelta(milliseconds=ms)


def wall(ms, zone):
    return moment(ms).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def at_time(day, text):
    hours, minutes = text.split(":")
    return datetime(day.year, day.month, day.day, int(hours), int(minutes))


def offset(question, zone):
    start = datetime.fromisoformat(question["start"])
    sign = -1 if question["side"] == "before" else 1
    span, _, clock = question["text"].partition(" at ")
    count, unit = int(span[:-1]), span[-1]
    if unit in "hm":
        length = timedelta(hours=count) if unit == "h" else timedelta(minutes=count)
        return [milliseconds(start, zone) + sign * (length // timedelta(milliseconds=1))]
    day = start + sign * timedelta(days=count)
    return [milliseconds(at_time(day, clock) if clock else day, zone)]


def cron(question, zone):
    first, last = wall(question["from"], zone).date(), wall(question["to"], zone).date()
    found = set()
    day = first - timedelta(days=1)
    while day <= last + timedelta(days=1):
        for time in question["times"].split():
            at = milliseconds(at_time(day, time), zone)
            if question["from"] <= at <= question["to"]:
                found.add(at)
        day += timedelta(days=1)
    return sorted(found)


def yearly(question, zone):
    return [milliseconds(at_time(date.fromisoformat(question["day"]), question["time"]), zone)]


def quiet(question, zone):
    """The span of some day that the moment lies in, joined with those that go on where it ends."""
    spans = []
    today = wall(question["at"], zone).date()
    for away in range(-3, 4):
        day = today + timedelta(days=away)
        end = day if question["to"] > question["from"] else day + timedelta(days=1)
        begins, ends = milliseconds(at_time(day, question["from"]), zone), milliseconds(at_time(end, question["to"]), zone)
        if ends > begins:
            spans.append((begins, ends))
    held = [span for span in spans if span[0] <= question["at"] < span[1]]
    return list(held[0]) if held else []


def main(path):
    rules = {"offset": offset, "cron": cron, "yearly": yearly, "quiet": quiet}
    unlike, deviations, answers = [], [], 0
    left_out = set()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            question = json.loads(line)
            zone = question["zone"]
            if question["rule"] == "probe":
                try:
                    known = ZoneInfo(zone)
                    same = all(moment(at).astimezone(known).utcoffset().total_seconds() == by for at, by in question["probes"])
                except KeyError:
                    same = False
                if not same:
                    unlike.append(zone)
                    left_out.add(zone)
                continue
            if zone in left_out:
                continue
            answers += 1
            mine = rules[question["rule"]](question, zone)
            if mine != question["answer"]:
                deviations.append({**question, "mine": mine})
    print(json.dumps({"answers": answers, "unlike": unlike, "deviations": deviations[:5]}))


main(sys.argv[1])
