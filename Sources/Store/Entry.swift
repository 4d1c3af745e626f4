import WorkCalendar

/// Who acts: a person, a customer, a machine client, or the clock itself.
package enum Actor: Hashable, Sendable {
    case person(String)
    case customer
    case machine(String)
    case clock

    package var text: String {
        switch self {
        case .person(let id): "person:\(id)"
        case .customer: "customer"
        case .machine(let id): "machine:\(id)"
        case .clock: "clock"
        }
    }
}

/// An entry being written: the event, and the images of the rows it led to.
struct Draft {
    let id: ID
    let chain: String
    let place: String
    let kind: String
    let about: String
    let effective: Instant
    let event: JSON
    /// `["duty",{…}]` each, already canonical.
    var images: [[UInt8]] = []
    /// `["<id>","<commitment>"]` each.
    var personal: [[UInt8]] = []

    /// The bytes that are hashed: members in the order of their names (docs/rules/ledger.md).
    func body(actor: String, recorded: Instant, request: String, turn: Int64) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(images.reduce(640) { $0 + $1.count })
        func member(_ name: String, _ write: (inout [UInt8]) -> Void) {
            out.append(out.isEmpty ? 0x7B : 0x2C)
            JSON.write(name, &out)
            out.append(0x3A)
            write(&out)
        }
        func list(_ items: [[UInt8]], _ out: inout [UInt8]) {
            out.append(0x5B)
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(0x2C) }
                out += item
            }
            out.append(0x5D)
        }
        member("about") { JSON.write(about, &$0) }
        member("actor") { JSON.write(actor, &$0) }
        member("alg") { JSON.write("sha256", &$0) }
        member("chain") { JSON.write(chain, &$0) }
        member("effective") { JSON.write(effective.ms, &$0) }
        member("entry") { JSON.write(id.description, &$0) }
        member("event") { event.write(&$0) }
        member("kind") { JSON.write(kind, &$0) }
        member("personal") { list(personal, &$0) }
        member("place") { JSON.write(place, &$0) }
        member("recorded") { JSON.write(recorded.ms, &$0) }
        if !request.isEmpty { member("request") { JSON.write(request, &$0) } }
        member("rows") { list(images, &$0) }
        member("sig") { JSON.write("", &$0) }
        member("turn") { $0 += Array(String(turn).utf8) }
        out.append(0x7D)
        return out
    }
}

extension Table {
    /// The image of a row: `["table",{"column":value,…}]`.
    func image(_ values: [Value]) -> [UInt8] {
        var out: [UInt8] = [0x5B]
        JSON.write(name, &out)
        out.append(0x2C)
        out.reserveCapacity(columns.count * 28)
        for (index, position) in sorted.enumerated() {
            out.append(index == 0 ? 0x7B : 0x2C)
            JSON.write(columns[position], &out)
            out.append(0x3A)
            switch position < values.count ? values[position] : .null {
            case .null: out += [0x6E, 0x75, 0x6C, 0x6C]
            case .int(let number): JSON.write(number, &out)
            case .text(let text): JSON.write(text, &out)
            case .bytes(let bytes): JSON.write(Hash.hex(bytes), &out)
            }
        }
        out += [0x7D, 0x5D]
        return out
    }
}
