import WorkCalendar

/// A pattern and its links from one value: `Route("/duties/:place/:duty")`.
struct Route: Sendable, Hashable {
    let pattern: String
    private let segments: [String]
    private let isParameter: [Bool]
    /// What an address must have in common with it to be looked at: its first word and how many there are.
    struct Kin: Hashable, Sendable {
        var first: String
        var count: Int
    }
    var kin: Kin { Kin(first: isParameter.first == true ? ":" : segments.first ?? "", count: segments.count) }

    init(_ pattern: String) {
        self.pattern = pattern
        segments = pattern.split(separator: "/").map(String.init)
        isParameter = segments.map { $0.hasPrefix(":") }
    }

    /// The link with its parameters in order, percent-encoded.
    func link(_ parameters: String...) -> String {
        guard !segments.isEmpty else { return "/" }
        var next = 0
        var text = ""
        text.reserveCapacity(pattern.utf8.count + parameters.count * 26)
        for (segment, isParameter) in zip(segments, isParameter) {
            text += "/"
            guard isParameter else {
                text += segment
                continue
            }
            if next < parameters.count { text += Submitted.encode(parameters[next]) }
            next += 1
        }
        return text
    }

    /// The parameters of a path, nil when it is another's.
    func match(_ path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var found: [String] = []
        for (position, given) in path.enumerated() {
            if isParameter[position] {
                guard let value = given.utf8.contains(0x25) ? given.removingPercentEncoding : given, !value.isEmpty, !value.utf8.contains(0) else { return nil }
                found.append(value)
            } else if segments[position] != given {
                return nil
            }
        }
        return found
    }
}

/// Who may come in here. Nothing is open by default: each entry of the map names one.
enum Permission: Sendable, Equatable {
    /// Said explicitly: no account is needed.
    case anyone
    case signedIn
    /// A permission of the pack's roles, anywhere; the handler narrows it to places.
    case may(String)
    /// A wall screen's token.
    case device
    /// This machine itself, or the token of the configuration (`Watchman`).
    case watchman
}

/// One line of the map.
struct Entry: Sendable {
    enum Group: String, Sendable, CaseIterable { case staff, publicly = "public", api, display }
    let method: String
    let route: Route
    let permission: Permission
    let group: Group
    let bodyLimit: Int
    let handler: @Sendable (Visit) async throws -> Reply

    init(
        _ method: String, _ route: Route, _ permission: Permission, group: Group = .staff, bodyLimit: Int = 2 << 20,
        _ handler: @escaping @Sendable (Visit) async throws -> Reply
    ) {
        (self.method, self.route, self.permission, self.group) = (method, route, permission, group)
        (self.bodyLimit, self.handler) = (bodyLimit, handler)
    }
}

/// One request on its way through: who asks, when, in which language, with what.
struct Visit: Sendable {
    var request: Request
    var parameters: [String]
    var form: Submitted
    var now: Instant
    var words: Words
    var zone: Zone
    var viewer: Viewer?
    var session: SessionFacts?
    var flash = ""

    /// The parameter at a position; the route has as many as its pattern, so this is "" only for a slip of ours.
    subscript(position: Int) -> String { position < parameters.count ? parameters[position] : "" }

    /// Who asks. Entries that are not for anyone have a viewer.
    func who() throws -> Viewer {
        guard let viewer else { throw Refusal.signIn }
        return viewer
    }
}

/// What a session says.
struct SessionFacts: Sendable {
    var id: String
    var person: String
    var csrf: String
}
