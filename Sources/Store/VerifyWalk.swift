import Foundation
import WorkCalendar

/// A part of a chain, walked by one worker.
struct Stretch: Sendable {
    let chain: String
    /// Its number among the chains.
    let number: Int32
    let after: Int64
    let upTo: Int64
    /// Whether the chain ends with it.
    let isLast: Bool
}

/// What one worker found: problems by the number of the stretches, and the last images. Used by one task at a time.
final class Walker: @unchecked Sendable {
    private(set) var images: [LastImages]
    private(set) var problems: [Int: [LedgerProblem]] = [:]
    private let shapes: [Shape]
    private let printed: [String: [Seal]]
    private var names: [String: Int] = [:]
    private var scratch: [UInt8] = []
    private var key: [UInt8] = []

    init(_ shapes: [Shape], _ printed: [String: [Seal]]) {
        (self.shapes, self.printed) = (shapes, printed)
        images = shapes.map { _ in LastImages() }
        parts = Array(repeating: 0..<0, count: shapes.map(\.members.count).max() ?? 0)
        for (index, shape) in shapes.enumerated() { names[shape.table.name] = index }
    }

    /// Walks a stretch within one reading.
    func walk(_ stretch: Stretch, _ order: Int, _ tx: any Reading) throws {
        let chain = stretch.chain
        var (last, prev) = (Int64(0), Array(Seal.genesis.utf8))
        if stretch.after > 0, let before = try tx.one("select seq, hash from seal where chain = \(chain) and seq <= \(stretch.after) order by seq desc limit 1") {
            (last, prev) = (try before.int("seq"), Array(try before.text("hash").utf8))
        }
        let seals = printed[chain] ?? []
        // A seal below the first would be of no chain otherwise, and its entry sealed all the same.
        let after = stretch.after == 0 ? Int64.min : stretch.after
        var found: [LedgerProblem] = []
        try tx.each(
            """
            select s.seq, s.entry, s.prev, s.hash, e.id, e.place, e.chain, e.recorded, e.effective, e.actor, e.kind, e.about, e.body
            from seal s left join entry e on e.id = s.entry and e.place = s.place
            where s.chain = \(chain) and s.seq > \(after) and s.seq <= \(stretch.upTo) order by s.seq
            """
        ) { row in
            guard let seq = row.int(0) else { throw Fault(.column, "seq") }
            func say(_ zh: String, _ en: String) { found.append(LedgerProblem(chain, seq, row.string(1), Text(zh, en))) }
            if seq != last + 1 { say("链 \(chain) 缺第 \(last + 1)–\(seq - 1) 条", "chain \(chain) lacks entries \(last + 1)–\(seq - 1)") }
            if !row.text(2).elementsEqual(prev) { say("链 \(chain) 第 \(seq) 条接不上前一条", "chain \(chain), entry \(seq): does not follow the one before") }
            let hash = row.text(3)
            prev.removeAll(keepingCapacity: true)
            prev.append(contentsOf: hash)
            last = seq
            for seal in seals where seal.seq == seq && !seal.hash.utf8.elementsEqual(prev) {
                say("链 \(chain) 第 \(seq) 条与印出的封印不同", "chain \(chain), entry \(seq): differs from the printed seal")
            }
            guard case .text(let body) = row.value(12) else {
                if case .text = row.value(4) { return say("链 \(chain) 第 \(seq) 条被改动过", "chain \(chain), entry \(seq): was altered") }
                let entry = row.string(1)
                return say("链 \(chain) 第 \(seq) 条的条目 \(entry) 不见了", "chain \(chain), entry \(seq): entry \(entry) is gone")
            }
            var sum = SHA256()
            sum.add(row.text(2))
            sum.add(body)
            guard sum.digest().isWritten(as: hash) else {
                return say("链 \(chain) 第 \(seq) 条被改动过", "chain \(chain), entry \(seq): was altered")
            }
            let personal: [JSON]
            if let raw = take(body, row, stretch, seq) {
                personal = raw
            } else if let json = try? JSON(parsing: Array(body)), agrees(json, row, chain) {
                take(json, stretch, seq)
                personal = json["personal"]?.array ?? []
            } else {
                return say("链 \(chain) 第 \(seq) 条的列与正文不符", "chain \(chain), entry \(seq): columns and body differ")
            }
            guard !personal.isEmpty else { return }
            let (place, entry) = (row.string(5), row.string(1))
            try Self.check(personal, at: place, chain, seq, entry, &found, tx)
        }
        if stretch.isLast {
            for seal in seals where seal.seq > last {
                found.append(
                    LedgerProblem(
                        chain, seal.seq, "",
                        Text("链 \(chain) 只到第 \(last) 条，印过第 \(seal.seq) 条：尾部被截", "chain \(chain) ends at \(last), but entry \(seal.seq) was printed: the tail was cut")))
            }
        }
        if !found.isEmpty { problems[order, default: []] += found }
    }

    // MARK: the quick way

    /// Takes the images of a body in the ledger's own form that says what its columns say; gives its personal texts. Nil
    /// when it is written otherwise or says something else: then it is read slowly.
    private func take(_ body: UnsafeRawBufferPointer, _ row: any RowView, _ stretch: Stretch, _ seq: Int64) -> [JSON]? {
        var reader = CanonicalReader(body)
        guard reader.skips("{\"about\":"), says(&reader, row.text(11)), reader.skips(",\"actor\":"), says(&reader, row.text(9)),
            reader.skips(",\"alg\":\"sha256\",\"chain\":"), says(&reader, row.text(6)), row.text(6).elementsEqual(stretch.chain.utf8),
            reader.skips(",\"effective\":"), says(&reader, row.int(8)), reader.skips(",\"entry\":"), says(&reader, row.text(4)),
            reader.skips(",\"event\":"), reader.value() != nil, reader.skips(",\"kind\":"), says(&reader, row.text(10)),
            reader.skips(",\"personal\":"), let personal = reader.value(), reader.skips(",\"place\":"), says(&reader, row.text(5)),
            reader.skips(",\"recorded\":"), says(&reader, row.int(7))
        else { return nil }
        if reader.skips(",\"request\":"), reader.string() == nil { return nil }
        guard reader.skips(",\"rows\":") else { return nil }
        // All of it is looked at before any image is taken.
        let rows = reader
        guard reader.value() != nil, reader.skips(",\"sig\":\"\"") else { return nil }
        // Entries of before there were turns have none.
        var turn: Int64 = 0
        if reader.skips(",\"turn\":") {
            guard let digits = reader.number(), let number = Int64(String(decoding: reader[digits], as: UTF8.self)) else { return nil }
            turn = number
        }
        guard reader.skips("}"), reader.isAtEnd else { return nil }
        var texts: [JSON] = []
        if personal.count > 2 {
            guard let list = try? JSON(parsing: Array(reader[personal])).array else { return nil }
            texts = list
        }
        takeRows(rows, LastImages.Turn(number: turn, entry: LastImages.Name(row.text(4))), stretch, seq)
        return texts
    }

    /// Whether the next string is this text.
    private func says(_ reader: inout CanonicalReader, _ text: UnsafeRawBufferPointer) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        JSON.write(utf8: text, &scratch)
        return reader.skips(scratch)
    }

    private func says(_ reader: inout CanonicalReader, _ number: Int64?) -> Bool {
        guard let number else { return false }
        scratch.removeAll(keepingCapacity: true)
        JSON.write(number, &scratch)
        guard reader.skips(scratch) else { return false }
        return reader.isAtEnd || !(0x30...0x39).contains(reader.bytes[reader.at])
    }

    /// `rows`, known to be canonical JSON.
    private func takeRows(_ start: CanonicalReader, _ turn: LastImages.Turn, _ stretch: Stretch, _ seq: Int64) {
        var reader = start
        guard reader.skips("["), !reader.skips("]") else { return }
        repeat {
            let from = reader
            if !takeRow(&reader, turn, stretch, seq) {
                reader = from
                guard let item = reader.value() else { return }
                if let json = try? JSON(parsing: Array(reader[item])) { take(image: json, turn, stretch, seq) }
            }
        } while reader.skips(",")
    }

    /// One image with just the columns the table has today; false when it is of another shape.
    private func takeRow(_ reader: inout CanonicalReader, _ turn: LastImages.Turn, _ stretch: Stretch, _ seq: Int64) -> Bool {
        let start = reader.at
        guard let index = shapes.indices.first(where: { reader.skips(shapes[$0].begin) }) else { return false }
        let shape = shapes[index]
        key.removeAll(keepingCapacity: true)
        for (position, member) in shape.members.enumerated() {
            guard reader.skips(member), let value = reader.value() else { return false }
            parts[position] = value
        }
        guard reader.skips("}]") else { return false }
        for (number, position) in shape.keys.enumerated() {
            if number > 0 { key.append(0x2C) }
            key.append(contentsOf: reader[parts[position]])
        }
        let hash = SHA256.of(reader[start..<reader.at])
        key.withUnsafeBytes { images[index].take($0, turn, hash, chain: stretch.number, seq: seq) }
        return true
    }
    /// Where the values of the image at hand stand.
    private var parts: [Range<Int>]

    // MARK: the slow way

    private func agrees(_ json: JSON, _ row: any RowView, _ chain: String) -> Bool {
        for (name, column) in [("place", 5), ("chain", 6), ("actor", 9), ("kind", 10), ("about", 11), ("entry", 4)] where json[name]?.string != row.string(column) { return false }
        return json["recorded"]?.int == row.int(7) && json["effective"]?.int == row.int(8) && json["chain"]?.string == chain && json["alg"]?.string == "sha256"
    }

    private func take(_ json: JSON, _ stretch: Stretch, _ seq: Int64) {
        let entry = Array((json["entry"]?.string ?? "").utf8).withUnsafeBytes { LastImages.Name($0) }
        let turn = LastImages.Turn(number: json["turn"]?.int ?? 0, entry: entry)
        for item in json["rows"]?.array ?? [] { take(image: item, turn, stretch, seq) }
    }

    private func take(image item: JSON, _ turn: LastImages.Turn, _ stretch: Stretch, _ seq: Int64) {
        guard let pair = item.array, pair.count == 2, let name = pair[0].string, let members = pair[1].object, let index = names[name] else { return }
        let shape = shapes[index]
        let key = shape.key { members[$0] ?? .null }
        let hash = shape.completed(members).withUnsafeBytes { SHA256.of($0) }
        key.withUnsafeBytes { images[index].take($0, turn, hash, chain: stretch.number, seq: seq) }
    }

    // MARK: personal texts

    /// What is wrong with personal texts an entry of that place names.
    static func check(
        _ personal: [JSON], at place: String, _ chain: String, _ seq: Int64, _ entry: String, _ problems: inout [LedgerProblem], _ tx: any Reading
    ) throws {
        func say(_ zh: String, _ en: String) { problems.append(LedgerProblem(chain, seq, entry, Text(zh, en))) }
        for item in personal {
            guard let pair = item.array, pair.count == 2, let id = pair[0].string, let commitment = pair[1].string else { continue }
            guard let row = try tx.one("select salt, text from personal where place = \(place) and id = \(id)") else {
                say("个人文字 \(id) 不见了", "personal text \(id) is gone")
                continue
            }
            guard case .text(let salt)? = row["salt"], case .text(let text)? = row["text"] else {
                say("个人文字 \(id) 被改动过", "personal text \(id) was altered")
                continue
            }
            if salt.isEmpty && text.isEmpty {
                // Destroyed as the law demands: by an act of its own, which says so.
                if try tx.one("select 1 as one from entry where place = \(place) and about = \(id) and kind = 'personal.erased' limit 1") == nil {
                    say("个人文字 \(id) 未经流水就被抹去", "personal text \(id) was erased without an act")
                }
            } else if Hash.sha256(hex: salt + text) != commitment {
                say("个人文字 \(id) 被改动过", "personal text \(id) was altered")
            }
        }
    }
}

extension Shape {
    /// The key's values as JSON writes them, parted by commas.
    func key(_ value: (String) -> JSON) -> [UInt8] {
        var key: [UInt8] = []
        for (number, column) in table.key.enumerated() {
            if number > 0 { key.append(0x2C) }
            value(column).write(&key)
        }
        return key
    }
}
