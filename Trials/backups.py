#!/usr/bin/env python3
"""B-1, B-2, B-3: backups under writers, with the server or the backup killed at random; damaged backups; naive copies.

    backups.py PROGRAM [--short] [--seed N]

The witness stands outside the program: each writer's acts carry words of their own, which are written down when the server
has answered, and looked for in what a backup restores.
"""
import argparse, http.client, json, os, random, re, shutil, signal, sqlite3, subprocess, sys, tempfile, threading, time, urllib.parse, uuid
import verify

PORT = 18950
failures = 0


def say(name, cases, failed, control, isRight):
    global failures
    isGood = failed == 0 and isRight and cases > 0
    failures += 0 if isGood else 1
    print(f"{name} {cases} {failed} control={control} {'ok' if isGood else 'short'}", flush=True)


class Server:
    def __init__(self, program, data):
        self.program, self.data, self.process = program, data, None
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program, "demo", "--data", self.data, "--days", "1", "--port", str(PORT)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the server does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def ask(self, method, path, fields=None, cookie="", line=None):
        """On a line of its own, or on one that is kept: thousands of closed lines would use up the machine's ports."""
        kept, line = line, line or http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        try:
            body = urllib.parse.urlencode(fields) if fields else None
            line.request(method, path, body, {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"})
            answer = line.getresponse()
            return answer.status, answer.read().decode(), answer.headers.get("set-cookie") or ""
        except (OSError, http.client.HTTPException):
            line.close()
            raise
        finally:
            if not kept:
                line.close()


class Writers:
    """Report the weather without end, each report with its own words; `acknowledged` holds those that were answered."""
    def __init__(self, server, count):
        self.server, self.acknowledged, self.running = server, [], True
        status, _, cookie = server.ask("POST", "/sign-in", {"login": "director-chengnan", "password": "demo-hallkeeper"})
        self.cookie = cookie.split(";")[0]
        page = server.ask("GET", "/report/weather.reported", cookie=self.cookie)[1]
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        self.threads = [threading.Thread(target=self.write, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def write(self):
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        while self.running:
            words = "W" + uuid.uuid4().hex[:16]
            fields = {"csrf": self.csrf, "key": uuid.uuid4().hex, "kind": "rain", "note": words}
            try:
                if self.server.ask("POST", "/report/weather.reported", fields, self.cookie, line)[0] in (200, 303):
                    self.acknowledged.append(words)
                else:
                    time.sleep(0.05)
                time.sleep(0.005)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # killed; it comes again

    def end(self):
        self.running = False
        for thread in self.threads:
            thread.join()


def words_in(database):
    """Every writer's words that stand in a database, read by SQL alone."""
    base = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = set()
    for query in ("select fields from event", "select text from personal"):
        for (text,) in base.execute(query):
            found.update(re.findall(r"W[0-9a-f]{16}", text))
    base.close()
    return found


def finished(shelf):
    return {name for name in os.listdir(shelf) if name.startswith("hallkeeper-")} if os.path.isdir(shelf) else set()


def restored(program, backup, root):
    """Whether a backup restores and both verifiers call it whole; gives the words in it."""
    target = os.path.join(root, "restored-" + uuid.uuid4().hex[:8])
    run = subprocess.run([program, "restore", backup, "--data", target], capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr.strip()
    try:
        problems, _ = verify.whole(target)
        return (None, problems[0]) if problems else (words_in(os.path.join(target, "hallkeeper.sqlite")), "")
    finally:
        shutil.rmtree(target, ignore_errors=True)


def under_fire(program, server, writers, root, count, dice):
    """B-1. The control copies the file alone, as a careless hand would: it must lack acts that were answered."""
    shelf, failed, lacking, killed = os.path.join(root, "shelf"), 0, 0, 0
    while len(writers.acknowledged) < 50:
        time.sleep(0.1)
    for number in range(count):
        before, known = list(writers.acknowledged), finished(shelf)
        shutil.copy(os.path.join(server.data, "hallkeeper.sqlite"), os.path.join(root, "naive.sqlite"))
        try:
            lacking += not set(before) <= words_in(os.path.join(root, "naive.sqlite"))
        except sqlite3.DatabaseError:
            lacking += 1
        backup = subprocess.Popen([program, "backup", "--data", server.data, "--to", shelf, "--daily", "1000"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        fate = dice.choice(["let be", "backup killed", "server killed"])
        if fate != "let be":
            time.sleep(dice.uniform(0.005, 0.6))
            killed += 1
            (backup.kill if fate == "backup killed" else server.kill)()
        problem = backup.communicate()[1].strip()
        if fate == "server killed":
            server.start()
        new = finished(shelf) - known
        if fate != "backup killed" and (backup.returncode != 0 or len(new) != 1):
            failed += 1
            print("#", fate, "no backup:", problem[:300])
        for name in new:
            inside, why = restored(program, os.path.join(shelf, name), root)
            if inside is None or not set(before) <= inside:
                failed += 1
                print("#", fate, name, why or f"{len(set(before) - inside)} answered acts are not in it")
            if number % 10 != 9:
                shutil.rmtree(os.path.join(shelf, name))
    say("B-1-under-fire", count, failed, f"{lacking}>0", lacking > 0)
    print(f"# {killed} kills, {len(writers.acknowledged)} answered acts", flush=True)


def damaged(program, root, count, dice):
    """B-2: a byte, a page, a photo. The note is made to fit where a photo goes, so that the contents alone betray it."""
    shelf = os.path.join(root, "shelf-2")
    subprocess.run([program, "backup", "--data", os.path.join(root, "data"), "--to", shelf], check=True, capture_output=True)
    good = os.path.join(shelf, finished(shelf).pop())
    failed = 0
    for number in range(count):
        copy = os.path.join(root, "damaged")
        shutil.copytree(good, copy)
        kind = dice.choice(["byte", "page", "photo"])
        if kind == "photo":
            import hashlib
            base = sqlite3.connect(os.path.join(copy, "photos.sqlite"))
            base.execute("delete from blob")
            base.commit(), base.close()
            with open(os.path.join(copy, "backup.json")) as file:
                note = json.load(file)
            with open(os.path.join(copy, "photos.sqlite"), "rb") as file:
                note["files"]["photos.sqlite"] = hashlib.sha256(file.read()).hexdigest()
            with open(os.path.join(copy, "backup.json"), "w") as file:
                json.dump(note, file)
        else:
            path = os.path.join(copy, dice.choice(["hallkeeper.sqlite", "photos.sqlite"]))
            with open(path, "r+b") as file:
                pages = os.path.getsize(path) // 4096
                file.seek(dice.randrange(pages) * 4096 + (0 if kind == "page" else dice.randrange(4096)))
                old = file.read(1 if kind == "byte" else 4096)
                file.seek(-len(old), 1)
                file.write(bytes([old[0] ^ 1 << dice.randrange(8)]) if kind == "byte" else (bytes(4096) if any(old) else b"\x01" * 4096))
        inside, _ = restored(program, copy, root)
        failed += inside is not None
        shutil.rmtree(copy)
    whole, why = restored(program, good, root)
    say("B-2-damaged", count, failed, "whole" if whole is not None else why, whole is not None)


def naive(program, server, root, count, dice):
    """B-3: copies of a served database made with cp are named so at start; the control copies it after an orderly end."""
    failed, names = 0, ["hallkeeper.sqlite", "photos.sqlite"]
    choices = [names, names + [n + "-wal" for n in names], None]
    for number in range(count):
        copy, chosen = os.path.join(root, "naive"), dice.choice(choices)
        if chosen is None:
            shutil.copytree(server.data, copy)
        else:
            os.makedirs(copy)
            for name in chosen:
                shutil.copy(os.path.join(server.data, name), copy)
        run = subprocess.run([program, "verify", "--data", copy], capture_output=True, text=True)
        if run.returncode == 0 or "was copied while the program had it open" not in run.stderr:
            failed += 1
            print("#", chosen or "the folder", run.returncode, (run.stdout + run.stderr).strip()[-400:])
        shutil.rmtree(copy)
        time.sleep(dice.uniform(0, 0.1))
    server.stop()
    copy = os.path.join(root, "closed")
    shutil.copytree(server.data, copy)
    run = subprocess.run([program, "verify", "--data", copy], capture_output=True, text=True)
    say("B-3-naive-copies", count, failed, run.stdout.strip().split("\n")[-1].replace(" ", "-"), run.returncode == 0)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    dice, root = random.Random(options.seed), tempfile.mkdtemp(prefix="hk-backups-")
    server = Server(os.path.abspath(options.program), os.path.join(root, "data"))
    try:
        writers = Writers(server, 4)
        under_fire(server.program, server, writers, root, 5 if options.short else 60, dice)
        damaged(server.program, root, 5 if options.short else 60, dice)
        naive(server.program, server, root, 5 if options.short else 100, dice)
        writers.end()
    finally:
        server.process.kill()
        shutil.rmtree(root, ignore_errors=True)
    sys.exit(1 if failures else 0)
