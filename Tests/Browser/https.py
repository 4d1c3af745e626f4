"""The shipped nginx file and Caddyfile in front of the program, under a name that is not localhost: sign in and report
over HTTPS through each."""
import os, shutil, subprocess
from playwright.sync_api import sync_playwright
from proxied import House, check, finish, free_port, give_name, name, root

house = House("--days", "2")
work, app, tls, caddy_tls = house.work, house.app, house.tls, free_port()
caddyfile = open(os.path.join(root, "deploy/Caddyfile")).read()
caddyfile = caddyfile.replace("127.0.0.1:8080", f"127.0.0.1:{app}").replace("# tls internal", f"tls {work}/fullchain.pem {work}/privkey.pem")
caddyfile = caddyfile.replace(name + " {", f"https://{name}:{caddy_tls} {{\n\tbind 127.0.0.1")
open(work + "/Caddyfile", "w").write("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + caddyfile)
caddy = subprocess.Popen([shutil.which("caddy") or "/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", work + "/Caddyfile"],
                         stdout=house.log, stderr=house.log, env={**os.environ, "HOME": work, "XDG_DATA_HOME": work, "XDG_CONFIG_HOME": work})
try:
    house.wait()
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"),
                                    args=["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1"])
        for proxy_name, port in (('nginx', tls), ('Caddy', caddy_tls)):
            page = browser.new_context(ignore_https_errors=True, locale="en-GB").new_page()
            base = f"https://{name}:{port}"
            reply = page.goto(base + "/sign-in")
            check(proxy_name + ": the sign-in page comes over HTTPS", reply.status == 200)
            check(proxy_name + ": it is told to stay on HTTPS", "max-age" in (reply.headers.get("strict-transport-security") or ""))
            give_name(page, "guide-chengnan")
            cookies = {c["name"]: c for c in page.context.cookies()}
            check(proxy_name + ": the session's cookie is only for HTTPS", cookies["hk"]["secure"] and cookies["hk"]["httpOnly"])
            check(proxy_name + ": the page is a secure context: camera and offline work are allowed", page.evaluate("window.isSecureContext"))
            page.goto(base + "/report/weather.reported")
            page.click("label[for=a-kind-rain]")
            page.click("form.fill button.primary")
            page.wait_for_url("**/today*")
            check(proxy_name + ": a form is taken through the proxy", page.locator(".flash").count() >= 1)
        browser.close()
finally:
    caddy.terminate()
    house.close()
finish()
