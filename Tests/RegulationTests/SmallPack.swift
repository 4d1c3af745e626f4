import Testing

@testable import Regulation

/// A small pack in strings: one hall, two roles, one rule on a clock, one on an event, one shared round.
/// Tests change one file and see what is said of it.
struct SmallPack {
    var files: [String: String] = [
        "company.yaml": """
        pack: small
        edition: "7.10"
        title: {zh: 小规范, en: Small rules}
        company: {zh: 小公司, en: Small company}
        facts: {hotline: 0826-1, is-no: no}
        zone: Asia/Shanghai
        half-day-ends: 12:30
        seasons: {summer: 05-01..09-30}
        send-window: 08:00-21:00
        steps:
          - {after: 0 min, tell: [head]}
        last-stand-in: {safety: head}
        language: zh
        calling-hours: 08:00-12:00 14:00-21:00
        """,
        "roles.yaml": """
        roles:
          - {id: head, name: {zh: 主任, en: Head}, sits: hall, may: [today, waive]}
          - {id: guide, name: {zh: 引导员, en: Guide}, sits: hall, may: [today, report]}
        topics:
          - {id: pos, name: {zh: 终端, en: Terminal}, valid: 1 year}
        """,
        "traits.yaml": """
        traits:
          - {id: restroom, name: {zh: 卫生间, en: Restroom}, answers: installed}
          - {id: parking, name: {zh: 停车位, en: Parking}, answers: conditions-and-installed}
        """,
        "zones.yaml": """
        zones:
          - {id: lobby, name: {zh: 大厅, en: Lobby}}
        """,
        "events.yaml": """
        events:
          - id: weather.reported
            name: {zh: 天气, en: Weather}
            fields:
              - {id: kind, name: {zh: 种类, en: Kind}, type: choice, options: [{id: rain, name: {zh: 雨, en: Rain}}, {id: on, name: {zh: 开, en: On}}]}
              - {id: degrees, name: {zh: 温度, en: Degrees}, type: number, from: -40.5, to: 60}
              - {id: held, name: {zh: 日期, en: Held}, type: day}
            may: [guide]
        """,
        "clauses/1.yaml": """
        clauses:
          - id: 1.10
            title: {zh: 一, en: One}
            text: {zh: 要做一, en: Do one}
            binds: hall
          - id: "7-2"
            title: {zh: 二, en: Two}
            text: {zh: 要做二, en: Do two}
            binds: [hall, department:safety]
        """,
        "rules/a.yaml": """
        rules:
          - id: restroom
            clause: 1.10
            title: {zh: 打扫, en: Clean}
            at: {trait: restroom}
            every: half-day
            opens: opening - 30 min
            due: end of half-day
            who: guide
            stand-in: head
            do: done
          - id: mat
            clause: "7-2"
            title: {zh: 铺垫, en: Mat}
            when: weather.reported
            where: {kind: {is: rain}, degrees: {above: 2}}
            who: guide
            due: 15 min
            do: done
          - id: round
            clause: "7-2"
            title: {zh: 巡检, en: Round}
            every: opening
            due: 12:30
            each: role
            do: round
        """,
        "rounds/round.yaml": """
        id: round
        title: {zh: 巡检, en: Round}
        points:
          - {id: door, clause: "7-2", role: guide, title: {zh: 门, en: Door}}
          - {id: light, clause: 1.10, role: head, title: {zh: 灯, en: Light}, zone: lobby}
        """,
        "forms/done.yaml": """
        id: done
        title: {zh: 完成, en: Done}
        fields:
          - {id: done, title: {zh: 已办, en: Done}, type: tick}
          - {id: count, title: {zh: 件数, en: Pieces}, type: count, to: 10}
        """,
    ]

    /// The pack with some words of one file put in place of others; the words must be there.
    func changing(_ name: String, _ old: String, _ new: String) throws -> SmallPack {
        var copy = self
        let text = try #require(files[name])
        try #require(text.contains(old), "“\(old)” does not stand in \(name)")
        copy.files[name] = text.replacing(old, with: new, maxReplacements: 1)
        return copy
    }

    /// The pack with lines put at the end of a file.
    func adding(_ name: String, _ lines: String) -> SmallPack {
        var copy = self
        copy.files[name] = (files[name].map { $0 + "\n" } ?? "") + lines
        return copy
    }

    func read() -> (pack: Pack?, mistakes: [Mistake]) {
        PackReader.read(files.map { PackFile(name: $0.key, text: $0.value) })
    }

    /// What is said of it, each mistake in one line.
    var mistakes: [String] { read().mistakes.map(\.description) }
}
