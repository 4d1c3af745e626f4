"""Figures of cases, their exports and the import of old ones, in a real Chromium: phone and desktop, Chinese and English."""
import csv, os, shutil, tempfile, zipfile
from playwright.sync_api import sync_playwright
from proxied import House, check, finish, name, seen, sign_in, speak

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
house = House("--days", "12")
base = f"https://{name}:{house.tls}"
OLD = "编号,来电时间,类型,渠道,内容,处理结果\nA-1,2025/3/3 9:05,投诉,网站,水发黄有铁锈味,已冲洗管网\nA-2,2025年3月4日 下午2点,投诉,电话局,六楼没有水压,已调压\nA-3,去年春天,投诉,网站,没有时间,\n"


try:
    house.wait()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium") or None, args=["--no-sandbox", f"--host-resolver-rules=MAP {name} 127.0.0.1"])
        context = browser.new_context(ignore_https_errors=True, viewport=DESK, accept_downloads=True)
        page = context.new_page()
        sign_in(page, base, "enterprise")
        # Customers of this month, then the figures that stand beside them.
        page.goto(base + "/figures/customers")
        page.fill("#n-water", "182,000")
        page.fill("#n-gas", "many")
        page.click("main form button.primary")
        check("what is no number is said beside its field", page.locator("#n-gas[aria-invalid=true]").count() == 1 and page.input_value("#n-water") == "182,000")
        page.fill("#n-gas", "90000")
        page.click("main form button.primary")
        check("customers are kept", "182000" in page.inner_text("main table"))
        for size, shape in ((DESK, "desk"), (PHONE, "phone")):
            for language in ("zh-CN", "en"):
                page.set_viewport_size(size)
                speak(page, base, language)
                for path, what in (("/figures", "month"), ("/figures?month=2026&figure=K10&by=kind", "year"), ("/figures?figure=K9&by=service", "k9"), ("/figures/rows?side=all", "rows"), ("/figures/customers", "customers"), ("/case-imports", "imports")):
                    page.goto(base + path)
                    seen(page, f"figures-{what}-{shape}-{language}")
        page.set_viewport_size(DESK)
        speak(page, base, "zh-CN")
        page.goto(base + "/figures")
        number = int(page.inner_text("main p a[href*='side=all'] b"))
        page.click("main p a[href*='side=all']")
        check("a number opens as many cases", page.locator("ol.lines > li").count() == min(100, number), str(number))
        with page.expect_download() as got:
            page.click(".exports a[href*='as=csv']:not([href*='personal'])")
        rows = list(csv.reader(open(got.value.path(), encoding="utf-8-sig", newline="")))
        check("the table has as many rows as the page says", len(rows) == number + 1 and got.value.suggested_filename.endswith(f"-{number}.csv"), f"{len(rows)} {got.value.suggested_filename}")
        with page.expect_download() as got:
            page.click(".exports a[href*='as=xlsx'][href*='personal']")
        with zipfile.ZipFile(got.value.path()) as book:
            check("the workbook too", book.read("xl/worksheets/sheet1.xml").count(b"<row ") == number + 1)
        # Old cases: uploaded, one word explained, looked at, taken in.
        file = os.path.join(tempfile.mkdtemp(), "旧工单.csv")
        with open(file, "wb") as out:
            out.write(OLD.encode("gb18030"))
        page.goto(base + "/case-imports")
        page.set_input_files("#file", file)
        page.click("main form button.primary")
        check("wrong lines are named", "“去年春天”不是时间" in page.inner_text("main") and "来源“电话局”" in page.inner_text("main"))
        for size, shape in ((DESK, "desk"), (PHONE, "phone")):
            page.set_viewport_size(size)
            seen(page, "import-mapping-" + shape)
        page.set_viewport_size(DESK)
        page.locator("select[name='v-channel:电话局']").select_option("hotline")
        page.click("button[value=look]")
        check("a word explained is known", "可以导入 2 行，不能导入 1 行" in page.inner_text("main"), page.inner_text("main p[role=status]"))
        page.click("button[value=begin]")
        page.wait_for_selector("main a.button.primary", timeout=30_000)
        check("taken in", "新增 2 件" in page.inner_text("main"), page.inner_text("main"))
        seen(page, "import-done-desk")
        page.goto(base + "/complaints?tab=closed&q=" + "铁锈味 2025")
        page.goto(base + "/complaints?tab=closed&q=" + "铁锈味")
        page.locator("ol.lines a:has-text('LS20250303-0001')").first.click()
        check("an old case is history", "导入的历史工单" in page.inner_text("main"))
        seen(page, "import-case-desk")
        browser.close()
finally:
    house.close()
finish()
