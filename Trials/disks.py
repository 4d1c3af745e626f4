#!/usr/bin/env python3
"""R-4, R-5, R-7: the disk is full, takes no writes, or turned a bit.

    disks.py PROGRAM [--only R-4,R-5,R-7] [--rounds N] [--bits N] [--seed N]      R-4 and R-5 mount a small disk: root only

R-4 the disk is filled under writers: writes are refused within a second in plain words, reading goes on, the administrator was told
    before, and it heals without a start. Control: a disk with room refuses nothing.
R-5 the disk is made read-only under writers and at start: refused in words, nothing answered is missing, back to rights it heals.
R-7 one bit of the database or of the photos turns: found at start, by verify or by a photo's hash, never served as if nothing had been.
    Control: a bit outside of any page in use is not called damage.
"""
import argparse, hashlib, http.client, json, os, random, shutil, sqlite3, subprocess, sys, tempfile, time
from house import Line
from witness import Crew, Program, Witness, rows, say


class SmallDisk:
    """An ext4 in a file, of so many MiB."""

    def __init__(self, size):
        self.work = tempfile.mkdtemp(prefix="hk-disk-")
        self.path = self.work + "/disk"
        subprocess.run(["truncate", "-s", f"{size}M", self.work + "/file"], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.work + "/file"], check=True)
        os.makedirs(self.path)
        subprocess.run(["mount", "-o", "loop", self.work + "/file", self.path], check=True)

    def fill(self, name="ballast"):
        descriptor = os.open(f"{self.path}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 512):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def remount(self, mode):
        return subprocess.run(["mount", "-o", f"remount,{mode}", self.path], capture_output=True).returncode == 0

    def end(self):
        subprocess.run(["umount", "-l", self.path], check=False)
        shutil.rmtree(self.work, ignore_errors=True)


def full(binary, rounds, dice):
    disk, failed, program, refused, unhurt = SmallDisk(400), 0, None, 0, 0
    try:
        program = Program(binary, disk.work + "/world", data=disk.path + "/data", days=0)
        program.start(wait=200)
        witness, token = Witness(disk.work + "/world"), program.token()
        crew = Crew(witness, [program.port], token, 4, mix=("case", "weather", "photo", "note"), again=False)
        time.sleep(2)
        crew.end()
        unhurt = crew.refused
        administrator = Line(program.port, "administrator")
        for number in range(rounds):
            wrong = []
            low = administrator.ask("GET", "/today")[1].decode()
            wrong += ["the administrator was not told"] * ("磁盘" not in low)
            disk.fill()
            crew = Crew(witness, [program.port], token, 4, mix=("case", "weather", "photo", "note"), again=False)
            began, read = time.monotonic(), []
            while time.monotonic() - began < 4:
                asked = time.monotonic()
                status = administrator.ask("GET", "/halls")[0]
                read.append(time.monotonic() - asked)
                wrong += [f"reading gives {status}"] * (status != 200)
                time.sleep(0.2)
            crew.end()
            odd = {s: n for s, n in crew.busy.items() if s not in (200, 201, 303, 507, 503, 429)}
            wrong += [f"{odd}"] * bool(odd) + [f"slowest {crew.slowest:.1f} s"] * (crew.slowest > 3)
            refused += crew.busy[507] + crew.busy[503]
            wrong += ["nothing was refused"] * (crew.busy[507] + crew.busy[503] == 0)
            line = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
            line.request("POST", "/api/v1/complaints", json.dumps({"kind": "BL2", "channel": "web", "text": "满了吗", "phone": "13800138000"}).encode(),
                         {"authorization": f"Bearer {token}", "content-type": "application/json", "idempotency-key": f"full-{number}"})
            reply = line.getresponse()
            said = reply.read().decode()
            wrong += [f"not in words: {reply.status} {said[:80]}"] * (reply.status not in (507, 503, 200, 201) or reply.status == 507 and "磁盘" not in said)
            os.unlink(disk.path + "/ballast")
            healed, began = False, time.monotonic()
            while not healed and time.monotonic() - began < 10:
                after = Crew(witness, [program.port], token, 1, mix=("case",), again=False, cap=1)
                time.sleep(0.3)
                after.end()
                healed = any(s in (200, 201) for s in after.busy)
            wrong += ["does not heal without a start"] * (not healed)
            wrong += [f"{k}: {m[:2]}" for k, m in witness.verdict(program).items() if m]
            if wrong:
                failed += 1
                print("#", number, "; ".join(dict.fromkeys(wrong))[:400], flush=True)
        program.stop()
        verified = program.run("verify")
        failed += verified.returncode != 0
        print(f"# {refused} writes refused, {len(witness.acked)} answered", flush=True)
        return say("R-4-disk-full", rounds, failed, f"{unhurt}-refused-with-room", unhurt == 0)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        disk.end()


def readonly(binary, rounds, dice):
    disk, failed, program = SmallDisk(160), 0, None
    try:
        program = Program(binary, disk.work + "/world", data=disk.path + "/data", days=0)
        program.start(wait=200)
        witness, token = Witness(disk.work + "/world"), program.token()
        control = Crew(witness, [program.port], token, 2, mix=("case",), again=False)
        time.sleep(1)
        control.end()
        program.stop()
        kinds = ["at start", "file at start", "folder at start", "under writers"]
        for number in range(rounds):
            kind, wrong = kinds[number % 4], []
            if kind == "under writers":
                program.start(wait=60)
                crew = Crew(witness, [program.port], token, 4, mix=("case", "weather"), again=False)
                time.sleep(dice.uniform(0.3, 1))
                # The kernel does not turn a disk round under open files: it does when the disk fails, so it is made to.
                turned = disk.remount("ro") or os.system(f"echo 1 > /proc/sys/vm/drop_caches; mount -o remount,ro,abort {disk.path} 2>/dev/null") == 0
                time.sleep(1)
                crew.end()
                wrong += [f"{s}" for s in crew.busy if s not in (200, 201, 303, 503, 507, 429)]
                wrong += ["does not read"] * (program.status("/health") != 200)
                program.kill()
                if turned and not disk.remount("rw"):
                    subprocess.run(["umount", "-l", disk.path])
                    subprocess.run(["e2fsck", "-fy", disk.work + "/file"], capture_output=True)
                    subprocess.run(["mount", "-o", "loop", disk.work + "/file", disk.path], check=True)
            else:
                file = program.data + "/hallkeeper.sqlite"
                if kind == "at start":
                    disk.remount("ro")
                words = [program.binary, "demo", "--port", str(program.port), "--data", program.data, "--days", "0"]
                # Root may write where nobody may: somebody else starts it.
                if kind != "at start":
                    mode = os.stat(program.data).st_mode
                    subprocess.run(["chmod", "-R", "a+rX", disk.work, program.data])
                    if kind == "file at start":
                        subprocess.run(["chmod", "a-w", file])
                    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + words if os.access(os.path.dirname(program.binary), os.X_OK) else words
                run = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd="/tmp")
                lines = [l for l in run.stderr.strip().splitlines() if l]
                wrong += [f"started all the same: {run.stdout[-100:]}"] * (run.returncode == 0)
                wrong += [f"says {lines}"] * (len(lines) != 1 or program.data not in run.stderr)
                disk.remount("rw")
                subprocess.run(["chmod", "u+w", file])
            program.start(wait=60)
            wrong += [f"{k}: {m[:2]}" for k, m in witness.verdict(program).items() if m]
            after = Crew(witness, [program.port], token, 1, mix=("case",), again=False, cap=1)
            time.sleep(0.4)
            after.end()
            wrong += ["does not write afterwards"] * (not any(s in (200, 201) for s in after.busy))
            program.stop()
            if wrong:
                failed += 1
                print("#", number, kind, "; ".join(map(str, wrong))[:400], flush=True)
        verified = program.run("verify")
        failed += verified.returncode != 0
        return say("R-5-read-only", rounds, failed, f"{control.refused}-refused-with-rights", control.refused == 0)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        disk.end()


def used(path):
    """Pages of a database that hold something, and those that hold nothing (from SQLite itself)."""
    base = sqlite3.connect(path)
    free, size, pages = base.execute("pragma freelist_count").fetchone()[0], base.execute("pragma page_size").fetchone()[0], base.execute("pragma page_count").fetchone()[0]
    base.close()
    return pages, size, free


def facts(folder):
    """Every row of every table that means something."""
    found = []
    for name in ("hallkeeper.sqlite", "photos.sqlite"):
        base = sqlite3.connect(f"file:{folder}/{name}?mode=ro&immutable=1", uri=True)
        base.text_factory = bytes
        for (table,) in base.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'complaint_words%' and name not in ('thumb')").fetchall():
            found.append((table, hashlib.sha256(repr(sorted(map(repr, base.execute(f'select * from "{table.decode()}"').fetchall()))).encode()).hexdigest()))
        base.close()
    return found


def bits(binary, count, dice):
    work, failed, silent, harmless = tempfile.mkdtemp(prefix="hk-bits-"), 0, 0, 0
    try:
        program = Program(binary, work + "/world", days=0)
        program.start(wait=200)
        witness, token = Witness(work + "/world"), program.token()
        crew = Crew(witness, [program.port], token, 4, mix=("case", "photo", "photo"))
        time.sleep(2)
        crew.end()
        program.stop()
        program.run("verify")
        good = facts(program.data)
        kinds = {"found at start": 0, "found by verify": 0, "unhurt": 0}
        for number in range(count):
            copy = work + "/copy"
            shutil.rmtree(copy, ignore_errors=True)
            os.makedirs(copy)
            for name in ("hallkeeper.sqlite", "photos.sqlite"):
                shutil.copy(f"{program.data}/{name}", copy)
            name = dice.choice(["hallkeeper.sqlite", "hallkeeper.sqlite", "photos.sqlite"])
            size = os.path.getsize(f"{copy}/{name}")
            at = dice.randrange(size)
            with open(f"{copy}/{name}", "r+b") as file:
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ 1 << dice.randrange(8)]))
            run = subprocess.run([program.binary, "verify", "--data", copy], capture_output=True, text=True)
            photo = subprocess.run([program.binary, "backup", "--data", copy, "--to", work + "/shelf"], capture_output=True, text=True)
            shutil.rmtree(work + "/shelf", ignore_errors=True)
            if run.returncode and not run.stdout:
                kinds["found at start"] += 1
            elif run.returncode or photo.returncode:
                kinds["found by verify"] += 1
            else:
                try:
                    same = facts(copy) == good
                except (sqlite3.DatabaseError, UnicodeDecodeError):
                    same = False
                kinds["unhurt"] += same
                # What is not kept by the ledger – sessions, drafts, keys of requests – is no fact of the hall.
                if not same:
                    changed = [t.decode() for (t, h), (u, g) in zip(facts(copy), good) if h != g] if same is False else []
                    real = [t for t in changed if t not in ("session", "credential", "setting", "idempotency", "draft", "complaint_search", "upload", "upload_part", "api_token", "migration")]
                    if real or not changed:
                        failed += 1
                        print("#", number, name, at, "not found:", real or changed, flush=True)
                    else:
                        kinds["unhurt"] += 1
        print("#", kinds, flush=True)
        # Control: nothing turned, nothing found.
        return say("R-7-one-bit", count, failed, f"whole-file-{program.run('verify').returncode}", program.run("verify").returncode == 0)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="R-4,R-5,R-7")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--bits", type=int, default=1000)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, binary, good, wanted = random.Random(options.seed), os.path.abspath(options.program), True, options.only.split(",")
    if "R-4" in wanted:
        good &= full(binary, options.rounds, dice)
    if "R-5" in wanted:
        good &= readonly(binary, options.rounds, dice)
    if "R-7" in wanted:
        good &= bits(binary, options.bits, dice)
    sys.exit(0 if good else 1)
