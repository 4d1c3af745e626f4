#!/usr/bin/env python3
"""R-3: calls to the system that fail under the program: the nth write, fdatasync, fsync, ftruncate, open or rename on its data folder,
once or from there on, with EIO, ENOSPC or EINTR. A shim of C, compiled here and loaded before the C library, makes them fail.

    faults.py PROGRAM [--count N] [--seed N]

Nothing answered may be missing afterwards, whatever failed. After a failed fsync no write is answered any more until the program is
started anew: the system may say the next time that all is well, though what it was given is gone.
Control: a shim that says that all was written and writes nothing: acts are lost, and the witness says so.
"""
import argparse, os, random, shutil, subprocess, sys, tempfile, time
from witness import Crew, Program, Witness, say

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* FAULT_FILE holds `call nth error sticky`, FAULT_FOLDER what it is about; read again at each call, so that it can begin late. */
static atomic_long seen;
static int armed(const char *call) {
    const char *path = getenv("FAULT_FILE");
    static int (*opener)(const char *, int, ...);
    if (!opener) opener = dlsym(RTLD_NEXT, "open");
    int fd = opener(path ? path : "", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[64] = {0};
    long got = read(fd, text, sizeof text - 1);
    close(fd);
    char which[16]; long nth; int error, sticky;
    if (got <= 0 || sscanf(text, "%15s %ld %d %d", which, &nth, &error, &sticky) != 4 || strcmp(which, call)) return 0;
    long now = atomic_fetch_add(&seen, 1) + 1;
    return now == nth || (sticky && now > nth) ? error : 0;
}
static int named(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder && path && !strncmp(path, folder, strlen(folder)) && strstr(path, ".sqlite") && !strstr(path, "-shm") && !strstr(path, ".lock");
}
static int ours(int fd) {
    char link[40], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return named(path);
}
#define FAIL(call, what) do { if (what) { int e = armed(call); if (e < 0) lie = 1; else if (e) { errno = e; return -1; } } } while (0)
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { static ssize_t (*real)(int, const void *, size_t, off64_t); if (!real) real = dlsym(RTLD_NEXT, "pwrite64"); int lie = 0; FAIL("write", ours(fd)); return lie ? (ssize_t)n : real(fd, b, n, at); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return pwrite64(fd, b, n, at); }
int fdatasync(int fd) { static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, "fdatasync"); int lie = 0; FAIL("fdatasync", ours(fd)); return lie ? 0 : real(fd); }
int fsync(int fd) { static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, "fsync"); int lie = 0; FAIL("fsync", 1); return lie ? 0 : real(fd); }
int ftruncate64(int fd, off64_t n) { static int (*real)(int, off64_t); if (!real) real = dlsym(RTLD_NEXT, "ftruncate64"); int lie = 0; FAIL("ftruncate", ours(fd)); return lie ? 0 : real(fd, n); }
int ftruncate(int fd, off_t n) { return ftruncate64(fd, n); }
int rename(const char *a, const char *b) { static int (*real)(const char *, const char *); if (!real) real = dlsym(RTLD_NEXT, "rename"); int lie = 0; FAIL("rename", named(b)); return lie ? 0 : real(a, b); }
int open64(const char *p, int f, ...) { static int (*real)(const char *, int, ...); if (!real) real = dlsym(RTLD_NEXT, "open64"); va_list v; va_start(v, f); int m = va_arg(v, int); va_end(v); int lie = 0; FAIL("open", named(p)); (void)lie; return real(p, f, m); }
int open(const char *p, int f, ...) { va_list v; va_start(v, f); int m = va_arg(v, int); va_end(v); static int (*real)(const char *, int, ...); if (!real) real = dlsym(RTLD_NEXT, "open"); int lie = 0; FAIL("open", named(p)); (void)lie; return real(p, f, m); }
"""
CALLS = ["write", "fdatasync", "ftruncate", "open", "rename"]
ERRORS = {"EIO": 5, "ENOSPC": 28, "EINTR": 4}


def shim(work):
    """The shim, compiled."""
    with open(work + "/shim.c", "w") as file:
        file.write(SHIM)
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", work + "/shim.so", work + "/shim.c", "-ldl"], check=True)
    return work + "/shim.so"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, work = random.Random(options.seed), tempfile.mkdtemp(prefix="hk-faults-")
    os.makedirs(work + "/world")
    failed = silent = stopped = 0
    first = Program(options.program, work + "/world", days=0)
    try:
        first.start(wait=200)
        witness, token = Witness(work + "/world"), first.token()
        first.stop()
        data = os.path.realpath(first.data)
        env = {"LD_PRELOAD": shim(work), "FAULT_FILE": work + "/fault", "FAULT_FOLDER": data}
        cases = [(call, error, nth, sticky) for call in CALLS for error in ("EIO", "ENOSPC", "EINTR")[:2 if call != "write" else 3] for nth in range(1, 201) for sticky in (0, 1)]
        dice.shuffle(cases)
        for number, (call, error, nth, sticky) in enumerate(cases[:options.count]):
            atStart = call in ("open", "rename")
            with open(work + "/fault", "w") as file:
                file.write(f"{call} {nth % 12 + 1} {ERRORS[error]} {sticky}\n" if atStart else "")
            program = Program(options.program, work + "/world", data=data, days=0, env=env)
            wrong = []
            try:
                program.start(wait=20)
            except RuntimeError as error_:
                said = program.said().strip().splitlines()
                wrong += [f"did not start and did not say why: {error_}"] if program.process.poll() in (None, 0) or not said else []
                if program.process.poll() is None:
                    program.kill()
            if program.process.poll() is None:
                with open(work + "/fault", "w") as file:
                    file.write(f"{call} {nth} {ERRORS[error]} {sticky}\n" if not atStart else f"{call} {nth} {ERRORS[error]} {sticky}\n")
                crew = Crew(witness, [program.port], token, 4, mix=("case", "note", "weather"), again=False)
                time.sleep(dice.uniform(0.3, 0.8))
                crew.end()
                wrong += [f"{crew.broken[:1]}"] if any(s not in (409, 507, 503, 500, 429) for _, s, _ in crew.broken) else []
                if call == "fdatasync" and program.process.poll() is None and any(s >= 500 for s in crew.busy):
                    # Once is enough: no write is answered any more, and reading goes on.
                    with open(work + "/fault", "w") as file:
                        file.write("")
                    after = Crew(witness, [program.port], token, 1, mix=("case",), again=False, cap=3)
                    time.sleep(0.4)
                    after.end()
                    stopped += 1
                    wrong += ["wrote on after a failed fsync"] * any(s < 300 for s in after.busy)
                    wrong += ["does not read"] * (program.status("/health") != 200)
                program.kill()
            os.path.exists(work + "/fault") and os.unlink(work + "/fault")
            healed = Program(options.program, work + "/world", data=data, days=0)
            try:
                healed.start(wait=30)
                wrong += [f"{k}: {m[:2]}" for k, m in witness.verdict(healed).items() if m]
                healed.kill() if number % 20 else healed.stop()
                if number % 20 == 0:
                    verified = healed.run("verify")
                    wrong += [verified.stdout[:300] + verified.stderr[:200]] if verified.returncode else []
            except RuntimeError as error_:
                wrong.append(f"does not heal: {error_}")
            if wrong:
                failed += 1
                print("#", number, call, error, nth, "sticky" if sticky else "once", "; ".join(map(str, wrong))[:400], flush=True)
        # Control: writes that are not written.
        with open(work + "/fault", "w") as file:
            file.write("write 400 -1 1\n")
        program = Program(options.program, work + "/world", data=data, days=0, env=env)
        try:
            program.start(wait=20)
            crew = Crew(witness, [program.port], token, 4, mix=("case",), again=False)
            time.sleep(1.5)
            crew.end()
            program.kill()
        except RuntimeError:
            pass
        os.unlink(work + "/fault")
        # What such a disk left may not even open: read it as far as it goes.
        try:
            lost = len(witness.verdict(Program(options.program, work + "/world", data=data))["lost"])
        except Exception as error_:
            lost = f"unreadable-{type(error_).__name__}"
        print(f"# {len(witness.acked)} answered, {stopped} times a failed fsync stopped writing", flush=True)
        good = say("R-3-failing-calls", min(options.count, len(cases)), failed, f"a-lying-disk-{lost}-lost", bool(lost))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
