import Regulation
import Store
import WorkCalendar

/// What is done about things on a register: entered, changed, serviced, replaced, retired.
struct ItemActs {
    let act: HallAct
    static let mostAPlace = 500
    static let longest = 60

    /// A thing as it is typed or imported.
    struct Draft: Sendable, Hashable {
        var kind = ""
        var type = ""
        var name = ""
        var zone = ""
        var spot = ""
        var custodian = ""
        var state = Item.State.inUse
        /// As typed: `2023-05-18`, or `2023-05`, as plates have it.
        var made = ""
        var serviced = ""

        /// What it was entered with.
        init(_ item: Item) {
            (kind, type, name, zone, spot, custodian, state) = (item.kind, item.type, item.name, item.zone, item.spot, item.custodian, item.state)
            (made, serviced) = (item.made?.description ?? "", item.serviced?.description ?? "")
        }
        init() {}
    }

    /// Enters a thing. Refuses kinds the pack does not keep, a number taken by another of its kind, days that cannot be.
    @discardableResult
    func register(_ draft: Draft, at place: Place.ID) throws -> Item {
        let known = try Item.all(at: place, act.act)
        guard known.count < Self.mostAPlace else { throw FormProblems(fields: [("", Text("一个营业厅最多 \(Self.mostAPlace) 件。", "A hall keeps \(Self.mostAPlace) things at most."))]) }
        let blank = Item(
            place: place, id: act.act.id().description, kind: "", type: "", name: "", zone: "", spot: "", custodian: "", state: .inUse, made: nil, serviced: nil, photo: "",
            by: act.by, at: act.now, ended: nil)
        let item = try read(draft, over: blank, known)
        try act.keep(item.registered, at: place)
        return item
    }

    /// Writes a thing anew; nothing is kept when nothing is different.
    func change(_ id: Item.ID, to draft: Draft, at place: Place.ID) throws {
        let item = try Item.find(id, at: place, act.act)
        let next = try read(draft, over: item, try Item.all(at: place, act.act))
        guard next != item else { return }
        try act.keep(item.changed(to: next, at: act.now), at: place)
        let pack = try pack()
        // What runs out on another day than was thought is owed anew from the next plan on.
        if item.due(pack) != next.due(pack) { try release(item, Text("日期已更正", "the days were corrected"), only: Self.renewed) }
    }

    /// Serviced on a day, with a photo of the new label.
    func service(_ id: Item.ID, on day: Day?, photo: String, at place: Place.ID, by person: Person.ID, keeps: Bool = true) throws {
        let item = try Item.find(id, at: place, act.act)
        var problems: [(field: String, sentence: Text)] = []
        if day == nil { problems.append(("day", Text("请写维修日期。", "Give the day it was serviced."))) }
        if photo.isEmpty { problems.append(Self.photoMissing) }
        guard problems.isEmpty, let day else { throw FormProblems(fields: problems) }
        try mayRenew(item, by: person, keeps: keeps)
        try act.keep(item.serviced(on: day, photo: photo, of: try pack().item(item.kind)?.type(item.type), today: today, at: act.now), at: place)
        // What was to open later today has been done before its time.
        try release(item, Text("已维修", "serviced"), only: Self.renewed)
    }

    /// Another one in its place, with the same number and the same keeper; gives the new one.
    @discardableResult
    func replace(_ id: Item.ID, type: String, made: String, photo: String, at place: Place.ID, by person: Person.ID, keeps: Bool = true) throws -> Item {
        let item = try Item.find(id, at: place, act.act)
        var draft = Draft(item)
        (draft.type, draft.made, draft.serviced, draft.state) = (type, made, "", .inUse)
        var problems: [(field: String, sentence: Text)] = []
        if made.isEmpty { problems.append(("made", Text("写新器材的出厂日期。", "Give the day the new one was made."))) }
        if photo.isEmpty { problems.append(Self.photoMissing) }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        try mayRenew(item, by: person, keeps: keeps)
        try act.keep(item.replaced(at: act.now), at: place)
        try release(item, Text("已更换", "replaced"))
        var fresh = item
        (fresh.id, fresh.by, fresh.at, fresh.photo) = (act.act.id().description, act.by, act.now, photo)
        fresh = try read(draft, over: fresh, try Item.all(at: place, act.act))
        try act.keep(fresh.registered, at: place)
        try PlanActs(act: act).pass(.thing, from: item.id, to: fresh.id, at: place)
        return fresh
    }

    /// Off the register, for a reason; what was owed about it is not required any more.
    func retire(_ id: Item.ID, reason: String, at place: Place.ID) throws {
        guard !reason.isEmpty else { throw FormProblems(fields: [("reason", Text("写一句为什么停用。", "Say in a few words why it is retired."))]) }
        let item = try Item.find(id, at: place, act.act)
        let change = try item.retired(at: act.now)
        try act.enter(change.event, at: place)
        _ = try act.act.personal(reason, place: place)
        try act.act.keep(change.value)
        try Regulator(act).answer(change.event, at: place)
        try release(item, Text("已停用", "retired"))
    }

    /// Labels of a thing that is gone lead to it still: its page says what became of it. Its open looks are not required.
    private func release(_ item: Item, _ why: Text, only: String? = nil) throws {
        for duty in try open(item) where only == nil || duty.endsOn == only { try act.keep(duty.notRequired(because: why, at: act.now), at: item.place) }
    }

    /// Whoever looks after the register (`keeps`), or owes it to be renewed just now.
    func mayRenew(_ item: Item, by person: Person.ID, keeps: Bool) throws {
        guard !keeps else { return }
        for duty in try open(item) where duty.endsOn == Self.renewed {
            let inForce = try act.hall.packs.pack(duty.pack, act.act)
            guard let rule = inForce.pack.rule(duty.rule) else { continue }
            return try Filling(act: act).mayDo(duty, rule, inForce.pack, person, on: today)
        }
        throw Refusal.notAllowed(Text("登记簿由主任和安全管理部管理。", "The register is kept by the director and the safety department."))
    }

    private func open(_ item: Item) throws -> [Duty] {
        try Duty.open(about: item.subject, at: item.place, act.act)
    }
    private static let renewed = "item.renewed"

    private static let photoMissing = (field: "photo", sentence: Text("还差 1 张新标签的照片。", "1 photo of the new label is missing."))
    private var today: Day { act.hall.zone.day(of: act.now) }

    private func pack() throws -> Pack {
        guard let inForce = try act.hall.packs.inForce(on: today, act.act) else { throw Refusal.notFound }
        return inForce.pack
    }

    /// A day as it is written on a plate; a month counts from its first day, so that nothing is used too long.
    static func day(_ text: String) -> Day? {
        let plain = text.replacing("/", with: "-").replacing(".", with: "-")
        let parts = plain.split(separator: "-").map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCII) && $0.allSatisfy(\.isNumber) }), parts[0].count == 4 else { return nil }
        let padded = parts.prefix(1) + (parts.dropFirst() + (parts.count == 2 ? ["01"] : [])).map { $0.count == 1 ? "0" + $0 : $0 }
        return Day(padded.joined(separator: "-"))
    }

    /// The draft over what there was, every problem at once.
    func read(_ draft: Draft, over item: Item, _ known: [Item]) throws -> Item {
        let pack = try pack()
        var problems: [(field: String, sentence: Text)] = []
        let kind = pack.item(draft.kind)
        if kind?.isKept != true { problems.append(("kind", Text("选物品种类。", "Choose the kind of thing."))) }
        if let kind, !kind.types.isEmpty, kind.type(draft.type) == nil { problems.append(("type", Text("选类型，到期日按类型算。", "Choose the type: it decides when it runs out."))) }
        if draft.name.isEmpty { problems.append(("name", Text("写编号。", "Give its number."))) }
        for (field, text) in [("name", draft.name), ("spot", draft.spot)] where text.count > Self.longest {
            problems.append((field, Text("最多 \(Self.longest) 个字。", "\(Self.longest) characters at most.")))
        }
        if known.contains(where: { $0.id != item.id && $0.kind == draft.kind && $0.name == draft.name }) {
            problems.append(("name", Text("编号“\(draft.name)”已经有了。", "Number “\(draft.name)” is taken.")))
        }
        if !draft.zone.isEmpty, pack.zone(draft.zone) == nil { problems.append(("zone", Text("没有这个区域。", "There is no such zone."))) }
        if !draft.custodian.isEmpty, draft.custodian != item.custodian, try !isColleague(draft.custodian, at: item.place) {
            problems.append(("custodian", Text("保管人要是本厅的人。", "The keeper must be of this hall.")))
        }
        let (made, serviced) = (Self.day(draft.made), Self.day(draft.serviced))
        for (field, text, day) in [("made", draft.made, made), ("serviced", draft.serviced, serviced)] where !text.isEmpty {
            if day == nil { problems.append((field, Text("日期写成 2023-05-18 或 2023-05。", "Write the day as 2023-05-18 or 2023-05."))) }
            if let day, day > today { problems.append((field, Text("日期不能晚于今天。", "The day cannot be after today."))) }
        }
        if let made, let serviced, serviced < made { problems.append(("serviced", Text("维修日期不能早于出厂日期。", "It cannot have been serviced before it was made."))) }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        var next = item
        (next.kind, next.type, next.name, next.zone, next.spot) = (draft.kind, kind?.types.isEmpty == false ? draft.type : "", draft.name, draft.zone, draft.spot)
        (next.custodian, next.state, next.made, next.serviced) = (draft.custodian, draft.state, made, serviced)
        return next
    }

    private func isColleague(_ person: Person.ID, at place: Place.ID) throws -> Bool {
        try act.act.one("select 1 as one from role_holder where person = \(person) and place = \(place) and from_day <= \(today) and until_day >= \(today) limit 1") != nil
    }
}
