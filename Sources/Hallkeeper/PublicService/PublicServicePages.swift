import WorkCalendar

/// What a customer writes to us, without an account.
struct PublicFormPage: Page {
    var title: String
    var company: String
    var phone: String
    var emergency: String
    var kinds: [Selection]
    var typed: [String: String]
    var problems: [String: String]
    /// Why it is shown again, though nothing in it is wrong.
    var again: String
    var form: PublicGate.Form

    func body(_ w: Words) -> HTML {
        """
        <div class="public-log"><p class="sub">\(company)</p><h1>\(title)</h1><p>\(w("public.lead"))</p>
        <div class="flash problem"><p>\(w("public.emergency"))\(emergency.isEmpty ? nil : " \(emergency)" as HTML)</p>\(phone.isEmpty ? nil : "<a class=\"button danger\" href=\"tel:\(phone)\">\(w("public.call-now", ["phone": phone]))</a>" as HTML)</div>
        \(problems.isEmpty ? nil : "<p class=\"problems\" role=\"alert\">\(w("form.left", n: problems.count))</p>" as HTML)
        \(again.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(again)</p>" as HTML)
        <p class="card">\(w("public.privacy", ["company": company]))\(phone.isEmpty ? nil : " \(w("public.privacy-phone", ["phone": phone]))" as HTML) <a href="\(Site.privacy.link())">\(w("privacy.title"))</a></p>
        <form method="post" action="\(Site.service.link())" enctype="multipart/form-data"\(form.bits > 0 ? " data-bits=\"\(form.bits)\"" as HTML : nil)><input type="hidden" name="key" value="\(form.key)"><input type="hidden" name="opened" value="\(form.opened)"><input type="hidden" name="work" value="">
        \(field("kind", w, "<select id=\"kind\" name=\"kind\" required \(when: problems["kind"] != nil, "aria-invalid=\"true\"")>\(Selection.options(kinds, chosen: typed["kind"] ?? "", empty: w("case.choose")))</select>"))
        \(area("text", w, rows: 6))\(input("phone", w, "inputmode=\"tel\" autocomplete=\"tel\"", note: w("public.phone-note")))
        <div class="tick"><input type="checkbox" id="anonymous" name="anonymous" value="yes" \(when: typed["anonymous"] == "yes", "checked")><label for="anonymous">\(w("public.anonymous"))</label></div>
        \(input("name", w, "autocomplete=\"name\"", isOptional: true))\(input("address", w, isOptional: true))\(input("account", w, isOptional: true))\(area("wish", w, rows: 2, isOptional: true))
        <div class="field"><label for="photo">\(w("public.photos")) <span class="note">\(w("form.optional"))</span></label><input id="photo" type="file" name="photo" accept="\(Photo.accepted)" multiple data-photo></div>
        <div class="off" aria-hidden="true"><label for="website">\(w("public.trap"))</label><input id="website" name="website" tabindex="-1" autocomplete="off"></div>
        <button class="primary wide">\(w("public.send"))</button></form>
        <p><a class="button wide" href="\(Site.track.link())">\(w("public.have-code"))</a></p>\(form.bits > 0 ? "<script src=\"\(Assets.link("public.js"))\" defer></script>" as HTML : nil)\(PublicFormPage.languages(Site.service.link()))</div>
        """
    }

    /// The page in the other language.
    static func languages(_ path: String) -> HTML {
        "<p class=\"note\">\(Language.allCases, { "<a href=\"\(Site.language.link($0.rawValue))?to=\(path)\" lang=\"\($0.rawValue)\" hreflang=\"\($0.rawValue)\">\(Words.of($0)("log.language"))</a> " })</p>"
    }

    private func field(_ id: String, _ w: Words, isOptional: Bool = false, note: String = "", _ inner: HTML) -> HTML {
        """
        <div class="field\(problems[id] == nil ? nil : " wrong" as HTML)"><label for="\(id)">\(w("public." + id))\(isOptional ? " <span class=\"note\">\(w("form.optional"))</span>" as HTML : nil)</label>\(inner)\(note.isEmpty ? nil : "<span class=\"note\">\(note)</span>" as HTML)\(problems[id].map { "<span class=\"problem\">\($0)</span>" as HTML })</div>
        """
    }

    private func input(_ id: String, _ w: Words, _ attributes: HTML = "", isOptional: Bool = false, note: String = "") -> HTML {
        field(id, w, isOptional: isOptional, note: note, "<input id=\"\(id)\" name=\"\(id)\" value=\"\(typed[id] ?? "")\" \(attributes) \(when: problems[id] != nil, "aria-invalid=\"true\"")>")
    }

    private func area(_ id: String, _ w: Words, rows: Int, isOptional: Bool = false) -> HTML {
        field(id, w, isOptional: isOptional, "<textarea id=\"\(id)\" name=\"\(id)\" rows=\"\(rows)\" \(when: problems[id] != nil, "aria-invalid=\"true\"")>\(typed[id] ?? "")</textarea>")
    }

    static func samples(_ w: Words) -> [PublicFormPage] {
        [
            PublicFormPage(
                title: w("public.title"), company: "示例公司", phone: "010-12345678", emergency: "请不要开关任何电器。", kinds: [Selection(id: "BL1", name: "抄表差错", group: "营业收费")],
                typed: ["text": "水费翻倍"], problems: ["phone": "电话看不懂。"], again: "请再按一次“提交”。", form: .init(key: "", opened: "", bits: 15))
        ]
    }
}

/// The code and the second factor.
struct TrackPage: Page {
    var title: String
    var company: String
    var code: String
    var problem: String

    func body(_ w: Words) -> HTML {
        """
        <div class="public-log"><p class="sub">\(company)</p><h1>\(title)</h1>\(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        <form method="post" action="\(Site.track.link())"><div class="field"><label for="code">\(w("track.code"))</label><input id="code" name="code" value="\(code)" autocomplete="off" autocapitalize="characters" required></div>
        <div class="field"><label for="last">\(w("track.last"))</label><input id="last" name="last" class="short" inputmode="numeric" autocomplete="off" maxlength="4"><span class="note">\(w("track.last-note"))</span></div>
        <button class="primary wide">\(w("track.look"))</button></form><p><a href="\(Site.service.link())">\(w("public.title"))</a></p>\(PublicFormPage.languages(Site.track.link()))</div>
        """
    }

    static func samples(_ w: Words) -> [TrackPage] { [TrackPage(title: w("track.title"), company: "示例公司", code: "", problem: w("track.wrong"))] }
}

/// Where a customer's case stands, in plain words.
struct TrackedPage: Page {
    struct Stage: Sendable {
        var name: String
        var state: String
        var note: String
    }
    struct Said: Sendable {
        var who: String
        var when: String
        var text: String
    }
    var title: String
    var company: String
    var phone: String
    var code: String
    var written: String
    /// Said once, right after it was sent.
    var isNew: Bool
    /// The link as a QR code, or "".
    var qr: HTML
    var stages: [Stage]
    /// Why something stands where it was before, or is later than was said; latest last.
    var notes: [String]
    var answer: String
    var answerTitle: String
    var said: [Said]
    var satisfaction: [Selection]
    var mayRate: Bool
    var mayReopen: Bool
    var mayWithdraw: Bool
    var mayAdd: Bool
    var showsDays: Bool
    var thanks: Bool
    var problem: String
    var typed: [String: String]
    var key: String

    func body(_ w: Words) -> HTML {
        """
        <div class="public-log"><p class="sub">\(company)</p><h1>\(title)</h1>
        \(isNew ? "<div class=\"flash\" role=\"status\"><p>\(w("track.saved"))</p><p class=\"due mono\"><b>\(written)</b></p></div>" as HTML : nil)\(thanks ? "<p class=\"flash\" role=\"status\">\(w("track.thanks"))</p>" as HTML : nil)
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        <div class="card"><ol class="rail">\(stages, { "<li class=\"\($0.state)\" \(when: $0.state == "now", "aria-current=\"step\"")><b>\($0.name)</b><small>\($0.note)</small></li>" })</ol></div>
        \(notes, { "<p class=\"card\">\($0)</p>" })
        \(showsDays ? "<p class=\"note\">\(w("track.days"))</p>" as HTML : nil)
        \(answer.isEmpty ? nil : "<section><h2>\(answerTitle)</h2><p class=\"card pre\">\(answer)</p></section>" as HTML)
        \(mayRate ? rating(w) : nil)\(mayReopen ? form("reopen", "reason", w("track.reopen"), w("track.reason"), w) : nil)
        \(mayAdd ? form("supplement", "note", w("track.supplement"), w("track.add"), w, hasPhotos: true) : nil)
        <section><h2>\(w("track.yours"))</h2><ul class="list boxed">\(said, { "<li><p class=\"pair\"><small>\($0.who)</small><small>\($0.when)</small></p><p class=\"pre\">\($0.text)</p></li>" })</ul></section>
        \(mayWithdraw ? form("withdraw", "said", w("track.withdraw"), w("track.withdraw-why"), w) : nil)
        <section class="card"><h2>\(w("track.print"))</h2><p class="mono due"><b>\(written)</b></p>\(qr)<p class="note">\(w("track.qr"))</p><p class="noprint"><a class="button wide" href="\(Site.receipt.link(code))">\(w("receipt.title"))</a></p></section>
        <p class="note">\(phone.isEmpty ? nil : "<a href=\"tel:\(phone)\">\(w("public.call", ["phone": phone]))</a>" as HTML)</p>\(PublicFormPage.languages(Site.tracked.link(code)))</div>
        """
    }

    private func form(_ act: String, _ field: String, _ title: String, _ label: String, _ w: Words, hasPhotos: Bool = false) -> HTML {
        """
        <details class="card" \(when: !(typed[field] ?? "").isEmpty, "open")><summary>\(title)</summary><form method="post" action="\(Site.trackedAct.link(code, act))" enctype="multipart/form-data"><input type="hidden" name="key" value="\(key)">
        <div class="field"><label for="\(act)-\(field)">\(label)</label><textarea id="\(act)-\(field)" name="\(field)" rows="4" required>\(typed[field] ?? "")</textarea></div>
        \(hasPhotos ? "<div class=\"field\"><label for=\"\(act)-photo\">\(w("public.photos"))</label><input id=\"\(act)-photo\" type=\"file\" name=\"photo\" accept=\"\(Photo.accepted)\" multiple data-photo></div>" as HTML : nil)<button class="primary wide">\(w("track.send"))</button></form></details>
        """
    }

    private func rating(_ w: Words) -> HTML {
        """
        <section class="card"><h2>\(w("track.rate"))</h2><form method="post" action="\(Site.trackedAct.link(code, "call-back"))"><input type="hidden" name="key" value="\(key)">
        <fieldset class="field"><legend>\(w("track.satisfaction"))</legend>\(satisfaction, { "<div class=\"check\"><input type=\"radio\" id=\"s\($0.id)\" name=\"satisfaction\" value=\"\($0.id)\" required><label for=\"s\($0.id)\">\($0.name)</label></div>" })</fieldset>
        <fieldset class="field"><legend>\(w("track.solved"))</legend><div class="check"><input type="radio" id="solved-yes" name="solved" value="yes" required><label for="solved-yes">\(w("case.yes"))</label></div><div class="check"><input type="radio" id="solved-no" name="solved" value="no"><label for="solved-no">\(w("case.no"))</label></div></fieldset>
        <div class="field"><label for="said">\(w("track.why")) <span class="note">\(w("form.optional"))</span></label><textarea id="said" name="said" rows="2"></textarea></div><button class="primary wide">\(w("track.send"))</button></form></section>
        """
    }

    static func samples(_ w: Words) -> [TrackedPage] {
        [
            TrackedPage(
                title: "量费异常：" + w("track.now.replied"), company: "示例公司", phone: "010-12345678", code: "X", written: "ABCD-EFGH-JKMN-PQRS", isNew: true, qr: "",
                stages: [Stage(name: w("track.rail.received"), state: "done", note: "10:02"), Stage(name: w("track.rail.handled"), state: "now", note: w("track.latest", ["when": "11月30日"]))],
                notes: [w("track.note.reopened", ["when": "11月28日 9:00"])], answer: "已退补。", answerTitle: w("track.answer-before"), said: [Said(who: w("track.you"), when: "10:02", text: "水费翻倍")], satisfaction: [Selection(id: "5", name: "非常满意")], mayRate: true, mayReopen: true, mayWithdraw: true,
                mayAdd: true, showsDays: true, thanks: true, problem: w("track.wrong"), typed: ["reason": "x"], key: "")
        ]
    }
}
