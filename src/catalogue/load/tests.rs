use super::*;

const GOOD_JURISDICTION: &str = r#"
code = "xx"
names = { en = "Example" }
timeZone = "UTC"
calendar = "cn"
languages = ["en"]
currency = "CNY"
numberRegion = "XX"
"#;

const GOOD_DEPARTMENTS: &str = r#"
[[departments]]
code = "office"
names = { en = "Office" }
"#;

const GOOD_ITEMS: &str = r#"[[items]]
code = "ask"
version = 1
names = { en = "Ask" }
kind = "enquiry"
audience = ["individual"]
jurisdiction = "xx"
department = "office"
clockStartsFrom = "receipt"
onIntakeLapse = "overdue"
onCorrectionLapse = "overdue"
afterCorrection = "resume"
finish = "closure"
decidedBy = "officer"
anonymousAllowed = true
form = "ask.form.json"
"#;

const GOOD_FORM: &str = r#"{ "type": "object", "additionalProperties": false }"#;

fn folder(changes: &[(&str, Option<&str>)]) -> Folder {
    let mut files: BTreeMap<String, String> = [
        (JURISDICTION, GOOD_JURISDICTION),
        (DEPARTMENTS, GOOD_DEPARTMENTS),
        ("items.toml", GOOD_ITEMS),
        ("ask.form.json", GOOD_FORM),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();
    for (name, text) in changes {
        match text {
            Some(text) => files.insert((*name).to_owned(), (*text).to_owned()),
            None => files.remove(*name),
        };
    }
    Folder { name: "xx".into(), files }
}

fn load(changes: &[(&str, Option<&str>)]) -> Result<Starter, LoadError> {
    Starter::from_folders(vec![folder(changes)], Vec::new())
}

fn problems(changes: &[(&str, Option<&str>)]) -> Vec<String> {
    load(changes).unwrap_err().problems.iter().map(ToString::to_string).collect()
}

fn item_with(from: &str, to: &str) -> String {
    assert!(GOOD_ITEMS.contains(from));
    GOOD_ITEMS.replace(from, to)
}

#[test]
fn a_folder_is_one_catalogue_with_its_forms_filled_in() {
    let starter = load(&[]).unwrap();
    let item = &starter.catalogues[0].items[0];
    assert_eq!(item.form["type"], "object");
    assert_eq!(starter.catalogues[0].jurisdiction.time_zone, chrono_tz::UTC);
}

#[test]
fn a_form_may_stand_in_the_definition_itself() {
    let items = item_with(r#""ask.form.json""#, r#"{ type = "object", additionalProperties = false }"#);
    let starter = load(&[("items.toml", Some(&items)), ("ask.form.json", None)]).unwrap();
    assert_eq!(starter.catalogues[0].items[0].form["additionalProperties"], false);
}

#[test]
fn a_wrong_value_is_told_with_file_line_and_field() {
    let items = item_with(r#"kind = "enquiry""#, r#"kind = "wish""#);
    let told = problems(&[("items.toml", Some(&items)), ("ask.form.json", None)]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("xx/items.toml:5: "), "{told:?}");
    assert!(told[0].contains("wish") && told[0].contains("kind = "), "{told:?}");
}

#[test]
fn a_missing_and_an_unknown_field_are_named() {
    let missing = item_with("department = \"office\"\n", "");
    let told = problems(&[("items.toml", Some(&missing)), ("ask.form.json", None)]);
    assert!(told[0].contains("xx/items.toml") && told[0].contains("`department`"), "{told:?}");
    let unknown = item_with("version = 1", "version = 1\npromise = 5");
    let told = problems(&[("items.toml", Some(&unknown)), ("ask.form.json", None)]);
    assert!(told[0].starts_with("xx/items.toml:4: ") && told[0].contains("`promise`"), "{told:?}");
}

#[test]
fn a_code_or_a_name_out_of_bounds_is_refused_at_its_line() {
    let items = item_with(r#"names = { en = "Ask" }"#, r#"names = { en = " " }"#);
    let told = problems(&[("items.toml", Some(&items)), ("ask.form.json", None)]);
    assert!(told[0].starts_with("xx/items.toml:4: ") && told[0].contains("blank"), "{told:?}");
    let items = item_with("version = 1", "version = 0");
    let told = problems(&[("items.toml", Some(&items)), ("ask.form.json", None)]);
    assert!(told[0].contains("a version is a number from 1"), "{told:?}");
}

#[test]
fn every_problem_of_every_file_is_told_at_once() {
    let told =
        problems(&[(JURISDICTION, Some("code = 1")), (DEPARTMENTS, None), ("ask.form.json", Some("{\n  oops\n}"))]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("xx/jurisdiction.toml:1: ")), "{told:?}");
    assert!(told.contains(&"xx/departments.toml: the file is missing".to_owned()), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("xx/ask.form.json:2: ")), "{told:?}");
}

#[test]
fn a_form_that_is_missing_or_unused_is_told() {
    let told = problems(&[("ask.form.json", None)]);
    assert!(told[0].starts_with("xx/items.toml: form: item \"ask\" names \"ask.form.json\""), "{told:?}");
    let told = problems(&[("old.form.json", Some(GOOD_FORM))]);
    assert_eq!(told, ["xx/old.form.json: no item uses this form"]);
}

fn write(root: &Path, folder: &Folder) {
    fs::create_dir_all(root).unwrap();
    for (name, text) in &folder.files {
        fs::write(root.join(name), text).unwrap();
    }
}

#[test]
fn an_operators_folder_is_one_catalogue_or_a_folder_of_catalogues() {
    let dir = tempfile::tempdir().unwrap();
    let one = dir.path().join("one");
    write(&one, &folder(&[]));
    fs::write(one.join("README.md"), "not read").unwrap();
    assert_eq!(Starter::load_dir(&one).unwrap(), load(&[]).unwrap());
    assert_eq!(Starter::load_dir(dir.path()).unwrap(), load(&[]).unwrap());
}

#[test]
fn a_folder_without_a_catalogue_and_a_missing_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let told = Starter::load_dir(dir.path()).unwrap_err().to_string();
    assert!(told.contains("no catalogue here"), "{told}");
    assert!(Starter::load_dir(&dir.path().join("nowhere")).is_err());
}

#[test]
fn a_file_above_the_bound_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &folder(&[]));
    let bytes = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
    fs::write(dir.path().join("big.toml"), " ".repeat(bytes)).unwrap();
    let told = Starter::load_dir(dir.path()).unwrap_err().to_string();
    assert!(told.contains("/big.toml: 1048577 bytes; at most 1048576 are read"), "{told}");
}
