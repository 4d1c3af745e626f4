import Store
import WorkCalendar

/// What somebody looks for among cases: every part is in a case, each as a phrase; a part of digits alone is also the end of a
/// phone, and initials are a name's.
///
/// However many cases there are, a list costs what it shows: what is open is looked for among the open, the latest are found from
/// the latest backwards, and both stop at a page.
struct ComplaintQuestion: Sendable {
    let engine: Engine
    /// Tokens of each part that is only looked for in words.
    private var phrases: [[String]] = []
    /// Parts that may also end a phone: their digits and tokens.
    private var ends: [(digits: String, words: [String])] = []

    /// Nil where nothing can be looked for.
    init?(_ engine: Engine, _ question: String) { self.init(engine, parts: question.split(whereSeparator: \.isWhitespace).map(String.init)) }

    /// The same of parts, each a phrase whatever stands in it.
    init?(_ engine: Engine, parts: [String]) {
        self.engine = engine
        for part in parts.prefix(8) {
            let words = ComplaintSearch.tokens(part)
            guard !words.isEmpty else { continue }
            let digits = part.filter(\.isNumber)
            if digits.count >= 4, digits.count == part.count { ends.append((digits, words)) } else { phrases.append(words) }
        }
        if phrases.isEmpty, ends.isEmpty { return nil }
    }

    /// Where whatever is looked for stands.
    enum Among {
        case all, open
        case since(Instant)
    }

    /// A condition on `complaint.id`.
    func condition(_ among: Among = .all) -> SQL {
        var all: [SQL] = phrases.isEmpty ? [] : ["complaint.id in (\(sql: found(phrases, among)))"]
        for end in ends {
            let back = String(end.digits.reversed())
            all.append("complaint.id in (\(sql: found([end.words], among)) union select s.id from complaint_search s where s.phone >= \(back) and s.phone < \(back + ":") and s.phone <> '')")
        }
        return all.dropFirst().reduce(all[0]) { "\(sql: $0) and \(sql: $1)" }
    }

    /// The ids of the cases in which all these phrases are.
    private func found(_ phrases: [[String]], _ among: Among) -> SQL {
        let text = asked(phrases)
        switch (engine, among) {
        case (.sqlite, .since(let at)):
            return "select s.id from complaint_words join complaint_search s on s.n = complaint_words.rowid where complaint_words match \(text) and complaint_words.rowid >= \(ComplaintSearch.first(at: at))"
        case (.sqlite, .open): return "select s.id from complaint_words join complaint_search s on s.n = complaint_words.rowid where complaint_words match \(text + " AND state : \"open\"")"
        case (.sqlite, .all): return "select s.id from complaint_words join complaint_search s on s.n = complaint_words.rowid where complaint_words match \(text)"
        case (.postgres, .since(let at)):
            // Among the few since then; the index of words knows nothing of time.
            return "with late as materialized (select id, doc from complaint_search where at >= \(at)) select late.id from late where late.doc @@ to_tsquery('simple', \(text))"
        case (.postgres, .open): return "select s.id from complaint_search s where s.doc @@ (to_tsquery('simple', \(text)) && cast('=open' as tsquery))"
        case (.postgres, .all): return "select s.id from complaint_search s where s.doc @@ to_tsquery('simple', \(text))"
        }
    }

    /// As the engine's own search wants to be asked.
    private func asked(_ phrases: [[String]]) -> String {
        engine == .sqlite
            ? phrases.map { "doc : \"" + $0.joined(separator: " ") + "\"" }.joined(separator: " AND ")
            : phrases.map { "(" + $0.joined(separator: " <-> ") + ")" }.joined(separator: " & ")
    }

    /// Cases for which a condition on `complaint` holds, latest first: at most so many, after `after` when there is one. Nil where
    /// they are found otherwise: by the end of a phone, of which there are never many.
    func latest(where condition: SQL, after: (at: Instant, id: Complaint.ID)?, most: Int, _ tx: any Reading) throws -> [Complaint]? {
        guard ends.isEmpty else { return nil }
        let text = asked(phrases)
        if engine == .sqlite {
            var before: SQL = ""
            if let after { before = " and complaint_words.rowid < coalesce((select n from complaint_search where id = \(after.id)), \(ComplaintSearch.first(at: after.at)))" }
            return try tx.rows(
                """
                select complaint.* from complaint_words cross join complaint_search s on s.n = complaint_words.rowid cross join complaint on complaint.id = s.id
                where complaint_words match \(text)\(sql: before) and \(sql: condition) order by complaint_words.rowid desc limit \(most)
                """
            ).map(Complaint.init(row:))
        }
        var before: SQL = "true"
        if let after { before = "(s.at, s.id) < (\(after.at), \(after.id))" }
        // A word of many cases fills the page from the latest few; one of few cases is found by the index of words. Which it is,
        // only looking tells.
        for window in [2_000, 20_000] {
            let rows = try tx.rows(
                """
                select complaint.* from (select s.id, s.at, s.doc from complaint_search s where \(sql: before) order by s.at desc, s.id desc limit \(window)) s
                join complaint on complaint.id = s.id where s.doc @@ to_tsquery('simple', \(text)) and \(sql: condition) order by s.at desc, s.id desc limit \(most)
                """)
            if rows.count == most { return try rows.map(Complaint.init(row:)) }
        }
        return try tx.rows(
            """
            select complaint.* from complaint_search s join complaint on complaint.id = s.id
            where s.doc @@ to_tsquery('simple', \(text)) and \(sql: before) and \(sql: condition) order by s.at desc, s.id desc limit \(most)
            """
        ).map(Complaint.init(row:))
    }
}
