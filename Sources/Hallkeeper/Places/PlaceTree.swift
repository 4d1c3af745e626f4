import Store
import Synchronization
import WorkCalendar

/// All places with who stands above whom; small enough to be held in memory, read again when something changed.
struct PlaceTree: Sendable {
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

/// The tree as it stands in the database; a change made here is seen at once, one of another process within a second.
final class TreeShelf: Sendable {
    private let known = Mutex<(tree: PlaceTree, at: ContinuousClock.Instant)?>(nil)

    func tree(_ store: any Store) async throws -> PlaceTree {
        if let (tree, at) = known.withLock({ $0 }), at.duration(to: .now) < .seconds(1) { return tree }
        let places = try await store.read { tx in
            try tx.rows("select * from place order by kind, code, place").map(Place.init(row:))
        }
        let tree = PlaceTree(places)
        known.withLock { $0 = (tree, .now) }
        return tree
    }

    func forget() { known.withLock { $0 = nil } }
}
