"""What the public and supervision see, in a real Chromium: the notice before the form, the receipt, sending without scripts and
from a busy address, supervision's list and case, mail and webhooks. Chinese and English; 320 px, phone, desktop."""
import os, re, shutil, time, urllib.parse
from playwright.sync_api import sync_playwright

os.environ["HALLKEEPER_INSIDE"] = "127.0.0.1"
from proxied import House, check, finish, name, seen, shots, sign_in
import sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Trials"))

SMALL, PHONE, DESK = {"width": 320, "height": 640}, {"width": 390, "height": 844}, {"width": 1366, "height": 768}
house = House("--days", "1")
base = f"https://{name}:{house.tls}"


def computed(page):
    """Waits until the browser has found its number."""
    for _ in range(300):
        if page.locator("input[name=work]").input_value():
            return
        page.wait_for_timeout(200)


try:
    house.wait()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=[
            "--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1", "--ignore-certificate-errors"])
        errors = []

        def customer(size, locale, scripts=True):
            page = browser.new_context(viewport=size, ignore_https_errors=True, locale=locale, java_script_enabled=scripts).new_page()
            page.on("pageerror", lambda e: errors.append(str(e)))
            return page

        def person(login, size=DESK):
            page = browser.new_context(viewport=size, ignore_https_errors=True, locale="zh-CN").new_page()
            page.on("pageerror", lambda e: errors.append(str(e)))
            sign_in(page, base, login)
            return page

        for size, locale, tag in ((SMALL, "zh-CN", "320-zh"), (PHONE, "en-GB", "390-en"), (DESK, "zh-CN", "1366-zh")):
            page = customer(size, locale)
            page.goto(base + "/service")
            notice, form = page.locator("a[href='/service/privacy']").bounding_box(), page.locator("form[action='/service']").bounding_box()
            check(f"{tag}: the notice stands before the form", notice["y"] < form["y"])
            seen(page, "service-" + tag)
            page.goto(base + "/service/privacy")
            seen(page, "privacy-" + tag)

        # Without scripts, at 320 pixels: written, sent, printed, looked up, added to, rated.
        own = customer(SMALL, "zh-CN", scripts=False)
        own.goto(base + "/service")
        own.select_option("#kind", "BL2")
        own.fill("#text", "水表读数不对，请来看一下")
        own.fill("#phone", "139 1111 2222")
        own.click("form[action='/service'] button.primary")
        if own.locator(".flash.problem[role=alert]").count():
            check("sent too quickly it is shown again with what was typed", own.input_value("#text").startswith("水表"))
            own.wait_for_timeout(3500)
            own.click("form[action='/service'] button.primary")
        code = own.locator(".flash .mono").inner_text()
        check("the code is shown", len(code) == 19, code)
        check("by when one is contacted and answered is said", "联系您" in own.locator(".rail").inner_text() and "最迟" in own.locator(".rail").inner_text(), own.locator(".rail").inner_text())
        tracked = own.url.split("?")[0]
        own.goto(tracked + "/receipt")
        check("the receipt has the code, its picture and the hotline", code in own.locator("main").inner_text() and own.locator("svg").count() == 1 and "0826-2983315" in own.locator("main").inner_text())
        own.screenshot(path=os.path.join(shots, "receipt-320-zh.png"), full_page=True)
        other = customer(DESK, "en-GB")
        other.goto(base + "/track")
        other.fill("#code", code.lower())
        other.fill("#last", "2222")
        other.click("button.primary.wide")
        seen(other, "tracked-1366-en")
        other.goto(tracked + "/receipt")
        seen(other, "receipt-1366-en")
        paper = other.pdf(path=os.path.join(shots, "receipt.pdf"), format="A4")
        check("the receipt is one sheet", len(re.findall(rb"/Type\s*/Page\b", paper)) == 1)
        # By keyboard alone, as a screen reader goes: every field is named, the first wrong one is said.
        blank = customer(PHONE, "zh-CN")
        blank.goto(base + "/service")
        named = blank.evaluate("[...document.querySelectorAll('form input:not([type=hidden]), form select, form textarea')].every(e => e.labels && e.labels.length)")
        check("every field has its label", named)

        # A busy address: the browser computes, and the form goes through at once.
        for _ in range(30):
            page = own
            page.goto(base + "/service")
            if page.locator("form[data-bits]").count():
                break
            page.select_option("#kind", "BL2")
            page.fill("#text", "水费翻倍")
            page.fill("#phone", "13900000000")
            page.wait_for_timeout(3100)
            page.click("form[action='/service'] button.primary")
        busy = customer(PHONE, "zh-CN")
        busy.goto(base + "/service")
        check("from a busy address the form asks for a number", busy.locator("form[data-bits]").count() == 1)
        if busy.locator("form[data-bits]").count():
            computed(busy)
            busy.select_option("#kind", "BL2")
            busy.fill("#text", "水费翻倍")
            busy.fill("#phone", "13900000001")
            busy.wait_for_timeout(3100)
            busy.click("form[action='/service'] button.primary")
            check("and takes it", busy.locator(".flash .mono").count() == 1, busy.locator(".flash").all_inner_texts())

        # Misconduct: reported without a name, handled by supervision, both ways through the code.
        reporter = customer(SMALL, "zh-CN")
        reporter.goto(base + "/service")
        reporter.select_option("#kind", "MD1")
        reporter.fill("#text", "窗口索要红包")
        reporter.check("#anonymous")
        if reporter.locator("form[data-bits]").count():
            computed(reporter)
        reporter.wait_for_timeout(3100)
        reporter.click("form[action='/service'] button.primary")
        quiet = reporter.url.split("?")[0]
        seen(reporter, "tracked-quiet-320-zh")
        for size, tag in ((DESK, "1366"), (PHONE, "390")):
            chief = person("supervision", size)
            chief.goto(base + "/complaints")
            check(f"{tag}: supervision's list says no more than that it is there", "索要红包" not in chief.locator("main").inner_text() and "JB20" in chief.locator("main").inner_text())
            seen(chief, "supervision-list-" + tag)
            chief.locator("li.line a").first.click()
            check(f"{tag}: the case itself says it", "索要红包" in chief.locator("main").inner_text())
            seen(chief, "supervision-case-" + tag)
        act = chief.locator("#act-name-party")
        act.evaluate("d => d.open = true")
        chief.fill("#name-party-person", "supervision-head")
        chief.fill("#name-party-reason", "举报人点名")
        act.locator("button").last.click()
        check("whom it is about is named", chief.locator(".flash:not(.problem)").count() == 1, chief.locator(".problem").all_inner_texts())
        head = person("supervision-head")
        head.goto(base + "/complaints")
        check("for whoever it is about it is nowhere", "JB20" not in head.locator("main").inner_text())
        act = chief.locator("#act-supplement")
        act.evaluate("d => d.open = true")
        chief.fill("#supplement-note", "请问是哪一天？")
        act.locator("button").last.click()
        reporter.goto(quiet)
        check("the reporter reads what supervision asks", "请问是哪一天" in reporter.locator("main").inner_text())
        reporter.locator("details:has(#supplement-note) summary").click()
        reporter.fill("#supplement-note", "上周三")
        reporter.locator("form:has(#supplement-note) button").click()
        chief.reload()
        check("and supervision the answer", "上周三" in chief.locator("main").inner_text())

        admin = person("administrator")
        admin.goto(base + "/subscriptions")
        seen(admin, "subscriptions-1366-zh")
        admin.set_viewport_size(SMALL)
        seen(admin, "subscriptions-320-zh")
        check("no script failed", not errors, str(errors[:3]))
        browser.close()
finally:
    house.close()
finish()
