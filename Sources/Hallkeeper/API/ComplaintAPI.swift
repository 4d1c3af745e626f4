import Foundation
import Regulation
import Store
import WorkCalendar

/// `/api/v1`: cases for other programs. The same life, rules and sentences as on the pages; errors as problem+json
/// (RFC 9457); what is sent twice under one key is done once. A program sees every case but misconduct.
struct ComplaintAPI: Sendable {
    let hall: Hallkeeper
    private var limit: RateLimit { hall.limits.api }
    /// So many wrong or missing tokens a minute from one address, before it is told to wait.
    static let mostWrong = 60

    init(hall: Hallkeeper) { self.hall = hall }

    var entries: [Entry] {
        [
            Entry("POST", Site.apiComplaints, .anyone, group: .api) { try await told($0) { try await create($0) } },
            Entry("GET", Site.apiComplaints, .anyone, group: .api) { try await told($0) { try await list($0) } },
            Entry("GET", Site.apiComplaint, .anyone, group: .api) { try await told($0) { try await show($0) } },
            Entry("POST", Site.apiTransitions, .anyone, group: .api) { try await told($0) { try await transition($0) } },
            Entry("POST", Site.apiNotes, .anyone, group: .api) { try await told($0) { try await note($0) } },
            Entry("POST", Site.apiAttachments, .anyone, group: .api, bodyLimit: 12 << 20) { try await told($0) { try await attach($0) } },
            Entry("GET", Site.apiV1Description, .anyone, group: .api) { try await describe($0) },
        ]
    }

    // MARK: - The frame

    /// Whatever goes wrong is said as problem+json, in the language asked for.
    private func told(_ visit: Visit, _ body: (Visit) async throws -> Reply) async throws -> Reply {
        do { return try await body(visit) } catch let replayed as Replayed {
            return Self.stored(replayed.answer)
        } catch let problems as FormProblems {
            return problem(422, visit.words(Text("有几项要改。", "Some of it has to be changed.")), problems.fields, visit)
        } catch let refusal as Refusal {
            if case .invalid(let field, let sentence) = refusal { return problem(422, visit.words(sentence), [(field, sentence)], visit) }
            var reply = problem(refusal.status, visit.words(refusal.sentence), [], visit)
            if refusal.status == 429 { reply.set("retry-after", "60") }
            return reply
        } catch let fault as Fault where fault.kind == .conflict {
            return problem(409, visit.words(Text("这个幂等键用过，内容不同。", "This idempotency key was used with other content.")), [], visit)
        }
    }

    private func problem(_ status: Int, _ sentence: String, _ fields: [(field: String, sentence: Text)], _ visit: Visit) -> Reply {
        Problem.reply(status, sentence, fields.map { ($0.field, visit.words($0.sentence)) })
    }

    private func token(_ visit: Visit, _ scope: String) async throws -> APIToken {
        // Whoever tries tokens is stopped; whoever has one is not stopped for others at the same address.
        guard let token = try await APIToken.find(visit.request, hall, at: visit.now) else {
            throw limit.allows("address:" + visit.request.remote, perMinute: Self.mostWrong, at: visit.now) ? Refusal.signIn : Self.tooMany
        }
        guard hall.apiRate == 0 || limit.allows("token:" + token.name, perMinute: hall.apiRate, at: visit.now) else { throw Self.tooMany }
        guard token.may(scope) else { throw Refusal.notAllowed(Text("这个密钥没有 \(scope) 权限。", "This token lacks the scope \(scope).")) }
        return token
    }
    private static let tooMany = Refusal.tooMany(Text("请求太多了，过一分钟再来。", "Too many requests; try again in a minute."))

    private func key(_ visit: Visit) throws -> IdempotencyKey? {
        guard let sent = visit.request.headers["idempotency-key"] else { return nil }
        guard (1...200).contains(sent.utf8.count) else { throw Refusal.badRequest(Text("Idempotency-Key 要 1 到 200 个字符。", "An Idempotency-Key has 1 to 200 characters.")) }
        return IdempotencyKey(key: "v1:" + Hash.sha256(hex: sent).prefix(40), digest: Hash.hex(Hash.sha256(Array(visit.request.target.utf8) + [0] + visit.request.body)))
    }

    /// The members of a JSON body that are known; what is none is refused.
    private func body(_ visit: Visit, _ known: [String: APIBody.Kind]) throws -> APIBody {
        guard !visit.request.body.isEmpty else { return try APIBody([], known) }
        try media(visit, ["application/json"], Text("正文用 application/json。", "Send the body as application/json."))
        return try APIBody(visit.request.body, known)
    }

    /// What the body says it is, without its parameters; refuses what is not taken here.
    private func media(_ visit: Visit, _ taken: [String], _ sentence: Text) throws {
        let said = (visit.request.headers["content-type"] ?? "").prefix { $0 != ";" }.lowercased().trimmingCharacters(in: .whitespaces)
        guard taken.contains(said) else { throw Refusal.unsupported(sentence) }
    }

    /// An answer that was kept with its act: given again word for word to whoever sends the same again.
    private static func stored(_ answer: String) -> Reply {
        guard case .object(let members)? = try? JSON(parsing: Array(answer.utf8)) else { return Reply.json(answer) }
        let isNew = members["trackingCode"] != nil
        var reply = Reply.json(answer, status: isNew ? 201 : 200)
        if isNew, case .string(let id)? = members["id"] { reply.set("location", Site.apiComplaint.link(id)) }
        reply.set("cache-control", "no-store")
        return reply
    }

    private func describe(_ visit: Visit) async throws -> Reply {
        let day = hall.zone.day(of: visit.now)
        let (book, units) = try await hall.store.read { [hall] tx in
            (
                try hall.packs.inForce(on: day, tx)?.pack.caseBook ?? CaseBook(),
                try tx.rows("select place, code from place where kind = \("unit") and ended is null order by place").flatMap { [try $0.text("code"), try $0.text("place")] }
            )
        }
        return Reply.file(Array(APIDocument.text(book, units: units).utf8), media: "application/yaml; charset=utf-8")
    }

    // MARK: - Acts

    /// Texts of an intake, with how many characters they may have.
    private static let texts: [(name: String, most: Int)] = [
        ("kind", 60), ("channel", 60), ("text", ActInput.longest), ("phone", 60), ("door", 60), ("severity", 60), ("service", 60), ("name", 100), ("address", 500), ("account", 60), ("wish", 2000),
        ("unit", 60), ("outerNumber", 60), ("outerDue", 60), ("promised", 60),
    ]

    private func create(_ visit: Visit) async throws -> Reply {
        let token = try await token(visit, "complaints:write")
        var known = Dictionary(uniqueKeysWithValues: Self.texts.map { ($0.name, APIBody.Kind.text) })
        known["anonymous"] = .flag
        let (sent, key, now) = (try body(visit, known), try key(visit), visit.now)
        var missing: [(field: String, sentence: Text)] = []
        for field in ["kind", "channel", "text"] where !APIBody.isWords(sent[field]) { missing.append((field, Text("缺少 \(field)。", "\(field) is missing."))) }
        let isAnonymous = sent["anonymous"] == "yes"
        if sent.fields["phone"] == nil, !isAnonymous { missing.append(("phone", Text("缺少 phone；匿名的写 anonymous: true。", "phone is missing; say anonymous: true where there is none."))) }
        if let phone = sent.fields["phone"], PhoneNumber.normal(phone) == nil { missing.append(("phone", PhoneNumber.unreadable)) }
        for (field, most) in Self.texts where sent[field].count > most { missing.append((field, Text("太长了，最多 \(most) 个字。", "Too long: \(most) characters at most."))) }
        var moments: [String: Instant] = [:]
        for field in ["outerDue", "promised"] {
            guard let written = sent.fields[field] else { continue }
            if let moment = Instant(rfc3339: written) { moments[field] = moment } else { missing.append((field, Text("时间写成 2026-11-24T10:30:00Z。", "Write the time like 2026-11-24T10:30:00Z."))) }
        }
        guard missing.isEmpty else { throw FormProblems(fields: missing) }
        if let promised = moments["promised"], promised <= now { throw Refusal.conflict(Text("承诺的时间已经过去。", "The time promised has passed already.")) }
        let times = moments
        let tracking = TrackingCode.draw(hall)
        let text = try await hall.act(by: .machine("token:" + token.name), at: now, key: key) { act -> String in
            var intake = Intake()
            (intake.kind, intake.channel, intake.text, intake.phone) = (sent["kind"], sent["channel"], sent["text"], isAnonymous ? "" : sent["phone"])
            (intake.door, intake.severity, intake.service) = (sent.fields["door"] ?? "complaint", sent["severity"], sent["service"])
            (intake.name, intake.address, intake.account, intake.wish) = (sent["name"], sent["address"], sent["account"], sent["wish"])
            (intake.outerNumber, intake.isAnonymous, intake.tracking) = (sent["outerNumber"], isAnonymous, tracking)
            (intake.outerDue, intake.promised) = (times["outerDue"], times["promised"])
            if let severity = sent.fields["severity"], severity.isEmpty { throw FormProblems(fields: [("severity", Text("请选一项。", "Choose one."))]) }
            if let unit = sent.fields["unit"] {
                guard let place = try act.act.one("select place from place where (place = \(unit) or code = \(unit)) and kind = \("unit") and ended is null") else {
                    throw FormProblems(fields: [("unit", Text("没有这个单位。", "There is no such unit."))])
                }
                intake.units = [try place.text("place")]
            }
            let taken = try act.act.one("select place from place where kind in ('call-centre', 'company') and ended is null order by kind, place limit 1")?.text("place") ?? ""
            let complaint = try ComplaintActs(act).record(intake, by: "token:" + token.name, at: taken)
            let owed = try Duty.open(about: complaint.subject, act.act)
            let text = JSON.object(Self.members(complaint, owed: complaint.isConfidential ? [] : owed, visit.words).merging(["trackingCode": .string(tracking)]) { own, _ in own }).text
            act.act.answer = text
            return text
        }
        return Self.stored(text)
    }

    private func transition(_ visit: Visit) async throws -> Reply {
        let token = try await token(visit, "complaints:write")
        let step = try body(visit, ["step": .text])["step"]
        // A program passes on what its customer says; what staff owe, staff do.
        guard let what = ComplaintAct(rawValue: step), [.supplement, .note, .withdraw, .reopen].contains(what) else {
            throw FormProblems(fields: [("step", Text("程序可以做的有：supplement、note、withdraw、reopen。", "A program may do: supplement, note, withdraw, reopen."))])
        }
        let sent = try body(visit, Dictionary(what.fields.map { ($0.id, APIBody.Kind.text) }, uniquingKeysWith: { first, _ in first }))
        return try await apply(what, sent.fields, visit, token)
    }

    private func note(_ visit: Visit) async throws -> Reply {
        let token = try await token(visit, "complaints:write")
        return try await apply(.note, try body(visit, ["note": .text]).fields, visit, token)
    }

    /// A photo as the body of the request: made small and cleaned like any other, then it is what the customer adds.
    private func attach(_ visit: Visit) async throws -> Reply {
        let token = try await token(visit, "complaints:write")
        try media(visit, ["image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "application/octet-stream"], Text("照片用 image/jpeg 或 image/png。", "Send a photo as image/jpeg or image/png."))
        guard !visit.request.body.isEmpty else { throw Refusal.badRequest(Text("正文要是一张图片。", "The body has to be a picture.")) }
        let hash = try await hall.blobs.keep(try await hall.darkroom.shrink(visit.request.body), media: "image/jpeg", at: visit.now)
        let note = visit.request.query["note"] ?? ""
        // Counted as the document counts: in characters of Unicode, not in signs one sees.
        guard note.unicodeScalars.count <= 500 else { throw FormProblems(fields: [("note", Text("太长了，最多 500 个字。", "Too long: 500 characters at most."))]) }
        return try await apply(.supplement, ["note": note.isEmpty ? "附照片" : note], visit, token, files: [hash])
    }

    private func apply(_ what: ComplaintAct, _ sent: [String: String], _ visit: Visit, _ token: APIToken, files: [String] = []) async throws -> Reply {
        let (id, key, now) = (visit[0], try key(visit), visit.now)
        let match = visit.request.headers["if-match"]
        let text = try await hall.act(by: .machine("token:" + token.name), at: now, key: key) { act -> String in
            guard let complaint = try ComplaintReader(tx: act.act, hall: act.hall).find(id, ComplaintSight(program: ())) else { throw Refusal.notFound }
            let book = try act.hall.packs.pack(complaint.pack, act.act).pack.caseBook
            let input = try ActInput(what, sent: sent, files: files, book: book, zone: act.hall.zone, now: now)
            if let match, !Self.matches(match, complaint) { throw Refusal.changed(Text("这件工单已经变了，请重新读取。", "This case has changed; read it again.")) }
            let after = try ComplaintActs(act).do(what, id, input, by: "token:" + token.name, isProgram: true)
            let owed = try Duty.open(about: after.subject, act.act)
            let text = JSON.object(Self.members(after, owed: owed, visit.words)).text
            act.act.answer = text
            return text
        }
        return Self.stored(text)
    }

    // MARK: - Reading

    /// The version, then what is shown of it in this language at this moment: as exact as the answer itself.
    private static func tag(_ complaint: Complaint, _ text: String) -> String { "\"\(complaint.version).\(Hash.sha256(hex: text).prefix(12))\"" }

    /// Whether a state a program names is still that of the case: its version, whatever language it was read in.
    private static func matches(_ list: String, _ complaint: Complaint) -> Bool {
        list.split(separator: ",").contains { part in
            let tag = part.filter { $0 != " " }
            return tag == "*" || (tag.hasPrefix("\"") && tag.dropFirst().prefix { $0 != "." && $0 != "\"" } == String(complaint.version))
        }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        _ = try await token(visit, "complaints:read")
        let id = visit[0]
        let file = try await hall.store.read { [hall] tx -> ComplaintFile? in
            let reader = ComplaintReader(tx: tx, hall: hall)
            return try reader.find(id, ComplaintSight(program: ())).map { try reader.file($0) }
        }
        guard let file else { throw Refusal.notFound }
        var members = Self.members(file.complaint, owed: file.owed, visit.words)
        for (name, text) in file.words { members[name] = .string(text) }
        members["trackingCode"] = .string(file.complaint.tracking)
        if let reply = file.steps.last(where: { $0.step.act == "reply" })?.words["reply"] { members["reply"] = .string(reply) }
        let text = JSON.object(members).text
        let tag = Self.tag(file.complaint, text)
        let isKnown = Shell.names(visit.request.headers["if-none-match"] ?? "", tag)
        var reply = isKnown ? Reply(status: 304) : Reply.json(text)
        reply.set("etag", tag)
        reply.set("cache-control", "private, no-cache")
        return reply
    }

    /// Latest first; `cursor` is the `next` of the page before; `q` looks for words, `state` for open or closed ones.
    private func list(_ visit: Visit) async throws -> Reply {
        _ = try await token(visit, "complaints:read")
        let query = visit.request.query
        let most = try query["limit"].map { text -> Int in
            guard let number = Int(text), (1...100).contains(number) else { throw FormProblems(fields: [("limit", Text("limit 是 1 到 100。", "limit is from 1 to 100."))]) }
            return number
        } ?? 20
        var condition = ComplaintSight(program: ()).condition
        switch query["state"] {
        case "open": condition = "\(sql: condition) and complaint.ended is null"
        case "closed": condition = "\(sql: condition) and complaint.ended is not null"
        case nil: break
        default: throw FormProblems(fields: [("state", Text("state 是 open 或 closed。", "state is open or closed."))])
        }
        var after: (at: Instant, id: String)?
        if let cursor = query["cursor"] {
            let parts = cursor.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, (1...15).contains(parts[0].utf8.count), parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let ms = Int64(parts[0]), (1...40).contains(parts[1].utf8.count),
                parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) })
            else { throw FormProblems(fields: [("cursor", Text("cursor 不对。", "This is no cursor."))]) }
            after = (Instant(ms: ms), parts[1])
        }
        // Last: what is wrong with the request is said also where the words could find nothing.
        let asked = query["q"] ?? ""
        let question = ComplaintQuestion(hall.store.engine, asked)
        if question == nil, !asked.trimmingCharacters(in: .whitespaces).isEmpty { return Reply.json(JSON.object(["complaints": .array([]), "next": .null]).text) }
        let (among, cursor, words, isOpen) = (condition, after, visit.words, query["state"] == "open")
        let rows = try await hall.store.read { tx in
            if !isOpen, let found = try question?.latest(where: among, after: cursor, most: most + 1, tx) { return found }
            var all = among
            if let question { all = "\(sql: all) and \(sql: question.condition(isOpen ? .open : .all))" }
            if let cursor { all = "\(sql: all) and (complaint.recorded < \(cursor.at) or (complaint.recorded = \(cursor.at) and complaint.id < \(cursor.id)))" }
            return try tx.rows("select complaint.* from complaint where \(sql: all) order by complaint.recorded desc, complaint.id desc limit \(most + 1)").map(Complaint.init(row:))
        }
        let page = rows.prefix(most)
        let next: JSON = rows.count > most ? page.last.map { .string("\($0.recorded.ms).\($0.id)") } ?? .null : .null
        return Reply.json(JSON.object(["complaints": .array(page.map { .object(Self.members($0, owed: [], words)) }), "next": next]).text)
    }

    /// What every answer says of a case.
    static func members(_ complaint: Complaint, owed: [Duty], _ w: Words) -> [String: JSON] {
        func moment(_ at: Instant?) -> JSON { at.map { .string($0.utc) } ?? .null }
        return [
            "id": .string(complaint.id), "number": .string(complaint.number), "stage": .string(complaint.stage.rawValue), "door": .string(complaint.door),
            "kind": .string(complaint.kind), "severity": .string(complaint.severity), "channel": .string(complaint.channel), "unit": .string(complaint.isConfidential ? "" : complaint.unit),
            "recordedAt": moment(complaint.recorded), "nextDueAt": moment(complaint.isConfidential ? nil : complaint.nextDue), "closedAt": moment(complaint.isConfidential ? nil : complaint.ended),
            "outerNumber": .string(complaint.outerNumber), "outerDueAt": moment(complaint.outerDue), "version": .int(Int64(complaint.version)),
            "deadlines": .array(
                owed.map { duty in
                    .object([
                        "stage": .string(duty.endsOn.split(separator: ".").last.map(String.init) ?? duty.rule), "dueAt": .string(duty.due.utc),
                        "why": .string(duty.reasons.map { w($0) }.joined(separator: w.language == .zh ? "；" : "; ")),
                    ])
                }),
        ]
    }
}

/// The code under which a customer finds their case: eighty random bits, in letters and digits that are not mistaken.
enum TrackingCode {
    private static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ")

    static func draw(_ hall: Hallkeeper) -> String {
        var out = ""
        while out.count < 16 {
            for byte in hall.chance(32) where byte < 240 && out.count < 16 { out.append(alphabet[Int(byte) % 30]) }
        }
        return out
    }

    /// As one types it: small letters, spaces and hyphens are no matter. Nil for what is none.
    static func read(_ text: String) -> String? {
        let plain = text.uppercased().filter { !$0.isWhitespace && $0 != "-" }
        return plain.count == 16 && plain.allSatisfy(alphabet.contains) ? plain : nil
    }

    /// In fours, as it is printed.
    static func written(_ code: String) -> String {
        stride(from: 0, to: code.count, by: 4).map { String(code.dropFirst($0).prefix(4)) }.joined(separator: "-")
    }
}

extension Instant {
    /// `2026-11-24T02:30:00Z`.
    var utc: String {
        let seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = Int(seconds - days * 86_400)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(Day(number: Int(days)))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }
}
