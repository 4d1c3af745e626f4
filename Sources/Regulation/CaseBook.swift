import WorkCalendar

/// The lists cases draw on: how one may come in, what it may be about, how grave it is, what it comes to (`cases.yaml`).
/// The stages of a case are typed in the program; whatever a company may call differently stands here.
package struct CaseBook: Sendable {
    /// One entry of a list.
    package struct Item: Hashable, Sendable {
        /// Stable over editions, never reused.
        package var id: String
        /// What people call it.
        package var name: Text
        /// An entry of a list.
        package init(id: String, name: Text) { (self.id, self.name) = (id, name) }
    }
    /// How grave a case is.
    package struct Severity: Hashable, Sendable {
        /// `S1`: the gravest stands first.
        package var id: String
        /// What people call it.
        package var name: Text
        /// The roles that approve the proposed handling before it is dispatched, in this order; empty: nobody (7.2-4).
        package var approval: [String]
    }
    /// A way in.
    package struct Channel: Hashable, Sendable {
        /// `hotline`.
        package var id: String
        /// What people call it.
        package var name: Text
        /// Whether it comes from outside and above: it then has a number and a deadline of its own, and is approved first.
        package var isExternal: Bool
    }
    /// What a unit may ask for, and who decides on it.
    package struct Request: Hashable, Sendable {
        /// `extension`, `suspension`, `unneeded`, `decline`, `unreasonable`.
        package var id: String
        /// What people call it.
        package var name: Text
        /// The roles that decide, one after the other, each another person; empty: one who approves.
        package var decides: [String]
    }
    /// Words for a reply.
    package struct Canned: Hashable, Sendable {
        /// Stable over editions.
        package var id: String
        /// What it is chosen by.
        package var title: Text
        /// `{customer name}`, `{number}`, `{unit}`, `{hotline}`, `{kind}`, `{today}` are filled in.
        package var words: Text
    }
    /// What a case can be about.
    package struct Kind: Hashable, Sendable {
        /// `SV1`.
        package var id: String
        /// What people call it.
        package var name: Text
        /// The kind it is part of; "" for a class.
        package var under: String
        /// Services it may be about; empty: any.
        package var services: [String]
        /// Whether it goes to supervision at once and exists for nobody else (7.2-5).
        package var isConfidential: Bool
        /// Whether it is no case for a queue but an emergency: a suspected gas leak.
        package var isEmergency: Bool
        /// The code of the unit that is responsible where nobody names another; "" where somebody must.
        package var unit: String
        /// What whoever takes it in tells the customer at once; nil: nothing.
        package var say: Text?
        /// Words in what a customer says that tell of it.
        package var hear: [String] = []
        /// Years it is kept after it has ended; nil: as long as its class, else as all.
        package var retention: Int?
    }
    /// The doors of intake: complaint, report, opinion, suggestion, praise …
    package var doors: [Item] = []
    /// From the gravest down.
    package var severities: [Severity] = []
    /// Ways in.
    package var channels: [Channel] = []
    /// Classes and what is part of them.
    package var kinds: [Kind] = []
    /// Other lists by name: `finding`, `responsibility`, `result`, `satisfaction`, `suspension` …
    package var lists: [String: [Item]] = [:]

    /// Words for replies, with fields in braces that are filled in.
    package var replies: [Canned] = []
    /// What may be asked for, where the rulebook says who decides on it.
    package var requests: [Request] = []
    /// How grave a case is at least when it comes a second time, a third time …
    package var repeats: [String] = []
    /// Years cases are kept after they have ended; nil: nothing is ever destroyed.
    package var retention: Int?

    /// Nothing: a pack without cases.
    package init() {}

    /// Whether the pack keeps cases at all.
    package var isEmpty: Bool { kinds.isEmpty }
    /// The kind of that id.
    package func kind(_ id: String) -> Kind? { kinds.first { $0.id == id } }
    /// Years a case of that kind is kept after it has ended (个人信息保护法 19); nil: for good.
    package func retention(ofKind id: String) -> Int? { kind(id)?.retention ?? kind(id).flatMap { kind($0.under)?.retention } ?? retention }
    /// The channel of that id.
    package func channel(_ id: String) -> Channel? { channels.first { $0.id == id } }
    /// The severity of that id.
    package func severity(_ id: String) -> Severity? { severities.first { $0.id == id } }
    /// Who decides on what is asked for, in order; empty: one who approves.
    package func decides(on request: String) -> [String] { requests.first { $0.id == request }?.decides ?? [] }
    /// How grave it is at least the second (1), third (2) … time; nil: nothing is said.
    package func severity(ofRepeat times: Int) -> String? { times < 1 || repeats.isEmpty ? nil : repeats[min(times, repeats.count) - 1] }
    /// Whether one severity is graver than another.
    package func isGraver(_ one: String, than other: String) -> Bool {
        guard let one = severities.firstIndex(where: { $0.id == one }), let other = severities.firstIndex(where: { $0.id == other }) else { return false }
        return one < other
    }
    /// The door of that id.
    package func door(_ id: String) -> Item? { doors.first { $0.id == id } }
    /// The entry of a list.
    package func item(_ list: String, _ id: String) -> Item? { lists[list]?.first { $0.id == id } }
    /// The lightest: what is meant where nothing is said.
    package var lightest: String { severities.last?.id ?? "" }

    /// Kinds one can choose, each under its class; a class without parts can be chosen itself.
    package var choices: [(group: Kind, kinds: [Kind])] {
        kinds.filter { $0.under.isEmpty }.map { group in
            let parts = kinds.filter { $0.under == group.id }
            return (group, parts.isEmpty ? [group] : parts)
        }
    }

    /// Who approves the proposed handling of a case of this severity that came in by this channel, in order; empty: it is
    /// dispatched at once. What comes from above is approved by at least the first of those who approve the grave ones.
    package func approval(severity: String, channel: String) -> [String] {
        let own = self.severity(severity)?.approval ?? []
        if !own.isEmpty { return own }
        guard self.channel(channel)?.isExternal == true else { return [] }
        return severities.first { !$0.approval.isEmpty }.map { Array($0.approval.prefix(1)) } ?? []
    }
}

extension Company {
    /// A unit that is open in the hours in which customers are called, every day; the unit itself where the company says none.
    func contactHours(of unit: WorkUnit) -> WorkUnit {
        func clock(_ minute: Int) -> String { String(minute / 60 + 100).dropFirst() + ":" + String(minute % 60 + 100).dropFirst() }
        guard let window = contactWindow, let hours = try? OpeningHours(parsing: "Mo-Su \(clock(window.lowerBound))-\(clock(window.upperBound))") else { return unit }
        return WorkUnit(name: unit.name, hours: hours, zone: unit.zone, calendar: unit.calendar)
    }
}
