/// HTML as an interpolated literal whose values cannot inject: a `String` is escaped, an `HTML` is not.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var text: String

    init(stringLiteral text: String) { self.text = text }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + interpolationCount * 24) }
        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += HTML.escape(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ value: HTML) { text += value.text }
        mutating func appendInterpolation(_ value: HTML?) { if let value { text += value.text } }
        mutating func appendInterpolation(_ list: [HTML]) { for item in list { text += item.text } }
        mutating func appendInterpolation<T>(_ list: [T], _ item: (T) -> HTML) { for value in list { text += item(value).text } }
        /// Written only when it holds: a class, `checked`, `disabled`.
        mutating func appendInterpolation(when holds: Bool, _ word: StaticString) { if holds { text += "\(word)" } }
    }

    /// Safe between tags and inside quoted attributes.
    static func escape(_ value: String) -> String {
        var value = value
        return value.withUTF8 { bytes -> String? in
            guard bytes.contains(where: isSpecial) else { return nil }
            var out: [UInt8] = []
            out.reserveCapacity(bytes.count + 16)
            for byte in bytes {
                switch byte {
                case 0x26: out += [0x26, 0x61, 0x6D, 0x70, 0x3B]
                case 0x3C: out += [0x26, 0x6C, 0x74, 0x3B]
                case 0x3E: out += [0x26, 0x67, 0x74, 0x3B]
                case 0x22: out += [0x26, 0x71, 0x75, 0x6F, 0x74, 0x3B]
                case 0x27: out += [0x26, 0x23, 0x33, 0x39, 0x3B]
                default: out.append(byte)
                }
            }
            return String(decoding: out, as: UTF8.self)
        } ?? value
    }

    @inline(__always) private static func isSpecial(_ byte: UInt8) -> Bool { byte <= 0x3E && (byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x27) }
}
