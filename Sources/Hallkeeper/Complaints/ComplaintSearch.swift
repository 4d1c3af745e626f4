import Foundation
import Store
import WorkCalendar

/// What can be looked for: Chinese of one character and more, words, names by their pinyin initials, phones by their end.
/// The same on both engines, which only keep the tokens: a Chinese character is a token of its own, so that what stands
/// together is found as a phrase.
struct ComplaintSearch {
    let engine: Engine

    /// Every token of a text, in order: `停水 ok` → `x505c x6c34 ok`.
    static func tokens(_ text: String) -> [String] {
        var list: [String] = []
        var word = ""
        func end() {
            if !word.isEmpty { list.append(word) }
            word = ""
        }
        for scalar in text.precomposedStringWithCompatibilityMapping.lowercased().unicodeScalars {
            switch scalar.value {
            case 0x30...0x39, 0x61...0x7A: word.unicodeScalars.append(scalar)
            case 0x80...:
                end()
                if scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar.properties.isEmoji { list.append("x" + String(scalar.value, radix: 16)) }
            default: end()
            }
        }
        end()
        return list
    }

    /// The initials of a name as one types them: `王敏` → `wm`; "" where there is nothing Chinese in it.
    static func initials(_ name: String) -> String {
        guard name.unicodeScalars.contains(where: { $0.properties.isIdeographic }) else { return "" }
        let spaced = name.map { String($0) }.joined(separator: " ")
        let latin = spaced.applyingTransform(StringTransform("Han-Latin/Names; Latin-ASCII; Lower"), reverse: false) ?? ""
        return String(latin.split(separator: " ").compactMap(\.first).filter { $0.isASCII && $0.isLetter })
    }

    /// The digits of a phone backwards, so that its end is a beginning.
    static func backwards(_ phone: String) -> String { String(PhoneNumber.main(phone).filter(\.isNumber).reversed()) }

    /// Puts a case in, or anew. Personal text: it goes when the law has it erased.
    func put(_ complaint: Complaint, texts: [String], name: String, phone: String, account: String, _ tx: Act) throws {
        let known = try remove(complaint.id, tx)
        let initials = Self.initials(name)
        let words = Self.tokens(([complaint.number, complaint.outerNumber, name, initials, account] + texts).joined(separator: " \n "))
        // No more than anybody reads: a text of a megabyte is found by its first ten thousand characters.
        let doc = words.prefix(10_000).joined(separator: " ")
        let (id, confidential, back) = (complaint.id, complaint.isConfidential, Self.backwards(phone))
        let state = Self.state(complaint, engine)
        if engine == .sqlite {
            let n = try known ?? Self.free(complaint.recorded, tx)
            try tx.run("insert into complaint_search (n, id, confidential, phone, account) values (\(n), \(id), \(confidential), \(back), \(account))")
            try tx.run("insert into complaint_words (rowid, doc, state) values (\(n), \(doc), \(state))")
        } else {
            try tx.run(
                """
                insert into complaint_search (id, confidential, phone, account, at, doc)
                values (\(id), \(confidential), \(back), \(account), \(complaint.recorded), to_tsvector('simple', \(doc)) || cast(\(state) as tsvector))
                """)
        }
    }

    /// A case has ended, or is taken up again.
    func mark(_ complaint: Complaint, _ tx: Act) throws {
        let (id, state) = (complaint.id, Self.state(complaint, engine))
        if engine == .sqlite {
            try tx.run("update complaint_words set state = \(state) where rowid = (select n from complaint_search where id = \(id))")
        } else {
            try tx.run("update complaint_search set doc = ts_delete(doc, '=open') || cast(\(state) as tsvector) where id = \(id)")
        }
    }

    /// What is looked for beside words: a column of its own, or a lexeme nobody can write.
    private static func state(_ complaint: Complaint, _ engine: Engine) -> String { complaint.isOver ? "" : engine == .sqlite ? "open" : "=open" }

    /// Cases are numbered by the second they came in, with room for so many in each.
    private static let room: Int64 = 4096

    /// The least number of whatever came in at or after a moment.
    static func first(at: Instant) -> Int64 { at.ms / 1000 * room }

    /// The next free number of a moment's second, or of the next with room.
    private static func free(_ at: Instant, _ tx: any Reading) throws -> Int64 {
        var block = first(at: at)
        while let last = try tx.one("select max(n) as n from complaint_search where n >= \(block) and n < \(block + room)")?.optionalInt("n") {
            if last + 1 < block + room { return last + 1 }
            block += room
        }
        return block
    }

    /// Puts a case in anew from what is kept of it.
    func again(_ complaint: Complaint, _ tx: Act) throws {
        func said(_ id: String) throws -> String {
            id.isEmpty ? "" : try tx.one("select text from personal where place = \(complaint.place) and id = \(id)")?.text("text") ?? ""
        }
        try put(
            complaint, texts: [try said(complaint.text), try said(complaint.wish), try said(complaint.address)], name: try said(complaint.name),
            phone: try said(complaint.phone), account: complaint.account, tx)
    }

    /// Takes a case out; gives the number it had, which it keeps when it is put in anew.
    @discardableResult
    func remove(_ id: Complaint.ID, _ tx: Act) throws -> Int64? {
        guard engine == .sqlite else {
            try tx.run("delete from complaint_search where id = \(id)")
            return nil
        }
        guard let n = try tx.one("select n from complaint_search where id = \(id)")?.int("n") else { return nil }
        try tx.run("delete from complaint_words where rowid = \(n)")
        try tx.run("delete from complaint_search where n = \(n)")
        return n
    }
}

/// Phones as people write them.
enum PhoneNumber {
    /// Digits only, without the country's code: `+86 138-0013-8000`, `１３８００１３８０００`, `(0826) 2345678 转 12` → what can be
    /// dialled. Nil for what holds fewer than five digits or more than twenty,
    /// and for a mobile number that has not eleven.
    static func normal(_ text: String) -> String? {
        let whole = text.precomposedStringWithCompatibilityMapping.lowercased()
        // An extension stands behind a word or mark of its own: `转 12`, `分机12`, `ext 12`, `x12`, `#12`, `-12` behind eight digits.
        var (plain, extra) = (whole, "")
        let isPlain = whole.utf8.allSatisfy { (0x30...0x39).contains($0) }
        if isPlain {
            // As most are typed: nothing to look for behind it.
        } else if let match = whole.firstMatch(of: /(?:转|分机|ext\.?|x|#)[^0-9]{0,3}([0-9]{1,6})\s*$/) {
            (plain, extra) = (String(whole[..<match.range.lowerBound]), String(match.1))
        } else if let match = whole.firstMatch(of: /^(0[0-9]{2,3}[- ]?[0-9]{7,8})-([0-9]{1,6})\s*$/) {
            (plain, extra) = (String(match.1), String(match.2))
        }
        plain = plain.trimmingCharacters(in: .whitespaces)
        var digits = plain.filter { $0.isASCII && $0.isNumber }
        if plain.hasPrefix("+86") { digits = String(digits.dropFirst(2)) }
        if digits.hasPrefix("0086") { digits = String(digits.dropFirst(4)) }
        if digits.count == 13, digits.hasPrefix("861") { digits = String(digits.dropFirst(2)) }
        guard (5...20).contains(digits.count) else { return nil }
        // A mobile number has eleven digits; one that is short was mistyped, and nobody could call back.
        if digits.hasPrefix("1"), let second = digits.dropFirst().first, ("3"..."9").contains(second), digits.count != 11 { return nil }
        return extra.isEmpty ? digits : digits + "-" + extra
    }

    /// Without its extension: what ends a phone, and what it is found by.
    static func main(_ phone: String) -> String { phone.split(separator: "-").first.map(String.init) ?? phone }

    /// What is said of one that `normal` does not take.
    static let unreadable = Text("电话看不懂，写数字就行，如 138 0013 8000。", "The phone cannot be read; digits are enough, like 138 0013 8000.")

    /// With its middle hidden: `138****8000`.
    static func hidden(_ phone: String) -> String {
        if phone.contains("-") { return hidden(main(phone)) + "-" + phone.split(separator: "-").dropFirst().joined(separator: "-") }
        return phone.count < 7 ? String(repeating: "*", count: phone.count) : phone.prefix(3) + String(repeating: "*", count: phone.count - 7) + phone.suffix(4)
    }
}
