//! What happens to messages under way when the service stops.

use super::*;

#[actix_web::test]
async fn a_worker_ends_what_it_holds_and_stops_when_told() {
    let mut world = World::new();
    world.settings.deliveries.batch = 3;
    world.place("case.decided", 5).await;
    let minute = Duration::from_secs(60);
    // One conversation after the other, half a second each: all three are under way when the stop comes.
    let server = SmtpServer::start(vec![Script::Slow(Duration::from_millis(80)); 3]);
    let outbox = world.outbox(world.mailer(server.patient_backend(minute)), |delivery| mail(delivery, Lang::En));
    let (stop, stopped) = tokio::sync::watch::channel(None);
    let worker = actix_web::rt::spawn(async move { outbox.run(Duration::from_millis(1), stopped).await });
    let of = async |state| world.all().await.iter().filter(|delivery| delivery.state == state).count();
    while of(DeliveryState::Leased).await == 0 {
        actix_web::rt::task::yield_now().await;
    }
    stop.send(Some(Instant::now() + minute)).unwrap();
    worker.await.unwrap();
    assert_eq!((of(DeliveryState::Done).await, of(DeliveryState::Pending).await), (3, 2));
    assert_eq!(server.mails().len(), 3);
}

#[actix_web::test]
async fn what_is_still_being_sent_when_the_time_is_over_is_handed_back_untried() {
    let world = World::new();
    world.place("case.decided", 3).await;
    let minute = Duration::from_secs(60);
    let server = SmtpServer::start(vec![Script::Silence; 3]);
    let outbox = world.outbox(world.mailer(server.patient_backend(minute)), |delivery| mail(delivery, Lang::En));
    let (stop, stopped) = tokio::sync::watch::channel(None);
    let worker = actix_web::rt::spawn(async move { outbox.run(minute, stopped).await });
    while world.all().await.iter().any(|delivery| delivery.state != DeliveryState::Leased) {
        actix_web::rt::task::yield_now().await;
    }
    let told = Instant::now();
    stop.send(Some(told + Duration::from_millis(50))).unwrap();
    worker.await.unwrap();
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    for delivery in world.all().await {
        assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Pending, 0));
        assert_eq!(delivery.next_at, world.clock.now());
    }
}
