//! What sealing promises. The expected values were computed apart from this code, with another implementation of
//! HKDF, HMAC and AES-GCM.

use super::*;
use proptest::prelude::*;

/// Bytes 0 to 31.
const KEY_1: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Bytes 32 times 7.
const KEY_2: &str = "k2:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

const NAME: Place<'static> = Place { table: "customers", column: "name", row: "cust_1" };

fn keyring(entries: &[&str]) -> Keyring {
    let entries: Vec<SecretString> = entries.iter().map(|entry| SecretString::from(*entry)).collect();
    Keyring::from_entries(&entries).unwrap()
}

#[test]
fn a_field_opens_where_it_was_sealed() {
    let ring = keyring(&[KEY_1]);
    for text in ["", "x", "合成测试", &"长".repeat(5000)] {
        let sealed = ring.seal(NAME, text.as_bytes()).unwrap();
        assert!(sealed.starts_with("v1.k1."));
        assert_eq!(ring.open_text(NAME, &sealed).unwrap(), text);
    }
    let bytes = ring.seal(NAME, &[0xff, 0xfe]).unwrap();
    assert_eq!(ring.open(NAME, &bytes).unwrap(), [0xff, 0xfe]);
    assert!(matches!(ring.open_text(NAME, &bytes), Err(SealError::NotText)));
}

#[test]
fn a_field_sealed_elsewhere_by_the_same_rules_opens() {
    // Nonce: bytes 100 to 111.
    let sealed = "v1.k1.ZGVmZ2hpamtsbW5vljWVdWJPTiUmZPGm-F-KJv0Tm2gCEJ74CbzmTw";
    assert_eq!(keyring(&[KEY_1]).open_text(NAME, sealed).unwrap(), "合成测试");
}

#[test]
fn a_field_moved_to_another_row_column_or_table_is_refused() {
    let ring = keyring(&[KEY_1]);
    let sealed = ring.seal(NAME, b"x").unwrap();
    for place in [
        Place { row: "cust_2", ..NAME },
        Place { column: "phone", ..NAME },
        Place { table: "cases", ..NAME },
        // The same characters, cut elsewhere.
        Place { table: "customersname", column: "", ..NAME },
        Place { column: "namecust", row: "_1", ..NAME },
    ] {
        assert!(matches!(ring.open(place, &sealed), Err(SealError::Refused)), "{place:?}");
    }
}

#[test]
fn the_wrong_key_is_refused_whether_its_id_is_known_or_not() {
    let sealed = keyring(&[KEY_1]).seal(NAME, b"x").unwrap();
    assert!(matches!(keyring(&[KEY_2]).open(NAME, &sealed), Err(SealError::UnknownKey(id)) if id == "k1"));
    let impostor = KEY_2.replace("k2:", "k1:");
    assert!(matches!(keyring(&[&impostor]).open(NAME, &sealed), Err(SealError::Refused)));
    // Renaming the key in the text does not help.
    let renamed = sealed.replace("v1.k1.", "v1.k2.");
    assert!(matches!(keyring(&[KEY_1, KEY_2]).open(NAME, &renamed), Err(SealError::Refused)));
}

#[test]
fn after_a_rotation_the_old_key_opens_and_the_new_one_seals() {
    let old = keyring(&[KEY_1]);
    let (sealed, digest) = (old.seal(NAME, b"x").unwrap(), old.digest("note", "x"));
    let token = SecretString::from("synthetic-token");

    let ring = keyring(&[KEY_2, KEY_1]);
    assert_eq!(ring.ids().map(KeyId::as_str).collect::<Vec<_>>(), ["k2", "k1"]);
    assert_eq!(ring.open(NAME, &sealed).unwrap(), b"x");
    assert!(!ring.is_current(&sealed).unwrap());
    let resealed = ring.seal(NAME, b"x").unwrap();
    assert!(resealed.starts_with("v1.k2.") && ring.is_current(&resealed).unwrap());
    assert!(ring.digest_matches("note", "x", &digest).unwrap());

    let indexes = ring.blind_indexes("resident_id", "x");
    assert_eq!(indexes, [ring.blind_index("resident_id", "x"), old.blind_index("resident_id", "x")]);
    assert_ne!(indexes.first(), indexes.last());
    assert_eq!(ring.token_digests(&token), [ring.token_digest(&token), old.token_digest(&token)]);

    // The old key gone: what it sealed names the missing key.
    assert!(matches!(keyring(&[KEY_2]).open(NAME, &sealed), Err(SealError::UnknownKey(_))));
    assert!(matches!(keyring(&[KEY_2]).digest_matches("note", "x", &digest), Err(SealError::UnknownKey(_))));
}

#[test]
fn two_seals_of_one_text_differ_in_nonce_and_ciphertext() {
    let ring = keyring(&[KEY_1]);
    let seals: std::collections::HashSet<Vec<u8>> = (0..200)
        .map(|_| envelope::split(&ring.seal(NAME, b"x").unwrap()).unwrap().1)
        .map(|bytes| bytes.get(..12).unwrap().to_vec())
        .collect();
    assert_eq!(seals.len(), 200);
}

#[test]
fn every_flipped_bit_is_refused() {
    let ring = keyring(&[KEY_1]);
    let (id, bytes) = envelope::split(&ring.seal(NAME, b"xyz").unwrap()).unwrap();
    // 12 bytes of nonce, 3 of text, 16 of tag.
    assert_eq!(bytes.len(), 31);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(ring.open(NAME, &envelope::join(&id, &flipped)), Err(SealError::Refused)), "bit {bit}");
    }
}

#[test]
fn what_is_not_a_sealed_text_is_malformed() {
    let ring = keyring(&[KEY_1]);
    for text in ["", "x", "v1.k1", "v2.k1.AAAA", "v1.K1.AAAA", "v1.k1.A", "v1.k1.AA==", "v1.k1.+/+/", "v1.k1.AAAA"] {
        assert!(matches!(ring.open(NAME, text), Err(SealError::Malformed)), "{text}");
    }
    // A nonce and less than a tag.
    let short = envelope::join(ring.current(), &[0; 20]);
    assert!(matches!(ring.open(NAME, &short), Err(SealError::Refused)));
}

#[test]
fn blind_indexes_digests_and_fingerprints_stay_the_same_from_version_to_version() {
    let ring = keyring(&[KEY_1]);
    assert_eq!(ring.blind_index("resident_id", "110101190001010014"), "fw1I3qcb5LaR6cgoR4rmkfP92ETvUPfcd58x6fZp5pU");
    assert_eq!(ring.digest("case_note", "补正通知"), "v1.k1.tZuTeHffVR-Bti5S1YMCbUr1MjizXKxVGXP-lwA5MJY");
    assert_eq!(ring.token_digest(&"synthetic-token".into()), "VhVkxAc8jCy0HhkFAYm7Hz_GhiodKMSfAIDQWgFSxcI");
    assert_eq!(ring.fingerprint(ring.current()).unwrap(), "057bbeabc12b007f");
}

#[test]
fn each_purpose_has_a_key_of_its_own() {
    let ring = keyring(&[KEY_1]);
    let values = [
        ring.blind_index("passport", "E12345678"),
        ring.blind_index("free", "E12345678"),
        ring.blind_index("passpor", "tE12345678"),
        ring.digest("passport", "E12345678").replace("v1.k1.", ""),
        ring.token_digest(&"E12345678".into()),
        keyring(&[KEY_2]).blind_index("passport", "E12345678"),
    ];
    let different: std::collections::HashSet<&String> = values.iter().collect();
    assert_eq!(different.len(), values.len());
}

#[test]
fn a_digest_matches_only_its_own_text_and_purpose() {
    let ring = keyring(&[KEY_1]);
    let digest = ring.digest("note", "text");
    assert!(ring.digest_matches("note", "text", &digest).unwrap());
    assert!(!ring.digest_matches("note", "texts", &digest).unwrap());
    assert!(!ring.digest_matches("notes", "text", &digest).unwrap());
    assert!(matches!(ring.digest_matches("note", "text", "text"), Err(SealError::Malformed)));
}

#[test]
fn fingerprints_tell_keys_apart_even_under_one_id() {
    let (ring, impostor) = (keyring(&[KEY_1]), keyring(&[&KEY_2.replace("k2:", "k1:")]));
    assert_ne!(ring.fingerprint(ring.current()).unwrap(), impostor.fingerprint(impostor.current()).unwrap());
    let unknown = KeyId::parse("k9").unwrap();
    assert!(matches!(ring.fingerprint(&unknown), Err(SealError::UnknownKey(_))));
}

#[test]
fn entries_are_checked_and_errors_name_the_entry_not_the_key() {
    let parse = |entries: &[&str]| {
        let entries: Vec<SecretString> = entries.iter().map(|entry| SecretString::from(*entry)).collect();
        Keyring::from_entries(&entries)
    };
    assert!(matches!(parse(&[]), Err(SealError::NoKey)));
    assert!(matches!(parse(&[KEY_1, KEY_1]), Err(SealError::Twice(id)) if id == "k1"));
    assert!(matches!(parse(&["K 1:AAAA"]), Err(SealError::KeyId)));
    for wrong in ["", "k3", "k3:", "k3:AAAA", "k3:not base64!", &format!("{KEY_1}AAAA")] {
        let error = parse(&[KEY_1, wrong]).unwrap_err();
        assert!(matches!(error, SealError::Entry { number: 2 }), "{wrong}");
        assert!(!format!("{error} {error:?}").contains("AAAA"));
    }
}

#[test]
fn debug_prints_ids_only() {
    let ring = keyring(&[KEY_2, KEY_1]);
    assert_eq!(format!("{ring:?}"), r#"Keyring { current: "k2", older: ["k1"] }"#);
    assert_eq!(format!("{:?}", MasterKey::parse(KEY_1, 1).unwrap()), "MasterKey(k1)");
}

#[test]
fn a_generated_keyring_seals_and_no_two_are_alike() {
    let (one, other) = (Keyring::generate().unwrap(), Keyring::generate().unwrap());
    assert_ne!(one.current(), other.current());
    let sealed = one.seal(NAME, b"x").unwrap();
    assert_eq!(one.open(NAME, &sealed).unwrap(), b"x");
    assert!(other.open(NAME, &sealed).is_err());
}

#[test]
fn a_keyring_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Keyring>();
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens(plaintext in proptest::collection::vec(any::<u8>(), 0..200), row in "\\PC{0,20}") {
        let (ring, place) = (keyring(&[KEY_1]), Place { row: &row, ..NAME });
        let sealed = ring.seal(place, &plaintext).unwrap();
        prop_assert_eq!(ring.open(place, &sealed).unwrap(), plaintext);
    }

    #[test]
    fn no_text_makes_open_panic(text in "(v1\\.k1\\.)?[A-Za-z0-9_.-]{0,60}") {
        prop_assert!(keyring(&[KEY_1]).open(NAME, &text).is_err());
    }
}
