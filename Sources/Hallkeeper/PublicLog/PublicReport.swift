import Store
import WorkCalendar

/// A customer says at a public log that it is not as it should be.
struct PublicReport {
    let act: HallAct
    /// So often is a hall called out in an hour; a joker costs the cleaner no whole day.
    static let mostAnHour = 4

    /// Reports the event of a log. Nothing is reported while somebody is on their way already. Refuses when the hall is
    /// closed, or when it was called out too often within the hour.
    func report(_ code: String) throws {
        guard let log = try PublicLog.find(code, at: act.now, act.hall, act.act) else { throw Refusal.notFound }
        guard log.told == nil else { return }
        guard log.isOpen(at: act.now) else {
            throw Refusal.conflict(Text("营业厅现在没有开门，请在营业时间再告诉我们。", "The hall is closed now; please tell us while it is open."))
        }
        let (place, kind, since) = (log.place.id, log.event, act.now.adding(minutes: -60))
        let count = try act.act.one(
            "select count(*) as n from event where place = \(place) and at > \(since) and kind = \(kind) and by_person = 'customer'")?.int("n") ?? 0
        guard count < Self.mostAnHour else {
            throw Refusal.tooMany(Text("这一小时里已经来看过多次，请直接告诉厅里的工作人员。", "It was looked after several times this hour; please tell the staff in the hall."))
        }
        try Reporting(act).happened(Event(kind: kind, at: act.now), at: place, by: act.by)
    }
}
