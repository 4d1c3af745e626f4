"""Benchmarks: ratios to bare programs made of the same parts, measured in turn on the same machine in the same minutes.
Each line: name value goal ok|short. `--quick` takes a tenth of the data and a third of the time."""
import argparse, http.client, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time

root = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
parser = argparse.ArgumentParser()
parser.add_argument("--build", default=os.path.join(root, ".build-release/release"))
parser.add_argument("--quick", action="store_true")
parser.add_argument("--only", default="", help="names of parts, by commas: acts,page,plan,sweep,start,verify")
options = parser.parse_args()
product, yardstick = options.build + "/hallkeeper", options.build + "/yardstick"
work = tempfile.mkdtemp(prefix="hallkeeper-bench-")
seconds = 4 if options.quick else 12
many, few, halls = (100_000, 1_000, 1_000) if options.quick else (1_000_000, 10_000, 10_000)
rows, notes = [], []


def wanted(part):
    return not options.only or part in options.only.split(",")


def figure(name, value, goal, good):
    rows.append((name, value, goal, good))
    print(f"{name} {value} {goal} {'ok' if good else 'short'}", flush=True)


def note(text):
    notes.append(text)
    print("  " + text, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def measure(*words):
    out = subprocess.run([yardstick, *map(str, words)], check=True, capture_output=True, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


class Running:
    """A program that serves, with its CPU time and memory."""

    def __init__(self, words, port, environment=None):
        self.port = port
        begun = time.perf_counter()
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HALLKEEPER_LOG": "warning", **(environment or {})})
        while True:
            try:
                c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                c.request("GET", "/health")
                c.getresponse().read()
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - begun > 60:
                    sys.exit("did not start: " + " ".join(words))
                time.sleep(0.002)
        self.started = time.perf_counter() - begun

    def cpu(self):
        f = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def serve(data):
    port = free_port()
    return Running([product, "serve", "--data", data, "--port", str(port)], port)


def bare():
    port = free_port()
    return Running([yardstick, "bare", work + "/bare", str(port)], port)


def wrk(running, path, connections, script=None):
    """Requests a second, p99 in ms, CPU microseconds a request, answers that were not 2xx or 3xx."""
    before, begun = running.cpu(), time.time()
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{running.port}{path}"]
    if script:
        words[1:1] = ["-s", script]
    out = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", out).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return requests / seconds, p99, (running.cpu() - before) / max(1, requests) * 1e6, int(wrong.group(1)) if wrong else 0


def lua(name, lines):
    path = f"{work}/{name}.lua"
    open(path, "w").write(lines)
    return path


def alternate(first, second, turns=3):
    """Both in turn, so that what else the machine does falls on both; the middle of each by requests a second."""
    got = ([], [])
    for _ in range(turns):
        got[0].append(first())
        got[1].append(second())
    return tuple(sorted(g)[len(g) // 2] for g in got)


def say(name, value):
    note(f"{name}: {value[0]:.0f}/s, p99 {value[1]:.1f} ms, {value[2]:.0f} us CPU a request" + (f", {value[3]} REFUSED" if value[3] else ""))


note(f"load {os.getloadavg()[0]:.1f} at the start, {os.cpu_count()} cores; {measure('disk', work)['fdatasync_per_s']} fdatasync/s on this disk")
try:
    if wanted("acts") or wanted("page") or wanted("verify") or wanted("start"):
        sessions = measure("world", work + "/few", few, 100)["sessions"]
    if wanted("acts") or wanted("verify"):
        s = sessions["clerk-chengnan"]
        act = lua("act", f'''local n = 0
            local seed = string.format("%08x", os.time())
            request = function()
              n = n + 1
              local key = seed .. string.format("%024x", n)
              return wrk.format("POST", "/report/counter.paused", {{["cookie"] = "hk={s['token']}", ["content-type"] = "application/x-www-form-urlencoded"}},
                "csrf={s['csrf']}&key=" .. key .. "&counter=3&reason=break")
            end''')
        row = lua("row", 'wrk.method = "POST"\nwrk.body = string.rep("a", 120)')
        a, b = serve(work + "/few"), bare()
        own, base = alternate(lambda: wrk(a, "/", 64, act), lambda: wrk(b, "/row", 64, row))
        say("act", own)
        say("bare row", base)
        a.stop()
        b.stop()
        if own[3]:
            sys.exit("acts were refused")
        figure("act_ratio", f"{own[0] / base[0] * 100:.0f}%", ">=50%", own[0] >= base[0] * 0.5)
        figure("act_p99_ratio", f"{own[1] / base[1]:.1f}x", "<=3x", own[1] <= base[1] * 3)
    if wanted("page"):
        big = measure("world", work + "/many", many, 100)["sessions"]

        def today(running, who):
            script = lua("today" + str(running.port), f'wrk.headers["cookie"] = "hk={who["cleaner-chengnan"]["token"]}"')
            return lambda: wrk(running, "/today", 16, script)

        a, b = serve(work + "/few"), bare()
        own, base = alternate(today(a, sessions), lambda: wrk(b, "/page", 16))
        say("Today, 100 rows", own)
        say("bare page", base)
        b.stop()
        figure("page_ratio", f"{own[0] / base[0] * 100:.0f}%", ">=50%", own[0] >= base[0] * 0.5)
        c = serve(work + "/many")
        small, large = alternate(today(a, sessions), today(c, big))
        say(f"Today with {few} duties", small)
        say(f"Today with {many} duties", large)
        figure("page_growth", f"{large[2] / small[2]:.2f}x", "<=1.5x", large[2] <= small[2] * 1.5)
        a.stop()
        c.stop()
    if wanted("start"):
        if not os.path.exists(work + "/many"):
            measure("world", work + "/many", many, 100)
        serve(work + "/many").stop()
        starts = []
        for _ in range(5):
            a = serve(work + "/many")
            starts.append(a.started)
            if len(starts) < 5:
                a.stop()
        b = bare()
        time.sleep(3)
        figure("start_s", f"{sorted(starts)[2]:.2f}", "<=0.3", sorted(starts)[2] <= 0.3)
        figure("idle_memory_ratio", f"{a.memory() / b.memory():.2f}x", "<=2x", a.memory() <= 2 * b.memory())
        note(f"idle memory {a.memory():.0f} MB, bare {b.memory():.0f} MB; bare starts in {b.started:.2f} s")
        a.stop()
        b.stop()
    if wanted("plan"):
        p = measure("plan", work + "/plan", halls)
        note(f"{halls} halls x {p['rules']} rules: {p['thought']} duties thought of, {p['opened']} stored")
        share = halls / 10_000
        figure("plan_s", f"{p['think_s']:.1f}", f"<={10 * share:g}", p["think_s"] <= 10 * share)
        figure("plan_stored_s", f"{p['store_s']:.1f}", f"<={60 * share:g}", p["store_s"] <= 60 * share)
        figure("plan_memory_mb", p["memory_mb"], "<=500", p["memory_mb"] <= 500)
    if wanted("sweep"):
        small = measure("sweep", work + "/sweep1", few)
        large = measure("sweep", work + "/sweep10", few * 10)
        note(f"{small['due']} due among {few} and {few * 10} open: looked in {small['look_ms']:.2f} and {large['look_ms']:.2f} ms, done in {small['do_ms']:.0f} and {large['do_ms']:.0f} ms")
        figure("sweep_look_growth", f"{large['look_ms'] / small['look_ms']:.2f}x", "<=1.2x", large["look_ms"] <= small["look_ms"] * 1.2)
        figure("sweep_growth", f"{large['do_ms'] / small['do_ms']:.2f}x", "<=1.2x", large["do_ms"] <= small["do_ms"] * 1.2)
    if wanted("verify"):
        out = subprocess.run([product, "verify", "--data", work + "/few"], capture_output=True, text=True).stdout
        shown = re.search(r"(\d+) entries in ([\d.]+) s", out)
        # Past duties were made without entries; the walk over the chains is what counts here.
        rate = int(shown.group(1)) / float(shown.group(2))
        note(f"{shown.group(1)} entries walked in {shown.group(2)} s")
        figure("verify_entries_per_s", f"{rate:.0f}", ">=200000", rate >= 200_000)
finally:
    shutil.rmtree(work, ignore_errors=True)
short = [row[0] for row in rows if not row[3]]
print(f"{len(rows) - len(short)} ok, {len(short)} short" + (": " + ", ".join(short) if short else ""))
