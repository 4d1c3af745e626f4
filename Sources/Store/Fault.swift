/// What went wrong in the store. Names of constraints are read in one place a driver; users never see `detail`.
package struct Fault: Error, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// A row with this key is there already; the name of table and columns or of the index.
        case unique(String)
        /// The key was used before with other content.
        case conflict
        /// Another process holds the file; `detail` names it.
        case held
        /// Concurrent acts could not be ordered; the store has tried again as often as it may.
        case busy
        /// The connection broke while committing: the act may or may not have been kept.
        case commitUnknown
        case connection
        /// The disk is full: nothing was kept.
        case full
        /// The disk did not keep what it was given, or gives no leave to write; `detail` says what it said.
        case disk
        /// The disk failed to make durable what it had taken: what it says from here on is not believed.
        case unsynced
        case newerDatabase
        /// The file was copied while a program had it open, and without its log; `detail` names it.
        case copied
        case changedMigration
        /// What was kept is not what it was; `detail` says what.
        case damaged
        /// A row was kept before an entry was begun: nothing changes without an entry.
        case noEntry
        case column
        case other
    }
    package let kind: Kind
    package let detail: String

    package init(_ kind: Kind, _ detail: String = "") {
        self.kind = kind
        self.detail = detail
    }

    package var description: String { detail.isEmpty ? "\(kind)" : "\(kind): \(detail)" }
}
