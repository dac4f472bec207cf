//! Passwords that are long and still guessable.
//!
//! A list of leaked passwords hardly helps where 15 characters are the least: few entries of such lists are that long. What
//! people do instead is put short well-known pieces together. So the blocklist (`config/passwords.txt`, 12,000 entries) is a
//! list of pieces, and the rule is: **a password that falls apart into at most three guessable pieces is refused.** A
//! piece is an entry of the list, the login, a run (`aaaa`, `abcd`, `9876`), a walk over the keyboard, up to six digits, or any one
//! or two characters; capitals and the usual substitutes (`p@ssw0rd`) count as the letters they stand for. Three or more
//! repetitions of anything are refused, too, and saying something twice counts as one piece. The strength of four unrelated words is above any bound an attacker gets through
//! the throttle.

use std::sync::LazyLock;

/// More pieces than this are not guessed.
const FEW: usize = 3;
/// Entries are 4 to this many characters.
const LONGEST: usize = 32;

/// The list, sorted: entries that begin alike stand together.
static LIST: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../config/passwords.txt").lines();
    let mut list: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
    list.sort_unstable();
    list.dedup();
    list
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

/// The same, in both directions.
static WALKED: LazyLock<Vec<Vec<char>>> =
    LazyLock::new(|| WALKS.iter().flat_map(|walk| [walk.chars().collect(), walk.chars().rev().collect()]).collect());

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

/// The fewest pieces that the text falls apart into; the most there are where that is more than [`FEW`].
fn pieces(text: &[char], login: &str) -> usize {
    let mut fewest = vec![usize::MAX; text.len().saturating_add(1)];
    if let Some(first) = fewest.first_mut() {
        *first = 0;
    }
    for start in 0..text.len() {
        let before = fewest.get(start).copied().unwrap_or(usize::MAX);
        // Whoever got here with many pieces does not get to the end with few.
        if before >= FEW {
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        for length in lengths(rest, login) {
            if let Some(fewest) = fewest.get_mut(start.saturating_add(length)) {
                *fewest = before.saturating_add(1).min(*fewest);
            }
        }
    }
    fewest.last().copied().unwrap_or(0)
}

/// How long the pieces are that the text begins with. Each kind is looked for once, and words no further than the longest:
/// passwords of strangers are judged before any of their tries is counted, so this has to stay cheap whatever they send.
fn lengths(text: &[char], login: &str) -> impl Iterator<Item = usize> {
    let digits = text.iter().take(6).take_while(|c| c.is_ascii_digit()).count();
    // Of these every beginning is a piece, too.
    let simple = digits.max(run(text)).max(2);
    let logins = [Some(login), login.split('@').next()].into_iter().flatten();
    let of_login = logins.filter(move |login| begins(text, login)).map(|login| login.chars().count());
    (1..=simple).chain(4..=walk(text)).chain(of_login).chain(words(text))
}

fn begins(text: &[char], word: &str) -> bool {
    let mut rest = text.iter();
    !word.is_empty() && word.chars().all(|c| rest.next() == Some(&c))
}

/// How long the entries of the list are that the text begins with.
fn words(text: &[char]) -> Vec<usize> {
    let (mut word, mut alike) = (String::new(), LIST.as_slice());
    let mut found = Vec::new();
    for (before, c) in text.iter().take(LONGEST).enumerate() {
        word.push(*c);
        let (_, rest) = alike.split_at(alike.partition_point(|entry| *entry < word.as_str()));
        (alike, _) = rest.split_at(rest.partition_point(|entry| entry.starts_with(&word)));
        match alike.first() {
            None => break,
            Some(entry) if *entry == word => found.push(before.saturating_add(1)),
            Some(_) => {}
        }
    }
    found
}

/// How long the run is that the text begins with, `aaaa`, `abcd`, `4321`, `890123`: every step is the same, and at most one.
fn run(text: &[char]) -> usize {
    let step = |(a, b): (&char, &char)| match (a, b) {
        ('9', '0') => 1,
        ('0', '9') => -1,
        _ => i64::from(u32::from(*b)) - i64::from(u32::from(*a)),
    };
    let mut steps = text.iter().zip(text.iter().skip(1)).map(step);
    match steps.next() {
        Some(first @ -1..=1) => steps.take_while(|next| *next == first).count().saturating_add(2),
        _ => 0,
    }
}

/// How long the walk over the keyboard is, forwards or backwards, that the text begins with.
fn walk(text: &[char]) -> usize {
    let common = |walk: &[char]| walk.iter().zip(text).take_while(|(a, b)| a == b).count();
    let begun = WALKED.iter().flat_map(|walk| (0..walk.len()).filter_map(|at| walk.get(at..)));
    begun.map(common).max().unwrap_or(0)
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
        assert!(is_guessable("zaphodbeeblebrox@example.org!1", "zaphodbeeblebrox@example.org"));
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
    fn the_longest_password_is_judged_in_no_time_whatever_the_login() {
        let cycled = |text: &str| text.chars().cycle().take(250).chain("x!y?z&".chars()).collect::<String>();
        let run: String = ('\u{4e00}'..).take(256).collect();
        let long = [cycled("ab1"), cycled("qwertyuiopasdfghjkl"), cycled("password123456"), run];
        let _ = is_guessable("the list is read once", "clerk");
        let started = std::time::Instant::now();
        for password in long.iter().cycle().take(40) {
            let _ = is_guessable(password, &"l".repeat(254));
        }
        // 256 characters have 32,896 parts. To look each of them up takes a debug build a tenth of a second a password.
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}
