import WorkCalendar
import Yams

/// How patrols are scored.
extension PackParts {
    /// `{minor: 50, veto-cap: 59, grades: {A: 95, …}, below: D, groups: […]}`; what is not written keeps its default.
    func scores(_ node: PackNode) -> Scores {
        var scores = Scores()
        guard let map = node.map(["minor", "veto-cap", "grades", "below", "groups"]) else { return scores }
        scores.minor = map["minor"]?.whole(0...100) ?? scores.minor
        scores.vetoCap = map["veto-cap"]?.whole(0...100) ?? scores.vetoCap
        scores.below = map["below"]?.text ?? scores.below
        if let grades = map["grades"]?.anyMap() {
            var list: [Scores.Grade] = []
            for (name, _) in grades.order {
                guard let node = grades[name], let from = node.whole(0...100) else { continue }
                if let last = list.last, from >= last.from {
                    node.wrong("等级要从高到低写", "grades stand from the highest down")
                }
                list.append(Scores.Grade(name: name, from: from))
            }
            if list.isEmpty { map["grades"]?.wrong("至少写一个等级", "at least one grade is needed") }
            scores.grades = list
        }
        var seen: Set<String> = []
        for item in map["groups"]?.items(of: "score-group") ?? [] {
            guard let inner = item.map(["id", "name", "clauses", "weight", "note"]) else { continue }
            let (id, name) = (inner.need("id")?.id(), inner.need("name")?.words)
            let (clauses, weight) = (inner.need("clauses")?.texts, inner.need("weight")?.whole(1...1000))
            guard let id, let name, let clauses, let weight else { continue }
            guard seen.insert(id).inserted else {
                item.wrong("“\(id)”已经有了", "“\(id)” is there already")
                continue
            }
            scores.groups.append(Scores.Group(id: id, name: name, clauses: clauses, weight: weight))
        }
        return scores
    }
}
