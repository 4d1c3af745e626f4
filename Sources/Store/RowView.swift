/// A value where the driver holds it, good until the next row is asked for.
package enum RawValue: BitwiseCopyable {
    case null
    case int(Int64)
    case text(UnsafeRawBufferPointer)
    case bytes(UnsafeRawBufferPointer)
}

/// One row where the driver holds it: for readings of many rows, none of which is kept.
package protocol RowView {
    /// The value of a column by its place in the statement.
    func value(_ column: Int) -> RawValue
    /// The values of the first so many columns at once.
    func read(_ count: Int, into values: UnsafeMutablePointer<RawValue>)
}

extension RowView {
    package func read(_ count: Int, into values: UnsafeMutablePointer<RawValue>) { for column in 0..<count { values[column] = value(column) } }

    func text(_ column: Int) -> UnsafeRawBufferPointer { value(column).text }
    func int(_ column: Int) -> Int64? { value(column).int }
    func string(_ column: Int) -> String { value(column).string }
}

extension RawValue {
    /// The bytes of a text; none for anything else.
    var text: UnsafeRawBufferPointer { if case .text(let bytes) = self { bytes } else { UnsafeRawBufferPointer(start: nil, count: 0) } }
    var int: Int64? { if case .int(let number) = self { number } else { nil } }
    var string: String { String(decoding: text, as: UTF8.self) }
}
