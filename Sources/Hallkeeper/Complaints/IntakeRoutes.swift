import Foundation
import Regulation
import Store
import WorkCalendar

/// Taking cases in at the desk: the form, what stands beside it while one types, and what is said after.
struct IntakeRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.complaintNew, .may("take-in"), blank), Entry("POST", Site.complaints, .may("take-in"), bodyLimit: 40 << 20, takeIn),
            Entry("POST", Site.complaintBeside, .may("take-in"), beside), Entry("GET", Site.complaintHandedOver, .may("take-in"), handedOver),
        ]
    }

    private func blank(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        // A phone or what somebody said is never in an address: those are kept by browsers, proxies and logs.
        var typed: [String: String] = [:]
        if let kind = visit.request.query["kind"], desk.pack.pack.caseBook.kind(kind) != nil { typed["kind"] = kind }
        return try await desk.page(try await intakePage(desk, typed: typed, problems: []))
    }

    private func intakePage(_ desk: Desk, typed: [String: String], problems: [(field: String, sentence: Text)]) async throws -> IntakePage {
        let (w, book, tree) = (desk.w, desk.pack.pack.caseBook, desk.tree)
        guard !book.isEmpty else { throw Refusal.notFound }
        var typed = typed
        let isAtHall = takingPlace(desk).map { tree[$0]?.kind == "hall" } ?? false
        if (typed["channel"] ?? "").isEmpty { typed["channel"] = isAtHall ? "hall" : book.channels.first?.id ?? "" }
        if (typed["severity"] ?? "").isEmpty { typed["severity"] = book.lightest }
        if (typed["door"] ?? "").isEmpty { typed["door"] = book.doors.first?.id ?? "" }
        if isAtHall, typed["hall"] == nil { typed["hall"] = takingPlace(desk) ?? "" }
        let kind = book.kind(typed["kind"] ?? "")
        let beside = try await BesideFinder(desk: desk).view(phone: typed["phone"] ?? "", kind: typed["kind"] ?? "", text: typed["text"] ?? "", asked: typed)
        let isEmergency = kind?.isEmergency == true
        return IntakePage(
            title: isEmergency ? w("case.emergency", ["what": kind.map { w($0.name) } ?? ""]) : w("case.new"), doors: book.doors.map { Selection(id: $0.id, name: w($0.name)) },
            kinds: book.choices.flatMap { group, kinds in kinds.map { Selection(id: $0.id, name: w($0.name), group: w(group.name)) } },
            severities: book.severities.reversed().map { Selection(id: $0.id, name: w($0.name)) }, channels: book.channels.map { Selection(id: $0.id, name: w($0.name)) },
            external: book.channels.filter(\.isExternal).map(\.id), halls: tree.halls.map { Selection(id: $0.id, name: w($0.name)) }, units: QueueRoutes.units(desk),
            emergencies: book.kinds.filter { $0.isEmergency }.map { Selection(id: $0.id, name: w($0.name)) }, say: isEmergency ? kind?.say.map { w($0) } ?? w("case.emergency-say") : "", goes: isEmergency ? tree.places.first { $0.kind == "unit" && $0.code == kind?.unit && $0.ended == nil }.map { w($0.name) } ?? "" : "", typed: typed,
            problems: Dictionary(problems.map { ($0.field, w($0.sentence)) }, uniquingKeysWith: { first, _ in first }), beside: beside, hidden: desk.hidden, person: desk.viewer.person.id)
    }

    /// Where whoever takes a case in sits: the place of the role that lets them.
    private func takingPlace(_ desk: Desk) -> Place.ID? {
        desk.viewer.roles.first { held in desk.pack.pack.role(held.role)?.may.contains("take-in") == true }?.place ?? desk.home?.id
    }

    private func takeIn(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let (form, zone) = (visit.form, hall.zone)
        var typed: [String: String] = [:]
        for name in ["door", "kind", "severity", "channel", "hall", "unit", "text", "wish", "name", "phone", "address", "account", "outer", "outerDue", "promised", "anonymous", "repeatOf"] { typed[name] = form[name] }
        do {
            var intake = Intake()
            (intake.door, intake.kind, intake.severity, intake.channel) = (form["door"], form["kind"], form["severity"], form["channel"])
            (intake.text, intake.wish, intake.name, intake.phone) = (form["text"], form["wish"], form["name"], form["phone"])
            (intake.address, intake.account, intake.outerNumber, intake.isAnonymous) = (form["address"], form["account"], form["outer"], form["anonymous"] == "yes")
            var problems: [(field: String, sentence: Text)] = []
            // Who calls about danger says where; the rest can wait.
            if let kind = desk.pack.pack.caseBook.kind(intake.kind), kind.isEmergency {
                if intake.text.isEmpty { intake.text = kind.name.zh }
                if intake.address.isEmpty { problems.append(("address", Text("写清在哪里，抢修马上要去。", "Write where it is: the crew leaves at once."))) }
            }
            for (field, path) in [("outerDue", \Intake.outerDue), ("promised", \Intake.promised)] where !form[field].isEmpty {
                if let moment = Instant(written: form[field], in: zone) { intake[keyPath: path] = moment } else { problems.append((field, Text("时间写成 2026-11-24 10:30。", "Write the time like 2026-11-24 10:30."))) }
            }
            if let earlier = ComplaintFilter.number(form["repeatOf"]) {
                let sight = ComplaintSight(desk.viewer, desk.tree)
                intake.repeatOf = try await hall.store.read { tx in try tx.one("select complaint.id as id from complaint where complaint.number = \(earlier) and complaint.series = 'TS' and complaint.day = \(String(earlier.dropFirst(2).prefix(8))) and \(sql: sight.condition)")?.text("id") } ?? ""
                if intake.repeatOf.isEmpty { problems.append(("repeatOf", Text("没有这件更早的工单。", "There is no such earlier case."))) }
            } else if !form["repeatOf"].isEmpty { problems.append(("repeatOf", Text("写工单编号，如 TS20261124-0007。", "Write a case number like TS20261124-0007."))) }
            if desk.tree[form["hall"]]?.kind == "hall" { intake.hall = form["hall"] }
            if !form["unit"].isEmpty { intake.units = [form["unit"]] }
            let hasUnit = !form["unit"].isEmpty || desk.pack.pack.caseBook.kind(form["kind"]).map { !$0.unit.isEmpty || $0.isConfidential } ?? true
            if !hasUnit { problems.append(("unit", Text("这一类没有固定的单位，请选一个。", "This kind has no unit of its own; choose one."))) }
            guard problems.isEmpty else { throw FormProblems(fields: problems) }
            let isQuiet = desk.pack.pack.caseBook.kind(intake.kind)?.isConfidential == true
            for file in form.files where !file.bytes.isEmpty { intake.files.append(try await hall.keepPhoto(file.bytes, isConfidential: isQuiet, at: visit.now)) }
            intake.tracking = TrackingCode.draw(hall)
            let (full, me, taken) = (intake, desk.viewer.person.id, takingPlace(desk) ?? "")
            let complaint = try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act -> Complaint in
                let complaint = try ComplaintActs(act).record(full, by: me, at: taken)
                act.act.answer = Self.after(complaint)
                return complaint
            }
            return desk.done(Self.after(complaint), complaint.isConfidential ? "" : desk.w("case.saved", ["number": complaint.number, "code": TrackingCode.written(complaint.tracking)]))
        } catch let problems as FormProblems {
            return try await desk.page(try await intakePage(desk, typed: typed, problems: problems.fields), status: 422)
        }
    }

    /// Misconduct leaves nothing behind but the code its reporter needs.
    private static func after(_ complaint: Complaint) -> String {
        complaint.isConfidential ? Site.complaintHandedOver.link(complaint.tracking) : Site.complaint.link(complaint.id)
    }

    private func handedOver(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        guard let code = TrackingCode.read(visit[0]) else { throw Refusal.notFound }
        return try await desk.page(HandedOverPage(title: desk.w("case.handed-over-title"), code: TrackingCode.written(code)))
    }

    private func beside(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let form = visit.form
        return .page(try await BesideFinder(desk: desk).view(phone: form["phone"], kind: form["kind"], text: form["text"], asked: form.answers).html(desk.w))
    }
}
