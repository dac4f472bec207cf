//! Contact points, and where mail goes.

use super::*;

#[actix_web::test]
async fn an_eleventh_contact_point_is_refused_even_when_many_come_at_once() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let (world, me, id) = (&world, &me, registered.id);
    let added = futures_util::future::join_all((0..12).map(|n| async move {
        let contact = json!({ "contact": { "kind": "email", "value": format!("sample{n}@example.org") } });
        world.add_contact(me, id, contact).await
    }));
    let added = added.await;
    let refused: Vec<_> = added.into_iter().filter_map(Result::err).collect();
    // Two were there from the beginning.
    assert_eq!(refused.len(), 4, "{refused:?}");
    assert!(refused.iter().all(|f| f.code() == Code::Invalid), "{refused:?}");
    assert_eq!(world.get(me, id).await.unwrap().contact_points.len(), 10);
}

#[actix_web::test]
async fn mail_goes_to_the_preferred_address_in_the_preferred_language() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let id = registered.id;
    let address = async |world: &World| {
        let customers = world.customers.clone();
        let addressee = world.db.store.read(move |db| customers.addressee(db, id)).await.unwrap().unwrap();
        (addressee.email, addressee.lang)
    };
    assert_eq!(address(&world).await, (Some("sample.person@example.org".into()), Lang::ZhCn));
    let preferred = json!({ "contact": { "kind": "email", "value": "first@example.org" }, "preferred": true });
    let (_, view) = world.add_contact(&me, id, preferred).await.unwrap();
    world.patch(&me, id, None, json!({ "preferredLanguage": "en" })).await.unwrap();
    assert_eq!(address(&world).await, (Some("first@example.org".into()), Lang::En));
    for contact in view.contact_points.iter().filter(|c| c.kind == ContactKind::Email).map(|c| c.id) {
        world.write(&me, move |c, tx, call| c.remove_contact(tx, call, id, contact, None)).await.unwrap();
    }
    assert_eq!(address(&world).await, (None, Lang::En));
}

#[actix_web::test]
async fn of_a_kind_the_latest_preferred_contact_comes_first() {
    let world = world();
    let (me, registered) = world.registered(NUMBER).await;
    let add = |value: &str| json!({ "contact": { "kind": "email", "value": value }, "preferred": true });
    world.add_contact(&me, registered.id, add("first@example.org")).await.unwrap();
    let (latest, view) = world.add_contact(&me, registered.id, add("second@example.org")).await.unwrap();
    let preferred: Vec<_> = view.contact_points.iter().filter(|c| c.preferred).map(|c| c.id).collect();
    assert_eq!(preferred, [latest]);
    let again = world.add_contact(&me, registered.id, add("second@EXAMPLE.org")).await;
    assert_eq!(refusal(again), Code::AlreadyExists);
}

#[actix_web::test]
async fn mail_to_one_customer_never_goes_to_a_contact_point_that_was_sealed_for_another() {
    let world = world();
    let (_, attacker) = world.registered(NUMBER).await;
    let (_, victim) = world.registered(NUMBER).await;
    // What somebody can do who may write to the database and has no key.
    let (from, to) = (attacker.id, victim.id);
    world.db.execute(&format!("DELETE FROM contact_points WHERE customer_id = '{to}'"));
    world.db.execute(&format!("UPDATE contact_points SET customer_id = '{to}' WHERE customer_id = '{from}'"));
    let customers = world.customers.clone();
    let addressee = world.db.store.read(move |db| customers.addressee(db, to)).await;
    assert!(matches!(addressee, Err(Failure::Internal(_))), "{addressee:?}");
}
