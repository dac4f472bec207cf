//! Passwords that are long and still guessable.
//!
//! A list of leaked passwords hardly helps where 15 characters are the least: few entries of such lists are that long. What
//! people do instead is put short well-known pieces together. So the blocklist (`config/passwords.txt`, 12,000 entries) is a
//! list of pieces, and the rule is: **a password that falls apart into at most three guessable pieces is refused.** A
//! piece is an entry of the list, the login, a run (`aaaa`, `abcd`, `9876`), a walk over the keyboard, up to six digits, or any one
//! or two characters; capitals and the usual substitutes (`p@ssw0rd`) count as the letters they stand for. Three or more
//! repetitions of anything are refused, too, and saying something twice counts as one piece. The strength of four unrelated words is above any bound an attacker gets through
//! the throttle.

use std::collections::HashSet;
use std::sync::LazyLock;

/// More pieces than this are not guessed.
const FEW: usize = 3;
/// Entries are 4 to this many characters.
const LONGEST: usize = 32;

static LIST: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../../config/passwords.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// Rows and zigzags of a keyboard.
const WALKS: &[&str] = &[
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()_+",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// Whether a password, however long, is made of at most three guessable pieces.
pub(super) fn is_guessable(password: &str, login: &str) -> bool {
    let folded: Vec<char> = password.to_lowercase().chars().collect();
    let plain: Vec<char> = folded.iter().map(|c| meant(*c)).collect();
    repeats(&folded) || [&folded, &plain].iter().any(|text| told(text, login) <= FEW)
}

/// The letter a substitute stands for.
fn meant(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether the whole is one part, three times or more (the last one may be cut).
fn repeats(text: &[char]) -> bool {
    (1..=text.len() / 3).any(|period| text.iter().zip(text.iter().skip(period)).all(|(a, b)| a == b))
}

/// How many pieces one has to tell somebody: of something said twice, the one half and "twice".
fn told(text: &[char], login: &str) -> usize {
    match text.split_at_checked(text.len() / 2) {
        Some((first, second)) if first == second => pieces(first, login).saturating_add(1),
        _ => pieces(text, login),
    }
}

/// The fewest pieces that the text falls apart into.
fn pieces(text: &[char], login: &str) -> usize {
    let mut fewest = vec![0];
    for end in 1..=text.len() {
        let shortest = (0..end)
            .filter(|start| text.get(*start..end).is_some_and(|piece| is_piece(piece, login)))
            .filter_map(|start| fewest.get(start))
            .min();
        fewest.push(shortest.map_or(usize::MAX, |n: &usize| n.saturating_add(1)));
    }
    fewest.last().copied().unwrap_or(0)
}

fn is_piece(piece: &[char], login: &str) -> bool {
    if piece.len() <= 2 || is_run(piece) || (piece.len() <= 6 && piece.iter().all(char::is_ascii_digit)) {
        return true;
    }
    if piece.len() > LONGEST.max(login.len()) {
        return false;
    }
    let word: String = piece.iter().collect();
    LIST.contains(word.as_str()) || is_of_login(&word, login) || is_walk(&word)
}

/// `aaaa`, `abcd`, `4321`, `890123`: every step is the same, and at most one.
fn is_run(piece: &[char]) -> bool {
    let step = |a: char, b: char| match (a, b) {
        ('9', '0') => 1,
        ('0', '9') => -1,
        _ => i64::from(u32::from(b)) - i64::from(u32::from(a)),
    };
    let mut steps = piece.iter().zip(piece.iter().skip(1)).map(|(a, b)| step(*a, *b));
    match steps.next() {
        Some(first @ -1..=1) => steps.all(|next| next == first),
        _ => false,
    }
}

/// The login, or what stands before its `@`.
fn is_of_login(word: &str, login: &str) -> bool {
    word == login || login.split('@').next() == Some(word)
}

fn is_walk(word: &str) -> bool {
    let backwards: String = word.chars().rev().collect();
    word.len() >= 4 && WALKS.iter().any(|walk| walk.contains(word) || walk.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_at_least_ten_thousand_entries() {
        assert!(LIST.len() >= 10_000, "{}", LIST.len());
        assert!(LIST.iter().all(|entry| (4..=LONGEST).contains(&entry.chars().count())));
        assert!(LIST.iter().all(|entry| entry.to_lowercase() == **entry));
    }

    #[test]
    fn well_known_pieces_put_together_are_guessable() {
        let guessable = [
            "passwordpassword",
            "Password12345678",
            "P@ssw0rdP@ssw0rd1",
            "qwertyuiop123456",
            "aaaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "123456789012345678",
            "9876543210987654",
            "abcabcabcabcabcabc",
            "1qaz2wsx3edc4rfv",
            "iloveyou5201314!",
            "woaini1314woaini1314",
            "zhengwufuwu2026",
            "xK!7xK!7xK!7xK!7",
            "adminadminadmin",
            "letmein!letmein!",
            "qazwsxedcrfvtgb",
            "mnbvcxzlkjhgfdsa",
            "Welcome1Welcome1",
            "19900101password",
        ];
        for password in guessable {
            assert!(is_guessable(password, "clerk"), "{password}");
        }
    }

    #[test]
    fn the_login_is_a_guessable_piece() {
        assert!(is_guessable("zaphodbeeblebrox!1", "zaphodbeeblebrox"));
        assert!(is_guessable("zaphodbeeblebrox2026", "zaphodbeeblebrox@example.org"));
        assert!(!is_guessable("zaphodbeeblebrox!1", "clerk"));
    }

    #[test]
    fn four_words_or_fifteen_random_characters_are_not_guessable() {
        let good = [
            "correct horse battery staple",
            "lamp-oven-river-glass",
            "kX9#mQ2$vL7pRtZ",
            "春眠不觉晓处处闻啼鸟夜来风雨声",
            "tea kettle on the blue windowsill",
            "5829-1047-3361-90",
            "ujx wqe plo bvt zzk",
        ];
        for password in good {
            assert!(!is_guessable(password, "clerk"), "{password}");
        }
    }

    #[test]
    fn the_longest_password_is_judged_in_no_time() {
        let long: String = "ab1".chars().cycle().take(255).chain(['x']).collect();
        let started = std::time::Instant::now();
        let _ = is_guessable(&long, "clerk");
        // 256 characters have 32,896 parts; two seconds is a hundred times what a debug build needs.
        assert!(started.elapsed().as_secs() < 2);
    }
}
