import Store
import WorkCalendar

/// The JSON API says what the pages say: same permission, same rule, same act.
struct APIRoutes: Sendable {
    let hall: Hallkeeper
    var entries: [Entry] {
        [
            Entry("GET", Site.apiToday, .signedIn, group: .api, today), Entry("GET", Site.apiDuty, .signedIn, group: .api, duty),
            Entry("GET", Site.apiDescription, .anyone, group: .api, describe),
        ]
    }

    private func today(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let seats = Array(Set(desk.viewer.roles.map(\.place) + [desk.viewer.person.place])).sorted()
        let me = desk.viewer.person.id
        let mine = try await DutyLister(desk: desk).open(seats: seats, until: hall.zone.instant(desk.today, minute: 1440)).filter { $0.owing.people.contains(me) }
        let lister = DutyLister(desk: desk)
        return .json(JSON.object(["duties": .array(mine.map { Self.json($0, lister) })]).text)
    }

    private func duty(_ visit: Visit) async throws -> Reply {
        let desk = try await Desk(hall, visit)
        let found = try await DutyRoutes(hall: hall).find(desk)
        return .json(Self.json(found, DutyLister(desk: desk)).text)
    }

    private static func json(_ found: DutyLister.Found, _ lister: DutyLister) -> JSON {
        .object([
            "id": .string(found.duty.id), "place": .string(found.duty.place), "rule": .string(found.duty.rule), "title": .string(lister.title(found)),
            "clauses": .array(lister.clauses(found).map { .string($0) }), "state": .string(found.duty.state.rawValue), "opens": .int(found.duty.opens.ms),
            "due": .int(found.duty.due.ms), "why": .string(lister.why(found)),
        ])
    }

    /// Written by hand, tested against the running server.
    private func describe(_ visit: Visit) async throws -> Reply {
        let duty: JSON = .object([
            "type": .string("object"),
            "required": .array(["id", "place", "rule", "title", "clauses", "state", "opens", "due", "why"].map { .string($0) }),
        ])
        func get(_ summary: String, _ schema: JSON, parameters: [String] = []) -> JSON {
            .object([
                "get": .object([
                    "summary": .string(summary),
                    "parameters": .array(parameters.map { .object(["name": .string($0), "in": .string("path"), "required": .bool(true), "schema": .object(["type": .string("string")])]) }),
                    "responses": .object([
                        "200": .object(["description": .string("found"), "content": .object(["application/json": .object(["schema": schema])])]),
                        "401": .object(["description": .string("not signed in")]), "404": .object(["description": .string("not there, or not yours to see")]),
                    ]),
                ])
            ])
        }
        let list: JSON = .object(["type": .string("object"), "required": .array([.string("duties")]), "properties": .object(["duties": .object(["type": .string("array"), "items": duty])])])
        return .json(
            JSON.object([
                "openapi": .string("3.1.0"), "info": .object(["title": .string("Hallkeeper"), "version": .string("1")]),
                "paths": .object([
                    "/api/today": get("What I owe", list), "/api/duties/{place}/{duty}": get("One duty", duty, parameters: ["place", "duty"]),
                ]),
            ]).text)
    }
}
