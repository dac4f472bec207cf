//! Changes: by version, by merge patch, with their facts.

use super::*;

#[actix_web::test]
async fn a_merge_patch_tells_absent_from_null() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    let same = world.patch(&me, id, Some(1), json!({ "preferredChannel": "sms" })).await.unwrap();
    assert_eq!(same.preferred_channel, PreferredChannel::Sms);
    assert_eq!((same.name.as_str(), &same.details), ("样例甲", &registered.details));
    let absent = world.patch(&me, id, Some(2), json!({ "details": { "kind": "individual" } })).await.unwrap();
    assert_eq!(absent.details, registered.details);
    let null = json!({ "details": { "kind": "individual", "birthDate": null } });
    let removed = world.patch(&me, id, Some(3), null).await.unwrap();
    assert_eq!(removed.details, CustomerDetails::Individual { birth_date: None });
    assert_eq!(removed.version, 4);
}

#[actix_web::test]
async fn what_cannot_be_removed_or_changed_is_refused_all_at_once() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let patch = json!({ "name": null, "preferredLanguage": null, "details": { "kind": "agency" } });
    let failure = world.patch(&me, registered.id, None, patch).await.unwrap_err();
    let Failure::Invalid(errors) = failure else { panic!("{failure:?}") };
    let named: Vec<_> = errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
    assert_eq!(named, [("/name", "required"), ("/preferredLanguage", "required"), ("/details/kind", "kind_fixed")]);
    let other_day = json!({ "details": { "kind": "individual", "birthDate": "1900-01-02" } });
    let patched = world.patch(&me, registered.id, None, other_day).await;
    assert_eq!(first_error(patched), ("/details/birthDate".into(), "birth_date_mismatch".into()));
}

#[actix_web::test]
async fn under_another_name_an_identifier_is_not_verified_until_somebody_verifies_it_anew() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    assert!(world.verify(&staff("officer"), &registered).await.unwrap().identifiers[0].verified);
    let same = world.patch(&me, id, None, json!({ "name": " 样例甲 ", "preferredChannel": "sms" })).await.unwrap();
    assert!(same.identifiers[0].verified, "the name is the same");
    let renamed = world.patch(&me, id, None, json!({ "name": "样例乙" })).await.unwrap();
    assert!(!renamed.identifiers[0].verified);
    let customers = world.customers.clone();
    let filed = world.db.store.read(move |db| customers.snapshot(db, id)).await.unwrap();
    assert_eq!((filed.name.as_str(), filed.identifiers[0].verified), ("样例乙", false));
    let fact = world.db.text("SELECT facts AS value FROM journal WHERE event = 'customer.identifier_unverified'");
    assert_eq!(serde_json::from_str::<Value>(&fact).unwrap(), json!({ "identifier": registered.identifiers[0].id }));
    assert!(world.verify(&staff("officer"), &renamed).await.unwrap().identifiers[0].verified);
}

#[actix_web::test]
async fn with_another_birth_date_only_a_number_that_tells_it_itself_stays_verified() {
    let world = world();
    let card = json!({
        "name": "样例甲", "details": { "kind": "individual" },
        "identifiers": [{ "scheme": "passport", "value": "E12345678" }, { "scheme": "resident_id", "value": NUMBER }]
    });
    let registered = world.register(&citizen(None), card).await.unwrap();
    let (id, officer) = (registered.id, staff("officer"));
    let me = citizen(Some(id));
    for identifier in registered.identifiers.iter().map(|i| i.id) {
        world.write(&officer, move |c, tx, call| c.verify_identifier(tx, call, id, identifier, None)).await.unwrap();
    }
    let verified = |view: CustomerView| view.identifiers.iter().map(|i| (i.scheme, i.verified)).collect::<Vec<_>>();
    let born = json!({ "details": { "kind": "individual", "birthDate": "1900-01-01" } });
    let told = world.patch(&me, id, None, born.clone()).await.unwrap();
    assert_eq!(verified(told), [(Scheme::Passport, false), (Scheme::ResidentId, true)]);
    let again = world.patch(&me, id, None, born).await.unwrap();
    assert_eq!(verified(again), [(Scheme::Passport, false), (Scheme::ResidentId, true)]);
    assert_eq!(
        world.db.texts("SELECT id AS value FROM journal WHERE event = 'customer.identifier_unverified'").len(),
        1
    );
}

#[actix_web::test]
async fn an_old_version_changes_nothing() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    world.patch(&me, id, Some(1), json!({ "name": "样例乙" })).await.unwrap();
    assert_eq!(refusal(world.patch(&me, id, Some(1), json!({ "name": "样例丙" })).await), Code::Stale);
    let identifier = registered.identifiers[0].id;
    let removed = world.write(&me, move |c, tx, call| c.remove_identifier(tx, call, id, identifier, Some(1))).await;
    assert_eq!(refusal(removed), Code::Stale);
    let seen = world.get(&me, id).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.version, seen.identifiers.len()), ("样例乙", 2, 1));
}

#[actix_web::test]
async fn of_two_changes_at_once_none_is_lost() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    let (one, other) = join(
        world.patch(&me, id, Some(1), json!({ "name": "样例乙" })),
        world.patch(&me, id, Some(1), json!({ "preferredChannel": "post" })),
    )
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 1));
    let code = refusal(lost.into_iter().next().unwrap());
    assert!(matches!(code, Code::Stale | Code::Conflict), "{code:?}");
    assert_eq!(world.get(&me, id).await.unwrap().version, 2);
}

#[actix_web::test]
async fn every_change_leaves_its_facts_and_no_words() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    world.patch(&me, id, None, json!({ "name": "样例乙", "preferredChannel": "sms" })).await.unwrap();
    world.verify(&staff("officer"), &registered).await.unwrap();
    let events = world.db.texts("SELECT event AS value FROM journal ORDER BY recorded_at, id");
    let mut events: Vec<_> = events.iter().map(String::as_str).collect();
    events.sort_unstable();
    assert_eq!(
        events,
        [
            "customer.changed",
            "customer.contact_added",
            "customer.contact_added",
            "customer.identifier_added",
            "customer.identifier_verified",
            "customer.registered",
        ]
    );
    let facts = world.db.text("SELECT facts AS value FROM journal WHERE event = 'customer.changed'");
    assert_eq!(serde_json::from_str::<Value>(&facts).unwrap(), json!({ "fields": ["name", "preferredChannel"] }));
    let about = world.db.texts("SELECT DISTINCT customer_id AS value FROM journal");
    assert_eq!(about, [id.to_string()]);
}
