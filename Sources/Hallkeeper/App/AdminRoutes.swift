import Foundation
import Regulation
import Store
import WorkCalendar

/// The ledger, the demo's clock, the clock's confirmation, the gallery.
struct AdminRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        var list = [
            Entry("GET", Site.ledger, .may("ledger"), ledger), Entry("POST", Site.confirmClock, .may("company"), confirm),
        ]
        // The demo's clock exists only in a database whose clock is made up.
        if hall.clock.isMadeUp {
            list += [
                Entry("GET", Site.demoClock, .signedIn, showClock), Entry("POST", Site.demoClock, .signedIn, moveClock),
                Entry("GET", Site.gallery, .anyone, gallery),
            ]
        }
        return list
    }

    private func ledger(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let reach = Array(desk.viewer.places("ledger", in: desk.tree)).sorted()
        let rows = try await hall.store.read { tx in
            try tx.rows("select id, recorded, kind, actor, place from entry where place in \(list: reach) order by id desc limit 100").map {
                (try $0.instant("recorded"), try $0.text("kind"), try $0.text("actor"), try $0.text("place"))
            }
        }
        let backups = try await hall.store.read { tx in
            try tx.rows("select recorded, kind, body, place from entry where place in \(list: reach) and kind in ('backup.proven', 'backup.failed') order by id desc limit 7").map {
                (try $0.instant("recorded"), try $0.text("kind"), try JSON(parsing: Array(try $0.text("body").utf8))["event"])
            }
        }
        let heads = try await hall.ledger.heads().filter { reach.contains($0.chain) }
        return try await desk.page(
            TablesPage(
                title: desk.w("nav.ledger"), note: desk.w("ledger.note"),
                tables: [
                    (desk.w("ledger.heads"), heads.map { [desk.tree[$0.chain].map { desk.w($0.name) } ?? $0.chain, "\($0.seq)", String($0.hash.prefix(16))] }),
                    (desk.w("ledger.backups"), backups.map { at, kind, event in
                        [desk.times.moment(at), desk.entryName(kind), event?["why"]?.string ?? desk.w("backup.holds", ["entries": event?["entries"]?.string ?? "", "photos": event?["photos"]?.string ?? ""])]
                    }),
                    (desk.w("ledger.entries"), rows.map { [desk.times.moment($0.0), desk.entryName($0.1), $0.2 == "clock" ? desk.w("who.clock") : "", desk.tree[$0.3].map { desk.w($0.name) } ?? ""] }),
                ]))
    }

    private func confirm(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        try await hall.act(by: desk.actor, at: visit.now) { act in
            try act.enter(Event(kind: "clock.confirmed", at: act.now), at: act.company().id)
            let mark = act.act.id()
            try act.act.run("insert into setting (name, value) values (\(Timers.setting), \(mark)) on conflict (name) do update set value = excluded.value")
        }
        hall.timers.confirm()
        return desk.done(Site.today.link(), desk.w("clock.confirmed"))
    }

    private func showClock(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        return try await desk.page(ClockPage(title: desk.w("demo.move"), now: desk.times.day(desk.today) + " " + desk.times.clock(visit.now), hidden: desk.hidden))
    }

    /// Forward only; what falls due on the way is done before the page comes back.
    private func moveClock(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let minutes = Int(visit.form["minutes"]) ?? 0
        var target = visit.now.adding(minutes: max(0, min(minutes, 14 * 1440)))
        if visit.form["to"] == "morning" { target = hall.zone.instant(desk.today.adding(days: 1), minute: 8 * 60) }
        let runner = JobRunner(hall: hall)
        while hall.clock.now < target {
            // Hour by hour, so that each morning is planned before its duties fall due.
            _ = hall.clock.move(to: min(target, hall.clock.now.adding(minutes: 60)))
            try await runner.catchUp(to: hall.clock.now)
        }
        try await DemoWorld.remember(hall)
        return .redirect(Site.today.link())
    }

    /// Every page with made-up data, without sign-in; only where the clock is made up.
    private func gallery(_ visit: Visit) async throws -> Reply {
        let w = visit.words
        let pages = Gallery.all(w)
        if let name = visit.request.query["page"], let found = pages.first(where: { $0.0 == name }) {
            return .page(found.1)
        }
        let links: HTML = "\(pages, { "<li><a href=\"\(Site.gallery.link())?page=\($0.0)\">\($0.0)</a></li>" })"
        return .page("<!doctype html><html lang=\"en\"><head><title>Pages</title><meta charset=\"utf-8\"></head><body><main><h1>Pages</h1><ul>\(links)</ul></main></body></html>")
    }
}

/// All samples of all pages, whole, in one language.
enum Gallery {
    static func all(_ w: Words) -> [(String, HTML)] {
        func of<P: Page>(_ type: P.Type, bare: Bool = false) -> [(String, HTML)] {
            type.samples(w).enumerated().map { index, page in
                let frame = Frame(
                    items: [Frame.Item(label: w("nav.today"), icon: "☑", link: "#", count: 3, isCurrent: true, isFrequent: true)], theme: "auto", flash: "", demoClock: "", warning: "")
                return ("\(type)-\(index + 1)", bare ? Layout.bare(page, w) : Layout.render(page, frame, w))
            }
        }
        return of(SignInPage.self, bare: true) + of(CarryPage.self, bare: true) + of(RefusalPage.self, bare: true) + of(TodayPage.self) + of(DutyPage.self)
            + of(FindingPage.self) + of(FindingsPage.self) + of(NoticePage.self) + of(QueuePage.self) + of(OfflinePage.self, bare: true) + of(ReportsPage.self) + of(ReportPage.self) + of(BoardPage.self) + of(HallsPage.self) + of(EveningPage.self)
            + of(PatrolsPage.self) + of(PatrolNewPage.self) + of(PatrolPage.self) + of(PatrolResultPage.self) + of(DifferencePage.self) + of(DifferenceRowsPage.self) + of(ScoresPage.self)
            + of(CoveragePage.self) + of(CellPage.self) + of(InboxPage.self) + of(ClausesPage.self) + of(ClausePage.self) + of(PeoplePage.self) + of(PersonPage.self)
            + of(RosterPage.self) + of(MePage.self) + of(PlacesPage.self) + of(PlacePage.self) + of(RegistersPage.self) + of(RegisterPage.self) + of(ItemPage.self) + of(LabelsPage.self) + of(ScanPage.self) + of(PublicLogPage.self, bare: true) + of(PlanPage.self) + of(PlanEditPage.self) + of(PlanHeatPage.self) + of(TablesPage.self) + of(PacksPage.self) + of(PackPreviewPage.self) + of(RoundsPage.self) + of(HallRoundPage.self) + of(VoluntaryPage.self) + of(RoundPage.self)
            + of(PointPage.self) + of(NewRoundPage.self) + of(ClockPage.self) + of(SetUpPage.self, bare: true)
            + of(ComplaintsPage.self) + of(ComplaintPage.self) + of(IntakePage.self) + of(HandedOverPage.self) + of(ComplaintPaper.self) + of(BulkPage.self) + of(RepliesPage.self) + of(CustomerRegisterPage.self) + of(CustomerPage.self) + of(DeputiesPage.self)
            + of(PublicFormPage.self, bare: true) + of(TrackPage.self, bare: true) + of(TrackedPage.self, bare: true) + of(ReceiptPage.self, bare: true) + of(PrivacyPage.self, bare: true) + of(OutletsPage.self) + of(SubscriptionsPage.self)
    }
}

/// Plain tables with headings.
struct TablesPage: Page {
    var title: String
    var note: String
    var tables: [(String, [[String]])]

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="note">\(note)</p>
        \(tables, { PlainTable.section($0.0, $0.1, w) })
        """
    }

    static func samples(_ w: Words) -> [TablesPage] { [TablesPage(title: w("nav.ledger"), note: w("ledger.note"), tables: [("x", [["1", "2"]])])] }
}

struct ClockPage: Page {
    var title: String
    var now: String
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <h1>\(title)</h1><p class="sub">\(now)</p><form method="post" action="\(Site.demoClock.link())">\(hidden)
        <div class="actions"><button name="minutes" value="15">+15 min</button><button name="minutes" value="60">+1 h</button><button name="minutes" value="240">+4 h</button><button name="to" value="morning">\(w("demo.morning"))</button></div></form>
        """
    }

    static func samples(_ w: Words) -> [ClockPage] { [ClockPage(title: w("demo.move"), now: "8:57", hidden: "")] }
}
