//! Orders, for users only.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::get;
use session_runtime::{LoggedIn, Session};

use crate::App;
use crate::database::{Order, OrderId, OrderLine};
use crate::error::Error;
use crate::frame::{Frame, Page};
use crate::session::Shop;

/// For users only: see `site`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/orders", get(list).post(order))
        .route("/orders/{id}", get(show))
}

#[derive(Template)]
#[template(path = "shop/orders.html")]
struct OrdersPage {
    frame: Frame,
    orders: Vec<Order>,
}

async fn list(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
) -> Result<Page<OrdersPage>, Error> {
    Ok(Page(OrdersPage {
        orders: app.database.orders(user).await?,
        frame: Frame::take(&mut session),
    }))
}

#[derive(Template)]
#[template(path = "shop/order.html")]
struct OrderPage {
    frame: Frame,
    order: Order,
    lines: Vec<OrderLine>,
}

async fn show(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Page<OrderPage>, Error> {
    let order = app.database.order_of(user, id).await?;
    Ok(Page(OrderPage {
        order: order.ok_or(Error::NotFound)?,
        lines: app.database.lines(id).await?,
        frame: Frame::take(&mut session),
    }))
}

/// Orders what is in the cart.
async fn order(
    LoggedIn(user): LoggedIn<Shop>,
    mut session: Session<Shop>,
    State(app): State<App>,
) -> Result<Redirect, Error> {
    if session.cart.is_empty() {
        return Ok(Redirect::to("/cart"));
    }
    let Some(order) = app.database.order(user, &session.cart).await? else {
        session.notice = Some("There is too little of something in your cart.".to_owned());
        return Ok(Redirect::to("/cart"));
    };
    session.cart.clear();
    session.notice = Some("Thank you for your order.".to_owned());
    app.stock.tell(&app.database.products().await?);
    Ok(Redirect::to(&format!("/orders/{order}")))
}
