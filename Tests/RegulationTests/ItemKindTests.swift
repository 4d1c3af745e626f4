import Testing
import WorkCalendar

@testable import Regulation

@Suite struct ItemKindTests {
    private func type(_ first: Int?, _ then: Int?, _ scrap: Int?) -> ItemType {
        ItemType(
            id: "x", name: Text("x", "x"), firstService: first.map { Period($0, .year) }, thenEvery: then.map { Period($0, .year) },
            scrap: scrap.map { Period($0, .year) })
    }

    /// docs/rules/items.md, row by row.
    @Test(arguments: [
        // made, serviced, service or scrap, on
        ("2023-05-18", nil, "service", "2028-05-18"), ("2023-05-18", "2028-04-02", "service", "2030-04-02"), ("2018-05-18", "2027-03-01", "scrap", "2028-05-18"),
        ("2016-02-29", "2025-01-10", "scrap", "2026-02-28"), ("2016-01-01", nil, "service", "2021-01-01"), ("2023-05-18", "2022-01-01", "service", "2028-05-18"),
    ] as [(String, String?, String, String)])
    func `a service counts the next one from its own day and never moves the end`(made: String, serviced: String?, what: String, on: String) throws {
        let due = type(5, 2, 10).due(made: Day(made), serviced: serviced.flatMap { Day($0) })
        let day = try #require(Day(on))
        #expect(due == (what == "service" ? .service(day) : .scrap(day)))
    }

    @Test func `what has no end and no service never runs out, and what nobody knows the age of is run out`() {
        #expect(type(nil, nil, nil).due(made: Day("2020-01-01"), serviced: nil) == nil)
        #expect(type(5, 2, 10).due(made: nil, serviced: Day("2025-01-01")) == .unknown)
        #expect(type(nil, nil, 6).due(made: Day("2020-01-01"), serviced: Day("2025-01-01")) == .scrap(Day("2026-01-01") ?? Day(number: 0)))
        #expect(type(3, nil, nil).due(made: Day("2020-01-01"), serviced: Day("2022-01-01")) == .service(Day("2025-01-01") ?? Day(number: 0)))
    }

    private func mistakes(_ items: String, _ rule: String) -> [String] {
        let files = [
            PackFile(name: "company.yaml", text: "pack: p\nedition: \"1\"\ntitle: {zh: 规, en: P}\ncompany: {zh: 公, en: C}\nzone: Asia/Shanghai\nhalf-day-ends: \"12:00\"\n"),
            PackFile(name: "clauses/1.yaml", text: "clauses:\n  - {id: \"1\", title: {zh: 一, en: One}, text: {zh: 一, en: One}}\n"),
            PackFile(name: "roles.yaml", text: "roles:\n  - {id: director, name: {zh: 主, en: D}, sits: hall, may: [today]}\n"),
            PackFile(name: "items.yaml", text: items), PackFile(name: "rules/1.yaml", text: "rules:\n" + rule),
            PackFile(name: "rounds/look.yaml", text: "id: look\ntitle: {zh: 看, en: Look}\npoints:\n  - {id: a, clause: \"1\", title: {zh: 甲, en: A}}\n"),
        ]
        return PackReader.read(files).mistakes.filter { $0.severity == .error }.map(\.description)
    }
    private static let kept = "items:\n  - {id: extinguisher, name: {zh: 灭, en: E}, register: yes, types: [{id: water, name: {zh: 水, en: W}, first-service: 3 year, then: 1 year, scrap: 6 year}]}\n  - {id: plant, name: {zh: 花, en: P}}\n  - {id: sign, name: {zh: 牌, en: S}, register: yes}\n"
    private static func rule(_ more: String) -> String { "  - {id: r, clause: \"1\", title: {zh: 规, en: R}, who: director, \(more)}\n" }

    @Test func `a rule multiplies by things only of a kind on the register, and each mistake has its place`() {
        #expect(mistakes(Self.kept, Self.rule("every: month, each: item, item: extinguisher, do: look")).filter { $0.contains("item") } == [])
        for (more, word) in [
            ("every: month, each: item, item: extinguishr, do: look", "extinguishr"), ("every: month, each: item, item: plant, do: look", "plant"),
            ("every: month, each: item, do: look", "go together"), ("every: month, item: extinguisher, do: look", "go together"),
            ("expires: sign, before: 30 day, do: look", "how long"), ("expires: extinguisher, before: 30 day, each: item, item: extinguisher, do: look", "expires"),
        ] {
            let found = mistakes(Self.kept, Self.rule(more)).filter { $0.hasPrefix("rules/1.yaml:2:") && $0.contains(word) }
            #expect(!found.isEmpty, "\(more): \(mistakes(Self.kept, Self.rule(more)))")
        }
        for (items, word) in [
            ("items:\n  - {id: x, name: {zh: 灭, en: E}, types: [{id: w, name: {zh: 水, en: W}, scrap: 6 year}]}\n", "register"),
            ("items:\n  - {id: x, name: {zh: 灭, en: E}, register: yes, types: [{id: w, name: {zh: 水, en: W}, scrap: 6 hour}]}\n", "day, month or year"),
            ("items:\n  - {id: x, name: {zh: 灭, en: E}, register: yes, types: [{id: w, name: {zh: 水, en: W}, then: 1 year}]}\n", "first-service"),
        ] {
            #expect(mistakes(items, Self.rule("every: month, do: look")).contains { $0.hasPrefix("items.yaml:2:") && $0.contains(word) }, "\(items)")
        }
    }

    @Test func `the shipped table of extinguishers is the common measure`() throws {
        let pack = try #require(PackReader.read(try ShippedPack.files("guangan")).pack)
        let kind = try #require(pack.item("extinguisher"))
        let years = kind.types.map { [$0.id] + [$0.firstService, $0.thenEvery, $0.scrap].map { $0.map { String($0.quantity) } ?? "" } }
        #expect(years == [["water", "3", "1", "6"], ["dry-powder", "5", "2", "10"], ["clean-gas", "5", "2", "10"], ["co2", "5", "2", "12"]])
    }
}
