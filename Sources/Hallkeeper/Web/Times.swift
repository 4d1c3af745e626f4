import WorkCalendar

/// Times as people say them.
struct Times: Sendable {
    let words: Words
    let zone: Zone
    let now: Instant
    /// On paper every day stands with its year, today's too: it is read later.
    var isPaper = false
    private var isChinese: Bool { words.language == .zh }

    /// `8:45`
    func clock(_ at: Instant) -> String {
        let minute = zone.minuteOfDay(at)
        return "\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let weekdays = (zh: ["一", "二", "三", "四", "五", "六", "日"], en: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])

    /// `11月23日 周一` / `Mon 23 Nov`
    func day(_ day: Day) -> String {
        let weekday = max(0, min(6, day.weekday - 1))
        return isChinese
            ? (isPaper ? "\(day.year)年" : "") + "\(day.month)月\(day.day)日 周\(Self.weekdays.zh[weekday])"
            : "\(Self.weekdays.en[weekday]) \(day.day) \(Self.months[max(0, min(11, day.month - 1))])" + (isPaper ? " \(day.year)" : "")
    }

    /// `8:45`, or with its day when that is not today, and its year when that is not this one.
    func moment(_ at: Instant) -> String {
        let (own, today) = (zone.day(of: at), zone.day(of: now))
        if own == today, !isPaper { return clock(at) }
        let isThisYear = own.year == today.year && !isPaper
        if isChinese {
            return (isThisYear ? "" : "\(own.year)年") + "\(own.month)月\(own.day)日 \(clock(at))"
        }
        let month = Self.months[max(0, min(11, own.month - 1))]
        return "\(own.day) \(month)" + (isThisYear ? "" : " \(own.year)") + " \(clock(at))"
    }

    /// A deadline: the end of a day is 24:00 of that day, not 0:00 of the next.
    func due(_ at: Instant) -> String {
        guard zone.minuteOfDay(at) == 0 else { return moment(at) }
        let eve = moment(at.adding(ms: -1))
        return eve.hasSuffix("23:59") ? eve.dropLast(5) + "24:00" : eve
    }

    /// `11月30日 17:30 前` / `by 30 Nov 17:30`
    func by(_ at: Instant) -> String { isChinese ? "\(due(at)) 前" : "by \(due(at))" }

    /// `12 分`, `3 小时 5 分`, `2 天`
    func span(_ milliseconds: Int64) -> String {
        let minutes = Int(max(0, milliseconds) / 60_000)
        let (days, hours, rest) = (minutes / 1440, minutes % 1440 / 60, minutes % 60)
        if days > 0 { return isChinese ? "\(days) 天" + (hours > 0 ? " \(hours) 小时" : "") : "\(days) d" + (hours > 0 ? " \(hours) h" : "") }
        if hours > 0 { return isChinese ? "\(hours) 小时" + (rest > 0 ? " \(rest) 分" : "") : "\(hours) h" + (rest > 0 ? " \(rest) min" : "") }
        return isChinese ? "\(rest) 分" : "\(rest) min"
    }

    /// As `left`, in one short word for a list: days without their hours.
    func brief(_ due: Instant) -> String {
        let distance = abs(due.ms - now.ms)
        guard distance >= 86_400_000 else { return left(due) }
        let days = distance / 86_400_000
        return due < now ? (isChinese ? "晚 \(days) 天" : "late \(days) d") : (isChinese ? "剩 \(days) 天" : "\(days) d left")
    }

    /// `45 秒`, else as `span`.
    func seconds(_ seconds: Int64) -> String {
        seconds < 60 ? (isChinese ? "\(max(0, seconds)) 秒" : "\(max(0, seconds)) s") : span(seconds > Int64.max / 1000 ? .max : seconds * 1000)
    }

    /// `晚 12 分` or `剩 3 分`; nobody is told "0 minutes".
    func left(_ due: Instant) -> String {
        let distance = due.ms - now.ms
        if distance <= -60_000 { return isChinese ? "晚 \(span(-distance))" : "late \(span(-distance))" }
        if distance < 0 { return isChinese ? "刚过时限" : "just late" }
        if distance < 60_000 { return isChinese ? "剩不到 1 分" : "under 1 min left" }
        return isChinese ? "剩 \(span(distance))" : "\(span(distance)) left"
    }
}
