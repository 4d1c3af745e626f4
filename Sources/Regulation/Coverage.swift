/// Which clauses run: computed from what the program can do and what a simulation has ended, never declared.
package enum Coverage {
    /// What the program can do by itself.
    package struct Capabilities: Sendable {
        /// Events it records without a person reporting them.
        package var events: Set<String>
        /// Capabilities whose acts are built.
        package var acts: Set<String>
        /// Kinds of gate it keeps: `role-filled`, `trained`, `signed-by`, `act:<capability>`.
        package var gates: Set<String>
        /// Kinds of thing whose expiry dates it knows; `items`: whatever a pack has on the register of things.
        package var expiries: Set<String>
        /// What the program can do; what is not named it cannot.
        package init(
            events: Set<String>, acts: Set<String> = [], gates: Set<String> = [], expiries: Set<String> = []
        ) {
            (self.events, self.acts, self.gates, self.expiries) = (events, acts, gates, expiries)
        }
    }

    /// What a clause can be.
    package enum Status: String, Sendable { case runs, waiting, definition }

    /// One clause: whether it runs, through which rules, and what is missing.
    package struct ClauseStatus: Sendable {
        /// The clause.
        package var id: String
        /// Whether it runs.
        package var status: Status
        /// The rules that serve it, in the order of the pack.
        package var rules: [String]
        /// What its rules and gates lack: `event:x`, `act:x`, `items:x`, `rule:x`, `gate:x`; then `simulation:<rule>`,
        /// also of a clause that runs, for each rule that lacks nothing but of which no duty has been ended.
        package var waitingFor: [String]
    }

    /// The status of every clause, in the order of the rulebook. `ended`: rules of which a simulation has ended at
    /// least one duty.
    package static func status(_ pack: Pack, _ can: Capabilities, ended: Set<String>) -> [ClauseStatus] {
        let missing = missingByRule(pack, can)
        var rulesOf: [String: [Rule]] = [:]
        for rule in pack.rules { for clause in pack.clauses(of: rule) { rulesOf[clause, default: []].append(rule) } }
        return pack.clauses.map { clause in
            guard !clause.isDefinition else {
                return ClauseStatus(id: clause.id, status: .definition, rules: [], waitingFor: [])
            }
            let rules = rulesOf[clause.id] ?? []
            let gates = pack.gates.filter { $0.clauses.contains(clause.id) }
            let lacks = rules.flatMap { missing[$0.id] ?? [] } + gates.compactMap { lacking($0, can) }
            let isSeen = rules.contains { ended.contains($0.id) } || !gates.isEmpty
            // A part that cannot come to be keeps the whole clause waiting, whatever else of it is done.
            let runs = lacks.isEmpty && isSeen
            let unseen = rules.filter { missing[$0.id]?.isEmpty != false && !ended.contains($0.id) }
            var named: Set<String> = []
            return ClauseStatus(
                id: clause.id, status: runs ? .runs : .waiting, rules: rules.map(\.id),
                waitingFor: (lacks + unseen.map { "simulation:\($0.id)" }).filter { named.insert($0).inserted })
        }
    }

    private static func keeps(_ kind: String, _ pack: Pack, _ can: Capabilities) -> Bool {
        can.expiries.contains("items") && pack.item(kind)?.isKept == true
    }

    private static func runsOut(_ kind: String, _ pack: Pack, _ can: Capabilities) -> Bool {
        can.expiries.contains(kind) || keeps(kind, pack, can) && pack.item(kind)?.types.isEmpty == false
    }

    private static func lacking(_ gate: Gate, _ can: Capabilities) -> String? {
        switch gate.requirement {
        case .roleFilled: can.gates.contains("role-filled") ? nil : "gate:role-filled"
        case .trained: can.gates.contains("trained") ? nil : "gate:trained"
        case .signedBy: can.gates.contains("signed-by") ? nil : "gate:signed-by"
        case .act(let act): can.acts.contains(act) || can.gates.contains("act:\(act)") ? nil : "act:\(act)"
        }
    }

    /// What each rule lacks: the events it waits for that nobody can record, the act that would end it.
    private static func missingByRule(_ pack: Pack, _ can: Capabilities) -> [String: [String]] {
        var recordable = can.events
        for event in pack.events {
            // What an act records is recorded by nothing else.
            let isRecordable = event.act.map(can.acts.contains) ?? !event.may.isEmpty
            if isRecordable { recordable.insert(event.id) }
            // Customers report at a public log.
            if pack.rules.contains(where: { $0.log == event.id }) { recordable.insert(event.id) }
        }
        let reachable = reachable(pack, can, &recordable)
        func lack(of kind: String) -> [String] {
            ["event:\(kind)"] + (pack.event(kind)?.act.map { ["act:\($0)"] } ?? [])
        }
        var missing: [String: [String]] = [:]
        for rule in pack.rules {
            var lacks: [String] = []
            switch rule.occasion {
            case .when(let kind): if !recordable.contains(kind) { lacks += lack(of: kind) }
            case .expires(let kind, _): if !runsOut(kind, pack, can) { lacks.append("items:\(kind)") }
            case .afterDuty(let other, _): if !reachable.contains(other) { lacks.append("rule:\(other)") }
            case .every: break
            }
            if let kind = rule.item, !keeps(kind, pack, can) { lacks.append("items:\(kind)") }
            if let kind = rule.endsOn, !recordable.contains(kind) { lacks += lack(of: kind) }
            missing[rule.id] = lacks
        }
        return missing
    }

    /// The rules whose duties can come to be. Forms report events, which open rules, whose forms report events: until
    /// nothing new is reached.
    private static func reachable(_ pack: Pack, _ can: Capabilities, _ recordable: inout Set<String>) -> Set<String> {
        var reachable: Set<String> = []
        while true {
            let before = reachable.count
            for rule in pack.rules where !reachable.contains(rule.id) {
                let opens: Bool =
                    switch rule.occasion {
                    case .every: true
                    case .when(let kind): recordable.contains(kind)
                    case .expires(let kind, _): runsOut(kind, pack, can)
                    case .afterDuty(let other, _): reachable.contains(other)
                    }
                guard opens else { continue }
                reachable.insert(rule.id)
                guard let form = rule.form.flatMap(pack.form) else { continue }
                for emission in form.emits + form.fields.flatMap(\.emits) { recordable.insert(emission.event) }
            }
            if reachable.count == before { return reachable }
        }
    }
}
