//! What holds for every identifier, not only for the vectors.

use super::*;
use crate::checkdigits;
use proptest::prelude::*;

prop_compose! {
    /// A valid synthetic identity number.
    fn resident_id()(region in "[1-9][0-9]{5}", days in 0_u64..60_000, sequence in "[0-9]{3}") -> String {
        let birth = chrono::NaiveDate::from_ymd_opt(1900, 1, 1).unwrap().checked_add_days(chrono::Days::new(days)).unwrap();
        let body = format!("{region}{}{sequence}", birth.format("%Y%m%d"));
        format!("{body}{}", checkdigits::mod_11_2(&body).unwrap())
    }
}

prop_compose! {
    /// A valid synthetic credit code; the organisation code inside need not check.
    fn credit_code()(
        kind in "[0-9A-HJ-NPQRTUWXY]{2}", region in "[0-9]{6}", organisation in "[0-9A-HJ-NPQRTUWXY]{9}",
    ) -> String {
        let body = format!("{kind}{region}{organisation}");
        format!("{body}{}", checkdigits::credit_code(&body).unwrap())
    }
}

fn any_identifier() -> impl Strategy<Value = (Scheme, String)> {
    prop_oneof![
        resident_id().prop_map(|text| (Scheme::ResidentId, text)),
        credit_code().prop_map(|text| (Scheme::CreditCode, text)),
        "[0-9A-Za-z]{6,9}".prop_map(|text| (Scheme::Passport, text)),
        "[a-z][a-z0-9-]{1,31}:\\PC{1,20}".prop_map(|text| (Scheme::Free, text)),
    ]
}

/// `text` with the character at `at` replaced by `new`.
fn substitute(text: &str, at: usize, new: &str) -> String {
    text.chars().enumerate().map(|(i, c)| if i == at { new.to_owned() } else { c.to_string() }).collect()
}

proptest! {
    #[test]
    fn any_changed_digit_of_an_identity_number_is_refused(text in resident_id(), at in 0_usize..18, new in "[0-9X]") {
        let changed = substitute(&text, at, &new);
        prop_assert_eq!(ResidentId::parse(&changed).is_ok(), changed == text);
    }

    #[test]
    fn any_changed_character_of_a_credit_code_is_refused(text in credit_code(), at in 0_usize..18, new in "[0-9A-Z]") {
        let changed = substitute(&text, at, &new);
        prop_assert_eq!(CreditCode::parse(&changed).is_ok(), changed == text);
    }

    #[test]
    fn the_normal_form_reads_back_as_the_same_identifier((scheme, text) in any_identifier()) {
        if let Ok(id) = Identifier::parse(scheme, &text) {
            prop_assert_eq!(id.scheme(), scheme);
            prop_assert_eq!(Identifier::parse(scheme, id.normalised()), Ok(id));
        }
    }

    #[test]
    fn a_mask_never_depends_on_the_middle(a in resident_id(), b in resident_id()) {
        // Same region and same last four characters: the same mask, whatever the birth date.
        let (a, b) = (ResidentId::parse(&a).unwrap(), ResidentId::parse(&b).unwrap());
        let ends = |id: &ResidentId| format!("{}{}", id.region(), id.normalised().get(14..).unwrap());
        prop_assert_eq!(a.masked(), format!("{}********{}", a.region(), a.normalised().get(14..).unwrap()));
        prop_assert_eq!(a.masked() == b.masked(), ends(&a) == ends(&b));
    }

    #[test]
    fn nothing_that_prints_an_identifier_prints_all_of_it((scheme, text) in any_identifier()) {
        if let Ok(id) = Identifier::parse(scheme, &text) {
            let printed = format!("{id} {id:?} {id:#?}");
            // A value of nothing but stars is its own mask.
            let all_stars = id.normalised().split(':').next_back().is_some_and(|value| value.chars().all(|c| c == '*'));
            prop_assert!(all_stars || !printed.contains(id.normalised()));
            // At most ten of 18 characters are shown, and never more than half of a passport number.
            let hidden = id.masked().chars().filter(|c| *c == '*').count();
            let least = match scheme { Scheme::ResidentId => 8, Scheme::CreditCode => 10, Scheme::Passport => 3, Scheme::Free => 4 };
            prop_assert!(hidden >= least);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), near in "[0-9Xx\\- １é]{14,19}") {
        for scheme in Scheme::ALL.iter().copied() {
            let _ = Identifier::parse(scheme, &text);
            let _ = Identifier::parse(scheme, &near);
        }
        let _ = OrganisationCode::parse(&near);
    }
}
