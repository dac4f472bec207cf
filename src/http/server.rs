//! The app and the server around the routes.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_service::{ServiceFactoryExt, map_config};
use actix_web::body::{BoxBody, SizedStream};
use actix_web::dev::{AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse, fn_service};
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpResponse, get, web};
use futures_util::stream;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::door::Door;
use super::envelope::envelope;
use super::guard::Open;
use super::line::Line;
use super::operations::{Operations, unmatched};
use super::{error_pages, health, metrics, openapi, why};

/// All routes of the service: called once for each thread that answers requests.
pub trait Configure: Fn(&mut ServiceConfig) + Clone + Send + 'static {}

impl<F: Fn(&mut ServiceConfig) + Clone + Send + 'static> Configure for F {}

/// Mounts rooms below `/api/v1`: `http::api(config, |api| { api.configure(cases::routes); })`.
pub fn api(config: &mut ServiceConfig<'_>, rooms: impl FnOnce(&mut ServiceConfig)) {
    config.service(scope(openapi::BASE).configure(|scoped| {
        rooms(scoped);
        scoped.service(get_versioned_document);
    }));
}

/// The app: the routes behind the door, and the door's own. For tests, too: `test::init_service(http::app(&door, routes))`.
pub fn app<R: FnOnce(&mut ServiceConfig)>(
    door: &Door,
    routes: R,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
    + use<R>,
> {
    let collected = App::new().app_data(web::Data::new(door.clone())).into_utoipa_app().configure(|config| {
        routes(config);
        own(config);
    });
    let (app, collected) = collected.split_for_parts();
    let document = openapi::finish(collected, &door.0.about);
    let pages = SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none"));
    app.app_data(web::Data::new(Operations::of(&document)))
        .app_data(web::Data::new(Document(document.to_string().into())))
        .service(web::redirect("/docs", "/docs/"))
        .service(pages)
        .default_service(web::to(unmatched))
        .wrap(from_fn(envelope))
}

/// Serves until `stop` is ready, then finishes what is being answered. It listens to no signals itself: Ctrl-C would cut
/// every answer short.
///
/// # Errors
/// A listener that cannot be used.
pub fn serve(
    door: &Door,
    routes: impl Configure,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let limits = door.limits();
    let workers = limits.workers.max(1);
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(limits.connections.div_ceil(workers).max(1))
        .shutdown_timeout(limits.shutdown.as_secs())
        .shutdown_signal(stop);
    let (stopping, inside, address) = (server.graceful_shutdown_signal(), door.clone(), listener.local_addr()?);
    // What `actix_web::HttpServer` does, on lines of our own.
    let each_worker = move || {
        let (limits, stopping) = (inside.limits(), stopping.clone());
        let http = HttpService::<_, _, BoxBody>::build()
            .local_addr(address)
            .keep_alive(KeepAlive::Timeout(limits.keep_alive))
            .client_request_timeout(limits.head_deadline)
            .client_disconnect_timeout(Duration::from_secs(1))
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .on_connect_ext(|line: &Line, data| {
                data.insert(line.place());
            })
            .h1(map_config(app(&inside, routes.clone()), |()| AppConfig::default()));
        let (connections, patience) = (inside.0.connections.clone(), limits.answer_deadline);
        let line =
            move |stream: TcpStream| ready(Line::open(stream, &connections, patience).map_err(DispatchError::Io));
        fn_service(line).and_then(http)
    };
    Ok(server.listen("gcrm", listener, each_worker)?.run())
}

/// The door's own routes.
pub(super) fn own(config: &mut ServiceConfig<'_>) {
    config
        .service(health::live)
        .service(health::ready)
        .service(metrics::get_metrics)
        .service(error_pages::get_problem_kind)
        .service(get_document);
}

/// The finished OpenAPI document, one copy for all who read it.
struct Document(Bytes);

/// Bytes of it that are handed out at a time: of a caller who reads slowly, no more waits in memory than some of these.
const PIECE: usize = 16 * 1024;

impl Document {
    fn pieces(&self) -> impl Iterator<Item = Bytes> + use<> {
        let whole = self.0.clone();
        (0..whole.len()).step_by(PIECE).map(move |at| whole.slice(at..whole.len().min(at.saturating_add(PIECE))))
    }
}

/// This document
///
/// The OpenAPI 3.1 document of all operations, for any origin.
#[utoipa::path(
    operation_id = "getOpenApi",
    tag = "documentation",
    responses((status = 200, description = "The document.", body = Object))
)]
#[get("/openapi.json")]
async fn get_document(_open: Open<why::Docs>, document: web::Data<Document>) -> HttpResponse {
    shown(&document)
}

/// This document, below its version
///
/// The OpenAPI 3.1 document of all operations, for any origin.
#[utoipa::path(
    operation_id = "getVersionedOpenApi",
    tag = "documentation",
    responses((status = 200, description = "The document.", body = Object))
)]
#[get("/openapi.json")]
async fn get_versioned_document(_open: Open<why::Docs>, document: web::Data<Document>) -> HttpResponse {
    shown(&document)
}

fn shown(document: &Document) -> HttpResponse {
    let length = u64::try_from(document.0.len()).unwrap_or_default();
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("cross-origin-resource-policy", "cross-origin"))
        .insert_header(("cache-control", "no-cache"))
        .content_type("application/json; charset=utf-8")
        .body(SizedStream::new(length, stream::iter(document.pieces().map(Ok::<_, Infallible>))))
}
