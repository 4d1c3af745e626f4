import Foundation
import Logging
import Store
import WorkCalendar

/// The way of every request: found on the map, allowed or refused, answered, dressed.
struct Shell: Sendable {
    let hall: Hallkeeper
    let site: [Entry]
    let limit = RateLimit()
    static let cookie = "hk"
    static let deadline: Duration = .seconds(30)

    /// The entry and parameters of a request; throws 404, or 405 with what the address can be used for.
    func find(_ method: String, _ path: String) throws -> (Entry, [String]) {
        let segments = path.split(separator: "/").map(String.init)
        let asked = method == "HEAD" ? "GET" : method
        var others: [String] = []
        for entry in site {
            guard let parameters = entry.route.match(segments) else { continue }
            if entry.method == asked { return (entry, parameters) }
            others.append(entry.method)
        }
        throw others.isEmpty ? Refusal.notFound : Refusal.methodNotAllowed(others)
    }

    func respond(to request: Request) async -> Reply {
        let started = ContinuousClock.now
        let id = Hash.hex(hall.chance(6))
        var pattern = "-"
        var reply: Reply
        do {
            let (entry, parameters) = try find(request.method, request.path)
            pattern = entry.route.pattern
            reply = try await withDeadline { try await answer(request, entry, parameters) }
        } catch {
            reply = await refuse(error, request, id)
        }
        dress(&reply, request, id)
        let passed = started.duration(to: .now).components
        hall.log.info(
            "request",
            metadata: [
                "id": "\(id)", "method": "\(request.method)", "route": "\(pattern)", "status": "\(reply.status)",
                "ms": "\(passed.seconds * 1000 + passed.attoseconds / 1_000_000_000_000_000)",
            ])
        return reply
    }

    private func withDeadline(_ body: @escaping @Sendable () async throws -> Reply) async throws -> Reply {
        try await withThrowingTaskGroup(of: Reply.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: Self.deadline)
                throw Refusal.busy
            }
            guard let first = try await group.next() else { throw Refusal.busy }
            group.cancelAll()
            return first
        }
    }

    private func answer(_ request: Request, _ entry: Entry, _ parameters: [String]) async throws -> Reply {
        let now = hall.clock.now
        guard request.body.count <= entry.bodyLimit else { throw Self.tooLarge(entry.bodyLimit) }
        var visit = Visit(
            request: request, parameters: parameters, form: Submitted(), now: now, words: words(request, nil), zone: hall.zone)
        if let token = request.cookies[Self.cookie], !token.isEmpty, let (session, viewer) = try await Sessions(hall: hall).find(token, at: now) {
            visit.session = session
            visit.viewer = viewer
            visit.words = words(request, viewer)
        }
        if let flash = request.cookies["flash"], let text = flash.removingPercentEncoding { visit.flash = text }
        let isUnsafe = request.method != "GET" && request.method != "HEAD"
        if isUnsafe {
            try sameOrigin(request)
            visit.form = try Submitted(request)
        }
        switch entry.permission {
        case .anyone, .device: break
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
        return try await entry.handler(visit)
    }

    /// Not signed in: a page leads to sign-in and back; what was typed comes along.
    private func carry(_ visit: Visit, _ entry: Entry) throws -> Reply {
        guard entry.group == .staff else { throw Refusal.signIn }
        if visit.request.method == "GET" || visit.request.method == "HEAD" {
            return .redirect(Site.signIn.link() + "?next=" + Submitted.encode(visit.request.target))
        }
        let page = SignInPage(next: visit.request.path, carried: SignInPage.carried(visit.form), demo: [], problem: nil)
        return .page(Layout.bare(page, visit.words), status: 401)
    }

    /// Browsers say where a form comes from; another site's form is refused.
    private func sameOrigin(_ request: Request) throws {
        let refusal = Refusal.badRequest(Text("请从本系统的页面提交。", "Please send this from this system's own pages."))
        if let site = request.headers["sec-fetch-site"], !["same-origin", "none"].contains(site) { throw refusal }
        if let origin = request.headers["origin"], origin != "null" {
            let host = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last.map(String.init)
            guard host == request.headers["host"] else { throw refusal }
        }
    }

    static func tooLarge(_ limit: Int) -> Refusal {
        .tooLarge(Text("太大了，最多 \(limit >> 20) MB。请换小一点的照片。", "Too large: \(limit >> 20) MB at most. Please send a smaller photo."))
    }

    private func words(_ request: Request, _ viewer: Viewer?) -> Words {
        if let viewer { return Words.of(viewer.person.language) }
        if let cookie = request.cookies["lang"], let language = Language(rawValue: cookie) { return Words.of(language) }
        let asked = request.headers["accept-language"] ?? ""
        return Words.of(asked.hasPrefix("en") ? .en : .zh)
    }

    /// Every error becomes a status and a sentence here; details go to the log only.
    private func refuse(_ error: any Error, _ request: Request, _ id: String) async -> Reply {
        let refusal: Refusal
        switch error {
        case let own as Refusal: refusal = own
        case let problems as FormProblems:
            refusal = .invalid(field: problems.fields.first?.field ?? "", problems.fields.first?.sentence ?? Text("请再看一遍。", "Please look again."))
        case let replayed as Replayed where !replayed.answer.isEmpty: return .redirect(replayed.answer)
        case is Replayed: return .redirect(Site.today.link())
        case let fault as Fault where fault.kind == .conflict:
            refusal = .conflict(Text("这份表单已经提交过，内容不同。请刷新后再填。", "This form was sent before with other content. Please reload and fill it in again."))
        case let fault as Fault where fault.kind == .busy: refusal = .busy
        default:
            hall.log.error("request failed", metadata: ["id": "\(id)", "error": "\(error)"])
            let words = words(request, nil)
            return .page(Layout.bare(RefusalPage(status: 500, sentence: words("error.500", ["id": id])), words), status: 500)
        }
        if case .signIn = refusal, !request.path.hasPrefix("/api/"), request.headers["accept"]?.contains("json") != true, request.method == "GET" {
            return .redirect(Site.signIn.link())
        }
        let words: Words
        if let token = request.cookies[Self.cookie], let found = try? await Sessions(hall: hall).find(token, at: hall.clock.now) {
            words = Words.of(found.1.person.language)
        } else {
            words = self.words(request, nil)
        }
        var reply: Reply
        if request.path.hasPrefix("/api/") || request.headers["accept"]?.hasPrefix("application/json") == true {
            let body = JSON.object(["error": .string(words(refusal.sentence)), "status": .int(Int64(refusal.status))])
            reply = .json(body.text, status: refusal.status)
        } else {
            reply = .page(Layout.bare(RefusalPage(status: refusal.status, sentence: words(refusal.sentence)), words), status: refusal.status)
        }
        if case .methodNotAllowed(let methods) = refusal { reply.set("allow", methods.joined(separator: ", ")) }
        return reply
    }

    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"

    /// Headers every reply has, an ETag, and gzip where it helps.
    private func dress(_ reply: inout Reply, _ request: Request, _ id: String) {
        reply.set("content-security-policy", Self.policy)
        reply.set("x-content-type-options", "nosniff")
        reply.set("referrer-policy", "same-origin")
        reply.set("x-request-id", id)
        if request.isSecure { reply.set("strict-transport-security", "max-age=31536000") }
        if reply.header("cache-control") == nil { reply.set("cache-control", "private, no-cache") }
        if request.cookies["flash"] != nil, reply.status == 200, reply.header("content-type")?.hasPrefix("text/html") == true {
            reply.setCookie("flash", "", seconds: 0, isSecure: request.isSecure)
        }
        guard case .bytes(let bytes) = reply.body else { return }
        if reply.status == 200, request.method == "GET" || request.method == "HEAD", !bytes.isEmpty {
            let tag = "W/\"\(Hash.hex(Hash.sha256(bytes)).prefix(16))\""
            reply.set("etag", tag)
            if request.headers["if-none-match"] == tag {
                reply.status = 304
                reply.body = .bytes([])
                return
            }
        }
        let type = reply.header("content-type") ?? ""
        let isText = type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("image/svg")
        if isText, bytes.count > 1024, request.headers["accept-encoding"]?.contains("gzip") == true, let packed = Compression.gzip(bytes) {
            reply.body = .bytes(packed)
            reply.set("content-encoding", "gzip")
            reply.set("vary", "accept-encoding")
        }
    }
}
