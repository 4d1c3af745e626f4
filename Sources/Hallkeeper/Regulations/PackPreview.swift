import Regulation
import Store
import WorkCalendar

/// What a version would change before it is in force: in which places which duties appear, vanish, move, and where the
/// role to do them is lacking. Places that are alike (kind, hours, what they have) are worked out once.
struct PackPreview: Sendable {
    /// Places that are alike, and what changes for each of them.
    struct Group: Sendable {
        var places: [Place]
        var effect: PackEffect
        /// role → the places of the group where nobody fills it.
        var lacking: [(role: String, places: [Place])]
    }

    /// How many days are looked at: four weeks hold each weekday and nearly always a month's end.
    static let days = 28
    /// More kinds of place than this are not worked out in one go; the page says how many are left.
    static let most = 60

    var groups: [Group]
    /// Groups beyond `most`, not worked out.
    var left: Int

    /// Compares two versions from a day at every place of the database that has not ended.
    init(from old: Pack?, to new: PackInForce, on day: Day, hall: Hallkeeper, _ tx: any Reading) throws {
        let filled = try Self.filled(on: day, tx)
        let kinds = try Self.alike(tx)
        left = max(0, kinds.count - Self.most)
        let finder = FactFinder(tx: tx, hall: hall)
        groups = try kinds.prefix(Self.most).compactMap { members in
            guard let first = members.first else { return nil }
            var facts = try finder.planned(of: first, pack: new)
            facts.closures = [:]
            // What one hall did last says nothing of the others; nobody is asked who exactly fills a role.
            let effect = PackEffect(from: old, to: new.pack, at: facts, first: day, days: Self.days) { _ in ["anybody"] }
            let wanted = PackEffect.roles(new.pack, at: facts, on: day)
            var lacking: [(role: String, places: [Place])] = []
            for wish in wanted {
                let places = members.filter { place in
                    !([wish.role] + wish.standIns).contains { role in
                        let isHere = new.pack.role(role).map { place.seats($0.sits) } ?? false
                        return isHere ? filled.here.contains("\(place.id)/\(role)") : filled.anywhere.contains(role)
                    }
                }
                // A role may owe by several rules with different stand-ins: it is named once.
                if let index = lacking.firstIndex(where: { $0.role == wish.role }) {
                    lacking[index].places += places.filter { !lacking[index].places.contains($0) }
                } else if !places.isEmpty {
                    lacking.append((wish.role, places))
                }
            }
            guard !effect.lines.isEmpty || !lacking.isEmpty else { return nil }
            return Group(places: members, effect: effect, lacking: lacking)
        }
    }

    /// Places that have not ended, those together that are alike in kind, hours and what they have, in the order of their kinds.
    static func alike(_ tx: any Reading) throws -> [[Place]] {
        let places = try tx.rows("select * from place where ended is null order by kind, place").map(Place.init(row:))
        var traits: [Place.ID: [String]] = [:]
        for row in try tx.rows("select place, trait, conditions, installed from trait_answer order by place, trait") {
            let answer = "\(try row.text("trait")):\(try row.optionalInt("conditions") ?? -1):\(try row.optionalInt("installed") ?? -1)"
            traits[try row.text("place"), default: []].append(answer)
        }
        var alike: [String: Int] = [:]
        var groups: [[Place]] = []
        for place in places {
            let mark = ([place.boundKind, place.hours, place.zone] + (traits[place.id] ?? [])).joined(separator: "|")
            if let index = alike[mark] {
                groups[index].append(place)
            } else {
                alike[mark] = groups.count
                groups.append([place])
            }
        }
        return groups
    }

    private static func filled(on day: Day, _ tx: any Reading) throws -> (here: Set<String>, anywhere: Set<String>) {
        var (here, anywhere): (Set<String>, Set<String>) = ([], [])
        for row in try tx.rows("select distinct place, role from role_holder where from_day <= \(day) and until_day >= \(day)") {
            let role = try row.text("role")
            here.insert("\(try row.text("place"))/\(role)")
            anywhere.insert(role)
        }
        return (here, anywhere)
    }
}
