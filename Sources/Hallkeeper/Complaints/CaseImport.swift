import Foundation
import Regulation
import Store
import WorkCalendar

/// A file of old cases being taken in: which column is what, how far it is.
struct CaseImport: Sendable, Equatable, Kept {
    typealias ID = String
    enum State: String, Sendable { case mapping, running, done }
    var place: Place.ID = ""
    var id: ID = ""
    /// The file, as UTF-8.
    var blob = ""
    var name = ""
    var mapping = "{}"
    var lines = 0
    var state: State = .mapping
    /// Rows looked at; of these taken in, there already, and not possible.
    var done = 0
    var added = 0
    var known = 0
    var wrong = 0
    var by: Person.ID = ""
    var at = Instant(ms: 0)
    var ended: Instant?

    static let columns: [Column<CaseImport>] = [
        .text("place", \.place), .text("id", \.id), .text("blob", \.blob), .text("name", \.name), .text("mapping", \.mapping), .int("lines", \.lines), .word("state", \.state), .int("done", \.done),
        .int("added", \.added), .int("known", \.known), .int("wrong", \.wrong), .text("by_person", \.by), .instant("at", \.at), .moment("ended", \.ended),
    ]
    static let table = Table(name: "case_import", key: ["place", "id"], columns: columns.map(\.name))
    var values: [Value] { Self.columns.map { $0.value(self) } }
    init() {}
    init(row: Row) throws {
        for column in Self.columns { try column.take(&self, row) }
    }
}

/// What a column of the file can be.
enum ImportField: String, Sendable, CaseIterable {
    case recorded, text, title, kind, door, channel, severity, service, hall, unit, number, name, phone, address, account, wish, replied, replyDays, reply, finding, cause, satisfaction, solved, closed, note

    /// Choices whose values stand in the rulebook: what the file calls them is said once.
    var isChoice: Bool { [.kind, .door, .channel, .severity, .service, .hall, .unit, .finding, .cause, .satisfaction, .solved].contains(self) }
    /// Where nothing is said, one value holds for the whole file; without it the line is wrong.
    var needsDefault: Bool { [.kind, .door, .channel, .severity].contains(self) }

    /// Heads by which a column is known at once; the first that fits, in this order.
    var heads: [String] {
        switch self {
        case .recorded: ["受理时间", "登记时间", "来电时间", "投诉时间", "反映时间", "受理日期", "登记日期", "日期", "时间", "asked_at", "asked_on", "taken in", "recorded", "created", "date", "opened"]
        case .text: ["内容", "投诉内容", "诉求内容", "正文", "详情", "事由", "body", "text", "what was said", "description", "content"]
        case .title: ["标题", "主题", "topic", "title", "subject"]
        case .kind: ["类别", "投诉类别", "分类", "category"]
        case .door: ["性质", "类型", "诉求类型", "door", "kind", "type"]
        case .channel: ["来源", "渠道", "受理渠道", "channel", "source channel"]
        case .severity: ["等级", "级别", "severity", "priority"]
        case .service: ["业务", "专业", "service"]
        case .hall: ["营业厅", "hall", "office"]
        case .unit: ["单位", "责任单位", "承办单位", "unit", "department"]
        case .number: ["编号", "工单编号", "工单号", "原编号", "流水号", "number", "message_id", "case id", "id", "source_row"]
        case .name: ["客户", "姓名", "客户姓名", "投诉人", "联系人", "user", "name", "customer"]
        case .phone: ["电话", "联系电话", "手机", "手机号", "phone", "mobile", "telephone"]
        case .address: ["地址", "用水地址", "address"]
        case .account: ["户号", "客户编号", "account"]
        case .wish: ["诉求", "要求", "wish", "demand"]
        case .replied: ["答复", "答复时间", "回复时间", "replied_at", "replied", "answered"]
        case .replyDays: ["答复天数", "办理天数", "days_to_final_reply", "reply_days"]
        case .reply: ["答复内容", "处理结果", "回复内容", "reply", "reply text", "answer", "resolution"]
        case .finding: ["认定", "属实情况", "是否属实", "finding"]
        case .cause: ["原因", "原因分类", "cause"]
        case .satisfaction: ["满意度", "satisfaction"]
        case .solved: ["解决", "是否解决", "solved"]
        case .closed: ["结束", "办结时间", "完成时间", "closed", "closed_at", "ended"]
        case .note: ["备注", "说明", "note", "remark"]
        }
    }
}

/// Which column is what, what the file's own words for a choice mean, and what holds where nothing is said.
struct ImportMapping: Sendable, Equatable {
    /// field → head of the column.
    var columns: [String: String] = [:]
    /// `channel:网站` → `web`; `*` is what holds where nothing is said.
    var values: [String: String] = [:]
    /// field → id.
    var defaults: [String: String] = [:]

    var json: String {
        func object(_ members: [String: String]) -> JSON { .object(members.mapValues { .string($0) }) }
        return JSON.object(["columns": object(columns), "values": object(values), "defaults": object(defaults)]).text
    }

    init() {}
    init(json: String) {
        guard let read = try? JSON(parsing: Array(json.utf8)) else { return }
        func members(_ key: String) -> [String: String] { (read[key]?.object ?? [:]).compactMapValues(\.string) }
        (columns, values, defaults) = (members("columns"), members("values"), members("defaults"))
    }

    /// By the heads of the columns, as far as they speak for themselves.
    init(guessing head: [String], _ book: CaseBook) {
        var left = head.filter { !$0.isEmpty }
        for field in ImportField.allCases {
            for wanted in field.heads {
                guard let index = left.firstIndex(where: { $0.lowercased() == wanted }) else { continue }
                columns[field.rawValue] = left.remove(at: index)
                break
            }
        }
        defaults["door"] = book.doors.first?.id
        defaults["severity"] = book.lightest
        defaults["kind"] = book.kinds.last { !$0.under.isEmpty && !$0.isConfidential }?.id
        defaults["channel"] = book.channels.first?.id
    }

    static func head(_ head: [String]) -> String { Hash.sha256(hex: head.joined(separator: "\n")) }
}

/// A row of the file as the case it would be.
struct ImportedCase: Sendable {
    var complaint = Complaint()
    var texts: [String: String] = [:]
    var reply = ""
    var note = ""

    typealias Problem = (field: ImportField, sentence: Text)
}

/// Reads rows by a mapping: pure. The same row always becomes a case of the same id, so that a file twice adds nothing.
struct ImportReading: Sendable {
    let mapping: ImportMapping
    let book: CaseBook
    let tree: PlaceTree
    let zone: Zone
    let now: Instant
    private let positions: [ImportField: Int]
    private let choices: [ImportField: [String: String]]

    init(_ mapping: ImportMapping, head: [String], book: CaseBook, tree: PlaceTree, zone: Zone, now: Instant) {
        (self.mapping, self.book, self.tree, self.zone, self.now) = (mapping, book, tree, zone, now)
        var positions: [ImportField: Int] = [:]
        for field in ImportField.allCases { if let name = mapping.columns[field.rawValue], let index = head.firstIndex(of: name) { positions[field] = index } }
        self.positions = positions
        var choices: [ImportField: [String: String]] = [:]
        for field in ImportField.allCases where field.isChoice {
            var known: [String: String] = [:]
            // Codes before names; of two alike the first counts.
            let items = Self.items(field, book, tree)
            for item in items { for name in [item.name.zh, item.name.en, item.id] where !name.isEmpty { if known[name.lowercased()] == nil { known[name.lowercased()] = item.id } } }
            choices[field] = known
        }
        self.choices = choices
    }

    /// What a choice can be. Misconduct is taken in by people, never from a file.
    static func items(_ field: ImportField, _ book: CaseBook, _ tree: PlaceTree) -> [CaseBook.Item] {
        func places(_ kind: String) -> [CaseBook.Item] { tree.places.filter { $0.kind == kind && $0.ended == nil }.map { .init(id: $0.id, name: $0.name) } }
        switch field {
        case .kind: return book.kinds.filter { !$0.isConfidential }.map { .init(id: $0.id, name: $0.name) }
        case .door: return book.doors
        case .channel: return book.channels.map { .init(id: $0.id, name: $0.name) }
        case .severity: return book.severities.map { .init(id: $0.id, name: $0.name) }
        case .hall: return places("hall")
        case .unit: return places("unit")
        case .solved: return [.init(id: "yes", name: Text("是", "yes")), .init(id: "no", name: Text("否", "no"))]
        case .service, .finding, .cause, .satisfaction: return book.lists[field.rawValue] ?? []
        default: return []
        }
    }

    /// What stands in a field of a row. What our own tables made harmless is as it was.
    func text(_ field: ImportField, _ row: ImportFile.Row) -> String {
        guard let index = positions[field], index < row.fields.count else { return "" }
        return CSVText.plain(row.fields[index].trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// What a choice of a row means; nil where nobody has said.
    func choice(_ field: ImportField, _ row: ImportFile.Row) -> String? {
        let text = text(field, row)
        let fallback = mapping.defaults[field.rawValue] ?? ""
        guard !text.isEmpty else { return fallback.isEmpty && field.needsDefault ? nil : fallback }
        if let said = mapping.values[field.rawValue + ":" + text] { return said == "*" ? fallback : said }
        return choices[field]?[text.lowercased()]
    }

    func read(_ row: ImportFile.Row) -> (one: ImportedCase, problems: [ImportedCase.Problem]) {
        var (one, problems) = (ImportedCase(), [ImportedCase.Problem]())
        func wrong(_ field: ImportField, _ zh: String, _ en: String) { problems.append((field, Text(zh, en))) }
        func moment(_ field: ImportField) -> (at: Instant, isDay: Bool)? {
            let text = text(field, row)
            guard !text.isEmpty else { return nil }
            guard let found = WrittenMoment.read(text, in: zone) else {
                wrong(field, "“\(text.prefix(40))”不是时间，写成 2026-03-02 09:05。", "“\(text.prefix(40))” is no moment; write it like 2026-03-02 09:05.")
                return nil
            }
            if found.at > now { wrong(field, "时间在将来。", "It lies in the future.") }
            return found
        }
        if let recorded = moment(.recorded) { one.complaint.recorded = recorded.at } else if text(.recorded, row).isEmpty { wrong(.recorded, "没有受理时间。", "There is no moment of intake.") }
        let recorded = one.complaint.recorded
        func later(_ field: ImportField) -> Instant? {
            guard let found = moment(field) else { return nil }
            // A day without a clock is not before the clock of the same day.
            if found.isDay, zone.day(of: found.at) == zone.day(of: recorded) { return max(found.at, recorded) }
            if found.at < recorded { wrong(field, "早于受理时间。", "It is before the intake.") }
            return found.at
        }
        one.complaint.replied = later(.replied)
        let days = text(.replyDays, row)
        if one.complaint.replied == nil, !days.isEmpty {
            if let number = Double(days), (0..<10_000).contains(number) { one.complaint.replied = recorded.adding(ms: Int64(number * 86_400_000)) } else { wrong(.replyDays, "“\(days.prefix(20))”不是天数。", "“\(days.prefix(20))” is no number of days.") }
        }
        let (title, body) = (text(.title, row), text(.text, row))
        one.texts["text"] = title.isEmpty || body.hasPrefix(title) ? body : body.isEmpty ? title : title + "\n" + body
        if one.texts["text"]?.isEmpty != false { wrong(.text, "没有内容。", "There is nothing said.") }
        for field in [ImportField.wish, .name, .address] { one.texts[field.rawValue] = text(field, row) }
        (one.reply, one.note) = (text(.reply, row), text(.note, row))
        for (field, words) in [(ImportField.text, one.texts["text"] ?? ""), (.reply, one.reply), (.note, one.note)] where words.count > ActInput.longest {
            wrong(field, "太长了，最多 \(ActInput.longest) 个字。", "Too long: \(ActInput.longest) characters at most.")
        }
        let phone = text(.phone, row)
        if phone.contains("*") { one.texts["phone"] = phone } else if !phone.isEmpty {
            if let normal = PhoneNumber.normal(phone) { one.texts["phone"] = normal } else { wrong(.phone, "电话看不懂：“\(phone.prefix(30))”。", "The phone cannot be read: “\(phone.prefix(30))”.") }
        }
        func choose(_ field: ImportField) -> String {
            if let chosen = choice(field, row) { return chosen }
            let text = text(field, row)
            if text.isEmpty { wrong(field, "没有写，也没有选缺省值。", "Nothing is said, and no value is chosen for that.") } else { wrong(field, "不认识“\(text.prefix(40))”。", "“\(text.prefix(40))” is not known.") }
            return ""
        }
        (one.complaint.door, one.complaint.kind, one.complaint.channel, one.complaint.severity) = (choose(.door), choose(.kind), choose(.channel), choose(.severity))
        (one.complaint.service, one.complaint.hall, one.complaint.unit) = (choose(.service), choose(.hall), choose(.unit))
        (one.complaint.finding, one.complaint.cause, one.complaint.satisfaction, one.complaint.solved) = (choose(.finding), choose(.cause), choose(.satisfaction), choose(.solved))
        (one.complaint.outerNumber, one.complaint.account) = (String(text(.number, row).prefix(60)), String(text(.account, row).prefix(60)))
        one.complaint.ended = later(.closed) ?? one.complaint.replied ?? recorded
        if let replied = one.complaint.replied, let ended = one.complaint.ended, ended < replied { one.complaint.ended = replied }
        one.complaint.stage = .closed
        one.complaint.series = Self.series
        one.complaint.isAnonymous = (one.texts["name"] ?? "").isEmpty && (one.texts["phone"] ?? "").isEmpty
        let identity = [one.complaint.outerNumber, String(recorded.ms), one.texts["text"] ?? "", one.texts["name"] ?? "", one.texts["phone"] ?? ""].joined(separator: "\u{1F}")
        one.complaint.id = "H" + Hash.sha256(hex: identity).prefix(25).uppercased()
        return (one, problems)
    }

    /// History has numbers of its own: `LS20200903-0001`, and no figure counts it.
    static let series = "LS"
}
