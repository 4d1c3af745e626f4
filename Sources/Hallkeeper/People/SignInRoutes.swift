import Store
import WorkCalendar

/// In, out, and quickly over to a colleague on a shared counter PC.
struct SignInRoutes: Sendable {
    let hall: Hallkeeper

    var entries: [Entry] {
        [
            Entry("GET", Site.signIn, .anyone, show), Entry("POST", Site.signIn, .anyone, signIn),
            Entry("POST", Site.signOut, .signedIn, signOut), Entry("GET", Site.language, .anyone, language),
            Entry("POST", Site.handOverCounter, .signedIn, switchPerson),
        ]
    }

    /// Only the demo says whom to try; its database alone has these sign-ins.
    private func demo(_ w: Words) async throws -> [SignInPage.Try] {
        guard hall.clock.isMadeUp else { return [] }
        return try await DemoWorld.tries(hall, w)
    }

    private func show(_ visit: Visit) async throws -> Reply {
        if try await hall.store.read({ tx in try tx.one("select 1 as one from person limit 1") == nil }) { return .redirect(Site.setUp.link()) }
        return .page(Layout.bare(SignInPage(next: safe(visit.request.query["next"] ?? ""), carried: [], demo: try await demo(visit.words), problem: nil), visit.words))
    }

    /// Only ways inside this system.
    private func safe(_ next: String) -> String {
        next.hasPrefix("/") && !next.hasPrefix("//") && !next.contains("\\") ? next : Site.today.link()
    }

    private func signIn(_ visit: Visit) async throws -> Reply {
        let login = visit.form["login"]
        let next = safe(visit.form["next"])
        let carried = visit.form.fields.filter { $0.0.hasPrefix("carry.") }.map { (String($0.0.dropFirst("carry.".count)), $0.1) }
        do {
            guard hall.limits.signIn.allows("in:" + visit.request.remote, perMinute: 60, at: visit.now) else {
                throw Refusal.tooMany(Text("试得太快，请过一分钟再试。", "Too many tries; please wait a minute."))
            }
            let person = try await Sessions(hall: hall).signIn(login: login, password: visit.form["password"], at: visit.now)
            return try await welcome(person.id, visit, next: next, carried: carried)
        } catch let refusal as Refusal {
            let page = SignInPage(
                next: next, carried: carried, demo: try await demo(visit.words), problem: visit.words(refusal.sentence), login: login)
            return .page(Layout.bare(page, visit.words), status: refusal.status)
        }
    }

    private func welcome(_ person: Person.ID, _ visit: Visit, next: String, carried: [(String, String)]) async throws -> Reply {
        let token = try await Sessions(hall: hall).begin(person, at: visit.now)
        guard let (session, viewer) = try await Sessions(hall: hall).find(token, at: visit.now) else { throw Refusal.signIn }
        var reply: Reply
        if carried.isEmpty {
            reply = .redirect(next)
        } else {
            let words = Words.of(viewer.person.language)
            let shown = try await Carried(hall: hall, words: words).shown(carried, for: next, at: visit.now)
            reply = .page(Layout.bare(CarryPage(path: next, fields: carried, shown: shown, csrf: session.csrf), words))
        }
        reply.setCookie(Shell.cookie, token, seconds: Sessions.cookieMinutes * 60, isSecure: visit.request.isSecure)
        return reply
    }

    /// Has the browser let go of pages and photos it kept of whoever leaves. Not of its store: rounds not sent yet are there.
    private static let forget = "clear-site-data"

    private func signOut(_ visit: Visit) async throws -> Reply {
        if let session = visit.session { try await Sessions(hall: hall).end(session.id, at: visit.now) }
        var reply = Reply.redirect(Site.signIn.link())
        reply.set(Self.forget, "\"cache\"")
        reply.setCookie(Shell.cookie, "", seconds: 0, isSecure: visit.request.isSecure)
        return reply
    }

    /// The PIN switch: the former person's session ends, nothing of theirs is shown to the next.
    private func switchPerson(_ visit: Visit) async throws -> Reply {
        let (next, now) = (visit.form["person"], visit.now)
        let places = try visit.who().roles.map(\.place)
        // A PIN is short: it opens the sessions of whoever works here, nobody else's.
        let isColleague = try await hall.store.read { [hall] tx in try Roster(tx: tx).colleagues(at: places, on: hall.zone.day(of: now)).contains { $0.id == next } }
        guard isColleague else { throw Refusal.notAllowed(Text("只能换成在这里工作的同事。", "Only a colleague who works here can take over.")) }
        guard try await Sessions(hall: hall).isPIN(visit.form["pin"], of: next, at: visit.now) else {
            throw Refusal.wrongSecret(Text("PIN 不对，请再试。", "The PIN is not right; please try again."))
        }
        if let session = visit.session { try await Sessions(hall: hall).end(session.id, at: visit.now) }
        var reply = try await welcome(next, visit, next: Site.today.link(), carried: [])
        reply.set(Self.forget, "\"cache\"")
        return reply
    }

    private func language(_ visit: Visit) async throws -> Reply {
        guard let language = Language(rawValue: visit[0]) else { throw Refusal.notFound }
        // Back to the page it was asked on: only to ours that need no account.
        let back = visit.request.query["to"] ?? ""
        let isOurs = [Site.service.link(), Site.track.link()].contains { back == $0 || back.hasPrefix($0 + "/") }
        var reply = Reply.redirect(isOurs && !back.contains("//") ? back : Site.signIn.link())
        reply.setCookie("lang", language.rawValue, seconds: 31_536_000, isSecure: visit.request.isSecure)
        return reply
    }
}
