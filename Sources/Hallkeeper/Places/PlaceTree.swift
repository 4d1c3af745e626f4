import Store
import Synchronization
import WorkCalendar

/// All places with who stands above whom; small enough to be held in memory, read again when something changed.
final class PlaceTree: Sendable {
    let places: [Place]
    private let byID: [Place.ID: Place]
    private let children: [Place.ID: [Place.ID]]

    init(_ places: [Place]) {
        self.places = places
        byID = Dictionary(places.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        children = Dictionary(grouping: places, by: \.parent).mapValues { $0.map(\.id) }
    }

    subscript(id: Place.ID) -> Place? { byID[id] }
    var company: Place? { places.first { $0.kind == "company" } }
    var halls: [Place] { places.filter { $0.kind == "hall" && $0.ended == nil } }

    /// A place and all it stands below, upwards; nothing for one that is not there.
    func above(_ place: Place.ID) -> [Place.ID] {
        var found: [Place.ID] = []
        var next = place
        while let known = byID[next], found.count <= places.count {
            found.append(next)
            next = known.parent
        }
        return found
    }

    /// A place and all below it.
    func below(_ root: Place.ID) -> [Place.ID] {
        var found: [Place.ID] = []
        var next = [root]
        while let id = next.popLast() {
            guard byID[id] != nil, found.count <= places.count else { continue }
            found.append(id)
            next.append(contentsOf: children[id] ?? [])
        }
        return found
    }
}

/// The tree as it stands in the database, read again when something of it changed.
final class TreeShelf: Sendable {
    private let standing: StandingShelf

    init(standing: StandingShelf) { self.standing = standing }

    func tree(_ store: any Store) async throws -> PlaceTree {
        try await store.read { [self] tx in try tree(tx) }
    }

    func tree(_ tx: any Reading) throws -> PlaceTree {
        try standing.keep(.tree, tx) {
            PlaceTree(try tx.rows("select * from place order by kind, code, place").map(Place.init(row:)))
        }
    }
}
