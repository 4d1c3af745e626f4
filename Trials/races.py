#!/usr/bin/env python3
"""N-5: sixteen clients on the same case in the same moment, over and over: one winner each time, the others told, nothing lost.

    races.py PROGRAM [--races N] [--database URL] [--seed N] [--short]

Every client sends the version its page showed; whoever comes second gets 409 with their words still in the form. The witness is SQL:
the case's version has gone up by exactly one a race, and there are exactly as many notes. The control sends no version: then several
win, and the trial has to see it.
"""
import argparse, json, random, re, threading, time, urllib.parse
from house import House, Line

CLIENTS = 16


def post(line, path, fields):
    """Sends a form; gives the status and the page."""
    body = urllib.parse.urlencode({"csrf": line.csrf, **fields})
    return line.ask("POST", path, body, {"content-type": "application/x-www-form-urlencoded"})


class Race:
    """All start at once; each keeps its line open."""

    def __init__(self, port, login):
        first = Line(port, login)
        self.lines = [first.again() for _ in range(CLIENTS)]

    def run(self, path, version, number):
        """One race upon one case; gives the statuses, and whether each loser's words are still in the page."""
        gate, outcomes = threading.Barrier(CLIENTS), [None] * CLIENTS

        def client(index):
            words = f"race {number} client {index}"
            fields = {"note": words}
            if version is not None:
                fields["version"] = version
            gate.wait()
            status, page = post(self.lines[index], path + "/acts/note", fields)[:2]
            page = page.decode() if isinstance(page, bytes) else page
            outcomes[index] = (status, words in page)

        threads = [threading.Thread(target=client, args=(index,)) for index in range(CLIENTS)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        return outcomes




def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--races", type=int, default=10_000)
    options.add_argument("--database")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--short", action="store_true")
    asked = options.parse_args()
    races = 60 if asked.short else asked.races
    random.seed(asked.seed)
    house, failed, control = House(asked.program, database=asked.database), 0, 0
    try:
        agent = Line(house.port, "agent")
        post(agent, "/complaints", {"kind": "BL2", "door": "complaint", "channel": "hotline", "severity": "S4", "text": "races", "phone": "13800138000"})
        page = agent.ask("GET", "/complaints?tab=open&q=races")[1]
        page = page.decode() if isinstance(page, bytes) else page
        path = re.search(r'href="(/complaints/[0-9A-Z]{26})"', page).group(1)
        race = Race(house.port, "agent")
        shown = agent.ask("GET", path)[1]
        shown = shown.decode() if isinstance(shown, bytes) else shown
        version = first = int(re.search(r'name="version" value="(\d+)"', shown).group(1))
        began = time.time()
        for number in range(races):
            outcomes = race.run(path, version, number)
            won, told = [o for o in outcomes if o[0] == 303], [o for o in outcomes if o[0] == 409]
            if len(won) != 1 or len(told) != CLIENTS - 1 or not all(kept for _, kept in told):
                failed += 1
                print("#", number, [o[0] for o in outcomes], "words kept:", sum(kept for _, kept in told))
            version += len(won)
        took = time.time() - began
        if not asked.database:
            case = path.rsplit("/", 1)[1]
            kept = house.rows("select version, (select count(*) from complaint_step where complaint = complaint.id and act = 'note') from complaint where id = ?", (case,))[0]
            if kept != (first + races, races):
                failed += 1
                print("# the rows say", kept, "instead of", (first + races, races))
        control = sum(len([o for o in race.run(path, None, -1) if o[0] == 303]) > 1 for _ in range(5))
    finally:
        house.close()
    print(json.dumps({"name": "N-5", "seed": asked.seed, "cases": races, "clients": CLIENTS, "failed": failed, "control": "found" if control else "not found", "seconds": round(took, 1)}))
    raise SystemExit(1 if failed or not control else 0)


if __name__ == "__main__":
    main()
