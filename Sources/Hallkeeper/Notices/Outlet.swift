import Foundation
import Store
import WorkCalendar

/// Where reminders of a place go besides inboxes: the robot of a group (WeCom, DingTalk), another program, or the mail of whoever
/// is on duty. What is sent holds what is owed, where, by when and a link; never who or what a customer said.
struct Outlet: Sendable {
    enum Kind: String, Sendable, CaseIterable { case wecom, dingtalk, webhook, mail }
    /// Which reminders: all, only what is urgent, only what is not.
    enum Class: Int, Sendable, CaseIterable { case all = 0, urgent = 1, ordinary = 2 }
    var id: String
    var place: Place.ID
    var kind: Kind
    /// Of mail: a mailbox of the unit, or "" for those who are told, each at their own.
    var address: String
    var secret: String
    var takes: Class
    /// Where our own links begin.
    var origin: String

    init(row: Row) throws {
        (id, place, address) = (try row.text("id"), try row.text("place"), try row.text("address"))
        (secret, origin) = (try row.text("secret"), try row.text("origin"))
        takes = Class(rawValue: Int(try row.int("urgent"))) ?? .all
        kind = Kind(rawValue: try row.text("kind")) ?? .webhook
    }

    static func all(at place: Place.ID, _ tx: any Reading) throws -> [Outlet] {
        try tx.rows("select * from outlet where place = \(place) and ended is null order by made, id").map(Outlet.init(row:))
    }

    /// An address messages may go to: https; a host the operator names as one of the company's own network also by http.
    /// That no other private address is reached is looked at anew where the connection is made.
    static func check(_ text: String, _ reach: Reach) throws -> String {
        let sentence = Text("地址以 https:// 开头。", "The address begins with https://.")
        guard text.utf8.count <= 500, let url = URL(string: text), let host = url.host(), !host.isEmpty, url.user() == nil, text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else {
            throw FormProblems(fields: [("address", sentence)])
        }
        guard url.scheme == "https" || (url.scheme == "http" && reach.isInside(host)) else { throw FormProblems(fields: [("address", sentence)]) }
        return text
    }

    private func takes(urgent: Bool) -> Bool { takes == .all || (takes == .urgent) == urgent }

    /// Puts a message for each outlet of the duty's places, in the act that tells people: to its address, or to the mail of
    /// those who were told. Misconduct goes nowhere.
    static func tell(of duty: Duty, step: Int, isUrgent: Bool, to people: [Person.ID], _ act: HallAct) throws {
        guard !duty.subject.hasPrefix("misconduct:") else { return }
        try tell(at: [duty.place, duty.seat], about: duty.id, kept: duty.place, step: step, isUrgent: isUrgent, to: people, act)
    }

    /// The same of a role nobody fills; `mark` says which and when.
    static func tell(ofRole mark: Duty.ID, at place: Place.ID, isUrgent: Bool, to people: [Person.ID], _ act: HallAct) throws {
        try tell(at: [place], about: mark, kept: place, step: 0, isUrgent: isUrgent, to: people, act)
    }

    private static func tell(at places: [Place.ID], about duty: Duty.ID, kept: Place.ID, step: Int, isUrgent: Bool, to people: [Person.ID], _ act: HallAct) throws {
        for place in Set(places).sorted() {
            for outlet in try all(at: place, act.act) where outlet.takes(urgent: isUrgent) {
                var receivers = [""]
                var (state, note) = ("waiting", "")
                if outlet.kind == .mail, outlet.address.isEmpty {
                    receivers = try people.filter { try !PersonMail.address(of: $0, act.act).isEmpty }
                    // A reminder that reaches nobody is seen in the log, not passed over.
                    if receivers.isEmpty { (receivers, state, note) = ([""], "failed", "nobody who was told has a mail address") }
                }
                for person in receivers {
                    let (id, now) = (act.act.id().description, act.now)
                    try act.act.run("""
                        insert into delivery (id, outlet, place, duty, step, state, tries, next_at, note, made, person, urgent)
                        values (\(id), \(outlet.id), \(kept), \(duty), \(step), \(state), 0, \(now), \(note), \(now), \(person), \(isUrgent ? 1 : 0))
                        """)
                }
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
        case .webhook: return Self.signed(address, JSON.object(members.merging(["text": .string(text)]) { own, _ in own }), secret, at: now)
        // Goes by SMTP, not by a request.
        case .mail: throw Fault(.other, "mail is no request")
        }
    }

    /// A request another program can check: HMAC-SHA256 of `timestamp.body` under the secret both know.
    static func signed(_ address: String, _ json: JSON, _ secret: String, at now: Instant) -> (url: String, headers: [(String, String)], body: [UInt8]) {
        let (body, stamp) = (json.text, String(now.ms / 1000))
        let code = Hash.hex(Hash.hmac(Array((stamp + "." + body).utf8), key: Array(secret.utf8)))
        return (address, [("content-type", "application/json"), ("x-hallkeeper-timestamp", stamp), ("x-hallkeeper-signature", "sha256=" + code)], Array(body.utf8))
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
