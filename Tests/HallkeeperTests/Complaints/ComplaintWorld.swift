import Regulation
import Store
import WorkCalendar

@testable import Hallkeeper

/// Cases in the one world: taken in by the clerk of Chengnan or the call centre, handled by the billing unit.
extension TestWorld {
    var billing: Place.ID { world.places["unit:billing"] ?? "" }
    var supply: Place.ID { world.places["unit:supply"] ?? "" }
    var callCentre: Place.ID { world.places["call-centre"] ?? "" }

    static let intake: Intake = {
        var intake = Intake()
        (intake.kind, intake.channel, intake.severity) = ("BL2", "hotline", "S4")
        (intake.text, intake.name, intake.phone) = ("上月水费突然翻倍，要求查表", "王敏", "138 0013 8000")
        return intake
    }()

    @discardableResult
    func takeIn(_ intake: Intake = TestWorld.intake, by login: String = "agent", at place: Place.ID? = nil) async throws -> Complaint {
        var intake = intake
        if intake.tracking.isEmpty { intake.tracking = TrackingCode.draw(hall) }
        let (full, who, where_) = (intake, person(login), place ?? callCentre)
        return try await hall.act(by: .person(who), at: clock.now) { act in try ComplaintActs(act).record(full, by: who, at: where_) }
    }

    @discardableResult
    func act(_ what: ComplaintAct, _ complaint: Complaint, _ sent: [String: String] = [:], by login: String, version: Int? = nil, files: [String] = []) async throws -> Complaint {
        let (who, now) = (person(login), clock.now)
        return try await hall.act(by: .person(who), at: now) { act in
            let book = try act.hall.packs.pack(complaint.pack, act.act).pack.caseBook
            let input = try ActInput(what, sent: sent, files: files, book: book, zone: act.hall.zone, now: now)
            return try ComplaintActs(act).do(what, complaint.id, input, by: who, version: version)
        }
    }

    /// What somebody is told who may not do an act now; nil when they may. Tried in an act that is thrown away, so that the next
    /// one finds the case as it was.
    func refusal(of what: ComplaintAct, _ complaint: Complaint, _ sent: [String: String], as login: String) async throws -> [Text]? {
        struct Undone: Error {}
        let (who, now) = (person(login), clock.now)
        do {
            try await hall.act(by: .person(who), at: now) { act in
                let book = try act.hall.packs.pack(complaint.pack, act.act).pack.caseBook
                let input = try ActInput(what, sent: sent, book: book, zone: act.hall.zone, now: now)
                try ComplaintActs(act).do(what, complaint.id, input, by: who)
                throw Undone()
            }
            return nil
        } catch is Undone { return nil } catch let refusal as Refusal { return [refusal.sentence] } catch let problems as FormProblems { return problems.fields.map(\.sentence) }
    }

    func reload(_ complaint: Complaint) async throws -> Complaint {
        let found = try await hall.store.read { tx in try tx.one("select * from complaint where id = \(complaint.id)").map(Complaint.init(row:)) }
        guard let found else { throw ProgramError("no such case") }
        return found
    }

    /// What is owed about a case, by what ends it.
    func owed(_ complaint: Complaint) async throws -> [String: Duty] {
        let subject = complaint.subject
        let duties = try await hall.store.read { tx in try tx.rows("select * from duty where subject <> '' and subject = \(subject) and state = 'open' order by id").map(Duty.init(row:)) }
        return Dictionary(duties.map { ($0.endsOn, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func allDuties(_ complaint: Complaint) async throws -> [Duty] {
        let subject = complaint.subject
        return try await hall.store.read { tx in try tx.rows("select * from duty where subject <> '' and subject = \(subject) order by id").map(Duty.init(row:)) }
    }

    /// Until it is replied, by the book.
    func replied(_ complaint: Complaint) async throws -> Complaint {
        var c = complaint
        c = try await act(.sign, c, by: "handler-billing")
        c = try await act(.contact, c, ["reached": "reached", "said": "已告知客户正在核查"], by: "handler-billing")
        c = try await act(.noVisit, c, ["reason": "账务问题，系统内可查"], by: "handler-billing")
        c = try await act(.investigate, c, ["facts": "抄表员估抄", "evidence": "抄表照片缺失", "finding": "founded", "responsibility": "company", "cause": "procedure", "remedy": "退补水费"], by: "handler-billing")
        return try await act(.reply, c, ["reply": "已退补 86 元，致歉", "result": "solved"], by: "handler-billing")
    }

    /// The whole loop.
    func closed(_ complaint: Complaint) async throws -> Complaint {
        var c = try await replied(complaint)
        c = try await act(.report, c, ["summary": "估抄属实，已退补"], by: "handler-billing")
        c = try await act(.setImprovement, c, ["measure": "抄表必须拍照", "until": "2026-03-12"], by: "handler-billing")
        c = try await act(.carryOutImprovement, c, ["done": "已发通知，抄表拍照"], by: "handler-billing")
        c = try await act(.callBack, c, ["reached": "reached", "satisfaction": "4", "solved": "yes"], by: "agent")
        c = try await act(.verifyImprovement, c, ["seen": "抽查二十户均有照片"], by: "unit-head-billing")
        return try await act(.close, c, by: "shift-lead")
    }

    /// A token of another program.
    func token(_ scopes: [String] = ["complaints:write"], days: Int? = nil) async throws -> String {
        let token = "hk_" + Hash.hex(hall.chance(12))
        try await hall.act(by: .machine("command"), at: clock.now) { act in try APIToken.add(token, scopes: scopes, days: days, token: token, act) }
        return token
    }

    /// What another program asks, and the answer read as JSON.
    func program(_ token: String, _ method: String, _ path: String, _ body: String = "", _ more: [String: String] = [:]) async throws -> (reply: Reply, json: [String: JSON]) {
        var request = Request(method: method, path: path, headers: more.merging(["authorization": "Bearer " + token, "accept-language": "en"]) { own, _ in own })
        if let mark = path.firstIndex(of: "?") {
            request.path = String(path[..<mark])
            for (name, value) in try Submitted.pairs(String(path[path.index(after: mark)...])) { request.query[name] = value }
        }
        if !body.isEmpty { request.headers["content-type"] = "application/json" }
        request.body = Array(body.utf8)
        let reply = await shell.respond(to: request)
        if let json = try? JSON(parsing: Array(reply.text.utf8)), case .object(let members) = json { return (reply, members) }
        return (reply, [:])
    }
}
