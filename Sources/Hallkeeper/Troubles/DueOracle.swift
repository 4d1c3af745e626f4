import Regulation
import Store
import WorkCalendar

/// Computes deadlines apart from the program: from the words of the rulebook and the list of days in the notice, by counting
/// days one after another. Knows the offices and halls of a founded world only (I2).
struct DueOracle {
    /// Days off and make-up days of the notice as it stood.
    let off: Set<String>, on: Set<String>
    let zone: Zone

    init(notice: String, zone: Zone) {
        var (off, on): (Set<String>, Set<String>) = ([], [])
        for line in notice.split(separator: "\n") where line.contains("day: 20") {
            guard let start = line.range(of: "day: ")?.upperBound else { continue }
            let day = String(line[start...].prefix(10))
            if line.contains("off: yes") { off.insert(day) } else { on.insert(day) }
        }
        (self.off, self.on, self.zone) = (off, on, zone)
    }

    func isWorking(_ day: Day) -> Bool {
        let name = day.description
        return on.contains(name) || (!off.contains(name) && day.weekday < 6)
    }

    /// When an office without hours of its own stops that day: 17:30 on working days, else the day's end.
    private func ends(_ day: Day) -> Instant { zone.instant(day, minute: isWorking(day) ? 17 * 60 + 30 : 1440) }

    /// The last moment on time of so much after an event, for an office; nil where this knows no answer.
    func due(after start: Instant, _ written: String) -> Instant? {
        let parts = written.split(separator: " ").map(String.init)
        guard parts.count == 2, let number = Int(parts[0]) else { return nil }
        var day = zone.day(of: start)
        switch parts[1] {
        case "min": return start.adding(minutes: number)
        case "hour": return start.adding(minutes: number * 60)
        case "working-day":
            var left = number
            while left > 0 {
                day = day.adding(days: 1)
                if isWorking(day) { left -= 1 }
            }
            return ends(day)
        case "day":
            day = day.adding(days: number)
            while !isWorking(day) { day = day.adding(days: 1) }
            return ends(day)
        default: return nil
        }
    }
}

extension TroubledLife {
    /// I2: the deadline of each duty about a case, as it first stood and as it stands, against the oracle.
    func checkDues(_ duties: [Duty]) async throws {
        guard isYearLoaded else { return }
        let written = try await rules()
        let offices = Set(world.places.filter { $0.key.hasPrefix("unit") || $0.key.hasPrefix("department") }.map(\.value))
        let changed = try await store.read { tx in
            Set(try tx.rows("select about from entry where kind in ('duty.moved', 'duty.switched')").map { String(try $0.text("about").dropFirst("duty:".count)) })
        }
        let isSettled = try await store.read { tx in try tx.one("select 1 as one from fanout where state = 'running' limit 1") == nil }
        let oracle = DueOracle(notice: amended, zone: observer.zone)
        if isSettled, let last = Day("\(first.year)-12-01") {
            for duty in duties where duty.isOpen && duty.provisional && duty.due < observer.zone.instant(last, minute: 0) && duty.occasion.hasPrefix("event:") {
                witness.breach("I2 duty \(duty.id) (\(duty.rule)) is provisional, though the notice has been loaded and reached every place")
            }
        }
        for duty in duties where duty.occasion.hasPrefix("event:") && (offices.contains(duty.place) && offices.contains(duty.seat)) {
            guard let text = written["\(duty.pack)/\(duty.rule)"] else { continue }
            let isByDays = text.hasSuffix("day")
            // What has ended keeps the deadline it had; what is open follows the notice as it stands.
            if isByDays, !duty.isOpen || !isSettled || duty.provisional { continue }
            if changed.contains(duty.id), !isByDays || isExtended(duty) { continue }
            guard let due = oracle.due(after: duty.opens, text) else { continue }
            memory.counted["deadlines computed apart", default: 0] += 1
            if due != duty.due { witness.breach("I2 duty \(duty.id) (\(duty.rule)) from \(duty.opens.ms): due \(duty.due.ms), the oracle says \(due.ms)") }
        }
    }

    /// Moved by a decision, not by a calendar: more time, a suspension.
    private func isExtended(_ duty: Duty) -> Bool { duty.reasons.contains { ["已批准延期", "挂起，期限顺延", "提前恢复，期限扣回", "与客户改约"].contains($0.zh) } }

    /// `due:` as the rulebook writes it, read from its text: rule → words.
    private func rules() async throws -> [String: String] {
        var all: [String: String] = [:]
        let rows = try await store.read { tx in try tx.rows("select hash, body from pack_file where name like 'rules/%'").map { (try $0.text("hash"), try $0.text("body")) } }
        for (hash, body) in rows {
            var rule = ""
            for line in body.split(separator: "\n") {
                if line.hasPrefix("  - id: ") { rule = String(line.dropFirst("  - id: ".count)) }
                if line.hasPrefix("    due: ") { all["\(hash)/\(rule)"] = String(line.dropFirst("    due: ".count)) }
            }
        }
        return all
    }
}
