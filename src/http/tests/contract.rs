use super::*;

#[actix_web::test]
async fn every_answer_is_dressed() {
    let world = world();
    let service = world.service().await;
    for (uri, status) in
        [("/health/live", 200), ("/nothing", 404), ("/api/v1/notes", 401), ("/docs/", 200), ("/docs", 307)]
    {
        let got = send(&service, TestRequest::get().uri(uri)).await;
        assert_eq!(got.status, status, "{uri}");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert!(got.header("content-security-policy").contains("frame-ancestors 'none'"), "{uri}");
        assert_eq!((got.header("cache-control"), got.header("api-version")), ("no-store", "1.0.0"));
        assert!(got.header("strict-transport-security").starts_with("max-age=63072000"));
        assert_eq!(got.header("referrer-policy"), "no-referrer");
        assert!(got.header("x-request-id").starts_with("req_"));
    }
}

#[actix_web::test]
async fn a_failure_is_a_problem_whoever_made_it() {
    let world = world();
    let service = world.service().await;
    let cases = [
        ("/nothing", 404),
        ("//api/v1/notes", 404),
        ("/api/v1/notes/", 404),
        ("/api/v1/NOTES", 404),
        ("/docs/nothing.js", 404),
        ("/api/v1/notes/%zz", 404),
        ("/api/v1/notes/not-an-id", 404),
        ("/problems/none_such", 404),
        ("/api/v1/notes?limit=0", 400),
    ];
    for (uri, status) in cases {
        let got = send(&service, by(TestRequest::get().uri(uri), "all:case:list,case:read")).await;
        assert_eq!(got.status, status, "{uri}: {}", got.text);
        assert_eq!(got.header("content-type"), "application/problem+json; charset=utf-8", "{uri}");
        assert_eq!(got.body["type"], format!("/problems/{}", got.code()));
        assert_eq!(
            (&got.body["status"], &got.body["instance"]),
            (&json!(status), &json!(uri.split('?').next().unwrap()))
        );
        assert_eq!(got.body["traceId"], got.header("x-request-id"));
        assert!(got.body["title"].is_string() && got.body["detail"].is_string());
    }
}

#[actix_web::test]
async fn a_wrong_method_is_405_and_allow_tells_the_right_ones() {
    let world = world();
    let service = world.service().await;
    let uri = format!("/api/v1/notes/{}", CaseId::new());
    let got = send(&service, TestRequest::post().uri(&uri)).await;
    assert_eq!((got.status, got.code()), (405, "method_not_allowed"));
    assert_eq!(got.header("allow"), "DELETE, GET, HEAD, OPTIONS, PUT");
    let options =
        send(&service, TestRequest::default().method(actix_web::http::Method::OPTIONS).uri("/api/v1/notes")).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS, POST"));
    let trace = send(&service, TestRequest::default().method(actix_web::http::Method::TRACE).uri("/health/live")).await;
    assert_eq!((trace.status, trace.header("allow")), (405, "GET, HEAD, OPTIONS"));
    let swapped = TestRequest::post().uri(&uri).insert_header(("x-http-method-override", "DELETE"));
    assert_eq!(send(&service, swapped).await.status, 405);
}

#[actix_web::test]
async fn head_is_get_without_a_body() {
    let world = world();
    let service = world.service().await;
    let head = TestRequest::default().method(actix_web::http::Method::HEAD).uri("/health/live");
    let got = send(&service, head).await;
    assert_eq!(got.status, 200);
    assert!(!got.header("etag").is_empty());
}

#[actix_web::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    let world = world();
    let service = world.service().await;
    let id = CaseId::new();
    let delete = || by(TestRequest::delete().uri(&format!("/api/v1/notes/{id}")), "own:case:note");
    for _ in 0..2 {
        let got = send(&service, delete()).await;
        assert_eq!((got.status, got.code()), (500, "internal"));
        assert_eq!(got.header("content-type"), "application/problem+json; charset=utf-8");
        assert_eq!(got.header("x-content-type-options"), "nosniff");
        assert!(!got.text.contains("would not go"));
    }
}

#[actix_web::test]
async fn a_change_needs_the_version_that_was_seen() {
    let world = world();
    let service = world.service().await;
    let added = send(&service, by(TestRequest::post().uri("/api/v1/notes").set_json(note("a")), "own:case:note")).await;
    let uri = added.header("location").to_owned();
    let put = || by(TestRequest::put().uri(&uri).set_json(note("b")), "own:case:note");
    let none = send(&service, put()).await;
    assert_eq!((none.status, none.code()), (428, "precondition_required"));
    let stale = send(&service, put().insert_header(("if-match", "\"6.abc\""))).await;
    assert_eq!((stale.status, stale.code()), (412, "stale"));
    let seen = send(&service, by(TestRequest::get().uri(&uri), "own:case:read")).await;
    let etag = seen.header("etag");
    assert!(etag.starts_with("\"7.") && etag.ends_with('"'), "{etag}");
    assert_eq!(send(&service, put().insert_header(("if-match", etag))).await.status, 200);
    assert_eq!(send(&service, put().insert_header(("if-match", "*"))).await.status, 200);
    let same = by(TestRequest::get().uri(&uri), "own:case:read").insert_header(("if-none-match", etag));
    let unchanged = send(&service, same).await;
    assert_eq!((unchanged.status, unchanged.text.as_str(), unchanged.header("etag")), (304, "", etag));
    let loud =
        by(TestRequest::get().uri(&format!("{uri}?loud=true")), "own:case:read").insert_header(("if-none-match", etag));
    let loud = send(&service, loud).await;
    assert_eq!(loud.status, 200, "{}", loud.text);
}

#[actix_web::test]
async fn a_list_leads_from_page_to_page_to_its_end() {
    let world = world();
    let service = world.service().await;
    let text = fresh_text();
    let mut added = Vec::new();
    for _ in 0..5 {
        let post = by(TestRequest::post().uri("/api/v1/notes").set_json(note(&text)), "own:case:note");
        added.push(send(&service, post).await.body["id"].clone());
    }
    let mut uri = format!("/api/v1/notes?limit=2&text={text}");
    let mut seen = Vec::new();
    loop {
        let page = send(&service, by(TestRequest::get().uri(&uri), "all:case:list")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        seen.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let link = page.header("link");
        assert_eq!(page.body["next"].is_null(), link.is_empty());
        let Some(next) = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\"")) else { break };
        uri = next.to_owned();
    }
    assert_eq!(seen, added);
}

#[actix_web::test]
async fn an_operation_takes_no_query_parameter_that_is_not_documented() {
    let world = world();
    let service = world.service().await;
    let post = by(TestRequest::post().uri("/api/v1/notes?force=true").set_json(note("a")), "own:case:note");
    let got = send(&service, post).await;
    assert_eq!((got.status, got.errors()), (400, vec![("force".into(), "unknown_parameter".into())]));
    let token = TestRequest::get().uri("/api/v1/notes?access_token=x");
    assert_eq!(send(&service, token).await.status, 401);
    let list = send(&service, by(TestRequest::get().uri("/api/v1/notes?fields=secret&limit=x"), "all:case:list")).await;
    assert_eq!(
        list.errors(),
        [("fields".into(), "unknown_parameter".into()), ("limit".into(), "invalid_value".into())]
    );
}

#[actix_web::test]
async fn who_accepts_no_json_gets_406() {
    let world = world();
    let service = world.service().await;
    let list =
        |accept: &str| by(TestRequest::get().uri("/api/v1/notes").insert_header(("accept", accept)), "all:case:list");
    assert_eq!(send(&service, list("application/xml")).await.code(), "not_acceptable");
    assert_eq!(send(&service, list("text/html, */*;q=0.1")).await.status, 200);
}

#[actix_web::test]
async fn a_database_that_is_away_is_503_and_the_process_still_lives() {
    let url = DatabaseUrl::parse("postgres://nobody@127.0.0.1:1/none").unwrap();
    let options = Options { wait: std::time::Duration::from_millis(100), ..Options::default() };
    let store = Store::open(&url, &options).unwrap();
    let world = door_on(store, Clock::machine(), Limits::default(), tempfile::tempdir().unwrap());
    let service = world.service().await;
    let ready = send(&service, TestRequest::get().uri("/health/ready")).await;
    assert_eq!((ready.status, ready.code(), ready.header("retry-after")), (503, "unavailable", "2"));
    assert!(!ready.text.contains("127.0.0.1"));
    let list = send(&service, by(TestRequest::get().uri("/api/v1/notes"), "all:case:list")).await;
    assert_eq!(list.status, 503);
    assert_eq!(send(&service, TestRequest::get().uri("/health/live")).await.status, 200);
    send(&service, TestRequest::get().uri("/api/v1/notes")).await;
    assert!(world.door.flush_refusals().await.is_err());
}

#[actix_web::test]
async fn a_ready_process_tells_how_far_its_ledger_is_behind() {
    let world = world();
    let got = send(&world.service().await, TestRequest::get().uri("/health/ready")).await;
    let ledger = json!({ "rows": 3, "oldestSeconds": 2 });
    assert_eq!(got.body, json!({ "status": "ready", "ledger": ledger, "failingWorkers": [] }));
}

#[actix_web::test]
async fn the_document_is_complete_and_served_to_any_origin() {
    let world = world();
    let service = world.service().await;
    let got = send(&service, TestRequest::get().uri("/openapi.json")).await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (200, "*"));
    let again = send(&service, TestRequest::get().uri("/api/v1/openapi.json")).await;
    assert_eq!(got.body, again.body);
    let document = crate::http::document(&about(), routes);
    assert_eq!(got.body, document);
    assert_eq!(crate::http::defects(&document), Vec::<String>::new());
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let keys = |pointer: &str| -> Vec<String> {
        let object = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer}"));
        let mut keys: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let put = [
        "200", "400", "401", "403", "404", "406", "408", "409", "412", "413", "415", "428", "429", "431", "500", "503",
    ];
    assert_eq!(keys("/paths/~1notes~1{id}/put/responses"), put);
    let open = ["201", "400", "406", "408", "409", "413", "415", "422", "429", "431", "500", "503"];
    assert_eq!(keys("/paths/~1open-notes/post/responses"), open);
    assert_eq!(document.pointer("/paths/~1open-notes/post/security"), Some(&json!([])));
    assert_eq!(document.pointer("/paths/~1notes/get/security"), Some(&json!([{ "bearer": [] }])));
    assert_eq!(keys("/paths/~1notes/post/responses/201/headers"), ["API-Version", "Location", "X-Request-Id"]);
    references_resolve(&document, &document);
    let described = crate::http::operations(&document);
    let put = described.iter().find(|operation| operation.id == "putNote").unwrap();
    assert_eq!((put.method.as_str(), put.path.as_str()), ("PUT", "/api/v1/notes/{id}"));
    assert_eq!(put.permission.as_deref(), Some("case:note"));
    assert!(described.iter().any(|operation| operation.path == "/health/ready" && operation.permission.is_none()));
}

fn references_resolve(document: &Value, part: &Value) {
    match part {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
            }
            object.values().for_each(|value| references_resolve(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| references_resolve(document, value)),
        _ => {}
    }
}

#[actix_web::test]
async fn every_problem_has_a_page_in_both_languages() {
    let world = world();
    let service = world.service().await;
    for code in Code::ALL {
        let uri = format!("/problems/{}", code.code());
        let got = send(&service, TestRequest::get().uri(&uri)).await;
        assert_eq!((got.status, &got.body["status"]), (200, &json!(code.status())), "{uri}");
        let chinese = send(&service, TestRequest::get().uri(&uri).insert_header(("accept-language", "zh"))).await;
        assert_ne!(got.body["title"], chinese.body["title"]);
    }
}

#[actix_web::test]
async fn the_pages_of_the_documentation_need_no_internet() {
    let world = world();
    let service = world.service().await;
    let page = send(&service, TestRequest::get().uri("/docs/")).await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("https://") && !page.text.contains("//cdn"), "{}", page.text);
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
}
