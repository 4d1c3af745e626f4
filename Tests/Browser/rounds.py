"""A round in a cellar: opened, the network cut, 60 points and 6 photos, the browser killed, opened again, the network back.
Over HTTPS under a name that is not localhost. Sent once, the hashes equal; the screen small and quick on a slow phone."""
import hashlib, json, os, random, shutil, sqlite3, struct, subprocess, tempfile, time, urllib.request, zlib
from playwright.sync_api import sync_playwright
from proxied import House, check, finish, give_name, name, root, shots, sign_in, until


def picture(seed):
    """A PNG of noise of some 300 kB: no two are alike and none can be made much smaller."""
    noise, side = random.Random(seed), 320
    lines = b"".join(b"\0" + noise.randbytes(side * 3) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines, 1)) + chunk(b"IEND", b"")


# The shipped pack with a round of 60 points in place of the restroom's.
pack = shutil.copytree(os.path.join(root, "packs/guangan"), tempfile.mkdtemp(prefix="hallkeeper-pack-"), dirs_exist_ok=True)
lines = ["id: restroom-check", 'title: {zh: "地下室巡检", en: "Cellar round"}', "points:"]
zones = ["outside", "entrance", "lobby", "boards", "counters", "office"]
for n in range(60):
    lines.append(f'  - {{id: p{n}, clause: "1.3-7", zone: {zones[n // 10]}, title: {{zh: "第 {n + 1} 点", en: "Point {n + 1}"}}, good: {{zh: "干净", en: "Clean"}}}}')
open(pack + "/rounds/restroom-check.yaml", "w").write("\n".join(lines) + "\n")

house = House("--days", "1", "--pack", pack)
work, base, profile = house.work, f"https://{name}:{house.tls}", house.work + "/profile"


def phone(p):
    return p.chromium.launch_persistent_context(
        profile, executable_path=shutil.which("chromium"), ignore_https_errors=True, locale="zh-CN", viewport={"width": 390, "height": 844},
        args=["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1", "--ignore-certificate-errors"])


def weight(address, cookies):
    """Bytes on the line, asked beside the browser: behind a service worker the browser tells them unpacked."""
    packed = urllib.request.Request(address.replace(base, f"http://127.0.0.1:{house.app}"), headers={
        "Accept-Encoding": "gzip", "Cookie": "; ".join(f"{c['name']}={c['value']}" for c in cookies)})
    with urllib.request.urlopen(packed, timeout=20) as reply:
        check("what is weighed is packed", reply.headers.get("content-encoding") == "gzip", address)
        return len(reply.read())


def rows(file, sql):
    with sqlite3.connect(f"file:{work}/data/{file}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


try:
    house.wait()
    pictures = [picture(seed) for seed in range(6)]
    with sync_playwright() as p:
        context = phone(p)
        page = context.pages[0] if context.pages else context.new_page()
        sign_in(page, base, "cleaner-chengnan")
        link = page.locator("li.line a", has_text="清洗卫生间").first.get_attribute("href")
        page.goto(base + link)
        check("the round stands open with 60 points", page.locator("fieldset.point").count() == 60)
        check("nothing is filled in beforehand", page.locator("fieldset.point input[type=radio]:checked").count() == 0)
        parts = [page.url] + page.evaluate("performance.getEntriesByType('resource').map(r => r.name).filter(n => n.includes('/assets/'))")
        sizes = [weight(part, context.cookies()) for part in parts]
        check("the screen weighs at most 60 kB with style and scripts", len(sizes) >= 4 and 0 < sum(sizes) <= 60000, str(sizes))
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

        house.cut()
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
        house.connect()
        time.sleep(1)
        page.click("a.button.primary")
        page.wait_for_url("**/sign-in*")
        give_name(page, "cleaner-chengnan")
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

        # A phone whose store is full: nothing is lost, it can be saved to a file, and is handed in from the page itself.
        page.goto(base + "/voluntary")
        page.click("button[name=form][value=restroom-check]")
        page.wait_for_selector("form[data-round]")
        until(page, "document.getElementById('walked').textContent === '0/60'")
        page.click("label[for=a-p0-ok]")
        time.sleep(0.5)
        quota = context.new_cdp_session(page)
        origin = page.evaluate("location.origin")
        used = page.evaluate("navigator.storage.estimate().then(e => e.usage)")
        quota.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": int(used) + 20000})
        # The browser asks anew how much room there is after half a minute.
        time.sleep(32)
        house.cut()
        more = [picture(seed) for seed in (7, 8)]
        for n, bytes_ in enumerate(more, 1):
            page.click(f"label[for=a-p{n}-wanting]")
            page.click(f"label[for=s-p{n}-serious]")
            page.fill(f"#n-p{n}", "有水")
            page.set_input_files(f"#p-p{n}", {"name": "x.png", "mimeType": "image/png", "buffer": bytes_})
            page.wait_for_selector(f"[data-point=p{n}] .taken img")
        until(page, "!document.querySelector('.round-problem').hidden")
        check("a full phone says so, and that nothing is lost", "手机存不下了" in page.inner_text(".round-problem"), page.inner_text(".round-problem"))
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=shots + "/round-full.png")
        for n in range(3, 60):
            page.click(f"label[for=a-p{n}-ok]")
        with page.expect_download() as saved:
            page.click("#round-save")
        file = json.load(open(saved.value.path()))
        walk = [w for w in file["walks"] if w["points"].get("p59")]
        check("the file holds every answer", len(walk) == 1 and len(walk[0]["points"]) == 60, str(len(file["walks"])))
        check("and every photo", {x["sha"] for x in file["photos"]} >= {hashlib.sha256(x).hexdigest() for x in more}, str(len(file["photos"])))
        page.click("form.fill button.primary")
        time.sleep(1)
        check("without network it stays in the page", page.locator("[data-point=p1] .taken img").count() == 1 and "手机存不下了" in page.inner_text(".round-problem"), page.url)
        before = rows("hallkeeper.sqlite", "select count(*) from walk where state = 'done'")[0][0]
        house.connect()
        time.sleep(1)
        page.click("form.fill button.primary")
        for _ in range(100):
            if rows("hallkeeper.sqlite", "select count(*) from walk where state = 'done'")[0][0] > before:
                break
            time.sleep(0.2)
        # The page asks before it is left as long as it has not heard that all of it arrived.
        page.wait_for_url("**/today*")
        full = rows("hallkeeper.sqlite", "select answers from walk where state = 'done' order by received desc limit 1")
        check("with the network back it is handed in, once, whole", rows("hallkeeper.sqlite", "select count(*) from walk where state = 'done'")[0][0] == before + 1 and len(json.loads(full[0][0])) == 60)
        check("with its photos", {hashlib.sha256(x).hexdigest() for x in more} <= {row[0] for row in rows("photos.sqlite", "select sha from upload")})
        quota.send("Storage.overrideQuotaForOrigin", {"origin": origin})

        # Two drafts side by side; a photo from the gallery is marked so; a record that is refused is set aside with its reason
        # and does not block the next; what another person left on this phone is theirs.
        page.goto(base + "/voluntary")
        forms = [f for f in page.eval_on_selector_all("button[name=form]", "all => all.map(b => b.value)") if f in ("cleaning-round", "closing-round")]
        forms.sort(reverse=True)
        for form in forms:
            page.goto(base + "/voluntary")
            page.click(f"button[name=form][value={form}]")
            page.wait_for_selector("form[data-round]")
            until(page, "/^0/.test(document.getElementById('walked').textContent)")
            points = page.eval_on_selector_all("fieldset[data-point]", "all => all.map(b => b.dataset.point)")
            page.click(f"label[for=a-{points[0]}-ok]")
        for point in points[1:]:
            page.click(f"label[for=a-{point}-ok]")
        last = points[-1]
        page.click(f"label[for=a-{last}-wanting]")
        page.fill(f"#n-{last}", "脏")
        page.set_input_files(f"#g-{last}", {"name": "x.png", "mimeType": "image/png", "buffer": picture(9)})
        page.wait_for_selector(f"[data-point={last}] .taken img")
        person = page.locator("#bar").get_attribute("data-person")
        kept = page.evaluate("""person => new Promise(done => { const ask = indexedDB.open('hallkeeper', 1); ask.onsuccess = () => {
            const deal = ask.result.transaction('walks', 'readwrite'), shelf = deal.objectStore('walks');
            const walk = (id, who) => shelf.put({ id, person: who, place: 'nowhere', duty: id, title: id, device: 'device-of-a-test', began: 1, ended: 2, ticket: '', points: { a: { value: 'ok', at: 1 } }, state: 'queued', to: '', page: '/queue' });
            walk('a round there is not', person); walk('of somebody else', 'somebody-else'); deal.oncomplete = () => done(true); }; })""", person)
        page.click("form.fill button.primary")
        for _ in range(100):
            if rows("hallkeeper.sqlite", f"select count(*) from walk where state = 'done' and form = '{forms[1]}'")[0][0]:
                break
            time.sleep(0.2)
        check("what is refused does not block the next", rows("hallkeeper.sqlite", f"select count(*) from walk where state = 'done' and form = '{forms[1]}'")[0][0] == 1)
        check("a photo from the gallery is marked so", rows("hallkeeper.sqlite", f"select live from photo where point = '{last}'") == [(0,)], str(rows("hallkeeper.sqlite", "select point, live from photo")))
        page.wait_for_url("**/today*")
        page.goto(base + "/queue")
        until(page, "document.querySelectorAll('#queue .card').length === 2")
        text = page.inner_text("#queue")
        check("it is set aside with its reason, and can be sent again", "a round there is not" in text and page.locator("#queue .problem").count() == 1 and page.locator("#queue button").count() == 1, text)
        check("the other draft is still there", page.locator("#queue .card .note").count() == 1, text)
        check("and what is somebody else's is not shown", "of somebody else" not in text)
        check("but kept for them", page.evaluate("""() => new Promise(done => { const ask = indexedDB.open('hallkeeper', 1); ask.onsuccess = () => {
            const got = ask.result.transaction('walks').objectStore('walks').get('of somebody else'); got.onsuccess = () => done(got.result && got.result.state) } })""") == "queued")
        page.screenshot(path=shots + "/queue-phone.png")
        context.close()
finally:
    house.close()
    shutil.rmtree(pack, ignore_errors=True)
finish()
