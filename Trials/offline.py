#!/usr/bin/env python3
"""O-1 to O-4: rounds handed in over bad lines, twice, in any order, by phones whose clocks are wrong.

    offline.py PROGRAM [--short] [--seed N] [--only O-1,O-2]

The witness is SQL on the files: of each envelope its answers in one walk and one entry in the ledger, word for word.
"""
import argparse, collections, hashlib, json, random, shutil, socket, struct, subprocess, sys, tempfile, threading, time, zlib
from house import House, Line, POINTS, Tally, duties, envelope, rounds_pack

YEAR = 365 * 86_400_000
VALUES = ["ok", "unseen"]


def noise(dice, side=37):
    """A PNG no other is like."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + dice.randbytes(side * 3) for _ in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")


def spread(line, jobs, work, threads=4):
    """Does jobs on several lines at once, in their order; each gets a line of the same person."""
    queue, lock, broken = collections.deque(jobs), threading.Lock(), []

    def turn():
        own = line.again()
        while not broken:
            with lock:
                if not queue:
                    return
                job = queue.popleft()
            try:
                work(own, job)
            except Exception as error:
                broken.append(error)
    crew = [threading.Thread(target=turn) for _ in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    if broken:
        raise broken[0]


def effects(house):
    """Entries of answers taken in, by the device they came from; and the answers of each walk, by device."""
    entries, walks = collections.Counter(), {}
    for (body,) in house.rows("select body from entry where kind = 'round.answered'"):
        entries[json.loads(body)["event"]["device"]] += 1
    for device, answers in house.rows("select device, answers from walk"):
        walks[device] = {point: answer["value"] for point, answer in json.loads(answers).items()}
    return entries, walks


def whole(house):
    """Ends the program and has it verify its own ledger."""
    house.stop()
    run = subprocess.run([house.program, "verify", "--data", house.data], capture_output=True, text=True)
    return run.returncode == 0 and "verified: no problems" in run.stdout


def replay(tally, house, line, count, dice):
    """O-1: each envelope 2 to 50 times, in any order, on many lines at once, some with other content under the used key,
    some a month later. Control: two sendings without a key are two entries."""
    owed, jobs, sent, number = duties(house, line), [], {}, 0
    while len(jobs) < count:
        place, duty = owed[number // 16 % len(owed)]
        device = f"o1-{number:05d}"
        answers = {point: dice.choice(VALUES) for point in POINTS}
        # The last of every sixteen is handed in: the duty ends with it, whatever comes after.
        body = envelope(line, device, answers, done=number % 16 == 15)
        sent[device] = (place, duty, body, answers, f"key-{dice.getrandbits(96):024x}")
        times = min(dice.choice([2, 2, 3, 5, 8, 20, 50]), max(2, count - len(jobs)))
        jobs += [(device, dice.random() < 0.08) for _ in range(times)]
        number += 1
    dice.shuffle(jobs)
    said, conflicts, failed, lock = collections.defaultdict(collections.Counter), collections.Counter(), [], threading.Lock()

    def send(own, job):
        device, forged = job
        place, duty, body, _, key = sent[device]
        if forged and said[device]:
            status, _ = own.walk(place, duty, body.replace(b'"ok"', b'"na"', 1).replace(b'"unseen"', b'"ok"', 1), key)
            conflicts[status] += 1
            return
        status, answer = own.walk(place, duty, body, key)
        with lock:
            said[device][(status, answer)] += 1
    spread(line, jobs, send, 8)
    # A month later by the server's clock: the same keys, the same answers.
    house.stop()
    import sqlite3
    base = sqlite3.connect(house.data + "/hallkeeper.sqlite")
    base.execute("update idempotency set at = at - ?", (30 * 86_400_000,))
    base.commit()
    base.close()
    house.start()
    late = Line(house.port, "cleaner-chengnan")
    for device in dice.sample(sorted(sent), min(len(sent), max(20, count // 50))):
        place, duty, body, _, key = sent[device]
        said[device][late.walk(place, duty, body, key)] += 1
        jobs.append(device)
    entries, walks = effects(house)
    for device, (_, _, _, answers, _) in sent.items():
        good = len(said[device]) == 1 and next(iter(said[device]))[0] == 200 and entries[device] == 1 and walks.get(device) == answers
        if not good:
            failed.append((device, list(said[device])[:2], entries[device], walks.get(device)))
    wrong = sum(n for status, n in conflicts.items() if status != 409)
    for one in failed[:5]:
        print("#", one)
    # Control: the same bytes twice without a key.
    place, duty = next(one for one in duties(house, late))
    body = envelope(late, "o1-control", {POINTS[0]: "ok"})
    for _ in range(2):
        late.walk(place, duty, body)
    doubled = effects(house)[0]["o1-control"]
    tally.say("O-1-replayed", len(jobs), len(failed) + wrong, f"without a key {doubled} entries, {conflicts[409]} conflicts", doubled == 2 and conflicts[409] > 0)


class Shears:
    """A line to the program that is cut after so many bytes up or down."""

    def __init__(self, port):
        self.port, self.up, self.down = port, None, None
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.bind(("127.0.0.1", 0))
        self.door.listen(64)
        self.own = self.door.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        """Each caller gets the limits set last."""
        while True:
            caller, _ = self.door.accept()
            far = socket.create_connection(("127.0.0.1", self.port))
            for one in (caller, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, most in ((caller, far, self.up), (far, caller, self.down)):
                threading.Thread(target=self.pass_on, args=(source, target, most), daemon=True).start()

    def pass_on(self, source, target, most):
        """Bytes until the limit, then both ends are closed."""
        try:
            while most is None or most > 0:
                data = source.recv(65536 if most is None else min(65536, most))
                if not data:
                    break
                target.sendall(data)
                most = most if most is None else most - len(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


def exchange(line, place, duty, body, key, sha, photo):
    """What a phone does to hand in a round with a photo: asks how far it is, sends the rest, then the answers."""
    status, state, _ = line.ask("GET", f"/uploads/{sha}", None, {"accept": "application/json"})
    state = json.loads(state)
    if not state["done"]:
        status, said = line.upload(sha, photo[state["received"]:] if state["received"] < len(photo) else photo,
                                   state["received"] if state["received"] < len(photo) else 0, len(photo))
        if status != 200:
            return status, said
    return line.walk(place, duty, body, key)


def cut(tally, house, line, most, step, dice):
    """O-2: the line is cut after every so many bytes, up and down; then the phone tries again with the same key. Control:
    a phone that takes a new key each time is counted twice when only the answer was lost."""
    owed, failed, cases = duties(house, line), [], 0
    made, lock = {}, threading.Lock()
    kinds = [("up", k) for k in range(0, most, step)] + [("down", k) for k in range(0, min(most, 1600), step)]
    shears = {}

    def trial(own, job):
        (way, k), control = job
        device = f"o2-{'c' if control else ''}{way}-{k:05d}"
        with lock:
            own_dice = random.Random(device)
            place, duty = owed[len(made) // 24 % len(owed)]
            made[device] = None
        photo = noise(own_dice)
        sha = hashlib.sha256(photo).hexdigest()
        answers = {POINTS[0]: {"value": "ok", "photos": [{"sha": sha, "taken": own.now(), "live": True, "drawn": False}]}, POINTS[1]: "ok"}
        body, key = envelope(own, device, answers), f"key-{own_dice.getrandbits(96):024x}"
        proxy = shears.setdefault(threading.get_ident(), None) or Shears(house.port)
        shears[threading.get_ident()] = proxy
        proxy.up, proxy.down = (k, None) if way == "up" else (None, k)
        broken = own.again()
        broken.line.close()
        import http.client
        broken.line = http.client.HTTPConnection("127.0.0.1", proxy.own, timeout=30)
        heard = False
        try:
            heard = once(broken, place, duty, body, key, sha, photo)[0] == 200
        except (OSError, http.client.HTTPException, ValueError):
            pass
        broken.line.close()
        proxy.up = proxy.down = None
        # With the line back the phone, which has not heard of success, does it again.
        if not heard or control:
            status, said = exchange(own, place, duty, body, key + "-new" if control else key, sha, photo)
        else:
            status, said = 200, b'"kept"'
        with lock:
            made[device] = (status, b'"kept"' in said, hashlib.sha256(photo).hexdigest())

    def once(broken, place, duty, body, key, sha, photo):
        """Like `exchange`, without opening the line again by itself."""
        for method, path, data, headers in (
            ("GET", f"/uploads/{sha}", None, {}),
            ("POST", f"/uploads/{sha}?from=0&total={len(photo)}", photo, {"content-type": "application/octet-stream"}),
            ("POST", f"/walks/{place}/{duty}", body, {"content-type": "application/json", "idempotency-key": key}),
        ):
            broken.line.request(method, path, data, {"cookie": broken.cookie, "x-csrf": broken.csrf, "accept": "application/json", **headers})
            reply = broken.line.getresponse()
            said = reply.read()
            if reply.status != 200:
                break
        return reply.status, said

    spread(line, [(kind, False) for kind in kinds], trial, 6)
    controls = [(("down", k), True) for k in range(400, 1600, max(40, step // 2))]
    spread(line, controls, trial, 4)
    time.sleep(0.5)
    entries, walks = effects(house)
    uploads = collections.Counter(row[0] for row in house.rows("select sha from upload", file="photos.sqlite"))
    parts = house.rows("select count(*) from upload_part", file="photos.sqlite")[0][0]
    doubled = 0
    for device, (status, kept, sha) in made.items():
        if device.startswith("o2-c"):
            doubled += entries[device] > 1
            continue
        cases += 1
        if not (status == 200 and kept and entries[device] == 1 and walks.get(device) == {POINTS[0]: "ok", POINTS[1]: "ok"} and uploads[sha] == 1):
            failed.append((device, status, entries[device], walks.get(device), uploads[sha]))
    for one in failed[:5]:
        print("#", one)
    tally.say("O-2-cut", cases, len(failed) + (parts > 0), f"new keys doubled {doubled} of {len(controls)}", doubled > 0)


def interleavings():
    """The seventy orders in which two phones' four sendings each can arrive."""
    def grow(a, b):
        if not a and not b:
            yield ""
        if a:
            yield from ("A" + rest for rest in grow(a - 1, b))
        if b:
            yield from ("B" + rest for rest in grow(a, b - 1))
    return list(grow(4, 4))


def two_phones(tally, house, line, count, dice):
    """O-3: one person's two phones, four sendings each, in every order of arrival. What counts at each point is the later
    answer, whatever came first. Control: phones without times of their own, where the order does decide."""
    orders, scripts = interleavings(), []
    for number in range((count + len(orders) - 1) // len(orders)):
        base = {name: {} for name in "AB"}
        script = {"A": [], "B": []}
        for turn in range(4):
            for name in "AB":
                for point in dice.sample(POINTS, dice.randint(1, 3)):
                    # Moments of a long round, ten seconds apart and never the same on both.
                    base[name][point] = (dice.choice(VALUES), -3_600_000 + turn * 600_000 + dice.randrange(50) * 10_000 + (5_000 if name == "B" else 0))
                script[name].append(dict(base[name]))
        scripts.append((script, {"A": dice.choice([0, 0, YEAR, -8 * 3_600_000]), "B": dice.choice([0, 0, -YEAR, 300_000])}))
    owed = duties(house, line)
    cases = [(orders[n % len(orders)], n // len(orders)) for n in range(count)]
    assert len(owed) >= 8, "too few rounds"
    results, lock, failed = {}, threading.Lock(), []
    crowd = people(house, "o3", -(-(count + 70) // len(owed)))
    places = [(who, place, duty) for who in crowd for place, duty in owed]

    def play(own, job):
        number, order, index, timeless = job
        who, place, duty = places[number]
        mine = lines(own, who)
        script, clocks = scripts[index]
        turns = {"A": 0, "B": 0}
        for name in order:
            turn = turns[name]
            turns[name] += 1
            now = mine.now()
            off = 0 if timeless else clocks[name]
            points = {point: {"value": value, "at": now + off if timeless else now + off + at} for point, (value, at) in script[name][turn].items()}
            status, said = mine.walk(place, duty, envelope(mine, f"two-phones-{name}", points, sent=now + off), f"{name}{turn}-{number:06d}-o3-{timeless:d}-key")
            if status != 200 or b'"kept"' not in said:
                with lock:
                    failed.append((order, index, status, said[:200]))
                return
            if timeless:
                time.sleep(0.003)

    sessions = {}

    def lines(own, who):
        """One line a thread and person."""
        ident = (threading.get_ident(), who)
        if ident not in sessions:
            with lock:
                first = sessions.get(who)
                if first is None:
                    first = sessions[who] = Line(house.port, who)
            sessions[ident] = first.again()
        return sessions[ident]

    spread(line, [(n, order, index, False) for n, (order, index) in enumerate(cases)], play, 6)
    spread(line, [(count + n, order, 0, True) for n, order in enumerate(orders)], play, 1)
    kept = collections.defaultdict(dict)
    for login, place, duty, device, answers, sent, received in house.rows(
            "select p.login, w.place, w.duty, w.device, w.answers, w.sent, w.received from walk w join person p on p.person = w.person where w.device like 'two-phones-%'"):
        kept[(login, place, duty)][device[-1]] = ({k: (v["value"], v["at"] + received - sent) for k, v in json.loads(answers).items()})
    bodies = collections.Counter(json.loads(b)["event"]["device"] for (b,) in house.rows("select body from entry where kind = 'round.answered'"))

    def merged(found):
        best = {}
        for name in sorted(found):
            for point, (value, at) in found[name].items():
                if point not in best or at >= best[point][1]:
                    best[point] = (value, at)
        return {point: value for point, (value, _) in best.items()}

    for n, (order, index) in enumerate(cases):
        script, _ = scripts[index]
        found = kept.get(places[n], {})
        wanted = merged({name: script[name][3] for name in "AB"})
        originals = all({p: v for p, (v, _) in found.get(name, {}).items()} == {p: v for p, (v, _) in script[name][3].items()} for name in "AB")
        if not originals or merged(found) != wanted:
            failed.append((order, index, wanted, merged(found)))
    if bodies["two-phones-A"] != 4 * (count + 70) or bodies["two-phones-B"] != 4 * (count + 70):
        failed.append(("entries", bodies["two-phones-A"], bodies["two-phones-B"]))
    for one in failed[:5]:
        print("#", one)
    outcomes = {json.dumps(merged(kept.get(places[count + n], {})), sort_keys=True) for n in range(len(orders))}
    tally.say("O-3-two-phones", count, len(failed), f"without times {len(outcomes)} outcomes of one round", len(outcomes) > 1)


def people(house, prefix, count):
    """So many more cleaners at the hall of the first, with the demo's password; the program stands still meanwhile."""
    house.stop()
    import os, sqlite3
    path = house.work + "/people.csv"
    code = house.rows("select pl.code from person p join role_holder r on r.person = p.person join place pl on pl.place = r.place where p.login = 'cleaner-chengnan' and r.role = 'cleaner'")[0][0]
    with open(path, "w") as file:
        file.write("login,name,place,roles\n" + "".join(f"{prefix}-{n},{prefix} {n},{code},cleaner\n" for n in range(count)))
    run = subprocess.run([house.program, "person", "import", path, "--data", house.data], capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit("people cannot be imported: " + run.stderr + run.stdout)
    base = sqlite3.connect(house.data + "/hallkeeper.sqlite")
    base.execute("insert or replace into credential (person, password, pin, failures, locked_until) select p.person, c.password, c.pin, 0, 0 from person p, "
                 "(select password, pin from credential join person using (person) where login = 'cleaner-chengnan') c where p.login like ?", (prefix + "-%",))
    base.commit()
    base.close()
    house.start()
    return [f"{prefix}-{n}" for n in range(count)]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="")
    options = options.parse_args()
    dice, tally = random.Random(options.seed), Tally()
    wanted = options.only.split(",") if options.only else ["O-1", "O-2", "O-3"]
    pack = rounds_pack(tempfile.mkdtemp(prefix="hallkeeper-pack-"), 60 if options.short else 240)
    house = House(options.program, pack)
    try:
        if "O-1" in wanted:
            replay(tally, house, Line(house.port, "cleaner-chengnan"), 300 if options.short else 20_000, dice)
        if "O-2" in wanted:
            cut(tally, house, Line(house.port, "cleaner-chengnan"), 6_000, 149 if options.short else 1, dice)
        if "O-3" in wanted:
            two_phones(tally, house, Line(house.port, "cleaner-chengnan"), 70 if options.short else 2_520, dice)
        tally.say("O-ledger", 1, 0 if whole(house) else 1, "-", True)
    finally:
        house.close()
        shutil.rmtree(pack, ignore_errors=True)
    sys.exit(1 if tally.short else 0)
