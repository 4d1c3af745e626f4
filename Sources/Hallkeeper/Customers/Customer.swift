import Foundation
import Store
import WorkCalendar

/// A customer as the company's books know them. Name, phones and addresses are personal texts; here are their ids.
struct Customer: Sendable, Equatable, Kept {
    typealias ID = String
    var place: Place.ID = ""
    var id: ID = ""
    /// The number in the books.
    var number = ""
    var name = ""
    /// Ids of personal texts, separated by commas.
    var phones = ""
    /// A word of warning to whoever answers them (a personal text), and its last day; it never blocks a new matter.
    var flagReason = ""
    var flagUntil = ""
    var made = Instant(ms: 0)
    /// When the law had their data erased.
    var erased: Instant?

    static let columns: [Column<Customer>] = [
        .text("place", \.place), .text("id", \.id), .text("number", \.number), .text("name", \.name), .text("phones", \.phones),
        .text("flag_reason", \.flagReason), .text("flag_until", \.flagUntil), .instant("made", \.made), .moment("erased", \.erased),
    ]
    static let table = Table(name: "customer", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }
    var phoneIDs: [String] { phones.split(separator: ",").map(String.init) }
}

/// What a customer is supplied with: an account, where, and through which meter.
struct CustomerAccount: Sendable, Equatable, Kept {
    var place: Place.ID = ""
    var id = ""
    var customer: Customer.ID = ""
    var account = ""
    var service = ""
    /// A personal text.
    var address = ""
    var meter = ""
    var ended: Instant?

    static let columns: [Column<CustomerAccount>] = [
        .text("place", \.place), .text("id", \.id), .text("customer", \.customer), .text("account", \.account), .text("service", \.service),
        .text("address", \.address), .text("meter", \.meter), .moment("ended", \.ended),
    ]
    static let table = Table(name: "customer_account", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }
}

/// A customer with their words, as whoever answers them reads it.
struct CustomerFile: Sendable {
    var customer: Customer
    var name = ""
    var phones: [String] = []
    var accounts: [(account: CustomerAccount, address: String)] = []
    var flag = ""

    /// Finds customers by what one has of them: a phone in whatever way it is written, an account, a meter, the number.
    static func find(_ asked: String, _ tx: any Reading, most: Int = 5) throws -> [CustomerFile] {
        let plain = asked.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !plain.isEmpty, plain.count <= 60 else { return [] }
        var ids: [String] = []
        if let phone = PhoneNumber.normal(plain).map(PhoneNumber.main) {
            ids += try tx.rows("select customer from customer_phone where phone = \(ComplaintSearch.backwards(phone)) order by customer limit \(most)").map { try $0.text("customer") }
        }
        ids += try tx.rows("select customer from customer_account where account = \(plain) order by customer limit \(most)").map { try $0.text("customer") }
        ids += try tx.rows("select id from customer where number = \(plain) limit \(most)").map { try $0.text("id") }
        var seen: Set<String> = []
        return try ids.filter { seen.insert($0).inserted }.prefix(most).compactMap { try of($0, tx) }
    }

    static func of(_ id: Customer.ID, _ tx: any Reading) throws -> CustomerFile? {
        guard let customer = try tx.one("select * from customer where place in (select place from place where kind = \("company")) and id = \(id)").map(Customer.init(row:)) else { return nil }
        var file = CustomerFile(customer: customer)
        let accounts = try tx.rows("select * from customer_account where customer = \(id) order by account, id").map(CustomerAccount.init(row:))
        let wanted = ([customer.name, customer.flagReason] + customer.phoneIDs + accounts.map(\.address)).filter { !$0.isEmpty }
        var words: [String: String] = [:]
        if !wanted.isEmpty { for row in try tx.rows("select id, text from personal where id in \(list: wanted)") { words[try row.text("id")] = try row.text("text") } }
        file.name = words[customer.name] ?? ""
        file.phones = customer.phoneIDs.compactMap { words[$0] }.filter { !$0.isEmpty }
        file.accounts = accounts.filter { $0.ended == nil }.map { ($0, words[$0.address] ?? "") }
        file.flag = words[customer.flagReason] ?? ""
        return file
    }

    /// What is said to whoever answers them today, or "".
    func warning(on day: Day) -> String { !flag.isEmpty && customer.flagUntil >= day.description ? flag : "" }
}
