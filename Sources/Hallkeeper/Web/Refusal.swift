import Store
import WorkCalendar

/// The one vocabulary of refusals; each is a status and a sentence that says what to do.
enum Refusal: Error, Sendable {
    case invalid(field: String, Text)
    case badRequest(Text)
    case signIn
    case wrongSecret(Text)
    case notAllowed(Text)
    case notFound
    case methodNotAllowed([String])
    case conflict(Text)
    /// A program names a state that is no longer (If-Match).
    case changed(Text)
    case tooEarly(Text)
    case tooLate(Text)
    case tooLarge(Text)
    case unsupported(Text)
    case tooMany(Text)
    case busy
    /// No room is left for what was sent.
    case full
    /// One can read but not save.
    case disk
    /// What was kept is not what it was.
    case damaged

    var status: Int {
        switch self {
        case .badRequest: 400
        case .signIn, .wrongSecret: 401
        case .notAllowed: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .tooLate: 410
        case .changed: 412
        case .tooLarge: 413
        case .unsupported: 415
        case .invalid, .tooEarly: 422
        case .tooMany: 429
        case .damaged: 500
        case .busy, .disk: 503
        case .full: 507
        }
    }

    var sentence: Text {
        switch self {
        case .invalid(_, let text), .badRequest(let text), .wrongSecret(let text), .notAllowed(let text), .conflict(let text), .changed(let text),
            .tooEarly(let text), .tooLate(let text), .tooLarge(let text), .unsupported(let text), .tooMany(let text):
            text
        case .signIn: Text("请先登录。", "Please sign in first.")
        case .notFound: Text("这里没有你要找的内容，可能已移走，或者不归你看。", "There is nothing here, or it is not yours to see.")
        case .methodNotAllowed: Text("这个地址不能这样用，请从页面上的按钮进入。", "This address is not used that way; please use the buttons on the pages.")
        case .busy: Text("现在太忙，请过一会儿再试。你填的内容还在上一页。", "Too busy just now; please try again shortly. What you typed is on the page before.")
        case .full: Text("磁盘满了，刚才的内容没有存上。你填的还在上一页；请告诉管理员腾出空间，再提交一次。", "The disk is full; what you sent was not kept. It is still on the page before: please tell the administrator to make room, then send it again.")
        case .disk: Text("现在只能看，不能存：数据所在的磁盘写不进去。你填的还在上一页；请告诉管理员，稍后再提交一次。", "Just now one can read but not save: the disk with the data takes no writes. What you typed is on the page before; please tell the administrator and send it again later.")
        case .damaged: Text("这里存的内容坏了，和当初存进来的不一样，所以不显示。请告诉管理员，可从备份中找回。", "What is kept here was damaged and is not what was once saved, so it is not shown. Please tell the administrator: a backup may have it.")
        }
    }
}

/// A refusal as other programs read it (RFC 9457).
enum Problem {
    private static let titles = [
        400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed", 409: "Conflict", 410: "Too late", 412: "Changed meanwhile", 413: "Too large",
        415: "Unsupported media type", 422: "Not valid", 429: "Too many requests", 500: "Fault", 503: "Too busy",
    ]

    /// The reply with its sentence and, where fields are wrong, a sentence for each.
    static func reply(_ status: Int, _ sentence: String, _ fields: [(field: String, sentence: String)] = []) -> Reply {
        var members: [String: JSON] = ["type": .string("about:blank"), "title": .string(titles[status] ?? "Refused"), "status": .int(Int64(status)), "detail": .string(sentence)]
        if !fields.isEmpty { members["errors"] = .array(fields.map { .object(["field": .string($0.field), "detail": .string($0.sentence)]) }) }
        var reply = Reply(status: status, headers: [("content-type", "application/problem+json; charset=utf-8")], body: .bytes(Array(JSON.object(members).text.utf8)))
        reply.set("cache-control", "no-store")
        if status == 401 { reply.set("www-authenticate", "Bearer") }
        return reply
    }

    /// Whether whoever asks reads problems: the API of other programs.
    static func isRead(at path: String) -> Bool { path.hasPrefix("/api/v1/") || path == "/api/v1" }
}
