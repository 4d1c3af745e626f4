import WorkCalendar

/// `cases.yaml`.
extension PackParts {
    /// The lists a company's rulebook may name.
    static let caseLists = ["finding", "responsibility", "result", "satisfaction", "call-back", "suspension", "decline", "cause", "service"]

    /// What a unit may ask for; the life of a case knows these.
    static let caseRequests = ["extension", "suspension", "unneeded", "decline", "unreasonable"]

    mutating func takeCases(_ node: PackNode) {
        guard let map = node.map(["cases", "severities", "channels", "kinds", "requests", "repeats", "replies", "retention", "lists"]) else { return }
        var book = CaseBook()
        for item in map["cases"]?.items(of: "case") ?? [] {
            guard let inner = item.map(["id", "name", "clause", "act", "capability", "confidential", "door", "note"]), let declared = declared(inner, "case") else { continue }
            cases.append(declared)
            if inner["door"]?.flag == true { book.doors.append(CaseBook.Item(id: declared.id, name: declared.name)) }
        }
        for item in map["severities"]?.items(of: "severity") ?? [] {
            guard let inner = item.map(["id", "name", "approval", "note"]), let declared = declared(inner, "severity") else { continue }
            book.severities.append(CaseBook.Severity(id: declared.id, name: declared.name, approval: inner["approval"]?.texts ?? []))
        }
        for item in map["channels"]?.items(of: "channel") ?? [] {
            guard let inner = item.map(["id", "name", "side", "note"]), let declared = declared(inner, "channel") else { continue }
            let side = inner["side"]?.word(["internal", "external"], Text("来向", "side"))
            book.channels.append(CaseBook.Channel(id: declared.id, name: declared.name, isExternal: side == "external"))
        }
        for item in map["kinds"]?.items(of: "kind") ?? [] {
            guard let inner = item.map(["id", "name", "under", "clause", "services", "confidential", "emergency", "unit", "say", "hear", "retention", "note"]), let declared = declared(inner, "kind") else { continue }
            let under = inner["under"]?.text ?? ""
            if !under.isEmpty, book.kind(under) == nil {
                inner["under"]?.wrong("没有“\(under)”这一类", "there is no kind “\(under)” above", hint: NearestWord.of(under, among: book.kinds.map(\.id)))
            }
            book.kinds.append(
                CaseBook.Kind(
                    id: declared.id, name: declared.name, under: under, services: inner["services"]?.texts ?? [],
                    isConfidential: inner["confidential"]?.flag ?? false, isEmergency: inner["emergency"]?.flag ?? false,
                    unit: inner["unit"]?.text ?? book.kind(under)?.unit ?? "", say: inner["say"]?.words, hear: inner["hear"]?.texts ?? [], retention: inner["retention"]?.whole(1...100)))
        }
        for item in map["requests"]?.items(of: "request") ?? [] {
            guard let inner = item.map(["id", "name", "decides", "note"]), let id = inner.need("id")?.word(Self.caseRequests, Text("申请", "request")), let name = inner.need("name")?.words else { continue }
            book.requests.append(CaseBook.Request(id: id, name: name, decides: inner["decides"]?.texts ?? []))
        }
        for item in map["replies"]?.items(of: "reply") ?? [] {
            guard let inner = item.map(["id", "title", "words", "note"]), let id = inner.need("id")?.id(), let title = inner.need("title")?.words, let words = inner.need("words")?.words else { continue }
            book.replies.append(CaseBook.Canned(id: id, title: title, words: words))
        }
        book.retention = map["retention"]?.whole(1...100)
        book.repeats = map["repeats"]?.texts ?? []
        for severity in book.repeats where book.severity(severity) == nil {
            map["repeats"]?.wrong("没有“\(severity)”这个等级", "there is no severity “\(severity)”", hint: NearestWord.of(severity, among: book.severities.map(\.id)))
        }
        if let lists = map["lists"]?.map(Self.caseLists) {
            for (key, _) in lists.order {
                var seen: Set<String> = []
                for item in lists[key]?.items(of: "\(key)-entry") ?? [] {
                    guard let inner = item.map(["id", "name", "note"]), let id = inner.need("id")?.id(), let name = inner.need("name")?.words else { continue }
                    guard seen.insert(id).inserted else {
                        item.wrong("“\(id)”已经有了", "“\(id)” is there already")
                        continue
                    }
                    book.lists[key, default: []].append(CaseBook.Item(id: id, name: name))
                }
            }
        }
        caseBook = book
    }

    /// What every entry has: its id, once, and its name; clauses it cites are checked later.
    mutating func declared(_ map: PackMap, _ noun: String) -> Declared? {
        guard let id = id(map, noun), let name = map.need("name")?.words else { return nil }
        cite(map)
        return Declared(id: id, name: name, capability: map["act"]?.text ?? map["capability"]?.text)
    }
}
