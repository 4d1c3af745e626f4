/// A statement written out, whose interpolated values are always bound, never spliced:
/// `"select * from duty where place = \(place)"`. `\(raw:)` takes only names written in the program.
package struct SQL: ExpressibleByStringInterpolation, Hashable, Sendable {
    /// The text with `?` for each value; drivers number them as they need.
    package private(set) var text: String
    package private(set) var values: [Value]

    package init(stringLiteral text: String) {
        self.text = text
        values = []
    }

    package init(text: String, values: [Value]) {
        self.text = text
        self.values = values
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var values: [Value] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 2)
            values.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some Bindable) {
            text += "?"
            values.append(value.bound)
        }

        /// A list for `in`: `(?, ?, …)`; an empty list matches nothing.
        package mutating func appendInterpolation(list: some Sequence<some Bindable>) {
            let bound = list.map(\.bound)
            text += bound.isEmpty ? "(null)" : "(" + Array(repeating: "?", count: bound.count).joined(separator: ",") + ")"
            values += bound
        }

        package mutating func appendInterpolation(raw name: StaticString) { text += "\(name)" }

        package mutating func appendInterpolation(sql other: SQL) {
            text += other.text
            values += other.values
        }
    }
}
