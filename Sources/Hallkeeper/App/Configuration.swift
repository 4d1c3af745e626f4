import Foundation

/// Every setting with its value and where it came from: flag, environment, default. `hallkeeper config` prints it.
package struct Configuration: Sendable {
    package struct Setting: Sendable {
        package var name: String
        package var value: String
        package var source: String
        package var about: String
    }
    package private(set) var settings: [Setting] = []

    /// Names, environment variables, defaults, and what they mean.
    static let known: [(name: String, environment: String, standard: String, about: String)] = [
        ("data", "HALLKEEPER_DATA", "data", "folder of the SQLite database and the photos"),
        ("database", "HALLKEEPER_DATABASE", "", "postgresql:// address; empty: SQLite in the data folder"),
        ("host", "HALLKEEPER_HOST", "127.0.0.1", "address to listen on"),
        ("port", "HALLKEEPER_PORT", "8080", "port to listen on"),
        ("groups", "HALLKEEPER_GROUPS", "staff,public,api,display", "groups of routes this process serves"),
        ("log", "HALLKEEPER_LOG", "info", "log level: trace, debug, info, notice, warning, error"),
        ("proxies", "HALLKEEPER_PROXIES", "0", "how many proxies in front may say who the client is"),
        ("ledger-key", "HALLKEEPER_LEDGER_KEY", "", "file of the key that signs the ledger's seals; empty: not signed"),
        ("backups", "HALLKEEPER_BACKUPS", "", "folder for a backup every night; empty: none is made"),
        ("clients", "HALLKEEPER_CLIENTS", "4096", "connections from browsers at once; more wait"),
        ("watch-port", "HALLKEEPER_WATCH_PORT", "0", "port of 127.0.0.1 for /health, /ready and /metrics alone, which a crowd on the other does not fill; 0: none"),
        ("metrics-token", "HALLKEEPER_METRICS_TOKEN", "", "token that opens /metrics from elsewhere; this machine needs none"),
        ("api-rate", "HALLKEEPER_API_RATE", "6000", "requests a minute for one token of the API; 0: no limit"),
        ("inside", "HALLKEEPER_INSIDE", "", "hosts of the company's own network that notices may go to, also by http; elsewhere only public addresses by https"),
        ("mail", "HALLKEEPER_MAIL", "", "mail server: smtp://host:587 (STARTTLS), smtps://host:465 or smtp-plain://host:25; empty: no mail"),
        ("mail-from", "HALLKEEPER_MAIL_FROM", "", "address mail comes from"),
        ("mail-user", "HALLKEEPER_MAIL_USER", "", "name at the mail server; empty: none is asked"),
        ("mail-password", "HALLKEEPER_MAIL_PASSWORD", "", "file with the password at the mail server"),
        ("mail-authority", "HALLKEEPER_MAIL_AUTHORITY", "", "file of certificates to trust at the mail server; empty: the system's"),
        ("slow-query", "HALLKEEPER_SLOW_QUERY", "200", "statements that take longer are logged, in milliseconds"),
        ("drain", "HALLKEEPER_DRAIN", "1", "seconds between being told to stop and letting nobody in, for proxies to turn elsewhere"),
        ("connections", "HALLKEEPER_CONNECTIONS", "8", "connections to PostgreSQL"),
    ]

    /// Flags win over the environment, the environment over the default.
    init(flags: [String: String], environment: [String: String]) {
        for known in Self.known {
            if let value = flags[known.name] {
                settings.append(Setting(name: known.name, value: value, source: "--\(known.name)", about: known.about))
            } else if let value = environment[known.environment] {
                settings.append(Setting(name: known.name, value: value, source: known.environment, about: known.about))
            } else {
                settings.append(Setting(name: known.name, value: known.standard, source: "default", about: known.about))
            }
        }
    }

    package subscript(name: String) -> String { settings.first { $0.name == name }?.value ?? "" }
}
