//! Settings: what an operator may write, and what a start refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use gcrm::config::{DEFAULTS, Keys, LogFormat, LogLevel, MailBackend, Settings, SmtpTls, Sources};
use secrecy::ExposeSecret;

fn problems(sources: &Sources) -> BTreeMap<String, String> {
    let problems = Settings::load(sources).expect_err("these settings must be refused");
    problems.into_iter().map(|problem| (problem.setting, problem.problem)).collect()
}

fn refused(sources: &Sources) -> Vec<String> {
    problems(sources).into_keys().collect()
}

/// Settings of an installation that others can reach, and that is safe.
fn exposed() -> Sources {
    Sources::defaults()
        .variable("GCRM__SERVER__BIND", "0.0.0.0:8080")
        .variable("GCRM__SERVER__PUBLIC_URL", "https://service.gov.test")
        .variable("GCRM__MAIL__FROM", "Service <noreply@gov.test>")
}

#[test]
fn links_for_this_machine_name_the_public_address_or_else_where_the_service_listens() {
    let base = |sources: Sources| Settings::load(&sources).unwrap().server.base_at("127.0.0.1:9090".parse().unwrap());
    assert_eq!(base(Sources::defaults()), "http://127.0.0.1:9090");
    let public = Sources::defaults().variable("GCRM__SERVER__PUBLIC_URL", "http://localhost:7070/gcrm");
    assert_eq!(base(public), "http://localhost:7070/gcrm");
}

/// `load` itself refuses a setting of the defaults that nothing reads and one that is read but has no default.
#[test]
fn the_defaults_are_exactly_the_settings_there_are() {
    let settings = Settings::load(&Sources::defaults()).expect("the defaults must do");
    assert!(!settings.server.is_exposed());
    assert_eq!(settings.tokens.issuer, settings.server.public_url.as_str());
    // As long as the tokens that revocation has to outlast: 15 minutes.
    assert_eq!(settings.tokens.access.as_secs(), 900);
    assert!(matches!(settings.mail.backend, MailBackend::File(_)));
}

#[test]
fn no_folder_is_read_that_is_not_named() {
    let settings = Settings::load(&Sources::defaults()).unwrap();
    assert_eq!((settings.catalogue, settings.calendars), (None, None));
    let named = Sources::defaults()
        .variable("GCRM__CATALOGUE__DIRECTORY", "items")
        .variable("GCRM__CALENDARS__DIRECTORY", "/etc/gcrm/calendars");
    let settings = Settings::load(&named).unwrap();
    assert_eq!((settings.catalogue, settings.calendars), (Some("items".into()), Some("/etc/gcrm/calendars".into())));
}

#[test]
fn every_setting_of_the_defaults_is_commented() {
    let mut above = "";
    let mut settings = 0;
    for line in DEFAULTS.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            settings += 1;
            assert!(above.starts_with("# "), "{line} has no comment above it");
        }
        above = line;
    }
    assert!(settings > 30, "only {settings} settings found");
}

#[test]
fn a_setting_that_does_not_exist_is_refused_wherever_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gcrm.toml");
    std::fs::write(&file, "server = 3\n[mail]\nprot = 25\n[database.url]\nx = 1\n").unwrap();
    let sources = Sources::defaults()
        .file(&file)
        .variable("GCRM__SERVER__BNID", "x")
        .variable("GCRM__SERVER", "x")
        .variable("GCRM__MAIL__PORT__X", "1");
    let names = ["GCRM__MAIL__PORT__X", "GCRM__SERVER", "GCRM__SERVER__BNID", "database.url.x", "mail.prot", "server"];
    assert_eq!(refused(&sources), names);
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gcrm.toml");
    std::fs::write(&file, "[mail]\nport = 2525\ntimeout_s = 5\n[log]\nlevel = \"warn\"\n").unwrap();
    let sources = Sources::defaults()
        .file(&file)
        .variable("GCRM__MAIL__BACKEND", "smtp")
        .variable("GCRM__MAIL__HOST", "mail.gov.test")
        .variable("GCRM__MAIL__PORT", "465")
        .variable("GCRM__MAIL__TLS", "tls")
        .variable("GCRM__LOCALE__DEFAULT", "en")
        .variable("DATABASE_URL", "postgres://gcrm@db/gcrm");
    let settings = Settings::load(&sources).unwrap();
    let MailBackend::Smtp(smtp) = settings.mail.backend else { panic!("not smtp") };
    assert_eq!((smtp.port, smtp.timeout.as_secs(), smtp.tls), (465, 5, SmtpTls::Tls));
    assert_eq!(settings.log.level, LogLevel::Warn);
    assert_eq!(settings.locale.tag(), "en");
    assert_eq!(settings.database.url.expose_secret(), "postgres://gcrm@db/gcrm");
}

#[test]
fn proxies_are_addresses_and_networks_separated_by_commas() {
    let with = |text: &str| Sources::defaults().variable("GCRM__SERVER__TRUSTED_PROXIES", text);
    let settings = Settings::load(&with("10.0.0.0/8, 192.0.2.7")).unwrap();
    assert!(settings.server.trusted_proxies.contain("10.1.2.3".parse().unwrap()));
    assert!(!settings.server.trusted_proxies.contain("192.0.2.8".parse().unwrap()));
    assert_eq!(refused(&with("proxy.internal")), ["server.trusted_proxies"]);
    assert_eq!(refused(&with("10.0.0.1/8")), ["server.trusted_proxies"]);
}

#[test]
fn two_different_databases_in_the_environment_are_refused() {
    let sources = Sources::defaults()
        .variable("DATABASE_URL", "postgres://a/b")
        .variable("GCRM__DATABASE__URL", "postgres://c/d");
    assert_eq!(refused(&sources), ["DATABASE_URL"]);
}

#[test]
fn every_problem_is_told_at_once_with_what_to_write() {
    let sources = Sources::defaults()
        .variable("GCRM__SERVER__BIND", "8080")
        .variable("GCRM__TOKENS__ACCESS_MINUTES", "16")
        .variable("GCRM__DATABASE__URL", "mysql://x")
        .variable("GCRM__DATABASE__MIGRATE_ON_START", "maybe")
        .variable("GCRM__MAIL__BACKEND", "smtp")
        .variable("GCRM__LOG__FORMAT", "xml")
        .variable("GCRM__LOCALE__DEFAULT", "fr");
    let problems = problems(&sources);
    let expected = [
        ("database.migrate_on_start", "must be true or false"),
        ("database.url", "must start with sqlite:// or postgres://"),
        ("locale.default", "must be one of: zh-CN, en"),
        ("log.format", "must be json or text, or empty"),
        ("mail.host", "must name the SMTP server"),
        ("server.bind", "must be an address with a port, such as 127.0.0.1:8080 or [::]:8080"),
        ("tokens.access_minutes", "must be a whole number from 1 to 15"),
    ];
    let found: Vec<_> = problems.iter().map(|(setting, problem)| (setting.as_str(), problem.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_problem_names_the_setting_and_its_variable() {
    let problems = Settings::load(&Sources::defaults().variable("GCRM__MAIL__PORT", "0")).unwrap_err();
    assert_eq!(problems[0].to_string(), "mail.port (GCRM__MAIL__PORT): must be a whole number from 1 to 65535");
}

#[test]
fn an_installation_that_others_reach_needs_https_quiet_logs_and_real_mail() {
    assert!(Settings::load(&exposed()).is_ok());
    let sources = exposed()
        .variable("GCRM__SERVER__PUBLIC_URL", "http://service.gov.test")
        .variable("GCRM__LOG__FORMAT", "text")
        .variable("GCRM__LOG__LEVEL", "debug")
        .variable("GCRM__MAIL__BACKEND", "memory")
        .variable("GCRM__MAIL__FROM", "noreply@localhost");
    let names = [
        "log.format",
        "log.level",
        "mail.backend",
        "mail.from",
        "mail.portal_url",
        "server.public_url",
        "tokens.issuer",
    ];
    assert_eq!(refused(&sources), names);
    assert_eq!(refused(&exposed().variable("GCRM__TOKENS__ISSUER", "http://service.gov.test")), ["tokens.issuer"]);
}

#[test]
fn the_log_is_text_for_the_eye_until_others_reach_the_service_and_json_from_then_on() {
    let format = |sources: &Sources| Settings::load(sources).unwrap().log.format;
    assert_eq!(format(&Sources::defaults()), LogFormat::Text);
    assert_eq!(format(&exposed()), LogFormat::Json);
    assert_eq!(format(&Sources::defaults().variable("GCRM__LOG__FORMAT", "json")), LogFormat::Json);
}

/// Behind a proxy the service listens on a loopback address, and others reach it all the same.
#[test]
fn a_public_address_of_another_host_exposes_a_service_behind_a_proxy() {
    let sources = Sources::defaults().variable("GCRM__SERVER__PUBLIC_URL", "http://service.gov.test");
    assert!(refused(&sources).contains(&"server.public_url".to_owned()));
}

#[test]
fn short_and_well_known_passwords_are_refused() {
    let short = exposed().variable("DATABASE_URL", "postgres://gcrm:gcrm@db/gcrm");
    assert_eq!(refused(&short), ["database.url"]);
    let in_query = exposed().variable("DATABASE_URL", "postgres://gcrm@db/gcrm?password=gcrm");
    assert_eq!(refused(&in_query), ["database.url"]);
    let long = exposed().variable("DATABASE_URL", "postgres://gcrm:0123456789ab@db/gcrm");
    assert!(Settings::load(&long).is_ok());
    let mail = Sources::defaults()
        .variable("GCRM__MAIL__BACKEND", "smtp")
        .variable("GCRM__MAIL__HOST", "mail.gov.test")
        .variable("GCRM__MAIL__USERNAME", "gcrm")
        .variable("GCRM__MAIL__PASSWORD", "changeme");
    assert_eq!(refused(&mail), ["mail.password"]);
}

#[test]
fn a_mail_password_never_crosses_a_network_in_the_clear() {
    let sources = |host| {
        Sources::defaults()
            .variable("GCRM__MAIL__BACKEND", "smtp")
            .variable("GCRM__MAIL__HOST", host)
            .variable("GCRM__MAIL__TLS", "none")
            .variable("GCRM__MAIL__USERNAME", "gcrm")
            .variable("GCRM__MAIL__PASSWORD", "0123456789ab")
    };
    assert_eq!(refused(&sources("mail.gov.test")), ["mail.tls"]);
    assert!(Settings::load(&sources("127.0.0.1")).is_ok());
}

#[cfg(unix)]
#[test]
fn a_lease_leaves_time_to_hand_a_message_over_and_to_hear_the_answer() {
    let lease = |seconds: &str| {
        Sources::defaults()
            .variable("GCRM__MAIL__BACKEND", "smtp")
            .variable("GCRM__MAIL__HOST", "mail.gov.test")
            .variable("GCRM__MAIL__TIMEOUT_S", "30")
            .variable("GCRM__DELIVERIES__LEASE_S", seconds)
    };
    assert_eq!(refused(&lease("119")), ["deliveries.lease_s"]);
    assert!(Settings::load(&lease("120")).is_ok());
}

#[test]
fn a_settings_file_with_a_password_must_be_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gcrm.toml");
    std::fs::write(&file, "[mail]\nusername = \"gcrm\"\npassword = \"0123456789ab\"\n").unwrap();
    let permit = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    permit(0o644);
    assert_eq!(refused(&Sources::defaults().file(&file)), ["mail.password"]);
    permit(0o600);
    assert!(Settings::load(&Sources::defaults().file(&file)).is_ok());
}

#[test]
fn master_keys_come_from_the_environment_as_lines_and_are_checked() {
    // 32 bytes are 43 characters of base64 without padding.
    let key = "A".repeat(43);
    let given = Sources::defaults().variable("GCRM__KEYS__MASTER", &format!("k2:{key}=, k1:{key}="));
    let Keys::Given(text) = Settings::load(&given).unwrap().keys else { panic!("not given") };
    assert_eq!(text.expose_secret(), format!("k2:{key}=\nk1:{key}="));
    assert_eq!(refused(&Sources::defaults().variable("GCRM__KEYS__MASTER", "k1:c2hvcnQ=")), ["keys.master"]);
}

#[test]
fn no_secret_is_printed_not_even_of_a_file_that_does_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("gcrm.toml");
    std::fs::write(&file, "[mail]\npassword = \"canary-in-a-file\n").unwrap();
    let broken = Settings::load(&Sources::defaults().file(&file)).unwrap_err();
    assert_eq!(broken.len(), 1);
    assert!(broken[0].problem.starts_with("line 2 is no TOML"), "{}", broken[0]);
    assert!(!format!("{broken:?}").contains("canary"));

    let sources = Sources::defaults()
        .variable("DATABASE_URL", "postgres://gcrm:canary-database@db/gcrm")
        .variable("GCRM__KEYS__MASTER", &format!("k1:canary{}", "A".repeat(40)))
        .variable("GCRM__MAIL__BACKEND", "smtp")
        .variable("GCRM__MAIL__HOST", "mail.gov.test")
        .variable("GCRM__MAIL__USERNAME", "gcrm")
        .variable("GCRM__MAIL__PASSWORD", "canary-password");
    let settings = Settings::load(&sources).unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
    let wrong = sources.variable("GCRM__MAIL__PASSWORD", "canary\u{7}");
    assert!(!format!("{:?}", Settings::load(&wrong).unwrap_err()).contains("canary"));
}

#[test]
fn a_file_that_is_not_there_is_refused_by_its_name() {
    let problems = problems(&Sources::defaults().file("nowhere/gcrm.toml"));
    assert!(problems["nowhere/gcrm.toml"].starts_with("cannot be read"));
}
