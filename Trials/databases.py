#!/usr/bin/env python3
"""N-3, N-5, tls: PostgreSQL fails under the program, and the program goes on.

    databases.py PROGRAM [--only N-3,N-5,tls] [--rounds N] [--races N] [--seed N]

N-3 the server restarted at once, its first process killed, one backend killed, all of them ended, everything stopped for a while,
    no room for another connection, no room on its disk – under writers who send again under the same key. No act lost or doubled, ready
    within five seconds after the server is, no connection left over.
    Control: the same without keys of idempotency: acts are doubled.
N-5 sixteen people act on one thing at the same moment: one wins, the others are told; nothing is lost.
tls the address asks for verify-full: another name, another authority, no TLS are refused.
"""
import argparse, http.client, json, os, random, re, shutil, signal, subprocess, sys, tempfile, threading, time, urllib.parse
from house import Line
from place import Postgres, free_port
from witness import Crew, Program, Witness, rows, say


def backends(postgres):
    return [int(p) for p in postgres.ask("select pid from pg_stat_activity where application_name = 'hallkeeper'").split()]


def family(postgres):
    """The server's processes."""
    first = postgres.pid
    return [first] + [int(p) for p in subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True).stdout.split()]


def wait_for(postgres, most=60):
    end = time.monotonic() + most
    while time.monotonic() < end:
        try:
            postgres.ask("select 1")
            return True
        except RuntimeError:
            time.sleep(0.05)
    return False


def hurt(kind, postgres, dice, work):
    """Does one kind of harm; gives when the server was there again."""
    if kind == "restart":
        postgres.stop("immediate")
        postgres.start()
    elif kind == "first process":
        os.kill(postgres.pid, signal.SIGKILL)
        time.sleep(0.5)
        for _ in range(100):
            try:
                postgres.start()
                break
            except subprocess.CalledProcessError:
                time.sleep(0.1)
    elif kind == "one backend":
        os.kill(dice.choice(backends(postgres)), signal.SIGKILL)
        time.sleep(0.2)
    elif kind == "all ended":
        for _ in range(3):
            postgres.ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hallkeeper'")
            time.sleep(0.3)
    elif kind == "stopped":
        all_ = family(postgres)
        for pid in all_:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(dice.choice([2, 5, 12]))
        for pid in all_:
            os.kill(pid, signal.SIGCONT)
    elif kind == "no connection":
        hogs = [subprocess.Popen(["psql", "-X", "-q", postgres.url, "-c", "select pg_sleep(6)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(45)]
        time.sleep(1)
        try:
            postgres.ask("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hallkeeper'")
        except RuntimeError:
            pass
        time.sleep(3)
        for hog in hogs:
            hog.kill(), hog.wait()
        try:
            postgres.ask("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()")
        except RuntimeError:
            pass
    elif kind == "disk full":
        ballast = postgres.folder + "/ballast"
        with open(ballast, "wb") as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            except OSError:
                pass
        time.sleep(4)
        os.unlink(ballast)
        time.sleep(0.5)
        if not wait_for(postgres, 3):
            postgres.stop("immediate", check=False)
            postgres.start()
    wait_for(postgres)
    return time.monotonic()


KINDS = ["restart", "first process", "one backend", "all ended", "stopped", "no connection", "disk full"]


def failing(binary, rounds, dice):
    """N-3."""
    work, failed, worst, program = tempfile.mkdtemp(prefix="hk-databases-"), 0, 0.0, None
    os.chmod(work, 0o755)
    # Not on the disk that is filled: who writes down what was answered must not run out of room.
    apart = tempfile.mkdtemp(prefix="hk-witness-")
    mounted = os.getuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m,mode=755", "tmpfs", work]).returncode == 0
    postgres = Postgres(work, "-c max_wal_size=96MB -c min_wal_size=48MB", connections=40)
    try:
        url = postgres.database("hall")
        program = Program(binary, work, database=url, days=0)
        program.start(wait=300)
        witness, token = Witness(apart), program.token()
        kinds = KINDS if mounted else KINDS[:-1]
        for number in range(rounds):
            kind = kinds[number % len(kinds)]
            crew = Crew(witness, [program.port], token, 8, mix=("case", "note", "weather"))
            time.sleep(dice.uniform(0.3, 1.5))
            back = hurt(kind, postgres, dice, work)
            while program.status("/ready") != 200 and time.monotonic() - back < 30:
                time.sleep(0.05)
            took = time.monotonic() - back
            worst = max(worst, took)
            time.sleep(1)
            crew.end()
            wrong = [f"{k}: {m[:2]}" for k, m in witness.verdict(program).items() if m] + [f"ready after {took:.1f} s"] * (took > 5)
            count = len(backends(postgres))
            wrong += [f"{count} connections"] * (count > 10) + [f"{crew.broken[:2]}"] * bool(crew.broken)
            wrong += ["the program ended"] * (program.process.poll() is not None)
            if wrong:
                failed += 1
                print("#", number, kind, "; ".join(wrong)[:500], flush=True)
        program.stop()
        verified = program.run("verify")
        if verified.returncode:
            failed += 1
            print("#", verified.stdout[:400], verified.stderr[:200])
        print(f"# {len(witness.acked)} answered, ready {worst:.1f} s after the server at worst", flush=True)
        # Control: what is sent again under a new key is done twice.
        program.start(wait=60)
        line = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
        for turn in range(2):
            body = json.dumps({"kind": "BL2", "channel": "web", "text": "W00000000000000000000 twice", "phone": "13800138000"}).encode()
            line.request("POST", "/api/v1/complaints", body, {"authorization": f"Bearer {token}", "idempotency-key": f"control-{turn}", "content-type": "application/json"})
            line.getresponse().read()
        doubled = witness.verdict(program)["doubled"]
        return say("N-3-database-fails", rounds, failed, f"{len(doubled)}-doubled-without-key", len(doubled) == 1)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        postgres.stop("immediate", check=False)
        if mounted:
            subprocess.run(["umount", "-l", work])
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(apart, ignore_errors=True)


def races(binary, count, dice):
    """N-5 on duties: sixteen end the same round at once, and sixteen supplement one case under If-Match. Control: the second of two
    sendings without If-Match is let through."""
    work, failed, program, wins, told = tempfile.mkdtemp(prefix="hk-races-"), 0, None, 0, 0
    os.chmod(work, 0o755)
    postgres = Postgres(work, "-c fsync=off")
    try:
        program = Program(binary, work, database=postgres.database("hall"), days=0)
        program.start(wait=300)
        token = program.token()
        head = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        lines = [http.client.HTTPConnection("127.0.0.1", program.port, timeout=30) for _ in range(16)]

        def ask(line, method, path, body=None, more=None):
            line.request(method, path, json.dumps(body).encode() if body else None, {**head, **(more or {})})
            reply = line.getresponse()
            return reply.status, json.loads(reply.read() or b"{}"), reply.headers.get("etag")

        fields = {"kind": "BL2", "channel": "web", "text": "比一比", "phone": "13800138000"}
        _, case, _ = ask(lines[0], "POST", "/api/v1/complaints", fields)
        number = 0
        while number < count:
            if number % 320 == 0:
                _, case, _ = ask(lines[0], "POST", "/api/v1/complaints", fields)
            tag = ask(lines[0], "GET", f"/api/v1/complaints/{case['id']}")[2]
            results = [None] * 16
            barrier = threading.Barrier(16)

            def turn(n):
                barrier.wait()
                try:
                    results[n] = ask(lines[n], "POST", f"/api/v1/complaints/{case['id']}/notes", {"note": f"r{number}-{n}"}, {"if-match": tag, "idempotency-key": f"{case['id']}-{number}-{n}"})[0]
                except (OSError, http.client.HTTPException) as error:
                    results[n] = str(error)
                    lines[n].close()
            crew = [threading.Thread(target=turn, args=(n,)) for n in range(16)]
            [t.start() for t in crew], [t.join() for t in crew]
            won, lost = sum(r in (200, 201) for r in results), sum(r in (409, 412) for r in results)
            wins, told = wins + won, told + lost
            if won != 1 or won + lost != 16:
                failed += 1
                print("#", number, results, flush=True)
            number += 16
        kept = sum(int(n) for n in postgres.ask("select count(*) from complaint_step where act = 'note'", "hall").split())
        if kept != wins:
            failed += 1
            print(f"# {kept} kept, {wins} won")
        free = [ask(lines[n], "POST", f"/api/v1/complaints/{case['id']}/notes", {"note": f"c{n}"})[0] for n in range(2)]
        program.stop()
        verified = program.run("verify")
        failed += verified.returncode != 0
        print(f"# {wins} won, {told} told", flush=True)
        return say("N-5-races", number, failed, "without-If-Match-both-are-let-through" if free == [200, 200] else free, free == [200, 200])
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        postgres.stop("immediate", check=False)
        shutil.rmtree(work, ignore_errors=True)


def certificates(folder):
    """An authority, a server's certificate of it for `database.test`, and another authority."""
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    for name in ("ca", "other"):
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", name + ".key", "-out", name + ".crt")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=database.test", "-keyout", "server.key", "-out", "server.csr")
    with open(folder + "/names", "w") as file:
        file.write("subjectAltName=DNS:database.test")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.crt")


def tls(binary):
    work = tempfile.mkdtemp(prefix="hk-tls-")
    os.chmod(work, 0o755)
    certificates(work)
    port = free_port()
    for name in ("server.key", "server.crt"):
        os.chmod(f"{work}/{name}", 0o600)
        if os.getuid() == 0:
            try:
                shutil.chown(f"{work}/{name}", "hkpg")
            except LookupError:
                subprocess.run(["useradd", "-r", "hkpg"], check=True)
                shutil.chown(f"{work}/{name}", "hkpg")
    postgres = Postgres(work, f"-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on -c ssl_cert_file={work}/server.crt -c ssl_key_file={work}/server.key")
    failed = 0
    try:
        socket = f"postgresql://app@/postgres?host={postgres.folder}&port={port}"
        postgres.url = socket
        subprocess.run(["psql", "-X", "-q", socket, "-c", "create database hall"], check=True)
        base = f"postgresql://app@database.test:{port}/hall?hostaddr=127.0.0.1"
        wrong_name = f"postgresql://app@elsewhere.test:{port}/hall?hostaddr=127.0.0.1"
        ask = lambda url: subprocess.run([binary, "migrate", "--database", url], capture_output=True, text=True)
        good = ask(base + f"&sslmode=verify-full&sslrootcert={work}/ca.crt")
        failed += good.returncode != 0
        for url in (base + f"&sslmode=verify-full&sslrootcert={work}/other.crt", wrong_name + f"&sslmode=verify-full&sslrootcert={work}/ca.crt",
                    base + f"&sslmode=verify-full&sslrootcert={work}/absent.crt"):
            run = ask(url)
            if run.returncode == 0 or "certificate" not in run.stderr:
                failed += 1
                print("#", run.stderr[:200])
        postgres.stop("fast")
        postgres.options = postgres.options.replace("ssl=on", "ssl=off")
        postgres.start()
        plain = ask(base + f"&sslmode=verify-full&sslrootcert={work}/ca.crt")
        failed += plain.returncode == 0
        control = ask(base + "&sslmode=disable")
        return say("N-tls-verify-full", 5, failed, "without-verify-it-connects" if control.returncode == 0 else control.stderr[:80], control.returncode == 0)
    finally:
        postgres.stop("immediate", check=False)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="N-3,N-5,tls")
    options.add_argument("--rounds", type=int, default=140)
    options.add_argument("--races", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    dice, binary, good, wanted = random.Random(options.seed), os.path.abspath(options.program), True, options.only.split(",")
    if "tls" in wanted:
        good &= tls(binary)
    if "N-3" in wanted:
        good &= failing(binary, options.rounds, dice)
    if "N-5" in wanted:
        good &= races(binary, options.races, dice)
    sys.exit(0 if good else 1)
