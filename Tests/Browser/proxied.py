"""What browser tests share: counted checks, a free port, and the demo behind the shipped nginx file under a name that is not
localhost."""
import os, re, shutil, socket, subprocess, sys, tempfile, time, urllib.request
from axe_playwright_python.sync_playwright import Axe

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
shots = os.environ.get("SCREENSHOTS") or os.path.join(root, "screenshots")
os.makedirs(shots, exist_ok=True)
name = "hall.example.cn"
failed, passed = [], []


def check(what, holds, detail=""):
    (passed if holds else failed).append(what)
    if not holds:
        print("FAILED", what, detail)


def finish():
    """Prints the count; leaves with 1 when anything failed or nothing was checked."""
    print(f"{len(passed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House:
    """A folder with a certificate, the demo, and nginx in front of it."""

    def __init__(self, *words):
        self.work = tempfile.mkdtemp(prefix="hallkeeper-https-")
        self.app, plain, self.tls = free_port(), free_port(), free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                        "-keyout", self.work + "/privkey.pem", "-out", self.work + "/fullchain.pem"], check=True, capture_output=True)
        conf = open(os.path.join(root, "deploy/nginx.conf")).read()
        conf = conf.replace("127.0.0.1:8080", f"127.0.0.1:{self.app}").replace("/etc/ssl/hallkeeper", self.work)
        conf = re.sub(r"\n\s*listen \[::\][^\n]*", "", conf)
        conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443 ssl http2;", f"listen 127.0.0.1:{self.tls} ssl http2;")
        work = self.work
        open(work + "/nginx.conf", "w").write(f"""daemon off; {"user root;" if os.getuid() == 0 else ""} pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
{conf}
}}""")
        self.log = open(work + "/server.log", "w")
        self.program = subprocess.Popen(
            [os.path.join(root, ".build/debug/hallkeeper"), "demo", "--data", work + "/data", "--port", str(self.app), *words],
            cwd=root, stdout=self.log, stderr=self.log, env={**os.environ, "HALLKEEPER_PROXIES": "1"})
        self.connect()

    def connect(self):
        """The line between browsers and the program."""
        self.proxy = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", self.work + "/nginx.conf", "-p", self.work],
                                      stdout=self.log, stderr=self.log)

    def cut(self):
        self.proxy.terminate()
        self.proxy.wait(10)

    def wait(self):
        """Until the program answers."""
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.app}/health", timeout=1)
                return
            except Exception:
                time.sleep(0.1)

    def close(self):
        """Ends both; the folder stays when something failed."""
        self.proxy.terminate()
        self.program.terminate()
        self.program.wait(20)
        if not failed and passed:
            shutil.rmtree(self.work, ignore_errors=True)


def seen(page, what, axe=True):
    """A screenshot, no sideways scroll, nothing serious found by axe."""
    page.screenshot(path=os.path.join(shots, what + ".png"), full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    check(what + " does not scroll sideways", wide <= 1, f"{wide}px")
    if axe:
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        check(what + " has nothing serious for axe", not found, str([(v["id"], v["nodes"][0]["html"][:160]) for v in found]))


def until(page, what, seconds=20):
    """Waits until something holds in the page; the page's own policy forbids Playwright's way of waiting."""
    for _ in range(seconds * 10):
        try:
            if page.evaluate(what):
                return True
        except Exception:
            pass
        time.sleep(0.1)
    check("waited for " + what[:80], False, page.url + " " + page.inner_text("body")[:300])
    return False


def speak(page, base, language):
    """The language of whoever is signed in."""
    page.goto(base + "/me")
    page.select_option("#language", language)
    page.click("form:has(#language) button.primary")


def sign_in(page, base, login):
    page.goto(base + "/sign-in")
    give_name(page, login)


def give_name(page, login):
    """On the sign-in page: the demo's password, then Today."""
    page.fill("#login", login)
    page.fill("#password", "demo-hallkeeper")
    page.click("form:has(#login) button.primary")
    page.wait_for_url("**/today*")
