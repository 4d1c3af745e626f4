#!/usr/bin/env python3
"""T-1, T-2, T-5: the wall clock jumps while the program runs; the machine stands in another zone; its clock and the database's differ.

    clocks.py PROGRAM [--short] [--only T-1|T-2|T-5]

T-1 (libfaketime): 8 jumps × idle, under load, between stop and start. A jump is recorded and warned of, nothing falls due, lapses or
climbs by it until somebody confirms the time; no duty is lost, no step taken twice, no session lives longer, acts go on.
T-2: six zones of the machine: every due moment planned and every page that shows one is the same.
T-5 (PostgreSQL under libfaketime): the database ten minutes ahead or behind: its clock decides, nothing fires before it.
Controls: confirmed where it stands, a jump does let duties fall due; the machine's own zone would print other times; by the
machine's clock each firing is minutes off.
"""
import argparse, collections, datetime, http.client, json, os, re, shutil, subprocess, sys, tempfile, threading, time, urllib.parse
from disks import Hand, wrong
from house import Line
from place import Postgres, root
from witness import Program, Witness, rows, say

FAKE = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
MINUTE = 60
DAY = 86_400
ZONES = ["UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Chatham", ":bad", None]
FIRED = ("duty.overdue", "duty.escalated", "duty.missed")


def shanghai_day(back=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8, days=-back)).strftime("%Y-%m-%d")


def lived(binary, folder, database=None):
    """A hall that lived until yesterday, by the real calendar, and an administrator who can sign in."""
    program = Program(binary, folder, command="serve", database=database)
    subprocess.run([program.binary, "simulate", "--halls", "1", "--from", shanghai_day(2), "--days", "2", "--seed", "3", *program.place], check=True, stdout=subprocess.DEVNULL, cwd=root)
    subprocess.run([program.binary, "user", "add", "administrator", *program.place], input="demo-hallkeeper\n", text=True, check=True, stdout=subprocess.DEVNULL, cwd=root)
    program.token()
    return program


def entries(program, since=""):
    """(id, kind, about, body) of what fired after an entry."""
    kinds = ",".join(f"'{k}'" for k in FIRED + ("clock.jumped",))
    return [tuple(r) for r in rows(program, ("id, kind, about, body", f"entry where kind in ({kinds}) and id > '{since}' order by id"))]


def last(program):
    return (rows(program, ("max(id)", "entry"))[0] or [""])[0]


def twice(program):
    """Steps taken or duties called late more than once."""
    seen = collections.Counter()
    for _, kind, about, body in entries(program):
        if kind in FIRED:
            seen[kind, about, json.loads(body)["event"].get("step", "")] += 1
    return [key for key, count in seen.items() if count > 1]


def warned(program):
    line = http.client.HTTPConnection("127.0.0.1", program.port, timeout=5)
    line.request("GET", "/ready")
    body = json.loads(line.getresponse().read())
    line.close()
    return any("clock" in text for text in body["warnings"])


def confirm(program):
    line = Line(program.port, "administrator")
    return line.ask("POST", "/clock/confirmation", urllib.parse.urlencode({"csrf": line.csrf}), {"content-type": "application/x-www-form-urlencoded"})[0]


def until(what, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


class Jumping:
    """The program under a clock that can be set."""

    def __init__(self, program):
        self.program, self.file = program, os.path.join(program.folder, "clock")
        program.env = {"LD_PRELOAD": FAKE, "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}

    def set(self, seconds):
        fresh = self.file + ".new"
        with open(fresh, "w") as file:
            file.write(f"{'+' if seconds >= 0 else ''}{int(seconds)}\n")
        os.replace(fresh, self.file)


def jump_case(template, folder, binary, seconds, how):
    """One jump; gives what is wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.folder, folder)
    program = Program(binary, folder, command="serve")
    clock, problems = Jumping(program), []
    clock.set(0)
    program.start(wait=60)
    stop = threading.Event()
    try:
        hand, witness = None, Witness(folder)
        hand = Hand(program, witness, program.token())
        Line(program.port, "administrator")
        time.sleep(2.5)
        duties = {r[0] for r in rows(program, ("id", "duty"))}
        sessions = rows(program, ("id, ends", "session order by id"))
        if how == "load":
            def work():
                own = Hand(program, witness, hand.token)
                while not stop.is_set():
                    own.act()
                    time.sleep(0.05)
            thread = threading.Thread(target=work)
            thread.start()
        mark = last(program)
        is_jump = abs(seconds) > 5 * MINUTE
        if how == "restart":
            program.stop()
            clock.set(seconds)
            program.start(wait=60)
            hand.line = None
            if seconds < -1:
                problems += [] if until(lambda: warned(program), 5) else ["started before its last entry and says nothing"]
        else:
            clock.set(seconds)
            if is_jump:
                problems += [] if until(lambda: any(k == "clock.jumped" for _, k, _, _ in entries(program)), 5) else ["the jump is not in the ledger"]
                problems += [] if until(lambda: warned(program), 5) else ["nobody is warned"]
        time.sleep(3)
        fired = [e for e in entries(program) if e[1] in FIRED and e[0] > mark] if seconds > 0 else []
        # An outage is caught up with; a jump is not believed.
        if is_jump and how != "restart" and fired:
            problems.append(f"{len(fired)} fired by a jump")
        if not is_jump and how != "restart" and (warned(program) or any(k == "clock.jumped" for _, k, _, _ in entries(program))):
            problems.append("a second is called a jump")
        problems += [] if hand.works() is not None else ["acts are not taken"]
        if [s for s in rows(program, ("id, ends", "session order by id")) if s[0] in {x[0] for x in sessions}] != sessions:
            problems.append("a session's end moved")
        stop.set()
        if how == "load":
            thread.join()
        clock.set(0)
        time.sleep(1.5)
        if how == "restart":
            program.stop()
            program.start(wait=60)
        if is_jump or warned(program):
            problems += [] if confirm(program) == 303 else ["cannot be confirmed"]
            problems += [] if until(lambda: not warned(program), 5) else ["still waits after it was confirmed"]
        time.sleep(1)
        gone = duties - {r[0] for r in rows(program, ("id", "duty"))}
        problems += [f"{len(gone)} duties lost"] if gone else []
        problems += [f"twice: {twice(program)[:2]}"] if twice(program) else []
        problems += wrong(program, witness)
        program.stop()
        verified = program.run("verify")
        problems += [verified.stdout[:200]] if verified.returncode else []
    finally:
        stop.set()
        if program.process.poll() is None:
            program.kill()
    return problems


def jumps(binary, work, short):
    template = lived(binary, os.path.join(work, "template"))
    target = lambda year, month, day: int(datetime.datetime(year, month, day, tzinfo=datetime.timezone.utc).timestamp() - time.time())
    all_jumps = {"-1s": -1, "-1h": -3600, "-1d": -DAY, "+1h": 3600, "+1d": DAY, "+40d": 40 * DAY, "2038": target(2038, 1, 20), "2100": target(2100, 3, 1)}
    plan = [("+1d", "load")] if short else [(name, how) for name in all_jumps for how in ("idle", "load", "restart")]
    failed = 0
    for name, how in plan:
        try:
            problems = jump_case(template, os.path.join(work, "jump"), binary, all_jumps[name], how)
        except (RuntimeError, OSError, SystemExit, subprocess.SubprocessError) as error:
            problems = [f"{type(error).__name__}: {str(error)[-300:]}"]
        failed += 1 if problems else 0
        if problems:
            print("# T-1", name, how, "; ".join(problems)[:500], flush=True)
    # The control: the time is confirmed where it stands after the jump.
    folder = os.path.join(work, "control")
    shutil.copytree(template.folder, folder)
    program = Program(binary, folder, command="serve")
    clock = Jumping(program)
    clock.set(0)
    program.start(wait=60)
    time.sleep(2)
    mark = last(program)
    clock.set(DAY)
    until(lambda: warned(program), 5)
    confirm(program)
    until(lambda: len([e for e in entries(program, mark) if e[1] in FIRED]) > 0, 20)
    fired = len([e for e in entries(program, mark) if e[1] in FIRED])
    program.kill()
    return len(plan), failed, f"{fired}-fired-once-confirmed", fired > 0


def text_of(page):
    """A page without what is new at each request."""
    page = re.sub(r'(name="(csrf|key)" value=")[^"]*', r"\1", page)
    return re.sub(r'data-(ticket|now|csrf|person)="[^"]*"', "", page)


def zones(binary, work, short):
    from faults import made
    template = made(binary, os.path.join(work, "zones"))
    template.start(wait=60)
    line = Line(template.port, "director-chengnan")
    reach = [r[0] for r in rows(template, ("place", f"role_holder where person = '{line.person}'"))]
    owed = [tuple(r) for r in rows(template, ("place, id", "duty where place in (%s) order by due desc, id limit 40" % ",".join(f"'{p}'" for p in reach)))]
    template.stop()
    seen, planned = [], []
    names = ZONES[1:3] if short else ZONES
    if short:
        owed = owed[:10]
    kept = os.path.join(work, "zone-data")
    shutil.copytree(template.data, kept)
    for zone in names:
        data = os.path.join(work, "zone")
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(kept, data)
        env = {k: v for k, v in os.environ.items() if k != "TZ"}
        if zone is not None:
            env["TZ"] = zone
        saved = dict(os.environ)
        os.environ.clear()
        os.environ.update(env)
        try:
            program = Program(binary, os.path.join(work, "zone-log"), data=data)
            program.start(wait=60)
            own = Line(program.port, "director-chengnan")
            pages = [own.ask("GET", f"/duties/{place}/{duty}") for place, duty in owed] + [own.ask("GET", "/today"), own.ask("GET", f"/evening/{reach[0]}")]
            seen.append([(status, text_of(body.decode())) for status, body, _ in pages])
            program.kill()
            plan = os.path.join(work, "plan")
            shutil.rmtree(plan, ignore_errors=True)
            subprocess.run([binary, "simulate", "--halls", "1", "--from", "2026-02-13", "--days", "2", "--seed", "5", "--data", plan], check=True, stdout=subprocess.DEVNULL, cwd=root)
            planned.append(sorted(map(tuple, rows(Program(binary, work, data=plan), ("rule, place, opens, due, lapses, state", "duty")))))
        finally:
            os.environ.clear()
            os.environ.update(saved)
    cases, failed = 0, 0
    for zone, pages, plan in zip(names, seen, planned):
        for number, (page, first) in enumerate(zip(pages, seen[0])):
            cases += 1
            if page != first or page[0] != 200 and number < len(owed):
                failed += 1
                other = next((f"{a!r} / {b!r}" for a, b in zip(page[1].split("\n"), first[1].split("\n")) if a != b), page[0])
                print("# T-2", zone, number, str(other)[:300], flush=True)
        cases += 1
        if plan != planned[0] or not plan:
            failed += 1
            print("# T-2", zone, "plans otherwise", flush=True)
    # The control: what the machine's zone would print.
    printed = {tuple(subprocess.run(["date", "-d", f"@{row[3] // 1000}", "+%H:%M"], env={**os.environ, "TZ": zone or "UTC"}, capture_output=True, text=True).stdout for row in planned[0][:20]) for zone in names}
    return cases, failed, f"{len(printed)}-different-by-the-machine's-zone", len(printed) > 1


class FakedPostgres(Postgres):
    """PostgreSQL by another clock."""

    def __init__(self, work, seconds):
        self.seconds, self.work = seconds, work
        super().__init__(work)

    def run(self, command, check=True):
        if "pg_ctl" in command and command.endswith("start"):
            command = f"LD_PRELOAD={FAKE} FAKETIME={self.seconds:+d} FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 {command}"
        super().run(command, check)


def apart(binary, work, short):
    cases, failed, off = 0, 0, []
    for sign in ((600,) if short else (600, -600)):
        folder = os.path.join(work, f"apart{sign}")
        os.makedirs(folder)
        os.chmod(folder, 0o755)
        postgres, program = FakedPostgres(folder, sign), None
        try:
            told = float(postgres.ask("select extract(epoch from clock_timestamp())")) - time.time()
            if abs(told - sign) > 5:
                raise RuntimeError(f"the database's clock is not {sign} s off but {told:.0f}")
            # Lived by the database's calendar: nothing lies in its future.
            program = lived(binary, os.path.join(folder, "world"), database=postgres.url)
            program.start(wait=120)
            time.sleep(3)
            if warned(program):
                confirm(program)
            base = lambda: float(postgres.ask("select extract(epoch from clock_timestamp())"))
            for number in range(2 if short else 10):
                ids = [r[0] for r in rows(program, ("id", f"duty where state = 'open' and form <> '' order by id offset {number} limit 1"))] or [r[0] for r in rows(program, ("id", f"duty where state = 'open' order by id offset {number} limit 1"))]
                if not ids:
                    break
                due = int((base() + 4) * 1000)
                mark = last(program)
                postgres.ask(f"update duty set due = {due}, next_step = 0, next_at = {due}, lapses = null where id = '{ids[0]}'")
                fired = lambda: [e for e in rows(program, ("id, recorded", f"entry where kind = 'duty.overdue' and about = 'duty:{ids[0]}' and id > '{mark}'"))]
                problems, seen = [], None
                end = time.monotonic() + 20
                while time.monotonic() < end and seen is None:
                    before = base()
                    if fired():
                        seen = before
                    time.sleep(0.1)
                cases += 1
                if seen is None:
                    problems.append("did not fire")
                else:
                    early = due / 1000 - base()
                    recorded = fired()[0][1] / 1000
                    problems += [f"fired {due / 1000 - recorded:.1f} s early by its own entry"] if recorded < due / 1000 - 1 else []
                    problems += [f"fired {early:.1f} s early"] if early > 1 else []
                    problems += [f"fired {seen - due / 1000:.1f} s late"] if seen - due / 1000 > 10 else []
                    off.append(abs(due / 1000 - time.time()))
                if problems:
                    failed += 1
                    print("# T-5", sign, number, "; ".join(problems), flush=True)
        finally:
            if program and program.process and program.process.poll() is None:
                program.kill()
            postgres.stop()
    return cases, failed, f"by-the-machine's-clock-{min(off or [0]):.0f}-s-off", bool(off) and min(off) > 500


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--only")
    options = options.parse_args()
    good = True
    binary = os.path.abspath(options.program)
    for name, label, trial in (("T-1", "T-1-jumps", jumps), ("T-2", "T-2-zones", zones), ("T-5", "T-5-clocks-apart", apart)):
        if options.only not in (None, name) or options.short and options.only is None and name != "T-2":
            continue
        if name != "T-2" and not os.path.exists(FAKE):
            print(f"{label} 0 0 control=- short\n# faketime is missing: bin/setup-trials installs it", flush=True)
            good = False
            continue
        work = tempfile.mkdtemp(prefix="hallkeeper-clocks-")
        os.chmod(work, 0o755)
        try:
            good &= say(label, *trial(binary, work, options.short))
        finally:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
