"""Trials of what nobody but supervision knows: two worlds that differ in one confidential case alone, asked the same of by
everybody (Z-3); numbers without gaps (Z-4); whoever is complained of never on the way (Z-5). From outside, with the built program.

    python3 Trials/confidential.py .build/debug/hallkeeper [--short] [--only Z-3]
"""
import json, os, random, re, shutil, subprocess, sys, tempfile, time, urllib.parse
from house import House, Line, Tally, unlike
from place import root

program, short = sys.argv[1], "--short" in sys.argv
only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
tally = Tally()
form = {"content-type": "application/x-www-form-urlencoded"}
WORD = "薅羊毛"
EVERYBODY = ["guide-chengnan", "cleaner-chengnan", "guard-chengnan", "clerk-chengnan", "director-chengnan", "agent", "specialist", "shift-lead", "handler-billing", "unit-head-billing",
             "inspector", "enterprise", "department-head", "leader", "administrator"]


def post(line, path, **fields):
    status, body, headers = line.ask("POST", path, urllib.parse.urlencode({"csrf": line.csrf, **fields}), form)
    return status, body.decode(errors="replace"), headers


def clock(line, minutes):
    for _ in range(minutes // 60):
        post(line, "/demo/clock", minutes="60")
    for _ in range(minutes % 60 // 15):
        post(line, "/demo/clock", minutes="15")


def take_in(line, **more):
    """A case at the desk; gives its id, or the code of one that was handed over."""
    fields = {"door": "complaint", "kind": "BL2", "severity": "S4", "channel": "hotline", "text": "水费翻倍要求查表", "phone": "13800138000", "name": "王敏", **more}
    status, page, headers = post(line, "/complaints", **fields)
    if status != 303:
        raise SystemExit(f"not taken in: {status} " + " ".join(re.findall(r'class="problem"[^>]*>([^<]*)', page)[:4]))
    return headers["location"].rstrip("/").split("/")[-1]


# What is drawn anew for each answer, and what the seconds between two questions change.
MASKS = [(re.compile(r'name="(key|csrf|opened|work)" value="[^"]*"'), ""), (re.compile(r'name="seed"[^>]*value="\d+"'), ""), (re.compile(r"[0-9a-f]{12,}"), "~"), (re.compile(r'data-(ticket|csrf)="[^"]*"'), ""),
         (re.compile(r"\d{1,2}:\d\d(:\d\d)?"), "~"), (re.compile(r"\d+ (天|小时|分|秒|d|h|min|s)\b"), "~"), (re.compile(r'"now":\d+'), "~"), (re.compile(r"不到 1 分"), "~"), (re.compile(r"刚过时限"), "~")]


# Cases taken in on both sides after the worlds parted, and their duties, have ids of their own, alike but for their first twenty
# characters, which are those of the act: B's are read as A's.
TWINS = {}


def address():
    """Another address for each question: the public's pages are so many a minute for one."""
    return "10.%d.%d.%d" % tuple(random.randrange(1, 255) for _ in range(3))


def masked(line, path, headers=None, other=False):
    if other:
        for own, twin in TWINS.items():
            path = path.replace(own, twin)
    status, body, reply = line.ask("GET", path, None, {"accept-encoding": "identity", "host": "hall.example.cn", "x-forwarded-for": address(), **(headers or {})})
    text = body.decode(errors="replace")
    for pattern, mark in MASKS:
        text = pattern.sub(mark, text)
    kept = {name: reply[name] for name in ("content-type", "location", "cache-control", "allow") if reply[name]}
    said = f"{status} {kept} {text}"
    if other:
        for own, twin in TWINS.items():
            said = said.replace(twin, own)
    return said


PATTERNS = [pattern for pattern in re.findall(r'Route\("([^"]+)"\)', open(os.path.join(root, "Sources/Hallkeeper/App/Site.swift")).read())]
UNASKED = {"/events", "/metrics", "/assets/:hash/:name"}


def addresses(line, case, quiet, places):
    """Every route without a parameter, every link of every list, and routes filled in with what is known and what is not."""
    found = {p for p in PATTERNS if ":" not in p and p not in UNASKED}
    word = urllib.parse.quote(WORD)
    found |= {f"/complaints?q={word}", "/complaints?q=9999", "/complaints?tab=closed", "/complaints?tab=late", "/complaints?q=channel:web",
              f"/ledger?q=misconduct", "/figures?by=kind", "/figures?by=channel", "/figures?by=unit", "/figures/rows?kind=MD1", "/api/v1/complaints", f"/api/v1/complaints?q={word}", "/coverage", "/halls"}
    for pattern in PATTERNS:
        if pattern.count(":") == 1 and ":place" in pattern and pattern not in UNASKED:
            found |= {pattern.replace(":place", place) for place in places}
        if pattern.startswith("/complaints/:complaint") and pattern.count(":") == 1:
            found |= {pattern.replace(":complaint", case), pattern.replace(":complaint", quiet)}
        if pattern.startswith("/track/:code") and pattern.count(":") == 1:
            found.add(pattern.replace(":code", "ABCDEFGHJKMNPQRS"))
    seen = set(found)
    for path in sorted(found):
        # Taking a table is an entry: asked of both worlds alike, below.
        if "export" in path or "xlsx" in path:
            continue
        status, body, _ = line.ask("GET", path, None, {"x-forwarded-for": address()})
        if status == 200:
            for link in re.findall(r'href="(/[^"#]*)"', body.decode(errors="replace")):
                link = link.replace("&amp;", "&")
                if not link.startswith(("/assets", "/language", "/sign-out", "/events")):
                    seen.add(link)
    return sorted(seen)


def beside(line):
    """What is shown beside the intake form while one types."""
    status, page, _ = post(line, "/complaints/beside", phone="13700009999", kind="MD1", text=f"抄表员索要{WORD}")
    return f"{status} {page}"


class Worlds:
    """One day of a utility, twice; in B also what nobody may know of."""

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="hallkeeper-two-")
        believed = {"HALLKEEPER_PROXIES": "1"}
        base = House(program, days=1, env=believed)
        agent = Line(base.port, "agent")
        self.case = take_in(agent)
        self.places = [row[0] for row in base.rows("select place from place where kind in ('company', 'department', 'call-centre', 'hall', 'unit') order by place")]
        base.stop()
        shutil.copytree(base.data, self.work + "/a")
        shutil.copytree(base.data, self.work + "/b")
        base.close()
        self.a, self.b = House(program, data=self.work + "/a", env=believed), House(program, data=self.work + "/b", env=believed)

    def close(self):
        self.a.close()
        self.b.close()
        shutil.rmtree(self.work, ignore_errors=True)


def z3(worlds):
    """Everybody asks the same of both worlds."""
    a, b = worlds.a, worlds.b
    variants = [dict(kind="MD1", text=f"抄表员索要{WORD}费", phone="13700009999", name="孤舟客"), dict(kind="MD4", text=f"班长把{WORD}卖给亲戚", anonymous="yes", phone="", name="", channel="web"),
                dict(kind="MD6", text=f"有人泄露投诉人{WORD}", phone="13700009999", channel="regulator"), dict(kind="EN5", text=f"指定{WORD}公司施工", phone="13700008888")]
    people = ["director-chengnan", "administrator"] if short else EVERYBODY
    variants = variants[:1] if short else variants
    lines = {login: (Line(a.port, login), Line(b.port, login)) for login in people}
    supervision = Line(b.port, "supervision")
    count, different, quiet = 0, [], "x"
    for number, variant in enumerate(variants):
        # Whoever took it in sees afterwards what everybody sees: nothing.
        recorder = Line(b.port, "agent")
        take_in(recorder, **variant)
        quiet = b.rows("select id from complaint where confidential = 1 order by id desc limit 1")[0][0]
        if number % 2 == 0:
            post(supervision, f"/complaints/{quiet}/acts/take-up")
            post(supervision, f"/complaints/{quiet}/acts/supplement", note="请问是哪一天")
        time.sleep(0.6)
        for login, (left, right) in lines.items():
            count += 1
            if beside(left) != beside(right):
                different.append(f"{login}: beside the intake form")
            for path in addresses(left, worlds.case, quiet, worlds.places):
                count += 1
                one, two = masked(left, path), masked(right, path, other=True)
                if one != two:
                    # A minute may have passed between the two: asked again, at once.
                    one, two = masked(left, path), masked(right, path, other=True)
                if one != two:
                    at = next((i for i, (x, y) in enumerate(zip(one, two)) if x != y), min(len(one), len(two)))
                    different.append(f"{login} {path}: …{one[max(0, at - 60):at + 80]}… | …{two[max(0, at - 60):at + 80]}…")
        # What is done afterwards is answered alike: number, stage, deadlines.
        for house_pair in [(Line(a.port, "agent"), Line(b.port, "agent"))]:
            numbers, ids = [], []
            for side, line in zip((a, b), house_pair):
                id = take_in(line, text=f"后来的一件 {number}", phone="13900000000")
                ids.append(id)
                numbers.append(side.rows("select number, stage, kind from complaint where id = ?", (id,))[0])
            TWINS[ids[0][:20]] = ids[1][:20]
            count += 1
            if numbers[0] != numbers[1]:
                different.append(f"numbers {numbers}")
    # In no longer time: the search and the lists, turn by turn.
    rounds, slow = (60, 0) if short else (500, 0)
    agents = (Line(a.port, "agent"), Line(b.port, "agent"))
    for path in (f"/complaints?q={urllib.parse.quote(WORD)}", "/complaints", "/complaints?q=9999"):
        for turn in range(3):
            times = ([], [])
            for _ in range(rounds):
                for side in random.sample((0, 1), 2):
                    start = time.perf_counter()
                    agents[side].ask("GET", path)
                    times[side].append(time.perf_counter() - start)
            chance = unlike(*times)
            count += 1
            if chance > 0.01:
                break
        else:
            different.append(f"time of {path}: {chance:.5f}")
    for line in different[:8]:
        print("Z-3:", line)
    # The control: for supervision the worlds do differ.
    differs = masked(Line(a.port, "supervision"), "/complaints") != masked(supervision, "/complaints")
    if os.environ.get("TRIAL_DEBUG"):
        for side in (a, b):
            print(side.rows("select kind, count(*) from entry where place = (select place from place where kind='company') group by kind"))
    tally.say("Z-3-two-worlds", count, len(different), "supervision-sees-a-difference" if differs else "no-difference", differs)


def z4(worlds):
    """Numbers of the one kind do not count those of the other."""
    house = worlds.b
    agent, before = Line(house.port, "agent"), worlds.b.rows("select max(seq) from complaint where series = 'TS' and day = (select max(day) from complaint)")[0][0] or 0
    for kind in ("BL2", "MD1", "BL2", "MD2", "MD3", "BL2", "MD1", "BL2"):
        take_in(agent, kind=kind, text="次序", phone="13600000000")
    rows = house.rows("select series, day, seq from complaint order by id")
    failed, lists = 0, {}
    for series, day, seq in rows:
        lists.setdefault((series, day), []).append(seq)
    for (series, day), numbers in lists.items():
        failed += sorted(numbers) != list(range(1, len(numbers) + 1))
    # What everybody can count: the numbers on pages, the places of entries in the chains they see.
    page = agent.ask("GET", "/complaints?q=" + urllib.parse.quote("次序"))[1].decode()
    failed += "JB20" in page or len(set(re.findall(r"TS\d{8}-\d{4}", page))) < 4
    # The control: counted together there would be gaps.
    together = [seq for _, _, seq in rows]
    tally.say("Z-4-no-gaps", len(rows), failed, "gaps-when-counted-together" if any(key[0] == "JB" for key in lists) else "none", any(key[0] == "JB" for key in lists))


def z5(worlds):
    """Whoever is complained of, one after the other, whoever they are."""
    house = worlds.b
    chief, agent, supervision, head = (Line(house.port, login) for login in ("administrator", "agent", "supervision", "supervision-head"))
    people = ["handler-billing", "unit-head-billing", "agent", "shift-lead", "specialist", "director-chengnan", "enterprise", "department-head", "leader", "administrator", "supervision", "supervision-head"]
    if short:
        people = ["unit-head-billing", "supervision-head"]
    count, failed, told_others = 0, 0, 0

    def expect(holds, what):
        nonlocal count, failed
        count += 1
        if not holds:
            failed += 1
            print("Z-5:", what)

    for login in people:
        line = Line(house.port, login)
        for kind in ("MD1", "BL2"):
            recorder = supervision if kind == "MD1" else (agent if login != "agent" else Line(house.port, "shift-lead"))
            if kind == "MD1":
                take_in(agent, kind=kind, text="涉及" + login, phone="13500000000")
                case = house.rows("select id from complaint where confidential = 1 order by id desc limit 1")[0][0]
                namer = head if login == "supervision" else supervision
            else:
                case = take_in(agent, kind=kind, text="涉及" + login, phone="13500000000")
                namer = Line(house.port, "unit-head-billing") if login != "unit-head-billing" else agent
            status, page, _ = post(namer, f"/complaints/{case}/acts/name-party", person=login, reason="客户点名")
            expect(status == 303, f"{login} is not named: {status}")
            subject = ("misconduct:" if kind == "MD1" else "complaint:") + case
            number = house.rows("select number from complaint where id = ?", (case,))[0][0]
            before = house.rows("select count(*) from inbox join duty on duty.place = inbox.place and duty.id = inbox.duty where duty.subject = ? and inbox.person = ?", (subject, line.person))[0][0]
            expect(line.ask("GET", f"/complaints/{case}")[0] == 404, f"{login} sees {kind}")
            for path in ("/complaints", "/complaints?tab=approvals", "/today", "/api/today"):
                text = line.ask("GET", path)[1].decode()
                expect(case not in text and number not in text, f"{login} finds {kind} at {path}")
            for act, fields in (("sign", {}), ("approve", {}), ("call-back", {"reached": "reached", "satisfaction": "5", "solved": "yes"}), ("take-up", {}), ("name-party", {"person": "guide-chengnan", "reason": "不是我"}), ("note", {"note": "x"})):
                expect(post(line, f"/complaints/{case}/acts/{act}", **fields)[0] in (403, 404), f"{login} does {act} on {kind}")
            for place, duty in house.rows("select place, id from duty where subject = ? and state = 'open'", (subject,)):
                status, _, _ = post(namer, f"/duties/{place}/{duty}/handover", person=line.person)
                expect(house.rows("select holder from duty where place = ? and id = ?", (place, duty))[0][0] != line.person, f"{login} is handed {kind}")
            clock(chief, 60 if short else 180)
            rows = house.rows("select inbox.person, count(*) from inbox join duty on duty.place = inbox.place and duty.id = inbox.duty where duty.subject = ? group by inbox.person", (subject,))
            told = dict(rows)
            expect(told.get(line.person, 0) == before, f"{login} is told of {kind}")
            told_others += sum(n for person, n in told.items() if person != line.person)
            # A confidential one is joined to nothing, and nothing to it.
            if kind == "MD1":
                status, _, _ = post(agent, f"/complaints/{worlds.case}/acts/combine", into=number, reason="并案")
                expect(status in (404, 409, 422), "joined to a confidential case")
                expect(post(supervision, f"/complaints/{case}/acts/combine", into=worlds.case, reason="并案")[0] in (403, 404, 409, 422), "a confidential case joined")
    entries = house.rows("select count(*) from entry where kind = 'conflict.avoided'")[0][0]
    expect(entries > 0, "no entry says that somebody kept out")
    tally.say("Z-5-accused", count, failed, "others-are-told" if told_others else "nobody-is-told", told_others > 0)


worlds = Worlds()
try:
    for name, trial in (("Z-3", z3), ("Z-4", z4), ("Z-5", z5)):
        if only in ("", name):
            trial(worlds)
finally:
    worlds.close()
sys.exit(tally.short)
