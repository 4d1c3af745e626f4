import WorkCalendar

/// One thing of a pack, before and after.
package struct PackChange: Hashable, Sendable {
    /// What became of it.
    package enum Kind: String, Sendable, CaseIterable { case unchanged, changed, moved, added, withdrawn }
    /// What is compared.
    package enum Noun: String, Sendable, CaseIterable { case clause, rule, form, point, event, role, trait, zone, topic, gate, item, company }
    /// What became of it.
    package var kind: Kind
    /// What it is.
    package var noun: Noun
    /// Of a point: `form/point`.
    package var id: String
    /// What is different, in words; empty when nothing is.
    package var detail: Text
    /// What became of one thing.
    package init(kind: Kind, noun: Noun, id: String, detail: Text) {
        (self.kind, self.noun, self.id, self.detail) = (kind, noun, id, detail)
    }
}

/// What a new edition of a rulebook changes: nothing is compared but what the pack says, so a comment changes nothing.
package enum PackDiff {
    /// Every clause, rule, form, point, event, role, trait, zone, topic and gate of both, and the company's own settings, in the order of the new; what is withdrawn comes last
    /// of its noun. Moved is what says the same in another place: further up or down, or in another round.
    package static func diff(_ old: Pack, _ new: Pack) -> [PackChange] {
        PackChange.Noun.allCases.flatMap { noun in
            changes(noun, from: things(noun, of: old), to: things(noun, of: new))
        }
    }

    /// One thing and what it says, part by part.
    struct Thing {
        var id: String
        var parts: [PackPart]
    }

    private static func things(_ noun: PackChange.Noun, of pack: Pack) -> [Thing] {
        switch noun {
        case .clause: pack.clauses.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .rule: pack.rules.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .form: pack.forms.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .point:
            pack.forms.filter(\.isRound).flatMap { form in
                form.fields.map { Thing(id: "\(form.id)/\($0.id)", parts: PackPart.parts(of: $0)) }
            }
        case .event: pack.events.filter { !$0.isProgram }.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .role: pack.roles.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .trait: pack.traits.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .zone: pack.zones.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .topic: pack.topics.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .gate: pack.gates.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .item: pack.items.map { Thing(id: $0.id, parts: PackPart.parts(of: $0)) }
        case .company: [Thing(id: pack.company.pack, parts: PackPart.parts(of: pack.company))]
        }
    }

    private static func changes(_ noun: PackChange.Noun, from old: [Thing], to new: [Thing]) -> [PackChange] {
        let before = Dictionary(old.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let kept = new.compactMap { before[$0.id] }
        let inOrder = longestRising(kept)
        var gone = old.filter { thing in !new.contains { $0.id == thing.id } }
        var list: [PackChange] = []
        for thing in new {
            let change: PackChange
            if let place = before[thing.id] {
                let different = PackPart.difference(old[place].parts, thing.parts)
                let kind: PackChange.Kind =
                    different != nil ? .changed : inOrder.contains(place) ? .unchanged : .moved
                let moved = kind == .moved ? Text("次序变了", "another place in the order") : Text("", "")
                change = PackChange(kind: kind, noun: noun, id: thing.id, detail: different ?? moved)
            } else if noun == .point, let index = gone.firstIndex(where: { sameElsewhere($0, thing) }) {
                let from = gone.remove(at: index).id
                change = PackChange(
                    kind: .moved, noun: noun, id: thing.id,
                    detail: Text("由“\(from)”移来", "moved here from “\(from)”"))
            } else {
                change = PackChange(kind: .added, noun: noun, id: thing.id, detail: PackPart.title(thing.parts))
            }
            list.append(change)
        }
        return list
            + gone.map { PackChange(kind: .withdrawn, noun: noun, id: $0.id, detail: PackPart.title($0.parts)) }
    }

    /// The same point in another round.
    private static func sameElsewhere(_ a: Thing, _ b: Thing) -> Bool {
        a.parts == b.parts && a.id.split(separator: "/").last == b.id.split(separator: "/").last
    }

    /// The longest run of places that still follow each other: what is not in it has moved. O(n log n).
    static func longestRising(_ places: [Int]) -> Set<Int> {
        var ends: [Int] = []
        var before: [Int?] = Array(repeating: nil, count: places.count)
        for (index, place) in places.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if places[ends[middle]] < place { low = middle + 1 } else { high = middle }
            }
            before[index] = low > 0 ? ends[low - 1] : nil
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var run: Set<Int> = []
        var index = ends.last
        while let at = index {
            run.insert(places[at])
            index = before[at]
        }
        return run
    }
}
