"""The witness of all trials of durability: it stands outside the program. It writes `SENT id` before an act and `ACK id` after the
answer, each on the disk before it goes on, and afterwards holds the program's files against that.

    ACK   → there exactly once, word for word     (else LOST, ALTERED, DOUBLED)
    SENT  → there once or not at all              (else DOUBLED)
    there → was SENT                              (else PHANTOM)

Acts: cases through the API, what customers add to them, photos with them, weather reported by form, checklists handed in by phones.
"""
import collections, hashlib, http.client, json, os, random, re, signal, sqlite3, subprocess, threading, time, urllib.parse
from house import Line, envelope
from offline import noise
from place import free_port, root

MARK = re.compile(r"W[0-9a-f]{20}")


def shared_token(folder, make):
    """A token of the API, kept with the world it opens."""
    path = os.path.join(folder, "token")
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(make())
    return open(path).read().strip()


class Program:
    """One process of the product over a folder or a PostgreSQL."""

    def __init__(self, binary, folder, database=None, port=None, command="demo", days=1, pack=None, env=None, data=None, wrap=()):
        os.makedirs(folder, exist_ok=True)
        self.binary, self.folder, self.database, self.port = os.path.abspath(binary), folder, database, port or free_port()
        self.data, self.command, self.days, self.pack, self.env, self.wrap = data or os.path.join(folder, "data"), command, days, pack, env or {}, list(wrap)
        self.process, self.used = None, 0.0

    @property
    def place(self):
        return ["--database", self.database] if self.database else ["--data", self.data]

    def start(self, wait=60, ready="/ready", more=()):
        """Starts it; gives how many seconds until it was ready. Raises when it ends or does not answer."""
        # libfaketime moves the environment, where Swift looks for the arguments: it has moved it already in `env`, which becomes the program.
        words = self.wrap + (["env"] if "faketime" in self.env.get("LD_PRELOAD", "") else []) + [self.binary, self.command, "--port", str(self.port)] + self.place + list(more)
        if self.command == "demo":
            words += ["--days", str(self.days)] + (["--pack", self.pack] if self.pack else [])
        began = time.monotonic()
        self.process = subprocess.Popen(words, cwd=root, stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.folder, f"log-{self.port}"), "a"),
                                        env={**os.environ, "HALLKEEPER_LOG": "warning", **self.env})
        while time.monotonic() - began < wait:
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode}: " + self.said()[-600:])
            if self.status(ready) == 200:
                self.used = self.seconds()
                return time.monotonic() - began
            time.sleep(0.02)
        raise RuntimeError("does not answer: " + self.said()[-600:])

    def status(self, path, timeout=2):
        """The status of an address, 0 when nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            line.request("GET", path)
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def seconds(self):
        """CPU time it has used since its start: a busy machine does not change it."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def said(self):
        path = os.path.join(self.folder, f"log-{self.port}")
        return open(path, errors="replace").read() if os.path.exists(path) else ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, most=60):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(most)
        except subprocess.TimeoutExpired:
            self.kill()

    def run(self, *words):
        """A command of the program over the same place."""
        return subprocess.run([self.binary, *words, *self.place], capture_output=True, text=True, cwd=root)

    def token(self):
        return shared_token(self.folder, lambda: self.run("token", "add", f"trial-{os.getpid()}-{random.getrandbits(32):x}", "--scope", "complaints:write", "--scope", "complaints:read").stdout)


def rows(program, sql):
    """What stands in the database, read beside the program by SQL alone."""
    if program.database:
        run = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", program.database, "-c", f"copy (select to_json(array[{sql[0]}]) from {sql[1]}) to stdout"], capture_output=True)
        if run.returncode:
            raise RuntimeError(run.stderr.decode()[:300])
        return [json.loads(line.replace("\\\\", "\\")) for line in run.stdout.decode().split("\n") if line]
    base = sqlite3.connect(f"file:{program.data}/hallkeeper.sqlite?mode=ro", uri=True, timeout=20)
    try:
        return base.execute(f"select {sql[0]} from {sql[1]}").fetchall()
    finally:
        base.close()


class Witness:
    """What was sent and what was answered, over all runs on one world."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "witness")
        self.sent, self.acked, self.texts, self.cases, self.lock = set(), {}, {}, {}, threading.Lock()
        if os.path.exists(self.path):
            for line in open(self.path, errors="replace"):
                parts = line.rstrip("\n").split(" ", 3)
                if parts[0] == "SENT" and len(parts) == 4:
                    self.sent.add(parts[1])
                    self.texts[parts[1]] = parts[3]
                elif parts[0] == "ACK" and len(parts) >= 3:
                    self.acked[parts[1]] = parts[2]
                    if len(parts) == 4:
                        self.cases[parts[1]] = parts[3]
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_DSYNC, 0o644)

    def say(self, text):
        with self.lock:
            os.write(self.file, (text + "\n").encode())

    def send(self, mark, kind, text):
        self.say(f"SENT {mark} {kind} {text}")
        self.sent.add(mark)
        self.texts[mark] = text

    def ack(self, mark, kind, more=""):
        self.say(f"ACK {mark} {kind} {more}".rstrip())
        self.acked[mark] = kind
        if more:
            self.cases[mark] = more

    def verdict(self, program):
        """Lost, altered, doubled, phantom: marks each."""
        found, altered = collections.Counter(), []
        texts = [row[0] for row in rows(program, ("text", "personal"))] + [row[0] for row in rows(program, ("fields", "event"))]
        texts += [json.loads(row[0])["event"]["device"] for row in rows(program, ("body", "entry where kind = 'round.answered'"))]
        for text in texts:
            for mark in set(MARK.findall(text)):
                found[mark] += 1
                if mark in self.texts and self.texts[mark] not in text:
                    altered.append(mark)
        known = set(self.acked)
        return {"lost": sorted(known - set(found)), "altered": altered, "doubled": sorted(m for m, n in found.items() if n > 1),
                "phantom": sorted(set(found) - self.sent)}

    def read_back(self, program, token, most=40):
        """Cases answered last, asked for through the program: how many are not as they were sent."""
        line, wrong = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20), 0
        for mark, case in list(self.cases.items())[-most:]:
            line.request("GET", f"/api/v1/complaints/{case}", headers={"authorization": f"Bearer {token}"})
            reply = line.getresponse()
            body = reply.read()
            wrong += reply.status != 200 or json.loads(body).get("text") != self.texts[mark]
        line.close()
        return wrong


class Crew:
    """Writers on lines of their own; each act has an id of its own, and is sent again under the same key when nobody answered."""
    MIX = ("case", "case", "note", "weather", "weather", "photo", "walk")

    def __init__(self, witness, ports, token, count=16, login="director-chengnan", walks=None, mix=None, again=True, seed=None, cap=None):
        self.witness, self.ports, self.token, self.again, self.running = witness, ports, token, again, True
        self.mix, self.walks, self.dice, self.cap = mix or self.MIX, walks or [], random.Random(seed), cap
        self.refused, self.errors, self.broken, self.slowest, self.busy = 0, 0, [], 0.0, collections.Counter()
        self.person = None
        for port in ports:
            try:
                self.person = Line(port, login)
                break
            except (OSError, http.client.HTTPException, SystemExit):
                continue
        self.threads = [threading.Thread(target=self.work, args=(number,), daemon=True) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        dice, lines = random.Random(f"{self.dice.random()}-{number}"), {}
        done = 0
        while self.running and (self.cap is None or done < self.cap):
            kind = dice.choice(self.mix)
            if kind == "walk" and not self.walks or kind == "note" and not self.witness.cases or kind in ("weather", "walk") and not self.person:
                kind = "case"
            mark = "W" + "".join(f"{b:02x}" for b in os.urandom(10))
            text = mark if kind == "walk" else f"{mark} 第{number}人写的，请保存 é😀 {dice.getrandbits(40):x}"
            self.witness.send(mark, kind, text)
            request = self.request(kind, mark, text, dice)
            for turn in range(40 if self.again else 1):
                if not self.running and turn:
                    break
                port = dice.choice(self.ports)
                began = time.monotonic()
                try:
                    line = lines.get(port)
                    if line is None:
                        line = lines[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                    line.request("POST", *request)
                    reply = line.getresponse()
                    status, body = reply.status, reply.read()
                except (OSError, http.client.HTTPException) as error:
                    self.errors += 1
                    lines.pop(port).close()
                    time.sleep(0.03)
                    continue
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.busy[status] += 1
                if status in (200, 201, 303):
                    case = json.loads(body).get("id", "") if kind == "case" and request[0] == "/api/v1/complaints" else ""
                    self.witness.ack(mark, kind, case)
                    done += 1
                    break
                self.refused += 1
                if status not in (429, 500, 503, 507):
                    self.broken.append((kind, status, body[:200]))
                    break
                time.sleep(0.1)

    def request(self, kind, mark, text, dice):
        """Made once: what is sent again is the same to the byte."""
        bearer = {"authorization": f"Bearer {self.token}", "idempotency-key": mark, "content-type": "application/json"}
        if kind == "case":
            body = json.dumps({"kind": "BL2", "channel": "web", "text": text, "phone": f"138{dice.getrandbits(26):08d}"[:11]}, ensure_ascii=False).encode()
            path, headers = "/api/v1/complaints", bearer
        elif kind == "note":
            case = dice.choice(list(self.witness.cases.values())[-50:])
            path, headers, body = f"/api/v1/complaints/{case}/notes", bearer, json.dumps({"note": text}, ensure_ascii=False).encode()
        elif kind == "photo" and self.witness.cases:
            case = dice.choice(list(self.witness.cases.values())[-50:])
            path = f"/api/v1/complaints/{case}/attachments?note={urllib.parse.quote(text)}"
            headers, body = {**bearer, "content-type": "image/png"}, noise(random.Random(mark))
        elif kind == "walk":
            place, duty = dice.choice(self.walks)
            # What a phone hands in is known by the phone: of several answers to one point the latest counts.
            body = envelope(self.person, text, {"p0": {"value": "unseen"}})
            path, headers = f"/walks/{place}/{duty}", {"cookie": self.person.cookie, "x-csrf": self.person.csrf, "accept": "application/json", "content-type": "application/json", "idempotency-key": mark}
        elif kind == "weather":
            body = urllib.parse.urlencode({"csrf": self.person.csrf, "key": mark.ljust(32, "0"), "kind": "rain", "note": text})
            path, headers = "/report/weather.reported", {"cookie": self.person.cookie, "content-type": "application/x-www-form-urlencoded"}
        else:
            return self.request("case", mark, text, dice)
        return path, body, {**headers, "x-request-id": mark}

    def end(self):
        self.running = False
        for thread in self.threads:
            thread.join(30)


def say(name, cases, failed, control, stands):
    """One line a trial; the exit code is the caller's."""
    good = cases > 0 and failed == 0 and bool(stands)
    print(f"{name} {cases} {failed} control={str(control).replace(' ', '-')} {'ok' if good else 'short'}", flush=True)
    return good
