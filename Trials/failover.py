#!/usr/bin/env python3
"""N-4: a cluster as an operator would run it: three PostgreSQL under Patroni with etcd, all of Debian, on loopback; two processes of
the program whose address names all three. The leader is killed under writers, over and over.

    failover.py PROGRAM [--count N] [--seed N]

Patroni keeps one standby synchronous, so nothing answered may be lost. Control: the same with an asynchronous cluster whose standbys
do not replay meanwhile: acts answered last are gone, and a printed seal says so.
"""
import argparse, json, os, pwd, random, shutil, signal, subprocess, sys, tempfile, time
from place import Postgres, free_port
from witness import Crew, Program, Witness, say

SETTINGS = """scope: hall
name: n{n}
restapi: {{listen: '127.0.0.1:{rest}', connect_address: '127.0.0.1:{rest}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs: {{ttl: 20, loop_wait: 2, retry_timeout: 5, maximum_lag_on_failover: {lag}, synchronous_mode: {sync}, postgresql: {{use_pg_rewind: true, parameters: {{max_connections: 60, wal_level: replica, hot_standby: 'on', wal_log_hints: 'on', shared_buffers: 32MB}}}}}}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, data-checksums]
  pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {work}/n{n}
  bin_dir: {bin}
  pgpass: {work}/pass{n}
  authentication: {{superuser: {{username: app}}, replication: {{username: replica}}, rewind: {{username: app}}}}
  parameters: {{unix_socket_directories: '{work}'}}
"""


class Cluster:
    def __init__(self, sync=True):
        self.work = tempfile.mkdtemp(prefix="hk-cluster-")
        if os.getuid() == 0:
            try:
                pwd.getpwnam("hkpg")
            except KeyError:
                subprocess.run(["useradd", "-r", "hkpg"], check=True)
            shutil.chown(self.work, "hkpg")
        os.chmod(self.work, 0o755)
        self.ports, self.rests = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
        client, peer = free_port(), free_port()
        self.etcd = self.run(["etcd", "--data-dir", self.work + "/etcd", "--listen-client-urls", f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
                              "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}", "--initial-cluster", f"default=http://127.0.0.1:{peer}"], "etcd")
        self.nodes = []
        for n in range(3):
            with open(f"{self.work}/n{n}.yml", "w") as file:
                file.write(SETTINGS.format(n=n, rest=self.rests[n], etcd=client, port=self.ports[n], work=self.work, bin=Postgres.bin, sync="true" if sync else "false", lag=1048576 if sync else 1 << 40))
            self.nodes.append(self.run(["patroni", f"{self.work}/n{n}.yml"], f"n{n}"))
            if n == 0:
                self.wait(lambda: self.leader() == 0, 90)
        self.wait(lambda: self.standbys() == 2, 120)
        hosts = ",".join("127.0.0.1" for _ in self.ports)
        ports = ",".join(map(str, self.ports))
        self.url = f"postgresql://app@{hosts}/hall?port={ports}&target_session_attrs=read-write&connect_timeout=2".replace(f"@{hosts}/", "@" + ",".join(f"127.0.0.1:{p}" for p in self.ports) + "/").replace(f"port={ports}&", "")

    def run(self, words, name):
        if os.getuid() == 0:
            words = ["setpriv", f"--reuid={pwd.getpwnam('hkpg').pw_uid}", f"--regid={pwd.getpwnam('hkpg').pw_gid}", "--clear-groups"] + words
        return subprocess.Popen(words, stdout=open(f"{self.work}/{name}.log", "a"), stderr=subprocess.STDOUT, cwd=self.work, env={**os.environ, "HOME": self.work}, start_new_session=True)

    def wait(self, what, most):
        end = time.monotonic() + most
        while time.monotonic() < end:
            if what():
                return True
            time.sleep(0.3)
        raise RuntimeError("the cluster does not come up: " + open(self.work + "/n0.log").read()[-500:])

    def told(self):
        import http.client
        for rest in self.rests:
            line = http.client.HTTPConnection("127.0.0.1", rest, timeout=2)
            try:
                line.request("GET", "/cluster")
                return json.loads(line.getresponse().read()).get("members", [])
            except (OSError, ValueError, http.client.HTTPException):
                continue
            finally:
                line.close()
        return []

    def leader(self):
        """Which node takes writes, by asking each: never more than one may."""
        found = []
        for n, port in enumerate(self.ports):
            run = subprocess.run(["psql", "-X", "-q", "-t", "-A", f"postgresql://app@127.0.0.1:{port}/postgres?connect_timeout=2", "-c", "select pg_is_in_recovery()"], capture_output=True, text=True)
            if run.stdout.strip() == "f":
                found.append(n)
        if len(found) > 1:
            raise RuntimeError(f"two take writes: {found}")
        return found[0] if found else None

    def standbys(self):
        return sum(m.get("role") != "leader" and m.get("state") in ("running", "streaming") for m in self.told())

    def synchronous(self):
        return any(m.get("role") == "sync_standby" for m in self.told())

    def ask(self, sql, name="postgres"):
        port = self.ports[self.leader()]
        return subprocess.run(["psql", "-X", "-q", "-t", "-A", f"postgresql://app@127.0.0.1:{port}/{name}", "-c", sql], capture_output=True, text=True, check=True).stdout.strip()

    def kill(self, n):
        """The node as a machine that loses its power: Patroni and PostgreSQL at once."""
        first = int(open(f"{self.work}/n{n}/postmaster.pid").readline())
        children = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True).stdout.split()
        self.nodes[n].kill()
        for pid in [first] + [int(c) for c in children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.nodes[n].wait()

    def revive(self, n):
        self.nodes[n] = self.run(["patroni", f"{self.work}/n{n}.yml"], f"n{n}")

    def end(self):
        for n, node in enumerate(self.nodes):
            if node.poll() is None:
                try:
                    self.kill(n)
                except (OSError, ValueError):
                    node.kill()
        self.etcd.kill()
        self.etcd.wait()
        shutil.rmtree(self.work, ignore_errors=True)


def fail_over(binary, count, dice):
    cluster, programs, failed, times = Cluster(), [], 0, []
    try:
        cluster.wait(cluster.synchronous, 60)
        cluster.ask("create database hall")
        programs = [Program(binary, f"{cluster.work}/p{n}", database=cluster.url, days=0) for n in range(2)]
        for one in programs:
            one.start(wait=300)
        witness, token = Witness(cluster.work), programs[0].token()
        for number in range(count):
            crew = Crew(witness, [p.port for p in programs], token, 8, mix=("case", "note", "weather"))
            time.sleep(dice.uniform(1, 3))
            old = cluster.leader()
            cluster.kill(old)
            began = time.monotonic()
            cluster.wait(lambda: cluster.leader() not in (None, old), 90)
            there = time.monotonic()
            before = len(witness.acked)
            while len(witness.acked) < before + 5 and time.monotonic() - there < 60:
                time.sleep(0.05)
            times.append((there - began, time.monotonic() - there))
            time.sleep(1)
            crew.end()
            cluster.revive(old)
            wrong = [f"{k}: {len(m)} {m[:2]}" for k, m in witness.verdict(programs[0]).items() if m] + [str(crew.broken[:1])] * bool(crew.broken)
            wrong += [f"{times[-1][1]:.1f} s until acts went on"] * (times[-1][1] > 5)
            if wrong:
                failed += 1
                print("#", number, "; ".join(wrong)[:400], flush=True)
            cluster.wait(lambda: cluster.standbys() == 2 and cluster.synchronous(), 120)
        for one in programs:
            one.stop()
        verified = programs[0].run("verify")
        failed += verified.returncode != 0
        print(f"# {len(witness.acked)} answered; a new leader after {max(t for t, _ in times):.0f} s at most, acts {max(t for _, t in times):.1f} s after it", flush=True)
        return failed
    finally:
        for one in programs:
            if one.process and one.process.poll() is None:
                one.kill()
        cluster.end()


def control(binary):
    """Asynchronous, and the standbys held back: gives how many answered acts were lost, and whether a printed seal betrayed it."""
    cluster, program = Cluster(sync=False), None
    try:
        cluster.ask("create database hall")
        program = Program(binary, cluster.work + "/p", database=cluster.url, days=0)
        program.start(wait=300)
        witness, token = Witness(cluster.work), program.token()
        old = cluster.leader()
        time.sleep(2)
        # The leader sends nothing more: those of its processes that send are stopped, and die with it.
        first = open(f"{cluster.work}/n{old}/postmaster.pid").readline().strip()
        for pid in subprocess.run(["pgrep", "-P", first, "-f", "walsender"], capture_output=True, text=True).stdout.split():
            os.kill(int(pid), signal.SIGSTOP)
        crew = Crew(witness, [program.port], token, 4, mix=("case",))
        time.sleep(3)
        crew.end()
        time.sleep(1)
        printed = program.run("seals").stdout.split()
        cluster.kill(old)
        cluster.wait(lambda: cluster.leader() not in (None, old), 90)
        time.sleep(3)
        lost = len(witness.verdict(program)["lost"])
        program.stop()
        said = program.run("verify", *[word for seal in printed for word in ("--seal", seal)])
        return lost, "the tail was cut" in said.stdout
    finally:
        if program and program.process and program.process.poll() is None:
            program.kill()
        cluster.end()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--count", type=int, default=10)
    options.add_argument("--seed", type=int, default=None)
    options = options.parse_args()
    binary = os.path.abspath(options.program)
    failed = fail_over(binary, options.count, random.Random(options.seed))
    lost, betrayed = control(binary)
    good = say("N-4-failover", options.count, failed, f"asynchronous-{lost}-lost,-{'told-by-a-printed-seal' if betrayed else 'not-told'}", lost > 0 and betrayed)
    sys.exit(0 if good else 1)
