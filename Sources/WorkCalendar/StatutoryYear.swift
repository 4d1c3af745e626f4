import Foundation
import Synchronization

/// The statutory holidays of one year as the law fixes them, without the days that a notice swaps.
///
/// Since 2025 thirteen days: New Year 1, Spring Festival 4 (its eve and three days), Qingming 1, Labour Day 2,
/// Dragon Boat 1, Mid-Autumn 1, National Day 3. From 2014 to 2024 eleven: no eve, one day in May.
struct StatutoryYear: Sendable {
    /// Day number → name.
    let names: [Int: String]

    private static let known = Mutex<[Int: StatutoryYear]>([:])

    static func of(_ year: Int) -> StatutoryYear {
        if let found = known.withLock({ $0[year] }) { return found }
        let made = StatutoryYear(year)
        known.withLock { $0[year] = made }
        return made
    }

    private init(_ year: Int) {
        var names: [Int: String] = [:]
        func add(_ day: Day, _ name: String) {
            // Mid-Autumn may fall into the National Day holiday; the day is then off once, under both names.
            names[day.number] = names[day.number].map { "\($0)、\(name)" } ?? name
        }
        func add(_ month: Int, _ day: Int, _ name: String) {
            add(Day(unchecked: year, month, day), name)
        }
        add(1, 1, "元旦")
        if let newYear = Lunar.day(month: 1, day: 1, inYear: year, from: (1, 20), to: (2, 22)) {
            for offset in (year >= 2025 ? -1 : 0)...2 { add(newYear.adding(days: offset), "春节") }
        }
        add(4, StatutoryYear.qingming(year), "清明节")
        add(5, 1, "劳动节")
        if year >= 2025 { add(5, 2, "劳动节") }
        if let boats = Lunar.day(month: 5, day: 5, inYear: year, from: (5, 25), to: (6, 28)) { add(boats, "端午节") }
        for day in 1...3 { add(10, day, "国庆节") }
        if let moon = Lunar.day(month: 8, day: 15, inYear: year, from: (9, 5), to: (10, 10)) { add(moon, "中秋节") }
        self.names = names
    }

    /// The day in April on which the sun stands at 15° (清明): the almanac's formula, good for 1900–2099.
    static func qingming(_ year: Int) -> Int {
        guard (1900...2099).contains(year) else { return 5 }
        let inCentury = year % 100
        let constant = year < 2000 ? 559 : 481
        return (inCentury * 2422 + constant * 100) / 10_000 - inCentury / 4
    }
}

/// Days of the Chinese lunar calendar.
enum Lunar {
    /// The Gregorian day of a lunar date (not in a leap month) within a span of a Gregorian year; nil if none.
    static func day(
        month: Int, day: Int, inYear year: Int, from: (month: Int, day: Int), to: (month: Int, day: Int)
    ) -> Day? {
        var calendar = Calendar(identifier: .chinese)
        calendar.timeZone = TimeZone(secondsFromGMT: 8 * 3600) ?? .current
        // The astronomy behind the calendar is not worth asking far from our time.
        guard (1900...2200).contains(year) else { return nil }
        let first = Day(unchecked: year, from.month, from.day).number
        let last = Day(unchecked: year, to.month, to.day).number
        for number in first...last {
            // Noon in China, far from any boundary of a day.
            let noon = Date(timeIntervalSince1970: TimeInterval(number) * 86_400 + 4 * 3600)
            let parts = calendar.dateComponents([.month, .day], from: noon)
            if parts.month == month, parts.day == day, parts.isLeapMonth != true { return Day(number: number) }
        }
        return nil
    }
}
