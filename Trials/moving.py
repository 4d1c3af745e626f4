#!/usr/bin/env python3
"""B-7: a database moves from a folder into PostgreSQL and back, killed at random moments and run again.

    moving.py PROGRAM [--count N] [--seed N]

The witness reads both sides by SQL alone, and the verifier written apart calls both whole. Half of a move is served to nobody.
Control: a row changed in the target behind the program's back is named by the verifier.
"""
import argparse, json, os, random, shutil, sqlite3, subprocess, sys, tempfile, time
from place import Postgres
from witness import Crew, Program, Witness, say
import verify


def facts(data):
    """Every row of every table, without what is made anew: how many and their sum."""
    base, found = verify.opened(data), {}
    for table in sorted(base.tables()):
        if table in ("migration", "unsealed", "entry_turn", "claim", "complaint_search", "blob", "thumb", "upload", "upload_part") or table.startswith("complaint_words"):
            continue
        found[table] = sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in base.rows(table))
    base.close()
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--count", type=int, default=20)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, work = random.Random(options.seed), tempfile.mkdtemp(prefix="hk-moving-")
    os.chmod(work, 0o755)
    postgres, failed, killed, refused, control = Postgres(work, "-c fsync=off"), 0, 0, 0, False
    program = Program(options.program, work + "/world", days=0)
    try:
        program.start(wait=200)
        witness, token = Witness(work + "/world"), program.token()
        crew = Crew(witness, [program.port], token, 4)
        time.sleep(3)
        crew.end()
        program.stop()
        source, span = program.data, None
        before = facts(source)
        for number in range(options.count):
            name, wrong = f"h{number}", []
            there = postgres.database(name)
            back = f"{work}/back-{number}"
            for one, other in ((source, there), (there, back)):
                began = time.monotonic()
                for _ in range(dice.randrange(0, 4) if span else 0):
                    run = subprocess.Popen([program.binary, "move", "--from", one, "--to", other], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(dice.uniform(0.05, span))
                    if run.poll() is None:
                        run.kill()
                        killed += 1
                    run.wait()
                    half = subprocess.run([program.binary, "verify", "--database" if other.startswith("postgres") else "--data", other], capture_output=True, text=True)
                    refused += "half of what is being moved" in half.stderr
                run = subprocess.run([program.binary, "move", "--from", one, "--to", other], capture_output=True, text=True)
                # A move that was killed after its last step is there whole already.
                if run.returncode and not ("the target is not empty" in run.stderr and facts(other) == before):
                    wrong.append(run.stderr[:200])
                span = span or time.monotonic() - began
                problems, heads = verify.whole(other)
                wrong += problems[:2]
                if facts(other) != before:
                    wrong.append("other facts: " + ", ".join(t for t in before if before[t] != facts(other).get(t))[:200])
            blobs = [sorted(sqlite3.connect(f"{d}/photos.sqlite").execute("select hash, bytes from blob").fetchall()) for d in (source, back)]
            wrong += ["photos differ"] * (blobs[0] != blobs[1] or not blobs[0])
            returned = Program(options.program, work + "/returned", data=back)
            wrong += [f"{k}: {m[:2]}" for k, m in witness.verdict(returned).items() if m]
            if number == options.count - 1:
                postgres.ask("update duty set note = 'x' where id = (select min(id) from duty)", name)
                control = any("differs from the ledger" in p for p in verify.whole(there)[0])
                returned.start(wait=60)
                wrong += ["cases read back otherwise"] * bool(witness.read_back(returned, token))
                returned.stop()
            postgres.ask(f"drop database {name}")
            shutil.rmtree(back, ignore_errors=True)
            if wrong:
                failed += 1
                print("#", number, "; ".join(wrong)[:500], flush=True)
        print(f"# {killed} kills, {refused} halves refused", flush=True)
        good = say("B-7-moved", options.count, failed, "a-changed-row-is-named" if control else "unseen", control)
    finally:
        postgres.stop("immediate", check=False)
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
