"""Worlds of a size for the benchmarks: the demo, and rows put beside its own by SQL while nobody serves it."""
import os, shutil, sqlite3, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Trials"))
from house import House, Line, rounds_pack

COUNT = "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {count}) "


class World:
    """A folder of data that can be copied, filled and served."""

    def __init__(self, program, data, pack=None):
        self.program, self.data, self.pack = program, data, pack

    def copy(self, data):
        """The same once more."""
        shutil.copytree(self.data, data)
        return World(self.program, data, self.pack)

    def serve(self):
        """Starts the program over it."""
        return House(self.program, self.pack, self.data)

    def sql(self, *statements):
        """Runs statements one after the other, all kept at once."""
        base = sqlite3.connect(self.data + "/hallkeeper.sqlite")
        for statement in statements:
            base.execute(statement)
        base.commit()
        base.close()

    def rows(self, statement):
        """What a statement finds."""
        base = sqlite3.connect(f"file:{self.data}/hallkeeper.sqlite?mode=ro", uri=True)
        found = base.execute(statement).fetchall()
        base.close()
        return found

    def more(self, table, count, where, **other):
        """So many rows like the first one found, other values in some columns; `i` counts."""
        names = [row[1] for row in self.rows(f"pragma table_info({table})")]
        values = [other.get(name, f"one.{name}") for name in names]
        self.sql(COUNT.format(count=count) + f"insert into {table} ({', '.join(names)}) select {', '.join(values)} from n, "
                 f"(select * from {table} where {where} order by rowid limit 1) as one")


def founded(program, work, rules=200):
    """The demo at nine on its Monday, whose cleaner owes a hundred rounds."""
    pack = rounds_pack(work + "/pack", rules)
    world = World(program, work + "/base", pack)
    house = world.serve()
    cleaner = Line(house.port, "cleaner-chengnan")
    surplus = lines(cleaner.ask("GET", "/today")[1]) - 100
    extra = [row[0] for row in house.rows("select id from duty where state = 'open' and rule like 'trial-%' and seat in (select place from role_holder where person = ?) limit ?", (cleaner.person, max(0, surplus)))]
    house.stop()
    shutil.rmtree(house.work)
    # Today's page shows a hundred rows.
    world.sql(f"update duty set state = 'waived', next_at = null where id in ({', '.join(repr(one) for one in extra)})")
    return world


def lines(page):
    """How many duties a page lists."""
    return page.count(b'<li class="line')


def past(world, count):
    """Duties done long ago, at a hundred places."""
    world.more("duty", count, "rule like 'trial-%'", place="'PLACE' || (i % 100)", seat="'PLACE' || (i % 100)", id="'PAST' || i", occasion="'past-' || i", state="'done'", next_at="null",
               lapses="null", done_at="one.due", done_by="'somebody'", day="date(one.day, '-' || (1 + i % 700) || ' days')")


def waiting(world, count):
    """Open duties whose moment lies in a month."""
    month = 30 * 86_400_000
    world.more("duty", count, "rule like 'trial-%' and state = 'open'", id="'WAIT' || i", occasion="'wait-' || i", due=f"one.due + {month}", first_due=f"one.due + {month}", lapses="null",
               next_at=f"one.due + {month} + i")


def halls(world, count):
    """Halls like the first, with what they have and who works there; their day is not planned yet."""
    first = "(select place from place where kind = 'hall' order by place limit 1)"
    for table in ("place", "trait_answer", "role_holder", "qualification"):
        names = [row[1] for row in world.rows(f"pragma table_info({table})")]
        values = ["'HALL' || i" if name == "place" else "'2026-11-01'" if (table, name) == ("place", "planned") else f"one.{name}" for name in names]
        world.sql(COUNT.format(count=count) + f"insert into {table} ({', '.join(names)}) select {', '.join(values)} from n, (select * from {table} where place = {first}) as one")
    # A day is planned, not three weeks of it.
    world.sql("update place set planned = (select date(max(planned), '-1 day') from place), starts = min(starts, (select date(max(planned), '-1 day') from place)) where place like 'HALL%'")


def patrolled(world, count, patrols, points, first=0):
    """Patrols of a year at so many halls from one on, each of so many points."""
    today = world.rows("select max(planned) from place")[0][0]

    def day(number):
        return f"date('{today}', '-' || ({number} * 360 / {patrols}) || ' days')"
    world.sql(COUNT.format(count=count * patrols) + f"insert into patrol select 'HALL' || ({first} + i / {patrols}), 'P{first}-' || i, 'hall-round', (select pack from duty limit 1), '', '', '', "
              f"{day(f'(i % {patrols})')}, 1, 2, '', '', 7000 + i * 37 % 3000, 7000 + i * 37 % 3000, 'B', 0, 3 from n")
    told = {"place": f"'HALL' || ({first} + i / {patrols * points})", "patrol": f"'P{first}-' || (i / {points})", "number": f"i % {points}", "form": "'hall-round'", "point": f"'p' || (i % {points})",
            "clause": "'1.1-1'", "part": "'g' || (i % 9)", "zone_zh": "'大厅' || (i % 12)", "zone_en": "'Zone ' || (i % 12)", "weight": "1", "veto": "0", "got": "(i % 7 > 0) * 100",
            "possible": "100", "answer": "'ok'", "day": day(f"(i / {points} % {patrols})"), "at": "1"}
    names = [row[1] for row in world.rows("pragma table_info(patrol_point)")]
    world.sql(COUNT.format(count=count * patrols * points) + f"insert into patrol_point ({', '.join(names)}) select {', '.join(told.get(name, chr(39) * 2) for name in names)} from n")
