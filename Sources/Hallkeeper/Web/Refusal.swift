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
    case tooEarly(Text)
    case tooLate(Text)
    case tooLarge(Text)
    case unsupported(Text)
    case tooMany(Text)
    case busy
    /// No room on the disk.
    case full
    /// The disk takes nothing.
    case disk

    var status: Int {
        switch self {
        case .badRequest: 400
        case .signIn, .wrongSecret: 401
        case .notAllowed: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .conflict: 409
        case .tooLate: 410
        case .tooLarge: 413
        case .unsupported: 415
        case .invalid, .tooEarly: 422
        case .tooMany: 429
        case .busy, .disk: 503
        case .full: 507
        }
    }

    var sentence: Text {
        switch self {
        case .invalid(_, let text), .badRequest(let text), .wrongSecret(let text), .notAllowed(let text), .conflict(let text),
            .tooEarly(let text), .tooLate(let text), .tooLarge(let text), .unsupported(let text), .tooMany(let text):
            text
        case .signIn: Text("请先登录。", "Please sign in first.")
        case .notFound: Text("这里没有你要找的内容，可能已移走，或者不归你看。", "There is nothing here, or it is not yours to see.")
        case .methodNotAllowed: Text("这个地址不能这样用，请从页面上的按钮进入。", "This address is not used that way; please use the buttons on the pages.")
        case .full: Text("磁盘满了，刚才的没有保存。请告诉管理员；你填的内容还在上一页。", "The disk is full; nothing was saved. Please tell the administrator; what you typed is on the page before.")
        case .disk: Text("磁盘写不进去，刚才的没有保存。请告诉管理员；你填的内容还在上一页。", "The disk cannot be written; nothing was saved. Please tell the administrator; what you typed is on the page before.")
        case .busy: Text("现在太忙，请过一会儿再试。你填的内容还在上一页。", "Too busy just now; please try again shortly. What you typed is on the page before.")
        }
    }
}
