"""Ways to damage a ledger behind its back, as somebody could who has the database's password."""
import hashlib, json
import verify


class NotHere(Exception):
    """This database has nothing of the kind to damage."""


class Damaged:
    """A database to be damaged, and the dice that choose where."""
    images = {}

    def __init__(self, base, dice):
        self.base, self.dice = base, dice

    def run(self, sql, *values):
        return self.base.execute(sql, values)

    def all(self, sql, *values):
        return self.run(sql, *values).fetchall()

    def seal(self, least=1):
        found = self.all("select chain, seq, entry, place, prev, hash from seal where seq >= ?", least)
        if not found:
            raise NotHere
        return self.dice.choice(found)

    def row(self):
        """A kept table and one of its rows: name, rowid, columns."""
        tables = [name for (name,) in self.all("select name from sqlite_master where type = 'table'")
                  if name not in verify.LEDGER | verify.NOT_KEPT and self.all(f"select 1 from {name} limit 1")]
        table = self.dice.choice(tables)
        names = [column[1] for column in self.all(f"pragma table_info({table})")]
        return table, self.dice.choice(self.all(f"select rowid from {table}"))[0], names

    def reseal(self, chain, seq):
        """Chains everything from a place on anew, with valid hashes."""
        prev = (self.all("select hash from seal where chain = ? and seq = ?", chain, seq - 1) or [(verify.ZEROS,)])[0][0]
        rows = self.all("select seq, body from seal join entry on entry.id = seal.entry where seal.chain = ? and seq >= ? order by seq",
                        chain, seq)
        for number, body in rows:
            hash = hashlib.sha256((prev + body).encode()).hexdigest()
            self.run("update seal set prev = ?, hash = ? where chain = ? and seq = ?", prev, hash, chain, number)
            prev = hash

    def history(self):
        """Every image of each row, in order; of the undamaged ledger, so once is enough."""
        if not Damaged.images:
            keys = verify.SQLite.tables(self)
            for entry, body in self.all("select id, body from entry order by id"):
                for table, image in json.loads(body)["rows"]:
                    Damaged.images.setdefault((table, tuple(sorted((key, image[key]) for key in keys[table]))), []).append((entry, image))
        return Damaged.images

    def cut(self, entries):
        """Takes entries and seals away and makes the tables what they were: a genuine older state."""
        touched = {}
        for (entry,) in entries:
            self.history()
            body = json.loads(self.all("select body from entry where id = ?", entry)[0][0])
            for table, image in body["rows"]:
                keys = [c[1] for c in sorted(self.all(f"pragma table_info({table})"), key=lambda c: c[5]) if c[5]]
                touched[(table, tuple((key, image[key]) for key in keys))] = None
            self.run("delete from seal where entry = ?", entry)
            self.run("delete from entry where id = ?", entry)
        for (table, key) in touched:
            for entry, image in self.history().get((table, tuple(sorted(key))), []):
                if self.all("select 1 from entry where id = ?", entry):
                    touched[(table, key)] = image
        for (table, key), image in touched.items():
            self.run(f"delete from {table} where " + " and ".join(f"{c} = ?" for c, _ in key), *[v for _, v in key])
            if image:
                self.run(f"insert into {table} ({', '.join(image)}) values ({', '.join('?' * len(image))})", *image.values())


def delete_entry(d): d.run("delete from entry where id = ?", d.seal()[2])
def delete_seal(d): d.run("delete from seal where entry = ?", d.seal()[2])


def delete_both(d):
    chain, seq, entry, *_ = d.seal()
    if d.all("select max(seq) from seal where chain = ?", chain)[0][0] == seq:
        return truncate(d)
    d.run("delete from seal where entry = ?", entry)
    d.run("delete from entry where id = ?", entry)


def swap_bodies(d):
    (_, _, a, *_), (_, _, b, *_) = d.seal(), d.seal()
    if a == b:
        raise NotHere
    bodies = {name: d.all("select body from entry where id = ?", name)[0][0] for name in (a, b)}
    d.run("update entry set body = ? where id = ?", bodies[b], a)
    d.run("update entry set body = ? where id = ?", bodies[a], b)


def swap_seals(d):
    chain, seq, *_ = d.seal(2)
    d.run("update seal set seq = -1 where chain = ? and seq = ?", chain, seq)
    d.run("update seal set seq = ? where chain = ? and seq = ?", seq, chain, seq - 1)
    d.run("update seal set seq = ? where chain = ? and seq = -1", seq - 1, chain)


def duplicate(d):
    d.run("insert into entry select place, '7ZZZZZZZZZZZZZZZZZZZZZZZZZ', chain, recorded, effective, actor, kind, about, body from entry where id = ?", d.seal()[2])


def forge(d):
    """An entry at the end with a valid hash and a row that never was."""
    chain, seq, entry, place, _, hash = d.seal()
    seq, hash = d.all("select seq, hash from seal where chain = ? order by seq desc limit 1", chain)[0]
    body = json.loads(d.all("select body from entry where id = ?", entry)[0][0])
    body["entry"] = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
    body["rows"] = [["step", {"place": place, "duty": "forged", "step": 1, "at": 1}]]
    body["personal"] = []
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    d.run("insert into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?)", place, body["entry"], chain, body["recorded"], body["effective"],
          body["actor"], body["kind"], body["about"], text)
    d.run("insert into seal values (?, ?, ?, ?, ?, ?)", chain, seq + 1, body["entry"], place, hash,
          hashlib.sha256((hash + text).encode()).hexdigest())


def fork(d):
    chain, seq, entry, place, prev, hash = d.seal()
    d.run("insert into seal values (?, 1, ?, ?, ?, ?)", "fork", entry, place, verify.ZEROS, hash)


def truncate(d):
    chain = d.seal()[0]
    d.cut(d.all("select entry from seal where chain = ? order by seq desc limit ?", chain, d.dice.randint(1, 100)))


def truncate_to_nothing(d):
    for (name,) in d.all("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'migration'"):
        d.run(f"delete from {name}")


def older_copy(d): d.cut(d.all("select id from entry order by id desc limit ?", d.dice.randint(1, 100)))
def another_installation(d): pass


def edit_row(d):
    table, rowid, names = d.row()
    column = d.dice.choice(names)
    d.run(f"update {table} set {column} = case typeof({column}) when 'integer' then {column} + 1 when 'null' then 1 else {column} || 'x' end where rowid = ?", rowid)


def delete_row(d):
    table, rowid, _ = d.row()
    d.run(f"delete from {table} where rowid = ?", rowid)


def add_row(d): d.run("insert into step (place, duty, step, at) values (?, 'never', ?, 1)", d.seal()[3], d.dice.randint(1, 9))


def edit_column(d):
    column = d.dice.choice(["recorded", "effective", "actor", "kind", "about"])
    d.run(f"update entry set {column} = case typeof({column}) when 'integer' then {column} + 1 else {column} || 'x' end where id = ?", d.seal()[2])


def edit_seal(d):
    column = d.dice.choice(["prev", "hash"])
    d.run(f"update seal set {column} = '0123' || substr({column}, 5) where entry = ?", d.seal()[2])


def same_looking(d):
    """What a lenient comparison takes for equal: 1 and '1', NULL and '', another case of letters."""
    table, rowid, names = d.row()
    column = d.dice.choice(names)
    kind = d.dice.choice([f"cast({column} as blob)", f"upper({column})", f"case when {column} is null then 0 end"])
    if not d.run(f"update {table} set {column} = {kind} where rowid = ? and ({column} is not {kind})", rowid).rowcount:
        raise NotHere


def personal(d):
    found = d.all("select rowid from personal")
    if not found:
        raise NotHere
    change = d.dice.choice(["update personal set text = text || 'x'", "delete from personal", "update personal set text = '', salt = ''"])
    d.run(change + " where rowid = ?", d.dice.choice(found)[0])


def rewrite(d):
    """Somebody else did it: body, columns and every hash after it made anew."""
    chain, seq, entry, *_ = d.seal()
    body = json.loads(d.all("select body from entry where id = ?", entry)[0][0])
    body["actor"] = "person:forged"
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    d.run("update entry set actor = 'person:forged', body = ? where id = ?", text, entry)
    d.reseal(chain, seq)


# What it is called, how it is done, whether only an anchor outside the database (a printed seal) can find it.
DAMAGE = [
    ("entry deleted", delete_entry, False), ("seal deleted", delete_seal, False), ("both deleted", delete_both, False),
    ("bodies swapped", swap_bodies, False), ("seals swapped", swap_seals, False), ("entry duplicated", duplicate, False),
    ("entry forged", forge, False), ("chain forked", fork, False), ("tail cut", truncate, True),
    ("all cut", truncate_to_nothing, True), ("older copy", older_copy, True),
    ("another installation's copy", another_installation, True), ("row edited", edit_row, False),
    ("row deleted", delete_row, False), ("row added", add_row, False), ("column edited", edit_column, False),
    ("seal edited", edit_seal, False), ("same looking", same_looking, False), ("personal text", personal, False),
    ("full rewrite", rewrite, True),
]
