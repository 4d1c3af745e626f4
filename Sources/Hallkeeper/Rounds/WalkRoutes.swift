import Regulation
import Store
import WorkCalendar

/// How a phone hands in rounds: who it speaks for, photos one by one, then the answers. Answers are JSON with a sentence.
struct WalkRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.walkSession, .signedIn, session), Entry("GET", Site.upload, .signedIn, progress),
            Entry("POST", Site.upload, .signedIn, take), Entry("POST", Site.walk, .signedIn, receive), Entry("GET", Site.queue, .signedIn, queue),
            Entry("POST", Site.renewal, .anyone, renew), Entry("GET", Site.serviceWorker, .anyone, worker), Entry("GET", Site.offline, .anyone, offline),
        ]
    }

    /// Who is signed in, with what a form has to carry, and what time it is here.
    private func session(_ visit: Visit) async throws -> Reply {
        let viewer = try visit.who()
        return HandedIn.said(JSON.object(["person": .string(viewer.person.id), "csrf": .string(visit.session?.csrf ?? ""), "now": .int(visit.now.ms)]).text)
    }

    private func progress(_ visit: Visit) async throws -> Reply {
        said(try await Uploads(hall: hall).progress(visit[0].lowercased(), by: visit.who().person.id))
    }

    private func said(_ progress: Uploads.Progress) -> Reply {
        HandedIn.said(JSON.object(["received": .int(Int64(progress.received)), "done": .bool(progress.blob != nil)]).text)
    }

    private func take(_ visit: Visit) async throws -> Reply {
        guard let start = visit.request.query["from"].flatMap({ Int($0) }), let total = visit.request.query["total"].flatMap({ Int($0) }) else { throw Submitted.broken }
        return said(
            try await Uploads(hall: hall).take(visit.request.body, of: visit[0].lowercased(), from: start, total: total, by: visit.who().person.id, at: visit.now))
    }

    private func receive(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        _ = try await DutyRoutes(hall: hall).find(desk)
        let (place, duty, me) = (visit[0], visit[1], desk.viewer.person.id)
        let sent = try await HandedIn(visit, by: me, hall)
        guard sent.missing.isEmpty else { return sent.photosFirst }
        let (envelope, photos) = (sent.envelope, sent.photos)
        let ticket = try await Ticket(hall: hall).read(envelope.ticket, for: duty, of: me, at: visit.now)
        do {
            let (outcome, ignored) = try await hall.act(by: desk.actor, at: visit.now, key: sent.key) { act in
                let result = try Walking(act: act).receive(envelope, photos: photos, ticket: ticket, of: duty, at: place, by: me)
                act.act.answer = Self.text(result.outcome, result.ignored, desk.w)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(place)") }
                return result
            }
            return HandedIn.said(Self.text(outcome, ignored, desk.w))
        } catch let replayed as Replayed {
            return HandedIn.said(replayed.answer)
        }
    }

    private static func text(_ outcome: Walking.Outcome, _ ignored: [String], _ w: Words) -> String {
        var members: [String: JSON] = ["ignored": .array(ignored.map { .string($0) })]
        switch outcome {
        case .kept: members["state"] = .string("kept")
        case .done: members["state"] = .string("done")
        case .beside: members["state"] = .string("beside")
        case .late: members["state"] = .string("late")
        case .problems(let problems):
            members["state"] = .string("problems")
            members["problems"] = .array(problems.map { .object(["point": .string($0.field), "sentence": .string(w($0.sentence))]) })
        }
        return JSON.object(members).text
    }

    /// A session that ended while the phone was away: the token it still holds and the PIN of its person begin a new one.
    /// One that was signed out, or of somebody made inactive, cannot come back this way.
    private func renew(_ visit: Visit) async throws -> Reply {
        let token = visit.request.cookie(Shell.cookie) ?? ""
        guard let person = try await Sessions(hall: hall).lapsed(token, at: visit.now) else {
            throw Refusal.signIn
        }
        guard try await Sessions(hall: hall).isPIN(visit.form["pin"], of: person, at: visit.now) else {
            throw Refusal.wrongSecret(Text("PIN 不对，请再试。", "The PIN is not right; please try again."))
        }
        let fresh = try await Sessions(hall: hall).begin(person, at: visit.now)
        guard let (session, _) = try await Sessions(hall: hall).find(fresh, at: visit.now) else { throw Refusal.signIn }
        var reply = HandedIn.said(JSON.object(["person": .string(person), "csrf": .string(session.csrf), "now": .int(visit.now.ms)]).text)
        reply.setCookie(Shell.cookie, fresh, seconds: Sessions.cookieMinutes * 60, isSecure: visit.request.isSecure)
        return reply
    }

    /// Under the root, since a worker serves what lies below it; asked anew each time, as browsers want it.
    private func worker(_ visit: Visit) async throws -> Reply {
        let assets = ["hallkeeper.css", "rounds.js", "photo.js", "board.js"].map { Assets.link($0) }
        let head = "var assets = \(JSON.array(assets.map { .string($0) }).text), offline = \"\(Site.offline.link())\", scans = \"\(Site.scans.link())\";\n"
        return Reply(
            headers: [("content-type", "text/javascript; charset=utf-8"), ("cache-control", "no-cache")],
            body: .bytes(Array((head + (Embedded.files["worker.js"] ?? "")).utf8)))
    }

    private func queue(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(QueuePage(title: desk.w("queue.title")))
    }

    /// What a phone shows for a page it does not hold, while there is no network.
    private func offline(_ visit: Visit) async throws -> Reply {
        .page(Layout.bare(OfflinePage(title: visit.words("offline.title")), visit.words))
    }
}

/// What waits on this phone; the lines are the phone's own and are written there by rounds.js.
struct QueuePage: Page {
    var title: String

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(w("queue.note"))</p>
        <div id="queue" data-empty="\(w("queue.empty"))" data-retry="\(w("queue.retry"))" data-open="\(w("queue.open"))"><noscript><p class="empty">\(w("queue.no-script"))</p></noscript></div>
        <div class="actions"><button type="button" id="queue-send" class="primary" hidden>\(w("queue.send"))</button> <button type="button" id="queue-save" hidden>\(w("queue.save"))</button></div>
        """
    }

    static func samples(_ w: Words) -> [QueuePage] { [QueuePage(title: w("queue.title"))] }
}

struct OfflinePage: Page {
    var title: String

    func body(_ w: Words) -> HTML {
        """
        \(Layout.bar("", w))<div class="sheet"><h1>\(title)</h1><p>\(w("offline.text"))</p><div id="queue" data-empty="\(w("offline.none"))" data-retry="\(w("queue.retry"))" data-open="\(w("queue.open"))"></div><div class="actions"><a class="button primary" href="\(Site.today.link())">\(w("offline.again"))</a></div></div>
        """
    }

    static func samples(_ w: Words) -> [OfflinePage] { [OfflinePage(title: w("offline.title"))] }
}
