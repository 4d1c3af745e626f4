import WorkCalendar

/// The names of a result's columns, shared by all its rows.
package final class Columns: Sendable {
    package let names: [String]
    /// Positions by a quick mark of the name, more slots than names; -1 is free. Every column of every row is looked up here.
    private let slots: [Int16]
    private let mask: Int

    package init(_ names: [String]) {
        self.names = names
        var size = 16
        while size < names.count * 3 { size *= 2 }
        var slots = [Int16](repeating: -1, count: size)
        for (position, name) in names.enumerated() where !names[..<position].contains(name) {
            var slot = Self.mark(name) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(truncatingIfNeeded: position)
        }
        (self.slots, mask) = (slots, size - 1)
    }

    private static func mark(_ name: String) -> Int {
        var name = name
        return name.withUTF8 { bytes in
            var mark = UInt(bytes.count)
            for byte in bytes { mark = mark &* 31 &+ UInt(byte) }
            return Int(truncatingIfNeeded: (mark ^ mark >> 7) & 0xFFFF)
        }
    }

    package subscript(name: String) -> Int? {
        var slot = Self.mark(name) & mask
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if names[position] == name { return position }
            slot = (slot + 1) & mask
        }
        return nil
    }
}

/// One row of a result. A column that is missing or of another kind throws; nothing traps.
package struct Row: Sendable {
    package let columns: Columns
    package let values: [Value]

    package init(columns: Columns, values: [Value]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column, nil when there is no such column.
    package subscript(name: String) -> Value? {
        guard let position = columns[name], position < values.count else { return nil }
        return values[position]
    }

    private func fault(_ name: String, _ wanted: String) -> Fault {
        Fault(.column, "column \(name): \(wanted) wanted, found \(self[name].map { "\($0)" } ?? "none")")
    }

    package func int(_ name: String) throws -> Int64 {
        guard case .int(let value)? = self[name] else { throw fault(name, "integer") }
        return value
    }

    package func text(_ name: String) throws -> String {
        guard case .text(let value)? = self[name] else { throw fault(name, "text") }
        return value
    }

    package func bytes(_ name: String) throws -> [UInt8] {
        guard case .bytes(let value)? = self[name] else { throw fault(name, "bytes") }
        return value
    }

    package func optionalInt(_ name: String) throws -> Int64? {
        if case .null? = self[name] { return nil }
        return try int(name)
    }

    package func optionalText(_ name: String) throws -> String? {
        if case .null? = self[name] { return nil }
        return try text(name)
    }

    package func instant(_ name: String) throws -> Instant { Instant(ms: try int(name)) }
    package func optionalInstant(_ name: String) throws -> Instant? { try optionalInt(name).map { Instant(ms: $0) } }

    package func day(_ name: String) throws -> Day {
        guard let day = Day(try text(name)) else { throw fault(name, "day") }
        return day
    }
}
