import Store
import WorkCalendar

/// What keeps floods and programs out of the public's form without a third party and without a riddle: how long ago the form
/// was asked for (signed), so many an hour from one address, and beyond that either a little computing by the browser or a
/// minute's wait. Nobody's address is kept: its hash is counted in memory and forgotten within the day.
struct PublicGate: Sendable {
    let hall: Hallkeeper
    private var limit: RateLimit { hall.limits.portal }

    /// Pages an address reads a minute; forms it sends a minute, kept or not.
    static let (mostReads, mostTries) = (120, 30)
    /// Forms kept from one address an hour: freely, and at most. A hall's customers share one.
    static let (mostFreely, mostKept) = (30, 240)
    /// Nobody reads and fills in the form quicker than this; a form older than a day is asked for anew.
    static let (leastSeconds, mostHours) = (3, 24)
    /// Without computing, from a busy address: this long after it was asked for.
    static let waitSeconds = 60
    /// Leading zero bits asked of a browser: some thirty thousand hashes, a second of a phone.
    static let bits = 15
    /// Wrong codes or digits from one address a minute and an hour; for one code five a minute and thirty a day, wherever they come from.
    static let (wrongAMinute, wrongAnHour, wrongForCode, wrongForCodeADay) = (10, 60, 5, 30)

    init(hall: Hallkeeper) { self.hall = hall }

    private static let tooQuick = Refusal.tooMany(Text("太快了，请过一分钟再试。填的内容还在上一页。", "That was too quick; please try again in a minute. What you typed is on the page before."))

    func read(_ visit: Visit) throws {
        guard limit.allows("read:" + visit.request.remote, perMinute: Self.mostReads, at: visit.now) else { throw Self.tooQuick }
    }

    /// Anything sent, before it is looked at.
    func sent(_ visit: Visit) throws {
        guard limit.allows("sent:" + visit.request.remote, perMinute: Self.mostTries, at: visit.now) else { throw Self.tooQuick }
    }

    // MARK: - The form

    /// A form as it is given out: its key, when it was asked for, and whether its browser is asked to compute.
    struct Form: Sendable {
        var key: String
        var opened: String
        var bits: Int
    }

    /// `since`: when the page was first asked for; what is corrected is not made to wait again.
    func form(_ visit: Visit, since: Instant? = nil) async throws -> Form {
        let key = Hash.hex(hall.chance(16))
        let opened = try await Ticket(hall: hall).issue(for: "public-form", to: key, at: since ?? visit.now)
        return Form(key: key, opened: opened, bits: isBusy(visit) ? Self.bits : 0)
    }

    private func isBusy(_ visit: Visit) -> Bool { !limit.isFree("kept:" + visit.request.remote, perMinute: Self.mostFreely, minutes: 60, at: visit.now) }

    /// When the form was asked for; nil when that cannot be told.
    func opened(_ visit: Visit) async throws -> Instant? {
        guard visit.form["key"].count == 32, let at = try await Ticket(hall: hall).read(visit.form["opened"], for: "public-form", of: visit.form["key"], at: visit.now) else { return nil }
        return visit.now <= at.adding(minutes: Self.mostHours * 60) ? at : nil
    }

    /// Why a form is shown again instead of kept; nil when it may be kept. Nothing is dropped unsaid.
    func hindrance(_ visit: Visit) async throws -> Text? {
        if !visit.form["website"].isEmpty { return Text("有一格请留空，已替您清掉，请再按一次“提交”。", "One line has to stay empty; we have emptied it. Please press “Send” once more.") }
        guard let opened = try await opened(visit) else { return Text("这一页打开太久了，请再按一次“提交”。", "This page has been open too long; please press “Send” once more.") }
        let age = (visit.now.ms - opened.ms) / 1000
        if age < Int64(Self.leastSeconds) { return Text("请看一眼填得对不对，再按一次“提交”。", "Please look whether it is right, then press “Send” once more.") }
        if !limit.isFree("kept:" + visit.request.remote, perMinute: Self.mostKept, minutes: 60, at: visit.now) {
            return Text("这个网络一小时里已经提交了很多，请过一会儿再按“提交”，或打电话。", "A great many came from this network within the hour; please press “Send” later, or call.")
        }
        if isBusy(visit), age < Int64(Self.waitSeconds), !Self.isWork(visit.form["work"], for: visit.form["opened"]) {
            return Text("从这个网络来的很多，请等一分钟再按“提交”。填的内容都在。", "Many come from this network: please wait a minute, then press “Send”. What you typed is here.")
        }
        return nil
    }

    /// One more was kept from this address.
    func kept(_ visit: Visit) { _ = limit.allows("kept:" + visit.request.remote, perMinute: Self.mostKept, minutes: 60, at: visit.now) }

    /// Whether a number was found that, behind the form's mark, hashes to enough zeros.
    static func isWork(_ number: String, for opened: String) -> Bool {
        guard (1...20).contains(number.utf8.count), number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        let hash = Hash.sha256(Array((opened + "." + number).utf8))
        var zeros = 0
        for byte in hash {
            zeros += byte.leadingZeroBitCount
            if byte != 0 { break }
        }
        return zeros >= bits
    }

    // MARK: - Codes

    /// Before a code and digits are looked at: whoever tries them out is stopped, at one address or at many.
    func mayTry(_ code: String, _ visit: Visit) throws {
        let (address, now) = ("wrong:" + visit.request.remote, visit.now)
        let isFree = limit.isFree(address, perMinute: Self.wrongAMinute, at: now) && limit.isFree(address, perMinute: Self.wrongAnHour, minutes: 60, at: now)
            && limit.isFree("code:" + code, perMinute: Self.wrongForCode, at: now) && limit.isFree("code:" + code, perMinute: Self.wrongForCodeADay, minutes: 1440, at: now)
        guard isFree else { throw Refusal.tooMany(Text("试错太多了，请过一会儿再试，或打电话问我们。", "Too many wrong tries; please try again later, or call us.")) }
    }

    /// It was wrong. Counted alike whether there is such a code or not.
    func wrong(_ code: String, _ visit: Visit) {
        let (address, now) = ("wrong:" + visit.request.remote, visit.now)
        _ = limit.allows(address, perMinute: Self.wrongAMinute, at: now)
        _ = limit.allows(address, perMinute: Self.wrongAnHour, minutes: 60, at: now)
        _ = limit.allows("code:" + code, perMinute: Self.wrongForCode, at: now)
        _ = limit.allows("code:" + code, perMinute: Self.wrongForCodeADay, minutes: 1440, at: now)
    }
}
