"""Writes the two files that chapter 61 trains on, as examples of one's own data.

    python3 docs/own_data.py

dates.jsonl has a prompt and a completion for each day of two years, tickets.jsonl a text and a label for
each of 540 messages to a shop. Nothing is drawn at random: the files are the same everywhere.
"""

import datetime
import json

THINGS = "lamp chair kettle radio clock mirror table bottle jacket ladder".split()
WORDS = {
    "delivery": ["where is my {}", "the {} did not come", "my {} is late", "when will the {} arrive",
                 "i still wait for the {}", "no {} in the parcel"],
    "damage": ["the {} is broken", "my {} does not work", "there is a crack in the {}",
               "the {} came in pieces", "one part of the {} is missing", "the {} fell apart"],
    "money": ["i paid twice for the {}", "send back the money for the {}", "the {} was cheaper last week",
              "the bill for the {} is wrong", "you took too much for the {}", "give me a refund for the {}"],
}


def dates():
    day = datetime.date(2019, 1, 1)
    while day.year < 2021:
        yield {"prompt": f"{day} -> ", "completion": f"{day.day} {day:%b}".lower()}
        day += datetime.timedelta(1)


def tickets():
    for thing in THINGS:
        for label, texts in WORDS.items():
            for text in texts:
                text = text.format(thing)
                for message in (text, f"hello, {text}", f"{text}, please help"):
                    yield {"text": message, "label": label}


for name, items in ("dates", dates()), ("tickets", tickets()):
    with open(f"{name}.jsonl", "w") as file:
        file.writelines(json.dumps(item) + "\n" for item in items)
