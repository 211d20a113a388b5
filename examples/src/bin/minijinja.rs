//! Recipe: templates that are read at run time, with minijinja. The shop has templates that are compiled, with askama.
//!
//! ```text
//! cargo run -p examples --bin minijinja
//! ```
//!
//! A session is a struct, so a template gets it as any other value: the struct derives `Serialize` beside `Session`. The
//! template names what it shows. A flash field is taken by the handler, since a template cannot change a session.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::get;
use examples::{keys, serve};
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::Serialize;
use session_runtime::{Session, SessionLayer};

#[derive(Session, Serialize)]
#[session(cookie = "minijinja")]
struct Shop {
    visits: u32,
    cart: Vec<String>,
    #[session(flash)]
    notice: Option<String>,
}

const PAGE: &str = "{% if notice %}<p>{{ notice }}</p>{% endif %}\
    <p>Visit number: {{ shop.visits }}</p>\
    <ul>{% for item in shop.cart %}<li>{{ item }}</li>{% endfor %}</ul>";

type Templates = Arc<Environment<'static>>;

async fn index(
    mut session: Session<Shop>,
    State(templates): State<Templates>,
) -> Result<Html<String>, StatusCode> {
    session.visits += 1;
    let notice = session.notice.take();
    let shop = Value::from(Serde(&*session));
    let page = templates.get_template("page.html");
    let page = page.and_then(|page| page.render(context! { shop, notice }));
    page.map(Html).map_err(|error| {
        tracing::error!(%error, "a page failed");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn add(mut session: Session<Shop>) -> Redirect {
    session.cart.push("<tea>".to_owned());
    session.notice = Some("Tea is in your cart.".to_owned());
    Redirect::to("/")
}

fn app(layer: SessionLayer<Shop>) -> Result<Router, minijinja::Error> {
    let mut templates = Environment::new();
    templates.add_template("page.html", PAGE)?;
    let routes = Router::new().route("/", get(index)).route("/add", get(add));
    Ok(routes.layer(layer).with_state(Arc::new(templates)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();
    Ok(serve("minijinja", app(SessionLayer::new(keys("minijinja")?))?).await?)
}

#[cfg(test)]
mod tests {
    use session_runtime::Keyring;
    use session_runtime::test_kit::Browser;

    use super::*;

    #[tokio::test]
    async fn a_template_shows_the_fields_of_the_session_and_escapes_them() {
        let site = app(SessionLayer::new(Keyring::ephemeral())).unwrap();
        let mut browser = Browser::new(site);
        let page = browser.get("/add").await;
        assert!(page.text().contains("Tea is in your cart."));
        assert!(page.text().contains("<li>&lt;tea&gt;</li>"));
        let page = browser.get("/").await;
        assert!(page.text().contains("Visit number: 2"));
        assert!(!page.text().contains("Tea is in your cart."));
    }
}
