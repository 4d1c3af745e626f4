"""What trials stand on: a PostgreSQL of their own, free ports, the shipped nginx file in front of some ports."""
import os, pwd, re, shutil, socket, subprocess, time

root = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    """A server in a folder, on a socket in it, run by a user who is not root."""
    bin = "/usr/lib/postgresql/15/bin"

    def __init__(self, work):
        self.folder = os.path.join(work, "pg")
        os.makedirs(self.folder)
        if os.getuid() == 0:
            try:
                pwd.getpwnam("hkpg")
            except KeyError:
                subprocess.run(["useradd", "-r", "hkpg"], check=True)
            shutil.chown(self.folder, "hkpg")
        self.run(f"{self.bin}/initdb -D {self.folder}/data -A trust -U app --locale=C.UTF-8 -E UTF8 --no-instructions")
        self.run(f"{self.bin}/pg_ctl -D {self.folder}/data -w -l {self.folder}/log -o \"-c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections=100\" start")
        self.url = f"postgresql://app@/postgres?host={self.folder}"

    def run(self, command):
        if os.getuid() == 0:
            command = f"su hkpg -s /bin/sh -c '{command}'"
        subprocess.run(command + " >/dev/null 2>&1 </dev/null", shell=True, check=True)

    def stop(self):
        self.run(f"{self.bin}/pg_ctl -D {self.folder}/data -m immediate stop")


def nginx(work, ports):
    """The shipped file in front of those ports; gives the process and its TLS port."""
    os.makedirs(work)
    plain, tls = free_port(), free_port()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hall.example.cn",
                    "-keyout", work + "/privkey.pem", "-out", work + "/fullchain.pem"], check=True, capture_output=True)
    conf = open(os.path.join(root, "deploy/nginx.conf")).read().replace("/etc/ssl/hallkeeper", work)
    conf = conf.replace("server 127.0.0.1:8080 max_fails=0;", " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports))
    conf = re.sub(r"\n\s*listen \[::\][^\n]*", "", conf)
    conf = conf.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;")
    open(work + "/nginx.conf", "w").write(f"""daemon off; pid {work}/pid; error_log {work}/error.log; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f; uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
{conf}
}}""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", work + "/nginx.conf", "-p", work], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", tls), timeout=1).close()
            return process, tls
        except OSError:
            time.sleep(0.05)
    raise SystemExit("nginx did not start")
