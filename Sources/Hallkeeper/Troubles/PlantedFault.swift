import Store

/// A fault planted between the program and its store, to see whether the simulation finds it. None is ever in a program that serves.
enum PlantedFault: String, Sendable, CaseIterable {
    case ackWithoutCommit = "answers before the commit"
    case retryWithoutKey = "sends again without a key"

    /// What a query gives instead; nil: as it is.
    func rows(_ sql: SQL, _ tx: any Reading) throws -> [Row]? { nil }
    /// What a statement does instead; nil: as it is.
    func run(_ sql: SQL, _ tx: any Writing, _ seen: Seen) throws -> Int? { nil }
}
