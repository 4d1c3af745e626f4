import Foundation
import Regulation
import Store
import WorkCalendar

/// What is done about customers: put on the register, warned of, erased as the law demands.
struct CustomerActs {
    let act: HallAct
    private var tx: Act { act.act }
    static let columns = ["number", "name", "phone", "account", "service", "address", "meter"]

    init(_ act: HallAct) { self.act = act }

    /// Puts one line of the books on the register: a customer once, each account once; what is there already is left alone, so
    /// that a list may be read in twice. Refuses a line without number or name, and a phone that cannot be read.
    @discardableResult
    func take(_ row: [String: String]) throws -> Customer {
        func value(_ key: String) -> String { (row[key] ?? "").trimmingCharacters(in: .whitespacesAndNewlines) }
        var problems: [(field: String, sentence: Text)] = []
        if value("number").isEmpty { problems.append(("number", Text("缺客户编号。", "The customer's number is missing."))) }
        if value("name").isEmpty { problems.append(("name", Text("缺姓名。", "The name is missing."))) }
        for key in Self.columns where value(key).count > (key == "address" ? 500 : 100) { problems.append((key, Text("太长了。", "Too long."))) }
        var phones: [String] = []
        for text in value("phone").split(whereSeparator: { "/、;；".contains($0) }).map(String.init) {
            if let phone = PhoneNumber.normal(text) { phones.append(phone) } else { problems.append(("phone", Text("电话看不懂：\(text)", "The phone cannot be read: \(text)"))) }
        }
        if problems.contains(where: { $0.field == "name" }), try tx.one("select 1 as one from customer where number = \(value("number"))") != nil { problems.removeAll { $0.field == "name" } }
        guard problems.isEmpty else { throw FormProblems(fields: problems) }
        let company = try act.company().id
        let number = value("number")
        var customer = try tx.one("select * from customer where number = \(number)").map(Customer.init(row:)) ?? Customer()
        if customer.erased != nil { throw Refusal.conflict(Text("这位客户的资料已依法删除。", "This customer's data were erased as the law demands.")) }
        let isNew = customer.id.isEmpty
        if isNew { (customer.place, customer.id, customer.number, customer.made) = (company, tx.id().description, number, act.now) }
        try act.enter(Event(kind: isNew ? "customer.added" : "customer.updated", about: "customer:" + customer.id, at: act.now), at: company)
        if isNew { customer.name = try tx.personal(value("name"), place: company).description }
        for phone in phones {
            let back = ComplaintSearch.backwards(phone)
            guard try tx.one("select 1 as one from customer_phone where customer = \(customer.id) and phone = \(back)") == nil else { continue }
            customer.phones = (customer.phoneIDs + [try tx.personal(phone, place: company).description]).joined(separator: ",")
            try tx.run("insert into customer_phone (customer, phone) values (\(customer.id), \(back))")
        }
        try tx.keep(customer)
        let account = value("account")
        if !account.isEmpty, try tx.one("select 1 as one from customer_account where customer = \(customer.id) and account = \(account) and meter = \(value("meter"))") == nil {
            var line = CustomerAccount()
            (line.place, line.id, line.customer, line.account) = (company, tx.id().description, customer.id, account)
            (line.service, line.meter) = (value("service"), value("meter"))
            if !value("address").isEmpty { line.address = try tx.personal(value("address"), place: company).description }
            try tx.keep(line)
        }
        return customer
    }

    private func find(_ id: Customer.ID) throws -> Customer {
        let company = try act.company().id
        guard let customer = try tx.one("select * from customer where place = \(company) and id = \(id)").map(Customer.init(row:)) else { throw Refusal.notFound }
        return customer
    }

    /// A word of warning to whoever answers them, until a day; without words it is taken back.
    func flag(_ id: Customer.ID, reason: String, until: Day?) throws {
        var customer = try find(id)
        let today = act.hall.zone.day(of: act.now)
        let words = reason.trimmingCharacters(in: .whitespacesAndNewlines)
        if !words.isEmpty {
            guard words.count <= 500 else { throw FormProblems(fields: [("reason", Text("太长了，最多 500 个字。", "Too long: 500 characters at most."))]) }
            guard let until, until >= today, until <= today.adding(days: 366) else { throw FormProblems(fields: [("until", Text("写明到哪一天，最多一年。", "Say until which day, a year at most."))]) }
        }
        try act.enter(Event(kind: words.isEmpty ? "customer.unflagged" : "customer.flagged", about: "customer:" + id, at: act.now), at: customer.place)
        customer.flagReason = words.isEmpty ? "" : try tx.personal(words, place: customer.place).description
        customer.flagUntil = words.isEmpty ? "" : until?.description ?? ""
        try tx.keep(customer)
    }

    /// Destroys what is known of a customer: on the register, and name, phone and address in every case of theirs; on demand
    /// what they said, too. The cases stay with their clocks and what was done. Misconduct is supervision's own.
    func erase(_ id: Customer.ID, alsoWords: Bool) throws -> Int {
        var customer = try find(id)
        guard customer.erased == nil else { throw Refusal.conflict(Text("已经删除过。", "It was erased already.")) }
        let phones = try tx.rows("select phone from customer_phone where customer = \(id)").map { try $0.text("phone") }
        let accounts = try tx.rows("select * from customer_account where customer = \(id)").map(CustomerAccount.init(row:))
        let numbers = accounts.map(\.account).filter { !$0.isEmpty }
        for text in [customer.name, customer.flagReason] + customer.phoneIDs + accounts.map(\.address) { try destroy(text, at: customer.place) }
        try act.enter(Event(kind: "customer.erased", about: "customer:" + id, at: act.now), at: customer.place)
        (customer.name, customer.phones, customer.flagReason, customer.flagUntil, customer.erased) = ("", "", "", "", act.now)
        try tx.keep(customer)
        for var account in accounts {
            (account.address, account.account, account.meter, account.ended) = ("", "", "", act.now)
            try tx.keep(account)
        }
        try tx.run("delete from customer_phone where customer = \(id)")
        var cases: Set<String> = []
        for phone in phones where !phone.isEmpty { for row in try tx.rows("select id from complaint_search where phone = \(phone) and phone <> '' and confidential = 0") { cases.insert(try row.text("id")) } }
        for account in numbers { for row in try tx.rows("select id from complaint_search where account = \(account) and account <> '' and confidential = 0") { cases.insert(try row.text("id")) } }
        var photos: [String] = []
        for id in cases.sorted() { photos += try eraseCase(id, alsoWords: alsoWords) }
        try Scrubbing.want(photos: photos, at: act.now, tx)
        return cases.count
    }

    /// A personal text, by an entry of its own.
    func destroy(_ text: String, at place: Place.ID) throws {
        guard !text.isEmpty else { return }
        try act.enter(Event(kind: "personal.erased", about: text, at: act.now), at: place)
        try tx.erase(text, place: place)
    }

    /// Gives the photos that go with it.
    private func eraseCase(_ id: Complaint.ID, alsoWords: Bool) throws -> [String] {
        guard var complaint = try tx.one("select * from complaint where id = \(id)").map(Complaint.init(row:)), !complaint.isConfidential else { return [] }
        for text in [complaint.name, complaint.phone, complaint.address] + (alsoWords ? [complaint.text, complaint.wish] : []) { try destroy(text, at: complaint.place) }
        try act.enter(Event(kind: "complaint.customer-erased", about: complaint.subject, at: act.now), at: complaint.place)
        (complaint.name, complaint.phone, complaint.address, complaint.account) = ("", "", "", "")
        complaint.version += 1
        try tx.keep(complaint)
        let texts = try ComplaintReader(tx: tx, hall: act.hall).words(complaint)
        try ComplaintSearch(engine: act.hall.store.engine).put(complaint, texts: [texts["text"] ?? "", texts["wish"] ?? ""], name: "", phone: "", account: "", tx)
        return alsoWords ? try eraseSaid(complaint) : []
    }

    /// What the customer said later, to us or on the page of the case, and what they sent; what staff wrote stays.
    private func eraseSaid(_ complaint: Complaint) throws -> [String] {
        var photos: [String] = []
        for var step in try tx.rows("select * from complaint_step where complaint = \(complaint.id) order by id").map(ComplaintStep.init(row:)) {
            let isTheirs = step.by == Actor.customer.text || ["record", ComplaintAct.supplement.rawValue].contains(step.act)
            let texts = (try JSON(parsing: Array(step.texts.utf8))).object ?? [:]
            for (field, text) in texts.sorted(by: { $0.key < $1.key }) where isTheirs || field == "said" { try destroy(text.string ?? "", at: step.place) }
            guard isTheirs, !step.files.isEmpty else { continue }
            photos += step.files.split(separator: ",").map(String.init)
            step.files = ""
            try act.enter(Event(kind: "complaint.photos-erased", about: complaint.subject, at: act.now), at: step.place)
            try tx.keep(step)
        }
        return photos
    }
}
