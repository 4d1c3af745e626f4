import Regulation
import WorkCalendar

/// One duty's whole story: what, why, by when and why then, who, what became of it; with its form when it can be done now.
struct DutyPage: Page {
    struct Fact: Sendable {
        var name: String
        var value: String
        var link: String = ""
    }
    struct Act: Sendable {
        var label: String
        var link: String
    }
    var title: String
    var clauses: [(id: String, title: String, link: String)]
    var state: String
    var stateWord: String
    var due: String
    var left: String
    var reasons: [String]
    var why: String
    var facts: [Fact]
    var form: FormView?
    var act: Act?
    var record: [Fact]
    var correction: String?
    var story: [Fact]
    /// How the round was walked, and where two people saw the same point differently.
    var walks: [Fact] = []
    var handover: HTML?
    var waiver: HTML?

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.today.link())">‹ \(w("nav.today"))</a></p>
        <h1>\(title)</h1>
        <p>\(clauses, { "<a class=\"chip\" href=\"\($0.link)\" title=\"\($0.title)\">\(w.clause($0.id))</a> " })<span class="state \(state)">\(stateWord)</span></p>
        <p class="why">\(why)</p>
        <p class="due"><b>\(due)</b> <span class="left \(state)">\(left)</span></p>
        <details class="card"><summary>\(w("duty.why-then"))</summary><ol>\(reasons, { "<li>\($0)</li>" })</ol></details>
        \(form.map { $0.doneAt == nil ? $0.html(w) : "<details class=\"card\" \(when: !$0.problem.isEmpty, "open")><summary>\(w("duty.late-proof"))</summary>\($0.html(w))</details>" as HTML })
        \(act.map { "<p class=\"actions\"><a class=\"button primary\" href=\"\($0.link)\">\($0.label)</a></p>" as HTML })
        \(record.isEmpty ? nil : block(w("duty.record"), record))
        \(walks.isEmpty ? nil : block(w("walk.title"), walks))
        \(correction.map { "<p><a class=\"button quiet\" href=\"\($0)\">\(w("duty.correct"))</a></p>" as HTML })
        \(block(w("duty.facts"), facts))
        \(handover)\(waiver)
        \(story.isEmpty ? nil : block(w("duty.story"), story))
        """
    }

    private func block(_ heading: String, _ facts: [Fact]) -> HTML {
        """
        <section><h2>\(heading)</h2><dl class="facts">\(facts, { "<dt>\($0.name)</dt><dd>\($0.link.isEmpty ? "\($0.value)" as HTML : "<a href=\"\($0.link)\">\($0.value)</a>" as HTML)</dd>" })</dl></section>
        """
    }

    static func samples(_ w: Words) -> [DutyPage] {
        [
            DutyPage(
                title: "雨天：铺防滑垫、立“小心地滑”牌", clauses: [("1.2-16", "雨雪天防滑", "#")], state: "late", stateWord: w("state.open"),
                due: "8:45 前", left: "晚 12 分", reasons: ["8:30 起 15 分钟"], why: "因“雨”，8:30 报告", facts: [Fact(name: "负责", value: "引导员")],
                form: nil, act: nil, record: [], correction: nil, story: [], handover: nil, waiver: nil)
        ]
    }
}

/// A form as it is shown: what was typed stays, each problem beside its field.
struct FormView: Sendable {
    struct Option: Sendable {
        var id: String
        var name: String
    }
    struct Input: Sendable {
        var id: String
        var kind: String
        var title: String
        var good: String
        var clause: String
        var zone: String
        var unit: String
        var value: String
        var note: String
        var photos: [String]
        var options: [Option]
        var isOptional: Bool
        var hint: String
        var problem: String
        var last: String
        var mayNotApply: Bool
        /// What the pack says of a point found wanting, and what was chosen here.
        var severity = "minor"
        var chosenSeverity = ""
        var isFixed = false
        /// How it looks in this hall when it is good: hash of a photo, or "".
        var reference = ""
        /// How it looked when it was last found wanting: the photo's hash and when.
        var lastPhoto = (hash: "", when: "")
    }
    /// What a round needs to go on where there is no network.
    struct Round: Sendable {
        var place: String
        var duty: String
        var title: String
        var ticket: String
        var isAllWell: Bool
        /// Where the phone hands it in; "": where every round goes.
        var to = ""
    }
    struct Signer: Sendable {
        var count: Int
        var people: [Option]
        var problem: String
    }
    var action: String
    var hidden: HTML
    var inputs: [Input]
    var people: [Option]
    var signer: Signer?
    var problem: String
    var button: String
    var isRound: Bool
    var round: Round?
    /// Late proof: it asks when it was done.
    var doneAt: Moment?
    struct Moment: Sendable {
        var value: String
        var problem: String
    }

    func html(_ w: Words) -> HTML {
        """
        <form method="post" action="\(action)" enctype="multipart/form-data" class="fill" \(round.map { "data-round data-place=\"\($0.place)\" data-duty=\"\($0.duty)\" data-title=\"\($0.title)\" data-ticket=\"\($0.ticket)\" \($0.to.isEmpty ? "" : "data-to=\"\($0.to)\"" as HTML)" as HTML })>\(hidden)\(round.map { "<input type=\"hidden\" name=\"ticket\" value=\"\($0.ticket)\"><p class=\"flash problem round-problem\" role=\"alert\" hidden></p>" as HTML })
        \(problem.isEmpty ? nil : "<p class=\"flash problem\" role=\"alert\">\(problem)</p>" as HTML)
        \(doneAt.map { moment($0, w) })\(inputs.enumerated().map { index, input in zone(index, input.zone) + (input.kind == "point" ? point(input, w) : field(input, w)) })
        \(signer.map { signers($0, w) })
        <div class="actions sticky">\(round.map { _ in "<span id=\"walked\" class=\"note\"></span>" as HTML })\(round?.isAllWell == true ? "<button class=\"wide\" name=\"all\" value=\"ok\">\(w("form.all-well"))</button>" as HTML : nil)<button class="primary">\(button)</button></div></form>
        """
    }

    private func moment(_ moment: Moment, _ w: Words) -> HTML {
        """
        <div class="field \(when: !moment.problem.isEmpty, "wrong")"><label for="f-done-at">\(w("duty.done-at"))</label><p class="note">\(w("duty.late-proof-note"))</p>\(moment.problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(moment.problem)</p>" as HTML)<input id="f-done-at" type="datetime-local" name="done-at" value="\(moment.value)" required></div>
        """
    }

    private func zone(_ index: Int, _ name: String) -> HTML {
        let before = index > 0 ? inputs[index - 1].zone : ""
        return name.isEmpty || name == before ? "" : "<h2>\(name)<span class=\"right\">\(index + 1)/\(inputs.count)</span></h2>"
    }

    private func point(_ input: Input, _ w: Words) -> HTML {
        let wanting = ["minor", "serious", "danger", "wanting"].contains(input.value)
        let chosen = Field.severities.contains(input.value) ? input.value : input.chosenSeverity
        return """
            <fieldset class="point \(when: !input.problem.isEmpty, "wrong")" id="f-\(input.id)" data-point="\(input.id)" data-severity="\(input.severity)" \(when: input.mayNotApply, "data-why=\"yes\"") \(when: input.isOptional, "data-optional=\"yes\"")>
            <legend>\(input.clause.isEmpty ? nil : "<span class=\"chip\">\(input.clause)</span> " as HTML)\(input.last.isEmpty ? nil : "<span class=\"last\">\(input.last)</span>" as HTML)<b>\(input.title)</b></legend>
            <p class="good">\(input.good)</p>\(input.reference.isEmpty ? nil : "<a class=\"reference\" href=\"\(PhotoPass.link(input.reference))\"><img class=\"thumb\" src=\"\(PhotoPass.small(input.reference))\" alt=\"\(w("point.reference"))\" loading=\"lazy\"><span>\(w("point.reference"))</span></a>" as HTML)\(input.lastPhoto.hash.isEmpty ? nil : "<a class=\"reference\" href=\"\(PhotoPass.link(input.lastPhoto.hash))\"><img class=\"thumb\" src=\"\(PhotoPass.small(input.lastPhoto.hash))\" alt=\"\(w("point.last-photo", ["when": input.lastPhoto.when]))\" loading=\"lazy\"><span>\(w("point.last-photo", ["when": input.lastPhoto.when]))</span></a>" as HTML)
            \(input.problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(input.problem)</p>" as HTML)
            <div class="answers">\(answer(input, "ok", "ok", w("point.ok"), input.value == "ok"))\(answer(input, "wanting", "bad", w("point.wanting"), wanting))\(input.mayNotApply ? answer(input, "na", "na", w("point.na"), input.value == "na") : nil)\(answer(input, "not-seen", "na", w("point.not-seen"), input.value == "not-seen"))</div>
            <details \(when: wanting || input.value == "na", "open")><summary>\(w("point.more"))</summary>
            <div class="field"><span class="label">\(w("point.severity"))</span><div class="answers choice">\(Field.severities, { "<input type=\"radio\" id=\"s-\(input.id)-\($0)\" name=\"\(input.id).severity\" value=\"\($0)\" \(when: $0 == chosen, "checked")><label for=\"s-\(input.id)-\($0)\">\(w("severity." + $0))</label>" })</div></div>
            <div class="field"><label for="n-\(input.id)">\(w("point.note"))</label><input id="n-\(input.id)" name="\(input.id).note" value="\(input.note)"></div>
            <div class="field"><div class="photos taken"></div>\(photos(input.id + ".photo", input.photos))<label for="p-\(input.id)">\(w("point.camera"))</label><input id="p-\(input.id)" type="file" name="\(input.id).photo" accept="\(Photo.accepted)" capture="environment" multiple data-photo>
            \(round.map { _ in "<label for=\"g-\(input.id)\" class=\"note\">\(w("point.gallery"))</label><input id=\"g-\(input.id)\" type=\"file\" name=\"\(input.id).photo\" accept=\"\(Photo.accepted)\" multiple data-photo>" as HTML })</div>
            <div class="check"><input type="checkbox" id="x-\(input.id)" name="\(input.id).fixed" value="yes" \(when: input.isFixed, "checked")><label for="x-\(input.id)">\(w("point.fixed"))</label></div>
            </details></fieldset>
            """
    }

    private func photos(_ name: String, _ hashes: [String]) -> HTML {
        """
        \(hashes.isEmpty ? nil : "<input type=\"hidden\" name=\"\(name)\" value=\"\(PhotoPass.carried(hashes))\">" as HTML)\(hashes, { "<img class=\"thumb\" src=\"\(PhotoPass.small($0))\" alt=\"\">" })
        """
    }

    private func answer(_ input: Input, _ value: String, _ style: String, _ label: String, _ isChosen: Bool) -> HTML {
        """
        <input type="radio" id="a-\(input.id)-\(value)" name="\(input.id)" value="\(value)" \(when: isChosen, "checked")><label class="\(style)" for="a-\(input.id)-\(value)">\(label)</label>
        """
    }

    private func field(_ input: Input, _ w: Words) -> HTML {
        let label: HTML = "<label for=\"f-\(input.id)\">\(input.clause.isEmpty ? nil : "<span class=\"chip\">\(input.clause)</span> " as HTML)\(input.title)\(input.unit.isEmpty ? nil : " (\(input.unit))" as HTML)\(input.isOptional ? " <small>\(w("form.optional"))</small>" as HTML : nil)</label>"
        let problem: HTML? = input.problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(input.problem)</p>"
        let good: HTML? = input.good.isEmpty && input.hint.isEmpty ? nil : "<p class=\"note\">\(input.good) \(input.hint)</p>"
        let control: HTML
        switch input.kind {
        case "tick":
            return """
                <div class="field tick" \(mark(input))>\(problem)<input type="checkbox" id="f-\(input.id)" name="\(input.id)" value="yes" \(when: input.value == "yes", "checked")>\(label)\(good)</div>
                """
        case "choice", "yes-no":
            return """
                <fieldset class="field" id="f-\(input.id)" \(mark(input))><legend>\(input.title)\(input.isOptional ? " <small>\(w("form.optional"))</small>" as HTML : nil)</legend>\(good)\(problem)<div class="answers choice">
                \(input.options, { option in "<input type=\"radio\" id=\"a-\(input.id)-\(option.id)\" name=\"\(input.id)\" value=\"\(option.id)\" \(when: option.id == input.value, "checked")><label for=\"a-\(input.id)-\(option.id)\">\(option.name)</label>" })
                </div></fieldset>
                """
        case "number": control = "<input id=\"f-\(input.id)\" name=\"\(input.id)\" value=\"\(input.value)\" inputmode=\"decimal\" autocomplete=\"off\">"
        case "count": control = "<input id=\"f-\(input.id)\" name=\"\(input.id)\" value=\"\(input.value)\" inputmode=\"numeric\" autocomplete=\"off\">"
        case "photo": control = "\(photos(input.id, input.photos))<input id=\"f-\(input.id)\" type=\"file\" name=\"\(input.id)\" accept=\"\(Photo.accepted)\" multiple data-photo>"
        case "person", "signature", "place":
            control = "<select id=\"f-\(input.id)\" name=\"\(input.id)\"><option value=\"\"></option>\(people, { "<option value=\"\($0.id)\" \(when: $0.id == input.value, "selected")>\($0.name)</option>" })</select>"
        case "day": control = "<input id=\"f-\(input.id)\" type=\"date\" name=\"\(input.id)\" value=\"\(input.value)\">"
        case "time": control = "<input id=\"f-\(input.id)\" type=\"time\" name=\"\(input.id)\" value=\"\(input.value)\">"
        case "long": control = "<textarea id=\"f-\(input.id)\" name=\"\(input.id)\" rows=\"4\">\(input.value)</textarea>"
        default: control = "<input id=\"f-\(input.id)\" name=\"\(input.id)\" value=\"\(input.value)\">"
        }
        return "<div class=\"field \(when: !input.problem.isEmpty, "wrong")\" \(mark(input))>\(label)\(good)\(problem)\(control)</div>"
    }

    /// A reading among the points of a round is kept like a point.
    private func mark(_ input: Input) -> HTML {
        round == nil ? "" : "data-point=\"\(input.id)\" \(when: input.isOptional, "data-optional=\"yes\"")"
    }

    private func signers(_ signer: Signer, _ w: Words) -> HTML {
        """
        <fieldset class="field" id="f-signers"><legend>\(w("form.sign", n: signer.count))</legend>\(signer.problem.isEmpty ? nil : "<p class=\"problem\" role=\"alert\">\(signer.problem)</p>" as HTML)
        \(Array(1...max(1, signer.count)), { number in "<div class=\"cols\"><select name=\"signer\(number)\" aria-label=\"\(w("form.signer")) \(number)\"><option value=\"\"></option>\(signer.people, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select><input type=\"password\" inputmode=\"numeric\" autocomplete=\"off\" name=\"pin\(number)\" placeholder=\"PIN\" aria-label=\"PIN \(number)\"></div>" })
        </fieldset>
        """
    }
}

extension HTML {
    static func + (a: HTML, b: HTML) -> HTML { "\(a)\(b)" }
}
