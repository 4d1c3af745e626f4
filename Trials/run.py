#!/usr/bin/env python3
"""Runs the trials, keeps what they said, goes on where it stopped.

    run.py PROGRAM [--tier short|middle|full] [--state DIR] [--only WORDS] [--minutes N]

Each trial is a command that ends with lines `name cases failed control=… ok|short`. Their counts are added up over several runs, until
there are as many cases as the trial wants; a trial that has them is not run again. At the end a line a trial. The state belongs to one
build of the program: with another one everything begins anew, except what `--keep` says.
"""
import argparse, hashlib, json, os, re, shutil, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
LINE = re.compile(r"^([A-Za-z]+-[\w'-]+) (\d+) (\d+) control=(\S+) (ok|short)$")

# Names, cases wanted, command; `{n}` is how many cases one go makes, `{state}` a folder that stays.
GATHERED = [
    ("R-1-sqlite", 300, 30, "kills.py {program} --engine sqlite --count {n} --folder {state}/r1-sqlite"),
    ("R-1-postgres", 200, 20, "kills.py {program} --engine postgres --count {n} --folder {state}/r1-postgres"),
    ("R-2-power-cuts", 5000, 500, "powercuts.py {program} --images {n}"),
    ("R-3-failing-calls", 800, 800, "faults.py {program} --count {n}"),
    ("R-4-disk-full", 20, 5, "full.py {program} --only R-4 --rounds {n}"),
    ("R-5-read-only", 25, 25, "full.py {program} --only R-5 --rounds 5"),
    ("R-7-one-bit", 1000, 200, "bits.py {program} --count {n}"),
    ("N-1-one-file", 20, 20, "several.py {program} --only N-1 --starts {n}"),
    ("N-2-shared-clock", 20, 4, "several.py {program} --only N-2 --rounds {n}"),
    ("N-3-database-fails", 140, 14, "databases.py {program} --only N-3 --rounds {n}"),
    ("N-4-failover", 10, 5, "failover.py {program} --count {n}"),
    ("N-5-races", 10000, 2000, "databases.py {program} --only N-5 --races {n}"),
    ("N-5-acts", 1000, 250, "races.py {program} --races {n}"),
    ("N-7-rolling", 10, 5, "several.py {program} --only N-7 --rounds {n}"),
    ("N-tls-verify-full", 5, 5, "databases.py {program} --only tls"),
    ("B-7-moved", 20, 5, "moving.py {program} --count {n}"),
    ("T-1-clock-jumps", 48, 16, "clocks.py {program} --only T-1 --count {n}"),
    ("T-2-zones", 240, 240, "clocks.py {program} --only T-2"),
    ("T-5-two-clocks", 20, 10, "clocks.py {program} --only T-5 --count {n}"),
    ("D-1-slow-lines", 18, 6, "crowd.py {program} --only D-1 --count {n}"),
    ("D-2-bodies", 40, 40, "crowd.py {program} --only D-2"),
    ("D-3-boards", 5000, 5000, "crowd.py {program} --only D-3 --boards {n}"),
    ("D-5-idle-lines", 3, 3, "crowd.py {program} --only D-5 --count {n}"),
    ("S-simulation", 200, 40, "simulation.py {program} --tier {tier} --seeds {n} --state {state}"),
]
# Of the middle tier (three quarters of an hour) a part of each, of the short one a taste of what is quick.
MIDDLE = {"R-1-sqlite": 30, "R-1-postgres": 20, "R-2-power-cuts": 500, "R-3-failing-calls": 60, "R-4-disk-full": 3, "R-5-read-only": 4, "R-7-one-bit": 100, "N-1-one-file": 8, "N-2-shared-clock": 2,
          "N-3-database-fails": 7, "N-4-failover": 1, "N-5-races": 640, "N-5-acts": 60, "N-7-rolling": 1, "N-tls-verify-full": 5, "B-7-moved": 2, "T-1-clock-jumps": 8, "T-2-zones": 240, "T-5-two-clocks": 2,
          "D-1-slow-lines": 6, "D-2-bodies": 40, "D-3-boards": 1000, "D-5-idle-lines": 1, "S-simulation": 16}
SHORT = {"R-1-sqlite": 15, "R-2-power-cuts": 48, "R-3-failing-calls": 18, "N-1-one-file": 4, "S-simulation": 2}
# Trials that make all their cases in one go: the file, and how it is asked for the short part.
WHOLE = ["ledger.py {day} --flips {week} --other {other} --program {program}", "backups.py {program}", "upgrades.py {program} {day}", "offline.py {program}", "claims.py {program}", "pictures.py {program}", "confidential.py {program}", "portal.py {program}", "erasure.py {program}"]


class State:
    """What is known of each trial."""

    def __init__(self, folder, program, keep):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.path = folder, os.path.join(folder, "trials.json")
        self.build = hashlib.sha256(open(program, "rb").read()).hexdigest()[:16]
        self.known = json.load(open(self.path)) if os.path.exists(self.path) else {}
        if self.known.get("build") != self.build and not keep:
            self.known = {"trials": {}}
        self.known["build"] = self.build

    def add(self, name, cases, failed, control, verdict, gathers):
        trials = self.known.setdefault("trials", {})
        old = trials.get(name, {"cases": 0, "failed": 0}) if gathers else {"cases": 0, "failed": 0}
        trials[name] = {"cases": old["cases"] + cases, "failed": old["failed"] + failed, "control": control, "stands": verdict == "ok" or failed > 0 and old.get("stands", True), "at": time.strftime("%Y-%m-%d")}
        with open(self.path + ".new", "w") as file:
            json.dump(self.known, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def cases(self, name):
        return self.known.get("trials", {}).get(name, {}).get("cases", 0)


def go(command, state, gathers, most):
    """Runs one command, shows what it says, keeps its lines; gives the names it spoke of."""
    names = []
    process = subprocess.Popen(["nice", "-n", "5", sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=os.path.dirname(here))
    for line in process.stdout:
        print(line, end="", flush=True)
        if found := LINE.match(line.strip()):
            names.append(found[1])
            state.add(found[1], int(found[2]), int(found[3]), found[4], found[5], gathers)
    process.wait()
    return names, process.returncode


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--tier", choices=["short", "middle", "full"], default="full")
    options.add_argument("--state", default=os.path.join(here, "state"))
    options.add_argument("--only", default="")
    options.add_argument("--minutes", type=float, default=1e9, help="stop beginning anything new after so long")
    options.add_argument("--keep", action="store_true", help="go on with the counts of another build")
    options = options.parse_args()
    program = os.path.abspath(options.program)
    began, said = time.monotonic(), []
    folder = options.state if options.tier == "full" else tempfile.mkdtemp(prefix="hk-trials-")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    state = State(folder, program, options.keep)
    worlds = tempfile.mkdtemp(prefix="hk-worlds-")
    wanted = {name: {"short": SHORT, "middle": MIDDLE}.get(options.tier, {}).get(name, 0 if options.tier != "full" else cases) for name, cases, _, _ in GATHERED}
    late = lambda: time.monotonic() - began > options.minutes * 60
    try:
        if not options.only or any(word in "L-B-O-U-Z-P-" for word in options.only.split(",")):
            for name, seed, days, halls in (("day", 1, 1, 1), ("other", 2, 1, 1), ("week", 1, 7, 3)):
                if name != "week" or options.tier == "full":
                    subprocess.run([program, "simulate", "--halls", str(halls), "--days", str(days), "--seed", str(seed), "--data", f"{worlds}/{name}"], stdout=subprocess.DEVNULL, check=True)
            week = f"{worlds}/week" if options.tier == "full" else f"{worlds}/day"
            own = subprocess.run([program, "verify", "--data", week], capture_output=True, text=True).stdout
            apart = subprocess.run([sys.executable, here + "/verify.py", week], capture_output=True, text=True).stdout
            same = own == apart and "no problems" in own
            state.add("L-4-verifiers-agree", 1, int(not same), "-", "ok" if same else "short", False)
            said.append("L-4-verifiers-agree")
            for command in WHOLE:
                if late():
                    break
                words = [word.format(program=program, day=f"{worlds}/day", week=week, other=f"{worlds}/other") for word in command.split()]
                if state.known.get("whole", {}).get(command) and options.tier == "full":
                    said += state.known["whole"][command]
                    continue
                names, code = go([f"{here}/{words[0]}", *words[1:]] + ([] if options.tier == "full" else ["--short"]), state, False, None)
                said += names
                if code == 0:
                    state.known.setdefault("whole", {})[command] = names
                if not names:
                    state.add(words[0], 0, 1, "-", "short", False)
                    said.append(words[0])
        for name, _, step, command in GATHERED:
            if options.only and not any(name.startswith(word) for word in options.only.split(",")) or not wanted[name]:
                continue
            said.append(name)
            while state.cases(name) < wanted[name] and not late():
                count = min(step, wanted[name] - state.cases(name))
                words = command.format(program=program, n=count, state=folder, tier=options.tier).split()
                names, _ = go([f"{here}/{words[0]}", *words[1:]], state, True, None)
                if name not in names:
                    state.add(name, 0, 1, "did-not-end", "short", True)
                    break
        print()
        short = 0
        for name in dict.fromkeys(said):
            one = state.known["trials"].get(name, {"cases": 0, "failed": 0, "control": "-", "stands": False})
            good = one["failed"] == 0 and one["stands"] and one["cases"] >= wanted.get(name, 1)
            short += not good
            print(f"{name} {one['cases']} {one['failed']} control={one['control']} {'ok' if good else 'short'}")
    finally:
        shutil.rmtree(worlds, ignore_errors=True)
        if options.tier != "full":
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
