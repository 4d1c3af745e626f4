#!/usr/bin/env python3
"""B-5, B-6: upgrades killed at any moment go on at the next start; an older program writes nothing into a newer database.

    upgrades.py PROGRAM DATA [--short] [--seed N]        DATA: a folder that `hallkeeper simulate --data` made
"""
import argparse, glob, hashlib, json, os, random, shutil, sqlite3, subprocess, sys, tempfile, time
import verify

MIGRATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Sources", "Hallkeeper", "Migrations")
failures = 0


def say(name, cases, failed, control, isRight):
    global failures
    isGood = failed == 0 and isRight and cases > 0
    failures += 0 if isGood else 1
    print(f"{name} {cases} {failed} control={control} {'ok' if isGood else 'short'}", flush=True)


def copied(data, target):
    """The data folder as one file each, without marks and locks."""
    os.makedirs(target)
    for name in ("hallkeeper.sqlite", "photos.sqlite"):
        base, copy = sqlite3.connect(os.path.join(data, name)), sqlite3.connect(os.path.join(target, name))
        base.backup(copy)
        base.close(), copy.close()


def migrations():
    """Name and text of each, in order, as the program has them for SQLite."""
    files = [path for path in sorted(glob.glob(os.path.join(MIGRATIONS, "*.sql"))) if not path.endswith(".postgres.sql")]
    return [(os.path.basename(path).removesuffix(".sql").removesuffix(".sqlite"), open(path).read()) for path in files]


def aged(target, count):
    """As a release left it that had only the first migrations: with a chain of entries, each sealed."""
    os.makedirs(target)
    for name in ("hallkeeper.sqlite", "photos.sqlite"):
        base = sqlite3.connect(os.path.join(target, name))
        base.execute("create table migration (name text not null primary key, checksum text not null)")
        for migration, text in migrations()[:count]:
            base.executescript(text)
            base.execute("insert into migration values (?, ?)", [migration, hashlib.sha256(text.encode()).hexdigest()])
        prev = verify.ZEROS
        for seq in range(1, 40 if name == "hallkeeper.sqlite" else 1):
            entry = {"about": "", "actor": "clock", "alg": "sha256", "chain": "c", "effective": seq, "entry": f"{seq:026}", "event": {},
                     "kind": "day.planned", "personal": [], "place": "c", "recorded": seq, "rows": [], "sig": ""}
            body = json.dumps(entry, sort_keys=True, separators=(",", ":"))
            base.execute("insert into entry values ('c', ?, 'c', ?, ?, 'clock', 'day.planned', '', ?)", [entry["entry"], seq, seq, body])
            hash = hashlib.sha256((prev + body).encode()).hexdigest()
            base.execute("insert into seal values ('c', ?, ?, 'c', ?, ?)", [seq, entry["entry"], prev, hash])
            prev = hash
        base.commit(), base.close()


def applied(target):
    base = sqlite3.connect(f"file:{target}/hallkeeper.sqlite?mode=ro", uri=True)
    try:
        return base.execute("select count(*) from migration").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        base.close()


def killed_upgrades(program, data, root, count, dice):
    failed = midway = 0
    started = time.monotonic()
    copied(data, os.path.join(root, "timed"))
    subprocess.run([program, "verify", "--data", os.path.join(root, "timed")], capture_output=True)
    span = time.monotonic() - started
    for number in range(count):
        target = os.path.join(root, f"upgrade-{number}")
        if number % 3 == 0:
            os.makedirs(target)
            heads = []
        else:
            aged(target, dice.randrange(1, len(migrations())))
            heads = verify.whole(target)[1]
        for _ in range(4):
            run = subprocess.Popen([program, "verify", "--data", target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0.005, min(span, 0.1)))
            run.kill()
            run.wait()
            if os.path.exists(os.path.join(target, "hallkeeper.sqlite")):
                midway += applied(target) < len(migrations())
        run = subprocess.run([program, "verify", "--data", target], capture_output=True, text=True)
        failed += run.stdout.splitlines() != heads + ["verified: no problems"]
        if run.returncode:
            print("#", run.stderr.strip()[:300] or run.stdout[:300])
        shutil.rmtree(target)
    # The control upgrades statement by statement, each kept at once, and is cut after the first: no start can mend that.
    target = os.path.join(root, "control")
    aged(target, len(migrations()) - 1)
    base = sqlite3.connect(os.path.join(target, "hallkeeper.sqlite"))
    script, first = migrations()[-1][1], ""
    while not sqlite3.complete_statement(first):
        first, script = first + script[0], script[1:]
    base.executescript(first)
    base.close()
    run = subprocess.run([program, "verify", "--data", target], capture_output=True)
    say("B-5-killed-upgrades", count, failed, "refused" if run.returncode else "went-on", run.returncode != 0)
    print(f"# {midway} kills came before the last migration was kept", flush=True)


def contents(target):
    """Of the rows of all tables and the files themselves."""
    return [hashlib.sha256(open(path, "rb").read()).hexdigest() for path in sorted(glob.glob(os.path.join(target, "*.sqlite")))]


def newer(program, data, root, count):
    failed, codes = 0, set()
    for number in range(count):
        target = os.path.join(root, f"newer-{number}")
        copied(data, target)
        base = sqlite3.connect(os.path.join(target, "hallkeeper.sqlite"))
        base.execute("insert into migration (name, checksum) values ('9999-from-the-future', 'x')")
        base.commit(), base.close()
        # One refusal first: opening turns the log on, which is a byte in the header and none of the contents.
        before = None
        for _ in range(2):
            run = subprocess.run([program, "verify" if number % 2 else "serve", "--data", target], capture_output=True, text=True, timeout=60)
            failed += run.returncode == 0 or "written by a newer version" not in run.stderr or len(run.stderr.strip().splitlines()) != 1
            codes.add(run.returncode)
            now = contents(target)
            failed += before is not None and before != now
            before = now
        failed += os.path.exists(os.path.join(target, "hallkeeper.sqlite.open"))
    target = os.path.join(root, "same")
    copied(data, target)
    control = subprocess.run([program, "verify", "--data", target], capture_output=True).returncode
    say("B-6-newer-database", count, failed, f"exit-{control}", control == 0 and codes == {1})


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("data")
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice, root = random.Random(options.seed), tempfile.mkdtemp(prefix="hk-upgrades-")
    program = os.path.abspath(options.program)
    try:
        killed_upgrades(program, options.data, root, 4 if options.short else 100, dice)
        newer(program, options.data, root, 2 if options.short else 20)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failures else 0)
