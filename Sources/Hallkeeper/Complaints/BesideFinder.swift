import Foundation
import Regulation
import Store
import WorkCalendar

/// What stands beside a case while it is taken in, and on its page: whose phone it is, what came before, what may be the same,
/// and by when it will have to be answered. Only what whoever looks may see.
struct BesideFinder: Sendable {
    let desk: Desk

    /// Earlier cases of a phone, and what may be the same matter: of the same kind or words, from the last three days. Only
    /// what whoever asks may see.
    func view(phone: String, kind: String, text: String, but own: Complaint.ID = "", asked: [String: String] = [:]) async throws -> BesideView {
        let deadlines = try await deadlines(asked)
        let sight = ComplaintSight(desk.viewer, desk.tree)
        let number = PhoneNumber.normal(phone).map(ComplaintSearch.backwards) ?? ""
        let since = desk.visit.now.adding(minutes: -3 * 1440)
        let words = String(text.filter { !$0.isWhitespace }.prefix(4))
        let matching = words.count >= 2 ? ComplaintQuestion(desk.hall.store.engine, words)?.condition(.since(since)) : nil
        let group = desk.pack.pack.caseBook.kind(kind).map { $0.under.isEmpty ? $0.id : $0.under } ?? ""
        let kinds = desk.pack.pack.caseBook.kinds.filter { !group.isEmpty && ($0.id == group || $0.under == group) }.map(\.id)
        return try await desk.hall.store.read { [desk, hall = desk.hall] tx in
            let reader = ComplaintReader(tx: tx, hall: hall)
            var view = BesideView()
            view.deadlines = deadlines
            let heard = text.lowercased()
            if desk.pack.pack.caseBook.kind(kind)?.isEmergency != true, let danger = desk.pack.pack.caseBook.kinds.first(where: { $0.isEmergency && $0.hear.contains { heard.contains($0.lowercased()) } }) {
                view.alarm = (desk.w(danger.name), Site.complaintNew.link() + "?kind=" + danger.id)
            }
            let known = phone.isEmpty && (asked["account"] ?? "").isEmpty ? [] : try CustomerFile.find(phone, tx) + CustomerFile.find(asked["account"] ?? "", tx)
            var shown: Set<String> = []
            view.known = known.filter { shown.insert($0.customer.id).inserted }.map { .init(name: $0.name, link: Site.customer.link($0.customer.id), warning: $0.warning(on: desk.today), accounts: $0.accounts.map { ($0.account.account, $0.address, $0.account.meter) }) }
            func items(_ list: [Complaint]) throws -> [BesideView.Earlier] {
                let texts = try reader.texts(list.map(\.text))
                return list.map { .init(title: $0.number + " " + ($0.isConfidential ? "" : QueueRoutes.short(texts[$0.text] ?? "")), link: Site.complaint.link($0.id), note: desk.times.moment($0.recorded) + " · " + desk.w("case.stage." + $0.stage.rawValue)) }
            }
            var found: Set<String> = [own]
            if !number.isEmpty {
                let list = try tx.rows("select complaint.* from complaint where complaint.id in (select s.id from complaint_search s where s.phone = \(number) and s.phone <> '') and \(sql: sight.condition) and complaint.id <> \(own) order by complaint.recorded desc limit 6").map(Complaint.init(row:))
                view.own = try items(list)
                found.formUnion(list.map(\.id))
                if let last = list.first {
                    let words = try reader.words(last)
                    (view.name, view.address, view.account) = (words["name"] ?? "", words["address"] ?? "", last.account)
                }
            }
            var alike: SQL?
            if !kinds.isEmpty { alike = "complaint.kind in \(list: kinds)" }
            if let matching { alike = alike.map { "(\(sql: $0) or \(sql: matching))" } ?? matching }
            if let alike {
                let list = try tx.rows("select complaint.* from complaint where complaint.confidential = 0 and complaint.recorded >= \(since) and \(sql: alike) and \(sql: sight.condition) order by complaint.recorded desc limit 12").map(Complaint.init(row:))
                view.similar = try items(Array(list.filter { !found.contains($0.id) }.prefix(5)))
            }
            return view
        }
    }

    /// By when it will have to be answered if it is dispatched now: ours by the rulebook, the outer one, and which of them holds.
    private func deadlines(_ asked: [String: String]) async throws -> [String] {
        let (w, book, pack) = (desk.w, desk.pack.pack.caseBook, desk.pack)
        let outer = asked["outerDue"].flatMap { Instant(written: $0, in: desk.hall.zone) }
        guard let kind = book.kind(asked["kind"] ?? ""), !kind.isConfidential else { return outer.map { [w("case.outer-due") + " " + desk.times.by($0)] } ?? [] }
        let code = kind.unit
        guard let place = desk.tree.places.first(where: { $0.kind == "unit" && (asked["unit"].map { !$0.isEmpty } ?? false ? $0.id == asked["unit"] : $0.code == code) && $0.ended == nil }) else { return [] }
        let fields = ["unit": place.id, "lead": "yes", "door": asked["door"] ?? book.doors.first?.id ?? "", "severity": asked["severity"] ?? book.lightest, "channel": asked["channel"] ?? ""]
        let now = desk.visit.now
        let due = try await desk.hall.store.read { [hall = desk.hall] tx -> [String: Instant] in
            let finder = FactFinder(tx: tx, hall: hall)
            let facts = try finder.facts(of: place)
            let happening = Happening(id: "", kind: "complaint.dispatched", fields: fields, place: place.id, subject: "", at: now)
            let planned = Answer.opened(by: happening, pack.pack, at: facts) { _ in [] }
            return Dictionary(planned.compactMap { plan in plan.endsOn.map { ($0, plan.due) } }, uniquingKeysWith: min)
        }
        var list: [String] = []
        if let contact = due["complaint.contacted"] { list.append(w("case.rail.contacted") + " " + desk.times.by(contact)) }
        let own = due["complaint.replied"]
        if let own { list.append(w("case.own-due") + " " + desk.times.by(own)) }
        if let outer { list.append(w("case.outer-due") + " " + desk.times.by(outer)) }
        if let own, let outer { list.append(w(own <= outer ? "case.own-holds" : "case.outer-holds")) }
        return list
    }
}
