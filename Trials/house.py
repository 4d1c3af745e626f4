"""What trials of rounds stand on: the demo with hundreds of rounds to walk, somebody signed in over a kept line, and the
facts read from the files by SQL alone."""
import hashlib, http.client, json, math, os, re, shutil, signal, sqlite3, subprocess, tempfile, time, urllib.parse
from place import free_port, root

POINTS = [f"p{n}" for n in range(6)]
BEGIN = re.compile(r'data-ticket="([^"]*)"')


def rounds_pack(folder, rules, points=POINTS, role="cleaner", every="day"):
    """The shipped pack with so many rounds a day more, each of the same points, each owed by one role."""
    shutil.copytree(os.path.join(root, "packs/guangan"), folder, dirs_exist_ok=True)
    lines = ["id: trial-round", 'title: {zh: "试走", en: "Trial round"}', "points:"]
    for point in points:
        lines.append(f'  - {{id: {point}, clause: "1.3-7", title: {{zh: "点 {point}", en: "Point {point}"}}, good: {{zh: "干净", en: "Clean"}}}}')
    with open(folder + "/rounds/trial-round.yaml", "w") as file:
        file.write("\n".join(lines) + "\n")
    with open(folder + "/rules/trial.yaml", "w") as file:
        file.write("rules:\n")
        for number in range(rules):
            file.write(f'  - {{id: trial-{number}, clause: "1.3-7", title: {{zh: "试走 {number}", en: "Trial {number}"}}, every: {every}, '
                       f'due: closing, lapses: closing, who: {role}, do: trial-round, reading: our}}\n')
    return folder


class House:
    """The program over a folder of its own (or a PostgreSQL), asked in plain HTTP."""

    def __init__(self, program, pack=None, data=None, database=None, days=0, env=None):
        self.program, self.database, self.env = os.path.abspath(program), database, {**os.environ, **(env or {})}
        self.work = tempfile.mkdtemp(prefix="hallkeeper-trial-")
        self.data, self.pack, self.days, self.port, self.process = data or self.work + "/data", pack, days, free_port(), None
        self.start()

    def start(self):
        """Starts it and waits until it answers."""
        words = [self.program, "demo", "--port", str(self.port), "--days", str(self.days)]
        words += ["--database", self.database] if self.database else ["--data", self.data]
        self.process = subprocess.Popen(words + (["--pack", self.pack] if self.pack else []), cwd=root, env=self.env, stdout=open(self.work + "/said", "a"), stderr=open(self.work + "/log", "a"))
        for _ in range(1800):
            try:
                Line(self.port).ask("GET", "/health")
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("the program does not start: " + open(self.work + "/log").read()[-600:])
                time.sleep(0.1)
        raise SystemExit("the program does not answer")

    def stop(self):
        """Ends it in good order."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def kill(self):
        """Ends it without a word."""
        self.process.kill()
        self.process.wait()

    def close(self):
        """Ends it and forgets what it kept."""
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.work, ignore_errors=True)

    def rows(self, sql, values=(), file="hallkeeper.sqlite"):
        """What stands in a file, read beside the program."""
        base = sqlite3.connect(f"file:{self.data}/{file}?mode=ro", uri=True, timeout=20)
        try:
            return base.execute(sql, values).fetchall()
        finally:
            base.close()

    def seconds(self):
        """CPU time the program has used: a busy machine does not change it."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, name="VmRSS"):
        """Resident memory of the program in MiB; VmHWM is the most it ever was."""
        return int(re.search(name + r":\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024


class Line:
    """One kept connection, and whoever speaks on it."""

    def __init__(self, port, login=None, host="127.0.0.1"):
        self.port, self.host, self.cookie, self.csrf, self.person, self.skew = port, host, "", "", "", 0
        self.line = http.client.HTTPConnection(host, port, timeout=60)
        if login:
            self.sign_in(login)

    def sign_in(self, login):
        """Signs in with the demo's password and learns who one is and what a form has to carry."""
        status, _, headers = self.ask("POST", "/sign-in", urllib.parse.urlencode({"login": login, "password": "demo-hallkeeper"}), {"content-type": "application/x-www-form-urlencoded"})
        if status != 303:
            raise SystemExit(f"{login} cannot sign in: {status}")
        self.cookie = headers["set-cookie"].split(";")[0]
        who = json.loads(self.ask("GET", "/walks/session", None, {"accept": "application/json"})[1])
        self.csrf, self.person, self.skew = who["csrf"], who["person"], who["now"] - int(time.time() * 1000)

    def again(self):
        """The same person on another line."""
        other = Line(self.port, host=self.host)
        other.cookie, other.csrf, other.person, other.skew = self.cookie, self.csrf, self.person, self.skew
        return other

    def now(self):
        """The server's time in milliseconds: a demo's clock goes on from where it stood."""
        return int(time.time() * 1000) + self.skew

    def ask(self, method, path, body=None, headers=None):
        """Status, bytes, headers. A line the server closed between two requests is opened again."""
        sent = {"cookie": self.cookie, **(headers or {})}
        for turn in (0, 1):
            try:
                self.line.request(method, path, body, sent)
                reply = self.line.getresponse()
                return reply.status, reply.read(), reply.headers
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.line.close()
                if turn:
                    raise
            except Exception:
                self.line.close()
                raise

    def photo(self, hash):
        """Where this session sees a photo: with the pass its pages give it."""
        inner = hashlib.sha256(f"{self.csrf}|photo|{hash}".encode()).hexdigest()
        return f"/photos/{hash}?pass=" + hashlib.sha256((self.csrf + inner).encode()).hexdigest()[:32]

    def post(self, path, body, headers=None):
        """Bytes with what a signed-in page carries."""
        return self.ask("POST", path, body, {"x-csrf": self.csrf, "accept": "application/json", "content-type": "application/json", **(headers or {})})

    def walk(self, place, duty, body, key=None):
        """Sends an envelope; gives the status and the bytes of the answer."""
        return self.post(f"/walks/{place}/{duty}", body, {"idempotency-key": key} if key else {})[:2]

    def upload(self, sha, data, start=0, total=None):
        """Sends a photo from a byte on, in parts as a phone does; gives the last status and answer."""
        total, answer = total or len(data), (0, b"")
        while start < len(data):
            part = data[start:start + (1 << 18)]
            answer = self.post(f"/uploads/{sha}?from={start}&total={total}", part, {"content-type": "application/octet-stream"})[:2]
            if answer[0] != 200:
                return answer
            start += len(part)
        return answer

    def ticket(self, place, duty):
        """The server's signed time on the page of a round."""
        status, page, _ = self.ask("GET", f"/duties/{place}/{duty}")
        found = BEGIN.search(page.decode()) if status == 200 else None
        return found.group(1) if found else ""


def duties(house, person_line, state="open"):
    """Trial rounds somebody owes: (place, id), in order."""
    places = [row[0] for row in house.rows("select distinct place from role_holder where person = ?", (person_line.person,))]
    marks = ",".join("?" * len(places))
    return house.rows(f"select place, id from duty where rule like 'trial-%' and state = ? and place in ({marks}) order by id", (state, *places))


def envelope(line, device, points, done=False, ended=None, sent=None, began=None, ticket="", at=None, version=1):
    """What a phone sends, as bytes. `points`: id → value, or a whole answer."""
    now = line.now()
    sent = now if sent is None else sent
    list_ = []
    for point, answer in points.items():
        answer = answer if isinstance(answer, dict) else {"value": answer}
        list_.append({"point": point, "severity": "", "note": "", "fixed": False, "at": at or sent - 1000, "photos": [], **answer})
    return json.dumps({"v": version, "device": device, "began": began or sent - 60_000, "ended": ended or (sent - 500 if done else None), "ticket": ticket,
                       "sent": sent, "done": done, "points": list_}, separators=(",", ":")).encode()


class Tally:
    """The lines of trials and whether all stand."""

    def __init__(self):
        self.short = 0

    def say(self, name, cases, failed, control, stands):
        """One line: name, cases, how many failed, what the control said. The control has to fail as it should."""
        good = cases > 0 and failed == 0 and bool(stands)
        self.short += 0 if good else 1
        print(f"{name} {cases} {failed} control={str(control).replace(' ', '-')} {'ok' if good else 'short'}", flush=True)


def unlike(a, b):
    """Mann–Whitney: how likely two lists of times as far apart as these are, when there is no difference."""
    ranked = sorted([(x, 0) for x in a] + [(x, 1) for x in b])
    rank = sum(i + 1 for i, (_, side) in enumerate(ranked) if side == 0)
    n, m = len(a), len(b)
    deviation = (n * m * (n + m + 1) / 12) ** 0.5
    return math.erfc(abs(rank - n * (n + m + 1) / 2) / deviation / 2 ** 0.5) if deviation else 1.0
