//! Check characters 校验码: the four sums that catch a slip of the pen or of the ear.
//!
//! Pure arithmetic without any knowledge of what is numbered; every function takes the characters before the
//! check character and returns the check character, or `None` when a character is outside its alphabet.

/// The alphabet of the unified social credit code: digits and letters without I, O, S, V and Z (GB 32100-2015).
pub const CREDIT_CODE_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights of the organisation code: 3^(8−i) mod 11 for the i-th of eight characters (GB 11714-1997).
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// ISO 7064 MOD 11-2 over decimal digits: the check character is `0`–`9` or `X` (GB 11643-1999).
///
/// Detects every single substitution and every transposition of neighbours.
#[must_use]
pub fn mod_11_2(digits: &str) -> Option<char> {
    let mut sum = 0;
    for digit in digits.chars() {
        sum = (sum + digit.to_digit(10)?) * 2 % 11;
    }
    ten_as_x((12 - sum) % 11)
}

/// ISO 7064 MOD 37,36 over `0`–`9` and `A`–`Z`; the check character is of the same alphabet.
///
/// Detects every single substitution. Transposed neighbours are detected unless their values differ by one
/// (`1` and `2`, `0` and `Z`): such a pair slips through in one of 36 states of the sum, 0.16 % of all
/// transpositions. Only the pure systems of the standard are free of that, and theirs needs a 37th character.
#[must_use]
pub fn mod_37_36(text: &str) -> Option<char> {
    let mut product = 36;
    for character in text.chars() {
        let sum = (product + upper_value(character)?) % 36;
        product = if sum == 0 { 36 } else { sum } * 2 % 37;
    }
    let check = char::from_digit((37 - product) % 36, 36)?;
    Some(check.to_ascii_uppercase())
}

/// The check character of a unified social credit code: weights 3^(i−1) mod 31 (GB 32100-2015).
///
/// Detects every single substitution and every transposition of neighbours.
#[must_use]
pub fn credit_code(text: &str) -> Option<char> {
    let (mut sum, mut weight) = (0, 1);
    for character in text.chars() {
        let value = CREDIT_CODE_ALPHABET.chars().zip(0_u32..).find(|(letter, _)| *letter == character)?.1;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    let check = (31 - sum) % 31;
    CREDIT_CODE_ALPHABET.chars().zip(0_u32..).find(|(_, value)| *value == check).map(|(letter, _)| letter)
}

/// The check character of an organisation code of eight characters: `0`–`9` or `X` (GB 11714-1997).
///
/// `None` also when there are not exactly eight. Detects every substitution of a digit by a digit; letters that
/// are eleven apart weigh the same.
#[must_use]
pub fn organisation_code(text: &str) -> Option<char> {
    if text.chars().count() != ORGANISATION_WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in text.chars().zip(ORGANISATION_WEIGHTS) {
        sum += upper_value(character)? * weight;
    }
    ten_as_x((11 - sum % 11) % 11)
}

/// `0`–`9` as themselves, `A` = 10 … `Z` = 35.
fn upper_value(character: char) -> Option<u32> {
    if character.is_ascii_lowercase() { None } else { character.to_digit(36) }
}

fn ten_as_x(value: u32) -> Option<char> {
    if value == 10 { Some('X') } else { char::from_digit(value, 10) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE_36: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    #[test]
    fn mod_11_2_agrees_with_the_vectors_of_gb_11643() {
        // S mod 11 of each body: 8, 10, 2, 0.
        for (body, check) in [
            ("11010119000101001", '4'),
            ("11010119000101002", '2'),
            ("11010119000101009", 'X'),
            ("36042619910101007", '1'),
        ] {
            assert_eq!(mod_11_2(body), Some(check), "{body}");
        }
    }

    #[test]
    fn mod_37_36_agrees_with_the_published_global_release_identifier() {
        // The example of the GRid standard, A1-2425G-ABC1234002-M.
        assert_eq!(mod_37_36("A12425GABC1234002"), Some('M'));
        // By hand: product 36 → (36 + 1) mod 36 = 1 → 2; check (37 − 2) mod 36 = 35 = Z.
        assert_eq!(mod_37_36("1"), Some('Z'));
    }

    #[test]
    fn the_credit_code_sum_agrees_with_the_vectors_of_gb_32100() {
        // S mod 31 of each body: 5, 21, 15, 27, 17.
        for (body, check) in [
            ("91110101MA0000007", 'T'),
            ("11110101000000000", 'A'),
            ("52110101MJ000000X", 'G'),
            ("12110101000000019", '4'),
            ("N2110101MF0000005", 'E'),
            ("91110000600037341", 'L'),
            // S = 0: nothing to make up for.
            ("00000000000000000", '0'),
        ] {
            assert_eq!(credit_code(body), Some(check), "{body}");
        }
    }

    #[test]
    fn the_organisation_code_sum_agrees_with_the_vectors_of_gb_11714() {
        for (body, check) in
            [("MA000000", '7'), ("00000000", '0'), ("MJ000000", 'X'), ("00000001", '9'), ("60003734", '1')]
        {
            assert_eq!(organisation_code(body), Some(check), "{body}");
        }
        assert_eq!(organisation_code("0000000"), None);
        assert_eq!(organisation_code("000000000"), None);
    }

    #[test]
    fn characters_outside_the_alphabet_have_no_check_character() {
        assert_eq!(mod_11_2("1101A"), None);
        assert_eq!(mod_37_36("ab"), None);
        assert_eq!(mod_37_36("1-2"), None);
        for letter in ["I", "O", "S", "V", "Z", "a"] {
            assert_eq!(credit_code(letter), None, "{letter}");
        }
        assert_eq!(organisation_code("ma000000"), None);
    }

    #[test]
    fn mod_37_36_misses_only_transpositions_of_neighbouring_values_and_only_in_one_state_of_36() {
        // "x" alone brings the sum into each of its 36 states once, so this walks every state and every pair.
        let mut missed = 0;
        for state in BASE_36.chars() {
            for (a, left) in BASE_36.chars().zip(0_i32..) {
                for (b, right) in BASE_36.chars().zip(0_i32..).filter(|(b, _)| *b != a) {
                    if mod_37_36(&format!("{state}{a}{b}")) == mod_37_36(&format!("{state}{b}{a}")) {
                        missed += 1;
                        assert!(matches!((left - right).abs(), 1 | 35), "{state}{a}{b}");
                    }
                }
            }
        }
        // 36 neighbouring pairs, in either order, of 36 · 36 · 35 = 45,360 transpositions.
        assert_eq!(missed, 72);
    }

    /// The body with its character at `index` replaced.
    fn substitute(body: &str, index: usize, new: char) -> String {
        body.chars().enumerate().map(|(i, old)| if i == index { new } else { old }).collect()
    }

    fn transpose(body: &str, index: usize) -> String {
        let mut characters: Vec<char> = body.chars().collect();
        characters.swap(index, index + 1);
        characters.into_iter().collect()
    }

    proptest! {
        #[test]
        fn mod_11_2_detects_single_substitutions_and_transpositions(body in "[0-9]{17}", at in 0_usize..17, pair in 0_usize..16, new in "[0-9]") {
            let (changed, swapped) = (substitute(&body, at, new.chars().next().unwrap()), transpose(&body, pair));
            prop_assert_eq!(changed == body, mod_11_2(&changed) == mod_11_2(&body));
            prop_assert_eq!(swapped == body, mod_11_2(&swapped) == mod_11_2(&body));
        }

        #[test]
        fn mod_37_36_detects_single_substitutions(body in "[0-9A-Z]{15}", at in 0_usize..15, new in "[0-9A-Z]") {
            let changed = substitute(&body, at, new.chars().next().unwrap());
            prop_assert_eq!(changed == body, mod_37_36(&changed) == mod_37_36(&body));
        }

        #[test]
        fn the_credit_code_sum_detects_single_substitutions_and_transpositions(
            body in "[0-9A-HJ-NPQRTUWXY]{17}", at in 0_usize..17, pair in 0_usize..16, new in "[0-9A-HJ-NPQRTUWXY]",
        ) {
            let (changed, swapped) = (substitute(&body, at, new.chars().next().unwrap()), transpose(&body, pair));
            prop_assert_eq!(changed == body, credit_code(&changed) == credit_code(&body));
            prop_assert_eq!(swapped == body, credit_code(&swapped) == credit_code(&body));
        }

        #[test]
        fn the_organisation_code_sum_detects_substituted_digits(body in "[0-9]{8}", at in 0_usize..8, new in "[0-9]") {
            let changed = substitute(&body, at, new.chars().next().unwrap());
            prop_assert_eq!(changed == body, organisation_code(&changed) == organisation_code(&body));
        }
    }
}
