import Regulation
import Store
import WorkCalendar

/// What the checks remember of the last time they looked.
struct CheckMemory: Sendable {
    var ended: [Duty.ID: Duty.State] = [:]
    var stages: [Complaint.ID: (rank: Int, at: Instant)] = [:]
    var fanouts: [String: (done: Int, isDone: Bool)] = [:]
    var commits = 0
    var counted: [String: Int] = [:]
    var taken: Set<String> = []
    var told: Set<String> = []
    /// Since when each duty's timer stands as it does, by the true time.
    var timers: [Duty.ID: Instant] = [:]
}

/// What must hold of a troubled world (docs/rules/simulation.md, I1–I12).
extension TroubledLife {
    private func breach(_ what: String) { witness.breach(what) }

    /// A turn of the clock that went through leaves nothing that was due before it.
    func nothingIsDue(before moment: Instant) async throws {
        let rows = try await store.read { tx in
            try tx.rows("select id, rule, next_at from duty where next_at is not null and next_at < \(moment) limit 5").map { "\(try $0.text("id")) (\(try $0.text("rule"))) of \(try $0.int("next_at"))" }
        }
        for row in rows { breach("I3 the clock has had its turn and left duty \(row)") }
    }

    /// Messages whose window had opened before a moment and that nobody has sent.
    func waitingMessages(before moment: Instant) async throws -> Set<String> {
        try await store.read { tx in
            Set(try tx.rows("select duty, step from outbox where state = 'waiting' and opens < \(moment)").map { "\(try $0.text("duty"))/\(try $0.int("step"))" })
        }
    }

    /// Everything that is checked once a day and at the end.
    func check() async throws {
        let duties = try await store.read { tx in try tx.rows("select * from duty order by id").map(Duty.init(row:)) }
        try await checkStates(duties)
        try await checkEntries()
        checkSteps(duties)
        try await checkMessages(duties)
        try await checkCases(duties)
        try await checkRequests()
        try await checkRounds()
        try await checkFanouts()
        try await checkDues(duties)
    }

    private var hasJumped: Bool { troubles.armed.contains(.clockJumps) }
    private func count(_ what: String, _ n: Int = 1) { memory.counted[what, default: 0] += n }

    /// I1: nothing disappears, and what has ended has ended; each state fits its times.
    private func checkStates(_ duties: [Duty]) async throws {
        let ids = Set(duties.map(\.id))
        for id in memory.ended.keys where !ids.contains(id) { breach("I1 duty \(id) has disappeared") }
        for duty in duties {
            let what = "duty \(duty.id) (\(duty.rule))"
            switch duty.state {
            case .open: if let lapses = duty.lapses, let last = witness.turns.last?.began, lapses < last.adding(ms: -2_500), duty.nextAt == nil { breach("I1 \(what) is open after it lapsed, and no timer is set") }
            case .done: if duty.doneAt.map({ $0 > duty.due }) ?? true { breach("I1 \(what) is on time, yet done after it was due") }
            case .late: if duty.doneAt.map({ $0 <= duty.due }) ?? true { breach("I1 \(what) is late, yet done before it was due") }
            case .missed: if try await neverLapses(duty) { breach("I1 \(what) is missed, though it does not lapse") }
            case .waived, .notRequired: break
            }
            if !duty.isOpen, duty.nextAt != nil { breach("I1 \(what) has ended, and the clock still looks at it") }
            if duty.isOpen, duty.nextAt == nil, duty.lapses != nil { breach("I1 \(what) lapses, and no timer is set") }
            if let before = memory.ended[duty.id], before != duty.state, !(before == .missed && [.done, .late].contains(duty.state)) {
                breach("I1 \(what) had ended as \(before.rawValue) and is \(duty.state.rawValue) now")
            }
            if [.done, .late].contains(duty.state), duty.doneBy.isEmpty { breach("I1 \(what) is done by nobody") }
            if !duty.isOpen { memory.ended[duty.id] = duty.state }
        }
        count("duties", duties.count)
        let today = observer.zone.day(of: time.now)
        if let planned = witness.planned, observer.zone.day(of: planned) == today {
            let behind = try await store.read { tx in try tx.rows("select kind from place where planned < \(today) and starts <= \(today) and ended is null").map { try $0.text("kind") } }
            for kind in behind { breach("I1 a place (\(kind)) is not planned for \(today)") }
        }
    }

    /// Whether the duty's rule, as the rulebook has it, knows no lapse.
    private func neverLapses(_ duty: Duty) async throws -> Bool {
        try await store.read { [observer] tx in try observer.packs.pack(duty.pack, tx).pack.rule(duty.rule)?.lapses == nil }
    }

    /// What is said once is entered once.
    private func checkEntries() async throws {
        let twice = try await store.read { tx in
            try tx.rows(
                """
                select kind, about, json_extract(body, '$.event.step') as step, count(*) as n from entry
                where kind in ('duty.escalated', 'message.sent', 'message.moot', 'duty.missed') group by kind, about, json_extract(body, '$.event.step') having count(*) > 1
                """
            ).map { "\(try $0.text("kind")) of \(try $0.text("about")), step \(try $0.optionalText("step") ?? "") is entered \(try $0.int("n")) times" }
        }
        for one in twice.sorted() { breach("I3 \(one)") }
    }

    /// I3: each step once, never before its time, in order, and not later than the first turn that could take it.
    private func checkSteps(_ duties: [Duty]) {
        let commits = witness.commits
        let turns = witness.turns
        let byID = Dictionary(duties.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        // A tick writes the duty before its step: timers count from the commit after it.
        var written: (at: Instant, process: Int, duties: [Duty.ID]) = (Instant(ms: 0), 0, [])
        for commit in commits.dropFirst(memory.commits) {
            if case .timer(let duty) = commit.note {
                if written.at != commit.at || written.process != commit.process {
                    for id in written.duties { memory.timers[id] = written.at }
                    written = (commit.at, commit.process, [])
                }
                written.duties.append(duty)
            }
            switch commit.note {
            case .timer: break
            case .step(_, let duty, let step, let at):
                count("steps")
                let key = "\(duty)/\(step)"
                if memory.taken.insert(key).inserted == false { breach("I3 step \(step) of duty \(duty) was taken twice") }
                // Clocks of processes differ by up to two seconds here.
                if commit.at.ms < at - 2_500 { breach("I3 step \(step) of duty \(duty) (\(byID[duty]?.rule ?? "")) was taken \((at - commit.at.ms) / 1000) s before its time by \(commit.process)") }
                let since = memory.timers[duty] ?? commit.at
                let could = max(at, since.ms) + 2_500
                if turns.contains(where: { $0.began.ms > could && $0.ended < commit.at }) {
                    breach("I3 step \(step) of duty \(duty) (\(byID[duty]?.rule ?? "")) was taken at \(commit.at.ms), after a turn that left it")
                }
            case .message: break
            }
        }
        for id in written.duties { memory.timers[id] = written.at }
        memory.commits = commits.count
    }

    /// Each told role has been told whole; nobody who has left, nobody whom a case is about.
    private func checkMessages(_ duties: [Duty]) async throws {
        let sent = try await store.read { tx in try tx.rows("select * from outbox where state = 'sent'").map(Outgoing.init(row:)) }
        let messages = try await store.read { tx in try tx.rows("select * from inbox").map(Message.init(row:)) }
        let holders = try await store.read { tx in
            try tx.rows("select place, role, person, from_day, until_day from role_holder").map {
                (place: try $0.text("place"), role: try $0.text("role"), person: try $0.text("person"), from: try $0.text("from_day"), until: try $0.text("until_day"))
            }
        }
        let away = Set(try await store.read { tx in try tx.rows("select day, person from roster").map { try $0.text("day") + $0.text("person") } })
        let about = try await store.read { tx in
            Dictionary(try tx.rows("select id, respondent from complaint where respondent <> ''").map { (try $0.text("id"), try $0.text("respondent")) }, uniquingKeysWith: { a, _ in a })
        }
        let byDuty = Dictionary(duties.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let got = Dictionary(grouping: messages, by: { "\($0.place)/\($0.duty)/\($0.step)" })
        for message in messages {
            let day = observer.zone.day(of: message.at)
            if let left = left[message.person], day > left, !message.duty.hasPrefix("summary/") { breach("I3 \(message.person) left on \(left) and got message \(message.duty)/\(message.step) on \(day)") }
            if let duty = byDuty[message.duty], let id = duty.subject.split(separator: ":").last.map(String.init), about[id] == message.person {
                breach("I8 \(message.person) got message \(message.step) of duty \(duty.rule) about a case on themselves")
            }
        }
        for one in sent where memory.told.insert("\(one.place)/\(one.duty)/\(one.step)").inserted {
            count("messages")
            guard let duty = byDuty[one.duty] else { continue }
            let reached = got["\(one.place)/\(one.duty)/\(one.step)"] ?? []
            guard let moment = reached.first?.at else { continue }
            let minute = observer.zone.minuteOfDay(moment)
            if !one.immediate, !(8 * 60 - 1...21 * 60 + 1).contains(minute), !hasJumped { breach("I3 message \(one.duty)/\(one.step) went out at \(observer.zone.clock(moment))") }
            if moment.ms < one.opens.ms { breach("I3 message \(one.duty)/\(one.step) was sent before its window opened") }
            let day = observer.zone.day(of: moment).description
            for role in one.tell.split(separator: ",").map(String.init) where role != "who" {
                let able = holders.filter { $0.role == role && $0.from <= day && $0.until >= day }
                // Those at the duty's own seat, all of them, unless somebody's roster of that day was changed or the case is on them.
                let seat = able.contains { $0.place == duty.seat } ? duty.seat : Set(able.map(\.place)).count == 1 ? able.first?.place : nil
                let here = able.filter { $0.place == seat && !away.contains(day + $0.person) && left[$0.person] == nil && about[duty.subject.split(separator: ":").last.map(String.init) ?? ""] != $0.person }
                for one in here where !reached.contains(where: { $0.person == one.person }) {
                    breach("I3 \(role) \(one.person) was not told of duty \(duty.rule), step \(reached.first?.step ?? 0)")
                }
            }
        }
    }

    /// I4: a case is closed only with what it needs; I11: what its customer sees does not go back without a note.
    private func checkCases(_ duties: [Duty]) async throws {
        let cases = try await store.read { tx in try tx.rows("select * from complaint order by id").map(Complaint.init(row:)) }
        // As they were written: ids of one moment, or of clocks that differ, say nothing about which came first.
        let steps = Dictionary(grouping: try await store.read { tx in try tx.rows("select * from complaint_step order by rowid").map(ComplaintStep.init(row:)) }, by: \.complaint)
        let order = Complaint.Stage.allCases
        for c in cases {
            let all = steps[c.id] ?? []
            let since = all.lastIndex { $0.act == "reopen" }.map { Array(all[all.index(after: $0)...]) } ?? all
            let acts = Set(since.map(\.act))
            if c.stage == .closed, !c.isConfidential {
                count("cases closed")
                if !acts.contains("close") { breach("I4 \(c.number) is closed, and nobody closed it") }
                if c.isFull {
                    // What was joined to another case is inquired into there; its own customer is answered and called back all the same.
                    let isJoined = acts.contains("combine")
                    for needed in isJoined ? ["reply", "call-back"] : ["reply", "report", "call-back"] where !acts.contains(needed) { breach("I4 \(c.number) was closed without \(needed): \(all.map(\.act).joined(separator: " "))") }
                    if !isJoined, !acts.contains("verify-improvement"), !acts.contains("grant") { breach("I4 \(c.number) was closed with nothing said of the improvement") }
                    if let reply = since.last(where: { $0.act == "reply" }), let call = since.last(where: { $0.act == "call-back" }), reply.by == call.by { breach("I4 \(c.number): who answered called back") }
                }
            }
            if c.ended != nil, let open = duties.first(where: { $0.isOpen && $0.subject == c.subject }) { breach("I4 \(c.number) has ended, and \(open.rule) is still owed") }
            for (kind, moment) in [("complaint.investigated", c.investigated), ("complaint.replied", c.replied), ("complaint.reported", c.reported), ("complaint.called-back", c.calledBack)] {
                guard let moment, let open = duties.first(where: { $0.isOpen && $0.subject == c.subject && $0.endsOn == kind && $0.place == c.unit && $0.opens <= moment }) else { continue }
                breach("I1 \(c.number): \(kind) has happened, and \(open.rule) is still owed")
            }
            let rank = order.firstIndex(of: c.stage) ?? 0
            if let before = memory.stages[c.id], rank < before.rank {
                let isSaid = all.contains { $0.recorded >= before.at.adding(minutes: -1_500) && ["reopen", "return-proposal", "send-back"].contains($0.act) }
                if !isSaid { breach("I11 \(c.number) went back to \(c.stage.rawValue) without a note") }
            }
            memory.stages[c.id] = (rank, time.now)
        }
    }

    /// What was acknowledged is there once, what was not answered is there at most once, nothing is there that nobody sent.
    private func checkRequests() async throws {
        let kept = try await store.read { tx in Set(try tx.rows("select key from idempotency where key like 'errand-%'").map { try $0.text("key") }) }
        let requests = witness.requests
        for (key, verdict) in requests.sorted(by: { $0.key < $1.key }) {
            if verdict == .acknowledged, !kept.contains(key) { breach("I6 \(key) was acknowledged and is lost") }
            if verdict == .refused, kept.contains(key) { breach("I10 \(key) was refused and is kept") }
        }
        for key in kept.sorted() where requests[key] == nil { breach("I6 \(key) is kept and was never sent") }
        let entries = try await store.read { tx in
            try tx.rows("select id, json_extract(body, '$.request') as request from entry where json_extract(body, '$.request') is not null order by id").map { (try $0.text("id"), try $0.text("request")) }
        }
        var blocks: [String: String] = [:]
        for (id, request) in entries {
            let block = String(id.prefix(20))
            if let known = blocks[request], known != block { breach("I10 \(request) was carried out twice") }
            blocks[request] = block
        }
        count("acknowledged", requests.values.filter { $0 == .acknowledged }.count)
    }

    /// I9: no answer of a phone is lost, and of two the later one counts.
    private func checkRounds() async throws {
        for round in arrived {
            let walks = try await store.read { tx in
                try tx.rows("select * from walk where place = \(round.place) and duty = \(round.duty) and person = \(round.person)").map(Walk.init(row:))
            }.filter { $0.device == round.device || $0.device.hasPrefix(round.device + "/") }
            for (point, at) in round.points.sorted(by: { $0.key < $1.key }) where !walks.contains(where: { $0.answers[point].map { $0.at >= at } ?? false }) {
                breach("I9 the answer at \(point) of duty \(round.duty) was acknowledged and is lost")
                break
            }
        }
        count("rounds from phones", arrived.count)
        arrived = []
    }

    /// What concerns many places gets on and never back.
    private func checkFanouts() async throws {
        for row in try await store.read({ tx in try tx.rows("select * from fanout order by id").map(Fanout.init(row:)) }) {
            if let before = memory.fanouts[row.id], row.done < before.done || (before.isDone && row.state != .done) { breach("I3 fan-out \(row.id) went back from \(before.done) to \(row.done)") }
            if row.state == .done, row.done > row.total + 2 { breach("I12 fan-out \(row.id) reached \(row.done) of \(row.total) places") }
            memory.fanouts[row.id] = (row.done, row.state == .done)
        }
    }
}
