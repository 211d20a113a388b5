//! The requests that a visitor and the scripts of a page make.

use std::fmt::Debug;
use std::panic::Location;

use axum_core::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, Uri};
use serde::Serialize;
use tower_service::Service;
use url::form_urlencoded;

use super::{Browser, Page};

impl<S, B> Browser<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Debug,
    B: http_body::Body,
    B::Error: Debug,
{
    /// Asks for a page, as a visitor does who follows a link: the request accepts `text/html`.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/", get(async || "hello"));
    /// assert_eq!(Browser::new(app).get("/").await.text(), "hello");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path; otherwise as [`send`](Self::send).
    #[track_caller]
    pub fn get(&mut self, path: &str) -> impl Future<Output = Page> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = parse(path);
        self.send(self.as_visitor(request))
    }

    /// Asks for data, as a script in a page does with `fetch`: the request accepts anything. A route for
    /// users answers it with a 401 where [`get`](Self::get) is sent to the login page.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use session_runtime::test_kit::Browser;
    /// use session_runtime::{Identity, Keyring, LoggedIn, Session, SessionLayer};
    ///
    /// #[derive(Session)]
    /// struct Shop {
    ///     #[session(identity)]
    ///     user: Identity<u64>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new()
    ///     .route("/orders", get(async |LoggedIn(user): LoggedIn<Shop>| format!("Orders of {user}")))
    ///     .route("/login", get(async || "Who are you?"))
    ///     .layer(SessionLayer::<Shop>::new(Keyring::ephemeral()).login_page("/login"));
    /// let mut browser = Browser::new(app);
    /// assert_eq!(browser.get("/orders").await.text(), "Who are you?");
    /// assert_eq!(browser.get_as_script("/orders").await.status(), 401);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path; otherwise as [`send`](Self::send).
    #[track_caller]
    pub fn get_as_script(&mut self, path: &str) -> impl Future<Output = Page> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = parse(path);
        self.send(self.as_script(request))
    }

    /// Submits a form. The request accepts `text/html`.
    ///
    /// ```
    /// use axum::{Form, Router, routing::post};
    /// use session_runtime::test_kit::Browser;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct LogIn {
    ///     user: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/login", post(async |form: Form<LogIn>| form.0.user));
    /// let page = Browser::new(app).post("/login", &[("user", "Ann & Bob")]).await;
    /// assert_eq!(page.text(), "Ann & Bob");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path; otherwise as [`send`](Self::send).
    #[track_caller]
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> impl Future<Output = Page> {
        let mut fields = form_urlencoded::Serializer::new(String::new());
        let body = fields.extend_pairs(form).finish();
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = parse(path);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        self.send(self.as_visitor(request))
    }

    /// Sends JSON, as a script in a page does: the request accepts anything.
    ///
    /// ```
    /// use axum::{Json, Router, routing::post};
    /// use serde_json::{Value, json};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/cart", post(async |Json(line): Json<Value>| line["sku"].to_string()));
    /// let page = Browser::new(app).post_json("/cart", &json!({ "sku": 7 })).await;
    /// assert_eq!(page.text(), "7");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When `path` is not a path, or `value` cannot be JSON; otherwise as [`send`](Self::send).
    #[track_caller]
    #[expect(clippy::panic, reason = "a test with such a value is wrong")]
    pub fn post_json(&mut self, path: &str, value: &impl Serialize) -> impl Future<Output = Page> {
        let body = match serde_json::to_vec(value) {
            Ok(body) => body,
            Err(error) => panic!("the value cannot be written as JSON: {error}"),
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = parse(path);
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        self.send(self.as_script(request))
    }

    fn as_visitor(&self, request: Request<Body>) -> Request<Body> {
        let pages = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.accepting(request, pages)
    }

    fn as_script(&self, request: Request<Body>) -> Request<Body> {
        self.accepting(request, "*/*")
    }

    /// Unless the browser was told what to accept.
    fn accepting(&self, mut request: Request<Body>, accept: &'static str) -> Request<Body> {
        if !self.headers.contains_key(ACCEPT) {
            let accept = HeaderValue::from_static(accept);
            request.headers_mut().insert(ACCEPT, accept);
        }
        request
    }

    /// Sends any request, with the browser's cookies unless it has a `Cookie` header of its own, and
    /// with the headers that the browser was given.
    ///
    /// A redirect is followed as browsers do: 303 with `GET`, so are 301 and 302 after a `POST`,
    /// 307 and 308 with the same method and body. One to another host is not followed.
    ///
    /// ```
    /// use axum::body::Body;
    /// use axum::http::{Method, Request};
    /// use axum::{Router, routing::delete};
    /// use session_runtime::test_kit::Browser;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = Router::new().route("/cart", delete(async || "empty"));
    /// let request = Request::delete("/cart").body(Body::empty()).unwrap();
    /// assert_eq!(Browser::new(app).send(request).await.text(), "empty");
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the service or a body fails, and after 20 redirects.
    #[track_caller]
    pub fn send(&mut self, request: Request<Body>) -> impl Future<Output = Page> {
        let sender = Location::caller();
        let request = self.with_headers(request);
        async move { self.follow(request, sender).await }
    }

    fn with_headers(&self, mut request: Request<Body>) -> Request<Body> {
        for (name, value) in &self.headers {
            let headers = request.headers_mut();
            headers.entry(name).or_insert_with(|| value.clone());
        }
        request
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test with such a path is wrong")]
fn parse(path: &str) -> Uri {
    match path.parse() {
        Ok(uri) => uri,
        Err(error) => panic!("{path:?} is not a path such as `/orders`: {error}"),
    }
}
