import Foundation
import Logging
import Store
import WorkCalendar

/// The way of every request: found on the map, allowed or refused, answered, dressed.
struct Shell: Sendable {
    let hall: Hallkeeper
    let site: [Entry]
    /// The map by the first word of an address and its length.
    private let index: [Route.Kin: [Entry]]
    private let hurry = Hurry()
    static let cookie = "hk"
    /// After this long somebody is told to try again; what was begun ends by itself.
    var deadline: Duration = .seconds(30)

    init(hall: Hallkeeper, site: [Entry], deadline: Duration = .seconds(30)) {
        (self.hall, self.site, self.deadline) = (hall, site, deadline)
        index = Dictionary(grouping: site, by: \.route.kin)
    }

    /// The entry and parameters of a request; throws 404, or 405 with what the address can be used for.
    func find(_ method: String, _ path: String) throws -> (Entry, [String]) {
        let segments = path.split(separator: "/").map(String.init)
        let asked = method == "HEAD" ? "GET" : method
        var others: [String] = []
        let kin = [segments.first ?? "", ":"].lazy.compactMap { index[Route.Kin(first: $0, count: segments.count)] }
        for entry in kin.joined() {
            guard let parameters = entry.route.match(segments) else { continue }
            if entry.method == asked { return (entry, parameters) }
            others.append(entry.method)
        }
        throw others.isEmpty ? Refusal.notFound : Refusal.methodNotAllowed(others)
    }

    func respond(to request: Request) async -> Reply {
        let started = ContinuousClock.now
        let id = request.id.isEmpty ? Hash.hex(hall.chance(6)) : request.id
        var pattern = "-"
        var reply: Reply
        do {
            let (entry, parameters) = try find(request.method, request.path)
            pattern = entry.route.pattern
            reply = try await RequestMark.$id.withValue(id) {
                try await hurry.answer(within: deadline) { try await answer(request, entry, parameters) }
            }
        } catch {
            reply = await refuse(error, request, id)
        }
        dress(&reply, request, id)
        let passed = started.duration(to: .now)
        hall.metrics.observe(
            .requests, "method=\"\(Self.known(request.method))\",route=\"\(pattern)\",status=\"\(reply.status)\"", passed.inSeconds)
        hall.log.info(
            "request",
            metadata: [
                "id": "\(id)", "method": "\(request.method)", "route": "\(pattern)", "status": "\(reply.status)",
                "ms": "\(passed.inMilliseconds)",
            ])
        return reply
    }

    /// Of the methods anybody may make up, those there are.
    private static func known(_ method: String) -> String { ["GET", "HEAD", "POST", "PUT", "DELETE"].contains(method) ? method : "other" }

    private func answer(_ request: Request, _ entry: Entry, _ parameters: [String]) async throws -> Reply {
        let now = hall.clock.now
        guard request.body.count <= entry.bodyLimit else { throw Self.tooLarge(entry.bodyLimit) }
        var visit = Visit(
            request: request, parameters: parameters, form: Submitted(), now: now, words: words(request, nil), zone: hall.zone)
        if let token = request.cookie(Self.cookie), !token.isEmpty, let (session, viewer) = try await Sessions(hall: hall).find(token, at: now) {
            visit.session = session
            visit.viewer = viewer
            visit.words = words(request, viewer, group: entry.group)
        }
        if let flash = request.cookie("flash"), request.isNavigation, let text = flash.removingPercentEncoding { visit.flash = text }
        let isUnsafe = request.method != "GET" && request.method != "HEAD"
        if isUnsafe {
            try sameOrigin(request)
            visit.form = try Submitted(request)
        }
        switch entry.permission {
        case .anyone, .device: break
        case .watchman: guard hall.watchman.admits(request) else { throw Refusal.signIn }
        case .signedIn:
            guard visit.viewer != nil else { return try carry(visit, entry) }
        case .may(let permission):
            guard let viewer = visit.viewer else { return try carry(visit, entry) }
            guard viewer.may(permission) else {
                throw Refusal.notAllowed(Text("你的岗位看不到这一页。需要的话请找管理员。", "Your role does not open this page. Ask the administrator if you need it."))
            }
        }
        if isUnsafe, let session = visit.session, entry.permission != .anyone {
            guard visit.form["csrf"] == session.csrf || request.headers["x-csrf"] == session.csrf else {
                throw Refusal.badRequest(Text("这一页打开太久了，请返回刷新后再提交。", "This page has been open too long; please go back, reload and send again."))
            }
        }
        return try await PhotoPass.$key.withValue(visit.session?.csrf ?? "") { [visit] in try await entry.handler(visit) }
    }

    /// Not signed in: a page leads to sign-in and back; what was typed comes along.
    private func carry(_ visit: Visit, _ entry: Entry) throws -> Reply {
        guard entry.group == .staff else { throw Refusal.signIn }
        if visit.request.method == "GET" || visit.request.method == "HEAD" {
            return .redirect(Site.signIn.link() + "?next=" + Submitted.encode(visit.request.target))
        }
        let page = SignInPage(next: visit.request.target, carried: SignInPage.carried(visit.form), demo: [], problem: nil)
        return .page(Layout.bare(page, visit.words), status: 401)
    }

    /// Browsers say where a form comes from; another site's form is refused. `null` is what a sandboxed frame says.
    private func sameOrigin(_ request: Request) throws {
        let refusal = Refusal.badRequest(Text("请从本系统的页面提交。", "Please send this from this system's own pages."))
        let site = request.headers["sec-fetch-site"]
        if let site, !["same-origin", "none"].contains(site) { throw refusal }
        guard let origin = request.headers["origin"], site != "same-origin" || origin != "null" else { return }
        let host = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last.map(String.init)
        guard host == request.headers["host"] else { throw refusal }
    }

    static func tooLarge(_ limit: Int) -> Refusal {
        .tooLarge(Text("太大了，最多 \(limit >> 20) MB。请换小一点的照片。", "Too large: \(limit >> 20) MB at most. Please send a smaller photo."))
    }

    /// The language of who is signed in, else of the cookie, else the first the browser asks for that there is. On the public's
    /// pages the cookie comes first: the customer at the counter chooses, whoever is signed in there.
    func words(_ request: Request, _ viewer: Viewer?, group: Entry.Group = .staff) -> Words {
        let chosen = request.cookie("lang").flatMap(Language.init(rawValue:))
        if group == .publicly, let chosen { return Words.of(chosen) }
        if let viewer { return Words.of(viewer.person.language) }
        if let chosen { return Words.of(chosen) }
        for asked in (request.headers["accept-language"] ?? "").lowercased().split(separator: ",") {
            let tag = asked.drop { $0 == " " }
            if tag.hasPrefix("zh") { return Words.of(.zh) }
            if tag.hasPrefix("en") { return Words.of(.en) }
        }
        return Words.of(.zh)
    }
}
