//! Users, products and orders, in SQLite.

use std::fmt;
use std::iter::Sum;
use std::ops::Mul;

use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{FromRow, SqlitePool, query, query_as, query_scalar};

use crate::session::Line;

pub(crate) type UserId = i64;
pub(crate) type ProductId = i64;
pub(crate) type OrderId = i64;

/// So many codes may be tried, and no more.
const CODE_ATTEMPTS: i64 = 5;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        password TEXT NOT NULL,
        needs_code BOOLEAN NOT NULL DEFAULT FALSE
    );
    CREATE TABLE IF NOT EXISTS codes (
        user INTEGER PRIMARY KEY REFERENCES users,
        code TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        ends INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS products (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        picture TEXT NOT NULL,
        about TEXT NOT NULL,
        price INTEGER NOT NULL,
        stock INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY,
        user INTEGER NOT NULL REFERENCES users,
        price INTEGER NOT NULL,
        paid BOOLEAN NOT NULL DEFAULT FALSE
    );
    CREATE TABLE IF NOT EXISTS order_lines (
        of_order INTEGER NOT NULL REFERENCES orders,
        product INTEGER NOT NULL REFERENCES products,
        quantity INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO products VALUES
        (1, 'Sencha', '🍵', 'Green tea from the first harvest, fresh and a little sweet.', 1250, 20),
        (2, 'Assam', '🫖', 'Strong black tea for the morning, and for milk.', 890, 20),
        (3, 'Camomile', '🌼', 'Flowers from the meadow, for the evening.', 590, 20),
        (4, 'Teapot', '🏺', 'Cast iron, for four cups. It keeps warm for an hour.', 4900, 3),
        (5, 'Biscuits', '🍪', 'Butter, flour, sugar, and a grain of salt.', 450, 50),
        (6, 'Honey', '🍯', 'From the lime trees behind the shop.', 790, 12);";

#[derive(Clone)]
pub(crate) struct Database(SqlitePool);

/// A price in cents, which are whole numbers.
#[derive(Clone, Copy, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Price(pub(crate) i64);

impl Mul<u32> for Price {
    type Output = Self;

    fn mul(self, quantity: u32) -> Self {
        Self(self.0 * i64::from(quantity))
    }
}

impl Sum for Price {
    fn sum<I: Iterator<Item = Self>>(prices: I) -> Self {
        Self(prices.map(|Self(cents)| cents).sum())
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "€ {}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[derive(FromRow)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) name: String,
    /// A hash of the password.
    pub(crate) password: String,
    pub(crate) needs_code: bool,
}

#[derive(Clone, Serialize, Deserialize, FromRow)]
pub(crate) struct Product {
    pub(crate) id: ProductId,
    pub(crate) name: String,
    pub(crate) picture: String,
    pub(crate) about: String,
    pub(crate) price: Price,
    pub(crate) stock: i64,
}

#[derive(FromRow)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) price: Price,
    pub(crate) paid: bool,
}

#[derive(FromRow)]
pub(crate) struct OrderLine {
    pub(crate) name: String,
    pub(crate) quantity: i64,
}

impl Database {
    /// `:memory:` is a database that ends with the process.
    pub(crate) async fn open(file: &str) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new().filename(file);
        let pool = if file == ":memory:" {
            // Each connection would have another one.
            let one = SqlitePoolOptions::new().max_connections(1);
            one.idle_timeout(None).max_lifetime(None)
        } else {
            SqlitePoolOptions::new()
        };
        let pool = pool.connect_with(options.create_if_missing(true)).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// `None` if the name is taken.
    pub(crate) async fn register(
        &self,
        name: &str,
        password: &str,
    ) -> sqlx::Result<Option<UserId>> {
        query_scalar(
            "INSERT INTO users (name, password) VALUES (?, ?) \
             ON CONFLICT DO NOTHING RETURNING id",
        )
        .bind(name)
        .bind(password)
        .fetch_optional(&self.0)
        .await
    }

    pub(crate) async fn user_named(&self, name: &str) -> sqlx::Result<Option<User>> {
        let user = query_as("SELECT * FROM users WHERE name = ?").bind(name);
        user.fetch_optional(&self.0).await
    }

    pub(crate) async fn user(&self, id: UserId) -> sqlx::Result<User> {
        let user = query_as("SELECT * FROM users WHERE id = ?").bind(id);
        user.fetch_one(&self.0).await
    }

    pub(crate) async fn set_password(&self, user: UserId, password: &str) -> sqlx::Result<()> {
        let update = query("UPDATE users SET password = ? WHERE id = ?");
        update.bind(password).bind(user).execute(&self.0).await?;
        Ok(())
    }

    pub(crate) async fn set_needs_code(&self, user: UserId, needs_code: bool) -> sqlx::Result<()> {
        let update = query("UPDATE users SET needs_code = ? WHERE id = ?");
        update.bind(needs_code).bind(user).execute(&self.0).await?;
        Ok(())
    }

    /// Makes this the one code that logs the user in, for ten minutes. While the code before it is good, the attempts go on
    /// counting: who knows the password could ask for one code after another, and guess for ever.
    pub(crate) async fn set_code(&self, user: UserId, code: &str) -> sqlx::Result<()> {
        query(
            "INSERT INTO codes (user, code, ends) VALUES (?, ?, unixepoch() + 600) \
             ON CONFLICT DO UPDATE SET code = excluded.code, ends = excluded.ends, \
             attempts = CASE WHEN ends > unixepoch() THEN attempts ELSE 0 END",
        )
        .bind(user)
        .bind(code)
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Counts an attempt before it is looked at, so that a hundred requests at once are a hundred attempts. A session
    /// counts when the response is saved, which is too late for that. `None` if there is no code, or no attempt left.
    pub(crate) async fn code_to_try(&self, user: UserId) -> sqlx::Result<Option<String>> {
        query_scalar(
            "UPDATE codes SET attempts = attempts + 1 \
             WHERE user = ? AND attempts < ? AND ends > unixepoch() RETURNING code",
        )
        .bind(user)
        .bind(CODE_ATTEMPTS)
        .fetch_optional(&self.0)
        .await
    }

    /// A code is good for one login. Returns false if another request was faster.
    pub(crate) async fn use_code(&self, user: UserId) -> sqlx::Result<bool> {
        let deleted = query("DELETE FROM codes WHERE user = ?").bind(user);
        Ok(deleted.execute(&self.0).await?.rows_affected() > 0)
    }

    pub(crate) async fn products(&self) -> sqlx::Result<Vec<Product>> {
        let products = query_as("SELECT * FROM products ORDER BY id");
        products.fetch_all(&self.0).await
    }

    pub(crate) async fn product(&self, id: ProductId) -> sqlx::Result<Option<Product>> {
        let product = query_as("SELECT * FROM products WHERE id = ?").bind(id);
        product.fetch_optional(&self.0).await
    }

    /// Takes the products out of the stock. `None` if there is too little of one.
    pub(crate) async fn order(&self, user: UserId, cart: &[Line]) -> sqlx::Result<Option<OrderId>> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let order = query_scalar("INSERT INTO orders (user, price) VALUES (?, 0) RETURNING id");
        let order: OrderId = order.bind(user).fetch_one(&mut *transaction).await?;
        for Line { product, quantity } in cart {
            let price: Option<Price> = query_scalar(
                "UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2 \
                 RETURNING price * $2",
            )
            .bind(product)
            .bind(quantity)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(price) = price else {
                return Ok(None); // what is not committed is undone
            };
            query("INSERT INTO order_lines VALUES (?, ?, ?)")
                .bind(order)
                .bind(product)
                .bind(quantity)
                .execute(&mut *transaction)
                .await?;
            query("UPDATE orders SET price = price + ? WHERE id = ?")
                .bind(price)
                .bind(order)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(Some(order))
    }

    pub(crate) async fn orders(&self, user: UserId) -> sqlx::Result<Vec<Order>> {
        let orders = query_as("SELECT id, price, paid FROM orders WHERE user = ? ORDER BY id DESC");
        orders.bind(user).fetch_all(&self.0).await
    }

    /// An order of this user. Whoever guesses the number of another user's order finds nothing.
    pub(crate) async fn order_of(
        &self,
        user: UserId,
        order: OrderId,
    ) -> sqlx::Result<Option<Order>> {
        let found = query_as("SELECT id, price, paid FROM orders WHERE user = ? AND id = ?");
        found.bind(user).bind(order).fetch_optional(&self.0).await
    }

    pub(crate) async fn lines(&self, order: OrderId) -> sqlx::Result<Vec<OrderLine>> {
        query_as(
            "SELECT name, quantity FROM order_lines JOIN products ON id = product \
             WHERE of_order = ? ORDER BY id",
        )
        .bind(order)
        .fetch_all(&self.0)
        .await
    }

    pub(crate) async fn set_paid(&self, order: OrderId) -> sqlx::Result<()> {
        let update = query("UPDATE orders SET paid = TRUE WHERE id = ?");
        update.bind(order).execute(&self.0).await?;
        Ok(())
    }
}
