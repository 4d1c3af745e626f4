import Testing
import WorkCalendar

@testable import Hallkeeper

@Suite struct WordsTests {
    @Test func `values fill their places once; what looks like a place within a value stays`() {
        let text = Words.filled("{a} and {b}", ["a": "{b}", "b": "{n}"], n: 3)
        #expect(text == "{b} and {n}")
    }

    @Test func `English counts one and many, Chinese does not`() {
        #expect(Words.filled("{n} {n:thing|things}", [:], n: 1) == "1 thing")
        #expect(Words.filled("{n} {n:thing|things}", [:], n: 0) == "0 things")
        #expect(Words.filled("{n} {n:thing|things}", [:], n: 12) == "12 things")
        #expect(Words.filled("还有 {n} 件事", [:], n: 1) == "还有 1 件事")
    }

    @Test func `a place without a value, and a brace without an end, stay as they are`() {
        #expect(Words.filled("{hall}, {n:a|b}", [:], n: nil) == "{hall}, {n:a|b}")
        #expect(Words.filled("half { open", ["open": "x"], n: 1) == "half { open")
    }

    @Test func `a key that is not there shows itself`() {
        #expect(Words.of(.en)("no.such-key") == "no.such-key")
    }

    @Test func `both languages ask for the same values under each key`() throws {
        let (zh, en) = (Words.load("zh-CN.yaml"), Words.load("en.yaml"))
        #expect(!zh.isEmpty)
        for (key, text) in zh {
            let other = try #require(en[key], "\(key) has no English")
            #expect(!text.isEmpty && !other.isEmpty, "\(key) is empty")
            #expect(places(text) == places(other), "\(key): \(text) / \(other)")
        }
    }

    /// The names in braces; a choice by number is the English way of writing the number's word.
    private func places(_ text: String) -> Set<String> {
        Set(text.matches(of: /\{([a-z-]+)\}/).map { String($0.1) })
    }
}

@Suite struct TimesTests {
    private let now = Zone.shanghai.parse("2026-11-23T08:57") ?? Instant(ms: 0)

    private func times(_ language: Language) -> Times {
        Times(words: Words.of(language), zone: .shanghai, now: now)
    }

    @Test(arguments: [
        (-12 * 60, "晚 12 分", "late 12 min"), (-185 * 60, "晚 3 小时 5 分", "late 3 h 5 min"),
        (-49 * 3600, "晚 2 天 1 小时", "late 2 d 1 h"), (3 * 60 + 59, "剩 3 分", "3 min left"),
        (3600, "剩 1 小时", "1 h left"), (59, "剩不到 1 分", "under 1 min left"), (0, "剩不到 1 分", "under 1 min left"),
        (-1, "刚过时限", "just late"), (-60, "晚 1 分", "late 1 min"),
    ])
    func `what is left is said in minutes, hours or days, never as nought`(_ seconds: Int, _ zh: String, _ en: String) {
        let due = now.adding(ms: Int64(seconds) * 1000)
        #expect(times(.zh).left(due) == zh)
        #expect(times(.en).left(due) == en)
    }

    @Test func `a moment names its day when that is another, its year when that is another`() throws {
        let sameDay = try #require(Zone.shanghai.parse("2026-11-23T17:30"))
        let sameYear = try #require(Zone.shanghai.parse("2026-11-30T17:30"))
        let nextYear = try #require(Zone.shanghai.parse("2027-01-04T09:05"))
        #expect(times(.zh).by(sameDay) == "17:30 前")
        #expect(times(.zh).by(sameYear) == "11月30日 17:30 前")
        #expect(times(.en).by(sameYear) == "by 30 Nov 17:30")
        #expect(times(.zh).moment(nextYear) == "2027年1月4日 9:05")
        #expect(times(.en).moment(nextYear) == "4 Jan 2027 9:05")
    }

    @Test func `a day's heading has its weekday`() throws {
        let day = try #require(Day("2026-11-23"))
        #expect(times(.zh).day(day) == "11月23日 周一")
        #expect(times(.en).day(day) == "Mon 23 Nov")
    }
}
