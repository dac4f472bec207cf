#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::outbox::letter::Content;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn letter(content: Content) -> Letter {
    Letter {
        name: Some("李*".into()),
        number: "CN-2026-00000001-X".into(),
        item: "Test <item> & more".into(),
        agency: "Test agency".into(),
        content,
    }
}

/// For each template the letters that take every branch of it.
fn samples() -> Vec<Letter> {
    let two = || vec!["Test paper A".to_owned(), "Test paper B".to_owned()];
    let contents = [
        Content::CaseReceived { received_on: day("2026-03-05"), missing: Vec::new() },
        Content::CaseReceived { received_on: day("2026-03-05"), missing: two() },
        Content::CorrectionRequested { missing: two(), due_on: Some(day("2026-12-31")) },
        Content::CorrectionRequested { missing: two(), due_on: None },
        Content::CorrectionRequested { missing: Vec::new(), due_on: Some(day("2026-12-31")) },
        Content::CaseAccepted { deemed: false },
        Content::CaseAccepted { deemed: true },
        Content::CaseSuspended { procedure: "a test".into(), first_day: day("2026-03-02"), expected: None },
        Content::CaseSuspended {
            procedure: "a test".into(),
            first_day: day("2026-03-02"),
            expected: Some("5 test days".into()),
        },
        Content::TermExtended { by: "10 test days".into(), due_on: day("2026-04-01") },
        Content::CaseRejected { appeal: true },
        Content::CaseRejected { appeal: false },
        Content::CaseDecided { outcome: "Test outcome".into(), appeal: true },
        Content::CaseDecided { outcome: "Test outcome".into(), appeal: false },
        Content::CaseClosed { evaluation: true },
        Content::CaseClosed { evaluation: false },
        Content::CaseWithdrawn { deemed: true },
        Content::CaseWithdrawn { deemed: false },
        Content::CaseTerminated {},
    ];
    let mut letters: Vec<_> = contents.map(letter).into();
    letters.push(Letter { name: None, ..letter(Content::CaseTerminated {}) });
    letters
}

fn letters() -> Letters {
    Letters::new(&PublicUrl::parse("https://portal.gov.test").unwrap()).unwrap()
}

#[test]
fn every_template_says_its_letter_in_every_language() {
    let letters = letters();
    let said: BTreeSet<_> = samples().iter().map(Letter::template).collect();
    assert_eq!(said, Template::ALL.iter().copied().collect());
    for (lang, letter) in Lang::ALL.into_iter().flat_map(|lang| samples().into_iter().map(move |l| (lang, l))) {
        let found = letters.render(lang, &letter).unwrap();
        for part in [&found.text, &found.html] {
            assert!(part.contains(&letter.number) && part.contains("https://portal.gov.test"), "{part}");
            assert!(!part.contains("None") && !part.contains("{{") && !part.contains("{%"), "{part}");
        }
        assert!(found.subject.contains(&letter.number) && !found.subject.contains('\n'), "{}", found.subject);
        assert!(found.html.contains(&format!("<html lang=\"{lang}\">")), "{}", found.html);
    }
}

#[test]
fn the_folders_on_disk_are_the_templates_there_are() {
    for lang in Lang::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/locales").join(lang.tag()).join("mail");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let expected: BTreeSet<_> = Template::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names.collect::<BTreeSet<_>>(), expected);
        let embedded: BTreeSet<_> = embedded(lang).iter().map(|(template, _)| template.to_string()).collect();
        assert_eq!(embedded, expected);
    }
}

#[test]
fn what_others_wrote_is_escaped_in_html_and_left_alone_in_text() {
    let found = letters().render(Lang::En, &letter(Content::CaseTerminated {})).unwrap();
    assert!(found.html.contains("Test &lt;item&gt; &amp; more"));
    assert!(found.text.contains("Test <item> & more"));
}

#[test]
fn a_correction_notice_names_everything_missing_and_the_last_day_in_words() {
    let content =
        || Content::CorrectionRequested { missing: vec!["甲".into(), "乙".into()], due_on: Some(day("2026-03-05")) };
    let english = letters().render(Lang::En, &letter(content())).unwrap();
    let chinese = letters().render(Lang::ZhCn, &letter(content())).unwrap();
    for part in [&english.text, &english.html] {
        assert!(part.contains("甲") && part.contains("乙") && part.contains("5 March 2026"), "{part}");
    }
    for part in [&chinese.text, &chinese.html] {
        assert!(part.contains("甲") && part.contains("乙") && part.contains("2026年3月5日"), "{part}");
    }
}

#[test]
fn a_correction_notice_without_materials_promises_no_list_and_points_to_the_notice() {
    let of = |lang, missing: &[&str]| {
        let missing = missing.iter().map(|name| (*name).to_owned()).collect();
        letters().render(lang, &letter(Content::CorrectionRequested { missing, due_on: None })).unwrap()
    };
    for (lang, promise, pointer) in [
        (Lang::En, "This is everything that is needed:", "The notice says everything that is needed"),
        (Lang::ZhCn, "现一次性告知您需要补正的全部内容：", "需要补正的全部内容已在补正通知中一次性告知"),
    ] {
        let (with, without) = (of(lang, &["甲"]), of(lang, &[]));
        for (with, without) in [(&with.text, &without.text), (&with.html, &without.html)] {
            assert!(with.contains(promise) && !with.contains(pointer), "{with}");
            assert!(without.contains(pointer) && !without.contains(promise), "{without}");
            assert!(!without.contains("<ul>") && !without.contains("\n- "), "{without}");
        }
    }
}

#[test]
fn a_line_break_in_a_name_makes_no_second_line_of_the_subject() {
    let sly = Letter { number: "1\r\nBcc: x@gov.test".into(), ..letter(Content::CaseTerminated {}) };
    assert!(!letters().render(Lang::En, &sly).unwrap().subject.contains(['\r', '\n']));
}

#[test]
fn a_fact_that_is_missing_is_an_error_and_no_empty_word() {
    let mut env = environment(Lang::En, &PublicUrl::parse("https://portal.gov.test").unwrap()).unwrap();
    env.add_template("x", "{{ name }}").unwrap();
    let template = env.get_template("x").unwrap();
    assert!(template.render(context! { name => Value::from(()) }).is_err());
    assert!(template.render(context! {}).is_err());
}
