import WorkCalendar

/// A page is a function of a value: finished strings and links in, HTML out.
protocol Page: Sendable {
    var title: String { get }
    func body(_ w: Words) -> HTML
    /// Made-up ones for the gallery and the snapshot tests.
    static func samples(_ w: Words) -> [Self]
}

/// A page already drawn, kept to be shown again as it is.
struct DrawnPage: Page {
    let title: String
    private let drawn: HTML

    init(_ page: some Page, _ w: Words) {
        title = page.title
        drawn = page.body(w)
    }

    func body(_ w: Words) -> HTML { drawn }
    static func samples(_ w: Words) -> [DrawnPage] { [] }
}

/// What stands around every page of somebody signed in.
struct Frame: Sendable {
    struct Item: Sendable {
        var label: String
        var icon: String
        var link: String
        var count: Int
        var isCurrent: Bool
        /// Also in the bar at the foot of a phone.
        var isFrequent: Bool
    }
    var items: [Item]
    var theme: String
    var flash: String
    var demoClock: String
    var warning: String
    /// A form below the warning, for who may act on it.
    var warningAct: HTML = ""
    /// Live pages: where events come from.
    var live: String = ""
    /// Who is signed in: what waits on a shared phone is each one's own.
    var person: String = ""
}

enum Layout {
    private static func head(_ title: String, _ w: Words, theme: String) -> HTML {
        """
        <!doctype html>
        <html lang="\(w.language.rawValue)" data-theme="\(theme)">
        <head><meta charset="utf-8"><title>\(title) · \(w("app.name"))</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="stylesheet" href="\(Assets.link("hallkeeper.css"))">
        <link rel="icon" href="data:,">
        <script src="\(Assets.link("board.js"))" defer></script><script src="\(Assets.link("photo.js"))" defer></script><script src="\(Assets.link("rounds.js"))" defer></script>
        </head>
        """
    }

    /// A page of somebody signed in.
    static func render(_ page: some Page, _ frame: Frame, _ w: Words) -> HTML {
        """
        \(head(page.title, w, theme: frame.theme))
        <body><a class="skip" href="#main">\(w("nav.skip"))</a>
        \(frame.demoClock.isEmpty ? nil : demo(frame.demoClock, w))
        \(frame.warning.isEmpty ? nil : "<div class=\"flash warn\" role=\"alert\"><p>\(frame.warning)</p>\(frame.warningAct)</div>" as HTML)
        \(frame.person.isEmpty ? nil : bar(frame.person, w))
        <div class="frame">
        <nav class="side" aria-label="\(w("nav.label"))"><a class="brand" href="\(Site.today.link())">\(w("app.name"))</a>
        \(frame.items, item)
        </nav>
        <main class="main" id="main" data-live="\(frame.live)">
        \(frame.flash.isEmpty ? nil : "<p class=\"flash\" role=\"status\">\(frame.flash)</p>" as HTML)
        \(page.body(w))
        \(frame.items.last?.isCurrent == true ? more(frame, w) : nil)
        </main></div>
        <nav class="bottom" aria-label="\(w("nav.label"))">\(frame.items.filter(\.isFrequent), item)</nav>
        </body></html>
        """
    }

    /// What is not sent yet, and the PIN when a session ended meanwhile; filled in by rounds.js in its words.
    static func bar(_ person: String, _ w: Words) -> HTML {
        """
        <div id="bar" class="bar" hidden data-person="\(person)" data-queue="\(Site.queue.link())" data-today="\(Site.today.link())" data-unsent="\(w("walk.unsent"))" data-refused="\(w("walk.refused"))" data-waiting="\(w("walk.waiting"))" data-draft="\(w("walk.draft"))" data-left="\(w("walk.left"))" data-note="\(w("walk.note"))" data-photo="\(w("walk.photo"))" data-why="\(w("walk.why"))" data-full="\(w("walk.full"))" data-save="\(w("queue.save"))" data-offline="\(w("walk.offline"))" data-remove="\(w("walk.remove"))" data-draw="\(w("walk.draw"))" data-circle="\(w("draw.circle"))" data-arrow="\(w("draw.arrow"))" data-undo="\(w("draw.undo"))" data-keep="\(w("draw.keep"))" data-cancel="\(w("draw.cancel"))"></div>
        <div id="pin-box" class="bar" hidden><form><label for="renewal-pin">\(w("walk.pin"))</label> <input id="renewal-pin" class="short" type="password" inputmode="numeric" autocomplete="off"> <button>\(w("walk.go-on"))</button><p class="problem" role="alert"></p></form></div>
        """
    }

    /// On a phone, what does not fit the bar at the foot stands under "me".
    private static func more(_ frame: Frame, _ w: Words) -> HTML {
        let rest = frame.items.filter { !$0.isFrequent }
        return rest.isEmpty ? "" : "<nav class=\"more\" aria-label=\"\(w("nav.more"))\"><ul class=\"plain\">\(rest, { "<li><a href=\"\($0.link)\">\($0.label)</a></li>" })</ul></nav>"
    }

    private static func demo(_ clock: String, _ w: Words) -> HTML {
        """
        <div class="banner">\(w("demo.banner", ["clock": clock])) <a href="\(Site.demoClock.link())">\(w("demo.move"))</a></div>
        """
    }

    private static func item(_ item: Frame.Item) -> HTML {
        """
        <a href="\(item.link)" \(when: item.isCurrent, "aria-current=\"page\"")><span class="icon" aria-hidden="true">\(item.icon)</span><span>\(item.label)</span>\(item.count > 0 ? "<b class=\"count\">\(item.count)</b>" as HTML : nil)</a>
        """
    }

    /// A page for whoever is not signed in: sign-in, refusals, boards.
    static func bare(_ page: some Page, _ w: Words, live: String = "") -> HTML {
        """
        \(head(page.title, w, theme: "auto"))
        <body class="bare"><main class="main" id="main" data-live="\(live)">\(page.body(w))</main></body></html>
        """
    }
}
