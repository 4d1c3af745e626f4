"""What trials of failing disks stand on: a shim that makes one call fail, somebody who acts and keeps account of each answer."""
import errno, http.client, json, mmap, os, random, shutil, struct, subprocess, time, urllib.parse
from offline import noise
from place import root
from witness import Program, Witness

CALLS = {"write": 1, "fdatasync": 2, "ftruncate": 3, "open": 4, "rename": 5}
ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
LIE = 6


class Shim:
    """The shim, compiled, and the page through which it is told what to do."""

    def __init__(self, folder, data):
        self.library, self.path = os.path.join(folder, "fault.so"), os.path.join(folder, "control")
        subprocess.run([shutil.which("gcc") or "clang", "-shared", "-fPIC", "-O1", "-o", self.library, os.path.join(root, "Trials/fault.c"), "-ldl"], check=True)
        with open(self.path, "wb") as file:
            file.write(b"\0" * 4096)
        self.file = open(self.path, "r+b")
        self.page = mmap.mmap(self.file.fileno(), 4096)
        self.env = {"LD_PRELOAD": self.library, "FAULT_CONTROL": self.path, "FAULT_DIR": os.path.realpath(data)}

    def arm(self, call, error=errno.EIO, nth=1, sticky=False):
        self.page[0:4] = struct.pack("i", 0)
        self.page[4:24] = struct.pack("5i", error, nth, int(sticky), 0, 0)
        self.page[0:4] = struct.pack("i", call)

    def rest(self):
        self.page[0:4] = struct.pack("i", 0)

    @property
    def count(self):
        return struct.unpack("i", self.page[16:20])[0]

    @property
    def fired(self):
        return struct.unpack("i", self.page[20:24])[0]


class Hand:
    """Somebody who takes in cases, one after the other, some with a photo; each has an id that stands in the witness."""

    def __init__(self, program, witness, token, believes_all=False):
        self.program, self.witness, self.token, self.line, self.believes_all = program, witness, token, None, believes_all
        self.said, self.slowest = b"", 0.0

    def act(self, photo=False, timeout=20, wide=0):
        """The status of the answer; 0 when there was none."""
        mark = "W" + os.urandom(10).hex()
        text = f"{mark} 请保存 é😀" + "长" * wide
        kind = "photo" if photo and self.witness.cases else "case"
        self.witness.send(mark, kind, text)
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": mark, "content-type": "application/json"}
        if kind == "case":
            path, body = "/api/v1/complaints", json.dumps({"kind": "BL2", "channel": "web", "text": text, "phone": "13800000000"}, ensure_ascii=False).encode()
        else:
            case = list(self.witness.cases.values())[-1]
            path, body = f"/api/v1/complaints/{case}/attachments?note={urllib.parse.quote(text)}", noise(random.Random(mark))
            headers["content-type"] = "image/png"
        began = time.monotonic()
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.program.port, timeout=timeout)
            self.line.request("POST", path, body, headers)
            reply = self.line.getresponse()
            self.said, status = reply.read(), reply.status
        except (OSError, http.client.HTTPException):
            if self.line:
                self.line.close()
            self.line = None
            return 0
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status in (200, 201):
            self.witness.ack(mark, kind, json.loads(self.said).get("id", "") if kind == "case" else "")
        elif self.believes_all:
            self.witness.ack(mark, kind)
        return status

    def get(self, path, timeout=5):
        """Status and text of a page."""
        line = http.client.HTTPConnection("127.0.0.1", self.program.port, timeout=timeout)
        try:
            line.request("GET", path, headers={"authorization": f"Bearer {self.token}"})
            reply = line.getresponse()
            return reply.status, reply.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()

    def works(self, within=5.0):
        """Seconds until an act is kept again; None when it is not within the time."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            if self.act() == 201:
                return time.monotonic() - began
            time.sleep(0.05)
        return None


def wrong(program, witness):
    """What the witness finds, as sentences."""
    return [f"{kind}: {len(marks)} {marks[:2]}" for kind, marks in witness.verdict(program).items() if marks]


def lied(folder, program, token_of, count=20):
    """The control of all trials of disks: a disk that says yes and keeps nothing, then a kill. Gives how many answered acts are lost."""
    shim = Shim(folder, program.data)
    program.env = {**program.env, **shim.env}
    program.start()
    witness = Witness(folder)
    hand = Hand(program, witness, token_of(program))
    shim.arm(LIE)
    kept = sum(hand.act() == 201 for _ in range(count))
    shim.rest()
    program.kill()
    program.env = {key: value for key, value in program.env.items() if key not in shim.env}
    lost = len(witness.verdict(program)["lost"])
    return kept, lost
