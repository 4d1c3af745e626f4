#!/usr/bin/env python3
"""R-7: one bit flipped in what a crash left – a page of the database, a frame of its log, a photo – before the program is started.

    bits.py PROGRAM [--short] [--count N] [--seed N]

Each flip is found by the start, by `verify` with the day's printed seals, or by the nightly backup's look at everything, and the
file or table is named; or it changed nothing of what the ledger keeps (another SQLite's dump of every such table says so).
Control: the same bits looked for by a program that looks at the file's structure only (SQLite's own check) are missed.
"""
import argparse, hashlib, os, random, re, shutil, signal, sqlite3, subprocess, sys, tempfile
from shim import Hand
from place import root
from witness import Program, Witness, say

# Not kept by the ledger, or made from what is: sign-ins, sessions, drafts, marks against sending twice, small pictures, indexes of words.
APART = {"session", "credential", "setting", "draft", "idempotency", "migration", "thumb", "upload", "upload_part", "unsealed", "outlet", "api_token", "complaint_search",
         "complaint_words", "seal_signature"}
NAMED = re.compile(r"\.sqlite|photo|table|entry|seal|chain|page|row|index|tree|personal text|\b\w+ \S+: ", re.I)


def dump(folder):
    """Every row of every table of a copy, by another SQLite; None when it cannot be read."""
    side = tempfile.mkdtemp(prefix="hallkeeper-side-")
    try:
        said = {}
        for name in ("hallkeeper.sqlite", "photos.sqlite"):
            for part in (name, name + "-wal"):
                if os.path.exists(os.path.join(folder, part)):
                    shutil.copy(os.path.join(folder, part), side)
            base = sqlite3.connect(os.path.join(side, name))
            base.text_factory = bytes
            for (table,) in base.execute("select name from sqlite_master where type = 'table'").fetchall():
                table = table.decode()
                if table.startswith("sqlite_") or any(table == a or table.startswith(a + "_") for a in APART):
                    continue
                said[name, table] = hashlib.sha256(repr(sorted(map(repr, base.execute(f"select * from \"{table}\"").fetchall()))).encode()).hexdigest()
            base.close()
        return said
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    finally:
        shutil.rmtree(side, ignore_errors=True)


def structure(folder):
    """Whether SQLite's own check finds something."""
    side = tempfile.mkdtemp(prefix="hallkeeper-side-")
    try:
        for name in os.listdir(folder):
            if ".sqlite" in name and not name.endswith(("-shm", ".lock", ".open")):
                shutil.copy(os.path.join(folder, name), side)
        for name in ("hallkeeper.sqlite", "photos.sqlite"):
            base = sqlite3.connect(os.path.join(side, name))
            # What is damaged may be told in the bytes that are.
            base.text_factory = bytes
            if base.execute("pragma integrity_check(1)").fetchone()[0] != b"ok":
                return True
            base.close()
        return False
    except sqlite3.Error:
        return True
    finally:
        shutil.rmtree(side, ignore_errors=True)


class Folder:
    """What the crash left, put back before each flip into the same files: the program knows a copy by its inode."""

    def __init__(self, data):
        self.data, self.kept = data, {n: open(os.path.join(data, n), "rb").read() for n in os.listdir(data) if not n.endswith(("-shm", ".lock"))}

    def back(self):
        for name in os.listdir(self.data):
            if name not in self.kept and not name.endswith(".lock"):
                os.unlink(os.path.join(self.data, name))
        for name, content in self.kept.items():
            path = os.path.join(self.data, name)
            with open(path, "r+b" if os.path.exists(path) else "wb") as file:
                file.write(content)
                file.truncate()

    def flip(self, name, byte, bit):
        with open(os.path.join(self.data, name), "r+b") as file:
            file.seek(byte)
            old = file.read(1)[0]
            file.seek(byte)
            file.write(bytes([old ^ 1 << bit]))

    def photo_bytes(self):
        """Where photos' own bytes stand in the files."""
        found = []
        base = sqlite3.connect(f"file:{self.data}/photos.sqlite?mode=ro", uri=True)
        for (blob,) in base.execute("select bytes from blob where length(bytes) > 600").fetchall():
            for name in ("photos.sqlite", "photos.sqlite-wal"):
                content = self.kept.get(name, b"")
                for start in range(0, len(blob) - 200, 512):
                    at = content.find(blob[start:start + 64])
                    if at >= 0:
                        found.append((name, at, 64))
        base.close()
        return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--count", type=int)
    options.add_argument("--seed", type=int, default=7)
    options = options.parse_args()
    dice, count = random.Random(options.seed), options.count or (24 if options.short else 1000)
    work = tempfile.mkdtemp(prefix="hallkeeper-bits-")
    binary = os.path.abspath(options.program)
    try:
        subprocess.run([binary, "simulate", "--halls", "1", "--days", "1", "--seed", "3", "--data", work + "/data"], check=True, stdout=subprocess.DEVNULL, cwd=root)
        program = Program(binary, work, command="serve")
        program.start(wait=60)
        hand = Hand(program, Witness(work), program.token())
        acted = [hand.act(photo=n % 5 == 4) for n in range(40)]
        program.kill()
        folder = Folder(program.data)
        folder.back()
        base = sqlite3.connect(f"file:{program.data}/hallkeeper.sqlite?mode=ro", uri=True)
        seals = [f"{c}:{s}:{h}" for c, s, h in base.execute("select chain, seq, hash from seal s where seq = (select max(seq) from seal where chain = s.chain)")]
        base.close()
        folder.back()
        truth, photos = dump(program.data), folder.photo_bytes()
        sealed = [word for seal in seals for word in ("--seal", seal)]
        found, failed, missed, unnamed = {}, 0, 0, 0
        for number in range(count):
            folder.back()
            kind = ("page", "frame", "photo")[(0, 1, 0, 1, 2)[number % 5]]
            if kind == "photo":
                name, at, length = dice.choice(photos)
                byte = at + dice.randrange(length)
            else:
                name = "hallkeeper.sqlite" + ("-wal" if kind == "frame" else "")
                byte = dice.randrange(len(folder.kept[name]))
            bit = dice.randrange(8)
            folder.flip(name, byte, bit)
            missed += not structure(program.data)
            changed = dump(program.data)
            run = program.run("verify", *sealed)
            by, text = "start or verify", run.stdout + run.stderr
            if run.returncode == 0:
                run = program.run("backup", "--to", work + "/backups")
                by, text = "backup", run.stdout + run.stderr
                shutil.rmtree(work + "/backups", ignore_errors=True)
            if run.returncode:
                if run.returncode < 0:
                    failed += 1
                    print("#", name, byte, bit, "the program fell:", run.returncode, text[-200:], flush=True)
                elif not NAMED.search(text):
                    unnamed += 1
                    print("#", name, byte, bit, "nothing is named:", text[:200], flush=True)
                if "is damaged" in text or "Error" in text:
                    by = "start" if by != "backup" else by
            else:
                by = "nobody: nothing of the ledger's changed" if changed == truth else "NOBODY"
                if by == "NOBODY":
                    failed += 1
                    print("#", name, byte, bit, "is found by nobody", [k for k in truth if changed is None or changed.get(k) != truth[k]], flush=True)
            found[kind, by] = found.get((kind, by), 0) + 1
        print("# " + "; ".join(f"{kind} {by}: {n}" for (kind, by), n in sorted(found.items())), flush=True)
        print(f"# before: {acted.count(201)} acts, {len(seals)} seals, {len(photos)} places in photos", flush=True)
        good = say("R-7-one-bit", count, failed + unnamed, f"{missed}-missed-by-structure-alone", missed > 0)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
