#!/usr/bin/env python3
"""R-4 and R-5: the data on a disk of its own (ext4 in a file, mounted by root) that fills up under load, and one that becomes read-only.

    full.py PROGRAM [--short] [--only R-4|R-5] [--rounds N]

R-4: a warning before (below a tenth), then no byte free: acts are refused with 507 or 503 in plain words within a second, pages are
read, nothing is half there; room again, and acts are kept without a restart; a backup onto a full disk is not half there either.
R-5: the file system turns read-only under load; a start on one; files that may not be written. Never a 2xx for what is not kept.
Controls: who believes each refusal to be an answer is found to have lost acts; the same disk with room refuses nobody.
"""
import argparse, glob, json, os, shutil, subprocess, sys, tempfile, threading, time
from shim import Hand, wrong
from faults import made
from witness import Program, Witness, rows, say


class Disk:
    """A file with ext4 in it, mounted. Sparse: it takes no room of its own before it is written."""

    def __init__(self, folder, mebibytes):
        self.image, self.at = os.path.join(folder, "disk.img"), os.path.join(folder, "disk")
        with open(self.image, "wb") as file:
            file.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", self.image], check=True)
        os.makedirs(self.at, exist_ok=True)
        self.mount()

    def mount(self, options="loop,errors=remount-ro"):
        subprocess.run(["mount", "-o", options, self.image, self.at], check=True)

    def free(self):
        found = os.statvfs(self.at)
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    def leave(self, share):
        """Takes room until only this share of all is free; 0: not a byte."""
        free, total = self.free()
        take = free - int(total * share)
        path = os.path.join(self.at, f"ballast-{time.monotonic_ns()}")
        if take > 4096:
            with open(path, "wb") as file:
                for size in (take, take * 99 // 100):
                    try:
                        os.posix_fallocate(file.fileno(), 0, size)
                        break
                    except OSError:
                        continue
        if share == 0:
            for size in (1 << 20, 4096, 1024):
                try:
                    file = os.open(path + f"-{size}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                except OSError:
                    continue
                try:
                    while os.write(file, b"\0" * size):
                        pass
                except OSError:
                    pass
                os.close(file)

    def clear(self):
        for path in glob.glob(os.path.join(self.at, "ballast-*")):
            os.unlink(path)

    def fail(self):
        """An error of the file system, as a broken disk gives: it turns read-only."""
        source = os.path.basename(subprocess.run(["findmnt", "-n", "-o", "SOURCE", self.at], capture_output=True, text=True).stdout.strip())
        with open(f"/sys/fs/ext4/{source}/trigger_fs_error", "w") as file:
            file.write("1\n")

    def close(self):
        subprocess.run(["umount", "-l", self.at], check=False)


def place(binary, folder, template, disk):
    """The world, moved onto the disk."""
    data = os.path.join(disk.at, "data")
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(template.data, data)
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(template.folder, "token"), folder)
    return Program(binary, folder, data=data, days=0)


def warned(hand):
    status, body = hand.get("/ready")
    return any("disk low" in text for text in json.loads(body).get("warnings", [])) if status in (200, 503) else None


def load(hand, seconds, count=4):
    """Several who act for a while; gives every status and the slowest answer."""
    said, slowest, lock, end = [], [0.0], threading.Lock(), time.monotonic() + seconds

    def work():
        own = Hand(hand.program, hand.witness, hand.token)
        own.believes_all = hand.believes_all
        number = 0
        while time.monotonic() < end:
            status = own.act(photo=number % 3 == 2, wide=300)
            with lock:
                said.append((status, own.said))
            number += 1
            time.sleep(0.02)
        with lock:
            slowest[0] = max(slowest[0], own.slowest)
    threads = [threading.Thread(target=work) for _ in range(count)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return said, slowest[0]


def filled(binary, template, folder, rounds, seconds):
    """R-4; gives cases, failed, what the control said, whether it stands."""
    disk = Disk(folder, 12 << 10)
    cases, failed, refused, program = 0, 0, 0, None
    try:
        program = place(binary, os.path.join(folder, "r4"), template, disk)
        program.start(wait=60)
        witness = Witness(program.folder)
        hand = Hand(program, witness, program.token())
        calm, usual = load(hand, seconds)
        calm = sum(status not in (200, 201) for status, _ in calm)
        for number in range(rounds):
            problems = []
            disk.leave(0.3)
            problems += ["warned with 30 % free"] if warned(hand) else []
            disk.leave(0.095)
            problems += [] if warned(hand) else ["no warning below a tenth"]
            disk.leave(0)
            said, slowest = load(hand, seconds)
            away = [(s, b) for s, b in said if s not in (200, 201)]
            refused += len(away)
            problems += [] if away else ["nothing was refused on a full disk"]
            odd = {s for s, _ in away} - {507, 503}
            problems += [f"answered {odd}"] if odd else []
            problems += [f"not in words: {b[:80]}" for s, b in away if s == 507 and "磁盘".encode() not in b and b"disk" not in b][:1]
            # A second; on a machine that is busy with other things, as much as with room.
            late = slowest > max(1, 2 * usual)
            problems += [f"an answer took {slowest:.1f} s"] if late else []
            problems += [f"{path} is not read" for path in ("/sign-in", "/health") if hand.get(path)[0] != 200]
            if number % 5 == 0:
                target = os.path.join(disk.at, "backups")
                run = program.run("backup", "--to", target)
                whole = [n for n in (os.listdir(target) if os.path.isdir(target) else []) if n.startswith("hallkeeper-")]
                problems += [] if run.returncode and not whole and run.stderr.strip() else [f"a backup onto a full disk: {run.returncode} {whole}"]
                shutil.rmtree(target, ignore_errors=True)
            disk.clear()
            took = hand.works(10)
            problems += [] if took is not None else ["does not write again when there is room"]
            problems += wrong(program, witness)
            cases += 1
            failed += 1 if problems else 0
            if problems:
                print("# R-4", number, "; ".join(problems)[:400], flush=True)
        program.stop()
        verified = program.run("verify")
        if verified.returncode:
            failed += 1
            print("#", verified.stdout[:400], verified.stderr[:200])
        # The control: somebody who takes a refusal for an answer.
        program.start(wait=60)
        hand.believes_all = True
        disk.leave(0)
        load(hand, 1)
        lost = len(witness.verdict(program)["lost"])
        disk.clear()
        print(f"# R-4: {len(witness.acked)} acts answered, {refused} refused on a full disk, {calm} with room", flush=True)
        return cases, failed, f"{lost}-lost-by-who-believes-refusals", lost > 0 and calm == 0
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        disk.close()


def turned(binary, template, folder, rounds):
    """R-5; gives cases, failed, what the control said, whether it stands."""
    disk = Disk(folder, 2 << 10)
    cases, failed, program, lost = 0, 0, None, 0
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    def case(name, problems):
        nonlocal cases, failed
        cases += 1
        failed += 1 if problems else 0
        if problems:
            print("# R-5", name, "; ".join(problems)[:400], flush=True)

    def refuses(own):
        """A start that has to end with one line that names the place."""
        try:
            own.start(wait=20)
        except RuntimeError as error:
            lines = [l for l in str(error).split("\n") if "Error: " in l]
            return [] if lines and own.data in lines[-1] and (own.process.poll() or 0) > 0 else [f"says: {str(error)[-200:]}"]
        hand = Hand(own, Witness(own.folder), own.token())
        said = [hand.act() for _ in range(3)]
        own.kill()
        return ["kept acts it could not write"] if 201 in said else []

    try:
        program = place(binary, os.path.join(folder, "r5"), template, disk)
        witness = Witness(program.folder)
        for number in range(rounds):
            program.start(wait=60)
            hand = Hand(program, witness, program.token())
            problems = [] if hand.works() is not None else ["does not write to begin with"]
            if number == rounds - 1:
                hand.believes_all = True
            disk.fail()
            after = [hand.act(photo=n % 3 == 2) for n in range(8)]
            problems += [f"answered {after}"] if set(after[1:]) - {503, 507} else []
            problems += [] if hand.get("/sign-in")[0] == 200 else ["a page is not read"]
            if number == rounds - 1:
                lost = len(witness.verdict(program)["lost"])
            hand.believes_all = False
            program.kill()
            case("turns read-only under load", problems)
            # A start on the same disk as it now is.
            case("a start on a read-only disk", refuses(program))
            disk.close()
            subprocess.run(["fsck.ext4", "-fy", disk.image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            disk.mount()
            program.start(wait=60)
            hand = Hand(program, witness, program.token())
            back = [] if hand.works() is not None else ["does not write when the disk does again"]
            found = [p for p in wrong(program, witness) if not (lost and p.startswith("lost"))]
            program.stop()
            case("writable again", back + found)
            # Files that may not be written, for a program that is not root.
            own = Program(binary, os.path.join(folder, f"nobody-{number}"), data=os.path.join(disk.at, f"nobody-{number}"), days=0, wrap=nobody)
            shutil.copytree(program.data, own.data)
            shutil.copy(os.path.join(template.folder, "token"), own.folder)
            subprocess.run(["chown", "-R", "65534:65534", own.data], check=True)
            os.chmod(os.path.join(own.data, "hallkeeper.sqlite"), 0o444)
            case("a database of mode 0444", refuses(own))
            # What the start made beside the file has the same mode.
            for name in os.listdir(own.data):
                os.chmod(os.path.join(own.data, name), 0o644)
            own.start(wait=60)
            os.chmod(os.path.join(own.data, "hallkeeper.sqlite-shm"), 0o444)
            own.kill()
            case("an index of the log of mode 0444", refuses(own))
            shutil.rmtree(own.data, ignore_errors=True)
        return cases, failed, f"{lost}-lost-by-who-believes-refusals", lost > 0
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        disk.close()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--only")
    options.add_argument("--rounds", type=int)
    options = options.parse_args()
    if os.getuid() != 0:
        print("# R-4 and R-5 mount a disk of their own: they need root and were not run")
        sys.exit(1)
    if not os.environ.get("HALLKEEPER_MOUNTS"):
        # Mounts of its own: nobody else keeps a disk open that was taken away here.
        os.execvpe("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv], {**os.environ, "HALLKEEPER_MOUNTS": "own"})
    folder, good = tempfile.mkdtemp(prefix="hallkeeper-full-"), True
    os.chmod(folder, 0o755)
    try:
        template = made(options.program, os.path.join(folder, "template"))
        if options.only in (None, "R-4"):
            good &= say("R-4-disk-full", *filled(options.program, template, folder, options.rounds or (1 if options.short else 20), 1 if options.short else 6))
        if options.only in (None, "R-5"):
            good &= say("R-5-read-only", *turned(options.program, template, folder, options.rounds or (1 if options.short else 5)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
