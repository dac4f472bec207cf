//! Identifiers: claimed by many, verified for one, found by the whole number.

use super::*;

#[actix_web::test]
async fn two_strangers_may_claim_the_same_number_and_only_one_is_verified() {
    let world = world();
    let (_, first) = world.registered(NUMBER).await;
    let (_, second) = world.registered(NUMBER).await;
    let officer = staff("officer");
    let verified = world.verify(&officer, &first).await.unwrap();
    assert!(verified.identifiers[0].verified);
    assert_eq!(verified.version, 2);
    assert_eq!(refusal(world.verify(&officer, &second).await), Code::IdentifierTaken);
    assert_eq!(refusal(world.verify(&officer, &first).await), Code::AlreadyExists);
    // A claim is still nobody's business, verified owner or not.
    let (_, third) = world.registered(NUMBER).await;
    assert!(!third.identifiers[0].verified);
}

#[actix_web::test]
async fn of_two_verifications_at_once_one_wins() {
    let world = world();
    let (_, first) = world.registered(NUMBER).await;
    let (_, second) = world.registered(NUMBER).await;
    let officer = staff("officer");
    let (one, other) = join(world.verify(&officer, &first), world.verify(&officer, &second)).await;
    let lost = [one, other].into_iter().filter_map(Result::err).map(|f| f.code()).collect::<Vec<_>>();
    assert_eq!(lost, [Code::IdentifierTaken]);
}

#[actix_web::test]
async fn nobody_verifies_their_own_identifier() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    assert_eq!(refusal(world.verify(&me, &registered).await), Code::Forbidden);
}

#[actix_web::test]
async fn a_number_verified_under_an_older_key_is_taken_under_the_new_one() {
    let file = KeyFile::generate().unwrap();
    let world = world_with(file.keyring().unwrap());
    let (_, first) = world.registered(NUMBER).await;
    world.verify(&staff("officer"), &first).await.unwrap();
    let rotated = Customers::new(Arc::new(file.rotated().unwrap().keyring().unwrap()), world.links.clone());
    let world = World { customers: rotated, ..world };
    let (_, second) = world.registered(NUMBER).await;
    assert_eq!(refusal(world.verify(&staff("officer"), &second).await), Code::IdentifierTaken);
    assert_eq!(world.search(&with_reason(staff("officer")), NUMBER).await.unwrap().items.len(), 2);
}

#[actix_web::test]
async fn identifiers_are_added_and_removed() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    let added = world.add_identifier(&me, id, "passport", "E12345678").await.unwrap();
    assert_eq!(added.identifiers[1].masked, "E******78");
    let again = world.add_identifier(&me, id, "passport", "e12345678").await;
    assert_eq!(refusal(again), Code::AlreadyExists);
    // One person has one identity number.
    let second = world.add_identifier(&me, id, "resident_id", "110101190001010022").await;
    assert_eq!(refusal(second), Code::AlreadyExists);
    let wrong = world.add_identifier(&me, id, "resident_id", "110101190001010015").await;
    assert_eq!(first_error(wrong), ("/value".into(), "resident_id_check_digit".into()));
    let organisation = world.add_identifier(&me, id, "credit_code", "91110101MA0000007T").await;
    assert_eq!(first_error(organisation), ("/scheme".into(), "scheme_of_another_kind".into()));
    let passport = added.identifiers[1].id;
    let removed =
        world.write(&me, move |c, tx, call| c.remove_identifier(tx, call, id, passport, Some(2))).await.unwrap();
    assert_eq!((removed.identifiers.len(), removed.version), (1, 3));
    let gone = world.write(&me, move |c, tx, call| c.remove_identifier(tx, call, id, passport, None)).await;
    assert_eq!(refusal(gone), Code::NotFound);
}

#[actix_web::test]
async fn an_identifier_of_another_customer_is_not_removed_through_ones_own() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let (_, other) = world.registered("110101190001010022").await;
    let (id, foreign): (_, IdentifierId) = (registered.id, other.identifiers[0].id);
    let removed = world.write(&me, move |c, tx, call| c.remove_identifier(tx, call, id, foreign, None)).await;
    assert_eq!(refusal(removed), Code::NotFound);
    let contact = other.contact_points[0].id;
    let removed = world.write(&me, move |c, tx, call| c.remove_contact(tx, call, id, contact, None)).await;
    assert_eq!(refusal(removed), Code::NotFound);
}

#[actix_web::test]
async fn a_search_takes_the_whole_number_and_a_reason() {
    let world = world();
    let (me, first) = world.registered(NUMBER).await;
    let (_, second) = world.registered(NUMBER).await;
    let officer = staff("officer");
    assert_eq!(refusal(world.search(&officer, NUMBER).await), Code::ReasonRequired);
    let officer = with_reason(officer);
    world.verify(&officer, &second).await.unwrap();
    let found = world.search(&officer, " 110101190001010014").await.unwrap();
    assert_eq!(found.items.iter().map(|m| m.id).collect::<Vec<_>>(), [second.id, first.id]);
    assert!(found.items[0].identifier.verified && !found.items[1].identifier.verified);
    assert_eq!(world.search(&officer, "110101190001010022").await.unwrap().items.len(), 0);
    assert_eq!(first_error(world.search(&officer, "110101").await), ("/value".into(), "resident_id_format".into()));
    assert_eq!(refusal(world.search(&with_reason(me), NUMBER).await), Code::Forbidden);
    assert_eq!(refusal(world.search(&with_reason(staff("auditor")), NUMBER).await), Code::Forbidden);
}

#[actix_web::test]
async fn an_identifier_that_was_sealed_for_one_customer_is_not_verified_for_another() {
    let world = world();
    let (_, victim) = world.registered(NUMBER).await;
    let (_, mut attacker) = world.registered("110101190001010030").await;
    world.db.execute(&format!("DELETE FROM identifiers WHERE customer_id = '{}'", attacker.id));
    world.db.execute(&format!("UPDATE identifiers SET customer_id = '{}'", attacker.id));
    attacker.identifiers = victim.identifiers;
    let verified = world.verify(&staff("officer"), &attacker).await;
    assert!(matches!(verified, Err(Failure::Internal(_))), "{verified:?}");
}
