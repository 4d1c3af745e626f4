import Store
import WorkCalendar

/// A finding: what was wrong, putting it right, looking again.
struct FindingRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.finding, .signedIn, show),
            Entry("POST", Site.rectification, .signedIn, bodyLimit: 40 << 20, rectify),
            Entry("POST", Site.recheck, .signedIn, recheck),
            Entry("GET", Site.photo, .signedIn, photo),
        ]
    }

    private func find(_ desk: Desk) async throws -> Finding {
        let (place, id) = (desk.visit[0], desk.visit[1])
        let own = desk.viewer.roles.map(\.place) + [desk.viewer.person.place]
        guard own.contains(place) || desk.viewer.may("all-halls", at: place, in: desk.tree) else { throw Refusal.notFound }
        let found = try await hall.store.read { tx in
            try tx.one("select * from finding where place = \(place) and id = \(id)").map(Finding.init(row:))
        }
        guard let found else { throw Refusal.notFound }
        return found
    }

    private func show(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(try await page(desk, try await find(desk), problem: ""))
    }

    private func page(_ desk: Desk, _ finding: Finding, problem: String) async throws -> FindingPage {
        let w = desk.w
        let texts = try await hall.store.read { tx in
            try [finding.note, finding.rectifyNote].map { id in
                id.isEmpty ? "" : try tx.one("select text from personal where id = \(id)")?.text("text") ?? ""
            }
        }
        let point = desk.pack.pack.form(finding.form)?.field(finding.point).map { w($0.title) } ?? finding.point
        return FindingPage(
            title: point, clause: finding.clause, severity: finding.severity, state: finding.state.rawValue, note: texts[0],
            photos: finding.photos.split(separator: ",").map(String.init), when: desk.times.moment(finding.at), after: texts[1],
            afterPhotos: finding.rectifyPhotos.split(separator: ",").map(String.init), place: finding.place, id: finding.id, hidden: desk.hidden,
            problem: problem)
    }

    private func rectify(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let finding = try await find(desk)
        var photos: [String] = []
        for file in visit.form.files { photos.append(try await hall.blobs.keep(try Photo.shrink(file.bytes).jpeg, media: "image/jpeg", at: visit.now)) }
        let (note, hashes, me) = (visit.form["note"], photos, desk.viewer.person.id)
        do {
            try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
                act.act.answer = Site.finding.link(finding.place, finding.id)
                try Rectifying(act: act).rectify(finding.id, at: finding.place, note: note, photos: hashes, by: me)
                act.act.afterCommit { [hub = act.hall.hub] in hub.publish("board:\(finding.place)") }
            }
            return desk.done(Site.finding.link(finding.place, finding.id), desk.w("finding.saved"))
        } catch let problems as FormProblems {
            let problem = problems.fields.map { desk.w($0.sentence) }.joined(separator: " ")
            return try await desk.page(try await page(desk, finding, problem: problem), status: 422)
        }
    }

    private func recheck(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let finding = try await find(desk)
        let (isRight, note, me) = (visit.form["right"] == "yes", visit.form["note"], desk.viewer.person.id)
        try await hall.act(by: desk.actor, at: visit.now, key: desk.key) { act in
            act.act.answer = Site.finding.link(finding.place, finding.id)
            try Rectifying(act: act).recheck(finding.id, at: finding.place, note: note, isRight: isRight, by: me)
        }
        return desk.done(Site.finding.link(finding.place, finding.id), desk.w("finding.rechecked"))
    }

    private func photo(_ visit: Visit) async throws -> Reply {
        guard let (media, bytes) = try await hall.blobs.find(visit[0]) else { throw Refusal.notFound }
        var reply = Reply.file(bytes, media: media)
        reply.set("cache-control", "private, max-age=31536000, immutable")
        return reply
    }
}

struct FindingPage: Page {
    var title: String
    var clause: String
    var severity: String
    var state: String
    var note: String
    var photos: [String]
    var when: String
    var after: String
    var afterPhotos: [String]
    var place: String
    var id: String
    var hidden: HTML
    var problem: String

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.today.link())">‹ \(w("nav.today"))</a></p><h1>\(title)</h1>
        <p><a class="chip" href="\(Site.clause.link(clause))">\(clause)</a> <span class="state \(severity)">\(w("point." + severity))</span> <span class="state">\(w("finding." + state))</span></p>
        <p>\(when) · \(note)</p>
        <div class="cols"><div>\(photos, { "<img class=\"photo\" src=\"\(Site.photo.link($0))\" alt=\"\(w("finding.before"))\">" })</div>
        <div>\(afterPhotos, { "<img class=\"photo\" src=\"\(Site.photo.link($0))\" alt=\"\(w("finding.after"))\">" })<p>\(after)</p></div></div>
        \(problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(problem)</p>" as HTML)
        \(state == "open" ? rectifying(w) : state == "rectified" ? rechecking(w) : nil)
        """
    }

    private func rectifying(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.rectification.link(place, id))" enctype="multipart/form-data">\(hidden)
        <div class="field"><label for="note">\(w("finding.how"))</label><input id="note" name="note"></div>
        <div class="field"><label for="photo">\(w("finding.photo"))</label><input id="photo" type="file" name="photo" accept="image/*" data-photo></div>
        <div class="actions"><button class="primary">\(w("finding.rectify"))</button></div></form>
        """
    }

    private func rechecking(_ w: Words) -> HTML {
        """
        <form method="post" action="\(Site.recheck.link(place, id))">\(hidden)
        <div class="field"><label for="note">\(w("point.note"))</label><input id="note" name="note"></div>
        <div class="actions"><button class="primary" name="right" value="yes">\(w("finding.right"))</button><button class="danger" name="right" value="no">\(w("finding.not-right"))</button></div></form>
        """
    }

    static func samples(_ w: Words) -> [FindingPage] {
        [
            FindingPage(
                title: "消防通道畅通", clause: "5.3-3", severity: "danger", state: "open", note: "堆放纸箱", photos: [], when: "8:30", after: "",
                afterPhotos: [], place: "x", id: "y", hidden: "", problem: "")
        ]
    }
}
