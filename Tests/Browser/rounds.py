"""A round in a cellar: opened, the network cut, 60 points and 6 photos, the browser killed, opened again, the network back.
Over HTTPS under a name that is not localhost. Sent once, the hashes equal; the screen small and quick on a slow phone."""
import hashlib, json, os, re, shutil, socket, sqlite3, subprocess, sys, tempfile, time, urllib.request, zlib, struct, random
from playwright.sync_api import sync_playwright

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
shots = os.environ.get("SCREENSHOTS") or os.path.join(root, "screenshots")
os.makedirs(shots, exist_ok=True)
name, failed, passed = "hall.example.cn", [], 0


def check(what, holds, detail=""):
    global passed
    if holds:
        passed += 1
    else:
        failed.append(what)
        print("FAILED", what, detail)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def picture(seed):
    """A PNG of noise of some 300 kB: no two are alike and none can be made much smaller."""
    noise, side = random.Random(seed), 320
    lines = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")


work = tempfile.mkdtemp(prefix="hallkeeper-rounds-")
# The shipped pack with a round of 60 points in place of the restroom's.
pack = shutil.copytree(os.path.join(root, "packs/guangan"), work + "/pack")
lines = ["id: restroom-check", 'title: {zh: "地下室巡检", en: "Cellar round"}', "points:"]
for n in range(60):
    lines.append(f'  - {{id: p{n}, clause: "1.3-7", zone: {{zh: "{n // 10 + 1} 区", en: "Zone {n // 10 + 1}"}}, title: {{zh: "第 {n + 1} 点", en: "Point {n + 1}"}}, good: {{zh: "干净", en: "Clean"}}}}')
open(pack + "/rounds/restroom-check.yaml", "w").write("\n".join(lines) + "\n")

app, plain, tls = free_port(), free_port(), free_port()
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                "-keyout", work + "/privkey.pem", "-out", work + "/fullchain.pem"], check=True, capture_output=True)
conf = open(os.path.join(root, "deploy/nginx.conf")).read()
conf = conf.replace("127.0.0.1:8080", f"127.0.0.1:{app}").replace("/etc/ssl/hallkeeper", work)
conf = re.sub(r"\n\s*listen \[::\][^\n]*", "", conf)
conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;")
open(work + "/nginx.conf", "w").write(f"""daemon off; {"user root;" if os.getuid() == 0 else ""} pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
{conf}
}}""")
log = open(work + "/server.log", "w")
program = subprocess.Popen([os.path.join(root, ".build/debug/hallkeeper"), "demo", "--data", work + "/data", "--port", str(app), "--days", "1", "--pack", pack],
                           cwd=root, stdout=log, stderr=log, env={**os.environ, "HALLKEEPER_PROXIES": "1"})


def network():
    """The line between the phone and the hall; stopping it is the cellar, for pages and the worker alike."""
    return subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", work + "/nginx.conf", "-p", work], stdout=log, stderr=log)


proxy = network()
base, profile = f"https://{name}:{tls}", work + "/profile"


def phone(p):
    return p.chromium.launch_persistent_context(
        profile, executable_path=shutil.which("chromium"), ignore_https_errors=True, locale="zh-CN", viewport={"width": 390, "height": 844},
        args=["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1", "--ignore-certificate-errors"])


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


def rows(file, sql):
    with sqlite3.connect(f"file:{work}/data/{file}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


try:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{app}/health", timeout=1)
            break
        except Exception:
            time.sleep(0.1)
    pictures = [picture(seed) for seed in range(6)]
    with sync_playwright() as p:
        context = phone(p)
        page = context.pages[0] if context.pages else context.new_page()
        page.goto(base + "/sign-in")
        page.fill("#login", "cleaner-chengnan")
        page.fill("#password", "demo-hallkeeper")
        page.click("form:has(#login) button.primary")
        page.wait_for_url("**/today*")
        link = page.locator("li.line a", has_text="清洗卫生间").first.get_attribute("href")
        page.goto(base + link)
        check("the round stands open with 60 points", page.locator("fieldset.point").count() == 60)
        check("nothing is filled in beforehand", page.locator("fieldset.point input[type=radio]:checked").count() == 0)
        sizes = page.evaluate("[performance.getEntriesByType('navigation')[0].encodedBodySize].concat(performance.getEntriesByType('resource').map(r => r.encodedBodySize))")
        check("the screen weighs at most 60 kB with style and scripts", 0 < sum(sizes) <= 60000, str(sizes))
        # A phone of 2018: a tap is answered within 100 ms.
        slow = context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
        took = page.evaluate("""() => new Promise(done => { const box = document.querySelector('[data-point=p0]'), begun = performance.now();
            new MutationObserver(() => done(performance.now() - begun)).observe(box, { attributes: true });
            document.getElementById('a-p0-ok').click(); })""")
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        check("a tap is answered within 100 ms on a slow phone", took < 100, f"{took:.0f} ms")
        until(page, "async () => { for (const n of await caches.keys()) { if (n.startsWith('hallkeeper-pages-') && await (await caches.open(n)).match(location.pathname)) return true } return false }")
        page.screenshot(path=shots + "/round-phone.png")

        proxy.terminate()
        proxy.wait(10)
        for n in range(60):
            if n < 54:
                page.click(f"label[for=a-p{n}-ok]")
                continue
            page.click(f"label[for=a-p{n}-wanting]")
            page.click(f"label[for=s-p{n}-serious]")
            page.fill(f"#n-p{n}", f"第 {n} 点有水")
            page.set_input_files(f"#p-p{n}", {"name": "x.png", "mimeType": "image/png", "buffer": pictures[n - 54]})
            page.wait_for_selector(f"[data-point=p{n}] .taken img")
        check("the count says how far one is", page.locator("#walked").inner_text() == "60/60")
        page.locator("#f-p54").scroll_into_view_if_needed()
        page.screenshot(path=shots + "/round-wanting.png")

        # A flat battery: the browser is killed, not closed.
        subprocess.run(["pkill", "-9", "-f", profile])
        time.sleep(1)
        context = phone(p)
        page = context.pages[0] if context.pages else context.new_page()
        page.goto(base + link)
        until(page, "document.getElementById('walked') && document.getElementById('walked').textContent === '60/60'")
        check("opened again without network, every answer is still there", page.locator("fieldset.point.answered, fieldset.point.wanting").count() == 60)
        page.wait_for_selector("[data-point=p59] .taken img")
        check("and every photo", page.locator(".taken img").count() == 6)
        page.click("form.fill button.primary")
        until(page, "document.body.innerText.includes('1 条未发送')")
        check("what is not sent is in sight", True)
        page.screenshot(path=shots + "/round-unsent.png")
        check("nothing has arrived", rows("hallkeeper.sqlite", "select count(*) from walk")[0][0] == 0)

        # The session is gone as well: signing in again is all it takes.
        context.clear_cookies()
        proxy = network()
        time.sleep(1)
        page.click("a.button.primary")
        page.wait_for_url("**/sign-in*")
        page.fill("#login", "cleaner-chengnan")
        page.fill("#password", "demo-hallkeeper")
        page.click("form:has(#login) button.primary")
        page.wait_for_url("**/today*")
        for _ in range(200):
            if rows("hallkeeper.sqlite", "select count(*) from walk where state = 'done'")[0][0]:
                break
            time.sleep(0.2)
        page.wait_for_timeout(1500)
        page.goto(base + "/queue")
        until(page, "document.getElementById('queue').children.length > 0")
        check("the phone has let go of its copy", page.locator("#queue .card").count() == 0, page.inner_text("main"))
        check("and nothing is said to be unsent", page.locator("#bar").is_hidden())
        walks = rows("hallkeeper.sqlite", "select answers, state, record, duty from walk")
        check("one walk of 60 answers, done", len(walks) == 1 and len(json.loads(walks[0][0])) == 60 and walks[0][1] == "done", str(walks)[:200])
        check("one record of it", rows("hallkeeper.sqlite", f"select count(*) from record where duty = '{walks[0][3]}'")[0][0] == 1)
        sent = {row[0] for row in rows("photos.sqlite", "select sha from upload")}
        check("every photo's hash is the phone's", sent == {hashlib.sha256(x).hexdigest() for x in pictures}, f"{len(sent)}")
        check("no part is left over", rows("photos.sqlite", "select count(*) from upload_part")[0][0] == 0)
        check("six findings came of it", rows("hallkeeper.sqlite", f"select count(*) from finding where record = '{walks[0][2]}'")[0][0] == 6)
        page.goto(base + "/findings")
        page.screenshot(path=shots + "/findings-phone.png")
        page.locator("li.line a").first.click()
        page.screenshot(path=shots + "/finding-phone.png", full_page=True)
        notice = page.locator("a[href$='/notice']").get_attribute("href")
        page.goto(base + notice)
        page.pdf(path=shots + "/notice.pdf", format="A4")
        check("the notice prints as one sheet", open(shots + "/notice.pdf", "rb").read().count(b"/Type /Page\n") == 1)
        page.goto(base + link)
        page.screenshot(path=shots + "/round-done.png", full_page=True)
        context.close()
finally:
    proxy.terminate()
    program.terminate()
    program.wait(20)
    if not failed and passed:
        shutil.rmtree(work, ignore_errors=True)
print(f"{passed} passed, {len(failed)} failed")
sys.exit(1 if failed or not passed else 0)
