import WorkCalendar

/// A kind of thing on a hall's registers (`items.yaml`): an extinguisher, a key, a sign.
package struct ItemKind: Hashable, Sendable {
    /// Kebab-case: `extinguisher`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// The clauses that ask for it.
    package var clauses: [String] = []
    /// The capability of the program that keeps it, where it is not the register of things.
    package var capability: String?
    /// Its types with how long each lasts; none: nothing of it runs out by itself.
    package var types: [ItemType] = []
    /// Whether the register of things holds such things.
    package var isKept = false

    /// A kind without types.
    package init(id: String, name: Text) { (self.id, self.name) = (id, name) }

    /// The type of that id.
    package func type(_ id: String) -> ItemType? { types.first { $0.id == id } }
}

/// A type of a kind and how long it lasts: water, dry powder, CO₂.
package struct ItemType: Hashable, Sendable {
    /// Kebab-case: `dry-powder`.
    package var id: String
    /// What it is called.
    package var name: Text
    /// From its making to its first service; nil: it is never serviced.
    package var firstService: Period?
    /// From one service to the next.
    package var thenEvery: Period?
    /// From its making to its end, whatever is done to it; nil: it has none.
    package var scrap: Period?

    /// What comes first: a service, or its end.
    package enum Due: Hashable, Sendable {
        /// Nobody can say how old it is: it counts as run out.
        case unknown
        case service(Day), scrap(Day)
        /// Its last valid day; nil: nobody knows it.
        package var day: Day? {
            switch self {
            case .unknown: nil
            case .service(let day), .scrap(let day): day
            }
        }
    }

    /// What is due next of a thing made and last serviced on these days (docs/rules/items.md). A service counts the next
    /// one from its own day and never moves the end; nil: it never runs out.
    package func due(made: Day?, serviced: Day?) -> Due? {
        guard firstService != nil || scrap != nil else { return nil }
        guard let made else { return .unknown }
        let ends = scrap.map { Occasions.after(made, $0) }
        var service: Day?
        if let serviced, serviced >= made { service = (thenEvery ?? firstService).map { Occasions.after(serviced, $0) } } else { service = firstService.map { Occasions.after(made, $0) } }
        switch (service, ends) {
        case (let service?, let ends?): return service < ends ? .service(service) : .scrap(ends)
        case (let service?, nil): return .service(service)
        case (nil, let ends?): return .scrap(ends)
        case (nil, nil): return nil
        }
    }
}

/// A thing as the regulation sees it: which, and of what kind.
package struct KeptThing: Hashable, Sendable {
    /// Its kind: `extinguisher`.
    package var kind: String
    /// Which one: `item:<id>`.
    package var subject: String
    /// A thing of a kind.
    package init(kind: String, subject: String) { (self.kind, self.subject) = (kind, subject) }
}

/// Days a period before others.
package enum DueDay {
    /// The day a period of days, months or years earlier.
    package static func before(_ day: Day, _ period: Period) -> Day { Occasions.before(day, period) }
}
