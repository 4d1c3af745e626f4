"""The API against the document it serves: schemathesis makes requests of all kinds from it – right, wrong, malformed, one after
the other along its links – and holds every answer against it. The control is the same document with a lie in it.

    python3 Tests/API/conformance.py .build/debug/hallkeeper [--examples 100] [--least 1000]
"""
import json, os, re, subprocess, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Trials"))
from house import House, Line, Tally
from place import root

program = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("--") else os.path.join(root, ".build/debug/hallkeeper")


def option(name, standard):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else standard


examples, least = option("--examples", 10), option("--least", 200)
work = tempfile.mkdtemp(prefix="hallkeeper-api-")
# No limit here: what is looked at is the document, and a machine asks quicker than the limit lets it.
house = House(program, env={"HALLKEEPER_API_RATE": "0"})
tally = Tally()


def token(scope):
    return subprocess.run([program, "token", "add", "conformance-" + scope.split(":")[1], "--scope", scope, "--data", house.data], check=True, capture_output=True, text=True).stdout.strip()


def run(document, count, *more):
    """Gives how many cases there were, whether all held, and what was said."""
    report = os.path.join(work, f"report-{count}-{len(os.listdir(work))}.ndjson")
    words = ["schemathesis", "run", document, "--url", f"http://127.0.0.1:{house.port}", "-H", "Authorization: Bearer " + write, "--max-examples", str(count), "--checks", "all",
             "--report", "ndjson", "--report-ndjson-path", report, "--seed", "1", "--warnings", "off", "--no-color", *more]
    done = subprocess.run(words, capture_output=True, text=True, cwd=work, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    said = done.stdout + done.stderr
    found = [int(n) for n in re.findall(r"(\d+) generated", said)]
    return sum(found), done.returncode == 0, said


try:
    write = token("complaints:write")
    line = Line(house.port)
    for number in range(3):
        status, body, _ = line.ask("POST", "/api/v1/complaints", json.dumps({"kind": "BL2", "channel": "web", "text": f"水费 {number}", "phone": "13800138000"}),
                                   {"authorization": "Bearer " + write, "content-type": "application/json", "idempotency-key": str(number)})
        assert status == 201, body
    status, document, headers = line.ask("GET", "/api/v1/openapi.yaml")
    assert status == 200 and headers["content-type"].startswith("application/yaml"), headers["content-type"]
    # A tag drawn at random names no state of the case: that it is refused is what the document says.
    open(os.path.join(work, "schemathesis.toml"), "w").write('[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 429, "5xx"]\n')
    served = os.path.join(work, "openapi.yaml")
    open(served, "wb").write(document)
    count, holds, said = run(served, examples)
    if not holds:
        print(said[-12000:])
    # A lie: an answer the server gives is not in it, and a member it does not give is required.
    lie = os.path.join(work, "lie.yaml")
    open(lie, "w").write(document.decode().replace("required: [complaints, next]", "required: [complaints, next, total]"))
    _, believed, _ = run(lie, 3, "--include-operation-id", "listComplaints", "--phases", "coverage,fuzzing")
    faults = [text for text in open(house.work + "/log", errors="replace") if "request failed" in text]
    tally.say("I-3-conformance", count, (0 if holds else 1) + len(faults) + (0 if count >= least else 1), "passes" if believed else "refused", not believed)
    if faults:
        print(faults[0][:600])
finally:
    house.close()
sys.exit(tally.short)
