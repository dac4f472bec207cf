use super::*;
use crate::http::why;

#[actix_web::test]
async fn a_missing_permission_answers_before_the_body_is_looked_at() {
    let world = world();
    let service = world.service().await;
    let garbage = || TestRequest::post().uri("/api/v1/notes").set_payload("garbage");
    let nobody = send(&service, garbage()).await;
    assert_eq!((nobody.status, nobody.code()), (401, "unauthenticated"));
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"gcrm\"");
    let wrong = send(&service, by(garbage(), "own:case:read")).await;
    assert_eq!((wrong.status, wrong.code()), (403, "forbidden"));
    assert!(wrong.body["detail"].as_str().unwrap().contains("case:note"));
    let right = send(&service, by(garbage(), "own:case:note")).await;
    assert_eq!(right.status, 415);
}

#[actix_web::test]
async fn a_token_that_is_no_good_is_401_and_says_so() {
    let world = world();
    let service = world.service().await;
    let get = || TestRequest::get().uri("/api/v1/notes");
    for header in ["Bearer nonsense", "Basic YTpi", "Bearer", "Bearer ", "own:case:list"] {
        let got = send(&service, get().insert_header(("authorization", header))).await;
        assert_eq!(got.status, 401, "{header}");
        assert_eq!(got.header("www-authenticate"), "Bearer realm=\"gcrm\", error=\"invalid_token\"");
    }
    let twice = by(get(), "all:case:list").append_header(("authorization", "Bearer all:case:list"));
    assert_eq!(send(&service, twice).await.status, 401);
    let lower = get().insert_header(("authorization", "bearer all:case:list"));
    assert_eq!(send(&service, lower).await.status, 200);
    let down = send(&service, by(get(), "down")).await;
    assert_eq!((down.status, down.code(), down.header("retry-after")), (503, "unavailable", "2"));
}

#[actix_web::test]
async fn either_of_two_permissions_is_enough() {
    let world = world();
    let service = world.service().await;
    let post = || TestRequest::post().uri("/api/v1/decision");
    assert_eq!(send(&service, by(post(), "all:case:decide")).await.status, 204);
    assert_eq!(send(&service, by(post(), "all:case:approve")).await.status, 204);
    assert_eq!(send(&service, by(post(), "all:case:close")).await.status, 403);
}

#[actix_web::test]
async fn an_open_endpoint_honours_a_token_and_refuses_a_bad_one() {
    let world = world();
    let service = world.service().await;
    let post = || TestRequest::post().uri("/api/v1/open-notes").set_json(note(&fresh_text()));
    assert_eq!(send(&service, post()).await.status, 201);
    assert_eq!(send(&service, by(post(), "own:case:create")).await.status, 201);
    assert_eq!(send(&service, by(post(), "nonsense")).await.status, 401);
    let live = by(TestRequest::get().uri("/health/live"), "nonsense");
    assert_eq!(send(&service, live).await.status, 200);
}

async fn read_as(world: &World, token: &str, reason: Option<&str>) -> (Got, Vec<(String, String)>) {
    let service = world.service().await;
    let added = send(&service, by(TestRequest::post().uri("/api/v1/notes").set_json(note("a")), "own:case:note")).await;
    let request_id = CaseId::new().to_string();
    let uri = format!("/api/v1/notes/{}", added.body["id"].as_str().unwrap());
    let mut get = by(TestRequest::get().uri(&uri), token).insert_header(("x-request-id", request_id.as_str()));
    if let Some(reason) = reason {
        get = get.insert_header(("x-reason", reason));
    }
    let got = send(&service, get).await;
    assert_eq!(got.header("x-request-id"), request_id);
    let events = world.events(&request_id).await;
    (got, events)
}

#[actix_web::test]
async fn staff_who_looks_leaves_a_row_and_the_owner_does_not() {
    let world = world();
    let (own, events) = read_as(&world, "own:case:read", None).await;
    assert_eq!((own.status, events.len()), (200, 0));
    let (staff, events) = read_as(&world, "all:case:read", Some("a complaint came in")).await;
    assert_eq!((staff.status, events.len()), (200, 1));
    assert_eq!(events[0].0, "record.read");
    assert!(events[0].1.contains("note.detail") && !events[0].1.contains("complaint"), "{}", events[0].1);
}

#[actix_web::test]
async fn who_must_give_a_reason_reads_nothing_without_one() {
    let world = world();
    let (without, events) = read_as(&world, "reason:case:read", None).await;
    assert_eq!((without.status, without.code(), events.len()), (400, "reason_required", 0));
    let (with, events) = read_as(&world, "reason:case:read", Some("a complaint came in")).await;
    assert_eq!((with.status, events.len()), (200, 1));
}

#[actix_web::test]
async fn who_must_give_a_reason_changes_nothing_without_one_and_a_digest_of_it_stands_beside_the_change() {
    let world = world();
    let service = world.service().await;
    let request_id = CaseId::new().to_string();
    for (path, token) in [("/api/v1/notes", "reason:case:note"), ("/api/v1/open-notes", "reason:case:create")] {
        let post = || by(TestRequest::post().uri(path).set_json(note(&fresh_text())), token);
        let post = || post().insert_header(("x-request-id", request_id.as_str()));
        let without = send(&service, post()).await;
        assert_eq!((without.status, without.code()), (400, "reason_required"));
        let with = send(&service, post().insert_header(("x-reason", "a complaint came in"))).await;
        assert_eq!(with.status, 201);
        let events = world.events(&request_id).await;
        let (name, facts) = events.last().unwrap();
        assert_eq!(name, "reason.stated");
        assert!(facts.contains(&token["reason:".len()..]) && !facts.contains("complaint"), "{facts}");
    }
    assert_eq!(world.events(&request_id).await.len(), 2);
    let own = by(TestRequest::post().uri("/api/v1/notes").set_json(note("own")), "own:case:note");
    assert_eq!(send(&service, own).await.status, 201);
}

#[actix_web::test]
async fn refusals_are_counted_together_and_kept_until_they_are_written() {
    let world = world();
    let service = world.service().await;
    for _ in 0..3 {
        send(&service, by(TestRequest::get().uri("/api/v1/notes"), "own:case:note")).await;
    }
    send(&service, TestRequest::get().uri(&format!("/api/v1/notes/{}", CaseId::new()))).await;
    send(&service, by(TestRequest::get().uri("/api/v1/out-of-reach"), "all:case:list")).await;
    assert_eq!(world.door.flush_refusals().await, Ok(3));
    send(&service, by(TestRequest::get().uri("/api/v1/notes"), "own:case:note")).await;
    assert_eq!(world.door.flush_refusals().await, Ok(1));
    assert_eq!(world.door.flush_refusals().await, Ok(0));
    let account = world.account.to_string();
    let counted: Vec<(String, String, i64)> = world
        .store
        .read(move |db| {
            let mine = refusals::table.filter(refusals::principal.eq(account));
            let shown = mine.select((refusals::operation, refusals::code, refusals::count)).order(refusals::operation);
            Ok(shown.load(db.conn()?)?)
        })
        .await
        .unwrap();
    let expected = [("GET /api/v1/notes", "forbidden", 4), ("GET /api/v1/out-of-reach", "out_of_reach", 1)];
    assert_eq!(counted, expected.map(|(operation, code, count)| (operation.to_owned(), code.to_owned(), count)));
}

#[actix_web::test]
async fn figures_are_for_those_who_may_see_them() {
    let world = world();
    let service = world.service().await;
    assert_eq!(send(&service, TestRequest::get().uri("/metrics")).await.status, 401);
    send(&service, by(TestRequest::get().uri("/api/v1/notes"), "all:case:list")).await;
    let got = send(&service, by(TestRequest::get().uri("/metrics"), "all:metrics:read")).await;
    assert_eq!(got.status, 200);
    assert!(got.text.contains("gcrm_requests_total{operation=\"listNotes\",status=\"200\"} 1"), "{}", got.text);
    assert!(got.text.contains("gcrm_requests_total{operation=\"getMetrics\",status=\"401\"} 1"));
}

#[actix_web::test]
async fn figures_tell_how_many_connections_of_the_pool_are_in_use_and_idle() {
    let world = world();
    let service = world.service().await;
    let figure = async |name: &str| {
        let got = send(&service, by(TestRequest::get().uri("/metrics"), "all:metrics:read")).await;
        let line = got.text.lines().find_map(|line| line.strip_prefix(&format!("gcrm_pool_connections_{name} ")));
        line.unwrap_or_else(|| panic!("{}", got.text)).parse::<u32>().unwrap()
    };
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let store = world.store.clone();
    let reading = actix_web::rt::spawn(async move {
        let work = move |_: &mut crate::store::Reader<'_>| {
            begun.send(()).unwrap();
            ended.recv().map_err(Failure::internal)
        };
        store.read(work).await
    });
    has_begun.await.unwrap();
    assert_eq!(figure("in_use").await, 1);
    end.send(()).unwrap();
    reading.await.unwrap().unwrap();
    assert_eq!(figure("in_use").await, 0);
    assert!(figure("idle").await >= 1);
}

#[test]
fn the_reasons_for_open_endpoints_are_these_and_no_others() {
    let names: Vec<_> = why::ALL.iter().map(|(name, ..)| *name).collect();
    let expected = ["Catalogue", "Login", "Registration", "Keys", "Submission", "Health", "Docs"];
    assert_eq!(names, expected);
    let honoured: Vec<_> =
        why::ALL.iter().filter(|(_, token, _)| *token == why::Token::Honoured).map(|(n, ..)| *n).collect();
    assert_eq!(honoured, ["Submission"]);
}
