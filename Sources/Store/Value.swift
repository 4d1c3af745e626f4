import WorkCalendar

/// What a column holds. No floating point: amounts and moments are integers.
package enum Value: Hashable, Sendable {
    case null
    case int(Int64)
    case text(String)
    case bytes([UInt8])
}

/// Something that can stand in a statement as a bound value.
package protocol Bindable {
    var bound: Value { get }
}

extension Value: Bindable { package var bound: Value { self } }
extension Int: Bindable { package var bound: Value { .int(Int64(self)) } }
extension Int64: Bindable { package var bound: Value { .int(self) } }
extension Bool: Bindable { package var bound: Value { .int(self ? 1 : 0) } }
extension String: Bindable { package var bound: Value { .text(self) } }
extension Instant: Bindable { package var bound: Value { .int(ms) } }
extension Day: Bindable { package var bound: Value { .text(description) } }
extension Array: Bindable where Element == UInt8 { package var bound: Value { .bytes(self) } }
extension Optional: Bindable where Wrapped: Bindable { package var bound: Value { self?.bound ?? .null } }
