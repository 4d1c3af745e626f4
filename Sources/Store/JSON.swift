import Foundation

/// JSON as the ledger writes it: integers only, keys sorted by their bytes, no spaces, the shortest escapes.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// The one byte sequence this value has (docs/rules/ledger.md).
    package var canonical: [UInt8] {
        var out: [UInt8] = []
        write(&out)
        return out
    }

    package func write(_ out: inout [UInt8]) {
        switch self {
        case .null: out += Array("null".utf8)
        case .bool(let value): out += Array((value ? "true" : "false").utf8)
        case .int(let value): Self.write(value, &out)
        case .string(let text): Self.write(text, &out)
        case .array(let list):
            out.append(0x5B)
            for (index, item) in list.enumerated() {
                if index > 0 { out.append(0x2C) }
                item.write(&out)
            }
            out.append(0x5D)
        case .object(let members):
            out.append(0x7B)
            let keys = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for (index, key) in keys.enumerated() {
                if index > 0 { out.append(0x2C) }
                Self.write(key, &out)
                out.append(0x3A)
                members[key]?.write(&out)
            }
            out.append(0x7D)
        }
    }

    private static let hex = Array("0123456789abcdef".utf8)

    /// Quotes, backslashes and control characters are escaped, nothing else.
    package static func write(_ text: String, _ out: inout [UInt8]) {
        var text = text
        text.withUTF8 { write(utf8: UnsafeRawBufferPointer($0), &out) }
    }

    /// The same from a text's bytes: as they are where nothing is to be escaped.
    static func write(utf8 bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        out.append(0x22)
        guard bytes.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else {
            out.append(contentsOf: bytes)
            out.append(0x22)
            return
        }
        for byte in bytes {
            switch byte {
            case 0x22: out += [0x5C, 0x22]
            case 0x5C: out += [0x5C, 0x5C]
            case 0x0A: out += [0x5C, 0x6E]
            case 0x0D: out += [0x5C, 0x72]
            case 0x09: out += [0x5C, 0x74]
            case 0..<0x20: out += [0x5C, 0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }

    /// A whole number in decimal digits.
    static func write(_ number: Int64, _ out: inout [UInt8]) {
        var rest = number.magnitude
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var at = buffer.count
            repeat {
                at -= 1
                buffer[at] = UInt8(0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 { out.append(0x2D) }
            out.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[at...]))
        }
    }

    /// Reads any JSON of integers; what has a fraction, is too large or is no JSON throws `Fault(.other)`.
    package init(parsing bytes: [UInt8]) throws {
        var reader = JSONReader(bytes: bytes)
        self = try reader.document()
    }

    package subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var int: Int64? { if case .int(let value) = self { value } else { nil } }
    package var array: [JSON]? { if case .array(let list) = self { list } else { nil } }
    package var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
}

/// A strict reader: bounds are checked at every byte, nesting is limited.
struct JSONReader {
    let bytes: [UInt8]
    var position = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    private func fault(_ what: String) -> Fault { Fault(.other, "JSON, byte \(position): \(what)") }

    mutating func document() throws -> JSON {
        let value = try self.value()
        skip()
        guard position == bytes.count else { throw fault("more than one value") }
        return value
    }

    private mutating func skip() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ word: StaticString, _ value: JSON) throws -> JSON {
        for byte in "\(word)".utf8 {
            guard peek == byte else { throw fault("unknown word") }
            position += 1
        }
        return value
    }

    private mutating func value() throws -> JSON {
        skip()
        guard depth < 64 else { throw fault("nested too deep") }
        switch peek {
        case 0x6E: return try take("null", .null)
        case 0x74: return try take("true", .bool(true))
        case 0x66: return try take("false", .bool(false))
        case 0x22: return .string(try string())
        case 0x5B:
            depth += 1
            defer { depth -= 1 }
            position += 1
            var list: [JSON] = []
            skip()
            if peek == 0x5D { position += 1; return .array(list) }
            while true {
                list.append(try value())
                skip()
                if peek == 0x2C { position += 1; continue }
                guard peek == 0x5D else { throw fault("] expected") }
                position += 1
                return .array(list)
            }
        case 0x7B:
            depth += 1
            defer { depth -= 1 }
            position += 1
            var members: [String: JSON] = [:]
            skip()
            if peek == 0x7D { position += 1; return .object(members) }
            while true {
                skip()
                let key = try string()
                skip()
                guard peek == 0x3A else { throw fault(": expected") }
                position += 1
                guard members.updateValue(try value(), forKey: key) == nil else { throw fault("key \(key) twice") }
                skip()
                if peek == 0x2C { position += 1; continue }
                guard peek == 0x7D else { throw fault("} expected") }
                position += 1
                return .object(members)
            }
        case .some(let byte) where byte == 0x2D || (0x30...0x39).contains(byte): return .int(try number())
        default: throw fault("value expected")
        }
    }

    private mutating func number() throws -> Int64 {
        let start = position
        if peek == 0x2D { position += 1 }
        while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
        if let byte = peek, byte == 0x2E || byte == 0x65 || byte == 0x45 { throw fault("whole numbers only") }
        guard let number = Int64(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw fault("number out of range")
        }
        return number
    }

    private mutating func string() throws -> String {
        guard peek == 0x22 else { throw fault("\" expected") }
        position += 1
        var out: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case 0x22:
                guard let text = String(validating: out, as: UTF8.self) else { throw fault("not UTF-8") }
                return text
            case 0x5C:
                guard let escape = peek else { throw fault("cut off") }
                position += 1
                switch escape {
                case 0x22, 0x5C, 0x2F: out.append(escape)
                case 0x6E: out.append(0x0A)
                case 0x72: out.append(0x0D)
                case 0x74: out.append(0x09)
                case 0x62: out.append(0x08)
                case 0x66: out.append(0x0C)
                case 0x75: out += Array(String(try scalar()).utf8)
                default: throw fault("unknown escape")
                }
            case 0..<0x20: throw fault("control character")
            default: out.append(byte)
            }
        }
        throw fault("cut off")
    }

    private mutating func unit() throws -> UInt32 {
        guard position + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw fault("four hexadecimal digits expected") }
        position += 4
        return unit
    }

    private mutating func scalar() throws -> Character {
        var code = try unit()
        if (0xD800..<0xDC00).contains(code) {
            guard peek == 0x5C, position + 1 < bytes.count, bytes[position + 1] == 0x75 else { throw fault("half a pair") }
            position += 2
            let low = try unit()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half a pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("no such character") }
        return Character(scalar)
    }
}
