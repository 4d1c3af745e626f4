import Testing
import WorkCalendar

@testable import Regulation

/// One word changed in a pack without mistakes, and what is said of it.
struct Slip: Sendable, CustomTestStringConvertible {
    var file: String
    var old: String
    var new: String
    /// As `Mistake.description` says it.
    var said: String
    var testDescription: String { new }
    init(_ file: String, _ old: String, _ new: String, _ said: String) {
        (self.file, self.old, self.new, self.said) = (file, old, new, said)
    }
}

@Suite struct PackCheckTests {
    static let rules = "rules/a.yaml"

    @Test func `a public log belongs to a round, and its button reports what customers need not explain and somebody answers`() throws {
        let told = { (extra: String) in
            try SmallPack().changing(Self.rules, "each: role\n    do: round", "each: role\n    do: round\n    log: \(extra)")
        }
        let reported = "  - {id: hall.reported-dirty, name: {zh: 脏, en: Dirty}}"
        let answer = "  - {id: dirty, clause: 1.10, title: {zh: 打扫, en: Clean}, when: hall.reported-dirty, who: guide, due: 15 min, do: done}"
        #expect(try told("hall.reported-dirty").adding("events.yaml", reported).adding(Self.rules, answer).mistakes == [])
        let wordy = try told("weather.reported").mistakes
        #expect(wordy.contains { $0.contains("customers press once and do not fill in “kind”") }, "\(wordy)")
        let unheard = try told("hall.reported-dirty").adding("events.yaml", reported).mistakes
        #expect(unheard.contains { $0.contains("no rule waits for “hall.reported-dirty”") }, "\(unheard)")
        #expect(try told("duty.done").mistakes.contains { $0.contains("cannot be reported by customers") })
        #expect(try told("hall.reportd").mistakes.contains { $0.contains("unknown event “hall.reportd”") })
        let form = try SmallPack().changing(Self.rules, "do: done", "do: done\n    log: weather.reported").mistakes
        #expect(form.contains { $0.contains("only a rule that does a round has a public log") }, "\(form)")
    }

    static let names: [Slip] = [
        Slip(rules, "clause: 1.10", "clause: 1.11", "3:13: unknown clause “1.11” (did you mean “1.10”?)"),
        Slip(rules, "clause: 1.10", "clause: [\"7-2\", 1.11]", "3:21: unknown clause “1.11” (did you mean “1.10”?)"),
        Slip(rules, "who: guide", "who: guid", "9:10: unknown role “guid” (did you mean “guide”?)"),
        Slip(rules, "stand-in: head", "stand-in: heed", "10:15: unknown role “heed” (did you mean “head”?)"),
        Slip(rules, "trait: restroom", "trait: restrom", "5:17: unknown trait “restrom” (did you mean “restroom”?)"),
        Slip(
            rules, "at: {trait: restroom}", "at: {kind: hal}",
            "5:16: unknown kind of place “hal” (did you mean “hall”?)"),
        Slip(rules, "do: done", "do: doen", "11:9: unknown form “doen” (did you mean “done”?)"),
        Slip(
            rules, "when: weather.reported", "when: weather.report",
            "15:11: unknown event “weather.report” (did you mean “weather.reported”?)"),
        Slip(
            rules, "do: done", "do: done\n    during: sumer", "12:13: unknown season “sumer” (did you mean “summer”?)"),
        Slip(
            rules, "do: done", "do: done\n    not-by: doer-of matt", "12:13: unknown rule “matt” (did you mean “mat”?)"),
        Slip(
            rules, "do: done", "do: done\n    requires: {trained: po}",
            "12:25: unknown topic “po” (did you mean “pos”?)"),
        Slip(rules, "kind: {is: rain}", "kynd: {is: rain}", "16:13: unknown field “kynd” (did you mean “kind”?)"),
        Slip(rules, "kind: {is: rain}", "kind: {is: ran}", "16:24: unknown option “ran” (did you mean “rain”?)"),
        Slip(
            rules, "kind: {is: rain}", "kind: {any-of: [rain, onn]}", "16:35: unknown option “onn” (did you mean “on”?)"
        ),
        Slip(
            rules, "every: half-day", "every: half-dya", "6:12: unknown occasion “half-dya” (did you mean “half-day”?)"),
        Slip(rules, "who: guide", "whom: guide", "9:5: unknown key “whom” (did you mean “who”?)"),
        Slip("rounds/round.yaml", "zone: lobby", "zone: loby", "5:76: unknown zone “loby”: zones.yaml has none of that id (did you mean “lobby”?)"),
        Slip("rounds/round.yaml", "role: head", "role: haed", "5:37: unknown role “haed” (did you mean “head”?)"),
        Slip("rounds/round.yaml", "clause: 1.10", "clause: 1.1", "5:25: unknown clause “1.1” (did you mean “1.10”?)"),
        Slip("forms/done.yaml", "type: tick", "type: tik", "4:49: unknown type “tik” (did you mean “tick”?)"),
        Slip("events.yaml", "may: [guide]", "may: [head, gide]", "8:17: unknown role “gide” (did you mean “guide”?)"),
        Slip("company.yaml", "tell: [head]", "tell: [whoo]", "11:27: unknown role “whoo” (did you mean “who”?)"),
        Slip("company.yaml", "safety: head", "safety: hed", "12:25: unknown role “hed” (did you mean “head”?)"),
    ]

    @Test(arguments: names)
    func `an unknown word is told where it stands, with the nearest`(slip: Slip) throws {
        let small = try SmallPack().changing(slip.file, slip.old, slip.new)
        #expect(small.mistakes.contains("\(slip.file):\(slip.said)"), "\(small.mistakes)")
        #expect(small.read().pack == nil)
    }

    static let senses: [Slip] = [
        Slip(
            rules, "every: half-day", "every: half-day\n    when: weather.reported",
            "7:5: exactly one of every, when, expires, after-duty is needed"),
        Slip(rules, "    every: half-day\n", "", "2:5: exactly one of every, when, expires, after-duty is needed"),
        Slip(
            rules, "do: done", "do: done\n    ends-on: finding.rectified",
            "12:5: exactly one of do and ends-on is needed"),
        Slip(rules, "    do: done\n", "", "2:5: exactly one of do and ends-on is needed"),
        Slip(rules, "kind: {is: rain}", "kind: {above: 3}", "16:20: “kind” is no number and cannot be compared"),
        Slip(rules, "degrees: {above: 2}", "degrees: {above: 2.5}", "16:48: “2.5” is not a whole number"),
        Slip(
            rules, "due: 15 min", "due: {at: kind}",
            "18:15: field “kind” of event “weather.reported” is not a day or a time"),
        Slip(
            rules, "who: guide\n    due: 15", "who: {event: kind, role: head}\n    due: 15",
            "17:18: field “kind” of event “weather.reported” is not a place"),
        Slip(
            rules, "due: end of half-day", "due: end of half-day\n    where: {kind: {is: rain}}",
            "9:5: where belongs to when"),
        Slip(rules, "due: 12:30", "due: 12:30\n    lapses: 11:00", "25:13: it lapses before it is due"),
        Slip(rules, "due: 12:30", "due: 12:30\n    opens: 13:00", "25:12: it opens after it is due"),
        Slip(
            rules, "due: 15 min", "due: 15 minuts",
            "18:10: “15 minuts” is no time this program knows (did you mean “15 minutes”?)"),
        Slip(
            rules, "do: done", "do: done\n    steps: [{after: 1 hour, tell: head}, {before: 5 min, tell: head}]",
            "12:42: this step comes before the step above it"),
        Slip(
            rules, "do: done", "do: done\n    steps: [{tell: head}]", "12:13: exactly one of before and after is needed"
        ),
        Slip(rules, "do: done", "do: done\n    signed-by: 1", "12:16: 1 is not between 2 and 9"),
        Slip(
            rules, "at: {trait: restroom}", "at: {not-installed: restroom}",
            "5:25: “restroom” asks only whether it is installed, not whether conditions exist"),
        Slip(rules, "title: {zh: 打扫, en: Clean}", "title: {zh: 打扫}", "4:12: the English words (en) are missing"),
        Slip(rules, "title: {zh: 打扫, en: Clean}", "title: {en: Clean}", "4:12: the Chinese words (zh) are missing"),
        Slip(
            rules, "title: {zh: 打扫, en: Clean}", "title: Clean", "4:12: words must be in two languages: {zh: …, en: …}"),
        Slip(rules, "id: mat", "id: restroom", "12:9: “restroom” is there already"),
        Slip(
            "roles.yaml", "sits: hall, may: [today, waive]", "sits: hal, may: [today, waive]",
            "2:48: there is no kind of place “hal”: nobody can fill this role (did you mean “hall”?)"),
        Slip("rounds/round.yaml", ", role: head", "", "5:5: rule “round” shares by role, and this point names none"),
        Slip("company.yaml", "12:30", "25:30", "7:16: “25:30” is not a time of day such as 08:30"),
        Slip(
            "company.yaml", "08:00-21:00", "21:00-08:00",
            "9:14: “21:00-08:00” is not a span of the day such as 08:00-21:00"),
        Slip(
            "company.yaml", "05-01..09-30", "05-01..09-31", "8:19: “05-01..09-31” is not a season such as 05-01..09-30"),
        Slip("company.yaml", "Asia/Shanghai", "Asia/Shangri-La", "6:7: unknown time zone “Asia/Shangri-La”"),
        Slip(
            "events.yaml", "may: [guide]", "may: [guide]\n    act: weather",
            "8:10: an event with act is recorded by the program: nobody may report it"),
        Slip(
            "events.yaml", "id: weather.reported", "id: finding.recorded",
            "2:9: “finding.recorded” is recorded by the program itself"),
        Slip("events.yaml", "from: -40.5, to: 60", "from: warm, to: 60", "6:72: “warm” is not a number"),
        Slip("forms/done.yaml", "type: count, to: 10", "type: choice", "5:5: a choice needs options"),
        Slip(rules, "every: opening\n    due: 12:30", "every: opening\n    due: 12:30\n    lapses: 08:30", "25:13: \(early)"),
        Slip(rules, "due: end of half-day", "due: end of day\n    lapses: closing", "9:13: \(early)"),
        Slip(rules, "due: 15 min", "due: 2 hour\n    lapses: 90 min", "19:13: \(early)"),
        Slip(rules, "opens: opening - 30 min\n    due: end of half-day", "opens: closing\n    due: opening", "7:12: \(late)"),
        Slip(
            rules, "every: half-day", "expires: qualification\n    before: 30 day\n    each: person",
            "8:5: each does not go with expires"),
        Slip(rules, "every: half-day", "expires: qualification\n    before: 30 day\n    season: summer", "8:5: \(year)"),
        Slip(rules, "due: 12:30", "due: {at: held}", "24:10: only a rule with when has fields of an event"),
    ]
    private static let early = "it lapses before it is due"
    private static let late = "it opens after it is due"
    private static let year = "season does not go with expires"

    @Test(arguments: senses)
    func `what makes no sense is told where it stands`(slip: Slip) throws {
        let small = try SmallPack().changing(slip.file, slip.old, slip.new)
        #expect(small.mistakes.contains("\(slip.file):\(slip.said)"), "\(small.mistakes)")
        #expect(small.read().pack == nil)
    }

    @Test func `times that hang on different days are not compared`() throws {
        // After an event at ten, 08:30 is tomorrow's; a week opens on its first day and is due on its last.
        let event = try SmallPack().changing(Self.rules, "due: 15 min", "due: 15:30\n    lapses: 08:30")
        #expect(event.mistakes == [])
        let week = try SmallPack().changing(
            Self.rules, "every: half-day\n    opens: opening - 30 min\n    due: end of half-day",
            "every: week\n    opens: 15:30\n    due: 12:00")
        #expect(week.mistakes == [])
    }

    @Test func `a mistake is said in Chinese too`() throws {
        let small = try SmallPack().changing(Self.rules, "who: guide", "who: guid")
        #expect(small.read().mistakes.map(\.sentence.zh) == ["没有这个岗位“guid”"])
    }

    @Test func `a clause nobody serves is a mistake, unless it only defines words`() {
        let clause = "  - {id: \"9-1\", title: {zh: 九, en: Nine}, text: {zh: 九, en: Nine}, binds: hall"
        #expect(
            SmallPack().adding("clauses/9.yaml", "clauses:\n\(clause)}").mistakes
                == ["clauses/9.yaml:2:5: clause “9-1” has no rule, point or gate"])
        #expect(SmallPack().adding("clauses/9.yaml", "clauses:\n\(clause), definition: yes}").mistakes == [])
    }

    @Test func `a gate serves a clause`() {
        let clause = "clauses:\n  - {id: \"9-1\", title: {zh: 九, en: Nine}, text: {zh: 九, en: Nine}, binds: hall}"
        let gate = "gates:\n  - {id: g, clause: \"9-1\", title: {zh: 关, en: Gate}, requires: {role-filled: head}}"
        #expect(SmallPack().adding("clauses/9.yaml", clause).adding("gates.yaml", gate).mistakes == [])
    }

    @Test func `a role that may be unfilled needs somebody who stands in: a warning`() throws {
        let small = try SmallPack().changing(
            "roles.yaml", "may: [today, report]", "may: [today, report], optional: yes")
        let (pack, mistakes) = small.read()
        #expect(pack != nil)
        #expect(mistakes.allSatisfy { $0.severity == .warning })
        #expect(
            mistakes.map(\.description) == [
                "rounds/round.yaml:4:37: role “guide” may be unfilled and nobody stands in",
                "rules/a.yaml:17:10: role “guide” may be unfilled and nobody stands in",
            ])
    }

    @Test func `a form no rule asks for is a warning`() {
        let small = SmallPack().adding("forms/more.yaml", "id: more\ntitle: {zh: 多, en: More}\nfields: []")
        #expect(small.mistakes == ["forms/more.yaml:1:5: no rule asks for “more”"])
        #expect(small.read().pack != nil)
    }

    @Test func `the same point in two rounds of one cadence is asked twice`() {
        let round = """
            id: other
            title: {zh: 另, en: Other}
            points:
              - {id: doors, clause: "7-2", role: guide, title: {zh: 门, en: Door}}
            """
        let rule = """
              - id: other
                clause: "7-2"
                title: {zh: 另, en: Other}
                every: CADENCE
                who: guide
                do: other
            """
        let small = SmallPack().adding("rounds/other.yaml", round)
        #expect(
            small.adding(Self.rules, rule.replacing("CADENCE", with: "opening")).mistakes
                == ["rounds/other.yaml:4:5: round “round” asks the same at the same cadence"])
        #expect(small.adding(Self.rules, rule.replacing("CADENCE", with: "week")).mistakes == [])
    }

    @Test func `a loop of events is told with all its stations`() {
        let emits = "emits: {event: weather.reported, fields: {degrees: count}, with: {kind: KIND, held: 2026-01-01}}"
        let loop = SmallPack().adding("forms/done.yaml", emits.replacing("KIND", with: "rain"))
        #expect(
            loop.mistakes == [
                "rules/a.yaml:12:5: events go round in a loop: rule mat → "
                    + "event weather.reported {held: 2026-01-01, kind: rain} → rule mat"
            ])
        // What the form reports is not what the rule waits for: no loop.
        #expect(SmallPack().adding("forms/done.yaml", emits.replacing("KIND", with: "on")).mistakes == [])
    }

    @Test func `two rules that wait for each other's end are a loop`() throws {
        let small = try SmallPack().changing(Self.rules, "every: half-day", "after-duty: {rule: mat, outcome: late}")
            .changing(
                Self.rules, "    when: weather.reported\n    where: {kind: {is: rain}, degrees: {above: 2}}\n",
                "    after-duty: {rule: restroom}\n")
        #expect(
            small.mistakes == ["rules/a.yaml:2:5: events go round in a loop: rule restroom → rule mat → rule restroom"])
    }

    @Test func `a rule woken by missed duties must not be woken by its own`() throws {
        let small = try SmallPack().changing(Self.rules, "when: weather.reported", "when: duty.missed")
        #expect(
            try small.changing(Self.rules, "where: {kind: {is: rain}, degrees: {above: 2}}", "once: day").mistakes
                == ["rules/a.yaml:12:5: events go round in a loop: rule mat → rule mat"])
        #expect(
            try small.changing(
                Self.rules, "where: {kind: {is: rain}, degrees: {above: 2}}", "where: {rule: {is: round}}"
            )
            .mistakes == [])
    }

    @Test func `what a form reports must be what the event carries`() {
        func said(_ emission: String) -> [String] {
            SmallPack().adding("forms/done.yaml", "emits: [\(emission)]").mistakes
        }
        #expect(
            said("{event: weather.reported, fields: {degrees: count}, with: {kind: onn, held: x}}")
                == ["forms/done.yaml:6:74: unknown option “onn” (did you mean “on”?)"])
        #expect(
            said("{event: weather.reported, fields: {degrees: counts}, with: {kind: on, held: x}}")
                == ["forms/done.yaml:6:53: unknown field “counts” (did you mean “count”?)"])
        #expect(
            said("{event: weather.reported, with: {kind: on, held: x}}")
                == ["forms/done.yaml:6:9: event “weather.reported” needs its field “degrees”"])
        #expect(
            said("{event: duty.done}") == ["forms/done.yaml:6:17: event “duty.done” is recorded by the program alone"])
    }

    @Test func `a thing that cites an unknown clause is told`() {
        let items = "items:\n  - {id: key, name: {zh: 钥匙, en: Key}, clause: \"7-3\"}"
        #expect(
            SmallPack().adding("items.yaml", items).mistakes
                == ["items.yaml:2:48: unknown clause “7-3” (did you mean “7-2”?)"])
    }

    @Test func `the nearest word is near, or there is none`() {
        #expect(NearestWord.of("gudie", among: ["guard", "guide"]) == "guide")
        #expect(NearestWord.of("zebra", among: ["guard", "guide"]) == nil)
        #expect(NearestWord.of("", among: ["a"]) == nil)
        #expect(NearestWord.of(String(repeating: "x", count: 500), among: ["x"]) == nil)
    }
}
