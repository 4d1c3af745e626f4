"""Reaching people outside, against stand-ins on this machine that check as the real ones do: a mail server that wants TLS and a
password, a program that checks its signature. What they refuse comes again; what is no longer owed does not come.

    python3 Tests/API/reaching.py .build/debug/hallkeeper
"""
import base64, email, email.policy, hashlib, hmac, http.server, json, os, re, socketserver, ssl, subprocess, sys, tempfile, threading, time, urllib.parse
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Trials"))
from house import House, Line
from place import root

program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, ".build/debug/hallkeeper")
work = tempfile.mkdtemp(prefix="hallkeeper-reach-")
passed, failed = [], []


def check(what, holds, detail=""):
    (passed if holds else failed).append(what)
    if not holds:
        print("FAILED", what, str(detail)[:600])


def certificate(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", f"{work}/{name}.key", "-out", f"{work}/{name}.pem"], check=True, capture_output=True)


class MailHandler(socketserver.StreamRequestHandler):
    """SMTP as a careful server speaks it: EHLO, STARTTLS, AUTH, one message."""

    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def handle(self):
        own, tls, user = self.server, self.server.implicit, ""
        if tls:
            self.wrap()
        self.say("220 mail.example.cn ESMTP")
        while True:
            line = self.rfile.readline().decode("ascii", "replace").strip()
            word = line.upper()
            if not line:
                return
            if word.startswith(("EHLO", "HELO")):
                self.say("250-mail.example.cn")
                if not tls and own.offers:
                    self.say("250-STARTTLS")
                self.say("250-AUTH PLAIN LOGIN")
                self.say("250 SIZE 1000000")
            elif word == "STARTTLS":
                self.say("220 go ahead")
                self.wrap()
                tls = True
            elif word.startswith("AUTH"):
                parts = line.split()
                text = parts[2] if len(parts) > 2 else (self.say("334 ") or self.rfile.readline().decode().strip())
                user = base64.b64decode(text).decode().split("\0")[1:]
                own.logins.append((tls, user))
                self.say("235 welcome" if user == ["hall", "päss wörd"] else "535 no")
            elif word.startswith("MAIL FROM"):
                own.senders.append(line)
                self.say("250 ok" if tls and user else "530 TLS and a password first")
            elif word.startswith("RCPT TO"):
                own.receivers.append(line)
                own.tries += 1
                self.say("451 try later" if own.tries <= own.refuses else "250 ok")
            elif word == "DATA":
                self.say("354 go on")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += self.rfile.readline()
                own.messages.append(data[:-5].replace(b"\r\n..", b"\r\n."))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def wrap(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{work}/{self.server.name}.pem", f"{work}/{self.server.name}.key")
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, name, implicit=False, offers=True, refuses=0):
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.name, self.implicit, self.offers, self.refuses, self.tries = name, implicit, offers, refuses, 0
        self.messages, self.logins, self.receivers, self.senders = [], [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass


heard = []


class Receiver(http.server.BaseHTTPRequestHandler):
    """Another program: checks the signature, refuses the first message, sends elsewhere when asked at /elsewhere."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("location", f"http://127.0.0.1:{self.server.server_address[1]}/stolen")
            self.end_headers()
            return
        sign = hmac.new(b"0123456789abcdef", self.headers["x-hallkeeper-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
        heard.append((self.path, self.headers["x-hallkeeper-signature"] == "sha256=" + sign, self.headers["x-hallkeeper-event"], self.headers["x-hallkeeper-delivery"], body.decode()))
        self.send_response(503 if len([h for h in heard if h[2] != "test"]) == 1 and self.headers["x-hallkeeper-event"] != "test" else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


certificate("mail")
certificate("other")
open(work + "/password", "w").write("päss wörd\n")
mail = MailServer("mail", refuses=1)
receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
settings = {"HALLKEEPER_INSIDE": "127.0.0.1", "HALLKEEPER_MAIL": f"smtp://127.0.0.1:{mail.server_address[1]}", "HALLKEEPER_MAIL_FROM": "hall@example.cn", "HALLKEEPER_MAIL_USER": "hall",
            "HALLKEEPER_MAIL_PASSWORD": work + "/password", "HALLKEEPER_MAIL_AUTHORITY": work + "/mail.pem"}
house = House(program, env=settings)


def post(line, path, **fields):
    status, body, headers = line.ask("POST", path, urllib.parse.urlencode({"csrf": line.csrf, **fields}), {"content-type": "application/x-www-form-urlencoded"})
    flash = urllib.parse.unquote(" ".join(headers.get_all("set-cookie") or []))
    return status, body.decode(errors="replace"), flash


def wait(holds, seconds=30):
    for _ in range(seconds * 5):
        if holds():
            return True
        time.sleep(0.2)
    return False


try:
    chief, agent = Line(house.port, "administrator"), Line(house.port, "agent")
    unit = house.rows("select place from place where kind = 'unit' and code = 'billing'")[0][0]
    head = house.rows("select person from person where login = 'unit-head-billing'")[0][0]
    own = house.rows("select person from person where login = 'administrator'")[0][0]
    for person, address in ((head, "head@example.cn"), (own, "chief@example.cn")):
        check("an address is kept on the page of a person", post(chief, f"/people/{person}", do="mail", mail=address)[0] == 303)
    check("what is no address is refused", post(chief, f"/people/{head}", do="mail", mail="x@y.cn, z@y.cn")[0] == 422)
    check("a mail outlet is added", post(chief, f"/places/{unit}/outlets", kind="mail", address="", **{"class": "urgent"})[0] == 303)
    outlet = house.rows("select id from outlet where kind = 'mail'")[0][0]
    first, second = (post(chief, f"/places/{unit}/outlets/{outlet}/test")[2] for _ in range(2))
    check("what the mail server refuses for now is said", "451" in first, first)
    check("the test arrives at whoever presses the button", "已送达" in second and len(mail.messages) == 1 and "chief@example.cn" in mail.receivers[-1], second)
    check("only over TLS, with the password", mail.logins and all(tls and user == ["hall", "päss wörd"] for tls, user in mail.logins), mail.logins)
    # A program that is told of changes.
    port = receiver.server_address[1]
    check("a subscription is added", post(chief, "/subscriptions", name="partner", address=f"http://127.0.0.1:{port}/hook", secret="0123456789abcdef")[0] == 303)
    check("one that leads elsewhere too", post(chief, "/subscriptions", name="elsewhere", address=f"http://127.0.0.1:{port}/elsewhere", secret="0123456789abcdef")[0] == 303)
    check("an address of another machine inside is refused", post(chief, "/subscriptions", name="inside", address="http://10.0.0.1/", secret="0123456789abcdef")[0] == 422)
    partner = house.rows("select id from subscription where name = 'partner'")[0][0]
    check("the test is taken", "已送达" in post(chief, f"/subscriptions/{partner}/test")[2])
    status, _, _ = post(agent, "/complaints", door="complaint", kind="BL2", severity="S4", channel="hotline", text="水费翻倍", phone="13800138000", name="王敏", address="中桥街十二号")
    check("a case is taken in", status == 303)
    handler = Line(house.port, "handler-billing")
    case, number = house.rows("select id, number from complaint where text <> '' order by recorded desc limit 1")[0]
    check("it is signed for", post(handler, f"/complaints/{case}/acts/sign")[0] == 303)
    wait(lambda: any(h[2] == "complaint.recorded" for h in heard))
    post(chief, "/demo/clock", minutes="60")
    check("changes come in their order, the refused one again", wait(lambda: [h[2] for h in heard if h[0] == "/hook" and h[2].startswith("complaint.")][:4] == ["complaint.recorded", "complaint.recorded", "complaint.dispatched", "complaint.signed"]),
          [h[2] for h in heard])
    same = [h[3] for h in heard if h[2] == "complaint.recorded"]
    check("what comes twice says that it is the same", len(same) == 2 and same[0] == same[1])
    check("each is signed", all(h[1] for h in heard))
    check("no word of anybody in it", not any(word in h[4] for h in heard for word in ("王敏", "13800138000", "中桥街", "水费")))
    check("it says which case", number in heard[-1][4] and case in heard[-1][4])
    check("no redirect is followed", not any(h[0] == "/stolen" for h in heard))
    # Forty-five minutes have passed and nobody called: the head of the unit is told by mail.
    check("the reminder comes by mail to whoever is on duty", wait(lambda: any("head@example.cn" in r for r in mail.receivers)), mail.receivers)
    wait(lambda: len(mail.messages) > 1)
    message = email.message_from_bytes(mail.messages[-1], policy=email.policy.default)
    text = message.get_content()
    check("subject and text are read as they were meant", message["subject"].startswith("厅管家提醒：") and "/duties/" in text and "联系" in message["subject"] + text, (message["subject"], text))
    check("the head says from whom, to whom, and that a machine wrote it", message["from"] == "hall@example.cn" and message["to"] == "head@example.cn" and message["auto-submitted"] == "auto-generated" and message["date"])
    check("no personal data in any of them", not any(word in email.message_from_bytes(m, policy=email.policy.default).as_string() + email.message_from_bytes(m, policy=email.policy.default).get_content() for m in mail.messages for word in ("王敏", "13800138000", "中桥街", "水费")))
    check("lines are short and plain", all(len(l) <= 998 and l.isascii() for m in mail.messages for l in m.split(b"\r\n")))
    page = chief.ask("GET", f"/places/{unit}/outlets")[1].decode()
    check("the log says how each went", "已送达" in page)
    # What is done meanwhile is not sent any more: a server that takes nothing, then the call is made.
    before = len(mail.messages)
    check("the customer is called", post(handler, f"/complaints/{case}/acts/contact", reached="reached", said="好")[0] == 303)
    post(chief, "/demo/clock", minutes="60")
    rows = house.rows("select delivery.state from delivery join duty on duty.place = delivery.place and duty.id = delivery.duty where duty.ends_on = 'complaint.contacted' and delivery.state = 'waiting'")
    check("nothing of what is done waits any longer", wait(lambda: not house.rows("select 1 from delivery join duty on duty.place = delivery.place and duty.id = delivery.duty where duty.ends_on = 'complaint.contacted' and delivery.state = 'waiting'")), rows)
    # Misconduct: no mail, no message to any program.
    count = len(heard), len(mail.messages)
    post(agent, "/complaints", door="report", kind="MD1", severity="S4", channel="hotline", text="索要红包", phone="13700009999")
    post(chief, "/demo/clock", minutes="60")
    time.sleep(2)
    check("of misconduct nobody outside is told", "misconduct" not in json.dumps(heard) and not any("JB20" in h[4] for h in heard) and not any(b"misconduct" in m for m in mail.messages))
    house.stop()
    # A server that offers no TLS gets nothing; one whose certificate is not trusted neither; TLS from the first byte works.
    for what, server, change, arrives in (("no TLS", MailServer("mail", offers=False), {}, False), ("a certificate nobody trusts", MailServer("other"), {}, False),
                                          ("TLS from the first byte", MailServer("mail", implicit=True), {"scheme": "smtps"}, True)):
        house.env["HALLKEEPER_MAIL"] = f"{change.get('scheme', 'smtp')}://127.0.0.1:{server.server_address[1]}"
        house.start()
        chief = Line(house.port, "administrator")
        said = post(chief, f"/places/{unit}/outlets/{outlet}/test")[2]
        check(f"{what}: {'arrives' if arrives else 'nothing is sent'}", (len(server.messages) == 1) == arrives and (arrives or not server.logins), said)
        house.stop()
finally:
    house.close()
print(f"{len(passed)} passed, {len(failed)} failed")
sys.exit(1 if failed or not passed else 0)
