import Testing

@testable import WorkCalendar

@Suite struct OpeningHoursTests {
    @Test func `each row of the table in the rules holds`() throws {
        let rows = try Cases.table(after: "Opening hours")
        #expect(rows.count == 29)
        for row in rows {
            let hours = try OpeningHours(parsing: row[0])
            let day = try Cases.day(String(row[1].prefix(10)))
            let open = hours.intervals(on: day, isHoliday: row[1].hasSuffix("PH"))
            #expect(words(open) == row[2], "\(row[0]) on \(row[1])")
        }
    }

    @Test func `what is written again reads the same`() throws {
        for row in try Cases.table(after: "Opening hours") {
            let hours = try OpeningHours(parsing: row[0])
            #expect(try OpeningHours(parsing: hours.description) == hours, "\(row[0]) → \(hours)")
        }
        #expect(try OpeningHours(parsing: "mo - fr 8:30-12:00 ; PH closed").description == "Mo-Fr 08:30-12:00; PH off")
    }

    @Test(arguments: [
        ("", 0), ("Mo-Fr", 5), ("Mo-Fr 08:30", 11), ("Mo-Fr 08:30-", 12), ("Mo-Fr 08:60-12:00", 6),
        ("Mo-Fr 25:00-26:00", 6), ("Xx 08:00-12:00", 0), ("Mo-Xx 08:00-12:00", 3), ("Mo-Fr 08:00-12:00 foo", 18),
        ("SH off", 0), ("Mo[1] 08:00-12:00", 2), ("Mo 18:00+", 8), ("Mo 08:00-12:00 || off", 15),
        ("Feb 30 off", 4), ("2026 Mar 05-02 off", 12), ("2026 Mar-2025 Feb off", 9), ("2028-2026 off", 5),
        ("Mo 08:00-08:00", 3), ("Dec 25,PH off", 6), ("sunrise-sunset", 0), ("week 1-10 off", 0),
        ("周一 08:00-12:00", 0), ("Mo-Fr 08:00-12:00;; Sa off", 18), ("Mo 08:00-49:00", 9), ("Mo 08:00-40:00", 3),
    ])
    func `a mistake is told with its place and both languages`(text: String, offset: Int) {
        let mistake = #expect(throws: OpeningHoursMistake.self) { try OpeningHours(parsing: text) }
        #expect(mistake?.offset == offset, "\(text): \(mistake?.description ?? "")")
        #expect(mistake?.sentence.zh.isEmpty == false && mistake?.sentence.en.isEmpty == false)
    }

    @Test func `no input makes the reader trap, and whatever it reads it writes so that it reads the same`() throws {
        let parts = [
            "Mo", "Fr", "Sa", "Su", "PH", "-", "-", ",", ",", "; ", "; ", " ", " ", "08:00", "12:00", "06:30", "30:00",
            "08:00-12:00", "14:00-18:00", "22:00-06:00", "off", "open", "Jan", "Feb", "Oct", "01", "16", "29", "2026",
            "2028", "24/7", "+", "[1]", "周", "|",
        ]
        var dice = Dice(seed: 3)
        var read = 0
        for _ in 0..<30_000 {
            let length = Int.random(in: 0..<9, using: &dice)
            let text = (0..<length).compactMap { _ in parts.randomElement(using: &dice) }.joined()
            guard let hours = try? OpeningHours(parsing: text) else { continue }
            read += 1
            let again = try? OpeningHours(parsing: hours.description)
            #expect(again == hours, "\(text) → \(hours)")
        }
        #expect(read > 100)
    }

    @Test func `only plain 24 7 never closes`() throws {
        #expect(try OpeningHours(parsing: "24/7").isAlways)
        #expect(try !OpeningHours(parsing: "24/7; PH off").isAlways)
        #expect(try !OpeningHours(parsing: "Mo-Su 00:00-24:00").isAlways)
    }

    private func words(_ open: [Range<Int>]) -> String {
        if open.isEmpty { return "closed" }
        return open.map { range in
            [range.lowerBound, range.upperBound]
                .map { "\(padded($0 / 60, 2)):\(padded($0 % 60, 2))" }.joined(separator: "-")
        }.joined(separator: " ")
    }
}
