/// A rule of the case files: `min:45`, `hour:24`, `wd:3`, `day:7`, `month:1`, `year:5`, `between:END`.
package enum DeadlineRule: Hashable, Sendable {
    /// When a period from the start ends.
    case after(Period)
    /// The open minutes from the start to an end, still as written.
    case between(String)

    /// Reads a rule with its options; throws what is wrong with it.
    package init(parsing text: String, options: PeriodOptions) throws(CaseMistake) {
        guard let colon = text.firstIndex(of: ":") else { throw DeadlineRule.mistake(text) }
        let name = DeadlineRule.trimmed(text[..<colon])
        let value = DeadlineRule.trimmed(text[text.index(after: colon)...])
        if name == "between" {
            self = .between(value)
            return
        }
        let unit: PeriodUnit
        switch name {
        case "min": unit = .minute
        case "hour": unit = .hour
        case "wd": unit = .workingDay
        case "day": unit = .day
        case "month": unit = .month
        case "year": unit = .year
        default: throw DeadlineRule.mistake(text)
        }
        guard value.allSatisfy({ $0.isASCII && $0.isNumber }), let quantity = Int(value), quantity <= Period.most
        else { throw DeadlineRule.mistake(text) }
        self = .after(Period(quantity, unit, options: options))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    private static func mistake(_ text: String) -> CaseMistake {
        CaseMistake(
            Text(
                "看不懂规则“\(text)”：应为 min:45、hour:24、wd:3、day:7、month:1、year:5 或 between:结束时间。",
                "The rule “\(text)” is not understood: min:45, hour:24, wd:3, day:7, month:1, year:5 or between:END."))
    }
}
