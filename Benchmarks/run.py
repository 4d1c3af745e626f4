#!/usr/bin/env python3
"""Benchmarks: the product as it is built, from outside, against bare programs made of the same parts, in turn on the same
machine in the same minutes.

    run.py [--quick] [--only acts,page,…] [--build DIR]

A line a figure: name value goal ok|short. Beside them what they rest on: the disk's own rate of fdatasync, CPU a request.
`--quick` takes a tenth of the data and a quarter of the time. A whole run writes BENCHMARKS.md.
"""
import argparse, hashlib, http.client, json, os, platform, random, re, selectors, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time, urllib.parse, zlib
import cases as books
import worlds
from worlds import World, founded
from house import House, Line, duties, envelope
from place import Postgres, free_port, root

PARTS = ["acts", "page", "start", "plan", "year", "sweep", "boards", "rounds", "trends", "cases", "postgres"]
options = argparse.ArgumentParser()
options.add_argument("--build", default=os.path.join(root, ".build-release/release"))
options.add_argument("--quick", action="store_true")
options.add_argument("--only", default="", help="parts by commas: " + ",".join(PARTS))
options = options.parse_args()
product, yardstick = options.build + "/hallkeeper", options.build + "/yardstick"
work = tempfile.mkdtemp(prefix="hallkeeper-bench-")
os.chmod(work, 0o711)
seconds = 2 if options.quick else 8
turns = 1 if options.quick else 3
many, few = (100_000, 1_000) if options.quick else (1_000_000, 10_000)
hall_count = 1_000 if options.quick else 10_000
figures, notes = [], []
os.environ.pop("HALLKEEPER_LOG", None)


def figure(name, value, goal, good):
    """One line; kept for the page as well."""
    figures.append((name, value, goal, "ok" if good else "short"))
    print(name, value, goal, "ok" if good else "short", flush=True)


def note(text):
    """What a figure rests on."""
    notes.append(text)
    print("  " + text, flush=True)


def cpu(process):
    """Seconds of CPU a process has used."""
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answered(port, process, begun):
    """Seconds from `begun` until a program answers."""
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/health")
            line.getresponse().read()
            return time.perf_counter() - begun
        except OSError:
            if process.poll() is not None or time.perf_counter() - begun > 60:
                sys.exit("a program does not start")
            time.sleep(0.002)


class Bare:
    """The yardstick, serving."""

    def __init__(self, pages=None):
        self.port, begun = free_port(), time.perf_counter()
        self.process = subprocess.Popen([yardstick, "bare", tempfile.mkdtemp(dir=work), str(self.port)] + ([pages] if pages else []), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.started = answered(self.port, self.process, begun)

    def memory(self):
        """Resident MiB."""
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024

    def stop(self):
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def wrk(running, path, connections, script=None, cookie=None):
    """Requests a second, p99 in ms, CPU in µs a request, answers that were not 2xx or 3xx."""
    before = cpu(running.process)
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"] + (["-s", script] if script else []) + (["-H", "cookie: " + cookie] if cookie else [])
    out = subprocess.run(words + [f"http://127.0.0.1:{running.port}{path}"], check=True, capture_output=True, text=True).stdout
    requests, wrong = int(re.search(r"(\d+) requests in", out).group(1)), re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return requests / seconds, p99, (cpu(running.process) - before) / max(1, requests) * 1e6, int(wrong.group(1)) if wrong else 0


def alternate(first, second):
    """Both in turn, so that what else the machine does falls on both; the middle of each by requests a second."""
    got = ([], [])
    for _ in range(turns):
        got[0].append(first())
        got[1].append(second())
    return tuple(sorted(g)[len(g) // 2] for g in got)


def say(name, got):
    """The bare numbers behind a ratio."""
    note(f"{name}: {got[0]:.0f}/s, p99 {got[1]:.1f} ms, {got[2]:.0f} µs CPU a request" + (f", {got[3]} NOT ANSWERED WELL" if got[3] else ""))
    if got[3]:
        sys.exit(name + " was refused")


def script(name, text):
    """A file for wrk."""
    with open(f"{work}/{name}.lua", "w") as file:
        file.write(text)
    return file.name


def varying(name, path, headers, body, salt=0, tokens=()):
    """A file for wrk that sends one request over and over, another each time where `<key>` (32 hexadecimal digits), `<n>` (eight
    digits), `<token>` and `<address>` stand. It is written out once: a load generator that puts each request together anew takes
    much of the two cores it shares with the program, and more for the longer request."""
    length = len(body.replace("<key>", "k" * 32).replace("<n>", "n" * 8).encode())
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {length}"] + [f"{key}: {value}" for key, value in headers.items()]
    drawn = {"<key>": 'seed .. form("%024x", n)', "<n>": 'form("%08d", n)', "<token>": "tokens[n % #tokens + 1]", "<address>": '"10." .. n % 250 .. "." .. floor(n / 250) % 250 .. ".9"'}
    pieces = re.split("(<(?:key|n|token|address)>)", "\r\n".join(lines) + "\r\n\r\n" + body)
    text = " .. ".join(drawn.get(piece) or json.dumps(piece, ensure_ascii=False) for piece in pieces if piece)
    return script(name, f'''local n, form, floor, tokens = 0, string.format, math.floor, {{{",".join(json.dumps(token) for token in tokens)}}}
        local seed = form("%08x", os.time() + {salt})
        request = function()
          n = n + 1
          return {text}
        end''')


def reporting(name, house, login):
    """A file for wrk: somebody reports a paused counter, each time under a new key. Gives who it is, too."""
    line = Line(house.port, login)
    return line, varying(name, "/report/counter.paused", {"cookie": line.cookie, "content-type": "application/x-www-form-urlencoded"},
                         f"csrf={line.csrf}&reason=break&key=<key>&counter={name}<n>", sum(name.encode()) * 1000003)


def page_of(line, path, folder):
    """A page as it is served, for the yardstick to write again; gives its name there."""
    status, html, _ = line.ask("GET", path)
    if status != 200:
        sys.exit(f"{path}: {status}")
    os.makedirs(folder, exist_ok=True)
    name = hashlib.sha256(path.encode()).hexdigest()[:8]
    with open(f"{folder}/{name}", "wb") as file:
        file.write(html)
    return name


def acts(base):
    """A durable act through HTTP against a bare row by the same group commit; then the ledger of all these, verified."""
    # With the rules as they are shipped, and nothing laid beside what the ledger knows: it is verified afterwards.
    world = World(product, work + "/acts")
    house, bare = world.serve(), Bare()
    _, act = reporting("act", house, "clerk-chengnan")
    row = script("row", 'wrk.method = "POST"\nwrk.body = string.rep("a", 120)')
    # Each turn has a driver of its own, which starts to count again: other keys each second.
    opened = house.rows("select count(*) from duty")[0][0]

    def once():
        time.sleep(1.1)
        return wrk(house, "/", 64, act)
    own, yard = alternate(once, lambda: wrk(bare, "/row", 64, row))
    opened = house.rows("select count(*) from duty")[0][0] - opened
    say("an act", own)
    say("a bare row", yard)
    note(f"{opened} duties opened by them")
    figure("act_ratio", f"{own[0] / yard[0] * 100:.0f}%", ">=50%", own[0] >= yard[0] * 0.5)
    figure("act_p99_ratio", f"{own[1] / yard[1]:.1f}x", "<=3x", own[1] <= yard[1] * 3)
    house.stop()
    bare.stop()
    # The middle of five goes; the first comes right after the writing, with the disk still at it.
    gone = []
    for _ in range(5):
        run = subprocess.run([product, "verify", "--data", world.data], capture_output=True, text=True)
        count, took = re.search(r"(\d+) entries in ([\d.]+) s", run.stderr).groups()
        gone.append(float(took))
        if run.returncode:
            sys.exit("the ledger does not verify: " + run.stdout[:300])
    took = sorted(gone)[2]
    note(f"{count} entries verified in {took:.2f} s, at first {gone[0]:.2f} s")
    figure("verify_entries_per_s", f"{int(count) / took:.0f}", ">=200000", int(count) / took >= 200_000)


def page(base):
    """Today's page against the same page from memory, and with a hundred times the duties."""
    small, large = base.copy(work + "/few"), base.copy(work + "/many")
    worlds.past(small, few)
    worlds.past(large, many)
    house = small.serve()
    cleaner = Line(house.port, "cleaner-chengnan")
    name = page_of(cleaner, "/today", work + "/pages")
    with open(f"{work}/pages/{name}", "rb") as file:
        note(f"Today has {worlds.lines(file.read())} rows")
    bare = Bare(work + "/pages")
    own, yard = alternate(lambda: wrk(house, "/today", 16, cookie=cleaner.cookie), lambda: wrk(bare, "/page/" + name, 16))
    say("Today", own)
    say("the same page from memory", yard)
    bare.stop()
    figure("page_ratio", f"{own[0] / yard[0] * 100:.0f}%", ">=50%", own[0] >= yard[0] * 0.5)
    other = large.serve()
    there = Line(other.port, "cleaner-chengnan")
    a, b = alternate(lambda: wrk(house, "/today", 16, cookie=cleaner.cookie), lambda: wrk(other, "/today", 16, cookie=there.cookie))
    say(f"Today with {few} duties", a)
    say(f"Today with {many} duties", b)
    figure("page_growth", f"{b[2] / a[2]:.2f}x", "<=1.5x", b[2] <= a[2] * 1.5)
    house.stop()
    other.stop()


def start(base):
    """From the start to the first answer with a million duties; memory of a server nobody asks anything."""
    world = World(product, work + "/many", base.pack)
    if not os.path.exists(world.data):
        base.copy(world.data)
        worlds.past(world, many)
    taken = []
    for turn in range(6):
        port, begun = free_port(), time.perf_counter()
        process = subprocess.Popen([product, "serve", "--data", world.data, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(answered(port, process, begun))
        if turn < 5:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    bare = Bare()
    time.sleep(3)
    idle = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{process.pid}/status").read()).group(1)) / 1024
    # The first start after the rows were put in reads them from the disk; it is not counted.
    middle = sorted(taken[1:])[2]
    figure("start_s", f"{middle:.2f}", "<=0.3", middle <= 0.3)
    figure("idle_memory_ratio", f"{idle / bare.memory():.2f}x", "<=2x", idle <= 2 * bare.memory())
    note(f"idle: {idle:.0f} MiB, bare {bare.memory():.0f} MiB; the bare program starts in {bare.started:.2f} s")
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    bare.stop()


def plan(base):
    """A day of many halls: thought out and printed by `pack plan`; planned and stored by the serving program."""
    csv = work + "/halls.csv"
    with open(csv, "w") as file:
        traits = " ".join(row[0] for row in base.rows("select distinct trait from trait_answer"))
        file.write("code,hours,traits\n" + "".join(f"h{n},Mo-Fr 08:30-17:30,{traits}\n" for n in range(hall_count)))
    day = base.rows("select max(planned) from place")[0][0]
    # The shipped rules alone, as a company has them: some hundred.
    begun = time.perf_counter()
    out = subprocess.run([product, "pack", "plan", root + "/packs/guangan", "--day", day, "--halls", csv], check=True, capture_output=True).stdout
    thought, share = time.perf_counter() - begun, hall_count / 10_000
    note(f"{out.count(b' duties')} halls, {out.count(chr(10).encode()) + 1 - hall_count} duties planned and printed")
    figure("plan_s", f"{thought:.1f}", f"<={10 * share:g}", thought <= 10 * share)
    plain = House(product, None, work + "/plain")
    plain.stop()
    shutil.rmtree(plain.work)
    world = World(product, work + "/plain")
    worlds.halls(world, hall_count)
    begun = time.perf_counter()
    house = world.serve()
    while house.rows("select count(*) from place where planned < ? and place like 'HALL%'", (day,))[0][0]:
        if time.perf_counter() - begun > 600:
            break
        time.sleep(0.2)
    took, peak = time.perf_counter() - begun, house.memory("VmHWM")
    stored = house.rows("select count(*) from duty where place like 'HALL%'")[0][0]
    note(f"{stored} duties of {hall_count} halls stored, {cpu(house.process) / hall_count * 1e6:.0f} µs CPU a hall, start of the program included")
    figure("plan_stored_s", f"{took:.1f}", f"<={60 * share:g}", took <= 60 * share and stored > hall_count)
    figure("plan_memory_mib", f"{peak:.0f}", "<=500", peak <= 500)
    house.kill()


def year(base):
    """A hall's year, lived through the program's own acts."""
    days = 40 if options.quick else 365
    begun = time.perf_counter()
    out = subprocess.run([product, "simulate", "--halls", "1", "--days", str(days), "--seed", "7", "--json", "--data", work + "/year"], check=True, capture_output=True, text=True).stdout
    took, told = time.perf_counter() - begun, json.loads(out[out.index("{"):])
    note(f"{told['duties']} duties in {days} days of one hall")
    figure("year_s", f"{took:.1f}", f"<={60 * days / 365:.1f}", took <= 60 * days / 365)


def sweep(base):
    """What the clock's work costs: two hundred that fall due beside few and beside ten times as many that wait."""
    cost = []
    for count in (few, few * 10):
        world = base.copy(f"{work}/sweep{count}")
        worlds.waiting(world, count)
        house = world.serve()
        time.sleep(3)
        took = []
        for turn in range(3 if options.quick else 7):
            idle = cpu(house.process)
            time.sleep(1.5)
            idle = cpu(house.process) - idle
            before = cpu(house.process)
            at = Line(house.port, "administrator").now() - 1000
            world.sql(f"update duty set next_at = {at} - 500, due = {at} - 500, next_step = 0 where id in (select id from duty where id like 'WAIT%' and next_step = 0 and state = 'open' order by id limit 200)")
            begun = time.perf_counter()
            while house.rows("select count(*) from duty where next_at < ?", (at,))[0][0]:
                if time.perf_counter() - begun > 60:
                    sys.exit("the clock does not take what is due")
                time.sleep(0.02)
            passed = time.perf_counter() - begun
            took.append(cpu(house.process) - before - idle * passed / 1.5)
        cost.append(sorted(took)[len(took) // 2])
        house.kill()
    note(f"200 due among {few} and {few * 10} that wait: {cost[0] * 5000:.0f} and {cost[1] * 5000:.0f} µs CPU each")
    figure("sweep_growth", f"{cost[1] / cost[0]:.2f}x", "<=1.2x", cost[1] <= cost[0] * 1.2)


def boards(base):
    """Memory of a live board that waits for news."""
    world = base.copy(work + "/boards")
    logins = [row[0] for row in world.rows("select login from person where active = 1 order by person")]
    # One person holds 64 at most; as many sign in as it takes, and that is not counted.
    count = min(1_000 if options.quick else 5_000, 60 * len(logins))
    os.environ["HALLKEEPER_CLIENTS"] = str(count + 500)
    house = world.serve()
    people = [Line(house.port, login) for login in logins[: (count + 59) // 60]]
    time.sleep(1)
    before, open_ = house.memory(), []
    for number in range(count):
        one = socket.create_connection(("127.0.0.1", house.port), timeout=10)
        one.sendall(f"GET /events HTTP/1.1\r\nhost: a\r\ncookie: {people[number // 60].cookie}\r\naccept: text/event-stream\r\n\r\n".encode())
        open_.append(one)
    told = sum(b"200" in one.recv(400) for one in open_)
    time.sleep(1)
    each = (house.memory() - before) * 1024 / len(open_)
    note(f"{told} of {len(open_)} boards listen")
    figure("board_kib", f"{each:.1f}", "<=12", each <= 12 and told == len(open_))
    for one in open_:
        one.close()
    house.kill()


def postgres(base):
    """CPU an act costs the program on PostgreSQL: one process alone, then two on one database, each pinned to a core; what
    the load generator and the database use is not counted. Then four at once, and what they did is verified."""
    server = Postgres(work)
    count = len(os.sched_getaffinity(0))
    houses = [House(product, None, database=server.url)]
    try:
        # The first has founded the demo; the others find it.
        houses += [House(product, None, database=server.url) for _ in range(3)]
        logins = ["clerk-chengnan", "clerk-chengbei", "clerk-xiexing", "clerk-chengnan"]
        files = []
        for number, house in enumerate(houses):
            for login in logins[number:] + logins:
                try:
                    line, file = reporting(f"p{number}", house, login)
                except SystemExit:
                    continue
                if line.ask("GET", "/report/counter.paused")[0] == 200:
                    files.append(file)
                    break
        if len(files) < len(houses):
            sys.exit("nobody may report a paused counter")

        def load(which, connections):
            """Answers a second and CPU µs an answer of those processes at once; acts that were refused."""
            before = [cpu(house.process) for house in which]
            runs = [subprocess.Popen(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", files[houses.index(house)], f"http://127.0.0.1:{house.port}/"], stdout=subprocess.PIPE, text=True) for house in which]
            outs = [run.communicate()[0] for run in runs]
            done = sum(int(re.search(r"(\d+) requests in", out).group(1)) for out in outs)
            wrong = sum(int(found.group(1)) for found in (re.search(r"Non-2xx or 3xx responses: (\d+)", out) for out in outs) if found)
            return done, sum(cpu(house.process) for house in which) - sum(before), wrong
        for number, house in enumerate(houses):
            subprocess.run(["taskset", "-a", "-p", "-c", str(number % count), str(house.process.pid)], check=True, capture_output=True)
        # The first second of each process reads the rules and prepares its statements.
        for house in houses:
            load([house], 2)
        idle = [cpu(house.process) for house in houses[:2]]
        time.sleep(2)
        idle = [(cpu(house.process) - was) / 2 * seconds for house, was in zip(houses, idle)]
        taken = ([], [])
        for _ in range(turns):
            time.sleep(1.1)
            done, used, wrong = load(houses[:1], 16)
            taken[0].append((used - idle[0]) / max(1, done))
            time.sleep(1.1)
            both, used, more = load(houses[:2], 16)
            taken[1].append((used - sum(idle)) / max(1, both))
            if wrong or more:
                sys.exit(f"{wrong + more} acts were not answered well")
        one, two = (sorted(each)[len(each) // 2] for each in taken)
        note(f"an act on PostgreSQL: {done / seconds:.0f}/s by one process, {both / seconds:.0f}/s by two; {one * 1e6:.0f} and {two * 1e6:.0f} µs CPU each in the program, the database and the load generator beside them")
        figure("postgres_two_cpu_ratio", f"{two / one:.2f}x", "<=1.15x", two <= one * 1.15)

        def events():
            run = subprocess.run(["psql", "-X", "-At", server.url, "-c", "select count(*) from event where kind = 'counter.paused'"], check=True, capture_output=True, text=True)
            return int(run.stdout)
        time.sleep(1.1)
        before = events()
        done, _, wrong = load(houses, 8)
        kept = events() - before
        for house in houses:
            house.stop()
        run = subprocess.run([product, "verify", "--database", server.url], capture_output=True, text=True)
        note(f"four processes at once: {done} acts answered, {wrong} refused, {kept} kept; the ledger verifies: {'yes' if run.returncode == 0 else 'NO'}")
        # What was on its way when the load ended is kept too, though nobody read the answer.
        good = run.returncode == 0 and wrong == 0 and done <= kept <= done + 8 * len(houses)
        figure("postgres_four_lost_or_wrong", 0 if good else max(1, done - kept, wrong), "<=0", good)
    finally:
        for house in houses:
            if house.process.poll() is None:
                house.kill()
            shutil.rmtree(house.work, ignore_errors=True)
        server.stop()


def picture(dice, size=300_000):
    """A PNG of noise of some size: none can be made much smaller."""
    side = int((size / 3) ** 0.5)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + dice.randbytes(side * 3) for _ in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines, 0)) + chunk(b"IEND", b"")


def rounds(base):
    """Fifty halls hand in a round of sixty points with six photos at the same moment, each phone on a line of its own; and what
    the round's screen weighs."""
    halls, points = 50, [f"p{n}" for n in range(60)]
    # What a phone sends up: 10 Mbit/s, in bytes a second. On the loopback alone one phone would have the whole machine's.
    uplink = 1_250_000
    pack = worlds.rounds_pack(work + "/rounds-pack", 4, points)
    house = House(product, pack, work + "/rounds")
    house.stop()
    with open(work + "/places.csv", "w") as file:
        file.write("code,name,name_en,kind,hours,traits\n" + "".join(f"b{n},厅{n},Hall {n},hall,Mo-Su 08:00-20:00,\n" for n in range(halls)))
    with open(work + "/people.csv", "w") as file:
        file.write("login,name,place,roles\n" + "".join(f"bench-{n},bench {n},b{n},cleaner\n" for n in range(halls)))
    for words in (["place", "import", work + "/places.csv"], ["person", "import", work + "/people.csv"]):
        run = subprocess.run([product, *words, "--data", house.data], capture_output=True, text=True)
        if run.returncode:
            sys.exit(run.stdout + run.stderr)
    world = World(product, house.data, pack)
    world.sql("insert or replace into credential (person, password, pin, failures, locked_until) select p.person, c.password, c.pin, 0, 0 from person p, "
              "(select password, pin from credential join person using (person) where login = 'cleaner-chengnan') c where p.login like 'bench-%'")
    house.start()
    while True:
        first = Line(house.port, "bench-0")
        if duties(house, first):
            break
        time.sleep(0.5)
    time.sleep(2)
    lines = [first] + [Line(house.port, f"bench-{n}") for n in range(1, halls)]
    owed = [duties(house, line) for line in lines]
    place, duty = owed[0][0]
    page = first.ask("GET", f"/duties/{place}/{duty}", None, {"accept-encoding": "gzip"})
    weight = len(page[1]) + sum(len(first.ask("GET", link, None, {"accept-encoding": "gzip"})[1]) for link in set(re.findall(r'(?:href|src)="(/assets/[^"#]+)', first.ask("GET", f"/duties/{place}/{duty}")[1].decode())))
    figure("round_screen_kb", f"{weight / 1000:.1f}", "<=60", weight <= 60_000)
    refused, lock = [0], threading.Lock()

    def on_its_line(line, sha, photo):
        """One photo in parts, each as long on its way as its line takes for it; gives the last status."""
        status = 0
        for start in range(0, len(photo), 1 << 16):
            part = photo[start:start + (1 << 16)]
            time.sleep(len(part) / uplink)
            status = line.post(f"/uploads/{sha}?from={start}&total={len(photo)}", part, {"content-type": "application/octet-stream"})[0]
            if status != 200:
                break
        return status

    def send_photos(line, number):
        """Seconds of the photos, and the answers as the bytes a phone sends: made ready, so that what is measured is the program."""
        dice = random.Random(f"{line.person}{number}")
        photos = [picture(dice) for _ in range(6)]
        shas = [hashlib.sha256(one).hexdigest() for one in photos]
        if ready:
            ready.wait()
        begun = time.perf_counter()
        codes = [on_its_line(line, sha, one) for sha, one in zip(shas, photos)]
        took = time.perf_counter() - begun
        with lock:
            refused[0] += set(codes) != {200}
        answers = {point: "ok" for point in points}
        for n, sha in enumerate(shas):
            answers[points[n]] = {"value": "wanting", "severity": "serious", "note": "有水", "photos": [{"sha": sha, "taken": line.now(), "live": True, "drawn": False}]}
        return took, answers

    def send_answers(who):
        """Seconds each of these waits for its answer, all sent at once: one program with a line for each, as fifty phones do
        not share a processor with each other."""
        waiting, took = selectors.DefaultSelector(), {}
        calls = []
        for line, (place, duty), answers, key in who:
            body = envelope(line, "bench-phone", answers, done=True)
            head = (f"POST /walks/{place}/{duty} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {line.cookie}\r\nx-csrf: {line.csrf}\r\naccept: application/json\r\n"
                    f"content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {len(body)}\r\n\r\n")
            calls.append((socket.create_connection(("127.0.0.1", house.port)), head.encode() + body))
        for number, (own, call) in enumerate(calls):
            begun = time.perf_counter()
            own.sendall(call)
            waiting.register(own, selectors.EVENT_READ, [number, begun, b""])
        while len(took) < len(calls):
            for found, _ in waiting.select(60):
                number, begun, said = found.data
                found.data[2] = said = said + found.fileobj.recv(1 << 16)
                head, _, rest = said.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.I)
                if length and len(rest) >= int(length.group(1)):
                    took[number] = time.perf_counter() - begun
                    waiting.unregister(found.fileobj)
                    refused[0] += b" 200 " not in head[:15] or json.loads(rest)["state"] != "done"
        for own, _ in calls:
            own.close()
        return [took[number] for number in range(len(calls))]

    ready, alone = None, []
    for n in range(15):
        photos, answers = send_photos(lines[n], 0)
        sent = send_answers([(lines[n], owed[n][0], answers, f"bench-0-{n}")])[0]
        alone.append((photos, sent, photos + sent))
    ready, kept = threading.Barrier(halls), {}

    def one(n):
        kept[n] = send_photos(lines[n], 1)
    before = cpu(house.process)
    crew = [threading.Thread(target=one, args=(n,)) for n in range(halls)]
    [t.start() for t in crew]
    [t.join() for t in crew]
    middle_cpu = cpu(house.process)
    sent = send_answers([(lines[n], owed[n][1], kept[n][1], f"bench-1-{n}") for n in range(halls)])
    results = [(kept[n][0], sent[n], kept[n][0] + sent[n]) for n in range(halls)]
    used, of_answers = cpu(house.process) - before, cpu(house.process) - middle_cpu

    def middle(k):
        return sorted(a[k] for a in alone)[len(alone) // 2]
    worst = [sorted(r[k] for r in results)[-1] for k in range(3)]
    note(f"one hall alone at {uplink * 8 / 1e6:.0f} Mbit/s: photos {middle(0) * 1000:.0f} ms, answers {middle(1) * 1000:.1f} ms; fifty at once: photos at most {worst[0] * 1000:.0f} ms; "
         f"{used / halls * 1000:.0f} ms CPU a hall, {of_answers / halls * 1000:.1f} of them for the answers")
    note(f"the answers of fifty in one instant on the loopback, no line between: at most {worst[1] * 1000:.0f} ms, {worst[1] / middle(1):.1f}x one alone: they are written one after the other")
    entries = house.rows("select count(*) from entry where kind = 'round.handed-in' and place in (select place from place where code like 'b%')")[0][0]
    figure("round_refused", refused[0], "<=0", refused[0] == 0 and entries == halls + 15)
    figure("round_p99_ratio", f"{worst[2] / middle(2):.1f}x", "<=4x", worst[2] <= 4 * middle(2))
    house.kill()


def trends(base):
    """Scores of one hall over a year, of 200,000 points, against the same page from memory; and of 300 halls."""
    points = 60
    patrols, wide = (333, 300) if options.quick else (3_333, 300)
    world = base.copy(work + "/trends")
    worlds.halls(world, wide)
    world.sql("update place set planned = (select max(planned) from place where place not like 'HALL%') where place like 'HALL%'")
    worlds.patrolled(world, wide - 1, 12 if options.quick else 24, points, first=1)
    worlds.patrolled(world, 1, patrols, points)
    house = world.serve()
    boss = Line(house.port, "inspector")
    name = page_of(boss, "/scores/HALL0", work + "/trend-pages")
    bare = Bare(work + "/trend-pages")
    own, yard = alternate(lambda: wrk(house, "/scores/HALL0", 4, cookie=boss.cookie), lambda: wrk(bare, "/page/" + name, 4))
    say(f"trends of one hall, {patrols * points} answers", own)
    say("the same page from memory", yard)
    figure("trend_hall_cpu_ratio", f"{own[2] / yard[2]:.1f}x", "<=2x", own[2] <= yard[2] * 2)
    bare.stop()
    times = []
    for _ in range(5):
        begun, before = time.perf_counter(), cpu(house.process)
        status, _, _ = boss.ask("GET", "/scores")
        times.append(time.perf_counter() - begun)
        took, used = times[-1], cpu(house.process) - before
    note(f"scores of {wide} halls: {took * 1000:.0f} ms, {used * 1000:.0f} ms CPU, {times[0] * 1000:.0f} ms the first time, when past months are summed; {house.rows('select count(*) from patrol_point')[0][0]} points")
    figure("trend_halls_ms", f"{took * 1000:.0f}", "<=300", took <= 0.3 and status == 200)
    house.kill()


def cases(base):
    """Cases: taken in through the API and the form against a bare row; queue, file, search and figures of many against few, on both engines."""
    house = House(product, None, work + "/cases")
    token_of = lambda data: subprocess.run([product, "token", "add", f"bench-{random.random()}", "--scope", "complaints:write", *data], check=True, capture_output=True, text=True).stdout.strip().split()[-1]
    # One address and one token may take in so many a minute; a hundred of each are no limit.
    keys = [token_of(["--data", house.data]) for _ in range(40 if options.quick else 100)]
    books.taken_in(Line(house.port), keys[0])
    agent, bare = Line(house.port, "agent"), Bare()
    api = varying("api", "/api/v1/complaints", {"authorization": "Bearer <token>", "content-type": "application/json", "idempotency-key": "<key>", "x-forwarded-for": "<address>"},
                  '{"kind":"BL2","channel":"hotline","text":"水费突然翻了一倍，想查表 <n>","phone":"138<n>"}', tokens=keys)
    form = varying("form", "/complaints", {"cookie": agent.cookie, "content-type": "application/x-www-form-urlencoded"},
                   f"csrf={agent.csrf}&kind=BL2&door=complaint&channel=hotline&severity=S4&text=%E6%B0%B4%E8%B4%B9%E7%BF%BB%E5%80%8D&key=<key>&phone=138<n>")
    row = script("row", 'wrk.method = "POST"\nwrk.body = string.rep("a", 120)')

    def apart(run):
        time.sleep(1.1)
        return run()
    own, yard = alternate(lambda: apart(lambda: wrk(house, "/", 64, api)), lambda: wrk(bare, "/row", 64, row))
    say("a case through the API", own)
    say("a bare row", yard)
    figure("case_api_ratio", f"{own[0] / yard[0] * 100:.0f}%", ">=40%", own[0] >= yard[0] * 0.4)
    own, yard = alternate(lambda: apart(lambda: wrk(house, "/", 64, form)), lambda: wrk(bare, "/row", 64, row))
    say("a case through the form", own)
    figure("case_form_ratio", f"{own[0] / yard[0] * 100:.0f}%", ">=30%", own[0] >= yard[0] * 0.3)
    bare.stop()
    house.kill()
    pages = {"queue": "/complaints", "closed": "/complaints?tab=closed", "case": "/complaints/CASE000000000500", "word": "/complaints?tab=closed&q=" + urllib.parse.quote("停水"), "word_open": "/complaints?q=" + urllib.parse.quote("停水"),
             "phone": "/complaints?tab=closed&q=13800001", "figures": "/figures", "year": "/figures?month="}
    engines = ["sqlite", "postgres"] if os.path.exists("/usr/lib/postgresql/15/bin/initdb") else ["sqlite"]
    for engine in engines:
        found = {}
        for count in (few, many):
            postgres = Postgres(tempfile.mkdtemp(dir=work)) if engine == "postgres" else None
            house = House(product, None, f"{work}/cases-{engine}-{count}", postgres.url if postgres else None)
            where = ["--database", postgres.url] if postgres else ["--data", house.data]
            line = Line(house.port, "shift-lead")
            books.taken_in(line, token_of(where))
            now = line.now()
            house.stop()
            begun = time.perf_counter()
            store = books.Base(house.data, postgres.url if postgres else None)
            books.fill(store, count, now)
            filled, begun = time.perf_counter() - begun, time.perf_counter()
            house.start()
            while store.rows("select count(*) from complaint_stale")[0][0] not in (0, "0") and time.perf_counter() - begun < 900:
                time.sleep(0.5)
            note(f"{engine}: {count} cases put in within {filled:.0f} s, their days summed in {time.perf_counter() - begun:.0f} s, {cpu(house.process):.1f} s CPU")
            line = Line(house.port, "shift-lead")
            for name, path in pages.items():
                path += time.strftime("%Y", time.gmtime(now / 1000)) if name == "year" else ""
                took, used, weight = [], [], 0
                for turn in range(4 if options.quick else 12):
                    begun, before = time.perf_counter(), cpu(house.process)
                    status, html, _ = line.ask("GET", path)
                    took.append(time.perf_counter() - begun)
                    used.append(cpu(house.process) - before)
                    weight = len(html)
                    if status != 200 or (name in ("queue", "word") and worlds.lines(html) < 100 and count > few):
                        sys.exit(f"{engine} {path}: {status}, {worlds.lines(html)} lines")
                found[name, count] = (sorted(took)[len(took) // 2], sum(used) / len(used), weight)
            house.kill()
            if postgres:
                postgres.stop()
        for name in pages:
            (a, ca, _), (b, cb, weight) = found[name, few], found[name, many]
            note(f"{engine} {name}: {a * 1000:.1f} ms with {few}, {b * 1000:.1f} ms with {many} cases; CPU {ca * 1000:.1f} and {cb * 1000:.1f} ms; {weight / 1000:.1f} kB")
            if name not in ("figures", "year"):
                figure(f"case_{name}_growth_{engine}", f"{b / a:.2f}x", "<=2x", b <= 2 * a)
        figure(f"case_year_s_{engine}", f"{found['year', many][0]:.2f}", "<=1", found["year", many][0] <= 1)
        if engine == "sqlite":
            figure("case_queue_kb", f"{found['queue', few][2] / 1000:.1f}", "<=100", found["queue", few][2] <= 100_000)
            figure("case_queue_ms", f"{found['queue', few][1] * 1000:.1f}", "<=15", found["queue", few][1] <= 0.015)


def write():
    """BENCHMARKS.md: the last run."""
    lines = ["# Benchmarks", "", "What `make bench` measured last. Each figure is a ratio to a bare program made of the same parts, in the same run, or a time; how: `Benchmarks/run.py`.", "",
             f"Last run {time.strftime('%Y-%m-%d')}: `make bench`, {'two' if os.cpu_count() == 2 else os.cpu_count()} cores, {platform.machine()}, Linux, client and server on the same machine.", "",
             "| figure | value | goal | |", "|---|---|---|---|"] + [f"| {name} | {value} | {goal.replace('<=', '≤ ').replace('>=', '≥ ')} | {verdict} |" for name, value, goal, verdict in figures]
    lines += ["", "Beside them:", ""] + ["- " + text for text in notes]
    with open(root + "/BENCHMARKS.md", "w") as file:
        file.write("\n".join(lines) + "\n")


def floor():
    """fdatasyncs a second."""
    return subprocess.run([yardstick, "disk", work], check=True, capture_output=True, text=True).stdout.strip()


note(f"load {os.getloadavg()[0]:.1f} at the start; the disk takes {floor()} fdatasync/s")
try:
    base = founded(product, work)
    for part in PARTS:
        if not options.only or part in options.only.split(","):
            globals()[part](base)
    note(f"load {os.getloadavg()[0]:.1f} at the end; the disk takes {floor()} fdatasync/s")
finally:
    shutil.rmtree(work, ignore_errors=True)
if not options.only and not options.quick:
    write()
short = [row[0] for row in figures if row[3] == "short"]
print(f"{len(figures) - len(short)} ok, {len(short)} short" + (": " + ", ".join(short) if short else ""))
