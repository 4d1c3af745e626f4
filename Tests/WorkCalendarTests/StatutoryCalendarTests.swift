import Testing

@testable import WorkCalendar

@Suite struct StatutoryCalendarTests {
    @Test func `all 3287 days of 2018 to 2026 are as on the answer sheet`() throws {
        let table = try CaseTable(csv: try Cases.text("days-2018-2026.csv"))
        #expect(table.rows.count == 3287)
        for row in table.rows {
            let day = try Cases.day(row["date"] ?? "")
            let kind = Cases.calendar.kind(of: day)
            #expect("\(day.weekday)" == row["weekday_iso"])
            #expect((kind.isWorking ? "1" : "0") == row["workday"], "\(day)")
            let reason =
                switch kind {
                case .working: "weekday"
                case .weekend: "weekend"
                case .holiday(let name): "holiday:\(name)"
                case .makeUp(let name): "makeup:\(name)"
                case .closed(let reason): reason
                }
            // 2020-02-03, a Monday, stands in the notice as worked: a working day like any other.
            if day.description != "2020-02-03" { #expect(reason == row["reason"], "\(day)") }
            #expect(!Cases.calendar.isProvisional(day))
        }
    }

    @Test func `the statutory days of 2027 are computed by law and moon`() {
        let days = StatutoryCalendar.computedYear(2027).days.map(\.day.description)
        #expect(
            days == [
                "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-04-05", "2027-05-01",
                "2027-05-02", "2027-06-09", "2027-09-15", "2027-10-01", "2027-10-02", "2027-10-03",
            ])
    }

    @Test(arguments: 2018...2026)
    func `what the law fixes is off in each notice too`(year: Int) {
        let computed = StatutoryCalendar.computedYear(year).days
        #expect(computed.count >= (year >= 2025 ? 12 : 10))
        for entry in computed {
            guard case .holiday = Cases.calendar.kind(of: entry.day) else {
                Issue.record("\(entry.day) \(entry.name)")
                continue
            }
        }
    }

    @Test(arguments: [
        (2020, "2020-01-25", "2020-06-25", "2020-10-01"), (2028, "2028-01-26", "2028-05-28", "2028-10-03"),
        (2033, "2033-01-31", "2033-06-01", "2033-09-08"), (2025, "2025-01-29", "2025-05-31", "2025-10-06"),
    ])
    func `moon days are right around leap months`(year: Int, spring: String, boats: String, moon: String) throws {
        let days = StatutoryYear.of(year).names
        #expect(days[try Cases.day(spring).number] == "春节")
        #expect(days[try Cases.day(boats).number] == "端午节")
        #expect(days[try Cases.day(moon).number]?.contains("中秋节") == true)
    }

    @Test func `Qingming falls on the day of the almanac`() {
        let known = [1900: 5, 1999: 5, 2008: 4, 2019: 5, 2020: 4, 2023: 5, 2024: 4, 2027: 5, 2028: 4]
        for (year, day) in known { #expect(StatutoryYear.qingming(year) == day, "\(year)") }
    }

    @Test func `a year without a notice is provisional until one with days is loaded`() throws {
        let day = try Cases.day("2027-01-04")
        #expect(Cases.calendar.isProvisional(day))
        let empty = try CalendarNotice(parsing: "year: 2027\npapers: []\ndays: []\n")
        #expect(Cases.calendar.adding(empty.layer(author: "admin")).isProvisional(day))
        let full = try CalendarNotice(parsing: "year: 2027\ndays:\n  - {day: 2027-01-01, off: yes, name: 元旦}\n")
        #expect(!Cases.calendar.adding(full.layer(author: "admin")).isProvisional(day))
    }

    @Test func `a December day is ruled by the notice of the next year`() throws {
        let saturday = try Cases.day("2018-12-29")
        #expect(Cases.calendar.kind(of: saturday) == .makeUp(name: "元旦"))
        let only2018 = StatutoryCalendar(layers: [
            try CalendarNotice(parsing: try Cases.notice(2018)).layer(author: "program")
        ])
        #expect(only2018.kind(of: saturday) == .weekend)
    }

    @Test func `the later layer wins: company over region over nation, then by when it was added`() throws {
        let day = try Cases.day("2026-03-04")
        func layer(_ level: CalendarLayer.Level, off: Bool, at: Int64?) -> CalendarLayer {
            CalendarLayer(
                name: "x", level: level, author: "a", reason: "r", addedAt: at.map { Instant(ms: $0) },
                days: [CalendarDay(day: day, off: off, name: "停电")])
        }
        let company = layer(.company, off: true, at: 1)
        let regional = layer(.regional, off: false, at: 2)
        #expect(StatutoryCalendar(layers: [company, regional]).kind(of: day) == .closed(reason: "停电"))
        let revoked = layer(.company, off: false, at: 3)
        #expect(StatutoryCalendar(layers: [revoked, company, regional]).isWorkingDay(day))
    }

    @Test func `both forms of a notice read the same`() throws {
        let yaml = try CalendarNotice(parsing: try Cases.notice(2026))
        let json = try CalendarNotice(parsing: try Cases.text("notice-2026.json"))
        #expect(yaml == json)
        let flow = try CalendarNotice(
            parsing: "year: 2027 # new\npapers: [https://a#b, 'c']\ndays: [{day: 2026-12-31, off: no, name: \"元旦\"}]")
        #expect(flow.papers == ["https://a#b", "c"])
        #expect(flow.days == [CalendarDay(day: try Cases.day("2026-12-31"), off: false, name: "元旦")])
    }

    @Test(arguments: [
        ("", 1), ("days: []", 1), ("year: x", 1), ("year: 2027\nyears: 2", 2), ("year: 2027\nyear: 2027", 2),
        ("year: 2027\ndays:\n  - {day: 2027-02-30, off: yes}", 3), ("year: 2027\ndays:\n  - {day: 2027-01-01}", 3),
        ("year: 2027\ndays:\n  - {day: 2027-01-01, off: vielleicht}", 3), ("year: 2027\n  - 3", 2),
        ("year: 2027\ndays:\n  - {day: 2027-01-01, off: yes}\n  - {day: 2027-01-01, off: no}", 4),
        ("year: 2027\ndays:\n  - {day: 2026-11-30, off: yes}", 3), ("year: 2027\ndays: {", 2),
        ("year: 2027\ndays: [{day: 2027-01-01, off: yes]", 2), ("{\"year\": 2027}", 1), ("year: 99999", 1),
    ])
    func `a notice that cannot be read is refused with its line`(text: String, line: Int) {
        let mistake = #expect(throws: CalendarNoticeMistake.self) { try CalendarNotice(parsing: text) }
        #expect(mistake?.line == line, "\(mistake?.description ?? "")")
    }
}
