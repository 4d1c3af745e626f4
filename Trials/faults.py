#!/usr/bin/env python3
"""R-3: one call on the data fails – write, fdatasync, ftruncate, open, rename – with EIO or ENOSPC, the nth, once or from then on:
while it serves, and while it starts and stops.

    faults.py PROGRAM [--short] [--most N] [--folder DIR]

Never an answer that it is kept for what is not. What is not kept is refused in words, and taken again when the disk does, without a
restart. After a failed fdatasync nothing more is written, pages are still read, the program says why and ends; started again it has
every act it answered. A start that cannot be made ends with one line that names the folder.
Control: a disk that says yes and keeps nothing, and a kill: acts have to be found lost.
"""
import argparse, os, shutil, sys, tempfile, time
from shim import CALLS, ERRORS, Hand, Shim, lied, wrong
from witness import Program, Witness, say


def made(binary, folder):
    """A small demo and its token, in a folder of its own."""
    program = Program(binary, folder, days=0)
    program.start(wait=300)
    program.token()
    program.stop()
    return program


class Faults:
    def __init__(self, program, folder, most, short):
        self.program, self.most, self.short = program, most, short
        self.witness, self.token, self.shim = Witness(folder), program.token(), Shim(folder, program.data)
        self.plain = dict(program.env)
        program.env = {**program.env, **self.shim.env}
        self.cases, self.failed, self.ended = 0, 0, 0
        self.hand = Hand(program, self.witness, self.token)

    def case(self, name, problems):
        self.cases += 1
        if problems:
            self.failed += 1
            print("#", name, "; ".join(problems)[:500], flush=True)

    def again(self):
        """The program anew on the same files."""
        if self.program.process and self.program.process.poll() is None:
            self.program.kill()
        self.shim.rest()
        self.program.start(wait=60)
        self.hand.line = None

    def serving_write(self, error, nth, sticky):
        self.shim.arm(CALLS["write"], ERRORS[error], nth, sticky)
        said, problems = [], []
        for number in range(nth + 20):
            said.append(self.hand.act(photo=number % 4 == 3))
            if self.shim.fired and (said[-1] != 201 or number > 5):
                break
        while sticky and len(said) < 3:
            said.append(self.hand.act())
        if self.shim.fired and sticky and self.hand.act() in (200, 201):
            problems.append("answered 2xx while every write fails")
        odd = [s for s in said if s not in (200, 201, 503, 507)]
        problems += [f"answered {odd}"] if odd else []
        problems += [] if self.hand.get("/sign-in")[0] == 200 else ["a page is not read"]
        self.shim.rest()
        problems += [] if self.hand.works() is not None else ["does not write again when the disk does"]
        if self.cases % 10 == 9:
            self.again()
            problems += wrong(self.program, self.witness)
        self.case(f"write {error} {nth} {'sticky' if sticky else 'once'}", problems)

    def serving_sync(self, error, nth, sticky, waits):
        self.shim.arm(CALLS["fdatasync"], ERRORS[error], nth, sticky)
        problems = []
        for _ in range(nth + 20):
            status = self.hand.act()
            if self.shim.fired and status not in (200, 201):
                break
        if not self.shim.fired:
            problems.append("no fdatasync came")
        self.shim.rest()
        # The disk is well again; the program must not believe it.
        after = [self.hand.act() for _ in range(3)]
        problems += [f"writes after a failed sync: {after}"] if set(after) - {503} else []
        problems += [] if self.hand.get("/sign-in")[0] == 200 else ["a page is not read"]
        problems += [] if self.program.status("/ready") == 503 else ["says it is ready"]
        if waits:
            end = time.monotonic() + 25
            while self.program.process.poll() is None and time.monotonic() < end:
                time.sleep(0.2)
            code = self.program.process.poll()
            last = self.program.said().strip().split("\n")[-1]
            problems += [] if code not in (None, 0) and "durable" in last else [f"ended with {code}: {last[:200]}"]
            self.ended += 1
        self.again()
        problems += wrong(self.program, self.witness)
        problems += [] if self.hand.works() is not None else ["does not write after a new start"]
        self.case(f"fdatasync {error} {nth} {'sticky' if sticky else 'once'}", problems)

    def starting(self, call, error, nth, sticky):
        """Start, two acts, stop, with the fault armed all along. Gives whether the call came that often."""
        if self.program.process and self.program.process.poll() is None:
            self.program.stop()
        log = os.path.join(self.program.folder, f"log-{self.program.port}")
        before, problems = os.path.getsize(log), []
        self.shim.arm(CALLS[call], ERRORS[error], nth, sticky)
        try:
            self.program.start(wait=20)
            self.hand.line = None
            self.hand.act()
            self.hand.act(photo=True)
            self.program.stop(30)
        except RuntimeError:
            if self.program.process.poll() is None:
                # It serves and says that it is not ready: a failed sync at the start. It ends by itself.
                said = open(log, errors="replace").read()[before:]
                problems += [] if "durable" in said else ["neither ready nor ended: " + said[-300:]]
                self.program.kill()
            else:
                lines = [l for l in open(log, errors="replace").read()[before:].strip().split("\n") if l.startswith("Error")]
                code = self.program.process.returncode
                clear = code not in (0, None) and code > 0 and lines and (self.program.data in lines[-1] or "durable" in lines[-1] or "disk" in lines[-1])
                problems += [] if clear else [f"ended with {code}: {lines[-1][:200] if lines else '–'}"]
        fired = self.shim.fired
        self.shim.rest()
        if fired:
            self.again()
            problems += wrong(self.program, self.witness)
            self.case(f"start with {call} {error} {nth} {'sticky' if sticky else 'once'}", problems)
        return fired > 0

    def run(self):
        self.again()
        for error in ERRORS:
            for number in range(1, self.most + 1):
                self.serving_write(error, (number + 1) // 2 if self.short else number, number % 2 == 0)
            for number in range(1, (2 if self.short else self.most) + 1):
                self.serving_sync(error, min(number, 40), number % 2 == 0, waits=number % 40 == 1 and not self.short)
        for call in CALLS:
            for error in ERRORS:
                for sticky in (False, True):
                    for nth in range(1, (1 if self.short else self.most) + 1):
                        if self.short and (error, sticky) != ("EIO", False):
                            break
                        if not self.starting(call, error, nth, sticky):
                            break
        self.again()
        back = self.witness.read_back(self.program, self.token)
        self.program.stop()
        verified = self.program.run("verify")
        self.case("the end", ([f"{back} read back otherwise"] if back else []) + wrong(self.program, self.witness) + ([verified.stdout[:300]] if verified.returncode else []))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--short", action="store_true")
    options.add_argument("--most", type=int, default=200)
    options.add_argument("--count", type=int, help="about so many cases: fewer than forty are the short part")
    options.add_argument("--folder")
    options = options.parse_args()
    if options.count:
        options.short, options.most = options.count < 40, max(1, options.count * 200 // 800)
    folder = options.folder or tempfile.mkdtemp(prefix="hallkeeper-faults-")
    os.makedirs(folder, exist_ok=True)
    program = None
    try:
        world = os.path.join(folder, "world")
        shutil.rmtree(world, ignore_errors=True)
        program = made(options.program, world)
        control = os.path.join(folder, "control-world")
        shutil.rmtree(control, ignore_errors=True)
        shutil.copytree(world, control)
        faults = Faults(program, world, 4 if options.short else options.most, options.short)
        faults.run()
        kept, lost = lied(control, Program(options.program, control), lambda p: p.token())
        print(f"# {len(faults.witness.acked)} acts answered, {len(faults.witness.sent)} sent, {faults.ended} ends waited for; control: {lost} of {kept} lost", flush=True)
        good = say("R-3-failing-calls", faults.cases, faults.failed, f"{lost}-lost", lost > 0)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
