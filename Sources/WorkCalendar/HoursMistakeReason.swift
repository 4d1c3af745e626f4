/// What can be wrong with written opening hours, and the sentence that says so.
enum HoursMistakeReason {
    case empty, openEnd, backwards, halfDate, schoolHolidays, nth, year
    case time, timeEnd, sameTime, tooLong, lateOpening, fallback, noTimes
    case unexpected(String), month(String), weekday(String), day(Int)

    var sentence: Text {
        switch self {
        case .empty:
            Text("没有写营业时间。", "There are no opening hours.")
        case .openEnd:
            Text("不支持“+”：请写明结束的时间。", "“+” is not supported: write when it ends.")
        case .backwards:
            Text("结束早于开始。", "The end lies before the beginning.")
        case .halfDate:
            Text(
                "范围的两头要写得一样全（月，或月和日，或年月日）。",
                "Both ends of the range must be written alike: month, or month and day, or with the year.")
        case .schoolHolidays:
            Text("不支持学校假期（SH）：请写日期。", "School holidays (SH) are not supported: write the dates.")
        case .nth:
            Text("不支持“每月第几个星期几”：请写日期。", "The n-th weekday of a month is not supported: write the dates.")
        case .year:
            Text("这里应为四位年份。", "A year of four digits belongs here.")
        case .time:
            Text("这里应为时间，如 08:30，至多 48:00。", "A time belongs here, such as 08:30, at most 48:00.")
        case .timeEnd:
            Text("缺少结束时间，应写成 08:30-12:00。", "The closing time is missing: write 08:30-12:00.")
        case .sameTime:
            Text(
                "开始与结束是同一时间；全天请写 00:00-24:00。",
                "It opens and closes at the same time; for the whole day write 00:00-24:00.")
        case .tooLong:
            Text("一段营业时间不能超过 24 小时。", "One stretch cannot be longer than 24 hours.")
        case .lateOpening:
            Text("开始时间要早于 24:00。", "It must open before 24:00.")
        case .fallback:
            Text("不支持“||”。", "“||” is not supported.")
        case .noTimes:
            Text("后面应写时间、off 或 open。", "Hours, off or open must follow.")
        case .unexpected(let found):
            Text(
                "看不懂“\(found)”。星期写 Mo Tu We Th Fr Sa Su，节假日写 PH。",
                "“\(found)” is not understood. Weekdays are Mo Tu We Th Fr Sa Su, public holidays PH.")
        case .month(let found):
            Text("“\(found)”不是月份，应为 Jan … Dec。", "“\(found)” is no month: Jan … Dec.")
        case .weekday(let found):
            Text(
                "“\(found)”不是星期，应为 Mo Tu We Th Fr Sa Su 或 PH。",
                "“\(found)” is no weekday: Mo Tu We Th Fr Sa Su, or PH.")
        case .day(let month):
            Text("\(month) 月没有这一天。", "\(Day.monthNames[max(0, min(11, month - 1))]) has no such day.")
        }
    }
}
