//! What happens to messages under way when the service stops.

use super::*;

#[actix_web::test]
async fn a_worker_ends_what_it_holds_and_stops_when_told() {
    let world = World::new();
    world.place("case.decided", 20).await;
    let outbox = world.outbox(world.mailer(MailBackend::Memory), |delivery| mail(delivery, Lang::En));
    let (stop, stopped) = tokio::sync::watch::channel(None);
    let mailed = world.all().await.len();
    let worker = actix_web::rt::spawn({
        let outbox = outbox.clone();
        async move { outbox.run(std::time::Duration::from_millis(1), stopped).await }
    });
    while world.all().await.iter().any(|delivery| delivery.state != DeliveryState::Done) {
        actix_web::rt::task::yield_now().await;
    }
    stop.send(Some(Instant::now())).unwrap();
    worker.await.unwrap();
    assert_eq!(mailed, 20);
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
