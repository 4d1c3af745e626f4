import Testing
import WorkCalendar

@testable import Regulation

@Suite struct AnswersTests {
    private static let photo = String(repeating: "a", count: 64)

    private func check(
        _ fields: [Field], _ answers: [String: String], role: String? = nil, emits: [Emission] = [],
        traits: [String: TraitAnswer] = [:], on day: String = "2026-11-23"
    ) throws -> Checked {
        Answers.check(
            Sample.form(fields, emits: emits), answers: answers, role: role,
            place: try Sample.place { $0.traits = traits }, on: try Sample.day(day), seasons: Sample.company.seasons)
    }

    private func says(_ fields: [Field], _ answers: [String: String]) throws -> String? {
        try check(fields, answers).problems.first?.sentence.en
    }

    @Test func `what is required must be there and what is optional may be left out`() throws {
        let checked = try check([Sample.field("a"), Sample.field("b") { $0.isOptional = true }], ["a": "  "])
        #expect(checked.problems.map(\.field) == ["a"])
        #expect(checked.clean.isEmpty)
    }

    @Test func `free words are personal and lose the blanks around them`() throws {
        let checked = try check([Sample.field("a")], ["a": " 王女士 来过\n"])
        #expect(checked.clean["a"] == FieldValue(text: "王女士 来过", isPersonal: true))
    }

    @Test func `a text may have four thousand characters and no more`() throws {
        #expect(try says([Sample.field("a")], ["a": String(repeating: "字", count: 4000)]) == nil)
        let long = String(repeating: "字", count: 4001)
        #expect(try says([Sample.field("a")], ["a": long])?.hasPrefix("Too long") == true)
        // One visible character made of thousands.
        let stacked = "a" + String(repeating: "\u{301}", count: 4001)
        #expect(try says([Sample.field("a")], ["a": stacked])?.hasPrefix("Too long") == true)
        let note = ["p": "minor", "p.note": String(repeating: "字", count: 4001)]
        #expect(try says([Sample.field("p", .point)], note)?.hasPrefix("Too long") == true)
    }

    @Test func `a number outside its bounds is a slip of the pen`() throws {
        let field = Sample.field("t", .number) { ($0.from, $0.to, $0.unit) = (-40, 60, "°C") }
        #expect(try says([field], ["t": "265"]) == "It cannot be above 60 °C; please look again.")
        #expect(try says([field], ["t": "-41"]) == "It cannot be below -40 °C; please look again.")
        #expect(try check([field], ["t": "26.5"]).clean["t"]?.text == "26.5")
        for text in ["26,5", "1e1", "nan", "0x10", "--1", "1.2.3"] {
            #expect(try says([field], ["t": text]) == "Give a number.")
        }
    }

    @Test func `a count is whole and not negative`() throws {
        let field = Sample.field("n", .count) { $0.to = 500 }
        #expect(try says([field], ["n": "2.5"]) == "Give a whole number.")
        #expect(try says([field], ["n": "-1"]) == "It cannot be below 0; please look again.")
        #expect(try says([field], ["n": "500"]) == nil)
    }

    @Test func `a number outside its band is kept and found wanting`() throws {
        let field = Sample.field("t", .number) {
            ($0.bandFrom, $0.bandTo, $0.unit, $0.clause, $0.severity) = (20, 26, "°C", "1.2-15", "serious")
        }
        let checked = try check([field], ["t": "26.1"])
        #expect(checked.problems.isEmpty)
        #expect(
            checked.wanting == [
                Wanting(point: "t", clause: "1.2-15", severity: "serious", note: "26.1 °C", photos: "")
            ])
        #expect(try check([field], ["t": "26"]).wanting.isEmpty)
        #expect(try check([field], ["t": "19.9"]).wanting.count == 1)
    }

    @Test func `a minor point found wanting needs a word and no photo`() throws {
        let point = Sample.field("p", .point) { ($0.clause, $0.photo) = ("1.1-2", true) }
        #expect(try says([point], ["p": "minor"]) == "Say in a few words what is wrong.")
        let checked = try check([point], ["p": "wanting", "p.note": "有灰"])
        #expect(checked.problems.isEmpty)
        #expect(checked.wanting.first?.severity == "minor")
        #expect(checked.wanting.first?.note == "有灰")
        #expect(checked.clean["p.note"]?.isPersonal == true)
    }

    @Test func `a serious point found wanting needs a photo`() throws {
        let point = Sample.field("p", .point) { $0.severity = "serious" }
        let answers = ["p": "wanting", "p.note": "裂了"]
        #expect(try says([point], answers) == "1 photo still missing.")
        let checked = try check([point], answers.merging(["p.photo": Self.photo]) { a, _ in a })
        #expect(checked.problems.isEmpty)
        #expect(checked.wanting.first?.photos == Self.photo)
        #expect(checked.wanting.first?.severity == "serious")
    }

    @Test func `does not apply needs a reason, also where the point hangs on what the hall has`() throws {
        let ramp = Sample.field("p", .point) { $0.binding = Binding(trait: "ramp") }
        let traits = ["ramp": TraitAnswer(conditions: nil, installed: true)]
        #expect(try check([ramp], ["p": "na"], traits: traits).problems.first?.sentence.en == "Say why it does not apply.")
        #expect(try check([ramp], ["p": "na", "p.note": "搬走了"], traits: traits).problems.isEmpty)
    }

    @Test func `how bad it is may be said, and what was put right on the spot shows how it was and how it is`() throws {
        let point = Sample.field("p", .point)
        let other = String(repeating: "b", count: 64)
        let answers = ["p": "wanting", "p.severity": "serious", "p.note": "灯坏", "p.photo": Self.photo, "p.fixed": "yes"]
        #expect(try says([point], answers) == "1 photo of how it is now is missing.")
        let checked = try check([point], answers.merging(["p.photo": Self.photo + "," + other]) { $1 })
        #expect(checked.problems.isEmpty)
        #expect(checked.wanting.first?.severity == "serious")
        #expect(checked.wanting.first?.isFixed == true)
        #expect(try check([point], ["p": "wanting", "p.severity": "dreadful", "p.note": "灯坏"]).wanting.first?.severity == "minor")
    }

    @Test func `a point not answered or answered with another word is a problem, not seen is an answer`() throws {
        let point = Sample.field("p", .point)
        #expect(try says([point], [:]) == "This point has not been looked at.")
        #expect(try says([point], ["p": "fine"]) == "Choose an answer.")
        let seen = try check([point], ["p": "not-seen"])
        #expect(seen.problems.isEmpty && seen.wanting.isEmpty && seen.clean["p"]?.text == "not-seen")
    }

    @Test func `photos are counted once each`() throws {
        let field = Sample.field("f", .photo) { $0.count = 2 }
        #expect(try check([field], [:]).problems.first?.sentence == Text("还差 2 张照片。", "2 photos still missing."))
        #expect(try says([field], ["f": "\(Self.photo),\(Self.photo)"]) == "1 photo still missing.")
        #expect(try says([field], ["f": "../../etc/passwd"]) == "2 photos still missing.")
        #expect(try says([field], ["f": "\(Self.photo),\(String(repeating: "B", count: 64))"]) == nil)
    }

    @Test func `ticks, choices, days and times take only what they are`() throws {
        #expect(try check([Sample.field("a", .tick)], ["a": "on"]).clean["a"]?.text == "yes")
        #expect(try says([Sample.field("a", .tick)], ["a": "no"]) == "Tick it when it is done.")
        let choice = Sample.field("a", .choice) { $0.options = [Field.Option(id: "x", name: Text("x", "x"))] }
        #expect(try says([choice], ["a": "y"]) == "Choose one.")
        #expect(try says([choice], ["a": "x"]) == nil)
        #expect(try says([Sample.field("a", .yesNo)], ["a": "maybe"]) == "Choose one.")
        #expect(try says([Sample.field("a", .day)], ["a": "2026-02-30"]) == "Write the day as 2026-11-23.")
        #expect(try says([Sample.field("a", .time)], ["a": "25:00"]) == "Write the time as 08:30.")
        #expect(try says([Sample.field("a", .time)], ["a": "08:30"]) == nil)
    }

    @Test func `a hidden field is neither asked nor kept, and shows nothing`() throws {
        let fields = [
            Sample.field("a", .yesNo),
            Sample.field("b", .yesNo) { $0.showIf = [Condition(field: "a", test: .equals("yes"))] },
            Sample.field("c") { $0.showIf = [Condition(field: "b", test: .equals("yes"))] },
        ]
        let checked = try check(fields, ["a": "no", "b": "yes", "c": "left over"])
        #expect(checked.problems.isEmpty)
        #expect(checked.clean.keys.sorted() == ["a"])
        #expect(try check(fields, ["a": "yes", "b": "yes"]).problems.map(\.field) == ["c"])
    }

    @Test func `only the points of the role, the place and the season are asked`() throws {
        let fields = [
            Sample.field("a", .point) { $0.role = "guide" }, Sample.field("b", .point) { $0.role = "guard" },
            Sample.field("c", .point) { ($0.role, $0.binding) = ("guide", Binding(trait: "ramp")) },
            Sample.field("d", .point) { ($0.role, $0.season) = ("guide", "summer") },
        ]
        let checked = try check(fields, ["a": "ok", "b": "danger"], role: "guide")
        #expect(checked.problems.isEmpty && checked.wanting.isEmpty)
        #expect(checked.clean.keys.sorted() == ["a"])
    }

    @Test func `a reading reports its event and a reading not given reports nothing`() throws {
        let field = Sample.field("t", .number) {
            $0.isOptional = true
            $0.emits = [Emission(event: "temperature.read", fields: ["degrees": "t"], with: ["where": "outdoors"])]
        }
        #expect(
            try check([field], ["t": "31"]).emits == [
                Emitted(event: "temperature.read", fields: ["degrees": "31", "where": "outdoors"])
            ])
        #expect(try check([field], [:]).emits.isEmpty)
    }

    @Test func `a form reports when its conditions hold, and never carries free words`() throws {
        let emission = Emission(
            event: "suggestions.found", when: [Condition(field: "n", test: .above(0))],
            fields: ["slips": "n", "words": "w"])
        let fields = [Sample.field("n", .count), Sample.field("w")]
        let found = try check(fields, ["n": "3", "w": "张三"], emits: [emission]).emits
        #expect(found == [Emitted(event: "suggestions.found", fields: ["slips": "3"])])
        #expect(try check(fields, ["n": "0", "w": "无"], emits: [emission]).emits.isEmpty)
    }

    @Test func `the fields of a reported event are checked alike`() throws {
        let event = Sample.event(
            "weather.reported", fields: [Sample.field("degrees", .number) { $0.to = 60 }, Sample.field("note")])
        let good = Answers.check(event, fields: ["degrees": "12", "note": "大雨", "other": "x"])
        #expect(good.problems.isEmpty)
        #expect(good.clean.keys.sorted() == ["degrees", "note"])
        #expect(Answers.check(event, fields: ["degrees": "99"]).problems.map(\.field) == ["degrees", "note"])
    }
}
