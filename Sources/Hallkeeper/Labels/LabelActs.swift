import Store
import WorkCalendar

/// What may be done to labels: made, revoked.
struct LabelActs {
    let act: HallAct
    static let mostAPlace = 500
    static let longestName = 40

    /// Makes those that are not there yet; one target has one label in use. Gives how many were made.
    /// The codes are drawn before the act, one each.
    @discardableResult
    func make(_ targets: [LabelTargets.Target], codes: [String], at place: Place.ID) throws -> Int {
        let known = try Label.all(at: place, act.act)
        var made = 0
        for (target, code) in zip(targets, codes) where !known.contains(where: { $0.kind == target.kind && $0.target == target.id }) {
            try keep(Label(place: place, code: code, kind: target.kind, target: target.id, name: "", by: act.by, at: act.now))
            made += 1
        }
        return made
    }

    /// A thing the hall names itself, with the zone it stands in or "".
    func makeThing(_ name: String, in zone: String, code: String, at place: Place.ID) throws {
        guard !name.isEmpty, name.count <= Self.longestName else {
            throw FormProblems(fields: [("name", Text("请写名称，最多 \(Self.longestName) 个字。", "Please name it, in \(Self.longestName) characters at most."))])
        }
        let known = try Label.all(at: place, act.act)
        if known.contains(where: { $0.kind == .thing && $0.name == name }) {
            throw FormProblems(fields: [("name", Text("已经有叫这个名称的标签。", "There is a label of this name already."))])
        }
        guard known.count < Self.mostAPlace else {
            throw FormProblems(fields: [("name", Text("一个营业厅最多 \(Self.mostAPlace) 张标签。", "A hall has \(Self.mostAPlace) labels at most."))])
        }
        try keep(Label(place: place, code: code, kind: .thing, target: zone, name: name, by: act.by, at: act.now))
    }

    func revoke(_ code: String, at place: Place.ID) throws {
        guard let row = try act.act.one("select * from label where place = \(place) and code = \(code)") else { throw Refusal.notFound }
        try act.keep(try Label(row: row).revoked(at: act.now), at: place)
    }

    private func keep(_ label: Label) throws {
        let event = Event(kind: "label.made", about: "label:\(label.code)", at: act.now, fields: ["kind": label.kind.rawValue, "target": label.target])
        try act.keep(Change(label, event), at: label.place)
    }
}
