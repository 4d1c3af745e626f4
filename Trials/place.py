"""What trials stand on: a PostgreSQL of their own, free ports, the shipped nginx file in front of some ports."""
import os, pwd, re, shutil, socket, subprocess, time

root = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    """A server in a folder, on a socket in it, run by a user who is not root; a folder that has one is gone on with."""
    bin = "/usr/lib/postgresql/15/bin"

    def __init__(self, work, options="", connections=100):
        self.folder = os.path.join(work, "pg")
        self.options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections={connections} {options}"
        os.makedirs(self.folder, exist_ok=True)
        if os.getuid() == 0:
            try:
                pwd.getpwnam("hkpg")
            except KeyError:
                subprocess.run(["useradd", "-r", "hkpg"], check=True)
            shutil.chown(self.folder, "hkpg")
            # Whoever runs it has to get there.
            os.chmod(work, 0o711)
        if not os.path.exists(self.folder + "/data"):
            self.run(f"{self.bin}/initdb -D {self.folder}/data -A trust -U app --locale=C.UTF-8 -E UTF8 --no-instructions")
        elif os.path.exists(self.folder + "/data/postmaster.pid"):
            self.stop(check=False)
        self.start()
        self.url = self.address("postgres")

    def address(self, name):
        return f"postgresql://app@/{name}?host={self.folder}"

    def start(self, wait=True):
        self.run(f"{self.bin}/pg_ctl -D {self.folder}/data {'-w' if wait else '-W'} -l {self.folder}/log -o \"{self.options}\" start")

    def run(self, command, check=True):
        if os.getuid() == 0:
            command = f"su hkpg -s /bin/sh -c '{command}'"
        subprocess.run(command + " >/dev/null 2>&1 </dev/null", shell=True, check=check)

    def ask(self, sql, name="postgres"):
        """What psql prints for a statement."""
        run = subprocess.run(["psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", self.address(name), "-c", sql], capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(run.stderr.strip()[:300])
        return run.stdout.strip()

    def database(self, name, template="template1"):
        """A new database of that name; gives its address."""
        self.ask(f"create database {name} template {template}")
        return self.address(name)

    @property
    def pid(self):
        return int(open(self.folder + "/data/postmaster.pid").readline())

    def stop(self, mode="immediate", check=True):
        self.run(f"{self.bin}/pg_ctl -D {self.folder}/data -m {mode} stop", check)


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
