use super::*;

fn text(pairs: &[(&str, &str)]) -> Result<LocalizedText, LocalizedTextError> {
    LocalizedText::new(pairs.iter().copied())
}

#[test]
fn a_text_falls_back_from_the_tag_to_the_language_to_english_to_the_first() {
    let both = text(&[("zh-CN", "受理"), ("en", "accepted")]).unwrap();
    assert_eq!(both.get(Lang::ZhCn), "受理");
    assert_eq!(both.get_tag("zh-TW"), "受理");
    assert_eq!(both.get_tag("en-US"), "accepted");
    assert_eq!(both.get_tag("fr"), "accepted");
    let british = text(&[("en-GB", "licence"), ("de", "Erlaubnis")]).unwrap();
    assert_eq!(british.get(Lang::En), "licence");
    assert_eq!(british.get(Lang::ZhCn), "licence");
    let chinese = text(&[("zh-CN", "受理")]).unwrap();
    assert_eq!(chinese.get(Lang::En), "受理");
}

#[test]
fn a_text_has_a_language_a_tag_and_words_within_bounds() {
    assert_eq!(text(&[]), Err(LocalizedTextError::Empty));
    let nine = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii"].map(|tag| (tag, "x"));
    assert_eq!(text(&nine), Err(LocalizedTextError::TooManyLanguages));
    assert!(text(&nine[..8]).is_ok());
    for bad in ["", "e", "EN", "en_US", "english", "zh-", "zh-123456789"] {
        assert_eq!(text(&[(bad, "x")]), Err(LocalizedTextError::BadTag(bad.into())));
    }
    assert_eq!(text(&[("en", " \n ")]), Err(LocalizedTextError::Blank("en".into())));
    assert_eq!(text(&[("en", "a\u{0}b")]), Err(LocalizedTextError::ControlCharacter("en".into())));
    assert!(text(&[("zh-CN", &"字".repeat(2000))]).is_ok());
    assert_eq!(text(&[("zh-CN", &"字".repeat(2001))]), Err(LocalizedTextError::TooLong("zh-CN".into())));
}

#[test]
fn json_is_the_bare_map_and_is_parsed_by_the_same_rules() {
    let both = text(&[("zh-CN", "受理"), ("en", "accepted")]).unwrap();
    let json = serde_json::to_value(&both).unwrap();
    assert_eq!(json, serde_json::json!({ "en": "accepted", "zh-CN": "受理" }));
    assert_eq!(serde_json::from_value::<LocalizedText>(json).unwrap(), both);
    let refused = serde_json::from_str::<LocalizedText>(r#"{"en":""}"#).unwrap_err();
    assert!(refused.to_string().contains("blank"), "{refused}");
}

#[test]
fn the_published_schema_accepts_exactly_the_example() {
    let schema = serde_json::to_value(LocalizedText::schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let example = schema["examples"][0].clone();
    assert!(validator.is_valid(&example), "{schema}");
    for bad in [serde_json::json!({}), serde_json::json!({"EN": "x"}), serde_json::json!({"en": ""})] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}

#[test]
fn the_language_with_the_highest_quality_wins_and_order_breaks_ties() {
    for (header, expected) in [
        ("zh-CN", Lang::ZhCn),
        ("zh", Lang::ZhCn),
        ("zh-Hans-CN, en;q=0.9", Lang::ZhCn),
        ("en-US,en;q=0.9,zh-CN;q=0.8", Lang::En),
        ("en;q=0.3, zh;q=0.4", Lang::ZhCn),
        ("fr, zh;q=0.5, en;q=0.5", Lang::ZhCn),
        ("EN;Q=0.5, ZH;q=0.499", Lang::En),
        ("zh;q=1.000, en", Lang::ZhCn),
    ] {
        assert_eq!(Lang::negotiate(header, Lang::En), expected, "{header}");
    }
}

#[test]
fn nothing_that_fits_is_the_default() {
    for header in ["", " , ", "fr", "de;q=1, ja", "en;q=2", "en;q=0.1234", "en;q=x", "zh;q=0", "*", "*;q=0"] {
        assert_eq!(Lang::negotiate(header, Lang::ZhCn), Lang::ZhCn, "{header}");
    }
}

#[test]
fn a_star_stands_for_the_default_unless_it_is_refused() {
    assert_eq!(Lang::negotiate("fr, *;q=0.1", Lang::ZhCn), Lang::ZhCn);
    assert_eq!(Lang::negotiate("zh;q=0, *", Lang::ZhCn), Lang::En);
    assert_eq!(Lang::negotiate("*;q=0.5, en", Lang::ZhCn), Lang::En);
}

#[test]
fn ranges_beyond_the_bound_are_not_looked_at() {
    let header = format!("{}en", "fr,".repeat(MAX_RANGES));
    assert_eq!(Lang::negotiate(&header, Lang::ZhCn), Lang::ZhCn);
}

#[test]
fn a_tag_names_its_language_by_its_first_part() {
    assert_eq!(Lang::from_tag("ZH-hant"), Some(Lang::ZhCn));
    assert_eq!(Lang::from_tag("en-AU"), Some(Lang::En));
    assert_eq!(Lang::from_tag("eng"), None);
    assert_eq!(serde_json::to_value(Lang::ZhCn).unwrap(), "zh-CN");
}
