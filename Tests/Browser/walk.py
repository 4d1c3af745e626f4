"""Walks the demo in a real Chromium: phone and desktop, Chinese and English; axe on every page. Prints 'N passed, M failed'."""
import os, shutil, subprocess, tempfile, time, urllib.request
from playwright.sync_api import sync_playwright
from proxied import check, finish, free_port, root, seen, shots, sign_in


def start(data, port):
    log = open(os.path.join(data, "..", "server.log"), "a")
    server = subprocess.Popen([os.path.join(root, ".build/debug/hallkeeper"), "demo", "--data", data, "--port", str(port), "--days", "6"],
                              cwd=root, stdout=log, stderr=log)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return server
        except Exception:
            if server.poll() is not None:
                raise SystemExit("the server did not start: see " + log.name)
            time.sleep(0.1)
    raise SystemExit("the server did not answer")


def loaded(page, selector):
    """The width of a picture once the browser has it, and 0 if it cannot be had: a click does not wait for pictures."""
    picture = page.locator(selector).first
    picture.scroll_into_view_if_needed()
    return picture.evaluate("i => { i.loading = 'eager'; return i.decode().then(() => i.naturalWidth, () => 0) }")


def walk(browser, base, kind, size, language):
    locale = "zh-CN" if language == "zh" else "en-GB"
    tag = f"{kind}-{language}"

    def context():
        return browser.new_context(viewport=size, locale=locale, device_scale_factor=1)

    c = context()
    page = c.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None)
    page.goto(base + "/")
    check(tag + " leads to sign-in", "/sign-in" in page.url)
    seen(page, f"{tag}-sign-in")
    page.fill("#login", "guide-chengnan")
    page.fill("#password", "wrong password")
    page.click("form:has(#login) button.primary")
    check(tag + " says that the password is wrong", page.locator(".problem").count() == 1)
    sign_in(page, base, "guide-chengnan")
    # The person's own language wins over the browser's; set it as a user would.
    page.goto(base + "/me")
    page.select_option("#language", "zh-CN" if language == "zh" else "en")
    page.click("form:has(#language) button.primary")
    page.goto(base + "/today")
    check(tag + " today has lines", page.locator("li.line").count() > 0)
    seen(page, f"{tag}-today")

    # Two taps: it rains; a duty appears, with why it is owed.
    page.goto(base + "/report")
    seen(page, f"{tag}-report")
    page.click("a[href='/report/weather.reported']")
    page.click("label[for=a-kind-rain]")
    seen(page, f"{tag}-rain")
    page.click("form.fill button.primary")
    page.wait_for_url("**/today*")
    check(tag + " the report is confirmed", page.locator(".flash").count() >= 1)
    page.goto(base + "/inbox")
    seen(page, f"{tag}-inbox")

    # A duty's page: its form, refused when empty, with what is missing in words.
    page.goto(base + "/today")
    go = page.locator("a.go")
    if go.count():
        go.first.click()
        seen(page, f"{tag}-duty")
        if page.locator("form.fill").count():
            page.click("form.fill button.primary")
            check(tag + " an empty form says what is missing", page.locator(".problem").count() >= 1)
            seen(page, f"{tag}-duty-problems", axe=False)
    page.goto(base + "/clauses")
    check(tag + " all 94 clauses can be read", page.locator("ul.plain a").count() == 94)
    seen(page, f"{tag}-clauses")
    page.goto(base + "/clauses/1.2-16")
    seen(page, f"{tag}-clause")
    page.goto(base + "/me")
    seen(page, f"{tag}-me")
    response = page.goto(base + "/coverage")
    check(tag + " a guide may not see coverage", response.status == 403)
    check(tag + " a refusal says what to do", page.locator("a.button").count() == 1)
    response = page.goto(base + "/nothing-here")
    check(tag + " an unknown address is 404", response.status == 404)
    seen(page, f"{tag}-404")
    c.close()

    c = context()
    page = c.new_page()
    sign_in(page, base, "director-chengnan")
    page.goto(base + "/me")
    page.select_option("#language", "zh-CN" if language == "zh" else "en")
    page.click("form:has(#language) button.primary")
    page.goto(base + "/today")
    seen(page, f"{tag}-director")
    board = page.locator("nav a[href^='/board/']").first.get_attribute("href")
    page.goto(base + board)
    check(tag + " the board shows the day as a strip", page.locator(".strip i").count() > 5)
    seen(page, f"{tag}-board")
    page.goto(base + board.replace("/board/", "/evening/"))
    seen(page, f"{tag}-evening")
    page.goto(base + board.replace("/board/", "/roster/"))
    seen(page, f"{tag}-roster")

    # The register: what runs out first, a thing entered, serviced with a photo of its label, one that nobody knows the age of.
    page.goto(base + board.replace("/board/", "/items/"))
    check(tag + " the register names what runs out first", page.locator("ul.cards .state").count() >= 5)
    seen(page, f"{tag}-register")
    page.locator("details.card > summary").first.click()
    page.fill("#it-name", f"T-{tag}")
    page.select_option("#it-type", "dry-powder")
    page.fill("#it-made", "2022-13")
    page.click("details.card button.primary")
    check(tag + " a month there is not is refused beside its field, and what was typed stays", page.locator("#it-made").locator("xpath=..").locator(".problem").count() == 1 and page.input_value("#it-name") == f"T-{tag}")
    page.fill("#it-made", "2022-03")
    page.click("details.card button.primary")
    page.locator("ul.cards a", has_text=f"T-{tag}").first.click()
    seen(page, f"{tag}-item")
    page.locator("#renew button.primary").first.click()
    check(tag + " a service asks for the label's photo", page.locator("#renew .problem").count() == 1)
    page.set_input_files("#s-photo", os.path.join(shots, f"{tag}-sign-in.png"))
    page.locator("#renew button.primary").first.click()
    check(tag + " serviced, it is good for two years from then", page.locator("p > .state.done").count() == 1 and page.locator("img.thumb").count() == 1)
    page.goto(base + board.replace("/board/", "/items/"))
    page.locator("ul.cards a").first.click()
    seen(page, f"{tag}-item-soon")

    # The hall's own side of its rounds: a point of its own, a photo of how it should look here, a round nobody owes.
    page.goto(base + "/rounds")
    seen(page, f"{tag}-rounds-hall")
    page.click("a.chip[href$='/rounds/restroom-check']")
    page.click("details.card > summary")
    page.click("details.card button.primary")
    check(tag + " a browser asks for the words of a point itself", page.locator("#own-title:invalid").count() == 1)
    page.fill("#own-title", f"后窗插销 {tag}")
    page.fill("#own-title-en", f"Back window bolt {tag}")
    page.select_option("#own-zone", "restroom")
    page.click("details.card button.primary")
    check(tag + " a point is added", page.locator(".flash:not(.problem)").count() == 1 and page.locator(".chip.own").count() >= 1)
    page.locator("#p-floor summary").click()
    page.set_input_files("#f-floor", os.path.join(shots, f"{tag}-sign-in.png"))
    page.locator("#p-floor button").first.click()
    check(tag + " the photo stands beside its point", loaded(page, "#p-floor img.thumb") in range(1, 241))
    seen(page, f"{tag}-hall-round")
    page.goto(base + "/today")
    page.click("a[href='/voluntary']")
    seen(page, f"{tag}-voluntary")
    page.click("button[value='restroom-check']")
    check(tag + " a voluntary round shows the photo of how it should look", page.locator("#f-floor a.reference img").count() == 1)
    seen(page, f"{tag}-voluntary-round")
    c.close()

    c = context()
    page = c.new_page()
    sign_in(page, base, "administrator")
    page.goto(base + "/me")
    page.select_option("#language", "zh-CN" if language == "zh" else "en")
    page.click("form:has(#language) button.primary")
    page.goto(base + "/coverage")
    cells = page.locator("table.grid td a")
    check(tag + " coverage has cells", cells.count() > 20)
    seen(page, f"{tag}-coverage")
    number = page.locator("a.tile").nth(1)
    figure = number.locator("b").inner_text()
    number.click()
    check(tag + " a number opens the rows behind it", page.locator("h2 .right").first.inner_text() == figure, figure)
    page.go_back()
    cells.first.click()
    check(tag + " a cell opens its rows", page.locator("li.line").count() > 0)
    seen(page, f"{tag}-cell")
    page.locator("li.line a").first.click()
    seen(page, f"{tag}-story")
    page.goto(base + "/halls")
    seen(page, f"{tag}-halls")
    page.goto(base + "/people")
    seen(page, f"{tag}-people")
    page.locator("table.list a").first.click()
    seen(page, f"{tag}-person")
    page.goto(base + "/packs")
    seen(page, f"{tag}-packs")
    page.locator("table.list a").first.click()
    seen(page, f"{tag}-preview")

    # Making a round: a point, its order, what it costs which halls; nothing is published, the draft is thrown away.
    page.goto(base + "/rounds")
    seen(page, f"{tag}-rounds")
    page.click("a[href='/rounds/restroom-check']")
    page.click("a[href='/rounds/restroom-check/points/new']")
    page.fill("#pt-title", "镜子")
    page.fill("#pt-title-en", "Mirror")
    page.select_option("#pt-zone", "restroom")
    page.fill("#pt-weight", "500")
    page.click("form.card button.primary")
    check(tag + " a weight of 500 is refused beside its field", page.locator("#pt-weight").locator("xpath=..").locator(".problem").count() == 1)
    seen(page, f"{tag}-round-point")
    page.fill("#pt-weight", "2")
    page.click("form.card button.primary")
    check(tag + " the point stands last", page.locator("table.points tbody tr").last.get_attribute("id") == "p-mirror")
    page.click("#p-mirror button[value=up]")
    check(tag + " and moves up", page.locator("table.points tbody tr").nth(4).get_attribute("id") == "p-mirror")
    check(tag + " what it costs is said", page.locator("text=/5 → 6/").count() >= 1)
    seen(page, f"{tag}-round")
    page.locator("form[action$='/discard'] button").click()
    page.goto(base + "/rounds/restroom-check")
    check(tag + " a draft thrown away is gone", page.locator("#p-mirror").count() == 0)
    page.goto(base + "/rounds/new")
    seen(page, f"{tag}-round-new")
    page.goto(base + "/ledger")
    seen(page, f"{tag}-ledger")
    check(tag + " no script error", not errors, str(errors[:3]))
    c.close()


def inspect(browser, base):
    """An inspector's day: points at random on a phone, then the difference at a desk, in both languages."""
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", device_scale_factor=1)
    page = phone.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    sign_in(page, base, "inspector")
    page.goto(base + "/patrols")
    seen(page, "inspector-patrols")
    page.click("a.button.primary")
    seen(page, "inspector-halls")
    page.locator("a.tile").nth(1).click()
    seen(page, "inspector-choice")
    page.fill("#count", "6")
    page.fill("#seed", "20261123")
    page.click("form button.primary")
    page.wait_for_url("**/patrols/*/*")
    points = page.locator("fieldset.point")
    number = points.count() + page.locator("input[inputmode=decimal], input[type=number]").count()
    check("six points are drawn", number == 6, str(number))
    seen(page, "inspector-walk")
    walked = page.url
    # The page's policy forbids waiting by an expression that is evaluated; a promise of the page itself is none.
    page.evaluate("navigator.serviceWorker.ready.then(async () => { for (let i = 0; i < 100 && !(navigator.serviceWorker.controller && await caches.match('/offline')); i++) await new Promise(d => setTimeout(d, 100)); })")
    page.click("form.fill button.primary")
    page.wait_for_selector(".point.wrong")
    check("an empty patrol says what is missing", page.locator(".point.wrong, .field.wrong").count() == 6 and page.locator(".round-problem").is_visible())
    # From here on there is no network, as in a cellar.
    phone.set_offline(True)
    for index in range(points.count()):
        points.nth(index).locator("label.ok").click()
    for field in page.locator("form.fill div.field input[inputmode]").all():
        if field.is_visible():
            field.fill("20")
    first = points.nth(0)
    first.locator("label.bad").click()
    if not first.locator("details").evaluate("d => d.open"):
        first.locator("summary").click()
    first.locator("input[name$='.note']").fill("抽查时有灰尘")
    picture = os.path.join(shots, "inspector-patrols.png")
    first.locator("input[type=file]").first.set_input_files(picture)
    page.wait_for_selector(".taken img")
    page.click("form.fill button.primary")
    page.wait_for_url("**/today*")
    page.wait_for_selector("#bar a")
    phone.set_offline(False)
    # The page that lay open finds its way back by itself; the queue is looked at beside it.
    page = phone.new_page()
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(base + "/queue")
    page.wait_for_selector("#queue .card, #queue .empty")
    until = time.time() + 40
    while page.locator("#queue .card").count() and time.time() < until:
        page.click("#queue-send")
        time.sleep(0.5)
    check("a patrol walked without network is sent when it is back", page.locator("#queue .empty").count() == 1, page.locator("#queue").inner_text())
    page.goto(walked)
    check("the score is shown with its formula", "÷" in page.locator("p.mono").inner_text() and page.locator(".tile b").count() >= 3)
    seen(page, "inspector-result")
    result = page.url
    check("no script error on a patrol", not errors, str(errors[:3]))
    phone.close()
    for language, locale in (("zh-CN", "zh-CN"), ("en", "en-GB")):
        desk = browser.new_context(viewport={"width": 1366, "height": 768}, locale=locale, device_scale_factor=1)
        page = desk.new_page()
        sign_in(page, base, "enterprise")
        page.goto(base + "/me")
        page.select_option("#language", language)
        page.click("form:has(#language) button.primary")
        page.goto(base + "/differences")
        seen(page, f"difference-{language}")
        number = page.locator("table td a").first
        check(f"the difference has numbers ({language})", page.locator("table td a").count() > 0)
        if page.locator("table td a").count():
            figure = number.inner_text()
            number.click()
            check(f"a difference opens its rows ({language})", page.locator("h2 .right").first.inner_text() == figure, figure)
            seen(page, f"difference-rows-{language}")
        page.goto(base + "/scores")
        check(f"the trend is drawn and written ({language})", page.locator("svg.chart circle").count() >= 1 and page.locator("table td a").count() >= 1)
        seen(page, f"scores-{language}")
        page.locator("table.grid th a").first.click()
        seen(page, f"scores-hall-{language}")
        page.goto(result)
        seen(page, f"patrol-result-{language}")
        desk.close()


def main():
    work = tempfile.mkdtemp(prefix="hallkeeper-")
    data = os.path.join(work, "data")
    port = free_port()
    os.makedirs(data)
    server = start(data, port)
    base = f"http://127.0.0.1:{port}"
    try:
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"])
            walk(browser, base, "phone", {"width": 390, "height": 844}, "zh")
            walk(browser, base, "phone", {"width": 390, "height": 844}, "en")
            walk(browser, base, "desktop", {"width": 1366, "height": 768}, "zh")
            walk(browser, base, "desktop", {"width": 1366, "height": 768}, "en")
            inspect(browser, base)
            # At night: dark, and still readable by axe's measure.
            c = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", locale="zh-CN")
            page = c.new_page()
            sign_in(page, base, "director-chengbei")
            for path in ("today", "report", "me"):
                page.goto(base + "/" + path)
                seen(page, "dark-" + path)
            page.locator("nav a[href^='/board/']").first.evaluate("a => location.assign(a.href)")
            page.wait_for_url("**/board/**")
            seen(page, "dark-board")
            c.close()
            # Without scripts everything still works.
            c = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
            page = c.new_page()
            sign_in(page, base, "cleaner-chengnan")
            check("today works without scripts", page.locator("h1").count() == 1)
            c.close()
            browser.close()
        # The second start goes on where the demo's clock stood, in seconds.
        server.terminate()
        server.wait(20)
        began = time.time()
        server = start(data, port)
        check("the second start takes seconds", time.time() - began < 5, f"{time.time() - began:.1f}s")
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(work, ignore_errors=True)
    finish()


main()
