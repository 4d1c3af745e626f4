"""The shipped nginx file and Caddyfile in front of the program, under a name that is not localhost: sign in and report
over HTTPS through each."""
import os, re, shutil, socket, subprocess, sys, tempfile, time, urllib.request
from playwright.sync_api import sync_playwright

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
name = "hall.example.cn"
failed = []
passed = 0


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


work = tempfile.mkdtemp(prefix="hallkeeper-https-")
app, plain, tls, caddy_tls = free_port(), free_port(), free_port(), free_port()
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                "-keyout", work + "/privkey.pem", "-out", work + "/fullchain.pem"], check=True, capture_output=True)
conf = open(os.path.join(root, "deploy/nginx.conf")).read()
conf = conf.replace("127.0.0.1:8080", f"127.0.0.1:{app}").replace("/etc/ssl/hallkeeper", work)
conf = re.sub(r"\n\s*listen \[::\][^\n]*", "", conf)
conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;")
main = f"""daemon off; pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
{conf}
}}"""
open(work + "/nginx.conf", "w").write(main)
caddyfile = open(os.path.join(root, "deploy/Caddyfile")).read()
caddyfile = caddyfile.replace("127.0.0.1:8080", f"127.0.0.1:{app}").replace("# tls internal", f"tls {work}/fullchain.pem {work}/privkey.pem")
caddyfile = caddyfile.replace(name + " {", f"https://{name}:{caddy_tls} {{\n\tbind 127.0.0.1")
open(work + "/Caddyfile", "w").write("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + caddyfile)
log = open(work + "/server.log", "w")
program = subprocess.Popen([os.path.join(root, ".build/debug/hallkeeper"), "demo", "--data", work + "/data", "--port", str(app), "--days", "2"],
                           cwd=root, stdout=log, stderr=log, env={**os.environ, "HALLKEEPER_PROXIES": "1"})
proxy = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", work + "/nginx.conf", "-p", work], stdout=log, stderr=log)
caddy = subprocess.Popen([shutil.which("caddy") or "/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", work + "/Caddyfile"],
                         stdout=log, stderr=log, env={**os.environ, "HOME": work, "XDG_DATA_HOME": work, "XDG_CONFIG_HOME": work})
try:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{app}/health", timeout=1)
            break
        except Exception:
            time.sleep(0.1)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"),
                                    args=["--no-sandbox", "--disable-dev-shm-usage", f"--host-resolver-rules=MAP {name} 127.0.0.1"])
        for proxy_name, port in (('nginx', tls), ('Caddy', caddy_tls)):
            page = browser.new_context(ignore_https_errors=True, locale="en-GB").new_page()
            base = f"https://{name}:{port}"
            reply = page.goto(base + "/sign-in")
            check(proxy_name + ": the sign-in page comes over HTTPS", reply.status == 200)
            check(proxy_name + ": it is told to stay on HTTPS", "max-age" in (reply.headers.get("strict-transport-security") or ""))
            page.fill("#login", "guide-chengnan")
            page.fill("#password", "demo-hallkeeper")
            page.click("form:has(#login) button.primary")
            page.wait_for_url("**/today*")
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
    proxy.terminate()
    caddy.terminate()
    program.terminate()
    program.wait(20)
    if not failed and passed:
        shutil.rmtree(work, ignore_errors=True)
print(f"{passed} passed, {len(failed)} failed")
sys.exit(1 if failed or not passed else 0)
