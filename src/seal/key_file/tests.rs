//! Key files on disk.

use super::*;
use crate::seal::Place;

const PLACE: Place<'static> = Place { table: "t", column: "c", row: "r" };

#[test]
fn a_key_file_is_created_once_and_read_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let (created, origin) = KeyFile::load_or_create(&path).unwrap();
    assert_eq!(origin, Origin::Created);
    let sealed = created.keyring().unwrap().seal(PLACE, b"x").unwrap();

    let (read, origin) = KeyFile::load_or_create(&path).unwrap();
    assert_eq!(origin, Origin::Read);
    assert_eq!(read.keyring().unwrap().open(PLACE, &sealed).unwrap(), b"x");
    assert_eq!(fs::read_to_string(&path).unwrap(), *read.to_text());
}

#[test]
fn creating_never_writes_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    fs::write(&path, "precious").unwrap();
    let error = KeyFile::generate().unwrap().create(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_new_key_file_is_its_owners_alone_and_one_that_others_may_touch_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    KeyFile::load_or_create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(matches!(KeyFile::load(&path), Err(SealError::OpenToOthers { .. })), "{mode:o}");
        assert!(matches!(KeyFile::load_or_create(&path), Err(SealError::OpenToOthers { .. })), "{mode:o}");
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert!(KeyFile::load(&path).is_ok(), "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_key_file_is_refused_by_name() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    assert!(matches!(KeyFile::load(&path), Err(SealError::File { .. })));
    assert!(matches!(KeyFile::load_or_create(&folder.path().join("none/keys")), Err(SealError::File { .. })));
    for (text, expected) in [
        ("", "there is no key: give at least one entry id:key"),
        ("# only a comment\n\n", "there is no key: give at least one entry id:key"),
        (
            "# comment\nk1:AAAA\n",
            "key entry 1 must be id:key, the key being 32 bytes in base64 (openssl rand -base64 32)",
        ),
    ] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(KeyFile::load(&path).unwrap_err().to_string(), expected);
    }
    fs::write(&path, "#".repeat(70_000)).unwrap();
    assert!(matches!(KeyFile::load(&path), Err(SealError::TooLarge { .. })));
}

#[test]
fn the_text_of_a_key_file_reads_back() {
    let keys = KeyFile::generate().unwrap().rotated().unwrap();
    let again = KeyFile::parse(&keys.to_text()).unwrap();
    let (ring, same) = (keys.keyring().unwrap(), again.keyring().unwrap());
    assert_eq!(ring.ids().collect::<Vec<_>>(), same.ids().collect::<Vec<_>>());
    for id in ring.ids() {
        assert_eq!(ring.fingerprint(id).unwrap(), same.fingerprint(id).unwrap());
    }
}

#[test]
fn a_rotated_file_seals_with_a_new_key_and_still_opens_with_the_old() {
    let keys = KeyFile::generate().unwrap();
    let old = keys.keyring().unwrap();
    let sealed = old.seal(PLACE, b"x").unwrap();
    let ring = keys.rotated().unwrap().keyring().unwrap();
    assert_ne!(ring.current(), old.current());
    assert_eq!(ring.open(PLACE, &sealed).unwrap(), b"x");
}

#[test]
fn debug_of_a_key_file_prints_ids_only() {
    let keys = KeyFile::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    assert_eq!(format!("{keys:?}"), "KeyFile { masters: [MasterKey(k1)] }");
}
