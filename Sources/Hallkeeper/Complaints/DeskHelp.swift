import Regulation
import WorkCalendar

/// What the search line understands and which keys there are: at the end of a page, and over it when `?` is pressed.
struct DeskHelp: Sendable {
    /// One condition, what it asks, and where it leads.
    struct Condition: Sendable {
        var example: String
        var key: String
        var link: String
    }
    var conditions: [Condition]
    /// Keys, each with the word for what it does.
    var keys: [(keys: [String], word: String)]

    static let queue: [(keys: [String], word: String)] = [
        (["j", "k"], "move"), (["Enter"], "open"), (["x"], "tick"), (["/"], "search"), (["n"], "take-in"), (["?"], "help"), (["Esc"], "close"),
    ]
    static let file: [(keys: [String], word: String)] = [
        (["e"], "next"), (["r"], "reply"), (["m"], "note"), (["Ctrl", "Enter"], "send"), (["u"], "back"), (["?"], "help"), (["Esc"], "close"),
    ]

    /// Conditions with the company's own kinds, halls and units as examples.
    static func conditions(_ book: CaseBook, _ tree: PlaceTree, _ w: Words, tomorrow: Day, tab: String) -> [Condition] {
        func named(_ name: String) -> String { name.contains(where: \.isWhitespace) ? "\"\(name)\"" : name }
        let hall = tree.halls.first.map { named(w($0.name)) }
        let unit = tree.places.first { $0.kind == "unit" && $0.ended == nil }.map { $0.code.isEmpty ? named(w($0.name)) : $0.code }
        let examples: [(String?, String)] = [
            ("state:late", "state"), (book.kinds.first { !$0.under.isEmpty }.map { "kind:" + $0.id }, "kind"), (hall.map { "hall:" + $0 }, "hall"), (unit.map { "unit:" + $0 }, "unit"),
            (book.severities.first.map { "severity:" + $0.id }, "severity"), (book.channels.first.map { "channel:" + $0.id }, "channel"), ("stage:replied", "stage"), ("assignee:me", "assignee"),
            ("due<" + tomorrow.description, "due"), ("recorded>" + tomorrow.adding(days: -8).description, "recorded"),
        ]
        return examples.compactMap { example, key in example.map { Condition(example: $0, key: key, link: Site.complaints.link() + "?tab=\(tab)&q=" + Submitted.encode($0)) } }
    }

    func html(_ w: Words, _ title: String) -> HTML {
        """
        <details class="note keys"><summary>\(title)</summary><div class="panel" tabindex="-1">\(conditions.isEmpty ? nil : searching(w))<h2>\(w("case.keys-title"))</h2><dl>\(keys, { row($0.keys, $0.word, w) })</dl></div></details>
        """
    }

    private func row(_ keys: [String], _ word: String, _ w: Words) -> HTML {
        "<dt>\(keys, { "<kbd>\($0)</kbd> " })</dt><dd>\(w("case.key." + word))</dd>"
    }

    private func searching(_ w: Words) -> HTML {
        """
        <h2>\(w("case.search-title"))</h2><dl>\(conditions, { "<dt><a href=\"\($0.link)\">\($0.example)</a></dt><dd>\(w("case.condition." + $0.key))</dd>" })</dl><p>\(w("case.search-rest"))</p>
        """
    }
}
