import Foundation
import Store
import WorkCalendar

/// Where reminders of a place go besides inboxes: the robot of a group (WeCom, DingTalk) or another program. What is sent
/// holds what is owed, where, by when and a link; never who or what a customer said.
struct Outlet: Sendable {
    enum Kind: String, Sendable, CaseIterable { case wecom, dingtalk, webhook }
    var id: String
    var place: Place.ID
    var kind: Kind
    var address: String
    var secret: String
    /// Only what is urgent.
    var isUrgent: Bool
    /// Where our own links begin.
    var origin: String

    init(row: Row) throws {
        (id, place, address) = (try row.text("id"), try row.text("place"), try row.text("address"))
        (secret, origin, isUrgent) = (try row.text("secret"), try row.text("origin"), try row.int("urgent") != 0)
        kind = Kind(rawValue: try row.text("kind")) ?? .webhook
    }

    static func all(at place: Place.ID, _ tx: any Reading) throws -> [Outlet] {
        try tx.rows("select * from outlet where place = \(place) and ended is null order by made, id").map(Outlet.init(row:))
    }

    /// An address messages may go to: https, or http to this machine itself (a relay beside us).
    static func check(_ text: String) throws -> String {
        let sentence = Text("地址以 https:// 开头。", "The address begins with https://.")
        guard text.utf8.count <= 500, let url = URL(string: text), let host = url.host(), !host.isEmpty, url.user() == nil else { throw FormProblems(fields: [("address", sentence)]) }
        guard url.scheme == "https" || (url.scheme == "http" && ["127.0.0.1", "localhost"].contains(host)) else { throw FormProblems(fields: [("address", sentence)]) }
        return text
    }

    /// Puts a message for each outlet of the duty's places, in the act that tells people. Misconduct goes nowhere.
    static func tell(of duty: Duty, step: Int, isUrgent: Bool, _ act: HallAct) throws {
        guard !duty.subject.hasPrefix("misconduct:") else { return }
        for place in Set([duty.place, duty.seat]).sorted() {
            for outlet in try all(at: place, act.act) where isUrgent || !outlet.isUrgent {
                let (id, now) = (act.act.id().description, act.now)
                try act.act.run("insert into delivery (id, outlet, place, duty, step, state, tries, next_at, note, made) values (\(id), \(outlet.id), \(duty.place), \(duty.id), \(step), 'waiting', 0, \(now), '', \(now))")
            }
        }
    }

    /// The request that carries a text, as its receiver wants it.
    func request(_ text: String, _ members: [String: JSON], at now: Instant) throws -> (url: String, headers: [(String, String)], body: [UInt8]) {
        switch kind {
        case .wecom, .dingtalk:
            let body = JSON.object(["msgtype": .string("text"), "text": .object(["content": .string(text)])]).text
            var url = address
            if kind == .dingtalk, !secret.isEmpty {
                // DingTalk signs the moment with the secret and wants both beside the token.
                let sign = Data(Hash.hmac(Array("\(now.ms)\n\(secret)".utf8), key: Array(secret.utf8))).base64EncodedString()
                url += (url.contains("?") ? "&" : "?") + "timestamp=\(now.ms)&sign=\(Submitted.encode(sign))"
            }
            return (url, [("content-type", "application/json")], Array(body.utf8))
        case .webhook:
            let body = JSON.object(members.merging(["text": .string(text)]) { own, _ in own }).text
            let stamp = String(now.ms / 1000)
            let code = Hash.hex(Hash.hmac(Array((stamp + "." + body).utf8), key: Array(secret.utf8)))
            return (address, [("content-type", "application/json"), ("x-hallkeeper-timestamp", stamp), ("x-hallkeeper-signature", "sha256=" + code)], Array(body.utf8))
        }
    }

    /// Nil when it was taken; else why not. Robots answer 200 to what they refuse and say so in a number.
    func verdict(_ status: Int, _ body: [UInt8]) -> String? {
        guard (200..<300).contains(status) else { return "HTTP \(status)" }
        guard kind != .webhook else { return nil }
        guard let json = try? JSON(parsing: body), case .object(let members) = json, case .int(let code)? = members["errcode"] else { return "no errcode" }
        if code == 0 { return nil }
        if case .string(let why)? = members["errmsg"] { return "\(code) \(why.prefix(120))" }
        return "errcode \(code)"
    }
}
