"""Subjects, written a second time: the few forms of handlebars that subjects use, and dates as people write them.

Used by `expected.py`. Knows `{{path}}`, `{{#if path}}…{{else}}…{{/if}}` and the helpers `date`, `time`, `datetime`, which
tell a visit in the visit's own zone: "Tuesday, 30 March 2027 at 10:00", « jeudi 1er avril 2027 à 10:00 ».
"""

import re

DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split(),
}
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
}
AT = {"en": "at", "fr": "à"}


def date(local, language):
    day = "1er" if language == "fr" and local.day == 1 else str(local.day)
    comma = "," if language == "en" else ""
    return f"{DAYS[language][local.weekday()]}{comma} {day} {MONTHS[language][local.month - 1]} {local.year}"


def time(local, _language):
    return f"{local:%H:%M}"


def date_and_time(local, language):
    return f"{date(local, language)} {AT[language]} {time(local, language)}"


HELPERS = {"date": date, "time": time, "datetime": date_and_time}


def look_up(path, scope):
    value = scope
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def fill(template, scope, language):
    """The template with the scope's values in it."""
    condition = re.compile(r"{{#if ([\w.]+)}}((?:(?!{{#if).)*?)(?:{{else}}((?:(?!{{#if).)*?))?{{/if}}", re.S)
    while found := condition.search(template):
        kept = found[2] if look_up(found[1], scope) else found[3] or ""
        template = template[: found.start()] + kept + template[found.end() :]

    def value(found):
        helper, _, path = found[1].strip().rpartition(" ")
        value = look_up(path, scope)
        return HELPERS[helper](value, language) if helper else str(value)

    return " ".join(re.sub(r"{{([^{}]+)}}", value, template).split())


def subject(root, plan, default_language):
    """The subject of a plan's message, in the customer's language where the template has it."""
    folder = root / "templates" / "mail" / plan.workflow.template
    language = plan.record.customer.language
    chosen = folder / language / "subject.hbs"
    if not chosen.is_file():
        chosen = folder / "subject.hbs"
        language = default_language
    fields = plan.record.fields | {plan.workflow.date_field: plan.record.start}
    scope = {plan.workflow.record: fields, "customer": plan.record.customer.fields, "moved": plan.moved}
    return fill(chosen.read_text("utf-8"), scope, language)
