#!/usr/bin/env python3
"""N-1, N-2, N-7: several processes on one database.

    several.py PROGRAM [--only N-1,N-2,N-7] [--rounds N] [--duties N] [--starts N] [--seed N]

N-1 a second process on one SQLite file is refused and names the holder, also after a kill and under another path.
N-2 four processes on one PostgreSQL, thousands of duties falling due within ten seconds, processes killed and stopped meanwhile:
    of each duty one entry says that it is overdue, of each step one row and one entry, of each message one a person; none earlier than
    its time. Control: the same counts over rows of which one was made twice.
N-7 an older process beside a newer one on one database: the old one goes on or refuses, nobody loses an act.
"""
import argparse, os, random, shutil, signal, subprocess, sys, tempfile, threading, time
from house import rounds_pack
from place import Postgres, free_port
from witness import Crew, Program, Witness, say


def alone(binary, starts, dice):
    """N-1. Control: the file's lock taken away by hand: then two do run, which the trial has to notice."""
    work, failed = tempfile.mkdtemp(prefix="hk-alone-"), 0
    try:
        first = Program(binary, work, days=0)
        first.start(wait=120)
        os.symlink(first.data, work + "/linked")
        for number in range(starts):
            data = first.data if number % 4 else work + "/linked"
            second = Program(binary, work + "/second", data=data, days=0)
            bound = number % 4 == 1 and os.getuid() == 0
            words = [binary, "demo", "--days", "0", "--port", str(second.port), "--data", data]
            if bound:
                os.makedirs(work + "/bound", exist_ok=True)
                words = ["unshare", "-m", "sh", "-c", f"mount --bind {first.data} {work}/bound && exec {' '.join(words[:-1])} {work}/bound"]
            run = subprocess.run(words, capture_output=True, text=True, timeout=60)
            said = run.stderr.strip()
            if run.returncode == 0 or f"in use by process {first.process.pid}" not in said or first.status("/ready") != 200:
                failed += 1
                print("#", number, run.returncode, said[:200])
            if number % 4 == 3:
                first.kill()
                took = first.start(wait=60)  # the death has freed the lock
                failed += took > 5
        os.unlink(first.data + "/hallkeeper.sqlite.lock"), os.unlink(first.data + "/photos.sqlite.lock")
        other = Program(binary, work + "/third", data=first.data, days=0)
        try:
            other.start(wait=30)
            both = True
            other.kill()
        except RuntimeError:
            both = False
        first.kill()
        return say("N-1-one-file", starts, failed, "without-the-lock-two-run" if both else "refused-all-the-same", both)
    finally:
        for one in [v for v in locals().values() if isinstance(v, Program) and v.process and v.process.poll() is None]:
            one.kill()
        shutil.rmtree(work, ignore_errors=True)


STEPS = """  - {{id: trial-{n}, clause: "1.3-7", title: {{zh: "试 {n}", en: "Trial {n}"}}, every: day, due: closing, who: director, do: trial-round, reading: our,
     steps: [{{after: 0 min, tell: [director], immediate: true}}]}}
"""


def real_time(postgres, name):
    """A demo's database from which its clock is taken: it goes on by the database's own."""
    postgres.ask("delete from setting where name in ('clock', 'now')", name)


COUNTS = """select
 (select count(*) from duty where note = 'n2' and state = 'open' and next_step = 0),
 (select count(*) from duty where note = 'n2'),
 (select count(*) from (select e.about from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 'n2' and e.kind = 'duty.overdue' group by e.about having count(*) = 1) t),
 (select count(*) from (select e.about from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 'n2' and e.kind = 'duty.escalated' group by e.about having count(*) = 1) t),
 (select count(*) from step s join duty d on d.place = s.place and d.id = s.duty where d.note = 'n2'),
 (select count(*) from inbox i join duty d on d.place = i.place and d.id = i.duty where d.note = 'n2'),
 (select count(distinct (i.duty, i.step, i.person)) from inbox i join duty d on d.place = i.place and d.id = i.duty where d.note = 'n2'),
 (select count(*) from outbox o join duty d on d.place = o.place and d.id = o.duty where d.note = 'n2' and o.state = 'waiting'),
 (select count(*) from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 'n2' and e.kind in ('duty.overdue', 'duty.escalated') and e.recorded < d.due),
 (select coalesce(max(e.recorded - d.due), 0) from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 'n2' and e.kind = 'duty.overdue'),
 (select count(*) from (select e.about from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 'n2' and e.kind = 'message.sent' group by e.about having count(*) > 1) t)"""


def shared_clock(binary, rounds, duties, dice, folder):
    """N-2."""
    work = folder or tempfile.mkdtemp(prefix="hk-several-")
    os.makedirs(work, exist_ok=True)
    os.chmod(work, 0o755)
    postgres = Postgres(work, "-c fsync=off")
    failed = fired = 0
    crew = []
    try:
        pack = rounds_pack(work + "/pack", 1, role="director")
        with open(pack + "/rules/trial.yaml", "w") as file:
            file.write("rules:\n" + STEPS.format(n=0))
        if not postgres.ask("select 1 from pg_database where datname = 'hall'"):
            postgres.database("hall")
            first = Program(binary, work, database=postgres.address("hall"), days=0, pack=pack)
            first.start(wait=300)
            first.stop()
            real_time(postgres, "hall")
        crew = [Program(binary, f"{work}/{n}", database=postgres.address("hall"), command="serve") for n in range(4)]
        for one in crew:
            one.start(wait=120)
        time.sleep(5)
        columns = postgres.ask("select string_agg(column_name, ',' order by ordinal_position) from information_schema.columns where table_name = 'duty'", "hall").split(",")
        for number in range(rounds):
            postgres.ask("update duty set note = '' where note = 'n2'", "hall")
            now = int(postgres.ask("select (extract(epoch from clock_timestamp()) * 1000)::bigint", "hall"))
            changed = {"id": f"'N2R{number:03}{now % 10**8:08}' || lpad(n::text, 13, '0')", "occasion": f"'n2-{now}-' || n", "note": "'n2'", "state": "'open'", "opens": str(now - 60000),
                       "due": f"{now + 8000} + n % 10000", "first_due": f"{now + 8000} + n % 10000", "next_at": f"{now + 8000} + n % 10000", "next_step": "0", "lapses": "null"}
            made = ", ".join(changed.get(c, "d." + c) for c in columns)
            postgres.ask(f"insert into duty ({', '.join(columns)}) select {made} from (select * from duty where rule = 'trial-0' order by id limit 1) d, generate_series(1, {duties}) n", "hall")
            began, stopped = time.monotonic(), None
            time.sleep(dice.uniform(8, 10))
            while time.monotonic() - began < 150:
                fate, one = dice.choice(["kill", "stop", "let be"]), dice.choice(crew)
                if fate == "kill" and one is not stopped:
                    one.kill()
                    one.start(wait=120)
                elif fate == "stop" and stopped is None:
                    stopped, until = one, time.monotonic() + (30 if number % 4 == 0 else dice.uniform(2, 8))
                    one.process.send_signal(signal.SIGSTOP)
                if stopped and time.monotonic() > until:
                    stopped.process.send_signal(signal.SIGCONT)
                    stopped = None
                time.sleep(dice.uniform(0.2, 1.5))
                counts = [int(x) for x in postgres.ask(COUNTS, "hall").split("|")]
                if counts[0] == 0 and counts[7] == 0 and time.monotonic() - began > 19:
                    break
            if stopped:
                stopped.process.send_signal(signal.SIGCONT)
                time.sleep(1)
            counts = [int(x) for x in postgres.ask(COUNTS, "hall").split("|")]
            _, there, overdue, escalated, steps, inbox, distinct, waiting, early, late, doubled = counts
            right = there == overdue == escalated == steps == duties and inbox == distinct and inbox >= duties and inbox % duties == 0 and waiting == 0 and early == 0 and doubled == 0 and late <= 60000
            fired += overdue
            if not right:
                failed += 1
                print(f"# round {number}: there {there}, overdue {overdue}, escalated {escalated}, steps {steps}, inbox {inbox}/{distinct}, waiting {waiting}, early {early}, latest {late} ms, sent twice {doubled}", flush=True)
            else:
                print(f"# round {number}: {duties} duties, latest {late} ms after its time, {time.monotonic() - began:.0f} s", flush=True)
        # Control: an entry said twice is counted.
        postgres.ask("insert into entry (place, id, chain, recorded, effective, actor, kind, about, body) select place, 'ZZZZ' || substr(id, 5), chain, recorded, effective, actor, kind, about, body from entry where kind = 'duty.overdue' and about = (select 'duty:' || id from duty where note = 'n2' limit 1)", "hall")
        control = [int(x) for x in postgres.ask(COUNTS, "hall").split("|")]
        shown = control[2] != counts[2]
        postgres.ask("alter table entry disable trigger all; delete from entry where id like 'ZZZZ%'; alter table entry enable trigger all; delete from unsealed where entry like 'ZZZZ%'; delete from seal where false", "hall")
        print(f"# {fired} firings", flush=True)
        return say("N-2-shared-clock", rounds, failed, "an-entry-said-twice-is-counted" if shown else "unseen", shown)
    finally:
        for one in crew:
            if one.process and one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
                one.kill()
        postgres.stop("immediate", check=False)
        if not folder:
            shutil.rmtree(work, ignore_errors=True)


def rolling(binary, rounds, dice):
    """N-7: a newer release comes up beside an older one (its migration is there first), then the old one goes. Control: an old one started
    after the new one's migration."""
    work, failed, refused = tempfile.mkdtemp(prefix="hk-rolling-"), 0, False
    os.chmod(work, 0o755)
    postgres, crew = Postgres(work, "-c fsync=off"), None
    programs = []
    try:
        url = postgres.database("hall")
        for number in range(rounds):
            old = Program(binary, work, database=url, days=0)
            old.start(wait=300)
            programs = [old]
            witness, token = Witness(work), old.token()
            crew = Crew(witness, [old.port], token, 4, mix=("case", "note", "weather"))
            time.sleep(1)
            # What a newer release does to the schema: a column more in a table that is read whole, and a migration this one does not know.
            postgres.ask(f"alter table complaint add column later{number} text not null default ''; insert into migration (name, checksum) values ('99{number:02}-later', 'x')", "hall")
            time.sleep(dice.uniform(2, 4))
            slow, unready = crew.slowest, None
            began = time.monotonic()
            while time.monotonic() - began < 20:
                if old.status("/ready") == 503:
                    unready = time.monotonic() - began
                    break
                time.sleep(0.2)
            crew.end()
            bad = {kind: marks[:2] for kind, marks in witness.verdict(old).items() if marks}
            fives = {s: n for s, n in crew.busy.items() if s >= 500}
            try:
                late = Program(binary, work + "/late", database=url, days=0)
                late.start(wait=30)
                late.kill()
                failed += 1
                print("# an old one started on a newer database")
            except RuntimeError as error:
                refused = "newer version" in str(error)
                failed += not refused
            if bad or fives or unready is None or slow > 5 or crew.broken:
                failed += 1
                print(f"# round {number}: {bad} {fives} not ready after {unready}, slowest {slow:.1f} s, {crew.broken[:1]}")
            old.stop()
            postgres.ask(f"alter table complaint drop column later{number}; delete from migration where name like '99%'", "hall")
        return say("N-7-rolling", rounds, failed, "an-old-one-started-late-is-refused" if refused else "not-refused", refused)
    finally:
        for one in programs:
            if one.process and one.process.poll() is None:
                one.kill()
        postgres.stop("immediate", check=False)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="N-1,N-2,N-7")
    options.add_argument("--starts", type=int, default=20)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--duties", type=int, default=5000)
    options.add_argument("--folder")
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, binary, good = random.Random(options.seed), os.path.abspath(options.program), True
    wanted = options.only.split(",")
    if "N-1" in wanted:
        good &= alone(binary, options.starts, dice)
    if "N-2" in wanted:
        good &= shared_clock(binary, options.rounds, options.duties, dice, options.folder)
    if "N-7" in wanted:
        good &= rolling(binary, min(options.rounds, 10), dice)
    sys.exit(0 if good else 1)
