import Regulation
import Store
import WorkCalendar

/// Who may be named to what (docs/rules/access.md, "Who names whom"): a role is filled only where it sits, and nobody comes to
/// see misconduct by the word of somebody who does not see it – once there is somebody who does.
struct Naming {
    let tx: any Reading
    let hall: Hallkeeper
    let day: Day

    private func pack() throws -> Pack? { try hall.packs.inForce(on: day, tx)?.pack }

    /// Whether a role of the pack is filled at a place: where it sits, or, where the company has no such place at all, wherever
    /// its administrator puts it.
    private func isFilled(_ role: Role, at place: Place, by actor: Actor) throws -> Bool {
        if place.seats(role.sits) { return true }
        if case .person(let person) = actor, try ViewerFinder(tx: tx, hall: hall).viewer(person, on: day)?.may("company") != true { return false }
        let parts = role.sits.split(separator: ":", maxSplits: 1).map(String.init)
        let (kind, code) = (parts.first ?? role.sits, parts.count == 2 ? parts[1] : "")
        return try tx.one("select 1 as one from place where kind = \(kind) and (\(code) = '' or code = \(code)) and ended is null limit 1") == nil
    }

    /// Refuses a role the rulebook does not have, and one that is not filled at this place.
    func check(_ role: String, at id: Place.ID, by actor: Actor) throws {
        // Before the first rulebook is in force there is nothing to ask: the set-up page names its administrator.
        guard let pack = try pack() else { return }
        guard let known = pack.role(role) else { throw FormProblems(fields: [("role", Text("规范里没有这个岗位。", "The rulebook has no such role."))]) }
        guard let place = try tx.one("select * from place where place = \(id)").map(Place.init(row:)) else { throw Refusal.notFound }
        guard try place.ended == nil && isFilled(known, at: place, by: actor) else {
            throw FormProblems(fields: [("role", Text("“\(known.name.zh)”不设在\(place.name.zh)。", "“\(known.name.en)” is not a role of \(place.name.en)."))])
        }
    }

    /// Whether a role opens misconduct.
    func opensMisconduct(_ role: String) throws -> Bool { try pack()?.role(role)?.may.contains("misconduct") == true }

    /// Whether somebody holds a role that opens misconduct, today or from a later day on.
    func opensMisconduct(person: Person.ID) throws -> Bool {
        try tx.rows("select distinct role from role_holder where person = \(person) and until_day >= \(day)").contains { try opensMisconduct(try $0.text("role")) }
    }

    /// Who holds a role that opens misconduct today, and who of them has a PIN to vouch with.
    private func holders() throws -> [(id: Person.ID, name: String, mayVouch: Bool)] {
        let roles = try pack()?.roles.filter { $0.may.contains("misconduct") }.map(\.id) ?? []
        guard !roles.isEmpty else { return [] }
        return try tx.rows(
            """
            select distinct person.person as id, personal.text as name, person.login as login, coalesce(credential.pin, '') as pin from role_holder
            join person on person.person = role_holder.person and person.active = 1
            join personal on personal.id = person.name left join credential on credential.person = person.person
            where role_holder.role in \(list: roles) and from_day <= \(day) and until_day >= \(day) order by person.login limit 50
            """
        ).map { (try $0.text("id"), try $0.text("name"), try !$0.text("pin").isEmpty) }
    }

    /// Who may vouch: active, in a role that opens misconduct, with a PIN.
    func vouchers() throws -> [FormView.Option] { try holders().filter(\.mayVouch).map { FormView.Option(id: $0.id, name: $0.name) } }

    /// Refuses whoever neither sees misconduct themselves nor has somebody beside them who does; the first is named by whoever
    /// keeps people. Commands on the server are asked nothing: what that means stands in docs/operations.md.
    func demandVoucher(_ voucher: Person.ID?, by actor: Actor) throws {
        guard case .person(let person) = actor, try ViewerFinder(tx: tx, hall: hall).viewer(person, on: day)?.may("misconduct") != true else { return }
        let able = try holders()
        guard able.isEmpty || able.contains(where: { $0.mayVouch && $0.id == voucher }) else {
            throw FormProblems(fields: [("voucher", able.contains(where: \.mayVouch) ? Self.needed : Self.noPIN)])
        }
    }

    /// Whether all somebody may is within reach: their home and each place at which they hold a role.
    func isWithin(_ reach: Set<Place.ID>, _ person: Person) throws -> Bool {
        guard reach.contains(person.place) else { return false }
        return try tx.rows("select distinct place from role_holder where person = \(person.id) and until_day >= \(day)").allSatisfy { reach.contains(try $0.text("place")) }
    }

    /// Refuses to change the sign-in of whoever sees misconduct without one of them beside, and of somebody who may more than the one
    /// who changes it reaches: whoever keeps one hall could sign in as somebody of the whole company who also helps out there.
    func demandSignIn(of person: Person, reach: Set<Place.ID>, voucher: Person.ID?, by actor: Actor) throws {
        if try opensMisconduct(person: person.id) { try demandVoucher(voucher, by: actor) }
        guard try isWithin(reach, person) else {
            throw Refusal.notAllowed(Text("这个人在别处也有岗位，登录信息请找管理员改。", "This person holds a role elsewhere, too; ask the administrator to change their sign-in."))
        }
    }

    static let needed = Text("这会让人看到违纪举报，要监察人员在这里输入 PIN 同意。", "This opens misconduct reports to somebody: one of supervision agrees here with their PIN.")

    private static let noPIN = Text("监察人员都还没有设 PIN：请他们先在“我”里设一个，再来同意。", "Nobody of supervision has a PIN yet: one of them sets it under “Me” first, then agrees here.")

    /// Who vouches by a form's fields `voucher` and `voucher-pin`; nil where nobody is named.
    static func voucher(_ form: Submitted, _ hall: Hallkeeper, at now: Instant) async throws -> Person.ID? {
        let (person, day) = (form["voucher"], hall.zone.day(of: now))
        guard !person.isEmpty else { return nil }
        let able = try await hall.store.read { tx in try Naming(tx: tx, hall: hall, day: day).vouchers() }
        guard able.contains(where: { $0.id == person }) else { throw FormProblems(fields: [("voucher", needed)]) }
        guard try await Sessions(hall: hall).isPIN(form["voucher-pin"], of: person, at: now) else {
            throw FormProblems(fields: [("voucher", Text("这个 PIN 不对。", "This PIN is not right."))])
        }
        return person
    }

    /// The fields for whoever vouches; nothing where nobody has to, and the reason alone where nobody can.
    static func fields(_ vouchers: [FormView.Option], _ problem: String?, _ w: Words) -> HTML {
        let why: HTML? = problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" }
        guard !vouchers.isEmpty else { return "\(why)" }
        return """
            <fieldset class="field"><legend>\(w("person.voucher"))</legend>\(why)<div class="cols"><select name="voucher" aria-label="\(w("person.voucher"))"><option value=""></option>\(vouchers, { "<option value=\"\($0.id)\">\($0.name)</option>" })</select><input type="password" inputmode="numeric" autocomplete="off" name="voucher-pin" placeholder="PIN" aria-label="PIN"></div></fieldset>
            """
    }
}
