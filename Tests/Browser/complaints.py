"""Cases in a real Chromium: taken in at the desk while earlier ones are shown, lived through to the slip, each step by whom it is for;
the draft survives a crash. Over HTTPS under a name that is not localhost; phone and desktop, Chinese and English."""
import base64, contextlib, hashlib, hmac, http.server, json, os, re, shutil, threading, time, urllib.parse

os.environ["HALLKEEPER_INSIDE"] = "127.0.0.1"
from playwright.sync_api import sync_playwright
from proxied import House, check, finish, name, seen, shots, sign_in, speak

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
house = House("--days", "2")
base = f"https://{name}:{house.tls}"


heard = []


class StandIn(http.server.BaseHTTPRequestHandler):
    """A group's robot or another program: checks what it gets as the real ones do, and refuses the first message of each."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        path, query = urllib.parse.urlsplit(self.path).path, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        said, holds = json.loads(body), False
        if path == "/wecom":
            holds = said["msgtype"] == "text" and "content" in said["text"]
        if path == "/dingtalk":
            sign = base64.b64encode(hmac.new(b"SECdemo", f"{query.get('timestamp')}\nSECdemo".encode(), hashlib.sha256).digest()).decode()
            holds = query.get("sign") == sign and said["msgtype"] == "text"
        if path == "/hook":
            sign = hmac.new(b"0123456789abcdef", self.headers["x-hallkeeper-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
            holds = self.headers["x-hallkeeper-signature"] == "sha256=" + sign
        isFirst = not any(h[0] == path for h in heard)
        heard.append((path, holds, body.decode()))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"errcode": 45009, "errmsg": "freq out of limit"} if isFirst and path != "/hook" else {"errcode": 0, "errmsg": "ok"}).encode())

    def log_message(self, *words):
        pass


robots = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
threading.Thread(target=robots.serve_forever, daemon=True).start()


@contextlib.contextmanager
def chromium(p):
    """A browser; when a step cannot be done, what each page looked like then is kept."""
    browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=[
        "--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1", "--ignore-certificate-errors"])
    try:
        yield browser
    except Exception:
        for number, context in enumerate(browser.contexts):
            for page in context.pages:
                page.screenshot(path=os.path.join(shots, f"stuck-{number}.png"), full_page=True)
        raise
    finally:
        browser.close()


def step(page, act, **fields):
    """Fills in the form of an act as a person does: opens it, types, presses its button."""
    form = page.locator(f"#act-{act}")
    if not form.evaluate("d => d.open"):
        form.locator("summary").first.click()
    for field, value in fields.items():
        at = page.locator(f"#{act}-{field.replace('_', '-')}")
        at.select_option(value) if at.evaluate("e => e.tagName") == "SELECT" else at.fill(value)
    form.locator("button").last.click()
    said = page.locator(".flash:not(.problem):not(.warn)")
    check(f"the step {act} is done", said.count() == 1, page.locator(".problem").all_inner_texts()[:3].__str__())


try:
    house.wait()
    with sync_playwright() as p, chromium(p) as browser:
        errors = []

        def person(login, size=DESK, language="zh-CN"):
            page = browser.new_context(viewport=size, ignore_https_errors=True).new_page()
            page.on("pageerror", lambda e: errors.append(str(e)))
            sign_in(page, base, login)
            if language != "zh-CN":
                speak(page, base, language)
            return page

        agent = person("agent")
        agent.goto(base + "/complaints")
        seen(agent, "cases-empty-zh")
        agent.keyboard.press("n")
        agent.wait_for_url("**/complaints/new")
        agent.fill("#phone", "138 0013 8000")
        agent.fill("#name", "王敏")
        agent.fill("#address", "中桥街十二号三单元")
        agent.fill("#text", "上月水费突然翻倍，要求查表。家里两个人，从没用过这么多。")
        # The browser is gone before it was sent: what was typed is there again.
        agent.goto(base + "/today")
        agent.goto(base + "/complaints/new")
        check("a draft survives", agent.input_value("#text").startswith("上月水费") and agent.input_value("#phone") == "138 0013 8000")
        agent.click("form[data-intake] button.primary")
        check("what is missing is said beside its field", agent.locator(".field.wrong #kind").count() == 1 and agent.input_value("#name") == "王敏")
        agent.select_option("#kind", "BL2")
        agent.click("form[data-intake] button.primary")
        agent.wait_for_selector(".rail")
        case = agent.url
        check("it has a number", "TS20" in agent.locator("h1").inner_text(), agent.locator("h1").inner_text())
        seen(agent, "case-agent-zh")
        agent.goto(base + "/complaints/new")
        check("nothing of it stays in the form", agent.input_value("#text") == "" and agent.input_value("#phone") == "")
        agent.fill("#phone", "+86 138-0013-8000")
        agent.wait_for_selector("#beside button[data-name]")
        check("earlier cases are shown while one types", case.split("/")[-1] in agent.locator("#beside").inner_html())
        agent.click("#beside button[data-name]")
        check("the customer is filled in", agent.input_value("#address") == "中桥街十二号三单元")
        seen(agent, "case-intake-zh")

        handler = person("handler-billing", PHONE)
        handler.goto(base + "/complaints")
        seen(handler, "cases-phone-zh")
        handler.locator("li.line a").first.click()
        seen(handler, "case-phone-zh")
        handler.locator("form[action$='/contact']:not([action*='/acts/']) button").first.click()
        check("contact details are shown when asked for", handler.locator("a[href='tel:13800138000']").count() == 1)
        handler.goto(case)
        step(handler, "sign")
        step(handler, "contact", reached="reached", said="知道了，等核查")
        step(handler, "no-visit", reason="系统内可查")
        step(handler, "investigate", facts="抄表员估抄", evidence="无抄表照片", finding="founded", responsibility="company", cause="procedure", remedy="退补水费")
        step(handler, "reply", reply="已退补 86 元，向您致歉。", result="solved")
        step(handler, "report", summary="估抄属实，已退补")
        today = handler.evaluate("new Date(Date.now() + 864e5 * 2).toISOString().slice(0, 10)")
        agent.goto(case)
        step(agent, "call-back", reached="reached", satisfaction="4", solved="yes")
        check("what is missing is not said to whoever does not close", agent.locator("#act-close").count() == 0)

        lead = person("shift-lead", DESK, "en")
        lead.goto(case)
        check("what is still missing is said", "improvement" in lead.locator(".case").inner_text())
        seen(lead, "case-lead-en")
        handler.goto(case)
        step(handler, "set-improvement", measure="抄表一律拍照", until=today)
        handler.goto(case)
        handler.locator("#act-carry-out-improvement").scroll_into_view_if_needed()
        check("what was set is on the rail, with who answers for it", "已定措施 · " in handler.locator(".rail").inner_text(), handler.locator(".rail").inner_text())
        step(handler, "carry-out-improvement", done="已发通知，班前会讲过")
        check("whoever carried it out does not verify it", handler.locator("#act-verify-improvement").count() == 0)
        head = person("unit-head-billing", PHONE)
        head.goto(case)
        seen(head, "case-improvement-phone-zh")
        step(head, "verify-improvement", seen="抽查二十户都有照片")
        lead.goto(case)
        check("with the improvement verified nothing is missing", lead.locator("#act-close").count() == 1 and "Verified" in lead.locator(".rail").inner_text(), lead.locator(".rail").inner_text())
        lead.goto(case + "/slip")
        seen(lead, "case-slip-en")
        lead.goto(case + "/reply-letter")
        seen(lead, "case-letter-en")
        lead.goto(base + "/complaints?q=color%3Ared")
        check("an unknown condition is said", lead.locator("#q-problem").count() == 1)
        lead.goto(base + "/complaints?q=8000")
        check("found by the end of the phone", lead.locator("li.line").count() == 1)
        seen(lead, "cases-en")

        agent.goto(base + "/complaints/new?kind=QL5")
        check("a gas leak says at once what to tell", agent.locator("[role=alert]").count() >= 1 and agent.locator("#severity").count() == 0)
        seen(agent, "case-emergency-zh")
        handler.goto(case + "/investigation")
        seen(handler, "case-report-zh")
        # The desk: keys, kept views, many at once, words for replies, drafts, who else is writing.
        desk = person("shift-lead")
        speak(desk, base, "zh-CN")
        desk.goto(base + "/customers")
        desk.locator("summary", has_text="添加客户").click()
        for field, value in (("number", "C1001"), ("name", "王敏"), ("phone", "138 0013 8000"), ("account", "0417229031"), ("address", "中桥街 12 号"), ("meter", "M-77")):
            desk.fill(f"#{field}", value)
        desk.locator("form:has(#number) button.primary").click()
        seen(desk, "customer-zh")
        agent.goto(base + "/complaints/new")
        agent.fill("#phone", "13800138000")
        agent.wait_for_selector("#beside button[data-account='0417229031']")
        agent.select_option("#kind", "BL2")
        agent.fill("#text", "水费又翻倍了")
        agent.wait_for_selector("#beside .deadlines")
        agent.locator("#beside button[data-account='0417229031']").click()
        check("account and address come from the register", agent.input_value("#account") == "0417229031" and agent.input_value("#address") == "中桥街 12 号")
        agent.locator("#beside button[data-repeat]").first.click()
        check("it comes again, by a person's click", agent.input_value("#repeatOf").startswith("TS20"))
        seen(agent, "case-intake-known-zh")
        agent.keyboard.press("Control+Enter")
        agent.wait_for_selector(".rail")
        second = agent.url
        check("a repeat is serious", "较大" in agent.locator("main").inner_text())
        check("it is linked", agent.locator("aside a", has_text="TS20").count() >= 1)

        writer = person("handler-billing")
        writer.goto(second)
        writer.locator("#act-contact summary").first.click() if not writer.locator("#act-contact").evaluate("d => d.open") else None
        writer.locator("#act-contact .canned summary").click()
        writer.locator("#act-contact a[data-canned]").first.click()
        check("words for a reply are put in, filled", "王敏" in writer.input_value("#contact-said") and "{" not in writer.input_value("#contact-said"))
        writer.wait_for_timeout(2600)
        head = person("unit-head-billing")
        head.goto(second)
        check("a colleague who is writing is shown", "正在" in head.locator(".present").inner_text(), head.locator(".present").inner_text())
        seen(head, "case-present-zh")
        writer.goto(second)
        check("what was written is there again", "王敏" in writer.input_value("#contact-said"))

        desk.goto(base + "/complaints?tab=open")
        desk.keyboard.press("?")
        check("? shows the keys", desk.locator("details.keys").evaluate("d => d.open"))
        desk.keyboard.press("?")
        desk.keyboard.press("j")
        check("j goes to the first", desk.evaluate("document.activeElement.matches('.what > a')"))
        desk.keyboard.press("x")
        check("x ticks it, and says how many", desk.locator(".pick:checked").count() == 1 and desk.locator("[data-count]").inner_text() == "1")
        desk.select_option("#many-act", "supervise")
        desk.fill("#many-words", "今天办好")
        seen(desk, "cases-many-zh")
        desk.locator("#many button.primary").click()
        check("each says how it went", "办成 1" in desk.locator("main").inner_text())
        seen(desk, "bulk-zh")
        desk.locator("form[action$='/undo'] button").click()
        check("and is taken back", "已撤回" in desk.locator("main").inner_text())
        desk.goto(base + "/complaints?tab=open&q=kind%3ABL")
        desk.locator(".views summary").click()
        desk.fill("#view-title", "水费的")
        desk.locator(".views form button", has_text="保存").click()
        check("a view is kept", desk.locator(".views .chip a", has_text="水费的").count() == 1)
        seen(desk, "cases-views-zh")
        desk.keyboard.press("/")
        desk.keyboard.type(agent.locator("h1").inner_text().split()[0])
        desk.keyboard.press("Enter")
        desk.wait_for_selector(".rail")
        check("the number alone leads to the case", desk.url == second)

        # Each way of looking: the queue, its help, taking in, danger; on a phone and at a desk, in both languages.
        for size, kind in ((DESK, "desk"), (PHONE, "phone")):
            for language, short in (("zh-CN", "zh"), ("en", "en")):
                eye = person("agent", size)
                speak(eye, base, language)
                eye.goto(base + "/complaints?tab=open")
                seen(eye, f"queue-{kind}-{short}")
                if size == DESK:
                    tall = eye.locator(".cases .when").evaluate_all("all => all.filter(e => e.firstChild.nodeType === 3 && e.getBoundingClientRect().height > 60).length")
                    check(f"no due time wraps ({short})", tall == 0, str(tall))
                eye.keyboard.press("?")
                check(f"? lies over the page ({kind}, {short})", eye.locator(".keys.over .panel").bounding_box()["y"] < size["height"] / 2)
                seen(eye, f"keys-{kind}-{short}")
                eye.keyboard.press("Escape")
                check(f"Esc takes it away ({kind}, {short})", eye.locator(".keys.over").count() == 0 and not eye.locator("details.keys").evaluate("d => d.open"))
                eye.keyboard.press("?")
                eye.locator(".keys a", has_text="kind:").click()
                check(f"an example of the search line works ({kind}, {short})", "q=kind" in eye.url and eye.locator("#q-problem").count() == 0 and eye.input_value("#q").startswith("kind:"))
                eye.goto(base + "/complaints?q=" + urllib.parse.quote("state:open hall:城北 due<2027-10-08 kind:BL1 停水"))
                check(f"the whole search line stands in the address ({kind}, {short})", eye.locator("#q-problem").count() == 0 and "停水" in eye.input_value("#q"))
                eye.goto(base + "/complaints/new")
                eye.fill("#phone", "13822220000")
                eye.fill("#text", "厨房里有股煤气味")
                eye.wait_for_selector("#beside .button.danger")
                seen(eye, f"intake-{kind}-{short}")
                eye.locator("#beside .button.danger").click()
                eye.wait_for_selector(".alarm")
                check(f"danger keeps what was typed ({kind}, {short})", eye.input_value("#phone") == "13822220000" and "煤气味" in eye.input_value("#text"))
                check(f"where it is is asked first ({kind}, {short})", eye.evaluate("document.activeElement.id") == "address")
                seen(eye, f"danger-{kind}-{short}")
                eye.goto(base + "/complaints/new")
                eye.select_option("#kind", "QL5")
                eye.wait_for_selector(".alarm")
                begun = time.time()
                eye.fill("#address", "中桥街十二号")
                eye.keyboard.press("Control+Enter")
                eye.wait_for_selector(".rail")
                check(f"the crew is sent ({kind}, {short})", eye.locator(".alarm li").count() >= 2 and time.time() - begun < 5)
                seen(eye, f"danger-case-{kind}-{short}")
                eye.context.close()
        # A browser that is killed while one writes; the same person opens it again.
        crashed = person("agent")
        crashed.goto(base + "/complaints/new")
        crashed.fill("#phone", "13833330000")
        crashed.fill("#text", "写到一半")
        kept = crashed.context.storage_state()
        crashed.context.close()
        again = browser.new_context(viewport=DESK, ignore_https_errors=True, storage_state=kept).new_page()
        again.goto(base + "/complaints/new")
        check("after a crash what was typed is there", again.input_value("#text") == "写到一半" and again.input_value("#phone") == "13833330000")
        again.context.close()
        speak(agent, base, "zh-CN")

        # A grave one, approved on a phone with one tap each.
        agent.goto(base + "/complaints/new")
        agent.fill("#phone", "13911110000")
        agent.fill("#text", "水管爆裂，地下车库进水，两辆车被淹")
        agent.select_option("#kind", "SP3")
        agent.select_option("#severity", "S2")
        agent.locator("form[data-intake] button.primary").click()
        agent.wait_for_selector(".rail")
        grave = agent.url
        specialist = person("specialist")
        specialist.goto(grave)
        step(specialist, "propose", opinion="抢修班立即到场，供水所今天答复")
        for login in ("department-head", "leader"):
            boss = person(login, PHONE)
            boss.goto(base + "/complaints?tab=approvals")
            seen(boss, f"approvals-{login}-zh")
            boss.locator(f"li.line:has(a[href$='{grave.split('/')[-1]}']) .approval button.primary").click()
            check(f"{login} approves with one tap", boss.locator(".flash:not(.problem)").count() == 1, boss.locator("main").inner_text()[:200])
        specialist.goto(grave + "/slip")
        seen(specialist, "slip-grave-zh")
        specialist.pdf(path=os.path.join(shots, "slip.pdf"), format="A4", print_background=True)
        boss.goto(base + "/stand-ins")
        seen(boss, "stand-ins-zh")
        # A customer at home: writes, keeps the code, looks it up from another phone, adds, and reads the answer.
        own = browser.new_context(viewport={"width": 320, "height": 640}, ignore_https_errors=True, locale="zh-CN").new_page()
        own.on("pageerror", lambda e: errors.append(str(e)))
        own.goto(base + "/service")
        seen(own, "public-form-zh")
        own.select_option("#kind", "BL2")
        own.fill("#text", "水表读数不对")
        own.fill("#phone", "139 1111 2222")
        own.wait_for_timeout(3100)
        own.click("button.primary.wide")
        code = own.locator(".flash .mono").inner_text()
        check("the code is shown", len(code) == 19, code)
        seen(own, "public-tracked-zh")
        other = browser.new_context(viewport=PHONE, ignore_https_errors=True, locale="en-GB").new_page()
        other.goto(own.url.split("?")[0])
        check("the code alone shows nothing", other.locator(".rail").count() == 0)
        seen(other, "public-track-en")
        other.goto(base + "/track")
        other.fill("#code", code)
        other.fill("#last", "2222")
        other.click("button.primary.wide")
        check("with the four digits it is there", other.locator(".rail").count() == 1)
        other.locator("details:has(#supplement-note) summary").click()
        other.fill("#supplement-note", "The meter is in the cellar")
        other.locator("form:has(#supplement-note) button").click()
        check("what was added is there", "cellar" in other.locator("main").inner_text())
        seen(other, "public-tracked-en")
        # The unit's reminders go to its group too: three receivers, each checking what it gets.
        chief = person("administrator")
        chief.goto(base + "/complaints")
        place = next(p for p in handler.evaluate("fetch('/api/today').then(r => r.json()).then(j => j.duties.map(d => d.place))"))
        port = robots.server_address[1]
        for kind, path, secret in (("wecom", "wecom", ""), ("dingtalk", "dingtalk", "SECdemo"), ("webhook", "hook", "0123456789abcdef")):
            chief.goto(f"{base}/places/{place}/outlets")
            chief.select_option("#kind", kind)
            chief.fill("#address", f"http://127.0.0.1:{port}/{path}")
            chief.fill("#secret", secret)
            chief.click("form:has(#kind) button.primary")
        seen(chief, "outlets-zh")
        for number in range(3):
            chief.goto(f"{base}/places/{place}/outlets")
            chief.locator("form[action$='/test'] button").nth(number).click()
        check("a robot that refuses is not taken for delivered", any("没送到" in t for t in chief.locator(".flash").all_inner_texts()) or len(heard) == 3, str(heard))
        chief.goto(base + "/demo/clock")
        chief.click("button[value='60']")
        for _ in range(100):
            if {h[0] for h in heard if "text" in h[2] and ("duties" in h[2])} == {"/wecom", "/dingtalk", "/hook"}:
                break
            time.sleep(0.2)
        reminders = [h for h in heard if "/duties/" in h[2].replace("\\/", "/")]
        check("reminders reach all three", {h[0] for h in reminders} == {"/wecom", "/dingtalk", "/hook"}, str([h[0] for h in heard]))
        check("each is signed as its receiver checks it", all(h[1] for h in heard), str([(h[0], h[1]) for h in heard]))
        # A number is looked for with all its digits: a few alone also stand in ids.
        bare = [re.sub(r"[\s-]", "", h[2]) for h in heard]
        told = [(word, text) for text in bare for word in ("王敏", "13800138000", "13911112222", "水表", "中桥街") if word in text]
        check("no personal data in them", not told, str(told))
        chief.goto(f"{base}/places/{place}/outlets")
        check("the log says how each went", chief.locator(".state.done").count() >= 3, chief.locator("main").inner_text()[-400:])
        seen(chief, "outlets-log-zh")
        check("no script failed", not errors, str(errors[:3]))
finally:
    house.close()
finish()
