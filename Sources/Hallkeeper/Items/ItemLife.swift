import Regulation
import Store
import WorkCalendar

/// The life of a thing on a register, in the order it is lived. Pure: facts and the moment in, the new value with its
/// event out, or a refusal in words.
extension Item {
    private func event(_ kind: String, at moment: Instant, _ more: [String: String] = [:]) -> Event {
        Event(kind: kind, about: subject, at: moment, fields: ["kind": self.kind].merging(more) { own, _ in own })
    }

    /// Entered in the register.
    var registered: Change<Item> { Change(self, event("item.registered", at: at)) }

    /// Written anew: another place, keeper, state, number, or days that were wrong.
    func changed(to other: Item, at moment: Instant) throws -> Change<Item> {
        try isThere()
        guard other.state != .retired else { throw Refusal.invalid(field: "state", Text("停用请写明原因。", "Say why it is retired.")) }
        return Change(other, event("item.changed", at: moment, state == other.state ? [:] : ["state": other.state.rawValue]))
    }

    /// Serviced: the next service is counted from that day, its end stays where it is.
    func serviced(on day: Day, photo: String, of type: ItemType?, today: Day, at moment: Instant) throws -> Change<Item> {
        try isThere()
        guard let made else {
            throw Refusal.conflict(Text("没有出厂日期，不能维修后再用，请更换。", "Nobody knows when it was made: it is not serviced but replaced."))
        }
        guard day <= today else { throw Refusal.invalid(field: "day", Text("维修日期不能晚于今天。", "It cannot have been serviced after today.")) }
        guard day >= made else { throw Refusal.invalid(field: "day", Text("维修日期不能早于出厂日期。", "It cannot have been serviced before it was made.")) }
        if case .scrap(let end)? = type?.due(made: made, serviced: day), end <= today {
            throw Refusal.conflict(Text("已到报废期（\(end)），只能更换。", "It reached its end on \(end); it can only be replaced."))
        }
        guard type?.firstService != nil else { throw Refusal.conflict(Text("这种不维修，只更换。", "This type is not serviced, only replaced.")) }
        var next = self
        (next.serviced, next.photo) = (day, photo)
        if state == .away || state == .faulty { next.state = .inUse }
        return Change(next, event("item.renewed", at: moment, ["how": "serviced", "day": day.description]))
    }

    /// Another one hangs in its place: this one is retired, what was owed about it is done.
    func replaced(at moment: Instant) throws -> Change<Item> {
        try isThere()
        var next = self
        (next.state, next.ended) = (.retired, moment)
        return Change(next, event("item.renewed", at: moment, ["how": "replaced"]))
    }

    /// Taken off the register, and nothing in its place.
    func retired(at moment: Instant) throws -> Change<Item> {
        try isThere()
        var next = self
        (next.state, next.ended) = (.retired, moment)
        return Change(next, event("item.retired", at: moment))
    }

    private func isThere() throws {
        guard ended == nil else { throw Refusal.conflict(Text("它已经停用了。", "It has been retired already.")) }
    }
}
