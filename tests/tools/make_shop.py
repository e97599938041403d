"""Makes the sample shop's files: products, customers and what they bought in a year. The same each time.

    python3 tests/tools/make_shop.py samples/shop

Nobody in them is real. What goes with what is planted: people who like black tea buy a pot and biscuits with it, and so on; who
buys tea or soap regularly comes back when it is used up.
"""

import csv
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

FIRST, LAST = datetime(2026, 3, 2), datetime(2027, 3, 6)

# sku, name, category, price, maker, values, themes, days until it is used up (None: it lasts)
PRODUCTS = [
    ("T-101", "Assam, second flush", "Black tea", "8.90", "Lindenhof", "", "tea", 45),
    ("T-102", "Darjeeling, first flush", "Black tea", "11.50", "Lindenhof", "", "tea", 60),
    ("T-103", "Earl Grey with real bergamot", "Black tea", "9.20", "Maison Verveine", "", "tea", 45),
    ("T-104", "Breakfast blend", "Black tea", "7.40", "Maison Verveine", "", "tea", 30),
    ("T-105", "Lapsang souchong", "Black tea", "10.80", "Lindenhof", "", "tea", None),
    ("H-201", "Verbena from Nyons", "Herbal tea", "6.80", "Maison Verveine", "local", "herbal", 35),
    ("H-202", "Lime blossom", "Herbal tea", "6.20", "Les Baronnies", "local", "herbal", 40),
    ("H-203", "Mint and liquorice", "Herbal tea", "5.90", "Maison Verveine", "", "herbal", 40),
    ("H-204", "Rosehip and hibiscus", "Herbal tea", "5.90", "Les Baronnies", "local seasonal", "herbal", None),
    ("H-205", "Evening herbs", "Herbal tea", "7.10", "Maison Verveine", "", "herbal", 35),
    ("W-301", "Teapot, cast iron", "Teaware", "54.00", "Kobo", "", "tea", None),
    ("W-302", "Teapot, white stoneware", "Teaware", "38.00", "Atelier Sud", "local", "tea herbal", None),
    ("W-303", "Strainer, steel", "Teaware", "9.50", "Kobo", "", "tea", None),
    ("W-304", "Two cups, stoneware", "Teaware", "24.00", "Atelier Sud", "local", "herbal tea", None),
    ("W-305", "Tin for loose tea", "Teaware", "7.80", "Kobo", "", "tea", None),
    ("P-401", "Lavender honey", "Pantry", "9.60", "Les Baronnies", "local", "kitchen herbal", 60),
    ("P-402", "Chestnut honey", "Pantry", "10.20", "Les Baronnies", "local", "kitchen", 60),
    ("P-403", "Apricot jam", "Pantry", "6.40", "Maison Verveine", "local seasonal", "kitchen", 50),
    ("P-404", "Fig jam", "Pantry", "6.40", "Maison Verveine", "local", "kitchen", None),
    ("P-405", "Olive oil of Nyons, half a litre", "Pantry", "18.50", "Les Baronnies", "local", "kitchen", 70),
    ("P-406", "Black tapenade", "Pantry", "7.20", "Les Baronnies", "local", "kitchen", None),
    ("B-501", "Almond biscuits", "Biscuits", "5.40", "Biscuiterie du Pont", "local", "tea kitchen", 30),
    ("B-502", "Shortbread", "Biscuits", "4.90", "Biscuiterie du Pont", "", "tea", 30),
    ("B-503", "Spiced biscuits", "Biscuits", "5.60", "Biscuiterie du Pont", "seasonal", "tea kitchen", None),
    ("S-601", "Soap with olive oil", "Soap and candles", "4.80", "Savonnerie Clair", "low-waste", "home", 40),
    ("S-602", "Soap with lavender", "Soap and candles", "4.80", "Savonnerie Clair", "low-waste local", "home", 40),
    ("S-603", "Solid shampoo", "Soap and candles", "8.90", "Savonnerie Clair", "low-waste", "home", 50),
    ("S-604", "Beeswax candle", "Soap and candles", "12.00", "Les Baronnies", "local", "home", None),
    ("S-605", "Candle, fig", "Soap and candles", "19.00", "Maison Verveine", "", "home", None),
    ("L-701", "Linen towel", "House", "14.50", "Atelier Sud", "low-waste", "home kitchen", None),
    ("L-702", "Apron, blue linen", "House", "32.00", "Atelier Sud", "", "kitchen", None),
    ("L-703", "Wooden brush", "House", "8.20", "Kobo", "low-waste", "home", None),
    ("K-801", "Cooking with herbs, a book", "Books", "24.00", "Éditions du Midi", "", "kitchen herbal", None),
    ("K-802", "The year of tea, a book", "Books", "22.00", "Éditions du Midi", "", "tea", None),
    ("R-901", "Drops for restless nights", "Remedies", "12.40", "Maison Verveine", "", "herbal", 30),
    ("R-902", "Balm for sore joints", "Remedies", "13.90", "Maison Verveine", "", "home", 40),
]
FRENCH = ["Adèle", "Basile", "Capucine", "Damien", "Élise", "Félix", "Gaëlle", "Hugo", "Inès", "Jules", "Karim", "Louise",
          "Margaux", "Nathan", "Ondine", "Paul", "Quentin", "Rose", "Samir", "Thérèse", "Ulysse", "Victoire", "Yann", "Zélie"]
ENGLISH = ["Alice", "Ben", "Clara", "Dylan", "Emma", "Frank", "Grace", "Henry", "Isla", "Jack", "Kate", "Liam", "Mia", "Noah"]
THEMES = ["tea", "herbal", "kitchen", "home"]


def main(folder):
    rng = random.Random(20270308)
    themes = {theme: [row for row in PRODUCTS if theme in row[6].split()] for theme in THEMES}
    customers, lines = [], []
    for number in range(1, 241):
        is_french = rng.random() < 0.7
        name = rng.choice(FRENCH if is_french else ENGLISH)
        host = rng.choice(["courrier.example", "post.example", "boite.example"])
        plain = name.lower().translate(str.maketrans("éèëïç", "eeeic"))
        agreed = rng.random() < 0.62
        since = FIRST + timedelta(days=rng.randrange(0, 300))
        letters = since.date().isoformat() if rng.random() < 0.35 else ""
        customer = f"V{number:03}"
        customers.append([customer, f"{plain}.{number}@{host}", name, "fr" if is_french else "en",
                          since.date().isoformat() if agreed else "", letters])
        lines += shopping(rng, customer, themes)
    lines.sort(key=lambda line: (line[3], line[1], line[4]))
    with_ids = [[f"O{number:05}"] + line[1:] for number, line in enumerate(lines, 1)]
    write(folder / "products.csv", ["sku", "name", "category", "price", "stock", "maker", "values", "url"],
          [[sku, name, category, f"{price} EUR", "0" if sku == "P-404" else str(rng.randrange(4, 60)), maker,
            ", ".join(values.split()), f"https://verveine.example/shop/{sku.lower()}"]
           for sku, name, category, price, maker, values, _, _ in PRODUCTS])
    write(folder / "customers.csv", ["id", "email", "first_name", "language", "consent:recommendations", "consent:letters"], customers)
    write(folder / "purchases.csv", ["id", "customer", "status", "bought_at", "sku", "product", "category", "price"], with_ids)


def shopping(rng, customer, themes):
    mine = rng.sample(THEMES, 2)
    lines, day = [], FIRST + timedelta(days=rng.randrange(0, 200))
    regulars = [row for row in themes[mine[0]] if row[7]]
    regular = rng.choice(regulars) if regulars and rng.random() < 0.4 else None
    while day <= LAST:
        basket = {rng.choice(themes[mine[0] if rng.random() < 0.75 else mine[1]]) for _ in range(rng.choice([1, 2, 2, 3, 4]))}
        if regular and rng.random() < 0.85:
            basket.add(regular)
        at = day + timedelta(hours=rng.randrange(8, 21), minutes=rng.randrange(0, 60))
        status = rng.choices(["paid", "refunded", "cancelled"], [95, 3, 2])[0]
        lines += [["", customer, status, at.isoformat(timespec="minutes"), row[0], row[1], row[2], f"{row[3]} EUR"]
                  for row in sorted(basket)]
        step = regular[7] * rng.uniform(0.85, 1.2) if regular else rng.expovariate(1 / 80) + 10
        day += timedelta(days=round(step))
    return lines


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, delimiter=";", lineterminator="\n")
        sheet.writerow(header)
        sheet.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
