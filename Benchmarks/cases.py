"""Cases by the hundred thousand for the benchmarks, put beside one that was taken in through the API; on SQLite and PostgreSQL. Ended ones with what
was done about them, over thirteen months, some open; each found by the words it says."""
import datetime, json, os, sqlite3, subprocess, unicodedata

SAID = ["水费突然翻了一倍，想查表", "停水没有提前通知", "六楼以上早晚没有水压", "水放出来发黄，有铁锈味", "路面挖开两周没有恢复", "井盖松动，车一过就响", "电子发票打不开", "窗口排了四十分钟", "过户跑了两趟", "抄表员没有上门",
        "报修后等了三个小时", "复供拖到晚上", "催费短信发错了户", "大厅饮水机没有水", "天然气灶打不着火", "说好下午来水到夜里还没有"]
KINDS = ["BL1", "BL2", "BL4", "SP1", "SP3", "SP4", "QL1", "QL2", "SV1", "SV6", "EN2", "OT3"]
DAYS, OPEN = 395, 2_000


def tokens(text):
    """As the program makes them: characters apart, words whole."""
    out, word = [], ""
    for character in unicodedata.normalize("NFKC", text).lower():
        if character.isascii() and character.isalnum():
            word += character
            continue
        if word:
            out.append(word)
        word = ""
        if ord(character) >= 0x80 and character.isalnum():
            out.append("x%x" % ord(character))
    return " ".join(out + ([word] if word else []))


class Base:
    """SQL on either engine: SQLite's file while nobody serves it, or PostgreSQL through psql."""

    def __init__(self, data=None, database=None):
        self.data, self.database = data, database

    def run(self, *statements):
        """One after the other, all kept at once."""
        if self.database:
            text = "set synchronous_commit = off; begin;" + ";\n".join(statements) + "; commit;"
            done = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-q", "-v", "ON_ERROR_STOP=1", self.database], input=text, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr[:2000])
            return
        base = sqlite3.connect(self.data + "/hallkeeper.sqlite")
        base.execute("pragma synchronous = off")
        base.execute("pragma cache_size = -400000")
        for statement in statements:
            base.execute(statement)
        base.commit()
        base.close()

    def rows(self, statement):
        """What a statement finds, as texts on PostgreSQL."""
        if self.database:
            out = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-qtA", "-F", "\x1f", self.database, "-c", statement], check=True, capture_output=True, text=True).stdout
            return [line.split("\x1f") for line in out.splitlines()]
        base = sqlite3.connect(f"file:{self.data}/hallkeeper.sqlite?mode=ro", uri=True, timeout=30)
        found = base.execute(statement).fetchall()
        base.close()
        return found

    def columns(self, table):
        """Its names in order."""
        if self.database:
            return [row[0] for row in self.rows(f"select column_name from information_schema.columns where table_name = '{table}' and table_schema = current_schema() order by ordinal_position")]
        return [row[1] for row in self.rows(f"pragma table_info({table})")]


def taken_in(line, token, text="水费突然翻了一倍，想查表", number=0):
    """One case through the API; gives its id."""
    body = json.dumps({"kind": "BL2", "channel": "hotline", "text": text, "phone": f"138{number:08d}"})
    status, said, _ = line.ask("POST", "/api/v1/complaints", body, {"authorization": "Bearer " + token, "content-type": "application/json", "idempotency-key": f"bench-{number}"})
    if status != 201:
        raise SystemExit(f"the API says {status}: {said[:300]}")
    return json.loads(said)["id"]


def fill(base, count, now):
    """So many cases beside the one that is there."""
    pg = base.database is not None
    opened = min(OPEN, count // 5)
    start = datetime.datetime.fromtimestamp(now / 1000, datetime.timezone(datetime.timedelta(hours=8))).replace(hour=8, minute=0, second=0, microsecond=0)
    days = [(n, (start - datetime.timedelta(days=n)).strftime("%Y%m%d"), int((start - datetime.timedelta(days=n)).timestamp() * 1000)) for n in range(DAYS)]
    series = f"(select i from generate_series(0, {count - 1}) as n(i))" if pg else f"(with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {count}) select i from n)"
    at = f"case when n.i < {opened} then n.i % 20 else 1 + n.i % {DAYS - 1} end"
    source = f"{series} as n join bench_day d on d.d = {at} join bench_text t on t.t = n.i % {len(SAID)}"
    is_open, recorded = f"n.i < {opened}", f"(d.ms + n.i / {DAYS} * 7)"
    hour, day = 3_600_000, 86_400_000

    def ended(value, other="null"):
        return f"case when {is_open} then {other} else {value} end"
    id_ = "'CASE' || " + ("lpad(n.i::text, 12, '0')" if pg else "printf('%012d', n.i)")
    kind = "case n.i % 12 " + " ".join(f"when {n} then '{k}'" for n, k in enumerate(KINDS)) + " end"
    cast = (lambda text: f"({text})::text") if pg else (lambda text: f"cast({text} as text)")
    seq = f"(case when {is_open} then 500000 + n.i else 1000 + n.i / {DAYS - 1} end)"
    units = [row[0] for row in base.rows("select place from place where kind = 'unit' order by place limit 5")]
    unit = f"case n.i % {len(units)} " + " ".join(f"when {n} then '{u}'" for n, u in enumerate(units)) + " end"
    told = {
        "id": id_, "day": "d.day", "seq": seq, "number": f"'TS' || d.day || '-' || {seq}", "kind": kind, "recorded": recorded, "text": "'T' || n.i", "tracking": "'BENCH' || n.i", "unit": unit,
        "severity": "case when n.i % 20 = 0 then 'S3' else 'S4' end", "channel": "case n.i % 3 when 0 then 'hotline' when 1 then 'hall' else 'web' end", "service": "case n.i % 4 when 0 then 'gas' when 1 then 'power' else 'water' end",
        "stage": ended("'closed'", "'dispatched'"), "first_dispatched": recorded, "contact_due": f"{recorded} + 2700000", "first_contact": ended(f"{recorded} + 60000 * (n.i % 60)", f"{recorded} + 60000"), "reached": "1",
        "first_due": f"{recorded} + {5 * day}", "reply_due": f"{recorded} + {5 * day}", "replied": ended(f"{recorded} + {hour} * (n.i % 150)"), "reported": ended(f"{recorded} + {6 * day}"), "called_back": ended(f"{recorded} + {7 * day}"),
        "call_back": ended("'reached'", "''"), "satisfaction": ended(cast("1 + n.i % 5"), "''"), "solved": ended("case when n.i % 9 = 0 then 'no' else 'yes' end", "''"), "finding": ended("case n.i % 3 when 0 then 'founded' when 1 then 'partly' else 'unfounded' end", "''"),
        "cause": ended("case n.i % 4 when 0 then 'procedure' when 1 then 'equipment' when 2 then 'information' else 'attitude' end", "''"), "improvement": ended("case when n.i % 3 = 2 then 'unneeded' else 'verified' end", "''"),
        "improvement_until": ended(f"{recorded} + {9 * day}"), "ended": ended(f"{recorded} + {8 * day}"), "next_due": ended("null", f"{recorded} + {5 * day} + n.i"), "version": "5"}
    names = base.columns("complaint")
    template = f"(select * from complaint where id not like 'CASE%' order by id limit 1) as one"
    statements = ["create table bench_day (d bigint primary key, day text, ms bigint)", "create table bench_text (t bigint primary key, text text, doc text)"]
    statements += [f"insert into bench_day values ({n}, '{day_}', {ms})" for n, day_, ms in days]
    statements += [f"insert into bench_text values ({n}, '{text}', '{tokens(text)}')" for n, text in enumerate(SAID)]
    statements.append(f"insert into complaint ({', '.join(names)}) select {', '.join(told.get(name, 'one.' + name) for name in names)} from {source}, {template}")
    statements.append(f"insert into personal (place, id, salt, text) select (select place from complaint limit 1), 'T' || n.i, 'salt', t.text || ' ' || n.i from {source}")
    statements.append("insert into personal (place, id, salt, text) select place, 'BENCHREPLY', 'salt', '已经处理，并向客户说明' from complaint limit 1")
    unit_names = base.columns("complaint_unit")
    told_unit = {"complaint": id_, "unit": unit, "state": ended("'ended'", "'open'"), "dispatched": recorded, "tried": f"{recorded} + 60000", "contacted": f"{recorded} + 60000", "agreed": f"case when n.i % 3 = 0 then {recorded} + {day} end", "visited": ended(f"case when n.i % 3 = 0 then {recorded} + {day} - 60000 * (n.i % 7 - 1) end")}
    statements.append(f"insert into complaint_unit ({', '.join(unit_names)}) select {', '.join(told_unit.get(name, 'one.' + name) for name in unit_names)} from {source}, (select * from complaint_unit where complaint not like 'CASE%' limit 1) as one")
    step_names = base.columns("complaint_step")
    for act, fields, texts, number in [("contact", '{"reached":"reached"}', "{}", 1), ("reply", "{}", '{"reply":"BENCHREPLY"}', 2)]:
        told_step = {"id": f"'S' || {number} || {id_}", "complaint": id_, "act": f"'{act}'", "at": f"{recorded} + 60000 * (n.i % 60)", "recorded": recorded, "fields": f"'{fields}'", "texts": f"'{texts}'", "unit": unit, "files": "''"}
        statements.append(f"insert into complaint_step ({', '.join(step_names)}) select {', '.join(told_step.get(name, 'one.' + name) for name in step_names)} from {source}, (select * from complaint_step where complaint not like 'CASE%' order by id limit 1) as one")
    phone = cast("10000000 + n.i") + " || '831'"
    doc = f"t.doc || ' ' || n.i || ' ts' || d.day || ' ' || {seq}"
    if pg:
        state = f"cast(case when {is_open} then '=open' else '' end as tsvector)"
        statements.append(f"insert into complaint_search (id, confidential, phone, account, at, doc) select {id_}, 0, {phone}, '', {recorded}, to_tsvector('simple', {doc}) || {state} from {source}")
    else:
        # In the order they came in, as the program numbers them.
        statements.append(f"create table bench_case as select n.i as i, {id_} as id, {phone} as phone, {doc} as doc, case when {is_open} then 'open' else '' end as state, {recorded} as recorded from {source}")
        statements.append("create table bench_order as select i, turn + max(recorded / 1000 * 4096 - turn) over (order by turn) as n from (select i, recorded, row_number() over (order by recorded, id) as turn from bench_case)")
        statements.append("create unique index bench_order_i on bench_order (i)")
        statements.append("insert into complaint_search (n, id, confidential, phone, account) select o.n, c.id, 0, c.phone, '' from bench_case c join bench_order o on o.i = c.i")
        statements.append("create unique index bench_case_i on bench_case (i)")
        statements.append("insert into complaint_words (rowid, doc, state) select o.n, c.doc, c.state from bench_order o join bench_case c on c.i = o.i order by o.n")
        statements += ["drop table bench_case", "drop table bench_order"]
    statements.append("insert into complaint_stale (day, mark) select day, 'bench' from bench_day")
    statements += ["drop table bench_day", "drop table bench_text"]
    base.run(*statements)
    base.run("analyze")
