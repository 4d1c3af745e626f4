import Testing

@testable import WorkCalendar

@Suite struct DeadlineTests {
    @Test func `each pause of the table in the rules moves its deadline as it says`() throws {
        let office = try Cases.office()
        let rows = try Cases.table(after: "Pauses")
        #expect(rows.count == 14)
        for row in rows {
            let start = try Cases.at(row[0])
            let period = try #require(Period(parsing: row[1]))
            let ends = row[2].split(separator: " to ").map(String.init)
            let pause = Pause(from: try Cases.at(ends[0]), to: try Cases.at(ends[1]))
            let without = try Deadline.after(start, period, unit: office)
            let with = try Deadline.after(start, period, unit: office, pauses: [pause])
            #expect(without.due == (try Cases.at(row[3])), "\(row)")
            #expect(with.due == (try Cases.at(row[4])), "\(row)")
        }
    }

    @Test func `each row before due of the table in the rules holds`() throws {
        let office = try Cases.office()
        let rows = try Cases.table(after: "N before due")
        #expect(rows.count == 8)
        for row in rows {
            let period = try #require(Period(parsing: row[1]))
            let before = try Deadline.before(try Cases.at(row[0]), period, unit: office)
            #expect(before.due == (try Cases.at(row[2])), "\(row): \(Zone.shanghai.text(before.due))")
        }
    }

    @Test func `a make-up Saturday counts as day one, and the deadline says so in both languages`() throws {
        let deadline = try Deadline.after(
            try Cases.at("2026-02-13T16:00"), Period(1, .workingDay), unit: try Cases.office())
        #expect(deadline.reasons == [
            Text("2月13日 周五 16:00 起算，当天不算", "from Fri 13 Feb 16:00; that day is not counted"),
            Text("第 1 天 = 2月14日 周六，调休上班", "day 1 = Sat 14 Feb, a make-up working day"),
            Text("到 2月14日 周六 17:30 停止营业为止", "ends when business stops, Sat 14 Feb 17:30"),
        ])
    }

    @Test func `days off between are named in one line`() throws {
        let deadline = try Deadline.after(
            try Cases.at("2026-02-14T10:00"), Period(1, .workingDay), unit: try Cases.office())
        #expect(deadline.reasons[1] == Text(
            "2月15日 周日 至 2月23日 周一 不计：春节",
            "Sun 15 Feb to Mon 23 Feb are not counted: Spring Festival"))
    }

    @Test func `loading the notice for 2027 makes a provisional deadline final, and may move it`() throws {
        let start = try Cases.at("2026-12-30T10:00")
        let before = try Deadline.after(start, Period(3, .workingDay), unit: try Cases.office())
        #expect(before.provisional)
        #expect(before.due == (try Cases.at("2027-01-05T17:30")))
        #expect(before.reasons.last?.en.contains("2027 is not announced") == true)
        let notice = try CalendarNotice(
            parsing: """
                year: 2027
                days:
                  - {day: 2027-01-01, off: yes, name: 元旦}
                  - {day: 2027-01-02, off: yes, name: 元旦}
                  - {day: 2027-01-03, off: no, name: 元旦}
                """)
        let calendar = Cases.calendar.adding(notice.layer(author: "admin"))
        let after = try Deadline.after(start, Period(3, .workingDay), unit: try Cases.office(calendar))
        #expect(!after.provisional)
        #expect(after.due == (try Cases.at("2027-01-04T17:30")))
    }

    @Test func `what hangs on no notice is not provisional in an unknown year`() throws {
        let always = WorkUnit(hours: try OpeningHours(parsing: "24/7"), calendar: Cases.calendar)
        let start = try Cases.at("2026-12-31T20:00")
        #expect(try !Deadline.after(start, Period(24, .hour), unit: try Cases.office()).provisional)
        #expect(try !Deadline.after(start, Period(5, .year, options: .noRoll), unit: always).provisional)
        #expect(try Deadline.after(start, Period(60, .serviceMinute), unit: try Cases.office()).provisional)
        #expect(try Deadline.after(start, Period(5, .day), unit: always).provisional)
    }

    @Test func `a deadline of December does not touch the year after`() throws {
        let start = try Cases.at("2026-12-30T10:00")
        #expect(try !Deadline.after(start, Period(1, .workingDay), unit: try Cases.office()).provisional)
        #expect(try !Deadline.after(start, Period(60, .serviceMinute), unit: try Cases.office()).provisional)
    }

    @Test func `what comes in at the closing instant is in time, a second later is the next day's`() throws {
        let office = try Cases.office()
        let period = Period(1, .workingDay, options: .cutoff)
        let closing = try Cases.at("2026-03-03T17:30")
        #expect(try Deadline.after(closing, period, unit: office).due == (try Cases.at("2026-03-04T17:30")))
        #expect(try Deadline.after(closing.adding(ms: 1), period, unit: office).due
            == (try Cases.at("2026-03-05T17:30")))
        let call = Period(45, .minute, options: .cutoff)
        #expect(try Deadline.after(try Cases.at("2026-03-07T12:00"), call, unit: office).due
            == (try Cases.at("2026-03-09T09:15")))
    }

    @Test func `a shift over midnight ends the next morning and is not counted twice`() throws {
        let night = WorkUnit(
            hours: try OpeningHours(parsing: "Mo-Su 22:00-06:00,04:00-05:00"), calendar: Cases.calendar)
        let start = try Cases.at("2026-03-03T23:00")
        #expect(try Deadline.after(start, Period(1, .workingDay), unit: night).due
            == (try Cases.at("2026-03-05T06:00")))
        #expect(try Deadline.after(start, Period(420, .serviceMinute), unit: night).due
            == (try Cases.at("2026-03-04T06:00")))
        #expect(Deadline.between(start, start.adding(minutes: 1440), unit: night) == 480)
        #expect(try Deadline.after(
            try Cases.at("2026-03-04T02:00"), Period(60, .serviceMinute), unit: night).due
            == (try Cases.at("2026-03-04T03:00")))
    }

    @Test func `before due asks the night shift of the day before as well`() throws {
        let unit = WorkUnit(
            hours: try OpeningHours(parsing: "Mo 20:00-30:00; Tu 03:00-04:00"), calendar: Cases.calendar)
        let due = try Cases.at("2026-03-03T06:30")
        #expect(try Deadline.before(due, Period(10, .minute), unit: unit).due == (try Cases.at("2026-03-03T06:00")))
        #expect(try Deadline.before(due, Period(10, .serviceMinute), unit: unit).due
            == (try Cases.at("2026-03-03T05:50")))
    }

    @Test func `a pause before the clock begins to run stops nothing`() throws {
        let start = try Cases.at("2026-03-07T12:00")
        let pause = Pause(from: start.adding(minutes: -600), to: try Cases.at("2026-03-09T08:40"))
        let call = try Deadline.after(
            start, Period(45, .minute, options: .cutoff), unit: try Cases.office(), pauses: [pause])
        #expect(call.due == (try Cases.at("2026-03-09T09:25")))
    }

    @Test func `a hall closed by order has no opening, and service time waits for it`() throws {
        let day = try Cases.day("2026-03-04")
        let hall = WorkUnit(
            hours: try OpeningHours(parsing: "Mo-Su 08:30-17:30"), calendar: Cases.calendar,
            closures: [day: Text("停电", "power cut")])
        #expect(hall.opening(day) == nil && !hall.isOpenDay(day))
        let due = try Deadline.after(try Cases.at("2026-03-03T17:00"), Period(60, .serviceMinute), unit: hall).due
        #expect(due == (try Cases.at("2026-03-05T09:00")))
    }

    @Test func `public holidays shorten the hours of a hall that says so, ordinary weekends do not`() throws {
        let hall = WorkUnit(
            hours: try OpeningHours(parsing: "Mo-Su 08:30-17:30; PH 09:00-12:00"), calendar: Cases.calendar)
        #expect(hall.minutes(on: try Cases.day("2026-10-01")) == [540..<720])
        #expect(hall.minutes(on: try Cases.day("2026-11-28")) == [510..<1050])
        #expect(hall.minutes(on: try Cases.day("2026-10-10")) == [510..<1050])
    }

    @Test func `an office keeps weekday hours on a make-up Saturday and none on a holiday`() throws {
        let office = try Cases.office()
        #expect(office.minutes(on: try Cases.day("2026-02-14")) == [510..<720, 840..<1050])
        #expect(office.minutes(on: try Cases.day("2026-02-16")) == [])
    }

    @Test func `a unit that never opens gives a refusal instead of a search without end`() throws {
        let never = WorkUnit(
            hours: try OpeningHours(parsing: "Mo-Su off"), calendar: Cases.calendar, countsOwnDays: true)
        let start = try Cases.at("2026-03-03T10:00")
        for unit in [PeriodUnit.serviceMinute, .workingDay, .day] {
            #expect(throws: DeadlineMistake.notWithinTenYears) {
                try Deadline.after(start, Period(1, unit), unit: never)
            }
        }
        #expect(throws: DeadlineMistake.notWithinTenYears) {
            try Deadline.before(start, Period(1, .minute), unit: never)
        }
        #expect(try Deadline.after(start, Period(.max, .year, options: .noRoll), unit: never).due > start)
        #expect(try Deadline.after(start, Period(.max, .hour), unit: never).due > start)
    }

    @Test func `open minutes are counted over more than ten years`() throws {
        let unit = WorkUnit(hours: try OpeningHours(parsing: "Mo-Su 09:00-10:00"), calendar: Cases.calendar)
        let from = try Cases.at("2000-01-01T00:00")
        #expect(Deadline.between(from, try Cases.at("2040-01-01T00:00"), unit: unit) == 14_610 * 60)
        #expect(Deadline.between(from, from, unit: unit) == 0)
        #expect(Deadline.between(from, from.adding(minutes: -9000), unit: unit) == 0)
    }

    @Test func `while a pause lasts there is no deadline`() throws {
        let start = try Cases.at("2026-03-03T10:00")
        let pause = Pause(from: start.adding(minutes: 10))
        for unit in [PeriodUnit.minute, .serviceMinute, .workingDay, .day] {
            #expect(throws: DeadlineMistake.paused(since: pause.from)) {
                try Deadline.after(start, Period(30, unit), unit: try Cases.office(), pauses: [pause])
            }
        }
        let due = try Deadline.after(start, Period(10, .minute), unit: try Cases.office(), pauses: [pause]).due
        #expect(due == pause.from)
    }

    @Test(arguments: [
        ("45 min", 45, PeriodUnit.minute), ("24 hours", 24, .hour), ("2 service-hour", 2, .serviceHour),
        ("30 service-min", 30, .serviceMinute), ("1 working-day", 1, .workingDay), ("7 days", 7, .day),
        ("1 month", 1, .month), ("5 year", 5, .year), ("0 min", 0, .minute), ("15 minutes", 15, .minute),
    ])
    func `periods are read as the pack writes them`(text: String, quantity: Int, unit: PeriodUnit) throws {
        #expect(Period(parsing: text) == Period(quantity, unit))
        #expect(Period(parsing: Period(quantity, unit).description) == Period(quantity, unit))
    }

    @Test(arguments: ["", "45", "min", "-1 min", "1.5 hour", "3 weeks", "1 2 min", "99999999999999999999 min", "１ min"])
    func `what is no period is refused`(text: String) {
        #expect(Period(parsing: text) == nil)
    }
}
