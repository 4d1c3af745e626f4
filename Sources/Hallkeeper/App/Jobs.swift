import Logging
import Store
import WorkCalendar

/// One thing done over and over: what, how often, and how. Each takes the time and may run twice without harm.
struct Job: Sendable {
    let name: String
    let everyMilliseconds: Int64
    let run: @Sendable (Hallkeeper, Instant) async throws -> Void
}

/// The table of all periodic work.
enum Jobs {
    static let steps = "take the steps that have come due"
    static let plan = "plan the day at every place"
    static let messages = "send messages whose window has opened"

    /// Turn after turn while there is more, unless the clock is in doubt. Each turn asks the time anew: what it does is recorded at
    /// the time it is done, and what it takes up it holds from then.
    private static func turns(_ hall: Hallkeeper, from now: Instant, _ turn: (Instant) async throws -> Bool) async throws {
        var now = now
        while !Task.isCancelled, !hall.timers.arePaused, try await turn(now) {
            await hall.timers.look(hall)
            now = hall.clock.now
        }
    }

    static let all: [Job] = [
        Job(name: plan, everyMilliseconds: 20_000) { hall, now in
            // A clock that says 2100 must not fill the years between.
            guard !hall.timers.arePaused else { return }
            try await Planning(hall: hall).planAll(at: now)
        },
        Job(name: steps, everyMilliseconds: 1_000) { hall, now in
            try await turns(hall, from: now) { now in try await Clockwork(hall: hall).sweep(at: now) >= Clockwork.shared }
        },
        Job(name: messages, everyMilliseconds: 2_000) { hall, now in
            let (sending, isAlone) = (Sending(hall: hall), hall.store.engine == .sqlite)
            try await turns(hall, from: now) { now in
                let due = try await sending.due(at: now, limit: isAlone ? 200 : Clockwork.shared, unclaimed: true)
                let done = try await Claims(hall: hall).each(due, named: { "send:\($0.duty):\($0.step)" }, at: now) {
                    try await sending.send($0.place, $0.duty, $0.step, at: now)
                }
                return !isAlone && done >= Clockwork.shared
            }
        },
        Job(name: "deliver to groups and programs", everyMilliseconds: 2_000) { hall, now in
            guard !hall.timers.arePaused else { return }
            try await Delivering(hall: hall).run(at: now)
        },
        Job(name: "work what is done to many cases", everyMilliseconds: 1_000) { hall, now in
            while !Task.isCancelled, try await Bulk.work(hall, at: now) > 0 {}
        },
        Job(name: "take cases back from units that were dissolved", everyMilliseconds: 30_000) { hall, now in
            for (complaint, unit) in try await hall.store.read({ tx in try ComplaintActs.orphans(tx) }) {
                try await hall.act(by: .clock, at: now) { act in try ComplaintActs(act).takeBack(complaint, from: unit) }
            }
        },
        Job(name: "tell programs what has changed", everyMilliseconds: 1_000) { hall, now in
            guard !hall.timers.arePaused else { return }
            try await Announcing(hall: hall).run(at: now)
        },
        Job(name: "start packs that come into force", everyMilliseconds: 30_000) { hall, now in
            try await Publishing(hall: hall).begin(at: now)
        },
        Job(name: "work what concerns many places", everyMilliseconds: 1_000) { hall, now in
            while !Task.isCancelled, try await Spreading(hall: hall).work(at: now) {}
        },
        Job(name: "set what halls ticked beside the patrols of days that are over", everyMilliseconds: 60_000) { hall, now in
            try await Comparing.settle(hall, at: now)
        },
        Job(name: "hang up on whoever may no longer listen", everyMilliseconds: 2_000) { hall, now in
            try await Listening(hall: hall).sweep(at: now)
        },
        Job(name: "take the time from the database", everyMilliseconds: 10_000) { hall, _ in
            try await (hall.clock as? DatabaseClock)?.refresh()
        },
        Job(name: "sum the cases that have ended", everyMilliseconds: 2_000) { hall, now in
            while !Task.isCancelled, try await FigureSums.keep(hall, at: now) {}
        },
        Job(name: "seal what is committed", everyMilliseconds: 250) { hall, _ in
            try await hall.ledger.sealPending()
        },
        Job(name: "sign the heads of the ledger", everyMilliseconds: 60_000) { hall, now in
            if let key = hall.key { try await hall.ledger.sign(with: key, at: now) }
        },
        Job(name: "take from the disk what was erased", everyMilliseconds: 30_000) { hall, now in
            try await Scrubbing.turn(hall, at: now)
        },
        Job(name: "back up by night and prove it", everyMilliseconds: 600_000) { hall, now in
            try await hall.backups?.run(hall, at: now)
        },
        Job(name: "forget ended sessions, old keys and photos begun and never finished", everyMilliseconds: 3_600_000) { hall, now in
            let old = now.adding(minutes: -13 * 31 * 24 * 60)
            try await Importing(hall: hall).forget(at: now)
            try await Uploads(hall: hall).forget(before: now.adding(minutes: -60 * 24 * 60))
            let lapsed = now.adding(minutes: -Sessions.graceMinutes)
            let stale = now.adding(minutes: -Draft.days * 1440)
            _ = try await hall.store.write { tx in
                try tx.run("delete from complaint_draft where at < \(stale)")
                try tx.run("delete from session where ends < \(lapsed)")
                return try tx.run("delete from idempotency where at < \(old)")
            }
        },
    ]
}

/// Runs the jobs while the server stands; a job that fails is logged and tried again at its next turn.
struct JobRunner: Sendable {
    let hall: Hallkeeper

    /// Everything once, in order: what a test, a simulation or a moved demo clock needs. Repeats until nothing is due.
    func catchUp(to now: Instant) async throws {
        for job in Jobs.all { try await job.run(hall, now) }
        while !hall.timers.arePaused, let next = try await Clockwork(hall: hall).next(), next < now {
            for job in Jobs.all { try await job.run(hall, now) }
        }
    }

    /// One turn of one job, at the time it is now; a clock that has jumped is noticed before it is believed.
    func turn(_ job: Job) async throws {
        await hall.timers.look(hall)
        try await job.run(hall, hall.clock.now)
    }

    /// Until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for job in Jobs.all {
                group.addTask {
                    while !Task.isCancelled {
                        // A newer release has changed the tables: what is due is its work now.
                        if hall.fence.isPassed {
                            try? await Task.sleep(for: .seconds(1))
                            continue
                        }
                        do { try await turn(job) } catch {
                            hall.log.error("job failed", metadata: ["job": "\(job.name)", "error": "\(error)"])
                        }
                        try? await Task.sleep(for: .milliseconds(job.everyMilliseconds))
                    }
                }
            }
            group.addTask { await hall.timers.watch(hall) }
            group.addTask { await hall.fence.watch(hall) }
        }
    }
}
