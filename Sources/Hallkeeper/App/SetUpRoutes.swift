import Foundation
import Regulation
import Store
import WorkCalendar

/// The first start of an empty database: company, one hall, an administrator, the pack; with the one-time code the
/// program printed. Afterwards the page does not exist.
struct SetUpRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] { [Entry("GET", Site.setUp, .anyone, show), Entry("POST", Site.setUp, .anyone, setUp)] }

    private func isEmpty() async throws -> Bool {
        try await hall.store.read { tx in try tx.one("select 1 as one from person limit 1") == nil }
    }

    private func show(_ visit: Visit) async throws -> Reply {
        guard try await isEmpty() else { throw Refusal.notFound }
        return .page(Layout.bare(page(visit, typed: visit.request.query["pack"].map { ["pack": $0] } ?? [:], problems: [:]), visit.words))
    }

    /// The page asks about the traits of the pack that was chosen.
    private func page(_ visit: Visit, typed: [String: String], problems: [String: String]) -> SetUpPage {
        let shelf = PackFolder.shelf
        let chosen = typed["pack"].flatMap { shelf.contains($0) ? $0 : nil } ?? shelf.first ?? ""
        let traits = (try? PackReader.read(PackFolder.read(PackFolder.path(of: chosen))).pack)?.traits ?? []
        return SetUpPage(
            typed: typed, problems: problems, packs: shelf, pack: chosen,
            traits: traits.map { SetUpPage.Trait(id: $0.id, name: visit.words($0.name), choices: TraitChoice.of($0)) })
    }

    private func setUp(_ visit: Visit) async throws -> Reply {
        guard try await isEmpty() else { throw Refusal.notFound }
        let form = visit.form
        do {
            guard let code = hall.setUpCode, !code.isEmpty, form["code"] == code else {
                throw FormProblems(fields: [("code", Text("一次性口令不对，见程序启动时的输出。", "The one-time code is not right; the program printed it at start."))])
            }
            // Only packs that lie beside the program: a name from a browser never becomes a path.
            guard let chosen = PackFolder.shelf.first(where: { form["pack"].isEmpty || $0 == form["pack"] }) else {
                throw FormProblems(fields: [("pack", Text("没有这个规范包。", "There is no such pack."))])
            }
            let files = try PackFolder.read(PackFolder.path(of: chosen))
            let today = hall.zone.day(of: visit.now)
            guard let pack = PackReader.read(files).pack, let role = pack.roles.first(where: { $0.may.contains("company") }) else {
                throw FormProblems(fields: [("pack", Text("规范包读不了，请先运行 pack check。", "The pack does not read; run pack check first."))])
            }
            let (company, hallName, hours, name, login) = (form["company"], form["hall"], form["hours"], form["name"], form["login"])
            let unnamed = ["company", "hall"].filter { form[$0].isEmpty }
            guard unnamed.isEmpty else { throw FormProblems(fields: unnamed.map { ($0, Text("请写名称。", "A name is needed.")) }) }
            let secrets = try await Sessions(hall: hall).secrets(password: form["password"])
            let layers = try ShippedCalendars.texts()
            // All of it or nothing, and once: with a person in it the page is gone.
            try await hall.act(by: .machine("set-up"), at: visit.now) { act in
                guard try act.act.one("select 1 as one from person limit 1") == nil else { throw Refusal.notFound }
                let places = PlaceActs(act: act)
                let root = try places.found(kind: "company", parent: "", code: "company", name: Text(company, company), starts: today)
                let first = try places.found(kind: "hall", parent: root.id, code: "hall-1", name: Text(hallName, hallName), hours: hours, starts: today)
                for trait in pack.traits {
                    guard let choice = TraitChoice.of(trait).first(where: { $0.rawValue == form[TraitChoice.field(trait.id)] }) else { continue }
                    // Where conditions are denied, the reason is asked on the hall's page; here it says who said so.
                    try places.answer(trait.id, at: first.id, choice.answer(to: trait), reason: choice == .none ? visit.words("set-up.no-conditions") : "")
                }
                let person = try PersonActs(act: act).takeOn(name: name, login: login, at: root.id)
                try PersonActs(act: act).give(role.id, to: person.id, at: root.id, from: today)
                try PersonActs(act: act).keep(secrets, of: person.id)
                for layer in layers { try CalendarLoading.load(layer, level: "national", reason: "State Council", act) }
                try Publishing.publish(files, as: pack, from: today, act)
            }
            return .redirect(Site.signIn.link())
        } catch let problems as FormProblems {
            let told = Dictionary(problems.fields.map { ($0.field, visit.words($0.sentence)) }, uniquingKeysWith: { first, _ in first })
            return .page(Layout.bare(page(visit, typed: form.answers, problems: told), visit.words), status: 422)
        }
    }
}

struct SetUpPage: Page {
    struct Trait: Sendable {
        var id: String
        var name: String
        var choices: [TraitChoice]
    }
    var typed: [String: String]
    var problems: [String: String]
    var packs: [String]
    var pack: String
    var traits: [Trait]
    var title: String { "Hallkeeper" }

    func body(_ w: Words) -> HTML {
        """
        <div class="sheet"><h1>\(w("set-up.title"))</h1><p>\(w("set-up.text"))</p>
        <form method="get" action="\(Site.setUp.link())" class="field"><label for="pack">\(w("set-up.pack"))</label><select id="pack" name="pack">\(packs, { "<option value=\"\($0)\" \(when: $0 == pack, "selected")>\($0)</option>" })</select> <button class="quiet">\(w("set-up.choose"))</button></form>
        <form method="post" action="\(Site.setUp.link())"><input type="hidden" name="pack" value="\(pack)">\(problems["pack"].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })
        \(["code", "company", "hall", "hours"], { field($0, w) })
        <fieldset class="field"><legend>\(w("set-up.traits"))</legend><p class="note">\(w("set-up.traits-note"))</p>\(traits, { trait($0, w) })</fieldset>
        \(["name", "login", "password"], { field($0, w) })
        <div class="actions"><button class="primary">\(w("set-up.go"))</button></div></form></div>
        """
    }

    private func trait(_ trait: Trait, _ w: Words) -> HTML {
        let name = TraitChoice.field(trait.id)
        return """
            <div class="field cols"><label for="\(name)">\(trait.name)</label><select id="\(name)" name="\(name)"><option value="">\(w("set-up.later"))</option>\(trait.choices, { "<option value=\"\($0.rawValue)\" \(when: typed[name] == $0.rawValue, "selected")>\($0.words(trait.choices, w))</option>" })</select></div>
            """
    }

    private func field(_ name: String, _ w: Words) -> HTML {
        """
        <div class="field"><label for="\(name)">\(w("set-up." + name))</label>\(problems[name].map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })<input id="\(name)" name="\(name)" \(when: name == "password", "type=\"password\"") value="\(name == "password" ? "" : typed[name] ?? (name == "hours" ? "Mo-Fr 08:30-17:30" : ""))" required></div>
        """
    }

    static func samples(_ w: Words) -> [SetUpPage] {
        [SetUpPage(typed: [:], problems: ["code": "一次性口令不对"], packs: ["guangan", "library"], pack: "guangan", traits: [Trait(id: "restroom", name: "卫生间", choices: [.installed, .missing]), Trait(id: "parking", name: "停车位", choices: [.installed, .missing, .none])])]
    }
}
