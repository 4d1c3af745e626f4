#!/usr/bin/env python3
"""R-1: the server killed at a random moment under sixteen writers and started again on the same files, over and over.

    kills.py PROGRAM --engine sqlite|postgres [--count N] [--folder DIR] [--seed N]

With a folder the world and the witness are kept, so that counts are gathered over several runs. After each kill: a second SQLite
looks at a side copy, the program starts, every act ever answered is there once; each tenth time the whole ledger is verified.
Control: the same witness over a copy from before the last round has to find acts lost.
"""
import argparse, os, random, shutil, sqlite3, sys, tempfile, time
from house import rounds_pack
from place import Postgres
from witness import Crew, Program, Witness, rows, say


def side_look(data, target):
    """Another SQLite over a copy of what the kill left; gives what is wrong with it."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name in os.listdir(data):
        if ".sqlite" in name and not name.endswith(("-shm", ".lock", ".open")):
            shutil.copy(os.path.join(data, name), target)
    wrong = []
    for name in ("hallkeeper.sqlite", "photos.sqlite"):
        base = sqlite3.connect(os.path.join(target, name))
        wrong += [row[0] for row in base.execute("pragma integrity_check") if row[0] != "ok"]
        wrong += [str(row) for row in base.execute("pragma foreign_key_check")]
        base.execute("pragma wal_checkpoint(truncate)")
        wrong += [row[0] for row in base.execute("pragma integrity_check") if row[0] != "ok"]
        base.close()
    return wrong


def photos_missing(program):
    """Photos that a step names and that are not kept, or whose bytes are not those of their hash."""
    import hashlib
    named = {h for (files,) in rows(program, ("files", "complaint_step")) for h in files.split(",") if h}
    if program.database:
        kept = {h: bytes.fromhex(b) for h, b in rows(program, ("hash, encode(bytes, 'hex')", "blob"))}
    else:
        base = sqlite3.connect(f"file:{program.data}/photos.sqlite?mode=ro", uri=True, timeout=20)
        kept = dict(base.execute("select hash, bytes from blob"))
        base.close()
    return [h for h in named if h not in kept or hashlib.sha256(kept[h]).hexdigest() != h]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--engine", default="sqlite")
    options.add_argument("--count", type=int, default=15)
    options.add_argument("--folder")
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, folder = random.Random(options.seed), options.folder or tempfile.mkdtemp(prefix="hk-kills-")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    postgres = Postgres(folder) if options.engine == "postgres" else None
    failed = killed = lost_by_control = 0
    program = None
    try:
        if postgres and not postgres.ask("select 1 from pg_database where datname = 'hall'"):
            postgres.database("hall")
        pack = os.path.join(folder, "pack")
        if not os.path.exists(pack):
            rounds_pack(pack, 12, role="director")
        program = Program(options.program, folder, database=postgres.address("hall") if postgres else None, pack=pack)
        program.start(wait=300)
        witness, token = Witness(folder), program.token()
        before = len(witness.acked)
        walks = [tuple(r) for r in rows(program, ("place, id", "duty where rule like 'trial-%' and state = 'open'"))]
        mine = [tuple(r) for r in rows(program, ("role_holder.place, person.login", "role_holder join person on person.person = role_holder.person where person.login = 'director-chengnan'"))]
        walks = [w for w in walks if w[0] in {m[0] for m in mine}]
        for number in range(options.count):
            if postgres and number == options.count - 1:  # for the control
                program.stop()
                postgres.ask("drop database if exists older")
                postgres.database("older", "hall")
                program.start(wait=60)
            crew = Crew(witness, [program.port], token, 16, walks=walks)
            time.sleep(dice.uniform(0.005, 2))
            program.kill()
            killed += 1
            wrong = [] if postgres else side_look(program.data, os.path.join(folder, "side"))
            took = program.start(wait=60)
            # Whoever got no answer sends again, under the same key.
            time.sleep(0.7)
            crew.end()
            # On a machine that is busy with other things its own time counts.
            wrong += [f"ready after {took:.1f} s"] if took > 5 and program.used > 2 else []
            wrong += [f"{kind}: {marks[:3]}" for kind, marks in witness.verdict(program).items() if marks]
            wrong += [f"refused: {crew.broken[:2]}"] if crew.broken else []
            if program.status("/health") != 200:
                wrong.append("not healthy")
            if number % 10 == 9 or number == options.count - 1:
                back = witness.read_back(program, token)
                wrong += [f"{back} cases read back otherwise"] if back else []
                gone = photos_missing(program)
                wrong += [f"{len(gone)} photos missing"] if gone else []
                program.stop()
                verified = program.run("verify")
                wrong += [verified.stdout[:600] + verified.stderr[:300]] if verified.returncode else []
                program.start(wait=60)
            if wrong:
                failed += 1
                print("#", number, "; ".join(wrong)[:600], flush=True)
        acked = len(witness.acked) - before
        if postgres:
            older = Program(options.program, folder, database=postgres.address("older"))
            lost_by_control = len(witness.verdict(older)["lost"])
        else:
            copy = os.path.join(folder, "older")
            shutil.rmtree(copy, ignore_errors=True)
            os.makedirs(copy)
            shutil.copy(os.path.join(program.data, "hallkeeper.sqlite"), copy)
            crew, known = Crew(witness, [program.port], token, 16), len(witness.acked)
            while len(witness.acked) < known + 5:
                time.sleep(0.05)
            program.kill()
            crew.end()
            lost_by_control = len(witness.verdict(Program(options.program, folder, data=copy))["lost"])
            program.start(wait=60)
        print(f"# {acked} acts answered in this run, {len(witness.acked)} in all, {len(witness.sent)} sent", flush=True)
        good = say(f"R-1-{options.engine}", killed, failed, f"{lost_by_control}-lost", lost_by_control > 0)
    finally:
        if program and program.process and program.process.poll() is None:
            program.stop()
        if postgres:
            postgres.stop("fast")
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
