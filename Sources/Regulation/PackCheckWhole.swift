import WorkCalendar

/// The pack as a whole: demands nobody serves, forms nobody asks for, loops, the same asked twice.
extension PackCheck {
    func clausesWithoutRule() {
        var served = Set(pack.gates.flatMap(\.clauses))
        for rule in pack.rules { served.formUnion(pack.clauses(of: rule)) }
        for clause in pack.clauses where !served.contains(clause.id) && !clause.isDefinition {
            reading.tell(
                at: "clause:\(clause.id)", "条款“\(clause.id)”没有规则、检查点或关卡",
                "clause “\(clause.id)” has no rule, point or gate")
        }
    }

    func formsWithoutRule() {
        let asked = Set(pack.rules.compactMap(\.form))
        for form in pack.forms where !asked.contains(form.id) {
            reading.tell(
                at: "form:\(form.id)", "没有规则要填“\(form.id)”", "no rule asks for “\(form.id)”", severity: .warning)
        }
    }

    /// The same point (clause and words) in two rounds of one cadence would ask two people the same on one day.
    func pointsAskedTwice() {
        var asked: [String: (form: String, seasons: Set<String>)] = [:]
        for rule in pack.rulesPlanned {
            guard case .every(let cadence) = rule.occasion, let form = rule.form.flatMap(pack.form), form.isRound else {
                continue
            }
            for point in form.fields {
                let season = point.season ?? rule.season ?? ""
                let key =
                    "\(PackPart.written(cadence))|\(rule.binding.kind)|\(point.clause ?? "")|\(point.title.zh)"
                // Two seasons do not meet; all year round meets every season.
                if let other = asked[key], other.form != form.id,
                    season.isEmpty || other.seasons.contains("") || other.seasons.contains(season)
                {
                    reading.tell(
                        at: "form:\(form.id)/fields:\(point.id)", "“\(other.form)”同一周期已经问了这一点",
                        "round “\(other.form)” asks the same at the same cadence")
                }
                asked[key, default: (form.id, [])].seasons.insert(season)
            }
        }
    }

    /// event → rule → what its form reports, the end of its duty, its findings → rules that wait for those.
    /// A loop would bring up duties for ever.
    func loops() {
        let graph = edges()
        var done: Set<String> = []
        for rule in pack.rules {
            let start = "rule \(rule.id)"
            guard !done.contains(start) else { continue }
            // Depth first with a stack of its own: a long chain of rules must not exhaust the thread's.
            var path: [(node: String, next: [String])] = [(start, graph[start] ?? [])]
            var onPath: Set<String> = [start]
            while let top = path.last {
                guard let node = top.next.first else {
                    done.insert(top.node)
                    onPath.remove(top.node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next.removeFirst()
                if onPath.contains(node) {
                    let from = path.firstIndex { $0.node == node } ?? 0
                    tellLoop(path[from...].map(\.node) + [node])
                } else if !done.contains(node) {
                    path.append((node, graph[node] ?? []))
                    onPath.insert(node)
                }
            }
        }
    }

    private func tellLoop(_ loop: [String]) {
        // Told from a rule on, whichever station it was entered at.
        let stations = loop.dropLast()
        let start = stations.firstIndex { $0.hasPrefix("rule ") } ?? stations.startIndex
        let rule = stations[start]
        let names = (stations[start...] + stations[..<start] + [rule]).joined(separator: " → ")
        reading.tell(
            at: "rule:\(rule.dropFirst(5))", "事件绕成了圈：\(names)", "events go round in a loop: \(names)")
    }

    /// What follows from what. What a form reports under a condition on its answers is not followed: there somebody
    /// decides each time, as with a re-check that may fail.
    private func edges() -> [String: [String]] {
        var next: [String: [String]] = [:]
        func wakes(_ event: String, with fixed: [String: String]) -> [String] {
            (pack.rulesWaiting[event] ?? []).filter { rule in
                rule.conditions.allSatisfy { test in fixed[test.field].map { test.holds($0) } ?? true }
            }.map { "rule \($0.id)" }
        }
        for rule in pack.rules {
            var list = (pack.rulesAfter[rule.id] ?? []).map { "rule \($0.id)" }
            for event in ["duty.done", "duty.missed", "duty.overdue"] {
                list += wakes(event, with: ["rule": rule.id])
            }
            if rule.steps?.contains(where: { $0.finding != nil }) == true {
                list += wakes("finding.recorded", with: ["form": ""])
            }
            if let form = rule.form.flatMap(pack.form) {
                for emission in form.emits + form.fields.flatMap(\.emits) where emission.when.isEmpty {
                    let woken = wakes(emission.event, with: emission.with)
                    guard !woken.isEmpty else { continue }
                    let fixed = emission.with.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
                    let node = "event \(emission.event)" + (fixed.isEmpty ? "" : " {\(fixed.joined(separator: ", "))}")
                    list.append(node)
                    next[node, default: []] += woken.filter { next[node]?.contains($0) != true }
                }
            }
            next["rule \(rule.id)"] = list
        }
        return next
    }
}
