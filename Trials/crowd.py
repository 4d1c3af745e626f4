#!/usr/bin/env python3
"""D-1, D-2, D-3, D-5: crowds and hostile lines. All of it on loopback.

    crowd.py PROGRAM [--only D-1,D-2,D-3,D-5] [--count N] [--boards N] [--seed N]

D-1 slow heads, slow bodies, slow readers, ranges (slowhttptest), a body that drips, a reader who stops: somebody ordinary is answered
    within a second all the while, each bad line is closed, memory and files come back. Control: a server without limits (Python's) is
    held by the same lines.
D-2 bodies too large, lying, endless, ambiguous: refused with 4xx at once or closed, no 5xx, no memory kept, the next request is fine.
    Control: an ordinary body is taken.
D-3 thousands of live boards, one event to all, half of them gone; people sign out, and their lines end within five seconds while the
    others stay. Control: a board of another hall hears nothing, who stays signed in is not cut off.
D-5 idle connections up to the cap and beyond: the port of those who watch still answers. Control: without that port nobody answers.
"""
import argparse, hashlib, http.client, http.server, os, random, re, resource, select, shutil, signal, socket, socketserver, subprocess, sys, tempfile, threading, time, urllib.parse
from house import Line
from witness import Program, say


def memory(program):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{program.process.pid}/status").read())[1]) / 1024


def files(program):
    return len(os.listdir(f"/proc/{program.process.pid}/fd"))


def many_files():
    """As many open files as there are connections to hold; root may ask for more than it was given."""
    for most in (65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            return
        except (ValueError, OSError):
            continue


class Somebody(threading.Thread):
    """Asks for a page four times a second; keeps how long each took."""

    def __init__(self, port, path="/sign-in"):
        super().__init__(daemon=True)
        self.port, self.path, self.took, self.bad, self.running = port, path, [], 0, True
        self.start()

    def run(self):
        line = None
        while self.running:
            began = time.monotonic()
            try:
                line = line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                line.request("GET", self.path)
                reply = line.getresponse()
                reply.read()
                self.bad += reply.status != 200
            except (OSError, http.client.HTTPException):
                self.bad += 1
                line = None
            self.took.append(time.monotonic() - began)
            time.sleep(0.25)

    def end(self):
        self.running = False
        self.join(6)
        ordered = sorted(self.took)
        return ordered[int(len(ordered) * 0.99)] if ordered else 9.0


def slow_lines(port, kind, lines, length):
    """One kind of slow line; gives how many were open at the end, after their time."""
    url = f"http://127.0.0.1:{port}/sign-in"
    tool = {"heads": ["-H", "-i", "5"], "bodies": ["-B", "-i", "5", "-s", "8192"], "ranges": ["-R", "-t", "HEAD"], "readers": ["-X", "-r", str(lines), "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"]}
    if kind in tool:
        subprocess.run(["slowhttptest", *tool[kind], "-c", str(lines), "-r", "400", "-l", str(length), "-u", url, "-p", "3"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return 0
    sockets = []
    for _ in range(min(lines, 200)):
        s = socket.create_connection(("127.0.0.1", port), timeout=5)
        if kind == "drip":
            s.sendall(b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n")
        else:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            s.sendall(b"GET /assets/hallkeeper.css HTTP/1.1\r\nHost: a\r\n\r\n" * 60)
        sockets.append(s)
    end = time.monotonic() + length
    while time.monotonic() < end:
        for s in list(sockets):
            try:
                if kind == "drip":
                    s.send(b"a")
            except OSError:
                sockets.remove(s)
        time.sleep(4 if kind == "drip" else 1)
        if kind == "stops":
            ready, _, _ = select.select([], [], [], 0)
    open_ = 0
    for s in sockets:
        try:
            s.setblocking(False)
            if kind == "drip":
                s.send(b"a")
                time.sleep(0.001)
                s.send(b"a")
                open_ += 1
            else:
                # A line that was reset says so once what was received is read.
                s.settimeout(2)
                while s.recv(1 << 16):
                    pass
        except (TimeoutError, socket.timeout):
            open_ += 1
        except OSError:
            pass
        s.close()
    return open_


def slow(binary, count, lines, length):
    work, failed, program = tempfile.mkdtemp(prefix="hk-crowd-"), 0, None
    try:
        program = Program(binary, work, days=0)
        program.start(wait=200)
        time.sleep(2)
        kinds = ["heads", "bodies", "ranges", "readers", "drip", "stops"]
        for number in range(count):
            kind = kinds[number % len(kinds)]
            before, had = memory(program), files(program)
            somebody = Somebody(program.port)
            kept = slow_lines(program.port, kind, lines, length)
            p99 = somebody.end()
            time.sleep(3)
            wrong = [f"p99 {p99:.1f} s"] * (p99 > 1) + [f"{somebody.bad} unanswered"] * (somebody.bad > 0) + [f"{kept} lines kept"] * (kept > 0)
            grown, left = memory(program) - before, files(program) - had
            end = time.monotonic() + 80
            while left > 4 and time.monotonic() < end:
                time.sleep(2)
                left = files(program) - had
            wrong += [f"{grown:.0f} MiB more"] * (grown > 100) + [f"{left} files more"] * (left > 4)
            if wrong:
                failed += 1
            print("#", number, kind, f"p99 {p99 * 1000:.0f} ms, {grown:.0f} MiB", "; ".join(wrong), flush=True)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass
        bare = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=bare.serve_forever, daemon=True).start()
        held = socket.create_connection(bare.server_address)
        held.sendall(b"GET / HTTP/1.1\r\nHos")
        somebody = Somebody(bare.server_address[1], "/")
        time.sleep(4)
        somebody.running = False
        stuck = not any(t < 1 for t in somebody.took)
        held.close()
        bare.shutdown()
        return say("D-1-slow-lines", count, failed, "without-limits-one-line-holds-all" if stuck else "not-held", stuck)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        shutil.rmtree(work, ignore_errors=True)


def exchange(port, *parts, wait=3.0, slowly=0.0):
    """Sends bytes and gives the first line of the answer, whether the line was closed, and how long the answer took."""
    s = socket.create_connection(("127.0.0.1", port), timeout=5)
    answer, began, took = b"", time.monotonic(), None
    try:
        for part in parts:
            s.sendall(part)
            if slowly:
                time.sleep(slowly)
            s.setblocking(False)
            try:
                answer += s.recv(4096)
            except BlockingIOError:
                pass
            s.settimeout(5)
            if answer:
                took = time.monotonic() - began
                break
    except OSError:
        pass
    s.settimeout(wait)
    closed = False
    try:
        while True:
            got = s.recv(1 << 16)
            if not got:
                closed = True
                break
            took = took or time.monotonic() - began
            answer += got
    except (TimeoutError, socket.timeout):
        pass
    except OSError:
        closed = True
    s.close()
    status = int(answer[9:12]) if answer[:5] == b"HTTP/" else 0
    return status, closed, took if took is not None else time.monotonic() - began


def bodies(binary):
    work, failed, program = tempfile.mkdtemp(prefix="hk-bodies-"), 0, None
    try:
        program = Program(binary, work, days=0)
        program.start(wait=200)
        port = program.port
        post = lambda more, path="/sign-in": f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n".encode()
        get = lambda more="", path="/sign-in": f"GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()
        big = b"a" * (1 << 16)
        chunk = b"10000\r\n" + big + b"\r\n"
        # name, parts, statuses that may come (0: closed without a word)
        cases = []
        for size in (65_537, 2 << 20 | 1, 12 << 20, 100 << 20, 5 << 30, 1 << 40, 2 ** 63 - 1):
            for path in ("/sign-in", "/api/v1/complaints", "/walks/x/y"):
                cases.append((f"declares {size} at {path}", [post(f"Content-Length: {size}\r\n", path)] + [big] * 4, {413, 400, 401, 404}))
        cases += [
            ("a length no number holds", [post("Content-Length: 99999999999999999999999\r\n")], {400, 413, 0}), ("a negative length", [post("Content-Length: -1\r\n")], {400, 0}),
            ("two lengths", [post("Content-Length: 5\r\nContent-Length: 6\r\n"), b"hello"], {400, 0}), ("length and chunks", [post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), b"0\r\n\r\n"], {400, 0}),
            ("chunks without end", [post("Transfer-Encoding: chunked\r\n")] + [chunk] * 400, {413, 400, 0}), ("a chunk of lies", [post("Transfer-Encoding: chunked\r\n"), b"ffffffffffffffff\r\n"] + [big] * 40, {400, 413}),
            ("a chunk that is no number", [post("Transfer-Encoding: chunked\r\n"), b"zz\r\nabc\r\n"], {400, 0}), ("a head of 100 KiB", [get("X-A: " + "a" * 102400 + "\r\n")], {431, 400, 0}),
            ("ten thousand heads", [get("".join(f"X-{n}: a\r\n" for n in range(10000)))], {431, 400, 0}), ("a path of a megabyte", [get(path="/" + "a" * (1 << 20))], {414, 431, 400, 404, 0}),
            ("bare line feeds", [b"GET /sign-in HTTP/1.1\nHost: a\n\n"], {400, 200, 0}), ("a nought in a head", [get("X-A: a\0b\r\n")], {400, 0}), ("a nought in the path", [get(path="/sign-in%00")], {400, 404}),
            ("no host", [b"GET /sign-in HTTP/1.1\r\n\r\n"], {400, 200, 0}), ("a version of the future", [b"GET /sign-in HTTP/9.9\r\nHost: a\r\n\r\n"], {400, 505, 0}),
            ("a method of a thousand letters", [b"A" * 1000 + b" / HTTP/1.1\r\nHost: a\r\n\r\n"], {400, 405, 501, 0}), ("not HTTP at all", [b"\x16\x03\x01\x02\x00\x01\x00" * 50], {400, 0}),
            ("a folded head", [b"GET /sign-in HTTP/1.1\r\nHost: a\r\nX-A: a\r\n b\r\n\r\n"], {400, 200, 0}), ("a space before the colon", [b"GET /sign-in HTTP/1.1\r\nHost : a\r\n\r\n"], {400, 0}),
            ("ten thousand in a row", [get() * 10000], {200}),
        ]
        body = b"login=a&password=b"
        ordinary = exchange(port, post(f"Content-Length: {len(body)}\r\n"), body)[0]
        before = memory(program)
        for name, parts, may in cases[:41]:
            status, closed, took = exchange(port, *parts, wait=5.0 if 413 in may else 3.0)
            wrong = [f"status {status}"] * (status not in may) + [f"after {took:.1f} s"] * (status not in (0, 200) and took > 1) + ["left open"] * (status == 0 and not closed)
            wrong += ["the next is not answered"] * (program.status("/sign-in") != 200)
            if wrong:
                failed += 1
                print("#", name, "; ".join(wrong), flush=True)
        time.sleep(2)
        grown = memory(program) - before
        if grown > 32 + 64 * 0:
            failed += 1
            print(f"# {grown:.0f} MiB more")
        print(f"# {grown:.0f} MiB more")
        return say("D-2-bodies", len(cases[:41]), failed, f"an-ordinary-body-{ordinary}", ordinary == 401)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        shutil.rmtree(work, ignore_errors=True)


# Lines one screen or person may hold are bounded: so many each.
EACH = 50


def boards(binary, count):
    """D-3: boards from four addresses."""
    many_files()
    work, failed, program, wrong = tempfile.mkdtemp(prefix="hk-boards-"), 0, None, []
    try:
        program = Program(binary, work, days=0, env={"HALLKEEPER_CLIENTS": str(count * 6 // 5 + 2000)})
        program.start(wait=200)
        halls = {}
        for login in ("director-chengnan",):
            halls[login] = Line(program.port, login)
        line = halls["director-chengnan"]
        import sqlite3
        base = sqlite3.connect(f"file:{program.data}/hallkeeper.sqlite?mode=ro", uri=True)
        own = base.execute("select role_holder.place from role_holder join person on person.person = role_holder.person join place on place.place = role_holder.place where person.login = 'director-chengnan' and place.kind = 'hall'").fetchone()[0]
        other = base.execute("select place from place where kind = 'hall' and place <> ?", (own,)).fetchone()[0]
        people = [p for (p,) in base.execute("select person from person where active = 1 and login not in ('director-chengnan', 'enterprise') order by person limit ?", (count // 5 // EACH + 2,))]
        base.close()
        base = sqlite3.connect(f"{program.data}/hallkeeper.sqlite", timeout=20)
        hashed = lambda token: hashlib.sha256(token.encode()).hexdigest()
        screens = {place: [os.urandom(16).hex() for _ in range(n)] for place, n in ((own, count // EACH + 1), (other, 1))}
        sessions = [(os.urandom(16).hex(), os.urandom(8).hex(), person, os.urandom(16).hex()) for person in people]
        with base:
            for place, tokens in screens.items():
                base.executemany("insert into device (place, id, name, token, by_person, at, revoked) values (?, ?, 'x', ?, '', 0, null)", [(place, hashed(t)[:20], hashed(t)) for t in tokens])
            base.executemany("insert into session (token, id, person, csrf, created, seen, ends, revoked) values (?, ?, ?, ?, 0, 0, 9000000000000000, null)", [(hashed(t), i, p, c) for t, i, p, c in sessions])
        base.close()
        time.sleep(1)
        before = memory(program)
        poll, heard, sockets = select.epoll(), {}, {}

        def join(n, ask, cookie=""):
            s = socket.socket()
            s.bind((f"127.0.0.{n % 4 + 1}", 0))
            s.connect(("127.0.0.1", program.port))
            s.sendall(f"GET /events?{ask} HTTP/1.1\r\nHost: a\r\n{cookie}\r\n".encode())
            sockets[s.fileno()] = s
            poll.register(s, select.EPOLLIN)
            return s.fileno()
        began = time.monotonic()
        mine = {join(n, f"screen={screens[own][n // EACH]}") for n in range(count)}
        stranger = join(count, f"screen={screens[other][0]}")
        signed = {join(n, "", f"Cookie: hk={sessions[n // EACH][0]}\r\n"): n // EACH for n in range(count // 5)}
        all_, ready, statuses = count + 1 + len(signed), set(), {}
        while len(ready) < all_ and time.monotonic() - began < 120:
            for fd, _ in poll.poll(1):
                got = sockets[fd].recv(4096)
                if fd not in ready and got:
                    statuses[got[9:12]] = statuses.get(got[9:12], 0) + 1
                    ready.add(fd)
        wrong += [f"{len(ready)} of {all_} listen: {statuses}"] * (statuses.get(b"200", 0) != all_)
        time.sleep(2)
        each = (memory(program) - before) * 1024 / all_
        somebody = Somebody(program.port)
        while poll.poll(0.2):
            for fd, _ in poll.poll(0):
                sockets[fd].recv(4096)
            if time.monotonic() - began > 200:
                break
        began = time.monotonic()
        page = line.ask("GET", "/report/weather.reported")[1].decode()
        hidden = dict(re.findall(r'name="(csrf|key)" value="([^"]*)"', page))
        told = threading.Thread(target=lambda: line.again().ask("POST", "/report/weather.reported", urllib.parse.urlencode({**hidden, "kind": "rain"}), {"content-type": "application/x-www-form-urlencoded"}))
        told.start()
        times, strangers = {}, False
        while len(times) < count and time.monotonic() - began < 20:
            for fd, _ in poll.poll(0.5):
                got = sockets[fd].recv(4096)
                if b"data:" in got:
                    times.setdefault(fd, time.monotonic() - began)
        strangers = stranger in times
        own_times = sorted(t for fd, t in times.items() if fd in mine)
        at99 = own_times[int(len(own_times) * 0.99) - 1] if own_times else 99.0
        wrong += [f"{len(own_times)} of {count} heard"] * (len(own_times) < count * 0.99) + [f"99 % after {at99:.1f} s"] * (at99 > 2)
        # All but the last of those who signed in sign out.
        leaving = set(range(len(sessions) - 2))
        began = time.monotonic()
        for number in leaving:
            token, _, _, csrf = sessions[number]
            out = http.client.HTTPConnection("127.0.0.1", program.port, timeout=10)
            out.request("POST", "/sign-out", f"csrf={csrf}", {"cookie": f"hk={token}", "content-type": "application/x-www-form-urlencoded"})
            wrong += ["cannot sign out"] * (out.getresponse().status != 303)
            out.close()
        ended, cut, slowest = set(), set(), 0.0
        while time.monotonic() - began < 8:
            for fd, _ in poll.poll(0.2):
                got = sockets[fd].recv(4096)
                if not got or got.endswith(b"0\r\n\r\n"):
                    poll.unregister(fd)
                    if signed.get(fd) in leaving:
                        ended.add(fd)
                        slowest = time.monotonic() - began
                    else:
                        cut.add(fd)
        due = {fd for fd, number in signed.items() if number in leaving}
        wrong += [f"{len(due - ended)} of {len(due)} go on after signing out"] * bool(due - ended) + [f"ended after {slowest:.1f} s"] * (slowest > 5) + [f"{len(cut)} cut off who stayed"] * bool(cut)
        # Half of them are gone without a word.
        for fd in list(mine)[:count // 2]:
            poll.unregister(sockets[fd])
            sockets.pop(fd).close()
        time.sleep(3)
        p99 = somebody.end()
        wrong += [f"pages p99 {p99:.2f} s"] * (p99 > 0.3) + [f"{somebody.bad} unanswered"] * (somebody.bad > 0)
        left = files(program)
        end = time.monotonic() + 40
        while left > all_ - count // 2 + 200 and time.monotonic() < end:
            time.sleep(1)
            left = files(program)
        wrong += [f"{left} files"] * (left > all_ - count // 2 + 200)
        wrong += [f"{each:.1f} KiB each"] * (each > 12)
        print(f"# {count} boards: {each:.1f} KiB each, 99 % heard after {at99:.2f} s, pages p99 {p99 * 1000:.0f} ms, {len(ended)} lines ended {slowest:.1f} s after signing out", "; ".join(wrong), flush=True)
        return say("D-3-boards", count, len(wrong), "another-hall-hears-nothing" if not strangers else "hears", not strangers)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        shutil.rmtree(work, ignore_errors=True)


# Holds connections until it is told to let go.
HOLDER = '''
import socket, sys, time
held = []
for n in range(int(sys.argv[2])):
    s = socket.socket()
    s.setblocking(False)
    s.bind((sys.argv[3], 0))
    s.connect_ex(("127.0.0.1", int(sys.argv[1])))
    held.append(s)
    if n % 250 == 249:
        time.sleep(0.05)
print(len(held), flush=True)
sys.stdin.read()
'''


def idle(binary, count, connects):
    many_files()
    work, failed, program, control = tempfile.mkdtemp(prefix="hk-idle-"), 0, None, False
    try:
        from place import free_port
        watch = free_port()
        program = Program(binary, work, days=0, env={"HALLKEEPER_CLIENTS": "1500", "HALLKEEPER_WATCH_PORT": str(watch)})
        program.start(wait=200)
        for number in range(count):
            had, sockets = files(program), []
            # More than one process may have files for.
            for n in range(4):
                sockets.append(subprocess.Popen([sys.executable, "-c", HOLDER, str(program.port), str(connects // 4), f"127.0.0.{n + 1}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            held = sum(int(one.stdout.readline() or 0) for one in sockets)
            time.sleep(0.5)
            own = program.port
            control = control or program.status("/health", timeout=1) == 0
            program.port = watch
            began = time.monotonic()
            answered, took = program.status("/health") == 200 and program.status("/metrics") == 200, time.monotonic() - began
            program.port = own
            most = files(program) - had
            for one in sockets:
                one.stdin.close()
                one.wait()
            back, began = False, time.monotonic()
            while not back and time.monotonic() - began < 30:
                back = program.status("/health") == 200
                time.sleep(0.2)
            wrong = [f"{held} of {connects} connected"] * (held < connects) + ["the watch's port is silent"] * (not answered) + [f"{took:.1f} s"] * (took > 2) + [f"{most} files"] * (most > 1700) + ["does not come back"] * (not back)
            if wrong:
                failed += 1
                print("#", number, "; ".join(wrong))
        return say("D-5-idle-lines", count, failed, "the-crowded-port-is-silent" if control else "answers", control)
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only", default="D-1,D-2,D-3,D-5")
    options.add_argument("--count", type=int, default=18)
    options.add_argument("--boards", type=int, default=5000)
    options.add_argument("--lines", type=int, default=4000)
    options.add_argument("--seconds", type=int, default=120)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    binary, good, wanted = os.path.abspath(options.program), True, options.only.split(",")
    if "D-2" in wanted:
        good &= bodies(binary)
    if "D-5" in wanted:
        good &= idle(binary, min(options.count, 3), 20_000)
    if "D-3" in wanted:
        good &= boards(binary, options.boards)
    if "D-1" in wanted:
        good &= slow(binary, options.count, options.lines, options.seconds)
    sys.exit(0 if good else 1)
