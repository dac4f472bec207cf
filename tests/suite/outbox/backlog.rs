//! What waits, for figures and alerts.

use super::*;

#[actix_web::test]
async fn the_backlog_counts_what_waits_and_what_was_given_up() {
    let world = World::new();
    world.place("case.decided", 3).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    let held = outbox.lease().await.unwrap();
    outbox.settle(&held[0], Outcome::Sent).await.unwrap();
    outbox.settle(&held[1], Outcome::Dead(Trouble::Smtp(550))).await.unwrap();
    let found = world.store().read(|db| backlog(db)).await.unwrap();
    assert_eq!((found.open, found.dead), (1, 1));
    assert_eq!(found.oldest, Some(world.clock.now()));
}

#[actix_web::test]
async fn a_message_grows_older_while_it_is_tried_again_and_again() {
    let world = World::new();
    world.place("case.decided", 1).await;
    let placed = world.clock.now();
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |_| Err(Failure::internal("a defect")));
    for _ in 0..3 {
        assert_eq!(outbox.step().await, Ok(1));
        world.clock.set(world.only().await.next_at);
    }
    let found = world.store().read(|db| backlog(db)).await.unwrap();
    assert_eq!((found.open, found.oldest), (1, Some(placed)));
}
