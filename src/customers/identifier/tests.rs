//! The vectors of the standards, and what a mask may show. All numbers are synthetic or published examples.

use super::*;
use crate::checkdigits;
use chrono::NaiveDate;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn the_vectors_of_gb_11643_are_accepted() {
    for (text, sex) in [
        ("110101190001010014", Sex::Male),
        ("110101190001010022", Sex::Female),
        ("11010119000101009X", Sex::Male),
        ("360426199101010071", Sex::Male),
    ] {
        let id = ResidentId::parse(text).unwrap();
        assert_eq!((id.normalised(), id.sex()), (text, sex));
        assert_eq!(id.region(), text.get(..6).unwrap());
    }
    assert_eq!(ResidentId::parse("110101190001010014").unwrap().birth_date(), day(1900, 1, 1));
    assert_eq!(ResidentId::parse("360426199101010071").unwrap().birth_date(), day(1991, 1, 1));
}

#[test]
fn a_day_that_never_was_is_refused_although_its_check_digit_is_right() {
    assert_eq!(checkdigits::mod_11_2("11010119000229001"), Some('1'));
    assert_eq!(ResidentId::parse("110101190002290011"), Err(IdentifierError::ResidentIdBirthDate));
}

#[test]
fn a_region_that_begins_with_zero_is_refused_although_its_check_digit_is_right() {
    let check = checkdigits::mod_11_2("01010119000101001").unwrap();
    assert_eq!(ResidentId::parse(&format!("01010119000101001{check}")), Err(IdentifierError::ResidentIdRegion));
}

#[test]
fn an_old_number_of_15_digits_becomes_18() {
    let id = ResidentId::parse("110101000101001").unwrap();
    assert_eq!(id, ResidentId::parse("110101190001010014").unwrap());
    assert_eq!(ResidentId::parse("110101000229001"), Err(IdentifierError::ResidentIdBirthDate));
}

#[test]
fn the_vectors_of_gb_32100_are_accepted_and_tell_the_kind() {
    for (text, kind) in [
        ("91110101MA0000007T", OrganisationKind::Enterprise),
        ("11110101000000000A", OrganisationKind::Agency),
        ("52110101MJ000000XG", OrganisationKind::SocialOrganisation),
        ("121101010000000194", OrganisationKind::PublicInstitution),
        ("N2110101MF0000005E", OrganisationKind::Collective),
        ("91110000600037341L", OrganisationKind::Enterprise),
    ] {
        let code = CreditCode::parse(text).unwrap();
        assert_eq!((code.normalised(), code.organisation_kind(), code.warning()), (text, kind, None));
        assert_eq!(code.region(), text.get(2..8).unwrap());
    }
}

#[test]
fn a_wrong_organisation_code_inside_a_credit_code_is_only_a_warning() {
    // 91110101MA0000007T with the organisation check 7 made 8, and the last character computed anew.
    let check = checkdigits::credit_code("91110101MA0000008").unwrap();
    let text = format!("91110101MA0000008{check}");
    let id = Identifier::parse(Scheme::CreditCode, &text).unwrap();
    assert_eq!(id.warnings(), [IdentifierWarning::OrganisationCodeCheckDigit]);
    assert!(Identifier::parse(Scheme::CreditCode, "91110101MA0000007T").unwrap().warnings().is_empty());
}

#[test]
fn the_vectors_of_gb_11714_are_accepted_with_and_without_hyphen() {
    for text in ["MA000000-7", "00000000-0", "MJ000000-X", "00000001-9", "60003734-1"] {
        let code = OrganisationCode::parse(text).unwrap();
        assert_eq!(code.hyphenated(), text);
        assert_eq!(OrganisationCode::parse(&text.replace('-', "")).unwrap(), code);
    }
    let inside = CreditCode::parse("91110000600037341L").unwrap().organisation_code().unwrap();
    assert_eq!(inside.normalised(), "600037341");
    assert_eq!(OrganisationCode::parse("MA000000-8"), Err(IdentifierError::OrganisationCodeCheckDigit));
    for text in ["MA00000-07", "MA000000--7", "MA000000-A", "MA000000", "MA000000-77", "机构代码00-7"] {
        assert_eq!(OrganisationCode::parse(text), Err(IdentifierError::OrganisationCodeFormat), "{text}");
    }
}

#[test]
fn what_is_pasted_is_tidied_before_it_is_judged() {
    for text in [" １１０１０１１９０００１０１００９ｘ\u{3000}", "\u{feff}11010119000101009x\u{200b}\n"]
    {
        assert_eq!(ResidentId::parse(text).unwrap().normalised(), "11010119000101009X");
    }
    assert_eq!(CreditCode::parse("\t91110101ｍａ0000007t ").unwrap().normalised(), "91110101MA0000007T");
    assert_eq!(Passport::parse(" ｅ00012345").unwrap().normalised(), "E00012345");
    assert_eq!(FreeIdentifier::parse(" test-card：ａ1   b-２ ").unwrap().normalised(), "test-card:a1 b-2");
}

#[test]
fn separators_inside_a_number_are_refused_not_removed() {
    for text in ["110101 19000101 0014", "110101-19000101-0014", "1101011900010100\u{200b}14"] {
        assert_eq!(ResidentId::parse(text), Err(IdentifierError::ResidentIdFormat), "{text:?}");
    }
    assert_eq!(CreditCode::parse("91110101-MA0000007-T"), Err(IdentifierError::CreditCodeFormat));
    assert_eq!(Passport::parse("E0001 2345"), Err(IdentifierError::PassportFormat));
}

/// A well-formed number of these six digits and birth date.
fn number(region: &str, born: &str) -> ResidentId {
    let body = format!("{region}{born}001");
    ResidentId::parse(&format!("{body}{}", crate::checkdigits::mod_11_2(&body).unwrap())).unwrap()
}

#[test]
fn a_number_is_issued_by_a_province_that_exists_to_somebody_who_is_born() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 2, 5).unwrap();
    // A county of Beijing, an abolished county, Taiwan, residence permits, a foreigner's card of Beijing and Shanghai.
    for region in ["110101", "360426", "710000", "810000", "820000", "830000", "911156", "931840"] {
        assert_eq!(number(region, "19000101").check_issued(today), Ok(()), "{region}");
    }
    for region in ["100000", "160101", "380101", "550101", "660101", "840000", "999999", "990101", "901156"] {
        assert_eq!(number(region, "19000101").check_issued(today), Err(IdentifierError::ResidentIdRegion), "{region}");
    }
    assert_eq!(number("110101", "20260205").check_issued(today), Ok(()));
    assert_eq!(number("110101", "20260206").check_issued(today), Err(IdentifierError::ResidentIdFuture));
}

#[test]
fn each_broken_rule_has_its_own_code() {
    for (scheme, text, code) in [
        (Scheme::ResidentId, " \u{3000} ", "identifier_empty"),
        (Scheme::ResidentId, "1101011900010100", "resident_id_format"),
        (Scheme::ResidentId, "1101011900010100X4", "resident_id_format"),
        (Scheme::ResidentId, "一1010119000101001", "resident_id_format"),
        (Scheme::ResidentId, "11010119000101001Y", "resident_id_format"),
        (Scheme::ResidentId, "11010100010100X", "resident_id_format"),
        (Scheme::ResidentId, "010101190001010014", "resident_id_region"),
        (Scheme::ResidentId, "110101190013010014", "resident_id_birth_date"),
        (Scheme::ResidentId, "110101190001010015", "resident_id_check_digit"),
        (Scheme::CreditCode, "", "identifier_empty"),
        (Scheme::CreditCode, "91110101MA0000007", "credit_code_format"),
        (Scheme::CreditCode, "91110101MA0000007TT", "credit_code_format"),
        (Scheme::CreditCode, "9111A101MA0000007T", "credit_code_format"),
        (Scheme::CreditCode, "91110101MO0000007T", "credit_code_format"),
        (Scheme::CreditCode, "91110101MA0000007W", "credit_code_check_digit"),
        (Scheme::Passport, "", "identifier_empty"),
        (Scheme::Passport, "E1234", "passport_format"),
        (Scheme::Passport, "E123456789", "passport_format"),
        (Scheme::Passport, "E12345é", "passport_format"),
        (Scheme::Free, "", "identifier_empty"),
        (Scheme::Free, "12345", "free_name"),
        (Scheme::Free, "Card:12345", "free_name"),
        (Scheme::Free, "c:12345", "free_name"),
        (Scheme::Free, "card:", "free_value"),
        (Scheme::Free, "card:12\u{202e}345", "free_value"),
    ] {
        let error = Identifier::parse(scheme, text).unwrap_err();
        assert_eq!(error.code(), code, "{text:?}");
        assert!(error.to_string().split_whitespace().count() >= 5, "{error}");
    }
    assert_eq!(FreeIdentifier::new("card", &"1".repeat(65)), Err(IdentifierError::FreeValue));
    assert!(FreeIdentifier::new("card", &"1".repeat(64)).is_ok());
}

#[test]
fn a_scheme_is_found_by_its_name() {
    for scheme in Scheme::ALL.iter().copied() {
        assert_eq!(scheme.code().parse(), Ok(scheme));
    }
    assert!("residentId".parse::<Scheme>().is_err());
}

#[test]
fn debug_and_display_show_the_mask_only() {
    for (scheme, text, mask) in [
        (Scheme::ResidentId, "110101190001010014", "110101********0014"),
        (Scheme::CreditCode, "91110101MA0000007T", "9111**********007T"),
        (Scheme::Passport, "E12345678", "E******78"),
        (Scheme::Passport, "E12378", "E***78"),
        (Scheme::Free, "test-card:12345678", "test-card:****78"),
        (Scheme::Free, "test-card:12345", "test-card:****"),
    ] {
        let id = Identifier::parse(scheme, text).unwrap();
        assert_eq!((id.masked().as_str(), id.to_string().as_str()), (mask, mask));
        assert_eq!(format!("{id:?}"), format!("Identifier({mask})"));
    }
    let id = ResidentId::parse("110101190001010014").unwrap();
    assert_eq!(format!("{id:?} {id}"), "ResidentId(110101********0014) 110101********0014");
    assert_eq!(OrganisationCode::parse("MA000000-7").unwrap().to_string(), "MA******7");
}

#[test]
fn a_mask_that_would_hide_nothing_hides_everything() {
    assert_eq!(mask("ABC", 1, 2), "***");
    assert_eq!(mask("ABCD", 1, 2), "A*CD");
}
