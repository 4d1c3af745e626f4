import Foundation
import WorkCalendar

/// A submitted form: fields in their order, files apart. Tolerant of what browsers send, strict about sizes.
struct Submitted: Sendable {
    struct File: Sendable {
        var field: String
        var name: String
        var bytes: [UInt8]
    }
    var fields: [(String, String)] = []
    var files: [File] = []

    /// The last value of a field, trimmed; "" when it is not there.
    subscript(name: String) -> String {
        guard let value = fields.last(where: { $0.0 == name })?.1, let first = value.utf8.first, let last = value.utf8.last else { return "" }
        // Ids, keys and numbers have nothing to trim; only what may begin or end with a blank is looked at by character.
        let mayTrim = first <= 0x20 || last <= 0x20 || first >= 0x80 || last >= 0x80
        return mayTrim ? value.trimmingCharacters(in: .whitespacesAndNewlines) : value
    }

    /// field → value; several of one name are joined by commas.
    var answers: [String: String] {
        var found: [String: String] = [:]
        for (name, value) in fields { found[name] = found[name].map { $0.isEmpty ? value : $0 + "," + value } ?? value }
        return found
    }

    /// Whether a field holds what nobody may read back: it is neither carried over a sign-in nor part of what is kept of a form to
    /// know it again. A PIN has so few digits, and a fast hash is no hash, that either would give it away.
    static func isSecret(_ name: String) -> Bool { ["password", "current", "secret"].contains(name) || name.hasPrefix("pin") || name.hasSuffix("-pin") }

    static let mostFields = 1000

    init() {}

    /// From a body of either kind of form; anything else is an empty form.
    init(_ request: Request) throws {
        let type = request.headers["content-type"] ?? ""
        let kind = type.prefix { $0 != ";" }.lowercased()
        if kind.hasPrefix("application/x-www-form-urlencoded") {
            guard let text = String(validating: request.body, as: UTF8.self) else { throw Self.broken }
            fields = try Self.pairs(text)
        } else if kind.hasPrefix("multipart/form-data") {
            guard let mark = type.range(of: "boundary=", options: .caseInsensitive) else { throw Self.broken }
            var boundary = String(type[mark.upperBound...].prefix { $0 != ";" })
            boundary = boundary.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
            guard !boundary.isEmpty, boundary.utf8.count <= 200 else { throw Self.broken }
            try parse(request.body, boundary: boundary)
        }
        guard !fields.contains(where: { $0.0.utf8.contains(0) }) else { throw Self.broken }
        // No keyboard types a nought; it comes along when something is pasted, stands for nothing, and a database may refuse it.
        // It is left out, as the API does, so that what somebody wrote is not lost for it.
        for index in fields.indices where fields[index].1.utf8.contains(0) { fields[index].1 = fields[index].1.replacing("\0", with: "") }
    }

    static let broken = Refusal.badRequest(Text("表单没有传完整，请返回重试。", "The form did not arrive whole; please go back and try again."))

    static func pairs(_ text: String) throws -> [(String, String)] {
        var list: [(String, String)] = []
        for pair in text.utf8.split(separator: 0x26, omittingEmptySubsequences: true) {
            guard list.count < mostFields else { throw broken }
            let equals = pair.firstIndex(of: 0x3D) ?? pair.endIndex
            let rest = equals == pair.endIndex ? pair[equals...] : pair[pair.index(after: equals)...]
            guard let name = decode(Substring(pair[..<equals])), let value = decode(Substring(rest)) else { throw broken }
            list.append((name, value))
        }
        return list
    }

    /// `+` is a space, `%41` is `A`; nil when that is not done right, or makes no text.
    static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2B }) else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case 0x2B: bytes.append(0x20)
            case 0x25:
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    private static let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    /// Percent-encoded. Ids, which most links are made of, are plain already, and a page has hundreds.
    static func encode(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || $0 == 0x7E }
        return isPlain ? text : text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    private mutating func parse(_ body: [UInt8], boundary: String) throws {
        let mark = Array("--\(boundary)".utf8)
        let end = Array("\r\n\r\n".utf8)
        guard var position = Self.find(mark, in: body, from: 0) else { throw Self.broken }
        while true {
            position += mark.count
            guard position + 2 <= body.count else { throw Self.broken }
            if body[position] == 0x2D, body[position + 1] == 0x2D { return }
            guard fields.count + files.count < Self.mostFields, let headEnd = Self.find(end, in: body, from: position),
                headEnd - position < 4096, let next = Self.find(Array("\r\n".utf8) + mark, in: body, from: headEnd + 2)
            else { throw Self.broken }
            let head = String(decoding: body[position..<headEnd], as: UTF8.self)
            let start = headEnd + end.count
            let content = start <= next ? Array(body[start..<next]) : []
            if let name = Self.parameter("name", head) {
                if let file = Self.parameter("filename", head) {
                    if !content.isEmpty { files.append(File(field: name, name: file, bytes: content)) }
                } else {
                    fields.append((name, String(decoding: content, as: UTF8.self)))
                }
            }
            position = next + 2
        }
    }

    private static func parameter(_ name: String, _ head: String) -> String? {
        guard let mark = head.range(of: " \(name)=\"") else { return nil }
        return String(head[mark.upperBound...].prefix { $0 != "\"" && $0 != "\r\n" && $0 != "\n" })
    }

    private static func find(_ wanted: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        guard let first = wanted.first, start >= 0 else { return nil }
        var index = start
        while index + wanted.count <= body.count {
            guard let next = body[index...].firstIndex(of: first), next + wanted.count <= body.count else { return nil }
            if body[next..<next + wanted.count].elementsEqual(wanted) { return next }
            index = next + 1
        }
        return nil
    }
}
