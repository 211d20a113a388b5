//! The cart: a page, the same as JSON, and the stock of what is in it as a stream of events.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{Form, Json, Path, State};
use axum::response::Redirect;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use serde::{Deserialize, Serialize};
use session_runtime::{Background, Session};
use tokio_stream::{Stream, StreamExt as _};

use crate::App;
use crate::database::{Database, Price, Product, ProductId};
use crate::error::Error;
use crate::frame::{Frame, Page};
use crate::session::{Line, Shop};
use crate::stock::StockOf;

/// So much of one product fits in a cart. There are few products, so a cart has an end.
const MOST: u32 = 20;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/cart", get(show).post(add))
        .route("/cart/{product}/remove", post(remove))
        .route("/api/cart", get(as_json).post(add_json))
        // A page that waits for events is no use of the session: it would never expire while a tab is open.
        .route("/cart/stock", get(stock).layer(Background))
}

#[derive(Template)]
#[template(path = "shop/cart.html")]
struct CartPage {
    frame: Frame,
    items: Vec<Item>,
    price: Price,
}

#[derive(Serialize)]
struct Item {
    product: Product,
    quantity: u32,
}

async fn show(mut session: Session<Shop>, State(app): State<App>) -> Result<Page<CartPage>, Error> {
    let items = items(&session.cart, &app.database).await?;
    Ok(Page(CartPage {
        price: price(&items),
        items,
        frame: Frame::take(&mut session),
    }))
}

/// The lines of a cart with their products. A product that the shop does not sell any more is left out.
async fn items(cart: &[Line], database: &Database) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    for Line { product, quantity } in cart {
        let quantity = *quantity;
        let product = database.product(*product).await?;
        items.extend(product.map(|product| Item { product, quantity }));
    }
    Ok(items)
}

fn price(items: &[Item]) -> Price {
    let prices = items.iter().map(|item| item.product.price * item.quantity);
    prices.sum()
}

#[derive(Deserialize)]
struct Choice {
    product: ProductId,
    quantity: u32,
}

async fn add(
    mut session: Session<Shop>,
    State(app): State<App>,
    Form(choice): Form<Choice>,
) -> Result<Redirect, Error> {
    let product = app.database.product(choice.product).await?;
    let product = product.ok_or(Error::NotFound)?;
    put(&mut session.cart, &choice);
    session.notice = Some(format!("{} is in your cart.", product.name));
    Ok(Redirect::to("/cart"))
}

fn put(cart: &mut Vec<Line>, Choice { product, quantity }: &Choice) {
    match cart.iter_mut().find(|line| line.product == *product) {
        Some(line) => line.quantity = line.quantity.saturating_add(*quantity).min(MOST),
        None => cart.push(Line {
            product: *product,
            quantity: (*quantity).clamp(1, MOST),
        }),
    }
}

async fn remove(mut session: Session<Shop>, Path(product): Path<ProductId>) -> Redirect {
    session.cart.retain(|line| line.product != product);
    Redirect::to("/cart")
}

#[derive(Serialize)]
struct Cart {
    items: Vec<Item>,
    price: Price,
}

async fn as_json(session: Session<Shop>, State(app): State<App>) -> Result<Json<Cart>, Error> {
    let items = items(&session.cart, &app.database).await?;
    let price = price(&items);
    Ok(Json(Cart { items, price }))
}

async fn add_json(
    mut session: Session<Shop>,
    State(app): State<App>,
    Json(choice): Json<Choice>,
) -> Result<Json<Cart>, Error> {
    let product = app.database.product(choice.product).await?;
    product.ok_or(Error::NotFound)?;
    put(&mut session.cart, &choice);
    as_json(session, State(app)).await
}

/// The handler takes what it needs out of the session before the stream begins. The cookies go with the head of a response,
/// so nothing can be saved after that.
async fn stock(session: Session<Shop>, State(app): State<App>) -> Result<impl IntoResponse, Error> {
    let products = session.cart.iter().map(|line| line.product).collect();
    let now = app.database.products().await?;
    let changes = app.stock.changes_of(products, &now);
    Ok(Sse::new(events(changes)).keep_alive(KeepAlive::default()))
}

fn events(changes: impl Stream<Item = StockOf>) -> impl Stream<Item = Result<Event, Infallible>> {
    changes.map(|change| {
        let event = Event::default().json_data(change);
        Ok(event.unwrap_or_else(|_| Event::default().comment("a stock that is no JSON")))
    })
}
