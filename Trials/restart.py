"""Two processes on one PostgreSQL behind the shipped nginx file; each is told to stop and started again while people work.
Nobody may notice. The control, the same with one process alone, has to show failures."""
import http.client, json, os, re, shutil, signal, ssl, subprocess, sys, tempfile, threading, time, urllib.parse

root = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
binary = os.environ.get("HALLKEEPER_BINARY", root + "/.build/debug/hallkeeper")
sys.path.insert(0, os.path.dirname(__file__))
from place import Postgres, free_port, nginx

work = tempfile.mkdtemp(prefix="hallkeeper-restart-")
os.chmod(work, 0o755)
postgres = Postgres(work)
ports = [free_port(), free_port()]
log = open(work + "/programs.log", "w")


def start(port):
    return subprocess.Popen([binary, "demo", "--database", postgres.url, "--port", str(port), "--days", "1"], cwd=root,
                            stdout=log, stderr=log, env={**os.environ, "HALLKEEPER_PROXIES": "1", "HALLKEEPER_LOG": "warning"})


def wait_ready(port, most=120):
    end = time.time() + most
    while time.time() < end:
        try:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            c.request("GET", "/ready")
            if c.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("not ready; see " + work)


class Visitor:
    """Somebody signed in, over the proxy, who reads pages and says what the weather is."""

    def __init__(self, port):
        self.port, self.cookie = port, ""
        self.context = ssl._create_unverified_context()
        _, page, _ = self.ask("GET", "/sign-in")
        body = {"login": "guide-chengnan", "password": "demo-hallkeeper"}
        status, _, headers = self.ask("POST", "/sign-in", body)
        self.cookie = next(v.split(";")[0] for k, v in headers if k.lower() == "set-cookie" and v.startswith("hk="))

    def ask(self, method, path, form=None):
        c = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.context)
        headers = {"Host": "hall.example.cn", "Cookie": self.cookie}
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        c.request(method, path, data, headers)
        reply = c.getresponse()
        text = reply.read().decode("utf-8", "replace")
        c.close()
        return reply.status, text, reply.getheaders()

    def report(self):
        status, page, _ = self.ask("GET", "/report/weather.reported")
        if status != 200:
            return status
        hidden = dict(re.findall(r'name="(csrf|key)" value="([^"]*)"', page))
        return self.ask("POST", "/report/weather.reported", {**hidden, "kind": "rain"})[0]


def drive(tls, act):
    """50 requests a second while `act` runs; gives (asked, failed by reason)."""
    visitor = Visitor(tls)
    asked, failed, lock, stop = [0], {}, threading.Lock(), threading.Event()

    def work_on(number):
        turn = 0
        while not stop.is_set():
            begun = time.time()
            try:
                status = visitor.report() if turn % 5 == 0 else visitor.ask("GET", ["/sign-in", "/today", "/inbox", "/me"][turn % 4])[0]
                reason = None if status in (200, 303) else str(status)
            except Exception as error:
                reason = type(error).__name__
            with lock:
                asked[0] += 2 if turn % 5 == 0 else 1
                if reason:
                    failed[reason] = failed.get(reason, 0) + 1
            turn += 1
            time.sleep(max(0, 0.2 - (time.time() - begun)))

    threads = [threading.Thread(target=work_on, args=(n,)) for n in range(10)]
    for t in threads:
        t.start()
    time.sleep(1)
    act()
    time.sleep(1)
    stop.set()
    for t in threads:
        t.join()
    return asked[0], failed


programs = {}
proxies = []
try:
    for port in ports:
        programs[port] = start(port)
        wait_ready(port)

    def replace(port):
        programs[port].send_signal(signal.SIGTERM)
        code = programs[port].wait(30)
        if code != 0:
            print("ended with", code)
        programs[port] = start(port)
        wait_ready(port)

    both, tls = nginx(work + "/both", ports)
    proxies.append(both)
    asked, failed = drive(tls, lambda: [replace(port) for _ in range(2) for port in ports])
    single, tls = nginx(work + "/single", ports[:1])
    proxies.append(single)
    asked_alone, failed_alone = drive(tls, lambda: replace(ports[0]))
finally:
    for proxy in proxies:
        proxy.terminate()
    for program in programs.values():
        program.terminate()
        program.wait(30)
    postgres.stop()
good = not failed and asked > 100 and failed_alone
print(f"restart: {asked} requests over 4 replacements, failed {failed or 0}; control: {asked_alone} requests, failed {failed_alone or 0} -> {'ok' if good else 'FAILED, see ' + work}")
if good:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(0 if good else 1)
