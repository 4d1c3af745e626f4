import Regulation
import Store
import WorkCalendar

/// A made-up utility for demo, tests and simulation: a company, the departments and call centre its pack speaks of,
/// halls with different traits, and people in every role. Built through the program's own acts; the same seed, the same world.
struct World: Sendable {
    struct Resident: Sendable {
        var person: Person.ID
        var login: String
        var name: String
        var role: String
        var place: Place.ID
    }
    var company: Place.ID = ""
    var halls: [Place.ID] = []
    var places: [String: Place.ID] = [:]
    var residents: [Resident] = []
    var administrator: Person.ID = ""

    /// The first resident in a role, at a place when given.
    func resident(_ role: String, at place: Place.ID? = nil) -> Resident? {
        residents.first { $0.role == role && (place == nil || $0.place == place) }
    }
}

/// Founds a world on an empty database with the pack in force.
struct WorldFounder {
    let hall: Hallkeeper
    let files: [PackFile]
    let notices: [String]
    let starts: Day
    var chance: Chance

    static let hallNames: [(String, Text)] = [
        ("chengnan", Text("城南营业厅", "Chengnan Hall")), ("chengbei", Text("城北营业厅", "Chengbei Hall")),
        ("xiexing", Text("协兴营业厅", "Xiexing Hall")), ("qianfeng", Text("前锋营业厅", "Qianfeng Hall")),
        ("yuechi", Text("岳池营业厅", "Yuechi Hall")), ("huaying", Text("华蓥营业厅", "Huaying Hall")),
    ]
    static let surnames = Array("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕")
    static let givenNames = [
        "秀英", "建国", "丽", "强", "敏", "静", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "霞", "平", "刚",
        "桂英", "文", "辉", "玲", "鑫", "宇", "浩然", "思远", "雨桐", "梓涵", "志强", "海燕", "春梅", "国栋", "晓东", "佳怡",
    ]
    static let hours = [
        "Mo-Fr 08:30-17:30; Sa,Su 09:00-16:30", "Mo-Sa 08:30-12:00,14:00-17:30", "Mo-Fr 08:30-17:30",
        "Mo-Su 09:00-17:00",
    ]

    /// Places, pack, calendar, people, qualifications; `halls` of them.
    mutating func found(halls count: Int, at now: Instant) async throws -> World {
        var world = World()
        let starts = self.starts
        guard let pack = PackReader.read(files).pack else { throw PackMistakes(mistakes: PackReader.read(files).mistakes) }
        let name = pack.company.company
        world.company = try await hall.act(by: .clock, at: now) { act in
            try PlaceActs(act: act).found(kind: "company", parent: "", code: "company", name: name, starts: starts).id
        }
        world.places["company"] = world.company
        for text in notices {
            try await CalendarLoading(hall: hall).load(text, level: "national", reason: "State Council", by: .clock, at: now)
        }
        try await Publishing(hall: hall).publish(files, from: starts, by: .clock, at: now)
        try await seats(of: pack, &world, at: now)
        for index in 0..<count { try await foundHall(index, pack, &world, at: now) }
        for role in pack.roles where role.sits != "hall" {
            guard let place = world.places[role.sits] else { continue }
            for _ in 0..<(role.sits == "call-centre" ? 2 : 1) {
                try await settle([role.id], login: role.id, at: place, &world, at: now)
            }
            guard role.sits == "unit" else { continue }
            for code in Self.units(of: pack) {
                guard let place = world.places["unit:" + code] else { continue }
                try await settle([role.id], login: "\(role.id)-\(code)", at: place, &world, at: now)
            }
        }
        world.administrator = world.residents.first { resident in
            pack.role(resident.role)?.may.contains("company") == true
        }?.person ?? world.residents.first?.person ?? ""
        try await qualify(pack, world, at: now)
        return world
    }

    /// The departments, call centre, contractors and units in which the pack's roles sit.
    private func seats(of pack: Pack, _ world: inout World, at now: Instant) async throws {
        let (company, starts) = (world.company, self.starts)
        for sits in Set(pack.roles.map(\.sits)).sorted() where sits != "hall" && sits != "company" {
            let parts = sits.split(separator: ":", maxSplits: 1).map(String.init)
            let kind = parts.first ?? sits
            let code = parts.count == 2 ? parts[1] : kind
            let role = pack.roles.first { $0.sits == sits && $0.id == code } ?? pack.roles.first { $0.sits == sits }
            let known: [String: Text] = [
                "call-centre": Text("呼叫中心", "Call centre"), "unit": Text("城南供水所", "Chengnan water station"),
                "contractor": Text("物管公司", "Property company"),
            ]
            let name = known[kind] ?? role?.name ?? Text(code, code)
            let hours = kind == "call-centre" ? "24/7" : ""
            world.places[sits] = try await hall.act(by: .clock, at: now) { act in
                try PlaceActs(act: act).found(
                    kind: kind, parent: company, code: code, name: name, hours: hours, starts: starts
                ).id
            }
        }
        for code in Self.units(of: pack) {
            let name = Self.unitNames[code] ?? Text(code, code)
            world.places["unit:" + code] = try await hall.act(by: .clock, at: now) { act in
                try PlaceActs(act: act).found(kind: "unit", parent: company, code: code, name: name, starts: starts).id
            }
        }
    }

    /// The units the rulebook names as responsible for kinds of cases.
    static func units(of pack: Pack) -> [String] {
        var seen: Set<String> = []
        return pack.caseBook.kinds.map(\.unit).filter { !$0.isEmpty && seen.insert($0).inserted }
    }
    private static let unitNames: [String: Text] = [
        "customer-service": Text("客户服务部", "Customer service"), "billing": Text("营业部", "Billing"), "repair": Text("抢修中心", "Emergency repair"),
        "supply": Text("生产运行部", "Supply operations"), "works": Text("工程部", "Engineering works"),
    ]

    /// A hall: the first has every trait, the others what chance gives; each its own hours and people.
    private mutating func foundHall(_ index: Int, _ pack: Pack, _ world: inout World, at now: Instant) async throws {
        let known = index < Self.hallNames.count ? Self.hallNames[index] : ("hall-\(index + 1)", Text("第 \(index + 1) 营业厅", "Hall \(index + 1)"))
        let hours = Self.hours[index % Self.hours.count]
        let (company, starts) = (world.company, self.starts)
        let place = try await hall.act(by: .clock, at: now) { act in
            try PlaceActs(act: act).found(
                kind: "hall", parent: company, code: known.0, name: known.1, hours: hours, starts: starts).id
        }
        world.halls.append(place)
        world.places[known.0] = place
        for trait in pack.traits {
            let conditions = index == 0 || chance.happens(700)
            let installed = conditions && (index == 0 || chance.happens(850))
            let answer = trait.hasTwoAnswers
                ? TraitAnswer(conditions: conditions, installed: installed) : TraitAnswer(conditions: nil, installed: installed)
            let reason = conditions ? "" : "场地不够"
            try await hall.act(by: .clock, at: now) { act in
                try PlaceActs(act: act).answer(trait.id, at: place, answer, reason: reason)
            }
        }
        let short = known.0
        // Roles that one person can hold together at a hall of ordinary size.
        var together: [[String]] = []
        let hallRoles = pack.roles.filter { $0.sits == "hall" }
        let doubled: Set<String> = ["keeper", "document-keeper", "safety-officer", "morning-inspector", "outdoor-cleaner", "parking-attendant"]
        for role in hallRoles where !doubled.contains(role.id) {
            if role.isOptional && index % 3 == 1 { continue }
            let heads = ["clerk": 3, "cashier": 2][role.id] ?? 1
            for _ in 0..<heads { together.append([role.id]) }
        }
        let partner = ["keeper": "clerk", "document-keeper": "clerk", "safety-officer": "guard", "morning-inspector": "clerk", "outdoor-cleaner": "cleaner", "parking-attendant": "guard"]
        for role in hallRoles where doubled.contains(role.id) {
            if role.isOptional && index % 3 == 1 { continue }
            let fits = together.indices.filter { together[$0].contains(partner[role.id] ?? "") }
            if let slot = fits.min(by: { together[$0].count < together[$1].count }) {
                together[slot].append(role.id)
            } else {
                together.append([role.id])
            }
        }
        try await keepThings(index, pack, at: place, now)
        for roles in together { try await settle(roles, login: "\(roles[0])-\(short)", at: place, &world, at: now) }
    }

    /// Of each kind with types a few, of different ages: one that is due for service within weeks, one that nears its end,
    /// the others years away.
    private func keepThings(_ index: Int, _ pack: Pack, at place: Place.ID, _ now: Instant) async throws {
        for kind in pack.items where !kind.types.isEmpty {
            for (number, type) in (kind.types + kind.types.prefix(1)).enumerated() {
                var draft = ItemActs.Draft()
                (draft.kind, draft.type, draft.name) = (kind.id, type.id, "\(number + 1)")
                draft.zone = pack.zones.isEmpty ? "" : pack.zones[(number * 5 + index) % pack.zones.count].id
                let life = number == index % (kind.types.count + 1) ? type.firstService : number == (index + 2) % (kind.types.count + 1) ? type.scrap : nil
                let made = life.map { DueDay.before(starts.adding(days: 41 + index * 4), $0) } ?? starts.adding(days: -200 - 90 * number - index)
                // Whatever nears its end has been serviced on the way.
                if life != nil, life == type.scrap, type.firstService != nil { draft.serviced = starts.adding(days: -60).description }
                draft.made = made.description
                let typed = draft
                try await hall.act(by: .clock, at: now) { act in try ItemActs(act: act).register(typed, at: place) }
            }
        }
    }

    /// Takes somebody on and gives them their roles; the sign-in name gets a number when it is taken.
    private mutating func settle(_ roles: [String], login: String, at place: Place.ID, _ world: inout World, at now: Instant) async throws {
        let taken = world.residents.filter { $0.login == login || $0.login.hasPrefix(login + "-") && $0.role == roles[0] }
        let logins = Set(taken.map(\.login))
        let unique = logins.isEmpty ? login : "\(login)-\(logins.count + 1)"
        let name = String(chance.pick(Self.surnames) ?? "王") + (chance.pick(Self.givenNames) ?? "敏")
        let starts = self.starts
        let id = try await hall.act(by: .clock, at: now) { act in
            let acts = PersonActs(act: act)
            let person = try acts.takeOn(name: name, login: unique, at: place)
            for role in roles { try acts.give(role, to: person.id, at: place, from: starts) }
            return person.id
        }
        for role in roles {
            world.residents.append(World.Resident(person: id, login: unique, name: name, role: role, place: place))
        }
    }

    /// Everybody is trained in what their roles' rules ask for, by the administrator.
    private func qualify(_ pack: Pack, _ world: World, at now: Instant) async throws {
        let (starts, administrator) = (self.starts, world.administrator)
        var seen: Set<String> = []
        for resident in world.residents where resident.person != administrator {
            for topic in pack.topics where seen.insert(resident.person + topic.id).inserted {
                try await hall.act(by: .clock, at: now) { act in
                    try PersonActs(act: act).qualify(
                        resident.person, in: topic.id, at: resident.place, granted: starts,
                        until: starts.adding(months: 13))
                }
            }
        }
    }
}
