#!/usr/bin/env python3
"""L-1, L-2, L-3: a ledger is damaged in every way we know, and each damage must be found and named.

    ledger.py DATA [--other DATA] [--flips DATA] [--program PATH] [--only WORDS] [--short]     DATA: a folder that `hallkeeper simulate --data` made

A line a trial: name, cases, how many failed, what its control said, ok or short. A control is the same trial with the check
taken away: it must find nothing, else the trial proves nothing.
"""
import argparse, hashlib, os, random, shutil, sqlite3, subprocess, sys, tempfile
import verify
from ledger_damage import DAMAGE, Damaged, NotHere

failures = 0


def say(name, cases, failed, control, isRight):
    global failures
    isGood = failed == 0 and isRight and cases > 0
    failures += 0 if isGood else 1
    print(f"{name} {cases} {failed} control={control} {'ok' if isGood else 'short'}", flush=True)


class Copy(verify.SQLite):
    """The database in memory, its guards taken away; each damage is rolled back."""
    def __init__(self, path):
        self.folder = path
        self.base = sqlite3.connect(":memory:", isolation_level=None)
        source = sqlite3.connect(f"file:{path}/hallkeeper.sqlite?mode=ro", uri=True)
        source.backup(self.base)
        self.base.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        for (name,) in self.base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            self.base.execute(f"drop trigger {name}")


def flips(copy, every, dice):
    """L-1: one bit of every byte of every body (every n-th in the short tier), hashed again as the verifier does."""
    cases = missed = found = 0
    sealed = {row["entry"]: row for row in copy.rows("seal")}
    for entry in copy.rows("entry"):
        seal, body = sealed[entry["id"]], bytearray(entry["body"].encode())
        start = hashlib.sha256(seal["prev"].encode())
        # Long bodies (the rulebook's files) are walked in steps, so that the time is not their square.
        step = every * max(1, len(body) // 4096)
        for position in range(dice.randrange(step), len(body), step):
            bit = 1 << dice.randrange(8)
            body[position] ^= bit
            hashed = start.copy()
            hashed.update(body)
            missed += hashed.hexdigest() == seal["hash"]
            # The control hashes all but the byte that was flipped: it must find nothing.
            if cases % 1000 == 0:
                rest = [hashlib.sha256(whole[:position] + whole[position + 1:]).digest() for whole in (body, entry["body"].encode())]
                found += rest[0] != rest[1]
            body[position] ^= bit
            cases += 1
    say("L-1-flips", cases, missed, found, found == 0)


def whole_flips(copy, program, count, by_program, dice):
    """L-1 through the whole verifiers: a flip in a stored row is named with its chain and seq, by both alike."""
    seals = list(copy.rows("seal"))
    failed = past = tried = 0
    change = "update entry set body = cast(? as text) where id = ?"

    def flipped():
        seal = dice.choice(seals)
        raw = bytearray(copy.base.execute("select cast(body as blob) from entry where id = ?", [seal["entry"]]).fetchone()[0])
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(7)
        copy.base.execute("begin")
        copy.base.execute(change, [bytes(raw), seal["entry"]])
        return seal

    def slips():
        """Whether the flip gets past whoever believes every hash."""
        believing, verify.hashes = verify.hashes, lambda seal, entry: True
        try:
            return not verify.verify(copy)[0]
        except (ValueError, KeyError, TypeError):
            return False  # the body is no entry any more
        finally:
            verify.hashes = believing

    for number in range(count):
        seal = flipped()
        said, _ = verify.verify(copy)
        good = f"chain {seal['chain']}, entry {seal['seq']}: was altered" in said
        if program and number < by_program:
            good = good and sorted(said) == sorted(asked(program, copy)[0])
        failed += not good
        past, tried = past + slips(), tried + 1
        copy.base.execute("rollback")
    # The control: a change of what only the body holds has to get past whoever believes every hash. Many flips break more than
    # that, so it is looked for until one does.
    while not past and tried < count + 200:
        flipped()
        past, tried = past + slips(), tried + 1
        copy.base.execute("rollback")
    say("L-1-named", count, failed, f"{past}-of-{tried}-slip-past-one-without-hashes", past > 0)


def asked(program, copy, seals=(), public_key=None):
    """What the program says of this copy: its problems, and whether it calls the ledger whole."""
    folder = tempfile.mkdtemp(prefix="hk-trial-")
    try:
        path = os.path.join(folder, "hallkeeper.sqlite")
        # A backup of a connection in the middle of a transaction would wait for itself: its pages are written out as they stand.
        with open(path, "wb") as file:
            file.write(copy.base.serialize())
        for name in os.listdir(copy.folder):
            if name.startswith("photos.sqlite") and not name.endswith((".lock", ".open")):
                shutil.copy(os.path.join(copy.folder, name), folder)
        command = [program, "verify", "--data", folder] + [word for seal in seals for word in ("--seal", seal)]
        command += ["--public-key", public_key] if public_key else []
        run = subprocess.run(command, capture_output=True, text=True, timeout=300)
        lines = run.stdout.splitlines()
        ends = next((i for i, line in enumerate(lines) if line.count(":") == 2 and len(line.split(":")[2]) == 64), len(lines) - 1)
        return lines[:ends], run.returncode == 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def structure(copy, other, program, cases, by_program, dice):
    """L-2 and L-3: each kind of damage; what only an outside anchor finds must be found with it and not without."""
    anchors = verify.verify(copy)[1]
    print("# anchors:", len(anchors), "printed seals", flush=True)
    for name, damage, only_by_anchor in DAMAGE:
        done = failed = unanchored = 0
        for number in range(cases):
            copy.base.execute("begin")
            victim = other if name == "another installation's copy" else copy
            try:
                damage(Damaged(copy.base, dice))
                said = verify.verify(victim, anchors)[0]
                done += 1
                failed += not said
                unanchored += only_by_anchor and not verify.verify(victim)[0]
                if program and number < by_program:
                    theirs, isWhole = asked(program, victim, anchors)
                    failed += isWhole or sorted(theirs) != sorted(said)
            except NotHere:
                pass
            except sqlite3.IntegrityError:
                done += 1  # the database itself refused it
            finally:
                copy.base.execute("rollback")
        # The control of an anchored kind is the same verifier without the anchor; of the others, the undamaged ledger.
        found = done - unanchored if only_by_anchor else len(verify.verify(copy, anchors)[0])
        say(("L-3-" if "rewrite" in name else "L-2-") + name.replace(" ", "-"), done, failed, found, found == 0)


def signed(copy, program, cases, by_program, dice):
    """L-3 with a key outside the database: a rewrite is caught at once and without any print, also when the signatures go.
    The signatures are made by the openssl command, so that the program has no part in what it checks."""
    folder = tempfile.mkdtemp(prefix="hk-trial-")
    key = os.path.join(folder, "key")
    subprocess.run([program, "key", "make", key], check=True, capture_output=True)
    for number, head in enumerate(verify.verify(copy)[1]):
        chain, seq, hash = head.split(":")
        with open(os.path.join(folder, "line"), "w") as file:
            file.write(head)
        subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", file.name, "-out", file.name + ".sig"], check=True)
        with open(file.name + ".sig", "rb") as made:
            copy.base.execute("insert into seal_signature values (?, ?, ?, 'key', ?, 0)", [chain, seq, hash, made.read().hex()])
    rewrite = next(damage for name, damage, _ in DAMAGE if name == "full rewrite")
    failed, unkeyed = len(verify.verify(copy, (), key + ".pub")[0]), 0
    for number in range(cases):
        copy.base.execute("begin")
        rewrite(Damaged(copy.base, dice))
        if number % 2:
            copy.base.execute("delete from seal_signature")
        said = verify.verify(copy, (), key + ".pub")[0]
        failed += not said
        unkeyed += number % 2 and bool(verify.verify(copy)[0])
        if number < by_program:
            theirs, isWhole = asked(program, copy, public_key=key + ".pub")
            failed += isWhole or sorted(theirs) != sorted(said)
        copy.base.execute("rollback")
    shutil.rmtree(folder)
    say("L-3-signed", cases, failed, unkeyed, unkeyed == 0)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("data")
    options.add_argument("--other")
    options.add_argument("--flips", help="a larger one for single bits")
    options.add_argument("--program")
    options.add_argument("--only", help="a part of the names of the trials to run")
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice = random.Random(options.seed)
    short = options.short
    if (options.only or "flips") in "flips named":
        flips(Copy(options.flips or options.data), 40 if short else 1, dice)
    copy = Copy(options.data)
    other = Copy(options.other or options.data)
    if (options.only or "named") in "flips named":
        whole_flips(copy, options.program, 10 if short else 500, 1 if short else 5, dice)
    DAMAGE[:] = [kind for kind in DAMAGE if (options.only or "") in kind[0] or kind[0] == "full rewrite"]
    structure(copy, other, options.program, 3 if short else 500, 0 if short else 2, dice)
    if options.program:
        signed(copy, options.program, 2 if short else 20, 1 if short else 20, dice)
    sys.exit(1 if failures else 0)
