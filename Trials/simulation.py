#!/usr/bin/env python3
"""S: halls lived by several processes over one store while whatever can go wrong does, each life drawn from a seed.

    simulation.py HALLKEEPER [--short] [--seeds N] [--days N] [--halls N] [--first SEED]

Witness: what was sent, acknowledged and committed, noted outside the program; deadlines computed apart (docs/rules/simulation.md).
Control: faults planted between program and store, of which the simulation has to find nearly all. Short: each with a seed known to
find it. At length: seeds from 1 on until one does, 200 at most; what was lived is added up in .trials/simulation.json over runs.
"""
import argparse, collections, concurrent.futures, json, os, subprocess, sys, time

# Which seed finds which fault soonest, in one hall on one day.
KNOWN = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "simulation.known.json")))
STATE = ".trials/simulation.json"


def live(program, seed, count=1, halls=1, days=1, plant=None, only=None, limit=900):
    """The reports of some seeds, one after another."""
    command = [program, "simulate", "--faults", "--json", "--halls", str(halls), "--days", str(days), "--seed", str(seed), "--seeds", str(count)]
    if plant:
        command += ["--plant", plant, "--until-found"]
    if only is not None:
        command += ["--only", ";".join(only)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    if run.returncode not in (0, 1) or not lines:
        raise SystemExit(f"{' '.join(command)}\n{run.stderr[-2000:]}")
    return lines


def shrink(program, seed, halls, days):
    """The smallest life of a seed that still fails: half the halls, half the days, half the troubles, as long as it does."""
    def fails(halls, days, only):
        return bool(live(program, seed, 1, halls, days, only=only)[0]["violations"])
    only = live(program, seed, 1, halls, days)[0]["armed"]
    while halls > 1 and fails(halls // 2, days, only):
        halls //= 2
    while days > 1 and fails(halls, days // 2, only):
        days //= 2
    size = max(1, len(only) // 2)
    while only and size:
        for start in range(0, len(only), size):
            fewer = only[:start] + only[start + size:]
            if fails(halls, days, fewer):
                only = fewer
                break
        else:
            size //= 2
    return halls, days, only


def main():
    take = argparse.ArgumentParser()
    take.add_argument("program")
    take.add_argument("--short", action="store_true")
    take.add_argument("--seeds", type=int)
    take.add_argument("--days", type=int)
    take.add_argument("--halls", type=int)
    take.add_argument("--first", type=int)
    asked = take.parse_args()
    seeds, days, halls = asked.seeds or (16 if asked.short else 200), asked.days or (1 if asked.short else 2), asked.halls or (1 if asked.short else 2)
    state = json.load(open(STATE)) if not asked.short and os.path.exists(STATE) else {"seeds": 0, "hallDays": 0, "commands": 0, "fired": {}, "edges": {}, "next": 1}
    first = asked.first or (1 if asked.short else state["next"])
    began = time.monotonic()
    size = max(1, seeds // (8 if asked.short else 20))
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        starts = range(first, first + seeds, size)
        reports = [r for batch in pool.map(lambda s: live(asked.program, s, min(size, first + seeds - s), halls, days, limit=7200), starts) for r in batch]
        lived = time.monotonic() - began
        # One seed is one run: the first ones again.
        again = [r for batch in pool.map(lambda s: live(asked.program, s, 1, halls, days), range(first, first + (2 if asked.short else 10))) for r in batch]
        unlike = [r["seed"] for r in again if r["trace"] != next(q["trace"] for q in reports if q["seed"] == r["seed"])]
        if asked.short:
            planted = list(pool.map(lambda item: (item[0], live(asked.program, item[1], 1, plant=item[0])[-1]), sorted(KNOWN["found"].items())))
        else:
            planted = list(pool.map(lambda name: (name, live(asked.program, 1, 200, plant=name, limit=7200)[-1]), sorted(KNOWN["all"])))
    total = collections.Counter()
    fired, edges = collections.Counter(state["fired"]), collections.Counter(state["edges"])
    for report in reports:
        for name in ("hallDays", "commands", "entries", "turns", "deaths", "repeats"):
            total[name] += report[name]
        fired.update(report["fired"])
        edges.update(report["edges"])
    failed = [r for r in reports if r["violations"]]
    print(f"S: {len(reports)} seeds of {halls} hall(s) × {days} day(s) and what follows: {total['hallDays']} hall-days in {lived:.0f} s = {total['hallDays'] / lived:.1f} a second; "
          f"{total['commands']} commands, {total['entries']} entries, {total['turns']} turns of the clock, {total['deaths']} deaths, {total['repeats']} requests sent twice")
    print("S fired: " + ", ".join(f"{name} {n}" for name, n in sorted(fired.items())))
    print("S edges: " + ", ".join(f"{name} {n}" for name, n in sorted(edges.items())))
    for report in failed:
        print(f"S seed {report['seed']}: {report['violations'][0]}")
        small = shrink(asked.program, report["seed"], halls, days)
        print(f"  again: hallkeeper simulate --faults --halls {small[0]} --days {small[1]} --seed {report['seed']} --only \"{';'.join(small[2])}\" --trace")
    for seed in unlike:
        print(f"S seed {seed}: two runs differ")
    found = [name for name, report in planted if report["violations"]]
    for name, report in planted:
        if name not in found:
            print(f"S planted and not found: {name}")
    if not asked.short:
        state = {"seeds": state["seeds"] + len(reports), "hallDays": state["hallDays"] + total["hallDays"], "commands": state["commands"] + total["commands"],
                 "fired": dict(fired), "edges": dict(edges), "next": first + seeds}
        os.makedirs(os.path.dirname(STATE), exist_ok=True)
        json.dump(state, open(STATE, "w"), indent=1, sort_keys=True)
        print(f"S over all runs: {state['seeds']} seeds, {state['hallDays']} hall-days, {state['commands']} commands")
    enough = len(found) >= (18 if asked.short else len(planted) - 1)
    bad = len(failed) + len(unlike)
    print(f"S-simulation {len(reports)} {bad} control=found:{len(found)}/{len(planted)} {'ok' if not bad and enough else 'short'}")
    sys.exit(0 if not bad and enough else 1)


main()
