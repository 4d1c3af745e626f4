#!/usr/bin/env python3
"""R-2: power cuts around the real server. strace records what it writes into its data folder and when it answers; then the folder is
rebuilt as a cut at any of these calls could have left it, and looked through: every act answered before the cut is there, word for
word, every photo a row names is there, both files are whole.

    powercuts.py PROGRAM [--images N] [--seed N] [--writers 1,16]

A write that no fsync has followed may be lost, kept, kept without those before it, or torn at 512 bytes: four kinds of images in
turn. Control: the same recording, in which the log's fsync counts only before a checkpoint, as with synchronous=NORMAL; it has to
lose acts.
"""
import argparse, hashlib, json, os, random, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time
from witness import MARK, Crew, Program, Witness, say

CALLS = "openat,close,pwrite64,write,writev,sendto,sendmsg,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2"
HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def raw(text):
    return bytes.fromhex(text.replace("\\x", ""))


def lines(path):
    """The recorded calls, each whole: those another thread cut in two are put together where they ended. Answers count from where
    they began."""
    begun = {}
    for line in open(path):
        thread, call = line.rstrip("\n").split(None, 1)
        if call.endswith("<unfinished ...>"):
            begun[thread] = call[:-len("<unfinished ...>")].rstrip()
            if call.startswith(("write", "sendto", "sendmsg")):
                yield "answer", begun[thread]
        elif found := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            yield "call", begun.pop(thread, "") + found[1]
        else:
            if call.startswith(("write", "sendto", "sendmsg")):
                yield "answer", call
            yield "call", call


def recorded(path, data):
    """The operations on the files of the data folder, and the answers, in order: (kind, file, offset, bytes)."""
    files, found = {}, []
    inside = lambda name: name.startswith(data + "/") and ".sqlite" in name and not name.endswith(("-shm", ".lock"))
    for kind, call in lines(path):
        if kind == "answer":
            for text in HEX.findall(call):
                if text.startswith(r"\x48\x54\x54\x50"):  # HTTP
                    head = raw(text)
                    mark = MARK.search(head.split(b"\r\n\r\n")[0].decode("latin1"))
                    if mark and head[9:12] in (b"200", b"201", b"303"):
                        found.append(("ack", mark[0], 0, None))
            continue
        texts = HEX.findall(call)
        if m := re.match(r"openat\(.*\)\s*= (\d+)", call):
            name = os.path.normpath(os.path.join(data, raw(texts[0]).decode()))
            files[m[1]] = name
            if inside(name) and "O_TRUNC" in call:
                found.append(("truncate", name, 0, None))
        elif m := re.match(r"pwrite64\((\d+), .*, (\d+), (\d+)\)\s*= \d+", call):
            if inside(files.get(m[1], "")):
                found.append(("write", files[m[1]], int(m[3]), raw(texts[0])))
        elif m := re.match(r"write\((\d+), ", call):
            if inside(files.get(m[1], "")):
                found.append(("append", files[m[1]], 0, raw(texts[0])))
        elif m := re.match(r"ftruncate\((\d+), (\d+)\)", call):
            if inside(files.get(m[1], "")):
                found.append(("truncate", files[m[1]], int(m[2]), None))
        elif m := re.match(r"f(?:data)?sync\((\d+)\)\s*= 0", call):
            name = files.get(m[1], "")
            if inside(name) or os.path.normpath(name) == data:
                found.append(("sync", name, 0, None))
        elif call.startswith("unlink") and texts:
            name = raw(texts[0]).decode()
            if inside(name) and call.rstrip().endswith("= 0"):
                found.append(("unlink", name, 0, None))
        elif call.startswith("rename") and len(texts) == 2 and call.rstrip().endswith("= 0"):
            old, new = raw(texts[0]).decode(), raw(texts[1]).decode()
            if inside(new):
                found.append(("rename", old, 0, new))
        elif m := re.match(r"close\((\d+)\)", call):
            files.pop(m[1], None)
    return found


def apply(disk, operation):
    kind, name, at, more = operation
    if kind == "unlink":
        disk.pop(name, None)
    elif kind == "rename":
        if name in disk:
            disk[more] = disk.pop(name)
    else:
        file = disk.setdefault(name, bytearray())
        at = len(file) if kind == "append" else at
        if kind == "truncate":
            del file[at:]
            file.extend(b"\0" * (at - len(file)))
        else:
            if len(file) < at:
                file.extend(b"\0" * (at - len(file)))
            file[at:at + len(more)] = more


class Disk:
    """What is durable at a place in the recording, what is pending, what was answered; goes forward only."""

    def __init__(self, base, operations, normal=False):
        self.durable, self.pending, self.acked, self.at, self.operations, self.normal = {n: bytearray(b) for n, b in base.items()}, [], [], 0, operations, normal

    def go(self, cut):
        while self.at < cut:
            operation = self.operations[self.at]
            self.at += 1
            if operation[0] == "ack":
                self.acked.append(operation[1])
            elif operation[0] == "sync":
                if self.normal and operation[1].endswith("-wal") and not self.before_checkpoint(operation[1][:-4]):
                    continue
                rest = []
                for waiting in self.pending:
                    # A file's fsync takes its own writes; the folder's takes names that came and went.
                    mine = waiting[1] == operation[1] or waiting[0] in ("unlink", "rename") and os.path.dirname(waiting[1]) == operation[1]
                    apply(self.durable, waiting) if mine else rest.append(waiting)
                self.pending = rest
            else:
                self.pending.append(operation)

    def before_checkpoint(self, file):
        for operation in self.operations[self.at:self.at + 3]:
            if operation[0] == "write" and operation[1] == file:
                return True
        return False

    def image(self, kind, dice):
        disk = {n: bytearray(b) for n, b in self.durable.items()}
        kept = list(self.pending)
        if kind == "none":
            kept = []
        elif kind == "subset":
            kept = [o for o in kept if dice.random() < 0.5]
            dice.shuffle(kept)
        elif kind == "torn" and kept and kept[-1][0] == "write":
            what, name, at, more = kept[-1]
            kept[-1] = (what, name, at, more[:512 * dice.randrange(0, len(more) // 512 + 1)])
        for operation in kept:
            apply(disk, operation)
        return disk


def look(folder, acked, texts, kinds, deep):
    """What is wrong with an image: a list of words, empty when nothing is."""
    base = sqlite3.connect(os.path.join(folder, "hallkeeper.sqlite"))
    photos = sqlite3.connect(os.path.join(folder, "photos.sqlite"))
    try:
        if deep and [r[0] for r in base.execute("pragma quick_check")] != ["ok"]:
            return ["corrupt"]
        if [r[0] for r in photos.execute("pragma quick_check")] != ["ok"]:
            return ["photos corrupt"]
        stored = " ".join(r[0] for r in base.execute("select text from personal union all select fields from event"))
        stored += " ".join(json.loads(r[0])["event"]["device"] for r in base.execute("select body from entry where kind = 'round.answered'"))
        lost = [m for m in acked if texts[m] not in stored]
        named = {h for (files,) in base.execute("select files from complaint_step where files <> ''") for h in files.split(",")}
        blobs = dict(photos.execute("select hash, bytes from blob"))
        gone = [h for h in named if h not in blobs or hashlib.sha256(blobs[h]).hexdigest() != h]
        seals = base.execute("select count(*) from seal").fetchone()[0] != base.execute("select count(*) from entry").fetchone()[0]
        return [f"lost {len(lost)}"] * bool(lost) + [f"{len(gone)} photos gone"] * bool(gone) + ["entries without seals"] * seals
    except sqlite3.DatabaseError as error:
        return [f"unreadable: {error}"]
    finally:
        base.close(), photos.close()


def cut(program, recording, images, dice, normal, scratch):
    """Looks at so many images; gives how many were bad, and the first words."""
    base, operations, data, texts = recording
    first = next((i for i, o in enumerate(operations) if o[0] == "ack"), 0)
    cuts = sorted(dice.randrange(first, len(operations) + 1) for _ in range(images))
    disk, bad, words = Disk(base, operations, normal), 0, []
    for number, place in enumerate(cuts):
        disk.go(place)
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        for name, content in disk.image(("none", "all", "subset", "torn")[number % 4], dice).items():
            with open(os.path.join(scratch, os.path.basename(name)), "wb") as file:
                file.write(content)
        wrong = look(scratch, disk.acked, texts, None, True)
        if not wrong and not normal and number % 100 == 99:
            # The program's own look: everything against the ledger.
            shutil.rmtree(scratch + "-restored", ignore_errors=True)
            run = subprocess.run([program, "restore", scratch, "--data", scratch + "-restored"], capture_output=True, text=True)
            wrong = [run.stderr[:300]] if run.returncode else []
        if wrong:
            bad += 1
            words += [f"cut at {place} of {len(operations)}: {'; '.join(wrong)}"]
    return bad, words


def record(binary, writers, acts, folder):
    """A recording of so many acts by so many writers: the files before, the operations, the folder, the texts."""
    program = Program(binary, folder, days=0, env={"HALLKEEPER_PROXIES": "1"})
    program.start(wait=200)
    token = program.token()
    program.stop()
    data = os.path.realpath(program.data)
    base = {os.path.join(data, n): open(os.path.join(data, n), "rb").read() for n in os.listdir(data) if ".sqlite" in n and not n.endswith(("-shm", ".lock"))}
    trace = os.path.join(folder, "trace")
    program.data, program.wrap = data, ["strace", "-f", "-qq", "-xx", "-s", "2000000", "-e", "trace=" + CALLS, "-e", "signal=none", "-o", trace]
    program.start(wait=200)
    witness = Witness(folder)
    crew = Crew(witness, [program.port], token, writers, mix=("case", "note", "photo", "weather"), cap=max(1, acts // writers))
    for thread in crew.threads:
        thread.join(600)
    crew.running = False
    server = int(subprocess.run(["pgrep", "-P", str(program.process.pid)], capture_output=True, text=True).stdout.split()[0])
    os.kill(server, signal.SIGKILL)
    program.process.wait()
    operations = recorded(trace, data)
    os.unlink(trace)
    return base, operations, data, witness.texts


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--images", type=int, default=5000)
    options.add_argument("--writers", default="1,16")
    options.add_argument("--acts", type=int, default=160)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice = random.Random(options.seed)
    scratch = tempfile.mkdtemp(prefix="hk-cuts-", dir="/dev/shm")
    work = tempfile.mkdtemp(prefix="hk-powercuts-")
    failed = images = lost = tried = 0
    try:
        crews = [int(n) for n in options.writers.split(",")]
        for writers in crews:
            recording = record(options.program, writers, options.acts, os.path.join(work, str(writers)))
            acks = sum(o[0] == "ack" for o in recording[1])
            syncs = sum(o[0] == "sync" for o in recording[1])
            share = options.images // len(crews)
            bad, words = cut(options.program, recording, share, dice, False, scratch + "/image")
            failed, images = failed + bad, images + share
            for word in words[:5]:
                print("#", word)
            control, _ = cut(options.program, recording, max(8, share // 10), dice, True, scratch + "/image")
            lost, tried = lost + control, tried + max(8, share // 10)
            print(f"# {writers} writers: {acks} answers, {len(recording[1])} operations, {syncs} syncs", flush=True)
        good = say("R-2-power-cuts", images, failed, f"NORMAL-{lost}-of-{tried}-bad", lost > 0)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
