//! The catalogue, and the page of a product.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use session_runtime::Session;

use crate::App;
use crate::database::{Product, ProductId};
use crate::error::Error;
use crate::frame::{Frame, Page};
use crate::session::Shop;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(catalogue))
        .route("/products/{id}", get(product))
}

#[derive(Template)]
#[template(path = "shop/catalogue.html")]
struct CataloguePage {
    frame: Frame,
    products: Vec<Product>,
}

async fn catalogue(
    mut session: Session<Shop>,
    State(app): State<App>,
) -> Result<Page<CataloguePage>, Error> {
    Ok(Page(CataloguePage {
        products: app.database.products().await?,
        frame: Frame::take(&mut session),
    }))
}

#[derive(Template)]
#[template(path = "shop/product.html")]
struct ProductPage {
    frame: Frame,
    product: Product,
}

async fn product(
    mut session: Session<Shop>,
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Page<ProductPage>, Error> {
    let product = app.database.product(id).await?;
    Ok(Page(ProductPage {
        product: product.ok_or(Error::NotFound)?,
        frame: Frame::take(&mut session),
    }))
}
