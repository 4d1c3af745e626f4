import Regulation
import Store
import WorkCalendar

/// What is said to a customer about their case beside its stage: the receipt, and why something is not as it was said before.
struct Receipt: Sendable {
    var file: ComplaintFile
    var pack: Pack
    var hall: Hallkeeper

    /// The address under which a case is looked up.
    static func link(_ complaint: Complaint, _ visit: Visit) -> String {
        (visit.request.isSecure ? "https://" : "http://") + (visit.request.headers["host"] ?? "localhost") + Site.tracked.link(complaint.tracking)
    }

    static func qr(_ link: String) -> HTML {
        guard let code = QRCode(link) else { return "" }
        let (edge, size) = (QRCode.quietZone, code.size + QRCode.quietZone * 2)
        var path = ""
        for y in 0..<code.size { for run in code.runs(inRow: y) { path += "M\(run.lowerBound + edge) \(y + edge)h\(run.count)v1h-\(run.count)z" } }
        return "<svg viewBox=\"0 0 \(size) \(size)\" width=\"180\" height=\"180\" role=\"img\" aria-label=\"QR\"><rect width=\"\(size)\" height=\"\(size)\" fill=\"#fff\"/><path d=\"\(path)\" fill=\"#000\"/></svg>"
    }

    func page(_ visit: Visit, back: String) -> ReceiptPage {
        let (c, w) = (file.complaint, visit.words)
        let times = Times(words: w, zone: hall.zone, now: visit.now, isPaper: true)
        var facts: [(name: String, value: String)] = [(w("receipt.received"), times.day(hall.zone.day(of: c.recorded)) + " " + times.clock(c.recorded))]
        if !c.isConfidential {
            facts.insert((w("receipt.number"), c.number), at: 0)
            for (what, key) in [("complaint.contacted", "receipt.contact"), ("complaint.replied", "receipt.answer")] {
                if let due = file.owed.first(where: { $0.endsOn == what })?.due { facts.append((w(key), times.by(due))) }
            }
        }
        let origin = String(Self.link(c, visit).dropLast(Site.tracked.link(c.tracking).count))
        return ReceiptPage(
            title: w("receipt.title"), company: w(pack.company.company), written: TrackingCode.written(c.tracking), qr: Self.qr(Self.link(c, visit)), facts: facts,
            link: origin + Site.track.link(), phone: pack.company.facts["hotline"] ?? "", back: back)
    }

    /// What was said before and no longer holds is never taken back without a word: taken up again, later than promised,
    /// waiting for something.
    static func notes(_ file: ComplaintFile, _ due: Instant?, _ times: Times, _ w: Words) -> [String] {
        let c = file.complaint
        var notes = file.steps.filter { $0.step.act == "reopen" }.map { w("track.note.reopened", ["when": times.moment($0.step.at)]) }
        if c.replied == nil, !c.isOver, let first = c.firstDue, c.reopened == 0, let due, due > first {
            notes.append(w("track.note.later", ["first": times.due(first), "now": times.due(due)]))
        }
        if let until = c.suspendedUntil, c.suspended != nil, !c.isOver { notes.append(w("track.note.suspended", ["until": times.due(until)])) }
        return notes
    }
}
