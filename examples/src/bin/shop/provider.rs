//! A payment provider. It stands in for another company's site: it is in this process, under another name. For browsers
//! `localhost` and `127.0.0.1` are two sites.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::database::{OrderId, Price};
use crate::error::Error;
use crate::frame::Page;

#[derive(Clone)]
pub(crate) struct Provider {
    port: u16,
    paid: Arc<Mutex<HashSet<OrderId>>>,
}

impl Provider {
    pub(crate) fn at(port: u16) -> Self {
        Self {
            port,
            paid: Arc::default(),
        }
    }

    /// The page on which the visitor pays.
    pub(crate) fn address(&self, order: OrderId, price: Price) -> String {
        let (port, Price(price)) = (self.port, price);
        format!("http://localhost:{port}/provider?order={order}&price={price}")
    }

    /// The question of one server to another.
    pub(crate) fn is_paid(&self, order: OrderId) -> bool {
        let paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        paid.contains(&order)
    }
}

pub(crate) fn routes(provider: Provider) -> Router {
    Router::new()
        .route("/provider", get(ask).post(pay))
        .with_state(provider)
}

#[derive(Template)]
#[template(path = "shop/provider.html")]
struct ProviderPage {
    payment: Payment,
}

#[derive(Deserialize)]
struct Payment {
    order: OrderId,
    price: Price,
}

async fn ask(Query(payment): Query<Payment>) -> Page<ProviderPage> {
    Page(ProviderPage { payment })
}

#[derive(Template)]
#[template(path = "shop/provider_done.html")]
struct DonePage {
    shop: String,
}

async fn pay(State(provider): State<Provider>, Form(payment): Form<Payment>) -> Response {
    let mut paid = provider.paid.lock().unwrap_or_else(PoisonError::into_inner);
    paid.insert(payment.order);
    let shop = format!("http://127.0.0.1:{}/payment/done", provider.port);
    match (DonePage { shop }).render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => Error::from(error).into_response(),
    }
}
