/// A language the product speaks. The raw value is what stands in `lang` attributes and in `Words/`.
package enum Language: String, Codable, Hashable, Sendable, CaseIterable {
    case zh = "zh-CN"
    case en = "en"
}
