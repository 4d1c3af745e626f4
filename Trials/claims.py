#!/usr/bin/env python3
"""O-4 to O-6: what a phone claims: wrong clocks, old copies, two tabs; a phone signed out or lost; envelopes that are forged.

    claims.py PROGRAM [--short] [--seed N]

The witness is SQL on the files: when a round counts as done, whose it is, what was kept.
"""
import argparse, hashlib, json, random, shutil, sqlite3, subprocess, sys, tempfile, threading, urllib.parse
from house import House, Line, POINTS, Tally, duties, envelope, rounds_pack
from offline import noise

MINUTE, YEAR = 60_000, 365 * 86_400_000
OFFSETS = [0, MINUTE, -MINUTE, 3 * MINUTE, -3 * MINUTE, 60 * MINUTE, -60 * MINUTE, 8 * 60 * MINUTE, -8 * 60 * MINUTE, YEAR, -YEAR, -50 * YEAR]
ALL = {point: "ok" for point in POINTS}


class Checks:
    """Named cases of one trial."""

    def __init__(self, name):
        self.name, self.count, self.failed = name, 0, 0

    def __call__(self, what, holds, detail=""):
        self.count += 1
        if not holds:
            self.failed += 1
            print("#", self.name, what, detail)


def state(answer):
    """The word a phone goes by."""
    try:
        return json.loads(answer).get("state", "")
    except ValueError:
        return ""


def move(line, minutes):
    """The demo's clock, forward; its jobs run on the way."""
    body = urllib.parse.urlencode({"csrf": line.csrf, "minutes": minutes})
    line.ask("POST", "/demo/clock", body, {"content-type": "application/x-www-form-urlencoded"})
    who = Line(line.port)
    who.cookie = line.cookie
    import time
    line.skew = json.loads(who.ask("GET", "/walks/session", None, {"accept": "application/json"})[1])["now"] - int(time.time() * 1000)


def change(house, *statements):
    """Lays hands on the file while the program stands still."""
    house.stop()
    base = sqlite3.connect(house.data + "/hallkeeper.sqlite")
    for sql, values in statements:
        base.execute(sql, values)
    base.commit()
    base.close()
    house.start()


def done_at(house, duty):
    """When the ledger's record says a round was done; None when there is none."""
    found = house.rows("select at from record where duty = ? order by id desc limit 1", (duty,))
    return found[0][0] if found else None


def clocks(tally, house, line, owed, dice):
    """O-4: what is done counts by the server's time, as long before its arrival as the phone says it was before its
    sending; both times are kept. Control: a phone whose clock is off and which lies about its sending is not found out."""
    check, tickets = Checks("O-4"), {}
    owed = list(owed)
    for place, duty in owed[:40]:
        tickets[duty] = line.ticket(place, duty)
    move(line, 60)

    def hand_in(ended_ago, off, ticket=None, sent_off=None, answers=ALL, device="o4-phone"):
        place, duty = owed.pop(0)
        now = line.now()
        body = envelope(line, device, answers, done=True, sent=now + (off if sent_off is None else sent_off), ended=now + off - ended_ago,
                        began=now + off - ended_ago - 600_000, at=now + off - ended_ago - 1000, ticket=tickets.get(duty, "") if ticket is None else ticket)
        status, answer = line.walk(place, duty, body, f"o4-{dice.getrandbits(96):024x}")
        return place, duty, now, json.loads(body), status, answer

    def near(a, b):
        return a is not None and abs(a - b) <= 3000

    for off in OFFSETS:
        for ago, what in ((20 * MINUTE, "ended twenty minutes ago"), (5 * 60 * MINUTE, "ended before the page was handed out")):
            place, duty, now, sent, status, answer = hand_in(ago, off)
            truth = max(now - ago, int(tickets[duty].split(".")[0]))
            kept = house.rows("select sent, began, ended from walk where duty = ?", (duty,))
            holds = status == 200 and state(answer) == "done" and near(done_at(house, duty), truth) and kept == [(sent["sent"], sent["began"], sent["ended"])]
            page = line.ask("GET", f"/duties/{place}/{duty}")[1].decode() if abs(off) > 2 * MINUTE else "时钟"
            check(f"{what}, clock off by {off // 1000} s", holds and "时钟" in page, (status, answer, done_at(house, duty), truth, kept))
    for off in (0, YEAR, -YEAR, 8 * 60 * MINUTE):
        _, duty, now, _, status, answer = hand_in(-30 * MINUTE, off)
        check(f"ended after it was sent, {off}", status == 200 and near(done_at(house, duty), now), (answer, done_at(house, duty), now))
    place, duty = owed[0]
    good = tickets[duty]
    for what, ticket in (("no ticket", ""), ("a ticket with another signature", good[:-1] + ("0" if good[-1] != "0" else "1")),
                         ("a later time under the same signature", str(int(good.split(".")[0]) + 600_000) + "." + good.split(".")[1]),
                         ("the ticket of another round", line.ticket(*owed[-1]))):
        _, duty, now, _, status, answer = hand_in(50 * MINUTE + 5 * 60 * MINUTE, 0, ticket=ticket)
        opens = house.rows("select opens from duty where id = ?", (duty,))[0][0]
        check(what, status == 200 and near(done_at(house, duty), max(now - 350 * MINUTE, opens)), (answer, done_at(house, duty), opens))
    for off in (0, YEAR, -YEAR, 60 * MINUTE, -60 * MINUTE, 8 * 60 * MINUTE):
        place, duty = owed.pop(0)
        now = line.now() + off
        line.walk(place, duty, envelope(line, "o4-phone", {POINTS[0]: "unseen"}, sent=now, at=now - 1000), f"o4-new-{dice.getrandbits(64):016x}")
        status, _ = line.walk(place, duty, envelope(line, "o4-phone", {POINTS[0]: "ok"}, sent=now + 500, at=now - 600_000), f"o4-old-{dice.getrandbits(64):016x}")
        answers = json.loads(house.rows("select answers from walk where duty = ?", (duty,))[0][0])
        check("a phone set back to an older copy", status == 200 and answers[POINTS[0]]["value"] == "unseen", answers)
    for _ in range(6):
        place, duty = owed.pop(0)
        said = []

        def tab(points):
            own = line.again()
            said.append(own.walk(place, duty, envelope(own, "o4-tabs-1", points), f"o4-tab-{dice.getrandbits(64):016x}")[0])
        tabs = [threading.Thread(target=tab, args=({point: "ok" for point in half},)) for half in (POINTS[:3], POINTS[3:])]
        [one.start() for one in tabs]
        [one.join() for one in tabs]
        answers = json.loads(house.rows("select answers from walk where duty = ?", (duty,))[0][0])
        check("two tabs", said == [200, 200] and sorted(answers) == POINTS, (said, answers))
    for _ in range(6):
        place, duty = owed.pop(0)
        line.walk(place, duty, envelope(line, "o4-before", {point: "ok" for point in POINTS[:3]}), f"o4-first-{dice.getrandbits(64):016x}")
        status, answer = line.walk(place, duty, envelope(line, "o4-after-1", {point: "ok" for point in POINTS[3:]}, done=True), f"o4-then-{dice.getrandbits(64):016x}")
        record = house.rows("select answers from record where duty = ?", (duty,))
        check("a phone that lost its store goes on", state(answer) == "done" and sorted(k for k in json.loads(record[0][0]) if "." not in k) == POINTS, answer)
    place, duty = owed.pop(0)
    many = [noise(dice, 4) for _ in range(500)]
    shas = [hashlib.sha256(one).hexdigest() for one in many]
    sent = [line.upload(sha, one)[0] for sha, one in zip(shas, many)]
    answers = {point: {"value": "ok", "photos": [{"sha": sha, "taken": line.now(), "live": True, "drawn": False} for sha in shas[n::5]]} for n, point in enumerate(POINTS[:5])}
    status, answer = line.walk(place, duty, envelope(line, "o4-photos", answers), "o4-five-hundred-photos")
    check("five hundred photos", set(sent) == {200} and status == 200 and house.rows("select count(*) from photo where duty = ?", (duty,))[0][0] == 500, (status, answer))
    place, duty = owed.pop(0)
    plain = json.loads(envelope(line, "o4-update", ALL))
    for what, body, wanted in (
        ("members not known yet", {**plain, "battery": 12, "points": [{**p, "mood": "good"} for p in plain["points"]]}, 200),
        ("no end and no ticket", {k: v for k, v in plain.items() if k not in ("ended", "ticket")}, 200),
        ("a version not known", {**plain, "v": 2}, 415), ("no version", {k: v for k, v in plain.items() if k != "v"}, 415), ("times as words", {**plain, "sent": str(plain["sent"])}, 400)):
        status, answer = line.walk(place, duty, json.dumps(body).encode(), f"o4-app-{dice.getrandbits(64):016x}")
        check("app updated: " + what, status == wanted and (status == 200 or b"error" in answer), (status, answer))
    for share in (1, 2, 3, 4):
        place, duty = owed.pop(0)
        photo = noise(dice, 40)
        sha = hashlib.sha256(photo).hexdigest()
        line.upload(sha, photo[:len(photo) * share // 5], total=len(photo))
        body = envelope(line, "o4-half-1", {POINTS[0]: {"value": "ok", "photos": [{"sha": sha, "taken": line.now(), "live": True, "drawn": False}]}})
        first, said = line.walk(place, duty, body, f"o4-half-{share}-0000000000")
        held = json.loads(line.ask("GET", f"/uploads/{sha}")[1])["received"]
        line.upload(sha, photo[held:] if held else photo, held, len(photo)) if not held else line.post(f"/uploads/{sha}?from={held}&total={len(photo)}", photo[held:])
        status, answer = line.walk(place, duty, body, f"o4-half-{share}-0000000000")
        check("the store was full in the middle of a photo", first == 409 and json.loads(said)["missing"] == [sha] and status == 200, (first, said, status, answer))
    # Control: its clock is a year behind and it says it sends by the right one: the truth cannot be known and is not found.
    _, duty, now, _, status, answer = hand_in(20 * MINUTE, -YEAR, sent_off=0)
    lied = done_at(house, duty)
    tally.say("O-4-clocks-and-copies", check.count, check.failed, f"a lie is off by {abs(lied - (now - 20 * MINUTE)) // MINUTE} min", not near(lied, now - 20 * MINUTE))


def lost_phone(tally, house, owed, dice):
    """O-5: nothing works on a phone that was signed out; one whose session only ran out goes on with its PIN. Control: the
    same requests on a phone still signed in."""
    check = Checks("O-5")
    place, duty = owed[0]
    photo = noise(dice)
    sha = hashlib.sha256(photo).hexdigest()
    tries = [("its page", lambda l: l.ask("GET", f"/duties/{place}/{duty}")), ("the queue's page", lambda l: l.ask("GET", "/queue")),
             ("an envelope", lambda l: l.post(f"/walks/{place}/{duty}", envelope(l, "o5-phone", {POINTS[0]: "ok"}), {"idempotency-key": f"o5-{dice.getrandbits(64):016x}"})),
             ("a photo", lambda l: l.post(f"/uploads/{sha}?from=0&total={len(photo)}", photo)), ("how far a photo is", lambda l: l.ask("GET", f"/uploads/{sha}", None, {"accept": "application/json"}))]
    live = Line(house.port, "cleaner-chengnan")
    open_ = [t(live)[0] for _, t in tries]
    page = live.ask("GET", f"/duties/{place}/{duty}")[2]["cache-control"]
    check("a page is asked for anew before it is shown", "no-cache" in page or "no-store" in page, page)
    status, _, headers = live.ask("GET", "/walks/session", None, {"accept": "application/json"})
    check("who one is is not stored", headers["cache-control"] == "no-store")
    gone = live.again()
    status, _, headers = live.ask("POST", "/sign-out", urllib.parse.urlencode({"csrf": live.csrf}), {"content-type": "application/x-www-form-urlencoded"})
    check("signing out has the browser forget what it kept", '"cache"' in (headers["clear-site-data"] or ""), dict(headers))
    for what, attempt in tries:
        check(what + " after signing out", attempt(gone)[0] in (303, 302, 401, 403), attempt(gone)[0])

    def renew(phone, pin):
        return phone.ask("POST", "/sign-in/pin", "pin=" + pin, {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"})[0]
    check("the PIN does not undo a sign-out", renew(gone, "1234") in (401, 403), renew(gone, "1234"))
    run_out, long_gone = Line(house.port, "cleaner-chengnan"), Line(house.port, "cleaner-chengnan")
    hashes = [hashlib.sha256(one.cookie.split("=", 1)[1].encode()).hexdigest() for one in (run_out, long_gone)]
    day = 86_400_000
    change(house, ("update session set ends = ? where token = ?", (run_out.now() - day, hashes[0])), ("update session set ends = ? where token = ?", (run_out.now() - 40 * day, hashes[1])))
    check("an envelope when the time ran out", tries[2][1](run_out)[0] in (303, 401, 403))
    check("a wrong PIN", renew(run_out, "9999") in (401, 403))
    check("the PIN long after", renew(long_gone, "1234") in (401, 403), renew(long_gone, "1234"))
    status, _, headers = run_out.ask("POST", "/sign-in/pin", "pin=1234", {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"})
    if status == 200:
        run_out.cookie = headers["set-cookie"].split(";")[0]
        run_out.csrf = json.loads(run_out.ask("GET", "/walks/session", None, {"accept": "application/json"})[1])["csrf"]
    check("the PIN goes on where the time ran out, and what waited is sent", status == 200 and tries[2][1](run_out)[0] == 200, status)
    lapsed = Line(house.port, "cleaner-chengnan")
    token = hashlib.sha256(lapsed.cookie.split("=", 1)[1].encode()).hexdigest()
    change(house, ("update session set ends = ? where token = ?", (lapsed.now() - day, token)), ("update person set active = 0 where login = 'cleaner-chengnan'", ()))
    check("the PIN of somebody who left", renew(lapsed, "1234") in (401, 403), renew(lapsed, "1234"))
    change(house, ("update person set active = 1 where login = 'cleaner-chengnan'", ()))
    tally.say("O-5-lost-phones", check.count, check.failed, f"signed in {sum(s == 200 for s in open_)} of {len(open_)} work", all(s == 200 for s in open_))


def forged(tally, house, line, owed, dice):
    """O-6: envelopes that are not what they say are refused, or what is wrong with them is said. Control: the true one."""
    check, owed = Checks("O-6"), list(owed)
    place, duty = owed.pop(0)
    port = house.port
    others = {row[0]: Line(port, row[0]) for row in house.rows(
        "select login from person where login in ('cashier-chengnan', 'director-chengnan', 'administrator', 'enterprise') or (login like 'cleaner-%' and login != 'cleaner-chengnan') order by login")[:8]}
    far = next(l for name, l in others.items() if name.startswith("cleaner-"))
    far_place, far_duty = duties(house, far)[0]
    good = json.loads(envelope(line, "o6-phone", ALL, done=True, ticket=line.ticket(place, duty)))

    def key():
        return f"o6-{dice.getrandbits(96):024x}"

    def counts():
        return house.rows("select (select count(*) from record), (select count(*) from walk), (select count(*) from finding), (select count(*) from photo)")[0]

    def refused(what, send, statuses=(400, 401, 403, 404, 409, 410, 413, 415, 422)):
        before = counts()
        status, answer = send()[:2]
        check(what, status in statuses and counts() == before, (status, answer[:200], before, counts()))

    def walk(who=line, at=(place, duty), body=None, headers=None, **members):
        data = body if body is not None else json.dumps({**good, **members}).encode()
        return who.post(f"/walks/{at[0]}/{at[1]}", data, {"idempotency-key": key(), **(headers or {})})

    for name, who in others.items():
        refused("sent by " + name, lambda: walk(who))
    refused("another hall's place", lambda: walk(at=(far_place, duty)))
    refused("another hall's duty", lambda: walk(at=(far_place, far_duty)))
    refused("another hall's duty under one's own place", lambda: walk(at=(place, far_duty)))
    refused("a duty there is not", lambda: walk(at=(place, "01KJN00000000000000000000")))
    plain = house.rows("select id from duty where place = ? and form not like '%round%' and form != '' and form not like '%check%' and state = 'open' limit 1", (place,))
    refused("a duty that is no round", lambda: walk(at=(place, plain[0][0])))
    refused("no token against forgery", lambda: walk(headers={"x-csrf": ""}))
    refused("another's token", lambda: walk(headers={"x-csrf": far.csrf}))
    refused("another site's page", lambda: walk(headers={"origin": "https://hall.example.net"}))
    refused("another site's script", lambda: walk(headers={"sec-fetch-site": "cross-site"}))
    refused("nobody signed in", lambda: walk(Line(port)))

    def pictured(sha):
        return [{**p, "photos": [{"sha": sha, "taken": line.now(), "live": True, "drawn": False}]} for p in good["points"][:1]]
    foreign = noise(dice)
    foreign_sha = hashlib.sha256(foreign).hexdigest()
    far.upload(foreign_sha, foreign)
    blob = house.rows("select blob from upload where sha = ?", (foreign_sha,), "photos.sqlite")[0][0]
    refused("a photo never sent", lambda: walk(points=pictured("0" * 64)))
    refused("another person's photo", lambda: walk(points=pictured(foreign_sha)))
    refused("another person's photo by the name it is kept under", lambda: walk(points=pictured(blob)))
    refused("a photo by half a name", lambda: walk(points=pictured("ab" * 20)))
    photo = noise(dice)
    sha = hashlib.sha256(photo).hexdigest()

    def part(path, data):
        return line.post("/uploads/" + path, data)
    uploads = lambda: house.rows("select (select count(*) from upload), (select count(*) from upload_part)", file="photos.sqlite")

    def no_upload(what, path, data):
        before = uploads()
        status, answer = part(path, data)[:2]
        check(what, 400 <= status < 500 and uploads() == before, (status, answer[:200]))
    no_upload("bytes that are not the announced ones", f"{'a' * 64}?from=0&total={len(photo)}", photo)
    no_upload("less announced than sent", f"{sha}?from=0&total=10", photo)
    no_upload("beyond the end", f"{sha}?from={len(photo)}&total={len(photo)}", photo)
    no_upload("before the start", f"{sha}?from=-5&total={len(photo)}", photo)
    no_upload("a name that is no hash", f"{'z' * 64}?from=0&total={len(photo)}", photo)
    no_upload("a name too short", f"{sha[:63]}?from=0&total={len(photo)}", photo)
    no_upload("13 MB announced", f"{sha}?from=0&total={13 << 20}", photo)
    no_upload("more announced than a number holds", f"{sha}?from=9223372036854775807&total=9223372036854775807", photo)
    no_upload("a part of 2 MB", f"{sha}?from=0&total={2 << 20}", bytes(2 << 20))
    no_upload("no picture at all", f"{hashlib.sha256(b'#!/bin/sh').hexdigest()}?from=0&total=9", b"#!/bin/sh")
    refused("cut short", lambda: walk(body=json.dumps(good).encode()[:-20]))
    refused("nested without end", lambda: walk(body=b"[" * 200_000))
    refused("nested members", lambda: walk(body=b'{"v":1,"points":' * 20_000))
    refused("501 points", lambda: walk(points=good["points"] * 90))
    refused("a device with markup in its name", lambda: walk(device="<script>alert"))
    refused("a word of 5,000 letters", lambda: walk(points=[{**good["points"][0], "note": "x" * 5000}]))
    refused("a moment before 1970", lambda: walk(points=[{**good["points"][0], "at": -1}]))
    refused("a moment of the year 300,000", lambda: walk(points=[{**good["points"][0], "at": 1 << 62}]))
    refused("a NUL in a word", lambda: walk(points=[{**good["points"][0], "note": "a\0b"}]))
    # What is kept, and what is wrong with it said.
    for what, answers in (("an answer there is not", {**ALL, POINTS[0]: "excellent"}), ("no way not to apply", {**ALL, POINTS[0]: "na"}), ("how bad, in no word of ours", {**ALL, POINTS[0]: {"value": "wanting", "severity": "fatal", "note": "x"}})):
        at = owed.pop(0)
        status, answer = line.walk(*at, envelope(line, "o6-phone", answers, done=True), key())
        check(what, state(answer) != "done" or "fatal" not in json.dumps(house.rows("select severity from finding where by_person = ?", (line.person,))), (status, answer))
    at = owed.pop(0)
    status, answer = line.walk(*at, envelope(line, "o6-phone", {**ALL, "ghost": "ok"}), key())
    check("points there are not are named", json.loads(answer).get("ignored") == ["ghost"], answer)
    at = owed.pop(0)
    body = json.loads(envelope(line, "o6-phone", ALL))
    line.walk(*at, json.dumps({**body, "person": far.person, "by": far.person, "place": far_place}).encode(), key())
    check("somebody else's name inside", house.rows("select person, place from walk where duty = ?", (at[1],)) == [(line.person, at[0])])
    for what, ticket in (("another duty's ticket", line.ticket(*owed[-1])), ("another person's ticket", far.ticket(far_place, far_duty)), ("a made-up ticket", f"{line.now()}.{'0' * 32}")):
        at = owed.pop(0)
        status, answer = line.walk(*at, envelope(line, "o6-phone", ALL, ticket=ticket), key())
        check(what, house.rows("select ticket from walk where duty = ?", (at[1],)) == [(None,)], (status, answer))
    used = key()
    at = owed.pop(0)
    line.walk(*at, envelope(line, "o6-phone", ALL), used)
    before = house.rows("select answers from walk where duty = ?", (at[1],))
    status, _ = line.walk(*at, envelope(line, "o6-phone", {point: "unseen" for point in POINTS}), used)
    check("other content under a used key", status == 409 and house.rows("select answers from walk where duty = ?", (at[1],)) == before, status)
    # One's own photo a second time, at another duty: kept, and said to who looks at either.
    line.upload(sha, photo)
    twice = [owed.pop(0), owed.pop(0)]
    for one in twice:
        line.walk(*one, envelope(line, "o6-phone", {POINTS[0]: {"value": "ok", "photos": [{"sha": sha, "taken": line.now(), "live": True, "drawn": False}]}}), key())
    director = others["director-chengnan"]
    said = ["照片" in director.ask("GET", f"/duties/{p}/{d}")[1].decode() and "别处" in director.ask("GET", f"/duties/{p}/{d}")[1].decode() for p, d in twice]
    check("one's own photo of another duty is said", said == [True, True], said)
    # Control: the true one, first and once more beside it by a colleague of the same role.
    status, answer = line.walk(place, duty, json.dumps(good).encode(), key())
    control = f"{status} {state(answer)}"
    # When the hall is closed: late, and the duty stays missed.
    late = owed.pop(0)
    move(line, 14 * 60)
    status, answer = line.walk(*late, envelope(line, "o6-phone", ALL, done=True), key())
    check("handed in after it had lapsed", state(answer) == "late" and house.rows("select state from duty where id = ?", (late[1],)) == [("missed",)], (status, answer))
    tally.say("O-6-forged", check.count, check.failed, control, control == "200 done")


def fresh(house, line):
    """Rounds nobody has begun."""
    begun = {row[0] for row in house.rows("select distinct duty from walk")}
    return [one for one in duties(house, line) if one[1] not in begun]


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true", help="the same: all of it takes seconds")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice, tally = random.Random(options.seed), Tally()
    pack = rounds_pack(tempfile.mkdtemp(prefix="hallkeeper-pack-"), 280)
    house = House(options.program, pack)
    try:
        line = Line(house.port, "cleaner-chengnan")
        owed = duties(house, line)
        clocks(tally, house, line, owed[:75], dice)
        lost_phone(tally, house, owed[75:], dice)
        line = Line(house.port, "cleaner-chengnan")
        forged(tally, house, line, fresh(house, line), dice)
        house.stop()
        run = subprocess.run([house.program, "verify", "--data", house.data], capture_output=True, text=True)
        tally.say("O-claims-ledger", 1, 0 if run.returncode == 0 else 1, run.stdout.strip().splitlines()[-1] if run.stdout else run.stderr[-200:], run.returncode == 0)
    finally:
        house.close()
        shutil.rmtree(pack, ignore_errors=True)
    sys.exit(1 if tally.short else 0)
