#!/usr/bin/env python3
"""Makes the sample salon's data: samples/customers.csv, appointments.csv and appointments-changed.csv.

Run it from the repository's root. It always makes the same bytes: chance comes from a small generator of its own,
because Python's may change between versions.

The window is 8 March to 7 April 2027. Europe's clocks go forward on 28 March, those of the United States on 14 March.
appointments-changed.csv is what the salon's calendar exports on 20 March at noon: the visits of the next week and
a half, some moved, some cancelled, some new.
"""

import csv
import datetime as dt
import pathlib

FIRST_DAY = dt.date(2027, 3, 8)
LAST_DAY = dt.date(2027, 4, 7)
EXPORTED_AT = dt.datetime(2027, 3, 20, 12, 0)

FRENCH = "Anaïs Baptiste Camille Chloé Clément Élodie Émile Fanny Françoise Gaël Hélène Inès Jérôme Joël Léa Loïc Lucie " \
    "Maëlys Manon Margaux Mathis Noémie Océane Rémi Sébastien Solène Théo Valérie Yann Zoé".split()
FRENCH_SURNAMES = "Arnaud Bernard Besson Blanc Chevalier Dubois Durand Fabre Faure Fournier Garnier Gauthier Girard Guérin " \
    "Lambert Lefèvre Legrand Mercier Michel Moulin Perrin Robin Rousseau Roux Simon Vidal".split()
ENGLISH = "Alice Ben Charlotte Daniel Emma Fiona George Hannah Isla Jack Kate Liam Mia Nora Oliver Poppy Rosie Sam Tessa " \
    "William".split()
ENGLISH_SURNAMES = "Adams Brown Carter Clarke Davies Evans Green Harris Hughes Lewis Moore O'Brien Parker Reid Scott Turner " \
    "Walker Ward Wright Young".split()
SERVICES = {
    "fr": ["Coupe et brushing", "Couleur", "Balayage", "Coupe enfant", "Soin profond", "Chignon de mariée"],
    "en": ["Cut and blow-dry", "Colour", "Highlights", "Children's cut", "Deep treatment", "Bridal updo"],
}
MINUTES = [60, 90, 120, 30, 45, 90]
PRICES = ["48.00 EUR", "72.50 EUR", "110.00 EUR", "25.00 EUR", "39.90 EUR", "140.00 EUR"]
STYLISTS = ["Mireille", "Karim", "Aurore"]
VIDEO = {"fr": "Conseil en visio", "en": "Advice by video"}
# Customers who live elsewhere, by their number.
ABROAD = {
    17: "Europe/London", 38: "Europe/London", 59: "Europe/London", 80: "Europe/London", 121: "Europe/London",
    25: "America/Martinique", 66: "America/Martinique", 107: "America/Martinique",
    33: "Indian/Reunion", 74: "Indian/Reunion", 155: "Indian/Reunion",
    49: "America/New_York", 98: "America/New_York",
}
ENGLISH_ABROAD = {"Europe/London", "America/New_York"}


class Dice:
    """A linear congruential generator (Knuth's MMIX)."""

    def __init__(self, seed):
        self.state = seed

    def roll(self, sides):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % sides

    def pick(self, things):
        return things[self.roll(len(things))]


def plain(name):
    table = str.maketrans("àâäçéèêëîïôöùûüœ'", "aaaceeeeiioouuuo ")
    return name.lower().translate(table).replace(" ", "")


def customers(dice):
    rows = []
    for number in range(1, 201):
        zone = ABROAD.get(number, "")
        english = zone in ENGLISH_ABROAD or (not zone and number % 4 == 0)
        language = "en" if english else "fr"
        first = dice.pick(ENGLISH if english else FRENCH)
        last = dice.pick(ENGLISH_SURNAMES if english else FRENCH_SURNAMES)
        domain = dice.pick(["mail.example", "courrier.example", "post.example"])
        email = f"{plain(first)}.{plain(last)}{number}@{domain}"
        if number in (41, 42):
            # A couple that shares one mailbox.
            last, language, email = "Moulin", "fr", "famille.moulin@courrier.example"
            first = "Hélène" if number == 41 else "Gaël"
        # Half said yes to tips not long ago, one in ten so long ago that it has ended or soon will (a yes lasts
        # 24 months), one in ten said no, the others were never asked.
        chance, recent, old = dice.roll(10), dice.roll(330), dice.roll(120)
        if chance < 5:
            consent = (dt.date(2025, 9, 1) + dt.timedelta(days=recent)).isoformat()
        elif chance == 5:
            consent = (dt.date(2025, 1, 6) + dt.timedelta(days=old)).isoformat()
        else:
            consent = "no" if chance == 6 else ""
        rows.append({
            "id": f"C{number:03}", "email": email, "first_name": first, "last_name": last, "language": language,
            "time_zone": zone, "consent:visit-tips": consent,
        })
    return rows


def is_open(day):
    """Tuesday to Saturday; and the Sunday on which the clocks change, for a wedding."""
    return 1 <= day.weekday() <= 5 or day == dt.date(2027, 3, 28)


def slot(dice, day, zone):
    """A start on that day. Those who live elsewhere come by video, at a time of their own clocks."""
    minutes = 8 * 60 + 30 * dice.roll(21 if zone else 20)
    return dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60))


def starts_at(start, zone, at_the_salon):
    """In the salon, the salon's clock counts, also for who lives elsewhere."""
    text = start.strftime("%Y-%m-%dT%H:%M")
    return f"{text}[Europe/Paris]" if zone and at_the_salon else text


def appointments(dice, people):
    rows = []
    day = FIRST_DAY
    while day <= LAST_DAY:
        if is_open(day):
            for _ in range(6 + dice.roll(7) if day.weekday() != 6 else 4):
                person = dice.pick(people)
                rows.append(visit(dice, person, day))
        day += dt.timedelta(days=1)
    # Whoever lives elsewhere has a visit around the changes of the clocks, whatever the dice say.
    for number in ABROAD:
        for day in (dt.date(2027, 3, 14), dt.date(2027, 3, 28)):
            rows.append(visit(dice, people[number - 1], day))
    # And the couple with one mailbox comes together.
    for number in (41, 42):
        row = visit(dice, people[number - 1], dt.date(2027, 3, 30))
        row["start"] = dt.datetime(2027, 3, 30, 14, 0)
        rows.append(row)
    # One visit a day is enough for anybody.
    kept, seen = [], set()
    for row in sorted(rows, key=lambda row: (row["start"], row["customer"])):
        if (row["customer"], row["start"].date()) not in seen:
            seen.add((row["customer"], row["start"].date()))
            kept.append(row)
    for number, row in enumerate(kept, 1):
        row["id"] = f"A{number:04}"
    return kept


def visit(dice, person, day):
    zone, language = person["time_zone"], person["language"]
    at_the_salon = not zone or (is_open(day) and dice.roll(3) == 0)
    kind = dice.roll(len(PRICES))
    return {
        "customer": person["id"], "start": slot(dice, day, zone), "zone": zone, "at_the_salon": at_the_salon,
        "status": "booked", "service": SERVICES[language][kind] if at_the_salon else VIDEO[language],
        "duration_minutes": MINUTES[kind] if at_the_salon else 30, "stylist": dice.pick(STYLISTS),
        "price": PRICES[kind] if at_the_salon else "15.00 EUR",
    }


def changed(dice, rows, people):
    """What the calendar says at EXPORTED_AT about the days from then to 31 March."""
    out = []
    for row in rows:
        if not EXPORTED_AT < row["start"] < dt.datetime(2027, 4, 1):
            continue
        row, chance = dict(row), dice.roll(10)
        if chance == 0:
            row["status"] = "cancelled"
        elif chance == 1:
            row["start"] += dt.timedelta(days=1 + dice.roll(3))
        elif chance == 2:
            row["start"] += dt.timedelta(minutes=30 * (1 + dice.roll(3)))
        elif chance == 3 and row["start"] - dt.timedelta(days=1) > EXPORTED_AT:
            row["start"] -= dt.timedelta(days=1)
        out.append(row)
    for number in range(9001, 9009):
        day = EXPORTED_AT.date() + dt.timedelta(days=3 + dice.roll(8))
        row = visit(dice, people[149 + number % 10], day)
        out.append(dict(row, id=f"A{number}"))
    # Booked on the day itself, for the afternoon: too late for the day-before message.
    late = visit(dice, people[189], EXPORTED_AT.date())
    out.append(dict(late, id="A9009", start=EXPORTED_AT.replace(hour=17)))
    return out


def write(name, rows):
    with open(pathlib.Path("samples") / name, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys(), delimiter=";", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def exported(rows):
    return [{
        "id": row["id"], "customer": row["customer"],
        "starts_at": starts_at(row["start"], row["zone"], row["at_the_salon"]),
        "status": row["status"], "service": row["service"],
        "duration_minutes": row["duration_minutes"], "stylist": row["stylist"], "price": row["price"],
    } for row in rows]


def main():
    people = customers(Dice(1895))
    rows = appointments(Dice(28), people)
    write("customers.csv", people)
    write("appointments.csv", exported(rows))
    write("appointments-changed.csv", exported(changed(Dice(20), rows, people)))


main()
