import Foundation
import Testing

@testable import WorkCalendar

@Suite struct DayTests {
    @Test func `every day of five centuries goes there and back and follows the day before`() throws {
        var day = try Cases.day("1800-01-01")
        var before = day.adding(days: -1)
        for _ in 0..<182_621 {
            let (year, month, dayOfMonth) = day.parts
            #expect(Day(year: year, month: month, day: dayOfMonth) == day)
            #expect(day.weekday == before.weekday % 7 + 1)
            before = day
            day = day.adding(days: 1)
        }
        #expect(before.description == "2299-12-31")
    }

    @Test func `the first of January 1970 is day nought and a Thursday`() throws {
        #expect(try Cases.day("1970-01-01").number == 0)
        #expect(try Cases.day("1970-01-01").weekday == 4)
        #expect(try Cases.day("2026-11-23").weekday == 1)
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "2026-01-01 ", "二〇二六", ""])
    func `what is no day is refused`(text: String) {
        #expect(Day(text) == nil)
    }

    @Test(arguments: [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-03-31", -1, "2026-02-28"),
        ("2026-11-30", 3, "2027-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-01-15", -13, "2024-12-15"),
    ])
    func `a month later is the corresponding day or the last of the month`(
        from: String, months: Int, to: String
    ) throws {
        #expect(try Cases.day(from).adding(months: months).description == to)
    }

    @Test func `days and instants are kept as plain values`() throws {
        let day = try Cases.day("2026-11-23")
        #expect(String(decoding: try JSONEncoder().encode([day]), as: UTF8.self) == "[\"2026-11-23\"]")
        #expect(try JSONDecoder().decode([Day].self, from: Data("[\"2026-11-23\"]".utf8)) == [day])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Day].self, from: Data("[\"x\"]".utf8)) }
        #expect(String(decoding: try JSONEncoder().encode([Instant(ms: 5)]), as: UTF8.self) == "[5]")
    }

    @Test func `an instant at the end of time does not overflow`() {
        #expect(Instant(ms: .max).adding(minutes: 1).ms == .max)
        #expect(Instant(ms: 0).adding(minutes: .min).ms == .min)
    }
}
