import Foundation
import Regulation
import Store
import WorkCalendar

/// How many customers a service had in a month: entered, not counted by the program (K9).
struct CustomersServed: Sendable, Equatable, Kept {
    /// The company.
    var place: Place.ID
    var service: String
    /// `202611`.
    var month: String
    var customers: Int
    var by: Person.ID
    var at: Instant

    static let table = Table(name: "served", key: ["place", "service", "month"], columns: ["place", "service", "month", "customers", "by_person", "at"])
    var values: [Value] { [.text(place), .text(service), .text(month), customers.bound, .text(by), at.bound] }
}

extension CustomersServed {
    init(row: Row) throws {
        self.init(
            place: try row.text("place"), service: try row.text("service"), month: try row.text("month"), customers: Int(try row.int("customers")), by: try row.text("by_person"),
            at: try row.instant("at"))
    }

    /// Of some months, in order.
    static func all(from first: String, to last: String, _ tx: any Reading) throws -> [CustomersServed] {
        try tx.rows("select * from served where month >= \(first) and month <= \(last) order by month, service").map(CustomersServed.init(row:))
    }

    /// A million customers is many; a number with a thousands mark is read as people write it. Nil for what is no number.
    static func read(_ text: String) -> Int? {
        let plain = text.precomposedStringWithCompatibilityMapping.filter { !$0.isWhitespace && $0 != "," && $0 != "，" }
        guard (1...10).contains(plain.count), plain.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(plain)
    }
}

/// Complaints set beside the customers served: of a month, and of the twelve up to it.
struct PerCustomers: Sendable, Equatable {
    var complaints = 0
    var customers: Int?
    var year = 0
    /// The mean of the months of the twelve that are entered.
    var yearCustomers: Int?

    /// Hundredths, per million: rounded half up. Nil where no customers are entered.
    static func perMillion(_ complaints: Int, _ customers: Int?) -> Int? {
        guard let customers, customers > 0 else { return nil }
        return (complaints * 100_000_000 + customers / 2) / customers
    }
    var perMillion: Int? { Self.perMillion(complaints, customers) }
    var yearPerMillion: Int? { Self.perMillion(year, yearCustomers) }

    /// `12.35`; per thousand has three digits more behind the point.
    static func written(_ hundredths: Int?) -> String { hundredths.map { "\($0 / 100).\(String(100 + $0 % 100).dropFirst())" } ?? "–" }
    static func perThousand(_ hundredths: Int?) -> String { hundredths.map { "\($0 / 100_000).\(String(100_000 + $0 % 100_000).dropFirst())" } ?? "–" }
}

/// Entering them: a month, each service a line; below it what is entered.
struct CustomersPage: Page {
    struct Line: Sendable {
        var service: String
        var name: String
        var typed: String
        var problem: String
    }
    var title: String
    var month: String
    var months: [Selection]
    var lines: [Line]
    var services: [String]
    var known: [(month: String, cells: [String], link: String)]
    var hidden: HTML

    func body(_ w: Words) -> HTML {
        """
        <p class="sub"><a href="\(Site.figures.link())">‹ \(w("figure.title"))</a></p><h1>\(title)</h1><p class="sub">\(w("served.note"))</p>
        <form method="post" action="\(Site.served.link())" class="card">\(hidden)<div class="fields"><div class="field"><label for="month">\(w("figure.month"))</label><select id="month" name="month">\(Selection.options(months, chosen: month, empty: nil))</select></div>
        \(lines, { line($0, w) })</div><button class="primary">\(w("me.save"))</button></form>
        <div class="scroll" tabindex="0"><table><thead><tr><th>\(w("figure.month"))</th>\(services, { "<th class=\"number\">\($0)</th>" })</tr></thead><tbody>\(known, { "<tr><th scope=\"row\"><a href=\"\($0.link)\">\($0.month)</a></th>\($0.cells, { "<td class=\"number\">\($0)</td>" })</tr>" })</tbody></table></div>
        """
    }

    private func line(_ line: Line, _ w: Words) -> HTML {
        """
        <div class="field\(line.problem.isEmpty ? nil : " wrong" as HTML)"><label for="n-\(line.service)">\(line.name)</label><input id="n-\(line.service)" name="n-\(line.service)" inputmode="numeric" value="\(line.typed)" \(when: !line.problem.isEmpty, "aria-invalid=\"true\"")>\(line.problem.isEmpty ? nil : "<span class=\"problem\">\(line.problem)</span>" as HTML)</div>
        """
    }

    static func samples(_ w: Words) -> [CustomersPage] {
        [
            CustomersPage(
                title: w("served.title"), month: "202611", months: [Selection(id: "202611", name: "2026-11")], lines: [Line(service: "water", name: "水", typed: "1x", problem: w("served.number"))], services: ["水"],
                known: [("2026-10", ["182000"], "#")], hidden: "")
        ]
    }
}
