//! The stock of the products, as it changes.

use serde::Serialize;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt as _, iter};

use crate::database::{Product, ProductId};

#[derive(Clone)]
pub(crate) struct Stock(broadcast::Sender<StockOf>);

#[derive(Clone, Copy, Serialize)]
pub(crate) struct StockOf {
    product: ProductId,
    stock: i64,
}

impl Stock {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(64))
    }

    pub(crate) fn tell(&self, products: &[Product]) {
        for stock in products.iter().map(StockOf::new) {
            // There may be no page that listens.
            let _ = self.0.send(stock);
        }
    }

    /// The stock of these products as it is now, and then each change.
    pub(crate) fn changes_of(
        &self,
        products: Vec<ProductId>,
        now: &[Product],
    ) -> impl Stream<Item = StockOf> + use<> {
        let now: Vec<_> = now.iter().map(StockOf::new).collect();
        // A page that fell behind gets the next change.
        let later = BroadcastStream::new(self.0.subscribe()).filter_map(Result::ok);
        let all = iter(now).chain(later);
        all.filter(move |change| products.contains(&change.product))
    }
}

impl StockOf {
    fn new(product: &Product) -> Self {
        Self {
            product: product.id,
            stock: product.stock,
        }
    }
}
