//! A small shop: a catalogue, a cart, registration, logins with a second factor, orders, payments and an account page.
//!
//! ```text
//! cargo run -p examples --bin shop
//! ```
//!
//! Then open <http://127.0.0.1:3000/>. Users, products and orders are in the file `shop.db`. Sessions are in their cookies.
//! An argument keeps them on the server:
//!
//! ```text
//! cargo run -p examples --bin shop -- --store sqlite:sessions.db
//! cargo run -p examples --bin shop -- --store redis://127.0.0.1/
//! cargo run -p examples --bin shop -- --store postgres://shop@localhost/shop
//! ```
//!
//! Read it from here: `session.rs` has the sessions, and each page has a file of its own. `tests.rs` shows how to test them.

mod account;
mod cart;
mod catalogue;
mod database;
mod error;
mod frame;
mod home;
mod login;
mod mail;
mod orders;
mod password;
mod payment;
mod provider;
mod session;
mod stock;
#[cfg(test)]
mod tests;
mod theme;

use std::env;
use std::error::Error;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;
use axum::{Router, middleware};
use examples::keys;
use session_runtime::{LoggedIn, Sessions};
use tokio::net::TcpListener;
use tower_http::csrf::CsrfLayer;

use self::database::Database;
use self::home::{Home, Layers};
use self::mail::Mail;
use self::provider::Provider;
use self::session::Shop;
use self::stock::Stock;

/// The state that the handlers share.
#[derive(Clone)]
struct App {
    database: Database,
    /// Lists and ends the sessions of users, for the account page.
    sessions: Sessions<Shop>,
    stock: Stock,
    mail: Mail,
    provider: Provider,
}

/// The whole site. Each layer is around the routes that stand before it.
fn site(layers: Layers, database: Database, mail: Mail, provider: Provider) -> Router {
    let shop = layers.shop.login_page("/login");
    let app = App {
        stock: Stock::new(),
        sessions: shop.sessions(),
        database,
        mail,
        provider: provider.clone(),
    };
    let for_users = Router::new()
        .merge(account::routes())
        .merge(orders::routes())
        .merge(payment::start())
        .route_layer(middleware::from_extractor::<LoggedIn<Shop>>());
    Router::new()
        .merge(catalogue::routes())
        .merge(cart::routes())
        .merge(login::routes().layer(layers.half_login))
        .merge(theme::routes())
        .merge(for_users)
        .layer(CsrfLayer::new())
        // A form of another site may post here, so the protection is not around it.
        .merge(payment::end())
        .layer(layers.payment)
        .layer(shop)
        .with_state(app)
        .merge(provider::routes(provider))
        .merge(files())
        .layer(middleware::from_fn(error::as_page))
}

/// They need no session, so they stand outside its layer and are cached.
fn files() -> Router {
    let file = |kind: &'static str, text: &'static str| {
        let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=3600")];
        get(move || async move { (headers, text) })
    };
    let css = include_str!("../../../static/shop.css");
    let script = include_str!("../../../static/shop.js");
    Router::new()
        .route("/shop.css", file("text/css", css))
        .route("/shop.js", file("text/javascript", script))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt::init();

    let arguments: Vec<String> = env::args().skip(1).collect();
    let home = match &*arguments {
        [] => Home::cookies(),
        [flag, address] if flag == "--store" => Home::open(address).await?,
        _ => return Err("shop takes no arguments, or `--store` and an address".into()),
    };
    let file = env::var("DATABASE").unwrap_or_else(|_| "shop.db".to_owned());
    let database = Database::open(&file).await?;

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    let provider = Provider::at(address.port());
    let site = site(
        home.layers(&keys("shop")?),
        database,
        Mail::to_terminal(),
        provider,
    );
    eprintln!("shop: http://{address}/");
    axum::serve(listener, site).await?;
    Ok(())
}
