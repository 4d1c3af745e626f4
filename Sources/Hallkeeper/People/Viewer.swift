import Regulation
import Store
import WorkCalendar

/// A person who looks, with what they may and where: the pack's roles decide, access is refused unless granted.
struct Viewer: Sendable {
    var person: Person
    var name: String
    /// The roles they hold today, standing or by the roster, with where.
    var roles: [(role: String, place: Place.ID)]
    /// Roles they stand in for today, by somebody's word and within its dates: they approve in it, nothing else.
    var deputed: [(role: String, place: Place.ID)] = []
    /// permission → places where it holds (roots; what lies below is included).
    var grants: [String: Set<Place.ID>]
    /// Places whose cases exist for nobody who may not see misconduct (7.2-5): for whoever looks from outside nothing is
    /// done there, counted there or late there. Empty for supervision.
    var sealed: Set<Place.ID> = []

    /// What looks after a place's people and walls says nothing of its cases.
    private static let unsealed: Set<String> = ["people", "roster", "company", "points", "pack"]

    func may(_ permission: String) -> Bool { !(grants[permission] ?? []).isEmpty }

    /// Whether a permission reaches any place: asked for every page, so without walking over all places.
    func reaches(_ permission: String, in tree: PlaceTree) -> Bool {
        guard let roots = grants[permission], !roots.isEmpty else { return false }
        return roots.contains { tree[$0] != nil && (Self.unsealed.contains(permission) || !sealed.contains($0)) } || !places(permission, in: tree).isEmpty
    }

    /// Places a permission reaches: the roots and all below them.
    func places(_ permission: String, in tree: PlaceTree) -> Set<Place.ID> {
        var found: Set<Place.ID> = []
        for root in grants[permission] ?? [] { found.formUnion(tree.below(root)) }
        return Self.unsealed.contains(permission) ? found : found.subtracting(sealed)
    }

    func may(_ permission: String, at place: Place.ID, in tree: PlaceTree) -> Bool {
        guard let roots = grants[permission], Self.unsealed.contains(permission) || !sealed.contains(place) else { return false }
        return tree.above(place).contains(where: roots.contains)
    }
}

/// Finds what a person may on a day.
struct ViewerFinder {
    let tx: any Reading
    let hall: Hallkeeper

    /// Permissions that are company-wide for roles of a department, the call centre or the company (docs/rules/pack.md).
    static let companyWide: Set<String> = ["all-halls", "items", "coverage", "patrol", "take-in", "propose", "approve", "call-back", "close-cases", "all-cases", "case-figures", "export-personal", "import-cases"]

    /// Nil for nobody known, and for whoever works here no longer.
    func viewer(_ id: Person.ID, on day: Day) throws -> Viewer? {
        try hall.standing.keep(.viewer(id, day), tx) { try read(id, on: day) }
    }

    private func read(_ id: Person.ID, on day: Day) throws -> Viewer? {
        guard let row = try tx.one("select * from person where person = \(id)") else { return nil }
        let person = try Person(row: row)
        guard person.active else { return nil }
        let name = try tx.one("select text from personal where id = \(person.nameID)")?.text("text") ?? person.login
        let held = try tx.rows(
            """
            select role, place from role_holder where person = \(id) and from_day <= \(day) and until_day >= \(day)
            union
            select role, place from roster where person = \(id) and day = \(day) and present = 1
            order by place, role
            """
        ).map { (role: try $0.text("role"), place: try $0.text("place")) }
        var grants: [String: Set<Place.ID>] = [:]
        let company = try tx.one("select place from place where kind = \("company") order by place limit 1")?.text("place")
        if let pack = try hall.packs.inForce(on: day, tx)?.pack {
            for (role, place) in held {
                guard let known = pack.role(role) else { continue }
                for permission in known.may {
                    let wide = Self.companyWide.contains(permission) && known.sits != "hall" && known.sits != "unit"
                    grants[permission, default: []].insert(wide ? (company ?? place) : place)
                    if permission == "company", let company {
                        for all in Role.permissions where !Role.neverByOffice.contains(all) { grants[all, default: []].insert(company) }
                    }
                }
            }
        }
        let deputed = try Deputy.roles(of: id, on: day, tx)
        if let pack = try hall.packs.inForce(on: day, tx)?.pack {
            for (role, place) in deputed where pack.role(role)?.may.contains("approve") == true {
                grants["approve", default: []].insert(pack.role(role)?.sits == "unit" ? place : company ?? place)
            }
        }
        var viewer = Viewer(person: person, name: name, roles: held, deputed: deputed, grants: grants)
        if !viewer.may("misconduct") { viewer.sealed = try sealed(on: day) }
        return viewer
    }

    /// Where whoever may see misconduct sits.
    func sealed(on day: Day) throws -> Set<Place.ID> {
        var found: Set<Place.ID> = []
        for role in try hall.packs.inForce(on: day, tx)?.pack.roles ?? [] where role.may.contains("misconduct") {
            let parts = role.sits.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            for row in try tx.rows("select place from place where kind = \(parts[0]) and code = \(parts[1])") { found.insert(try row.text("place")) }
        }
        return found
    }
}
