/// Words for people, always in both languages.
///
/// It lives in the lowest module because deadlines, packs and pages all hand it on.
package struct Text: Hashable, Codable, Sendable {
    /// The Chinese words.
    package var zh: String
    /// The English words.
    package var en: String

    /// Words in Chinese, then in English.
    package init(_ zh: String, _ en: String) {
        self.zh = zh
        self.en = en
    }

    /// The words in one language.
    package func `in`(_ language: Language) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }
}
