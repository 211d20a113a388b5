//! The payment: to the provider, which is another site, and back from there by a form that it posts.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use session_runtime::{Keyring, LoggedIn, SameSite, Session, SessionLayer};

use crate::App;
use crate::database::OrderId;
use crate::error::Error;
use crate::session::{Payment, Shop};

/// Browsers send this cookie also with a form of another site, so it holds nothing but the number of an order.
pub(crate) fn layer(keys: Keyring) -> SessionLayer<Payment> {
    SessionLayer::new(keys).same_site(SameSite::None)
}

/// For users only: see `site`.
pub(crate) fn start() -> Router<App> {
    Router::new().route("/orders/{id}/pay", post(pay))
}

async fn pay(
    LoggedIn(user): LoggedIn<Shop>,
    mut payment: Session<Payment>,
    State(app): State<App>,
    Path(order): Path<OrderId>,
) -> Result<Redirect, Error> {
    let order = app.database.order_of(user, order).await?;
    let order = order.ok_or(Error::NotFound)?;
    payment.order = Some(order.id);
    Ok(Redirect::to(&app.provider.address(order.id, order.price)))
}

/// For the form that the provider's page posts.
pub(crate) fn end() -> Router<App> {
    Router::new().route("/payment/done", post(done))
}

/// The cookie of the shop does not come with this request. A handler that asked for that session would see a new visitor,
/// and what it wrote would log the user out. So it answers with a redirect to a page that has the session.
async fn done(mut payment: Session<Payment>, State(app): State<App>) -> Result<Redirect, Error> {
    let Some(order) = payment.order.take() else {
        return Ok(Redirect::to("/orders"));
    };
    // What a browser brings from the provider proves nothing. The provider itself is asked.
    if app.provider.is_paid(order) {
        app.database.set_paid(order).await?;
    }
    Ok(Redirect::to(&format!("/orders/{order}")))
}
