/// What stands at the place of reading, and steps over it.
extension HoursParser {
    var peek: Character? { at < text.count ? text[at] : nil }

    var rest: String {
        String(text[min(at, text.count)...].prefix { !" ;,".contains($0) }.prefix(12))
    }

    func digit(_ offset: Int) -> Bool {
        guard at + offset < text.count else { return false }
        return text[at + offset].isASCII && text[at + offset].isNumber
    }

    var isTime: Bool {
        guard digit(0) else { return false }
        let colon = digit(1) ? at + 2 : at + 1
        return colon < text.count && text[colon] == ":"
    }

    /// A number of one or two digits that is no time and no year.
    var isBareDay: Bool {
        guard digit(0), !isTime else { return false }
        return !(digit(1) && digit(2))
    }

    var yearHere: Int? {
        guard digit(0), digit(1), digit(2), digit(3), !digit(4) else { return nil }
        return Int(String(text[at..<at + 4]))
    }

    var month: Int? {
        guard at + 3 <= text.count, at + 3 == text.count || !text[at + 3].isLetter else { return nil }
        let name = String(text[at..<at + 3]).lowercased()
        return Day.monthNames.firstIndex { $0.lowercased() == name }.map { $0 + 1 }
    }

    var weekday: Int? {
        guard at + 2 <= text.count, at + 2 == text.count || !text[at + 2].isLetter else { return nil }
        let name = String(text[at..<at + 2]).lowercased()
        return HoursRule.weekdayNames.firstIndex { $0.lowercased() == name }.map { $0 + 1 }
    }

    func word(_ name: String) -> Bool {
        let end = at + name.count
        guard end <= text.count, String(text[at..<end]) == name else { return false }
        return end == text.count || !text[end].isLetter
    }

    mutating func keyword() -> String? {
        for name in ["off", "closed", "open"] where word(name) {
            at += name.count
            return name
        }
        return nil
    }

    mutating func take(_ name: String) -> Bool {
        let end = at + name.count
        guard end <= text.count, String(text[at..<end]) == name else { return false }
        at = end
        return true
    }

    mutating func number(digits: Int) -> Int? {
        let start = at
        while at - start < digits, digit(0) { at += 1 }
        return Int(String(text[start..<at]))
    }

    mutating func skipSpace() {
        while at < text.count, text[at].isWhitespace { at += 1 }
    }

    func mistake(_ reason: HoursMistakeReason) -> OpeningHoursMistake {
        OpeningHoursMistake(offset: at, sentence: reason.sentence)
    }
}
