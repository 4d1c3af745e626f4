/// Why a deadline cannot be said.
package enum DeadlineMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not found within ten years: the unit opens too seldom or never.
    case notWithinTenYears
    /// The clock stands still since that instant; there is a deadline again when the pause has ended.
    case paused(since: Instant)

    /// The reason in a sentence.
    package var sentence: Text {
        switch self {
        case .notWithinTenYears:
            Text(
                "十年之内算不到这个期限：该单位几乎从不营业。",
                "There is no such deadline within ten years: the unit hardly ever opens.")
        case .paused:
            Text("计时正暂停，恢复后再算期限。", "The clock is paused; the deadline is known when it runs again.")
        }
    }

    /// The English sentence.
    package var description: String { sentence.en }
}
