import Store
import WorkCalendar

/// The public log behind a code: read by anybody, with one button. No sign-in, no cookie, no script is needed.
struct PublicLogRoutes: Sendable {
    let hall: Hallkeeper
    private var limit: RateLimit { hall.limits.log }
    /// One address, and one label, so often a minute; before anything is read from the database.
    private static let (mostReads, mostReports, mostReportsAnAddress) = (120, 10, 3)

    init(hall: Hallkeeper) { self.hall = hall }

    var entries: [Entry] {
        [
            Entry("GET", Site.log, .anyone, group: .publicly, show),
            Entry("POST", Site.log, .anyone, group: .publicly, bodyLimit: 4096, report),
        ]
    }

    /// The language asked for by a link on the page, else the browser's.
    private func words(_ visit: Visit) -> Words {
        visit.request.query["lang"].flatMap { Language(rawValue: $0) }.map { Words.of($0) } ?? visit.words
    }

    private func link(_ code: String, _ visit: Visit) -> String {
        let language = visit.request.query["lang"].flatMap { Language(rawValue: $0) }
        return Site.log.link(code) + (language.map { "?lang=" + $0.rawValue } ?? "")
    }

    private func allow(_ key: String, _ most: Int, _ visit: Visit) throws {
        guard limit.allows(key, perMinute: most, at: visit.now) else {
            throw Refusal.tooMany(Text("点得太快了，请过一分钟再试。", "That was too quick; please try again in a minute."))
        }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        try allow("read:" + visit.request.remote, Self.mostReads, visit)
        let (w, now) = (words(visit), visit.now)
        let found = try await hall.store.read { [hall] tx -> (PublicLog, PackInForce)? in
            guard let log = try PublicLog.find(visit[0], at: now, hall, tx), let pack = try hall.packs.inForce(on: hall.zone.day(of: now), tx) else { return nil }
            return (log, pack)
        }
        guard let (log, pack) = found else { throw Refusal.notFound }
        let times = Times(words: w, zone: log.unit.zone, now: now)
        func role(_ id: String) -> String { pack.pack.role(id).map { w($0.name) } ?? w("log.staff") }
        let lines = log.lines.map { line in
            PublicLogPage.Line(
                when: times.moment(line.at), role: role(line.role), state: line.state.rawValue, stateWord: w("log." + line.state.rawValue),
                found: line.state == .missed ? "" : line.wanting == 0 ? w("log.in-order") : w("log.wanting", ["rectified": "\(line.rectified)"], n: line.wanting))
        }
        let isOpen = log.isOpen(at: now)
        return .page(
            Layout.bare(
                PublicLogPage(
                    title: w(log.form.title), place: w(log.place.name), company: w(pack.pack.company.company), lines: lines,
                    told: log.told.map { w("log.told", ["since": times.clock($0.since), "due": times.clock($0.due)]) } ?? "",
                    next: log.next.map { w("log.next", ["when": times.moment($0)]) } ?? "", button: pack.pack.event(log.event).map { w($0.name) } ?? w("log.report"),
                    action: link(visit[0], visit), canReport: isOpen && log.told == nil, isOpen: isOpen, hours: hours(log.unit, times),
                    languages: Language.allCases.map { (Words.of($0)("log.language"), Site.log.link(visit[0]) + "?lang=" + $0.rawValue, $0.rawValue) }), w))
    }

    /// The next seven days, those in a row with the same hours in one line.
    private func hours(_ unit: WorkUnit, _ times: Times) -> [(String, String)] {
        let today = unit.zone.day(of: times.now)
        func clock(_ minute: Int) -> String { "\(minute / 60 % 24):\(minute % 60 < 10 ? "0" : "")\(minute % 60)" }
        func text(_ day: Day) -> String {
            let open = unit.minutes(on: day)
            return open.isEmpty ? times.words("log.closed") : open.map { "\(clock($0.lowerBound))–\(clock($0.upperBound))" }.joined(separator: " · ")
        }
        var groups: [(first: Day, last: Day, text: String)] = []
        for ahead in 0..<7 {
            let day = today.adding(days: ahead)
            // Today stands by itself: it is what people ask for.
            if ahead > 1, let last = groups.last, last.text == text(day) { groups[groups.count - 1].last = day } else { groups.append((day, day, text(day))) }
        }
        return groups.map { group in
            let name = group.first == today ? times.words("log.today") : times.day(group.first) + (group.first == group.last ? "" : " – " + times.day(group.last))
            return (name, group.text)
        }
    }

    private func report(_ visit: Visit) async throws -> Reply {
        try allow("from:" + visit.request.remote, Self.mostReportsAnAddress, visit)
        guard let code = Label.read(visit[0]) else { throw Refusal.notFound }
        try allow("at:" + code, Self.mostReports, visit)
        try await hall.act(by: .customer, at: visit.now) { act in try PublicReport(act: act).report(code) }
        return .redirect(link(visit[0], visit))
    }
}
