import Store
import WorkCalendar

/// What machines ask: does it live, may visitors be sent here, how is it doing.
struct WatchRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.health, .anyone, group: .publicly, health), Entry("GET", Site.ready, .anyone, group: .publicly, ready),
            Entry("GET", Site.metrics, .watchman, group: .publicly, metrics),
        ]
    }

    /// The process lives. Asks nothing of anybody: a database that is away is no reason to kill it.
    private func health(_ visit: Visit) async throws -> Reply {
        var reply = Reply.json("{\"status\":\"ok\"}")
        reply.set("cache-control", "no-store")
        return reply
    }

    /// Whether visitors may be sent here: the store answers, its migrations are the program's, nobody told it to stop.
    private func ready(_ visit: Visit) async throws -> Reply {
        var problems: [String] = []
        if hall.vitals.isStopping { problems.append("stopping") }
        if hall.vitals.cannotWrite != nil { problems.append("writes stopped: one could not be made durable") }
        do {
            let done = try await hall.store.read { tx in try tx.rows("select name from migration order by name").map { try $0.text("name") } }
            if done != (try Hallkeeper.migrations).map(\.name) { problems.append("migrations differ") }
        } catch { problems.append("the store does not answer") }
        // Not reasons to send visitors away, but to come and look.
        var warnings: [String] = []
        if let room = hall.vitals.disk.room, room.isLow { warnings.append("disk low: \(room.words)") }
        if hall.timers.arePaused { warnings.append("the clock has to be confirmed") }
        func list(_ items: [String]) -> JSON { .array(items.map { .string($0) }) }
        var reply = Reply.json(
            JSON.object(["ready": .bool(problems.isEmpty), "problems": list(problems), "warnings": list(warnings)]).text,
            status: problems.isEmpty ? 200 : 503)
        reply.set("cache-control", "no-store")
        return reply
    }

    private func metrics(_ visit: Visit) async throws -> Reply {
        let text = hall.metrics.text + (try await hall.vitals.text(hall))
        return Reply(
            headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8"), ("cache-control", "no-store")], body: .bytes(Array(text.utf8)))
    }
}

/// Who may read the figures: whoever asks on this machine itself, or brings the token of the configuration.
struct Watchman: Sendable {
    var token = ""

    func admits(_ request: Request) -> Bool {
        if !token.isEmpty, let given = request.headers["authorization"] { return Self.equal("Bearer " + token, given) }
        // Behind a proxy everybody comes from this machine: only who came without one is here.
        return request.headers["x-forwarded-for"] == nil && ["127.0.0.1", "::1"].contains(request.remote)
    }

    /// In the same time for every wrong one.
    private static func equal(_ a: String, _ b: String) -> Bool {
        zip(Hash.sha256(Array(a.utf8)), Hash.sha256(Array(b.utf8))).reduce(0) { $0 | $1.0 ^ $1.1 } == 0
    }
}
