import Foundation

/// The kept tables with their bytes where nobody counts references: asked some ten million times a second.
final class FrozenShapes: @unchecked Sendable {
    struct Frozen {
        let begin: UnsafeRawBufferPointer
        let members: UnsafeBufferPointer<UnsafeRawBufferPointer>
        let keys: UnsafeBufferPointer<Int>
    }
    let shapes: [Shape]
    let all: UnsafeBufferPointer<Frozen>
    private let names: [String: Int]
    /// By a small hash of a table's name: the only table that has it, or -1.
    private let quick: UnsafeMutablePointer<Int>
    private let memory: [UnsafeMutableRawPointer]

    init(_ shapes: [Shape]) {
        self.shapes = shapes
        var memory: [UnsafeMutableRawPointer] = []
        func frozen(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
            let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
            bytes.withUnsafeBytes { if let base = $0.baseAddress { copy.copyMemory(from: base, byteCount: bytes.count) } }
            memory.append(copy)
            return UnsafeRawBufferPointer(start: copy, count: bytes.count)
        }
        func frozen<Item>(list: [Item]) -> UnsafeBufferPointer<Item> {
            let copy = UnsafeMutableBufferPointer<Item>.allocate(capacity: max(1, list.count))
            _ = copy.initialize(from: list)
            return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(copy)[0..<list.count])
        }
        all = frozen(
            list: shapes.map { shape in
                Frozen(begin: frozen(shape.begin), members: frozen(list: shape.members.map { frozen($0) }), keys: frozen(list: shape.keys))
            })
        names = Dictionary(shapes.enumerated().map { ($0.element.table.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        quick = .allocate(capacity: 256)
        quick.initialize(repeating: -1, count: 256)
        for (index, shape) in shapes.enumerated() {
            let slot = Array(shape.table.name.utf8).withUnsafeBytes { Self.slot($0) }
            quick[slot] = quick[slot] == -1 ? index : -2
        }
        self.memory = memory
    }

    deinit {
        for index in all.indices {
            all[index].members.deallocate()
            all[index].keys.deallocate()
        }
        all.deallocate()
        quick.deallocate()
        for part in memory { part.deallocate() }
    }

    @inline(__always) private static func slot(_ name: UnsafeRawBufferPointer) -> Int {
        guard name.count > 1 else { return 0 }
        return (name.count &* 37 &+ Int(name[0]) &* 5 &+ Int(name[name.count - 1]) &* 11 &+ Int(name[name.count / 2]) &* 3) & 255
    }

    /// The table an image is of, standing at its beginning; nil when it is none of these.
    @inline(__always) func index(at reader: CanonicalReader) -> Int? {
        var ahead = reader
        guard ahead.skips("["), let text = ahead.string() else { return nil }
        let name = UnsafeRawBufferPointer(rebasing: reader.bytes[text.lowerBound + 1..<text.upperBound - 1])
        let known = quick[Self.slot(name)]
        if known >= 0 {
            let begin = all[known].begin
            return begin.count == name.count + 5 && UnsafeRawBufferPointer(rebasing: begin[2..<begin.count - 3]).isSame(as: name) ? known : nil
        }
        return known == -1 ? nil : names[String(decoding: name, as: UTF8.self)]
    }

    func index(_ name: String) -> Int? { names[name] }
}

extension UnsafeRawBufferPointer {
    /// Byte by byte.
    @inline(__always) func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }
}
