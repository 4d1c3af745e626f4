#!/usr/bin/env python3
"""A second verifier of the ledger, written from docs/rules/ledger.md alone; it shares no line with the program.

    verify.py DATA [--seal CHAIN:SEQ:HASH]… [--public-key FILE]     DATA: a folder, an SQLite file or postgresql://…
"""
import argparse, hashlib, json, os, sqlite3, subprocess, sys, tempfile

LEDGER = {"entry", "seal", "personal", "seal_signature", "unsealed", "entry_turn", "migration"}
NOT_KEPT = {"credential", "session", "setting", "draft", "idempotency", "blob", "thumb", "upload", "upload_part", "complaint_search", "api_token",
            "outlet", "delivery", "subscription", "announcement", "claim", "change", "presence", "complaint_draft", "customer_phone", "complaint_sum",
            "complaint_stale", "import_mapping", "case_import_wrong"} | {
    "complaint_words" + part for part in ("", "_data", "_idx", "_content", "_docsize", "_config")}
ZEROS = "0" * 64


def sha(*parts):
    """None for what is no text: it is the hash of nothing that was written."""
    if not all(isinstance(part, str) for part in parts):
        return None
    return hashlib.sha256(b"".join(part.encode("utf-8", "surrogateescape") for part in parts)).hexdigest()


class SQLite:
    def __init__(self, path):
        path = os.path.join(path, "hallkeeper.sqlite") if os.path.isdir(path) else path
        self.base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        # Damaged text must come here as it is and fail its hash, not stop the reading.
        self.base.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self.base.execute("begin")

    def close(self):
        self.base.close()

    def tables(self):
        named = self.base.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        return {name: [c[1] for c in sorted(self.base.execute(f'pragma table_info("{name}")'), key=lambda c: c[5]) if c[5]]
                for (name,) in named.fetchall()}

    def defaults(self, table):
        return {c[1]: literal(c[4]) for c in self.base.execute(f'pragma table_info("{table}")')}

    def rows(self, table, order=""):
        cursor = self.base.execute(f'select * from "{table}" {order}')
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row)) for row in cursor)


class Postgres:
    """Through psql, so that no driver is needed: each row comes as a line of JSON."""
    def __init__(self, url):
        self.url = url

    def close(self):
        pass

    def lines(self, query):
        run = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-c", f"copy ({query}) to stdout"],
                             capture_output=True, check=True)
        return [json.loads(line.replace("\\\\", "\\")) for line in run.stdout.decode().split("\n") if line]

    def tables(self):
        keys = self.lines("""select json_build_array(c.relname, coalesce((select json_agg(a.attname order by k.place) from pg_index i,
            unnest(i.indkey) with ordinality k(column_number, place), pg_attribute a where i.indrelid = c.oid and i.indisprimary
            and a.attrelid = c.oid and a.attnum = k.column_number), '[]'::json)) from pg_class c
            where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace""")
        return dict(keys)

    def defaults(self, table):
        return {name: literal(text) for name, text in self.lines(f"""select json_build_array(column_name, column_default)
            from information_schema.columns where table_schema = current_schema() and table_name = '{table}'""")}

    def rows(self, table, order=""):
        return self.lines(f'select row_to_json(t) from (select * from "{table}" {order}) t')


def literal(text):
    """A default of a column as SQL has it: 1, '', 'x'::text, or none."""
    if text is None or text.upper().startswith("NULL"):
        return None
    return text[1:text.rindex("'")].replace("''", "'") if text.startswith("'") else int(text)


def check_chains(entries, seals, personal, problems):
    """Steps 1 to 3 of the page; gives each chain's hashes by seq, and the bodies that are as they were sealed."""
    found, sealed, last, whole = {}, set(), {}, {}
    for seal in seals:
        chain, seq = seal["chain"], seal["seq"]
        before_seq, before = last.get(chain, (0, ZEROS))
        if seq != before_seq + 1:
            problems.append(f"chain {chain} lacks entries {before_seq + 1}–{seq - 1}")
        if seal["prev"] != before:
            problems.append(f"chain {chain}, entry {seq}: does not follow the one before")
        last[chain] = (seq, seal["hash"])
        found.setdefault(chain, {})[seq] = seal["hash"]
        sealed.add(seal["entry"])
        entry = entries.get(seal["entry"])
        if entry is None or entry["place"] != seal["place"]:
            problems.append(f"chain {chain}, entry {seq}: entry {seal['entry']} is gone")
        elif not hashes(seal, entry):
            problems.append(f"chain {chain}, entry {seq}: was altered")
        elif not agrees(json.loads(entry["body"]), entry, chain):
            problems.append(f"chain {chain}, entry {seq}: columns and body differ")
        else:
            whole[seal["entry"]] = json.loads(entry["body"])
    # By the turn of the act, inside an act by id.
    whole = {name: whole[name] for name in sorted(whole, key=lambda name: (whole[name].get("turn", 0), name))}
    erased = {body["about"] for body in whole.values() if body["kind"] == "personal.erased"}
    for body in whole.values():
        for text, commitment in body["personal"]:
            row = personal.get((body["place"], text))
            if row is None:
                problems.append(f"personal text {text} is gone")
            elif row["salt"] == row["text"] == "":
                if text not in erased:
                    problems.append(f"personal text {text} was erased without an act")
            elif sha(row["salt"], row["text"]) != commitment:
                problems.append(f"personal text {text} was altered")
    problems += [f"entry {name} is not sealed" for name in entries if name not in sealed]
    return found, whole


def hashes(seal, entry):
    return sha(seal["prev"], entry["body"]) == seal["hash"]


def agrees(body, entry, chain):
    names = ("chain", "place", "recorded", "effective", "actor", "kind", "about")
    return (all(body[name] == entry[name] for name in names) and body["entry"] == entry["id"]
            and body["chain"] == chain and body["alg"] == "sha256")


def check_tables(base, whole, problems):
    """Step 4: the last image of each key is the row in the table."""
    keys = {name: key for name, key in base.tables().items() if name not in LEDGER | NOT_KEPT}
    images = {}
    for name in whole:
        for table, row in whole[name]["rows"]:
            images.setdefault(table, {})[tuple(row[column] for column in keys[table])] = row
    for table in sorted(keys):
        known, standard = images.get(table, {}), base.defaults(table)
        for row in base.rows(table):
            key = tuple(row[column] for column in keys[table])
            image = known.pop(key, None)
            said = f"table {table}, {'/'.join(part.hex() if isinstance(part, bytes) else str(part) for part in key)}: "
            if image is None:
                problems.append(said + "the ledger knows no such row")
            elif any(type(image.get(c, standard[c])) is not type(v) or image.get(c, standard[c]) != v for c, v in row.items()):
                problems.append(said + "differs from the ledger")
        problems += [f"table {table}, {'/'.join(map(str, key))}: the row is gone" for key in known]


def check_seals(found, printed, problems):
    """Step 5: what was printed is still there."""
    for text in printed:
        chain, seq, hash = text.rsplit(":", 2)
        ends = max(found.get(chain, {0: ZEROS}))
        if chain not in found:
            problems.append(f"chain {chain} is gone; entry {seq} was printed")
        elif int(seq) > ends:
            problems.append(f"chain {chain} ends at {ends}, but entry {seq} was printed: the tail was cut")
        elif found.get(chain, {}).get(int(seq)) != hash:
            problems.append(f"chain {chain}, entry {seq}: differs from the printed seal")


def check_signatures(base, found, key, problems):
    """Step 6: what was signed is still there, and with a key: the newest signatures are of it and reach the end."""
    if "seal_signature" not in base.tables():
        return
    newest = {}
    for row in base.rows("seal_signature", "order by chain, seq"):
        chain, seq = row["chain"], row["seq"]
        ends, sealed = max(found.get(chain, {0: ZEROS})), found.get(chain, {}).get(seq)
        if seq > ends:
            problems.append(f"chain {chain} ends at {ends}, but entry {seq} was signed: the tail was cut")
        elif sealed is not None and sealed != row["hash"]:
            problems.append(f"chain {chain}, entry {seq}: differs from the signed seal")
        if key and not signed(key, f"{chain}:{seq}:{row['hash']}", row["sig"]):
            problems.append(f"chain {chain}, entry {seq}: the signature is not of this key")
        elif sealed == row["hash"]:
            newest[chain] = seq
    for chain in found if key else ():
        if newest.get(chain, 0) < max(found[chain]):
            problems.append(f"chain {chain}: entries {newest.get(chain, 0) + 1}–{max(found[chain])} are not signed")


def signed(key, text, signature):
    """By the openssl command, so that no line of cryptography stands here."""
    with tempfile.NamedTemporaryFile() as message, tempfile.NamedTemporaryFile() as file:
        message.write(text.encode()), message.flush()
        file.write(bytes.fromhex(signature)), file.flush()
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message.name, "-sigfile", file.name]
        return subprocess.run(command, capture_output=True).returncode == 0


def verify(base, printed=(), key=None):
    """Every problem, and the head of every chain."""
    problems = []
    entries = {entry["id"]: entry for entry in base.rows("entry")}
    personal = {(row["place"], row["id"]): row for row in base.rows("personal")}
    found, whole = check_chains(entries, base.rows("seal", "order by chain, seq"), personal, problems)
    check_tables(base, whole, problems)
    check_seals(found, printed, problems)
    check_signatures(base, found, key, problems)
    return problems, [f"{chain}:{max(found[chain])}:{found[chain][max(found[chain])]}" for chain in sorted(found)]


def whole(data, printed=(), key=None):
    """Opens, verifies, closes."""
    base = opened(data)
    try:
        return verify(base, printed, key)
    finally:
        base.close()


def opened(data):
    return Postgres(data) if data.startswith("postgres") else SQLite(data)


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("data")
    options.add_argument("--seal", action="append", default=[])
    options.add_argument("--public-key")
    options = options.parse_args()
    problems, heads = whole(options.data, options.seal, options.public_key)
    print(*problems, *heads, sep="\n")
    print(f"{len(problems)} problems" if problems else "verified: no problems")
    sys.exit(1 if problems else 0)
