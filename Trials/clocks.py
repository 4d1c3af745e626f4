#!/usr/bin/env python3
"""T-1, T-2, T-5: the clock jumps while the program runs or stands still; the machine's zone is another; two machines' clocks differ.

    clocks.py PROGRAM [--only T-1,T-2,T-5] [--count N] [--seed N]

T-1 by libfaketime, whose file is written anew while the program runs (the monotonic clock is left alone). No duty is lost, none fires
    twice; a jump of over five minutes is an entry, and nothing climbs or lapses until somebody confirms the time; sessions end when they
    were to end. Control: a jump of a second stops nothing.
T-2 the same pages, byte for byte, whatever TZ says. Control: a page of another day differs.
T-5 two programs whose clocks are ten minutes off, before and behind, on one PostgreSQL: nothing fires over a second early by the
    database's clock. Control: one program on a file of its own, whose clock is before, does fire early.
"""
import argparse, glob, http.client, json, os, random, re, shutil, sqlite3, subprocess, sys, tempfile, time, urllib.parse
from house import Line, rounds_pack
from place import Postgres
from several import STEPS, real_time
from witness import Crew, Program, Witness, say

DAY = 86400
JUMPS = {"-1 s": -1, "-1 h": -3600, "-1 d": -DAY, "+1 h": 3600, "+1 d": DAY, "+40 d": 40 * DAY, "2038": None, "2100": None}


# libfaketime moves what a timer is set to by the wall clock's offset, also where the timer goes by the monotonic clock, which no jump
# of a real clock does: after a jump back every sleep of a second would be an hour. Before it, the kernel is asked straight.
TIMERS = """#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old) { return syscall(SYS_timerfd_settime, fd, flags, value, old); }
int timerfd_gettime(int fd, struct itimerspec *value) { return syscall(SYS_timerfd_gettime, fd, value); }
"""


def faked(folder, offset=0):
    """The environment under which a program's wall clock follows a file; and the file."""
    path, timers = os.path.join(folder, "clock"), os.path.join(folder, "timers.so")
    with open(path, "w") as file:
        file.write(f"{offset:+d}\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-o", timers, "-"], input=TIMERS, text=True, check=True)
    library = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or ["libfaketimeMT.so.1"])[0]
    return {"LD_PRELOAD": f"{timers}:{library}", "FAKETIME_TIMESTAMP_FILE": path, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}, path


def seconds(name):
    if JUMPS[name] is not None:
        return JUMPS[name]
    return int(time.mktime((2038, 1, 20, 12, 0, 0, 0, 0, 0)) - time.time()) if name == "2038" else int(time.mktime((2100, 3, 1, 12, 0, 0, 0, 0, 0)) - time.time())


def ask(data, sql):
    base = sqlite3.connect(f"file:{data}/hallkeeper.sqlite?mode=ro", uri=True, timeout=20)
    try:
        return base.execute(sql).fetchall()
    finally:
        base.close()


def jumps(binary, count, dice):
    """T-1."""
    work, failed, calm = tempfile.mkdtemp(prefix="hk-clocks-"), 0, True
    program = None
    try:
        first = Program(binary, work + "/first", days=0)
        first.start(wait=200)
        token = first.token()
        first.stop()
        base = sqlite3.connect(first.data + "/hallkeeper.sqlite")
        base.execute("delete from setting where name in ('clock', 'now')")
        base.commit(), base.close()
        # Lived up to the real day once, so that each case begins with a day in order.
        first.command = "serve"
        first.start(wait=60)
        time.sleep(25)
        first.stop()
        cases = [(name, way, load) for name in JUMPS for way in ("while it runs", "while it stands", "there and back") for load in (False, True)]
        dice.shuffle(cases)
        for number, (name, way, load) in enumerate(cases[:count]):
            folder, offset = f"{work}/case", seconds(name)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            shutil.copytree(first.data, folder + "/data")
            env, clock = faked(folder)
            program = Program(binary, folder, command="serve", env=env)
            program.start(wait=60)
            line = Line(program.port, "administrator")
            opened = {i for (i,) in ask(program.data, "select id from duty where state = 'open'")}
            ends = ask(program.data, "select id, ends from session order by id")
            witness, crew = Witness(folder), None
            if load:
                crew = Crew(witness, [program.port], token, 2, mix=("case", "weather"), login="director-chengnan", again=False)
            time.sleep(1.5)
            last = ask(program.data, "select max(rowid) from entry")[0][0]
            wrong = []
            if way == "while it stands":
                if crew:
                    crew.end()
                program.stop()
            with open(clock, "w") as file:
                file.write(f"{offset:+d}\n")
            if way == "while it stands":
                program.start(wait=60)
            time.sleep(3)
            if way == "there and back":
                with open(clock, "w") as file:
                    file.write("+0\n")
                time.sleep(2.5)
            fired = ask(program.data, f"select count(*) from entry where rowid > {last} and kind in ('duty.missed', 'duty.escalated', 'duty.overdue')")[0][0]
            told = ask(program.data, f"select count(*) from entry where rowid > {last} and kind = 'clock.jumped'")[0][0]
            far = abs(offset) > 300
            ready = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
            ready.request("GET", "/ready")
            paused = "the clock has to be confirmed" in ready.getresponse().read().decode()
            if way != "while it stands":
                wrong += [f"{told} entries of the jump"] * (told != (2 if far and way == "there and back" else 1 if far else 0))
                wrong += [f"{fired} fired before somebody looked"] * (far and fired > 0)
                wrong += ["goes on unasked"] * (far and not paused) + ["stopped for a second"] * (not far and paused)
                calm = calm and (far or not paused)
            elif offset < -300:
                wrong += ["started before its last entry and did not ask"] * (not paused)
            now_ends = ask(program.data, "select id, ends from session order by id")
            wrong += ["sessions changed"] * ([e for e in now_ends if e in ends] != ends and bool(set(ends) - set(now_ends)) and offset < 13 * DAY)
            if crew:
                crew.end()
            # Somebody looks and confirms; a day is caught up. Half a century is not confirmed by anybody.
            if paused and abs(offset) <= DAY:
                status = Line(program.port, "administrator")
                status.ask("POST", "/clock/confirmation", urllib.parse.urlencode({"csrf": status.csrf}), {"content-type": "application/x-www-form-urlencoded"})
                time.sleep(4)
            gone = opened - {i for (i,) in ask(program.data, "select id from duty")}
            wrong += [f"{len(gone)} duties gone"] * bool(gone)
            twice = ask(program.data, "select about, json_extract(body, '$.event.step'), count(*) from entry where kind = 'duty.escalated' group by 1, 2 having count(*) > 1")
            twice += ask(program.data, "select about, kind, count(*) from entry where kind in ('duty.overdue', 'duty.missed') group by 1, 2 having count(*) > 1")
            wrong += [f"fired twice: {twice[:2]}"] * bool(twice)
            if load:
                wrong += [f"{k}: {m[:2]}" for k, m in witness.verdict(program).items() if m]
            program.stop()
            verified = subprocess.run([program.binary, "verify", "--data", program.data], capture_output=True, text=True)
            wrong += [verified.stdout[:200]] if verified.returncode else []
            if wrong:
                failed += 1
                print("#", number, name, way, "loaded" if load else "idle", "; ".join(wrong)[:400], flush=True)
        return say("T-1-clock-jumps", min(count, len(cases)), failed, "a-second-stops-nothing", calm)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        shutil.rmtree(work, ignore_errors=True)


MASK = re.compile(r'(name="(?:csrf|key|draft|ticket)" value=")[^"]*|data-ticket="[^"]*"|\?v=[0-9a-f]+|[0-9A-F]{8}-[0-9A-F-]+')


def zones(binary):
    """T-2: the demo's pages by six zones."""
    work, failed, pages = tempfile.mkdtemp(prefix="hk-zones-"), 0, {}
    places = None
    try:
        first = Program(binary, work + "/first", days=1)
        first.start(wait=300)
        first.stop()
        zones_ = ["UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Chatham", ":bad", None]
        duties = 0
        for zone in zones_:
            folder = work + "/case"
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            shutil.copytree(first.data, folder + "/data")
            program = Program(binary, folder, env={"TZ": zone} if zone else {})
            if zone is None:
                os.environ.pop("TZ", None)
            program.start(wait=60)
            line = Line(program.port, "director-chengnan")
            hall = ask(program.data, "select place from place where kind = 'hall' order by place")[0][0]
            mine = [f"/duties/{p}/{d}" for p, d in ask(program.data, "select place, id from duty order by id limit 40")]
            duties = len(mine)
            shown = {}
            for path in ["/today", f"/evening/{hall}?day=2026-11-22", "/halls"] + mine:
                shown[path] = MASK.sub("", re.sub(r"\b\d\d:\d\d(?::\d\d)?\b(?=[^<]*演示|</small>)", "", line.ask("GET", path)[1].decode()))
            other = line.ask("GET", f"/evening/{hall}?day=2026-11-21")[1].decode()
            differs = MASK.sub("", other) != shown[f"/evening/{hall}?day=2026-11-22"]
            pages[zone] = shown
            program.kill()
        for zone in zones_:
            different = [p for p in pages["UTC"] if pages[zone][p] != pages["UTC"][p]]
            if different:
                failed += len(different)
                print("#", zone, len(different), "pages differ:", different[:3])
        print(f"# {duties} duties, {len(pages['UTC'])} pages each")
        return say("T-2-zones", sum(map(len, pages.values())), failed, "another-day-differs" if differs else "the-same", differs and duties >= 40)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def two_clocks(binary, count, dice):
    """T-5."""
    work, failed, crew = tempfile.mkdtemp(prefix="hk-two-clocks-"), 0, []
    os.chmod(work, 0o755)
    postgres = Postgres(work, "-c fsync=off")
    try:
        pack = rounds_pack(work + "/pack", 1, role="director")
        with open(pack + "/rules/trial.yaml", "w") as file:
            file.write("rules:\n" + STEPS.format(n=0))
        postgres.database("hall")
        first = Program(binary, work, database=postgres.address("hall"), days=0, pack=pack)
        first.start(wait=300)
        first.stop()
        real_time(postgres, "hall")
        for n, offset in enumerate((600, -600)):
            os.makedirs(f"{work}/{n}")
            one = Program(binary, f"{work}/{n}", database=postgres.address("hall"), command="serve", env=faked(f"{work}/{n}", offset)[0])
            one.start(wait=120)
            crew.append(one)
        time.sleep(3)
        columns = postgres.ask("select string_agg(column_name, ',' order by ordinal_position) from information_schema.columns where table_name = 'duty'", "hall").split(",")
        for number in range(count):
            now = int(postgres.ask("select (extract(epoch from clock_timestamp()) * 1000)::bigint", "hall"))
            due = now + dice.randrange(3000, 6000)
            changed = {"id": f"'T5R{now % 10**10:010}' || lpad(n::text, 13, '0')", "occasion": f"'t5-{now}-' || n", "note": f"'t5-{number}'", "state": "'open'", "opens": str(now - 60000), "due": str(due), "first_due": str(due), "next_at": str(due), "next_step": "0", "lapses": "null"}
            postgres.ask(f"insert into duty ({', '.join(columns)}) select {', '.join(changed.get(c, 'd.' + c) for c in columns)} from (select * from duty where rule = 'trial-0' order by id limit 1) d, generate_series(1, 40) n", "hall")
            seen, overdue, wrong = None, 0, []
            while int(time.time() * 1000) < due + 25000:
                overdue, at = map(int, postgres.ask(f"select count(*), (extract(epoch from clock_timestamp()) * 1000)::bigint from entry e join duty d on e.about = 'duty:' || d.id and e.place = d.place where d.note = 't5-{number}' and e.kind = 'duty.overdue'", "hall").split("|"))
                seen = at if overdue and seen is None else seen
                if overdue >= 40:
                    break
                time.sleep(0.1)
            wrong += [f"{overdue} of 40"] * (overdue != 40)
            wrong += [f"seen {due - seen} ms early"] * (seen is not None and seen < due - 1000)
            if wrong:
                failed += 1
                print("#", number, "; ".join(wrong), flush=True)
        for one in crew:
            one.stop()
        verified = crew[0].run("verify")
        # The rows were put in by hand; the ledger knows them from their first entry on.
        failed += verified.returncode != 0
        if verified.returncode:
            print("#", verified.stdout[:300])
        # Control: alone on a file, ten minutes before.
        own = Program(binary, work + "/own", days=0, pack=pack)
        own.start(wait=200)
        own.stop()
        base = sqlite3.connect(own.data + "/hallkeeper.sqlite")
        base.execute("delete from setting where name in ('clock', 'now')")
        due = int(time.time() * 1000) + 300_000
        base.execute("update duty set due = ?, next_at = ?, next_step = 0, lapses = null, state = 'open' where id = (select max(id) from duty where rule = 'trial-0')", (due, due))
        duty = base.execute("select max(id) from duty where rule = 'trial-0'").fetchone()[0]
        base.commit(), base.close()
        own.command, own.env = "serve", faked(work + "/own", 600)[0]
        own.start(wait=60)
        early = False
        for _ in range(60):
            time.sleep(0.5)
            early = early or bool(ask(own.data, f"select 1 from entry where kind = 'duty.overdue' and about = 'duty:{duty}'"))
            if early:
                break
        own.kill()
        return say("T-5-two-clocks", count, failed, "alone-it-fires-early" if early else "not-early", early)
    finally:
        for one in crew:
            if one.process and one.process.poll() is None:
                one.kill()
        postgres.stop("immediate", check=False)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="T-1,T-2,T-5")
    options.add_argument("--count", type=int, default=48)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, binary, good, wanted = random.Random(options.seed), os.path.abspath(options.program), True, options.only.split(",")
    if "T-2" in wanted:
        good &= zones(binary)
    if "T-5" in wanted:
        good &= two_clocks(binary, min(options.count, 20), dice)
    if "T-1" in wanted:
        good &= jumps(binary, options.count, dice)
    sys.exit(0 if good else 1)
