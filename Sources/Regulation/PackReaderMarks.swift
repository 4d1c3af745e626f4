import WorkCalendar
import Yams

/// What is gathered while a pack is read: the mistakes, and where everything stands, for later checks to point at.
final class PackReading {
    /// A line and a column of a file, both from 1.
    struct Spot: Hashable {
        var file: String
        var line: Int
        var column: Int
    }

    private(set) var mistakes: [Mistake] = []
    /// `rule:restroom/who`, `form:box-opening/fields:slips/type` … → where it stands.
    private(set) var spots: [String: Spot] = [:]

    /// Remembers where something stands; the first of two of the same name is kept.
    func mark(_ path: String, _ spot: Spot) {
        if spots[path] == nil { spots[path] = spot }
    }

    /// Where something stands, or the nearest thing around it that has a place.
    func spot(_ path: String) -> Spot {
        var path = path[...]
        while true {
            if let spot = spots[String(path)] { return spot }
            guard let slash = path.lastIndex(of: "/") else { return Spot(file: "company.yaml", line: 1, column: 1) }
            path = path[..<slash]
        }
    }

    /// Whether something of that noun and id stands in the files, be it with mistakes: `rule`, `form`, `role` …
    func isNamed(_ noun: String, _ id: String) -> Bool { spots["\(noun):\(id)"] != nil }

    /// Tells a mistake at a place of a file.
    func tell(
        _ spot: Spot, _ zh: String, _ en: String, hint: String? = nil, severity: Mistake.Severity = .error
    ) {
        let mistake = Mistake(
            file: spot.file, line: spot.line, column: spot.column, sentence: Text(zh, en), hint: hint,
            severity: severity)
        if !mistakes.contains(mistake) { mistakes.append(mistake) }
    }

    /// Tells a mistake at something remembered.
    func tell(
        at path: String, _ zh: String, _ en: String, hint: String? = nil, severity: Mistake.Severity = .error
    ) {
        tell(spot(path), zh, en, hint: hint, severity: severity)
    }

    /// All mistakes in the order of files and lines.
    var sorted: [Mistake] {
        mistakes.sorted {
            ($0.file, $0.line, $0.column, $0.sentence.en) < ($1.file, $1.line, $1.column, $1.sentence.en)
        }
    }
}

/// A node of a YAML file with its name in the pack; every scalar is text.
struct PackNode {
    let node: Node
    let path: String
    let file: String
    let reading: PackReading

    init(_ node: Node, path: String, file: String, reading: PackReading) {
        (self.node, self.path, self.file, self.reading) = (node, path, file, reading)
        reading.mark(path, spot)
    }

    var spot: PackReading.Spot { PackNode.spot(node, file) }

    static func spot(_ node: Node, _ file: String) -> PackReading.Spot {
        PackReading.Spot(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    /// Tells a mistake here.
    func wrong(_ zh: String, _ en: String, hint: String? = nil) { reading.tell(spot, zh, en, hint: hint) }

    /// Anchors and aliases are refused: they hide what stands where, and a small file can unfold to a huge one.
    private var isPlain: Bool {
        guard node.anchor != nil else { return true }
        wrong("规则包里不能用锚点和别名", "anchors and aliases are not allowed in a pack")
        return false
    }

    /// The scalar as text; nil, and a mistake, for anything else.
    var text: String? {
        guard isPlain else { return nil }
        guard case .scalar(let scalar) = node else {
            wrong("这里应是一个值", "one value is expected here")
            return nil
        }
        let text = scalar.string
        guard !text.isEmpty else {
            wrong("这里不能为空", "nothing is said here")
            return nil
        }
        return text
    }

    /// Whether it is a scalar, without saying that it should be.
    var isScalar: Bool {
        if case .scalar = node { true } else { false }
    }

    /// The items of a list; a single value is a list of one.
    var items: [PackNode] {
        guard isPlain else { return [] }
        guard case .sequence(let sequence) = node else { return [self] }
        return sequence.enumerated().map { PackNode($1, path: "\(path)/\($0)", file: file, reading: reading) }
    }

    /// The texts of a list or of a single value.
    var texts: [String] { items.compactMap(\.text) }

    /// The items of what must be a list of mappings with an `id`; each is named `noun:id`.
    func items(of noun: String, single: Bool = false) -> [PackNode] {
        guard isPlain else { return [] }
        let nodes: [Node]
        switch node {
        case .sequence(let sequence): nodes = Array(sequence)
        case .mapping where single: nodes = [node]
        default:
            wrong("这里应是一个列表", "a list is expected here")
            return []
        }
        return nodes.enumerated().map { index, item in
            let id = item.mapping?["id"]?.scalar?.string ?? "#\(index)"
            return PackNode(item, path: "\(noun):\(id)", file: file, reading: reading)
        }
    }

    /// The mapping, its keys among those that are valid here; nil, and a mistake, for anything else.
    func map(_ valid: [String]) -> PackMap? {
        guard let map = anyMap() else { return nil }
        for (key, node) in map.order where !valid.contains(key) {
            reading.tell(
                PackNode.spot(node, file), "不认识的项“\(key)”", "unknown key “\(key)”",
                hint: NearestWord.of(key, among: valid))
        }
        return map
    }

    /// The mapping, whatever its keys.
    func anyMap() -> PackMap? {
        guard isPlain else { return nil }
        guard case .mapping(let mapping) = node else {
            wrong("这里应是若干“项: 值”", "keys with values are expected here")
            return nil
        }
        var values: [String: PackNode] = [:]
        var order: [(String, Node)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                reading.tell(PackNode.spot(key, file), "项名应是一个词", "a key must be one word")
                continue
            }
            let name = scalar.string
            order.append((name, key))
            reading.mark("\(path)/\(name)/key", PackNode.spot(key, file))
            values[name] = PackNode(value, path: "\(path)/\(name)", file: file, reading: reading)
        }
        return PackMap(owner: self, order: order, values: values)
    }
}

/// The keys of a mapping and their values.
struct PackMap {
    let owner: PackNode
    /// Keys as written, with their nodes.
    let order: [(String, Node)]
    let values: [String: PackNode]

    subscript(key: String) -> PackNode? { values[key] }

    /// The value of a key that must be there.
    func need(_ key: String) -> PackNode? {
        if let node = values[key] { return node }
        owner.wrong("缺少“\(key)”", "“\(key)” is missing")
        return nil
    }

    /// Tells a mistake at a key.
    func wrong(at key: String, _ zh: String, _ en: String, hint: String? = nil) {
        owner.reading.tell(at: "\(owner.path)/\(key)/key", zh, en, hint: hint)
    }

    /// The keys of a set that are written here, in the order written.
    func written(_ keys: [String]) -> [String] { order.map(\.0).filter(keys.contains) }
}
