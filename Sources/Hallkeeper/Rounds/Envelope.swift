import Store
import WorkCalendar

/// What a phone sends of a round: some or all points, with its own times. Everything in it is only claimed.
struct Envelope: Sendable, Equatable {
    struct Picture: Sendable, Equatable {
        /// SHA-256 of the file as the phone holds it, in hexadecimal.
        var sha: String
        var taken: Instant
        var isLive: Bool
        var isDrawn: Bool
    }
    struct Point: Sendable, Equatable {
        var id: String
        var value: String
        var severity: String
        var note: String
        var pictures: [Picture]
        var isFixed: Bool
        var at: Instant
    }

    /// The versions a server understands; a phone may hold an old one for a year.
    static let versions: ClosedRange<Int64> = 1...1
    static let mostPoints = 500
    static let longestNote = 4000

    var device: String
    var began: Instant
    var ended: Instant?
    var ticket: String
    var sent: Instant
    /// Whether the round is handed in, or only saved so far.
    var isDone: Bool
    var points: [Point]

    /// Reads one; refuses what is cut short, too long, or of a version not known, in a sentence.
    init(_ bytes: [UInt8]) throws {
        let broken = Refusal.badRequest(Text("这条巡检记录没有传完整，请再发一次。", "This round did not arrive whole; please send it again."))
        guard let json = try? JSON(parsing: bytes), case .object = json else { throw broken }
        guard let version = json["v"]?.int, Self.versions.contains(version) else {
            throw Refusal.unsupported(Text("这条记录的格式太新，系统还不认识，请联系管理员。", "This record is of a newer kind than the system knows; please tell the administrator."))
        }
        func text(_ json: JSON?, _ name: String) -> String { json?[name]?.string ?? "" }
        func moment(_ json: JSON?, _ name: String) -> Instant? { json?[name]?.int.flatMap { (0...8_000_000_000_000).contains($0) ? Instant(ms: $0) : nil } }
        guard let began = moment(json, "began"), let sent = moment(json, "sent"), case .array(let list) = json["points"] ?? .null, list.count <= Self.mostPoints else {
            throw broken
        }
        device = text(json, "device")
        guard (8...64).contains(device.utf8.count), device.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else { throw broken }
        (self.began, self.sent, ended, ticket) = (began, sent, moment(json, "ended"), String(text(json, "ticket").prefix(200)))
        isDone = json["done"] == .bool(true)
        points = try list.map { item in
            guard let at = moment(item, "at"), let id = item["point"]?.string, !id.isEmpty, id.utf8.count <= 100 else { throw broken }
            var pictures: [Picture] = []
            if case .array(let photos) = item["photos"] ?? .null {
                pictures = try photos.prefix(100).map { photo in
                    let sha = text(photo, "sha")
                    guard sha.utf8.count == 64, sha.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { throw broken }
                    return Picture(sha: sha.lowercased(), taken: moment(photo, "taken") ?? at, isLive: photo["live"] == .bool(true), isDrawn: photo["drawn"] == .bool(true))
                }
            }
            let note = text(item, "note")
            guard note.unicodeScalars.count <= Self.longestNote, !note.contains("\0"), text(item, "value").utf8.count <= 4000 else { throw broken }
            return Point(
                id: id, value: text(item, "value"), severity: text(item, "severity"), note: note, pictures: pictures,
                isFixed: item["fixed"] == .bool(true), at: at)
        }
    }
}
