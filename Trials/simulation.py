#!/usr/bin/env python3
"""S: halls lived by several processes over one store while whatever can go wrong does, each life drawn from a seed.

    simulation.py HALLKEEPER [--tier short|middle|full] [--seeds N] [--days N] [--halls N] [--first SEED] [--state DIR]

Witness: what was sent, acknowledged and committed, noted outside the program; deadlines computed apart (docs/rules/simulation.md).
Control: faults planted between program and store, of which the simulation has to find nearly all. Short: two seeds and six faults, each
with a seed known to find it. Middle: sixteen seeds and twenty faults, of which eighteen have to be found. Full: all thirty, by the seed
known to find them or else by seeds from 1 on, 200 at most; twenty-nine have to be found. What was lived at full length is added up in
the state's folder over runs, and a fault that was found there is not looked for again by the same build.
"""
import argparse, collections, concurrent.futures, hashlib, json, os, subprocess, sys, time

# Which seed finds which fault soonest, in one hall on one day.
KNOWN = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "simulation.known.json")))
TASTE = ["a key is not looked for", "an entry outside its act", "the soonest timer is left out", "a message is sent as if it had not been", "one recipient is left out", "what a phone sent before is forgotten"]


def live(program, seed, count=1, halls=1, days=1, plant=None, only=None, limit=900):
    """The reports of some seeds, one after another."""
    command = [program, "simulate", "--faults", "--json", "--halls", str(halls), "--days", str(days), "--seed", str(seed), "--seeds", str(count)]
    if plant:
        command += ["--plant", ";".join(plant), "--until-found"]
    if only is not None:
        command += ["--only", ";".join(only)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    lines = [json.loads(line) for line in run.stdout.split("\n") if line.startswith("{")]
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
    take.add_argument("--tier", choices=["short", "middle", "full"], default="full")
    take.add_argument("--seeds", type=int)
    take.add_argument("--days", type=int)
    take.add_argument("--halls", type=int)
    take.add_argument("--first", type=int)
    take.add_argument("--state", default=".trials")
    asked = take.parse_args()
    full = asked.tier == "full"
    seeds, days, halls = asked.seeds or {"short": 2, "middle": 16, "full": 200}[asked.tier], asked.days or 1, asked.halls or 1
    path = os.path.join(asked.state, "simulation.json")
    build = hashlib.sha256(open(asked.program, "rb").read()).hexdigest()[:16]
    state = json.load(open(path)) if full and os.path.exists(path) else {"seeds": 0, "hallDays": 0, "commands": 0, "fired": {}, "edges": {}, "next": 1}
    if state.get("build") != build:
        state |= {"build": build, "planted": {}}
    first = asked.first or (state["next"] if full else 1)
    began = time.monotonic()
    workers = max(2, os.cpu_count() or 2)
    size = max(1, -(-seeds // workers))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        starts = range(first, first + seeds, size)
        reports = [r for batch in pool.map(lambda s: live(asked.program, s, min(size, first + seeds - s), halls, days, limit=36000), starts) for r in batch]
        lived = time.monotonic() - began
        # One seed is one run: the first ones again.
        again = live(asked.program, first, min(seeds, {"short": 1, "middle": 2, "full": 10}[asked.tier]), halls, days)
        unlike = [r["seed"] for r in again if r["trace"] != next(q["trace"] for q in reports if q["seed"] == r["seed"])]
        # By the seeds known; several in one process, for founding the halls takes longest.
        names = TASTE if asked.tier == "short" else [*KNOWN["found"], *(name for name in KNOWN["all"] if name not in KNOWN["found"])][:20] if asked.tier == "middle" else KNOWN["all"]
        planted = {name: seed for name, seed in state.get("planted", {}).items() if name in names and seed} if full else {}
        words = [f"{name}@{KNOWN['found'].get(name, 1)}" for name in names if name not in planted]
        parts = [words[n::workers] for n in range(workers) if words[n::workers]]
        for report in (r for batch in pool.map(lambda part: live(asked.program, 1, plant=part, limit=3600), parts) for r in batch):
            planted[report["planted"]] = report["seed"] if report["violations"] else None
        if full:
            left = [name for name in names if not planted[name]]
            for name, batch in zip(left, pool.map(lambda name: live(asked.program, 1, 200, plant=[name], limit=7200), left)):
                planted[name] = batch[-1]["seed"] if batch[-1]["violations"] else None
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
    for name, seed in sorted(planted.items()):
        print(f"S planted: {name}: " + (f"found, again by --seed {seed} --halls 1 --days 1 --plant \"{name}\"" if seed else "not found"))
    found = [name for name, seed in planted.items() if seed]
    if full:
        state |= {"seeds": state["seeds"] + len(reports), "hallDays": state["hallDays"] + total["hallDays"], "commands": state["commands"] + total["commands"],
                  "fired": dict(fired), "edges": dict(edges), "next": first + seeds, "planted": planted}
        os.makedirs(asked.state, exist_ok=True)
        json.dump(state, open(path, "w"), indent=1, sort_keys=True)
        print(f"S over all runs: {state['seeds']} seeds, {state['hallDays']} hall-days, {state['commands']} commands")
    enough = len(found) >= {"short": len(names), "middle": 18, "full": len(names) - 1}[asked.tier]
    bad = len(failed) + len(unlike)
    print(f"S-simulation {len(reports)} {bad} control=found:{len(found)}/{len(planted)} {'ok' if not bad and enough else 'short'}")
    sys.exit(0 if not bad and enough else 1)


main()
