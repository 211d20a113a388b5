//! Light or dark.

use axum::Router;
use axum::extract::Form;
use axum::http::header::REFERER;
use axum::http::{HeaderMap, Uri};
use axum::response::Redirect;
use axum::routing::post;
use serde::Deserialize;
use session_runtime::{Session, local_path};

use crate::App;
use crate::session::{Shop, Theme};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/theme", post(change))
}

#[derive(Deserialize)]
struct Choice {
    theme: Theme,
}

async fn change(
    mut session: Session<Shop>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Redirect {
    session.theme = choice.theme;
    Redirect::to(&page_before(&headers))
}

/// The path of the page that the button stands on.
fn page_before(headers: &HeaderMap) -> String {
    let address = headers.get(REFERER).and_then(|page| page.to_str().ok());
    let address = address.and_then(|page| page.parse::<Uri>().ok());
    let path = address.as_ref().and_then(Uri::path_and_query);
    let path = path.and_then(|path| local_path(path.as_str()));
    path.unwrap_or("/").to_owned()
}
