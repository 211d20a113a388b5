//! The counter on hyper and tower alone.
//!
//! ```text
//! cargo run -p examples --bin without_axum
//! ```
//!
//! The layer is a layer of tower around any service of `http` requests, so this needs nothing of axum but the trait of
//! `axum-core` that takes a session out of a request. Open <http://127.0.0.1:3000/> a few times.

use std::convert::Infallible;
use std::env;
use std::error::Error;

use axum_core::extract::FromRequestParts as _;
use examples::keys;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use session_runtime::{Session, SessionError, SessionLayer};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

#[derive(Session)]
struct Shop {
    visits: u32,
}

/// Counts a visit. The layer saves the session when the response is there.
async fn count(request: Request<Incoming>) -> Result<String, SessionError> {
    let (mut parts, _body) = request.into_parts();
    let mut session = Session::<Shop>::from_request_parts(&mut parts, &()).await?;
    session.visits += 1;
    Ok(format!("Visit number: {}", session.visits))
}

/// A session that is not there has a status, and a text for the log.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match count(request).await {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => {
            let text = error.to_string();
            tracing::error!(text, "no session");
            (StatusCode::from(error), String::new())
        }
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    Ok(response)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let service = ServiceBuilder::new()
        .layer(SessionLayer::<Shop>::new(keys("without_axum")?))
        .service(service_fn(answer));

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("without_axum: http://{}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            let done = connection.serve_connection(TokioIo::new(stream), service);
            if let Err(error) = done.await {
                tracing::debug!(error, "a connection failed");
            }
        });
    }
}
