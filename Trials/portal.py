"""Trials of what the public sees: codes tried out (P-1), what a code shows (P-2), floods (P-3), nobody's address kept (P-4).
From outside, with the built program; the witness is the database read beside it.

    python3 Trials/portal.py .build/debug/hallkeeper [--short] [--only P-3]
"""
import base64, collections, glob, hashlib, json, math, os, random, re, subprocess, sys, time, urllib.parse
from house import House, Line, Tally, unlike

program, short = sys.argv[1], "--short" in sys.argv
only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
tally = Tally()
alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
hidden = lambda page, name: re.search(f'name="{name}" value="([^"]*)"', page).group(1)
house = House(program, env={"HALLKEEPER_PROXIES": "1", "HALLKEEPER_LOG": "trace"})
chief = Line(house.port, "administrator")


def clock(minutes):
    """The demo's clock goes on."""
    while minutes > 0:
        step = 60 if minutes >= 60 else 15
        chief.ask("POST", "/demo/clock", urllib.parse.urlencode({"csrf": chief.csrf, "minutes": str(step)}), {"content-type": "application/x-www-form-urlencoded"})
        minutes -= step


class Customer:
    """A browser without scripts, at an address of its own."""

    def __init__(self, address="198.51.100.1", agent="Mozilla/5.0"):
        self.line, self.address, self.agent, self.cookies = Line(house.port), address, agent, {}

    def ask(self, method, path, fields=None, files=()):
        headers = {"x-forwarded-for": self.address, "user-agent": self.agent, "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "accept-language": "zh-CN"}
        body = None
        if files:
            mark = "frontier"
            parts = [f'--{mark}\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
            parts += [f'--{mark}\r\ncontent-disposition: form-data; name="photo"; filename="p.jpg"\r\ncontent-type: image/jpeg\r\n\r\n'.encode() + data + b"\r\n" for data in files]
            body, headers["content-type"] = b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
        elif fields is not None:
            body, headers["content-type"] = urllib.parse.urlencode(fields), "application/x-www-form-urlencoded"
        status, data, reply = self.line.ask(method, path, body, headers)
        for cookie in reply.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return status, data.decode(errors="replace"), reply

    def form(self):
        page = self.ask("GET", "/service")[1]
        return {"key": hidden(page, "key"), "opened": hidden(page, "opened")}

    def send(self, form, files=(), **more):
        fields = {"kind": "BL2", "text": "水费翻倍，要求查表", "phone": "13800138000", **form, **more}
        return self.ask("POST", "/service", fields, files)


def written(**more):
    """A case through the form; gives the customer and its code."""
    own = Customer("192.0.2." + str(random.randrange(1, 250)))
    form = own.form()
    clock(15)
    status, _, reply = own.send(form, **more)
    assert status == 303, status
    return own, re.search(r"/track/(\w+)", reply["location"]).group(1)


def p1():
    """Codes and digits tried out."""
    count = 400 if short else 20_000
    failed = 0
    owner, code = written()
    # What is drawn: every sign of thirty as often as every other, 78 bits.
    codes = "".join(row[0] for row in house.rows("select tracking from complaint"))
    failed += not set(codes) <= set(alphabet) or len(code) != 16 or 16 * math.log2(len(alphabet)) < 64
    answers = collections.defaultdict(list)
    rng = random.Random(7)
    for number in range(count):
        address = f"203.0.113.{number % 100}"
        kind = number % 4
        if kind == 0:
            typed, last = "".join(rng.choice(alphabet) for _ in range(16)), "8000"
        elif kind == 1:
            at = rng.randrange(16)
            typed, last = code[:at] + rng.choice(alphabet.replace(code[at], "")) + code[at + 1:], "8000"
        else:
            typed, last = code, f"{rng.randrange(10000):04}".replace("8000", "8001")
        stranger = Customer(address)
        if kind == 3:
            stranger.cookies["track"] = f"{typed}.{last}"
            status, page, _ = stranger.ask("GET", "/track/" + typed)
        else:
            status, page, _ = stranger.ask("POST", "/track", {"code": typed, "last": last})
        stranger.line.line.close()
        answers[address].append(status)
        failed += status == 303 or "TS20" in page
    looked = sum(1 for list_ in answers.values() for status in list_ if status in (200, 422))
    refused = sum(1 for list_ in answers.values() for status in list_ if status == 429)
    failed += refused == 0 and count > 1000
    failed += any(sum(1 for s in list_ if s != 429) > 60 for list_ in answers.values())
    # The same bytes for a wrong code and for wrong digits.
    clock(1500)
    pages = [Customer("198.18.0.9").ask("POST", "/track", {"code": typed, "last": "0000"}) for typed in (code, "ABCDEFGHJKMNPQRS")]
    failed += pages[0][0] != 422 or pages[0][1].replace(code, "") != pages[1][1].replace("ABCDEFGHJKMNPQRS", "")
    # … in the same time: no more than noise between them, in one of three turns.
    for turn in range(3):
        clock(1500)
        times = {code: [], "ABCDEFGHJKMNPQRS": []}
        for number in range(5 if short else 30):
            for typed in times:
                clerk = Customer(f"10.{turn}.{number}.{1 if typed == code else 2}")
                clerk.ask("GET", "/track")
                start = time.perf_counter()
                if clerk.ask("POST", "/track", {"code": typed, "last": "0000"})[0] == 422:
                    times[typed].append(time.perf_counter() - start)
                clerk.line.line.close()
        if unlike(*times.values()) > 0.01:
            break
    else:
        failed += 1
    # The control: with the right digits it opens.
    status = Customer("198.18.0.77").ask("POST", "/track", {"code": "-".join(code[i:i + 4] for i in range(0, 16, 4)).lower(), "last": "8000"})[0]
    if status == 429:
        clock(1500)
        status = Customer("198.18.0.77").ask("POST", "/track", {"code": code, "last": "8000"})[0]
    tally.say("P-1-codes", count, failed, "opened" if status == 303 else status, status == 303)
    return looked


def p2():
    """What a code shows, at each step of a life, against what staff wrote beside it."""
    owner, code = written(text="客户原话甲乙丙", name="客户本人", address="丁家巷七号")
    other, _ = written(text="另一件事的原话", phone="13800138000")
    case, number = house.rows("select id, number from complaint where tracking = ?", (code,))[0]
    secret = ["内部备注子", "调查事实丑", "证据材料寅", "补救措施卯", "联系记录辰", "上报摘要巳", "申请理由午", "批示意见未", "另一件事的原话", "客户本人", "丁家巷七号"]
    secret += [row[0] for row in house.rows("select personal.text from person join personal on personal.id = person.name")]
    secret += [row[0] for row in house.rows("select name_zh from place where kind = 'unit'")]
    steps = [
        ("handler-billing", "note", {"note": "内部备注子"}), ("handler-billing", "sign", {}), ("handler-billing", "contact", {"reached": "reached", "said": "联系记录辰"}),
        ("handler-billing", "no-visit", {"reason": "申请理由午"}), ("handler-billing", "ask", {"what": "extension", "until": "", "reason": "申请理由午"}), ("unit-head-billing", "grant", {"opinion": "批示意见未"}), ("handler-billing", "tell", {"said": "联系记录辰"}),
        ("handler-billing", "investigate", {"facts": "调查事实丑", "evidence": "证据材料寅", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "补救措施卯"}),
        ("handler-billing", "reply", {"reply": "已退补八十六元", "result": "solved"}), ("handler-billing", "report", {"summary": "上报摘要巳"}),
        ("agent", "call-back", {"reached": "reached", "satisfaction": "4", "solved": "yes", "said": "联系记录辰"}),
        ("handler-billing", "set-improvement", {"measure": "补救措施卯", "until": ""}), ("handler-billing", "carry-out-improvement", {"done": "补救措施卯"}), ("unit-head-billing", "verify-improvement", {"seen": "证据材料寅"}), ("shift-lead", "close", {"summary": "上报摘要巳"}),
    ]
    lines, failed, seen, done_before = {}, 0, 0, set()
    for login, act, fields in steps:
        line = lines.setdefault(login, Line(house.port, login))
        now = time.gmtime((line.now() + 8 * 3_600_000) / 1000 + 20 * 86400)
        if "until" in fields:
            fields = {**fields, "until": time.strftime("%Y-%m-%d", now)}
        status, body, _ = line.ask("POST", f"/complaints/{case}/acts/{act}", urllib.parse.urlencode({"csrf": line.csrf, **fields}), {"content-type": "application/x-www-form-urlencoded"})
        if status != 303:
            print("P-2:", act, status, re.findall(r'class="problem"[^>]*>([^<]*)', body.decode())[:3])
            failed += 1
        for path in (f"/track/{code}", f"/track/{code}/receipt"):
            status, page, reply = owner.ask("GET", path)
            seen += 1
            said = [word for word in secret if word and word in page]
            if status != 200 or said or reply["cache-control"] != "no-store":
                print("P-2:", act, path, status, said)
                failed += 1
    status, page, _ = owner.ask("GET", f"/track/{code}")
    failed += "已退补八十六元" not in page or number not in page
    # A confidential report: received, then concluded, and nothing of either.
    reporter, quiet = written(kind="MD1", text="窗口索要红包", anonymous="yes", phone="")
    case = house.rows("select id from complaint where tracking = ?", (quiet,))[0][0]
    line, allowed = Line(house.port, "supervision"), None
    for act, fields in (("", {}), ("take-up", {}), ("note", {"note": "内部备注子"}), ("conclude", {"conclusion": "调查事实丑", "finding": "founded"})):
        if act:
            status, body, _ = line.ask("POST", f"/complaints/{case}/acts/{act}", urllib.parse.urlencode({"csrf": line.csrf, **fields}), {"content-type": "application/x-www-form-urlencoded"})
            failed += status != 303
        page = reporter.ask("GET", f"/track/{quiet}")[1]
        rail = re.findall(r"<b>([^<]*)</b>", page.split('class="rail"')[1].split("</ol>")[0])
        seen += 1
        if rail not in (["已收到", "已收到，由专人处理"], ["已收到", "已有结论"]) or any(word in page for word in secret + ["JB20", "监察"]):
            print("P-2: confidential", act, rail)
            failed += 1
    # The control: staff see what the customer does not.
    there = "内部备注子" in lines["handler-billing"].ask("GET", f"/complaints/{house.rows('select id from complaint where tracking = ?', (code,))[0][0]}")[1].decode()
    tally.say("P-2-shown", seen, failed, "staff-see-it" if there else "nobody", there)


def p3():
    """A hall's shared address sends on; a flood from it is bounded, and nothing is dropped unsaid."""
    kept = lambda: house.rows("select count(*) from complaint")[0][0]
    hall, start, taken, failed = Customer("192.0.2.200"), kept(), 0, 0
    for _ in range(4):
        forms = [hall.form() for _ in range(18)]
        clock(15)
        for form in forms:
            status, _, _ = hall.send(form)
            taken += status == 303
    failed += taken < 60 or kept() - start != taken
    # Beyond what is free: a number computed over the form's mark, as its script does.
    flood = Customer("192.0.2.201")
    tries = 120 if short else 10_000
    forms = [flood.form() for _ in range(40)]
    clock(15)
    start, taken, shown, waits = kept(), 0, 0, 0
    for number in range(tries):
        form = forms[number % len(forms)]
        status, page, _ = flood.send(form, text=f"洪水 {number}", key=form["key"])
        taken += status == 303
        shown += status == 422 and f"洪水 {number}" in page
        waits += status in (409, 429)
        failed += status not in (303, 409, 422, 429)
    failed += kept() - start > 240 or taken + shown + waits != tries
    robots = Customer("192.0.2.202")
    form = robots.form()
    clock(15)
    for more in ({"website": "http://x"}, {"opened": "1." + "0" * 32}, {"key": "f" * 32}):
        status, page, _ = robots.send({**form, **more})
        failed += status != 422 or "水费翻倍" not in page
    # The control: the same form, as a person without scripts sends it, is kept.
    status = robots.send(form)[0]
    tally.say("P-3-floods", 72 + tries + 3, failed, "a-person-is-kept" if status == 303 else status, status == 303)


def p4():
    """Of whoever reports misconduct nothing is kept that they did not say: no address, no browser, no photo's origin."""
    agent, address = "Kanarienvogel/7.7 (Canary)", "203.0.113.222"
    reporter = Customer(address, agent)
    form = reporter.form()
    clock(15)
    exif = b"\xff\xd8\xff\xe1" + (len(b"Exif\0\0GPSKANARIEN") + 2).to_bytes(2, "big") + b"Exif\0\0GPSKANARIEN"
    from io import BytesIO
    picture = subprocess.run([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'')"], capture_output=True).stdout
    try:
        from PIL import Image
        out = BytesIO()
        Image.new("RGB", (64, 48), (200, 30, 30)).save(out, "JPEG")
        picture = exif + out.getvalue()[2:]
    except ImportError:
        picture = b""
    status, _, reply = reporter.send(form, files=[picture] if picture else (), kind="MD1", text="窗口索要红包暗号梧桐", anonymous="yes", phone="", name="")
    failed = status != 303
    code = re.search(r"/track/(\w+)", reply["location"]).group(1)
    reporter.ask("GET", "/track/" + code)
    reporter.ask("POST", f"/track/{code}/acts/supplement", {"note": "上周三下午", "key": "0" * 32})
    failed += "no-referrer" not in (reply["referrer-policy"] or "") and "same-origin" not in (reply["referrer-policy"] or "")
    clock(60)
    house.stop()
    places = [path for path in glob.glob(house.work + "/**", recursive=True) if os.path.isfile(path)]
    found = collections.Counter()
    for path in places:
        data = open(path, "rb").read()
        for word in (agent, "Kanarienvogel", address, "GPSKANARIEN"):
            found[word] += data.count(word.encode())
        found["control"] += data.count("暗号梧桐".encode())
    failed += sum(found[word] for word in (agent, "Kanarienvogel", address, "GPSKANARIEN"))
    # The control: what they did say is found in the same way.
    tally.say("P-4-anonymous", len(places), failed, "words-found" if found["control"] else "nothing-found", found["control"] > 0)


try:
    for name, trial in (("P-1", p1), ("P-2", p2), ("P-3", p3), ("P-4", p4)):
        if only in ("", name):
            trial()
finally:
    house.close()
sys.exit(tally.short)
