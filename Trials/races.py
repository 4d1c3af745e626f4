#!/usr/bin/env python3
"""Two people at the same case in the same second, at every act of its life: one wins, the other is told and keeps what they wrote.

    races.py PROGRAM [--races N] [--seed N] [--short]

Each sends the version their page showed. Whoever comes second gets 409 with their words still in the form. The witness is SQL: the
case's version has gone up by one, and there is one step more of that act. The control sends no version with something that may be done
twice: both win, and the trial has to see it.
"""
import argparse, html, random, re, threading, time, urllib.parse
from house import House, Line, Tally

INQUIRY = {"facts": "*", "evidence": "系统记录", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "退补"}
HANDLERS, CALLERS, BOTH = ("handler-billing", "unit-head-billing"), ("agent", "shift-lead"), ("agent", "handler-billing")
same = lambda login: (login, login)


def lives(day, moment, units, other):
    """Every act, in lives that can be lived: what is taken in, then who does what with what. `*` is what each writes of their own; `!`: not raced."""
    settled = [("sign", HANDLERS, {}), ("contact", HANDLERS, {"reached": "reached", "said": "*"})]
    inquired = [("no-visit", HANDLERS, {"reason": "*"}), ("investigate", HANDLERS, INQUIRY)]
    yield {}, [("note", BOTH, {"note": "*"}), ("supplement", BOTH, {"note": "*"}), *settled,
               ("agree-visit", HANDLERS, {"agreed": moment(120), "said": "*"}), ("visit", HANDLERS, {"seen": "*"}), ("promise", HANDLERS, {"promised": moment(600), "said": "*"}),
               ("interim", HANDLERS, {"reply": "*"}), ("assign", HANDLERS, {"assignee": "?handler-billing"}),
               ("ask", same("handler-billing"), {"what": "extension", "until": day(10), "reason": "*"}), ("deny", same("unit-head-billing"), {"opinion": "*"}),
               ("ask", same("handler-billing"), {"what": "extension", "until": day(10), "reason": "*"}), ("grant", same("unit-head-billing"), {"opinion": "*"}), ("tell", HANDLERS, {"said": "*"}),
               ("raise", BOTH, {"severity": "S3", "reason": "*"}), ("lower", same("department-head"), {"severity": "S4", "reason": "*"}),
               ("supervise", same("enterprise"), {"demand": "*"}), ("release", same("enterprise"), {}), ("name-party", BOTH, {"person": "handler-repair", "reason": "*"}),
               ("investigate", HANDLERS, INQUIRY), ("reply", HANDLERS, {"reply": "*", "result": "solved"}), ("report", HANDLERS, {"summary": "*"}), ("return-report", CALLERS, {"reason": "*"}),
               ("investigate", HANDLERS, INQUIRY), ("set-improvement", same("handler-billing"), {"measure": "*", "until": day(8)}), ("reply", HANDLERS, {"reply": "*", "result": "solved"}), ("report", HANDLERS, {"summary": "*"}),
               ("call-back", CALLERS, {"reached": "reached", "satisfaction": "4", "solved": "yes", "said": "*"}), ("carry-out-improvement", same("handler-billing"), {"done": "*"}), ("return-improvement", same("unit-head-billing"), {"reason": "*", "until": day(8)}),
               ("carry-out-improvement", same("handler-billing"), {"done": "*"}), ("verify-improvement", same("unit-head-billing"), {"seen": "*"}),
               ("close", same("shift-lead"), {"summary": "*"}), ("reopen", CALLERS, {"reason": "*"})]
    yield {}, [*settled, *inquired[:1], ("ask", same("handler-billing"), {"what": "suspension", "suspension": "test", "until": day(5), "reason": "*"}), ("grant", same("unit-head-billing"), {"opinion": "*"}),
               ("resume", HANDLERS, {}), ("withdraw", CALLERS, {"said": "*"})]
    yield {}, [("send-back", HANDLERS, {"reason": "*"}), ("dispatch", same("specialist"), {"unit": units["supply"], "demand": "*"})]
    yield {}, [("combine", CALLERS, {"into": other, "reason": "*"}), ("split", CALLERS, {"reason": "*"}), ("repeat", same("agent"), {"of": other, "reason": "*"}),
               ("convert", same("agent"), {"door": "suggestion", "kind": "BL3", "reason": "*"})]
    yield {"severity": "S2"}, [("propose", same("specialist"), {"opinion": "*", "unit": units["billing"]}), ("return-proposal", same("department-head"), {"opinion": "*"}),
                               ("propose", same("specialist"), {"opinion": "*", "unit": units["billing"]}), ("approve", same("department-head"), {"opinion": "*"}), ("instruct", same("leader"), {"opinion": "*"}),
                               ("dispatch", same("specialist"), {"unit": units["billing"], "demand": "*"})]
    yield {"kind": "MD1", "door": "report"}, [("take-up", same("supervision"), {}), ("conclude", same("supervision"), {"conclusion": "*", "finding": "founded"})]
    yield {"kind": "MD1", "door": "report"}, [("to-normal-path", same("supervision"), {"reason": "*", "kind": "BL1", "unit": units["billing"]})]


class Table:
    """The house, who is signed in, and what stands in the rows."""

    def __init__(self, program):
        self.house, self.lines, self.number = House(program), {}, 0
        self.units = dict(self.house.rows("select code, place from place where kind = 'unit'"))
        self.people = dict(self.house.rows("select login, person from person"))

    def line(self, login, side):
        """Each side of a race has a line of its own, as a phone and a counter's PC have."""
        if (login, side) not in self.lines:
            self.lines[login, side] = Line(self.house.port, login)
        return self.lines[login, side]

    def local(self, minutes):
        return time.gmtime((self.line("agent", 0).now() + 8 * 3_600_000) / 1000 + minutes * 60)

    def taken(self, **more):
        """A case taken in now; gives its id and number."""
        self.number += 1
        fields = {"kind": "BL2", "door": "complaint", "channel": "hotline", "severity": "S4", "text": f"水费翻倍 {self.number}", "phone": "13800138000", **more}
        line = self.line("agent", 0)
        status, page, _ = line.ask("POST", "/complaints", urllib.parse.urlencode({"csrf": line.csrf, **fields}), {"content-type": "application/x-www-form-urlencoded"})
        if status != 303:
            raise SystemExit("a case cannot be taken in: " + page.decode()[:400])
        return self.house.rows("select id, number from complaint order by recorded desc, id desc limit 1")[0]

    def kept(self, case, act):
        return self.house.rows("select version, (select count(*) from complaint_step where complaint = complaint.id and act = ?) from complaint where id = ?", (act, case))[0]

    def race(self, case, act, logins, fields, version):
        """Both at once; gives for each: the status, and whether what they wrote is still in their page (true where they wrote nothing)."""
        gate, outcomes = threading.Barrier(2), [None, None]

        def client(side):
            line, words = self.line(logins[side], side), f"第{side}个人写的 {act} {random.randrange(10**9)}"
            sent = {name: words if value == "*" else self.people[value[1:]] if value.startswith("?") else value for name, value in fields.items()}
            if version is not None:
                sent["version"] = version
            body = urllib.parse.urlencode({"csrf": line.csrf, **sent})
            gate.wait()
            status, page, _ = line.ask("POST", f"/complaints/{case}/acts/{act}", body, {"content-type": "application/x-www-form-urlencoded"})
            page = html.unescape(page.decode())
            outcomes[side] = (status, "*" not in fields.values() or words in page, re.findall(r'class="(?:flash )?problem"[^>]*>([^<]*)', page)[:2])

        threads = [threading.Thread(target=client, args=(side,)) for side in (0, 1)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        return outcomes


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--races", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--short", action="store_true")
    asked = options.parse_args()
    random.seed(asked.seed)
    table, tally = Table(asked.program), Tally()
    day = lambda days: time.strftime("%Y-%m-%d", table.local(days * 1440))
    moment = lambda minutes: time.strftime("%Y-%m-%d %H:%M", table.local(minutes))
    cases, failed, acts = 0, 0, set()
    try:
        while cases < (1 if asked.short else asked.races):
            _, other = table.taken()
            for more, steps in lives(day, moment, table.units, other):
                case, _ = table.taken(**more)
                for act, logins, fields in steps:
                    version, steps_before = table.kept(case, act)
                    outcomes = table.race(case, act, logins, fields, version)
                    after, steps_after = table.kept(case, act)
                    cases += 1
                    acts.add(act)
                    won, told = [o for o in outcomes if o[0] == 303], [o for o in outcomes if o[0] in (404, 409)]
                    # Who comes second to what has left them finds nothing there: that is being told, too.
                    isLeft = act in ("to-normal-path", "conclude", "send-back")
                    if len(won) != 1 or len(told) != 1 or told[0][0] == 404 and not isLeft or told[0][0] == 409 and not told[0][1] or (after, steps_after) != (version + 1, steps_before + 1):
                        failed += 1
                        print("#", act, logins, outcomes, "version", version, "→", after, "steps", steps_before, "→", steps_after)
                        if not won:
                            break
        case, _ = table.taken()
        twice = sum(all(o[0] == 303 for o in table.race(case, "note", BOTH, {"note": "*"}, None)) for _ in range(5))
    finally:
        table.house.close()
    print(f"# {len(acts)} acts: {' '.join(sorted(acts))}")
    tally.say("N-5-acts", cases, failed, "both-win-without-version" if twice else "not-seen", twice > 0 and len(acts) >= 39)
    raise SystemExit(1 if tally.short else 0)


if __name__ == "__main__":
    main()
