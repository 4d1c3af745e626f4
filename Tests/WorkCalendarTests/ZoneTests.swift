import Foundation
import Testing

@testable import WorkCalendar

@Suite struct ZoneTests {
    @Test(arguments: [
        "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe",
        "Africa/Casablanca", "Asia/Kathmandu", "Europe/Moscow", "Pacific/Apia", "America/Sao_Paulo",
    ])
    func `offsets agree with the system's at each quarter hour of random days`(id: String) throws {
        let zone = try #require(Zone(id))
        let system = try #require(TimeZone(identifier: id))
        var dice = Dice(seed: 7)
        for _ in 0..<400 {
            let start = Int64.random(in: 0..<(2_500_000_000 / 900), using: &dice) * 900
            for quarter in 0..<4 {
                let second = start + Int64(quarter) * 900
                let expected = system.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(second)))
                #expect(zone.offset(at: Instant(ms: second * 1000)) == Int64(expected) * 1000)
            }
        }
    }

    @Test func `a local time goes to its instant and back`() throws {
        for id in ["Europe/Berlin", "Asia/Tehran", "America/Sao_Paulo", "Asia/Shanghai"] {
            let zone = try #require(Zone(id))
            var dice = Dice(seed: 11)
            for _ in 0..<2000 {
                let instant = Instant(ms: Int64.random(in: 0..<70_000_000, using: &dice) * 60_000)
                #expect(zone.parse(zone.text(instant)) == instant)
                let again = zone.instant(zone.day(of: instant), minute: zone.minuteOfDay(instant))
                // A time shown twice is the first of the two: one hour earlier at most.
                #expect(again == instant || again == instant.adding(minutes: -60))
            }
        }
    }

    @Test func `an hour skipped is the instant of the change and an hour shown twice is its first showing`() throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        let skipped = berlin.instant(try Cases.day("2026-03-29"), minute: 150)
        #expect(berlin.text(skipped) == "2026-03-29T03:00+02:00")
        let twice = berlin.instant(try Cases.day("2026-10-25"), minute: 150)
        #expect(berlin.text(twice) == "2026-10-25T02:30+02:00")
    }

    @Test func `a night shift loses and gains the hour of the change`() throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        func length(_ day: String, _ range: Range<Int>) throws -> Int64 {
            berlin.stretches(try Cases.day(day), minutes: range).reduce(0) { $0 + $1.upperBound.ms - $1.lowerBound.ms }
                / 60_000
        }
        #expect(try length("2026-03-29", 0..<1440) == 23 * 60)
        #expect(try length("2026-10-25", 0..<1440) == 25 * 60)
        #expect(try length("2026-03-28", 1320..<1800) == 7 * 60)
        #expect(try length("2026-10-25", 120..<150) == 60)
        #expect(try length("2026-03-29", 120..<180) == 0)
    }

    @Test func `a minute may lie before or after its day`() throws {
        let day = try Cases.day("2026-03-04")
        #expect(Zone.shanghai.text(Zone.shanghai.instant(day, minute: 1440)) == "2026-03-05T00:00+08:00")
        #expect(Zone.shanghai.text(Zone.shanghai.instant(day, minute: -30)) == "2026-03-03T23:30+08:00")
    }

    @Test func `the local day decides, not the day of UTC`() throws {
        let instant = try #require(Zone.shanghai.parse("2026-03-03T16:30Z"))
        #expect(Zone.shanghai.day(of: instant).description == "2026-03-04")
    }

    @Test(arguments: [
        ("2026-03-04T17:30", "2026-03-04T17:30+08:00"), ("2026-03-04T24:00", "2026-03-05T00:00+08:00"),
        ("2026-03-04T17:30:05", "2026-03-04T17:30:05+08:00"), ("2026-03-04T09:30Z", "2026-03-04T17:30+08:00"),
        ("2026-03-04T17:30:00.000+0900", "2026-03-04T16:30+08:00"),
    ])
    func `times are read with an offset and without`(text: String, expected: String) throws {
        #expect(Zone.shanghai.text(try Cases.at(text)) == expected)
    }

    @Test(arguments: [
        "2026-03-04", "2026-03-04T25:00", "2026-03-04T24:01", "2026-03-04T17:60", "2026-02-30T10:00",
        "2026-03-04T17:30+8", "2026-03-04T17:30+08:00x", "2026-03-04 17.30", "now", "",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Zone.shanghai.parse(text) == nil)
    }

    @Test(arguments: ["", "Asia/Guangan", "北京"])
    func `a zone that does not exist is refused`(id: String) {
        #expect(Zone(id) == nil)
    }
}
