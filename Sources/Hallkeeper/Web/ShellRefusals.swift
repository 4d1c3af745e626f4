import Store
import WorkCalendar

/// Every error becomes a status and a sentence here, as a page or, for programs, as JSON; details go to the log only.
extension Shell {
    /// What is said about an error; nil when it is a fault of ours, which is not said.
    private func refusal(_ error: any Error) -> Refusal? {
        switch error {
        case let own as Refusal: return own
        case let problems as FormProblems:
            let first = problems.fields.first
            return .invalid(field: first?.field ?? "", first?.sentence ?? Text("请再看一遍。", "Please look again."))
        case let fault as Fault where fault.kind == .conflict:
            return .conflict(
                Text("这份表单已经提交过，内容不同。请刷新后再填。", "This form was sent before with other content. Please reload and fill it in again."))
        case let fault as Fault: return Self.refusal(fault)
        default: return nil
        }
    }

    /// A store that is away, full or broken is said so; everything else of it is a fault of ours.
    private static func refusal(_ fault: Fault) -> Refusal? {
        switch fault.kind {
        case .busy, .connection, .commitUnknown: .busy
        case .full: .full
        case .disk, .unsynced: .disk
        case .damaged: .damaged
        default: nil
        }
    }

    func refuse(_ error: any Error, _ request: Request, _ id: String) async -> Reply {
        // Sent twice and done once: the second gets the first one's answer.
        if let replayed = error as? Replayed {
            return .redirect(replayed.answer.isEmpty ? Site.today.link() : replayed.answer)
        }
        let words = await wordsOfWhoever(request)
        guard let refusal = refusal(error) else {
            hall.log.error("request failed", metadata: ["id": "\(id)", "error": "\(error)"])
            return await said(words("error.500", ["id": id]), status: 500, [], request, words)
        }
        // Told kindly to whoever asked, and in full to whoever keeps the machine.
        if let fault = error as? Fault, refusal.status >= 500 { hall.log.error("the store refused", metadata: ["id": "\(id)", "error": "\(fault)"]) }
        if case .signIn = refusal, !isProgram(request), request.method == "GET" || request.method == "HEAD" {
            return .redirect(Site.signIn.link())
        }
        var fields: [(field: String, sentence: Text)] = []
        if case .invalid(let field, let sentence) = refusal, !field.isEmpty { fields = [(field, sentence)] }
        if let problems = error as? FormProblems { fields = problems.fields }
        var reply = await said(words(refusal.sentence), status: refusal.status, fields, request, words)
        if case .methodNotAllowed(let methods) = refusal { reply.set("allow", (methods.contains("GET") ? ["HEAD"] + methods : methods).sorted().joined(separator: ", ")) }
        if [503, 507].contains(refusal.status) { reply.set("retry-after", "5") }
        if case .tooMany = refusal { reply.set("retry-after", "60") }
        return reply
    }

    private func said(
        _ sentence: String, status: Int, _ fields: [(field: String, sentence: Text)], _ request: Request, _ words: Words
    ) async -> Reply {
        guard isProgram(request) else {
            if let framed = await framed(RefusalPage(status: status, sentence: sentence), status: status, request) { return framed }
            return .page(Layout.bare(RefusalPage(status: status, sentence: sentence), words), status: status)
        }
        if Problem.isRead(at: request.path) { return Problem.reply(status, sentence, fields.map { ($0.field, words($0.sentence)) }) }
        var body: [String: JSON] = ["error": .string(sentence), "status": .int(Int64(status))]
        if !fields.isEmpty {
            let said = fields.map { ($0.field, JSON.string(words($0.sentence))) }
            body["fields"] = .object(Dictionary(said, uniquingKeysWith: { first, _ in first }))
        }
        return .json(JSON.object(body).text, status: status)
    }

    /// Whoever is signed in keeps the way on to every other page.
    private func framed(_ page: RefusalPage, status: Int, _ request: Request) async -> Reply? {
        let now = hall.clock.now
        guard let token = request.cookie(Self.cookie), !token.isEmpty,
            let (session, viewer) = try? await Sessions(hall: hall).find(token, at: now)
        else { return nil }
        var visit = Visit(request: request, parameters: [], form: Submitted(), now: now, words: words(request, viewer), zone: hall.zone)
        (visit.session, visit.viewer) = (session, viewer)
        return try? await Desk(hall, visit).page(page, status: status)
    }

    /// Programs want JSON: those of the API, and those that say so.
    private func isProgram(_ request: Request) -> Bool {
        request.path.hasPrefix("/api/") || request.path == Site.metrics.pattern || request.headers["accept"]?.hasPrefix("application/json") == true
    }

    private func wordsOfWhoever(_ request: Request) async -> Words {
        guard let token = request.cookie(Self.cookie), !token.isEmpty,
            let found = try? await Sessions(hall: hall).find(token, at: hall.clock.now)
        else { return words(request, nil) }
        return words(request, found.1)
    }
}
