"""Labels, the public log and the floor plan in a real Chromium: printed and scanned back, pressed by a customer, drawn and dragged,
scanned again where there is no network. Over HTTPS under a name that is not localhost; phone and desktop, Chinese and English."""
import base64, os, shutil, subprocess, time
from playwright.sync_api import sync_playwright
from proxied import House, check, finish, name, root, seen, shots, sign_in, speak, until

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
PLAN = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 700"><style>.w{fill:none;stroke:#444;stroke-width:8}.t{font-size:30px;fill:#555}</style>
<script>document.title = 'evil'</script><rect class="w" x="10" y="10" width="1180" height="680"/><path class="w" d="M800 10V420M800 520V690M10 430H300M420 430H800" onclick="evil()"/>
<text class="t" x="60" y="80">自助区</text><text class="t" x="60" y="640">柜台</text><text class="t" x="900" y="80">卫生间</text><image href="https://evil.example/x.png" width="9" height="9"/></svg>"""

house = House("--days", "6")
base = f"https://{name}:{house.tls}"


def fetched(page, path):
    """What the page itself gets, bytes and policy: only the browser knows the name of the house."""
    found = page.evaluate("""async path => { const reply = await fetch(path), bytes = new Uint8Array(await reply.arrayBuffer()); let text = '';
        for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
        return { body: btoa(text), policy: reply.headers.get('content-security-policy') } }""", path)
    return base64.b64decode(found["body"]), found["policy"]


try:
    house.wait()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=[
            "--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1", "--ignore-certificate-errors"])

        def context(size, locale="zh-CN"):
            return browser.new_context(viewport=size, locale=locale, ignore_https_errors=True)

        desk = context(DESK)
        page = desk.new_page()
        errors = []
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None)
        halls = []
        for director in ("director-chengnan", "director-chengbei"):
            sign_in(page, base, director)
            halls.append(page.locator("nav a[href^='/board/']").first.get_attribute("href").split("/")[-1])
            desk.clear_cookies()
        place, other = halls
        sign_in(page, base, "administrator")
        speak(page, base, "zh-CN")

        # Labels: made with one button, printed, and read back from the file.
        page.goto(f"{base}/labels/{place}")
        # The first hall of the demo has its labels already; another is without.
        check("where all have labels nothing is missing", page.locator("form:has(input[value=all])").count() == 0)
        page.goto(f"{base}/labels/{other}")
        page.click("form:has(input[value=all]) button")
        page.wait_for_selector(".flash")
        page.goto(f"{base}/labels/{place}")
        page.fill("#name", "2 号叫号机")
        page.select_option("#zone", "lobby")
        page.click("form:has(#name) button")
        page.wait_for_selector("th:has-text('2 号叫号机')")
        check("the page offers the address it is open under", page.input_value("#address") == base, page.input_value("#address"))
        codes = {link.inner_text().replace("-", ""): link.get_attribute("href") for link in page.locator("table.list td a.mono").all()}
        for sheet in ("70x37", "99x38", "50x50"):
            pdf, _ = fetched(page, f"/labels/{place}/sheet.pdf?sheet={sheet}&address={base}&public={base}")
            file = os.path.join(house.work, sheet)
            open(file + ".pdf", "wb").write(pdf)
            read = set()
            # A sheet is many codes in one picture, a phone sees one: what is missed at one size may be found at another.
            for dots in (200, 300, 420):
                subprocess.run(["pdftoppm", "-r", str(dots), "-png", file + ".pdf", f"{file}-{dots}"], check=True)
                pictures = sorted(f for f in os.listdir(house.work) if f.startswith(f"{sheet}-{dots}-"))
                found = subprocess.run(["zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", *[os.path.join(house.work, f) for f in pictures]], capture_output=True, text=True)
                read.update(found.stdout.split())
                if dots == 200:
                    shutil.copy(os.path.join(house.work, pictures[0]), os.path.join(shots, f"labels-{sheet}.png"))
            check(f"every code of {sheet} is read back", sorted(read) == sorted(base + link for link in codes.values()), f"{len(read)} of {len(codes)}")
        log = base + next(link for link in codes.values() if link.startswith("/log/"))
        zone_link = {row.locator("th").inner_text(): row.locator("a.mono").get_attribute("href") for row in page.locator("table.list tbody tr").all()}

        # The floor plan: a drawing with scripts in it, made harmless; a zone clicked, a point typed, a pin dragged.
        page.goto(f"{base}/plans/{place}/edit")
        seen(page, "plan-edit-empty")
        page.set_input_files("#picture", {"name": "plan.svg", "mimeType": "image/svg+xml", "buffer": PLAN.encode()})
        page.click("form:has(#picture) button")
        page.wait_for_selector(".plan img")
        check("what could run is left out, in words", "3" in page.locator(".flash").inner_text(), page.locator(".flash").inner_text())
        check("the plan is drawn", page.evaluate("document.querySelector('.plan img').decode().then(() => true, () => false)"))
        drawn, policy = fetched(page, page.locator(".plan img").get_attribute("src"))
        check("nothing that runs is in the picture", b"evil" not in drawn and b"script" not in drawn)
        check("the picture has one policy, a sandbox", policy == "sandbox; default-src 'none'", policy)
        spots = {"zone/outside": (60, 930), "zone/lobby": (400, 700), "zone/racks": (300, 300), "zone/counters": (250, 900), "zone/restroom": (800, 250), "zone/self-service": (150, 250), "zone/entrance": (500, 950)}
        for key, (x, y) in spots.items():
            page.select_option("#target", key)
            page.fill("#x", str(x))
            page.fill("#y", str(y))
            page.click("form[data-plan-form] button")
            page.wait_for_selector(f"g.pin[data-key='{key}']")
        box = page.locator(".plan svg").bounding_box()
        page.select_option("#target", "zone/exits")
        page.mouse.click(box["x"] + box["width"] * .9, box["y"] + box["height"] * .8)
        check("a click sets the numbers", abs(int(page.input_value("#x")) - 900) <= 3 and abs(int(page.input_value("#y")) - 800) <= 3, page.input_value("#x"))
        check("a click keeps what was chosen", page.input_value("#target") == "zone/exits")
        page.click("form[data-plan-form] button")
        page.wait_for_selector("g.pin[data-key='zone/exits']")
        box = page.locator(".plan svg").bounding_box()
        pin = page.locator("g.pin[data-key='zone/racks'] circle").bounding_box()
        page.mouse.move(pin["x"] + pin["width"] / 2, pin["y"] + pin["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * .6, box["y"] + box["height"] * .2, steps=4)
        page.mouse.up()
        page.wait_for_selector("td:has-text('600 / 200')")
        check("a pin that is dragged is kept", True)
        seen(page, "plan-edit")
        desk.close()

        # Whoever keeps the register sees the state of each thing beside the plan, in the longer language too.
        for size, kind in ((PHONE, "phone"), (DESK, "desktop")):
            c = context(size, "en-GB")
            page = c.new_page()
            sign_in(page, base, "director-chengnan")
            speak(page, base, "en")
            page.goto(f"{base}/plans/{place}")
            check(f"things stand beside the plan ({kind})", page.locator("table.list .state:has-text('Service by')").count() >= 1)
            seen(page, f"plan-things-{kind}")
            c.close()

        for size, kind in ((PHONE, "phone"), (DESK, "desktop")):
            for language, locale in (("zh-CN", "zh-CN"), ("en", "en-GB")):
                tag = f"{kind}-{language[:2]}"
                c = context(size, locale)
                page = c.new_page()
                page.on("pageerror", lambda e: errors.append(str(e)))
                sign_in(page, base, "administrator")
                speak(page, base, language)
                page.goto(f"{base}/labels/{place}")
                seen(page, f"labels-{tag}")
                page.goto(f"{base}/plans/{place}")
                check(f"open findings stand on the plan ({tag})", page.locator("a.mark").count() >= 1, str(page.locator("table.list tr").count()))
                seen(page, f"plan-{tag}")
                page.goto(f"{base}/plans/{place}/heat")
                check(f"the month is a heat map ({tag})", page.locator("a.heat").count() >= 1)
                hidden = page.evaluate("(() => { const t = document.querySelector('table.counts').parentElement; return t.scrollWidth - t.clientWidth })()")
                check(f"the month's numbers are all in sight ({tag})", hidden <= 1, f"{hidden}px")
                seen(page, f"heat-{tag}")
                if page.locator("section table td").count():
                    page.locator("section table th a").first.click()
                    check(f"a number opens its rows ({tag})", page.locator("#rows tr").count() >= 1)
                page.goto(f"{base}/plans/{place}/edit")
                seen(page, f"plan-edit-{tag}")
                c.close()
                # A customer: no sign-in, no cookie.
                c = context(size, locale)
                page = c.new_page()
                page.goto(log)
                check(f"the log is read by anybody, without a cookie ({tag})", page.locator("table.list tr").count() >= 2 and not c.cookies())
                seen(page, f"log-{tag}")
                c.close()

        c = context(PHONE)
        page = c.new_page()
        page.goto(log)
        if page.locator("form button").count():
            page.click("form button")
            page.wait_for_selector(".flash")
            check("who presses is told that somebody comes", page.locator("form button").count() == 0)
            seen(page, "log-told")
        c.close()

        # Scanning: the right point, with the network and without.
        c = context(PHONE)
        page = c.new_page()
        page.on("pageerror", lambda e: errors.append(str(e)))
        sign_in(page, base, "cleaner-chengnan")
        held = page.evaluate("async () => { const r = await fetch('/q'); return r.json() }")
        check("the cleaner has rounds that codes lead to", len(held) >= 1, str(held))
        scan, target = sorted(held.items())[0]
        page.goto(base + scan)
        check("a scan opens the point", page.url == base + target, page.url)
        seen(page, "scanned")
        page.goto(base + "/today")
        until(page, "async () => { for (const n of await caches.keys()) { if (n.startsWith('hallkeeper-pages-')) { const c = await caches.open(n); if (await c.match('%s') && await c.match('%s')) return true } } return false }" % (scan, target.split("#")[0]))
        house.cut()
        page.goto(base + scan)
        check("without network a scan opens the same point", page.url == base + target, page.url)
        check("the round is there without network", page.locator(target[target.index("#"):]).count() == 1)
        page.screenshot(path=os.path.join(shots, "scanned-offline.png"))
        page.goto(base + "/q/0000000000")
        check("an unknown code without network says that there is none", page.locator("h1").count() == 1 and "/q/" in page.url)
        house.connect()
        c.close()
        c = context(PHONE)
        page = c.new_page()
        sign_in(page, base, "guide-chengnan")
        page.goto(base + next(link for link in codes.values() if link == zone_link.get("清洗卫生间") or link == scan))
        check("who has nothing to do there is told what is next", page.locator("h2").count() >= 1)
        seen(page, "scan-nothing")
        c.close()
        check("no script error", not errors, str(errors[:3]))
        browser.close()
finally:
    house.close()
finish()
