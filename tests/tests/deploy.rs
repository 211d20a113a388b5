//! Releases of one application, side by side behind one load balancer: `v1` and `v2` are two
//! routers with the same keys and the same cookie, and one browser talks to them in turn.

use std::fmt::{Debug, Display};

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use session_runtime::{Identity, KeptInCookie, Keyring, Session, SessionData, SessionLayer};
use tests::{App, CANARY, another_process, app};

/// A release that answers `/get` with what its session holds and does what `/set/…` says.
trait Release: SessionData + KeptInCookie {
    fn show(&self) -> String;
    fn set(&mut self, what: &str);

    /// Does it to the whole session.
    fn act(session: &mut Session<Self>, what: &str) {
        session.set(what);
    }
}

async fn show<T: Release>(session: Session<T>) -> String {
    session.show()
}

async fn set<T: Release>(Path(what): Path<String>, mut session: Session<T>) {
    T::act(&mut session, &what);
}

fn release<T: Release>(keys: &Keyring) -> Router {
    Router::new()
        .route("/get", get(show::<T>))
        .route("/set/{what}", get(set::<T>))
        .layer(SessionLayer::<T>::new(another_process(keys)))
}

/// Two releases behind one address: `/1/…` and `/2/…`.
fn side_by_side<A: Release, B: Release>() -> App {
    app(|keys| {
        Router::new()
            .nest("/1", release::<A>(&keys))
            .nest("/2", release::<B>(&keys))
    })
}

async fn get_from(app: &mut App, release: usize) -> String {
    app.get(&format!("/{release}/get")).await.body
}

/// Tells a release to set something; whether a cookie came back.
async fn set_in(app: &mut App, release: usize, what: &str) -> bool {
    let answer = app.get(&format!("/{release}/set/{what}")).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    !answer.set_cookies().is_empty()
}

fn shown(values: &[&dyn Debug]) -> String {
    let values = values.iter().map(|value| format!("{value:?}"));
    values.collect::<Vec<_>>().join(" ")
}

/// A field of another release.
fn canary(what: impl Display) -> String {
    format!("{CANARY} {what}")
}

mod a_field_is_added_or_removed {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Without {
        visits: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct With {
        visits: u32,
        coupon: Option<String>,
    }

    impl Release for Without {
        fn show(&self) -> String {
            shown(&[&self.visits])
        }
        fn set(&mut self, what: &str) {
            match what {
                "visit" => self.visits += 1,
                "nothing" => self.visits = 0,
                other => panic!("{other}"),
            }
        }
    }

    impl Release for With {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.coupon])
        }
        fn set(&mut self, what: &str) {
            match what {
                "visit" => self.visits += 1,
                "coupon" => self.coupon = Some(canary("coupon")),
                other => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn a_release_carries_the_field_it_does_not_know() {
        let mut app = side_by_side::<Without, With>();
        set_in(&mut app, 2, "coupon").await;
        for visits in 1..=6 {
            set_in(&mut app, 1 + visits % 2, "visit").await;
            let expected = shown(&[&visits, &Some(canary("coupon"))]);
            assert_eq!(get_from(&mut app, 2).await, expected);
            assert_eq!(get_from(&mut app, 1).await, shown(&[&visits]));
        }
    }

    #[tokio::test]
    async fn a_session_of_unknown_fields_only_is_not_empty() {
        let mut app = side_by_side::<Without, With>();
        set_in(&mut app, 2, "coupon").await;
        assert!(!set_in(&mut app, 1, "nothing").await);
        set_in(&mut app, 1, "visit").await;
        set_in(&mut app, 1, "nothing").await;
        assert_eq!(
            get_from(&mut app, 2).await,
            shown(&[&0, &Some(canary("coupon"))])
        );
    }
}

mod a_field_is_removed_for_good {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Before {
        visits: u32,
        coupon: Option<String>,
    }

    #[derive(Session)]
    #[session(cookie = "shop", removed("coupon"))]
    struct After {
        visits: u32,
    }

    impl Release for Before {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.coupon])
        }
        fn set(&mut self, _: &str) {
            self.coupon = Some(canary("coupon"));
        }
    }

    impl Release for After {
        fn show(&self) -> String {
            shown(&[&self.visits])
        }
        fn set(&mut self, what: &str) {
            self.visits = what.parse().unwrap();
        }
    }

    #[tokio::test]
    async fn a_removed_field_is_gone_with_the_next_write_and_not_before() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 1, "coupon").await;
        assert_eq!(get_from(&mut app, 2).await, "0");
        assert_eq!(
            get_from(&mut app, 1).await,
            shown(&[&0, &Some(canary("coupon"))])
        );
        assert!(set_in(&mut app, 2, "7").await);
        assert_eq!(get_from(&mut app, 1).await, "7 None");
        assert!(set_in(&mut app, 2, "0").await);
        assert_eq!(app.cookie("__Host-shop"), None);
    }
}

mod a_field_is_renamed {
    use super::*;

    /// Before: writes `uid`, knows no other name.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Old {
        uid: Option<u32>,
    }

    /// First step: still writes `uid`, and reads what the next release will write.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct AliasFirst {
        #[session(rename = "uid", alias = "user_id")]
        user_id: Option<u32>,
    }

    /// Second step: writes `user_id`.
    #[derive(Session)]
    #[session(cookie = "shop")]
    struct RenameNext {
        #[session(alias = "uid")]
        user_id: Option<u32>,
    }

    macro_rules! release {
        ($name:ident, $field:ident) => {
            impl Release for $name {
                fn show(&self) -> String {
                    shown(&[&self.$field])
                }
                fn set(&mut self, what: &str) {
                    self.$field = what.parse().ok();
                }
            }
        };
    }
    release!(Old, uid);
    release!(AliasFirst, user_id);
    release!(RenameNext, user_id);

    async fn each_reads_what_the_other_writes(mut app: App) {
        for (number, release) in [(7, 1), (8, 2), (9, 2), (10, 1), (11, 2)] {
            set_in(&mut app, release, &number.to_string()).await;
            let expected = shown(&[&Some(number)]);
            assert_eq!(get_from(&mut app, 1).await, expected);
            assert_eq!(get_from(&mut app, 2).await, expected);
        }
        for release in [1, 2] {
            set_in(&mut app, 3 - release, "5").await;
            set_in(&mut app, release, "none").await;
            assert_eq!(get_from(&mut app, 1).await, "None");
            assert_eq!(get_from(&mut app, 2).await, "None");
            assert_eq!(app.cookie("__Host-shop"), None, "no record is left behind");
        }
    }

    #[tokio::test]
    async fn alias_first() {
        each_reads_what_the_other_writes(side_by_side::<Old, AliasFirst>()).await;
    }

    #[tokio::test]
    async fn rename_next() {
        each_reads_what_the_other_writes(side_by_side::<AliasFirst, RenameNext>()).await;
    }

    #[tokio::test]
    async fn in_one_step_the_older_release_sees_a_default_and_can_bring_an_old_value_back() {
        let mut app = side_by_side::<Old, RenameNext>();
        set_in(&mut app, 1, "7").await;
        assert_eq!(get_from(&mut app, 2).await, "Some(7)");
        set_in(&mut app, 2, "8").await;
        assert_eq!(get_from(&mut app, 1).await, "None");
        // Both records are there now, and the wire name wins.
        set_in(&mut app, 1, "9").await;
        assert_eq!(get_from(&mut app, 2).await, "Some(8)");
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct ManyAliases {
        #[session(alias = "b", alias = "a")]
        c: Option<u32>,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct OldNames {
        a: Option<u32>,
        b: Option<u32>,
    }
    release!(ManyAliases, c);

    impl Release for OldNames {
        fn show(&self) -> String {
            shown(&[&self.a, &self.b])
        }
        fn set(&mut self, _: &str) {
            self.a = Some(1);
            self.b = Some(2);
        }
    }

    #[tokio::test]
    async fn the_wire_name_wins_over_aliases_and_they_in_their_order() {
        let mut app = side_by_side::<ManyAliases, OldNames>();
        set_in(&mut app, 2, "both").await;
        assert_eq!(get_from(&mut app, 1).await, "Some(2)");
        assert_eq!(get_from(&mut app, 2).await, "Some(1) Some(2)");
        set_in(&mut app, 1, "3").await;
        assert_eq!(get_from(&mut app, 2).await, "None None");
        set_in(&mut app, 2, "both").await;
        assert_eq!(get_from(&mut app, 1).await, "Some(3)");
    }
}

mod a_field_is_retyped {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Number {
        visits: u32,
        order: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Text {
        visits: u32,
        #[session(default = "none".to_owned())]
        order: String,
    }

    impl Release for Number {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.order])
        }
        fn set(&mut self, what: &str) {
            match what {
                "visit" => self.visits += 1,
                "order" => self.order = 77,
                other => panic!("{other}"),
            }
        }
    }

    impl Release for Text {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.order])
        }
        fn set(&mut self, what: &str) {
            match what {
                "visit" => self.visits += 1,
                "order" => self.order = canary("order"),
                other => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn an_unreadable_value_is_the_default_for_the_reader_and_survives_it() {
        let mut app = side_by_side::<Number, Text>();
        set_in(&mut app, 1, "order").await;
        assert_eq!(get_from(&mut app, 2).await, shown(&[&0, &"none"]));
        // A write to a neighbour carries it over byte for byte.
        set_in(&mut app, 2, "visit").await;
        assert_eq!(get_from(&mut app, 1).await, "1 77");
        assert_eq!(get_from(&mut app, 2).await, shown(&[&1, &"none"]));
        // A write to the field itself is a decision.
        set_in(&mut app, 2, "order").await;
        assert_eq!(get_from(&mut app, 2).await, shown(&[&1, &canary("order")]));
        assert_eq!(get_from(&mut app, 1).await, "1 0");
        assert!(!app.log().lines_with("field=\"order\"").is_empty());
    }
}

mod a_default_changes {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Ten {
        #[session(default = 10)]
        page_size: u32,
        visits: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Twenty {
        #[session(default = 20)]
        page_size: u32,
        visits: u32,
    }

    macro_rules! release {
        ($name:ident) => {
            impl Release for $name {
                fn show(&self) -> String {
                    shown(&[&self.page_size, &self.visits])
                }
                fn set(&mut self, what: &str) {
                    match what {
                        "visit" => self.visits += 1,
                        size => self.page_size = size.parse().unwrap(),
                    }
                }
            }
        };
    }
    release!(Ten);
    release!(Twenty);

    #[tokio::test]
    async fn those_who_never_chose_get_the_new_default_and_choices_stay_but_for_one() {
        let mut app = side_by_side::<Ten, Twenty>();
        set_in(&mut app, 1, "visit").await;
        assert_eq!(get_from(&mut app, 2).await, "20 1", "never chosen");
        set_in(&mut app, 1, "15").await;
        assert_eq!(get_from(&mut app, 2).await, "15 1", "chosen");
        set_in(&mut app, 1, "20").await;
        assert_eq!(
            get_from(&mut app, 2).await,
            "20 1",
            "what is the default now was chosen then"
        );
        // The one that changes: who chose the old default is not told apart from who never chose.
        set_in(&mut app, 1, "10").await;
        assert_eq!(get_from(&mut app, 1).await, "10 1");
        assert_eq!(get_from(&mut app, 2).await, "20 1");
    }
}

mod the_struct_and_its_order_change {
    use super::*;

    #[derive(Session)]
    struct Shop {
        visits: u32,
        name: String,
        theme: Theme,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Storefront {
        theme: Theme,
        name: String,
        visits: u32,
    }

    #[derive(Debug, Default, Serialize, Deserialize)]
    enum Theme {
        #[default]
        System,
        Dark,
    }

    macro_rules! release {
        ($name:ident) => {
            impl Release for $name {
                fn show(&self) -> String {
                    shown(&[&self.visits, &self.name, &self.theme])
                }
                fn set(&mut self, what: &str) {
                    self.visits += 1;
                    self.name = canary(what);
                    self.theme = Theme::Dark;
                }
            }
        };
    }
    release!(Shop);
    release!(Storefront);

    #[tokio::test]
    async fn the_rust_name_and_the_order_of_fields_do_not_matter() {
        let mut app = side_by_side::<Shop, Storefront>();
        for visits in 1..=4 {
            set_in(&mut app, 1 + visits % 2, "name").await;
            let expected = shown(&[&visits, &canary("name"), &Theme::Dark]);
            assert_eq!(get_from(&mut app, 1).await, expected);
            assert_eq!(get_from(&mut app, 2).await, expected);
        }
    }
}

mod a_type_inside_a_field_changes {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Before {
        visits: u32,
        cart: Vec<LineBefore>,
        role: RoleBefore,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct After {
        visits: u32,
        cart: Vec<LineAfter>,
        role: RoleAfter,
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct LineBefore {
        sku: u32,
        old_price: u32,
        qty: u16,
    }

    /// A field removed, one added with a default, two swapped, one wrapped in an `Option`.
    #[derive(Debug, Serialize, Deserialize)]
    struct LineAfter {
        qty: Option<u16>,
        sku: u32,
        #[serde(default)]
        gift: bool,
    }

    #[derive(Debug, Default, Serialize, Deserialize)]
    enum RoleBefore {
        #[default]
        Guest,
        Staff,
    }

    /// A variant added, one renamed that still reads its old name, and another order.
    #[derive(Debug, Default, Serialize, Deserialize)]
    enum RoleAfter {
        Owner,
        #[serde(alias = "Staff")]
        Employee,
        #[default]
        Guest,
    }

    impl Release for Before {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.cart, &self.role])
        }
        fn set(&mut self, what: &str) {
            self.visits += 1;
            if what == "cart" {
                self.role = RoleBefore::Staff;
                self.cart.push(LineBefore {
                    sku: 9,
                    old_price: 5,
                    qty: 2,
                });
            }
        }
    }

    impl Release for After {
        fn show(&self) -> String {
            shown(&[&self.visits, &self.cart, &self.role])
        }
        fn set(&mut self, what: &str) {
            self.visits += 1;
            if what == "owner" {
                self.role = RoleAfter::Owner;
            }
        }
    }

    #[tokio::test]
    async fn the_newer_release_reads_it_and_a_variant_unknown_to_the_older_survives_there() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 1, "cart").await;
        let cart = "[LineAfter { qty: Some(2), sku: 9, gift: false }]";
        assert_eq!(get_from(&mut app, 2).await, format!("1 {cart} Employee"));
        set_in(&mut app, 2, "owner").await;
        let old_cart = "[LineBefore { sku: 9, old_price: 5, qty: 2 }]";
        assert_eq!(get_from(&mut app, 1).await, format!("2 {old_cart} Guest"));
        set_in(&mut app, 1, "visit").await;
        assert_eq!(get_from(&mut app, 2).await, format!("3 {cart} Owner"));
    }
}

mod the_session_is_full {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Small {
        note: String,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Large {
        note: String,
        much: String,
        little: String,
    }

    impl Release for Small {
        fn show(&self) -> String {
            self.note.len().to_string()
        }
        fn set(&mut self, what: &str) {
            self.note = CANARY.repeat(what.parse().unwrap());
        }
    }

    impl Release for Large {
        fn show(&self) -> String {
            format!(
                "{} {} {}",
                self.note.len(),
                self.much.len(),
                self.little.len()
            )
        }
        fn set(&mut self, _: &str) {
            self.much = CANARY.repeat(100);
            self.little = CANARY.repeat(10);
        }
    }

    #[tokio::test]
    async fn unknown_fields_go_first_the_largest_before_the_others_with_a_warning() {
        let mut app = side_by_side::<Small, Large>();
        set_in(&mut app, 2, "all").await;
        set_in(&mut app, 1, "50").await;
        assert_eq!(get_from(&mut app, 2).await, "650 1300 130");
        assert!(app.log().lines_with("dropped").is_empty());
        set_in(&mut app, 1, "180").await;
        assert_eq!(get_from(&mut app, 2).await, "2340 0 130");
        let warnings = app
            .log()
            .lines_with("a field of another release is dropped");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("bytes=1303"), "{warnings:?}");
        let answer = app.get("/1/set/400").await;
        assert_eq!(answer.status, 500);
        assert_eq!(
            get_from(&mut app, 2).await,
            "2340 0 130",
            "nothing is lost by a refusal"
        );
    }
}

mod a_field_has_another_home {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct InTheSession {
        theme: u32,
        notice: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct InTheBrowser {
        #[session(browser)]
        theme: u32,
        #[session(flash)]
        notice: u32,
    }

    impl Release for InTheSession {
        fn show(&self) -> String {
            shown(&[&self.theme, &self.notice])
        }

        fn set(&mut self, what: &str) {
            (self.theme, self.notice) = (what.parse().unwrap(), what.parse().unwrap());
        }
    }

    impl Release for InTheBrowser {
        fn show(&self) -> String {
            shown(&[&self.theme, &self.notice])
        }

        fn set(&mut self, what: &str) {
            (self.theme, self.notice) = (what.parse().unwrap(), what.parse().unwrap());
        }
    }

    #[tokio::test]
    async fn a_field_with_another_home_starts_at_its_default_there() {
        let mut app = side_by_side::<InTheSession, InTheBrowser>();
        set_in(&mut app, 1, "1").await;
        assert_eq!(get_from(&mut app, 2).await, "0 0");
        set_in(&mut app, 2, "2").await;
        assert_eq!(get_from(&mut app, 2).await, "2 2");
        assert_eq!(get_from(&mut app, 1).await, "1 1", "each in its own cookie");
    }
}

mod a_field_becomes_the_identity {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Before {
        user: Option<u32>,
        cart: u32,
        #[session(flash)]
        notice: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct After {
        #[session(identity)]
        user: Identity<u32>,
        cart: u32,
        #[session(flash)]
        notice: u32,
    }

    impl Release for Before {
        fn show(&self) -> String {
            shown(&[&self.user, &self.cart, &self.notice])
        }

        fn set(&mut self, what: &str) {
            match what {
                "in" => (self.user, self.cart) = (Some(1), 3),
                "out" => self.user = None,
                "note" => self.notice += 1,
                _ => (self.user, self.notice) = (None, 9),
            }
        }
    }

    impl Release for After {
        fn show(&self) -> String {
            shown(&[&self.user, &self.cart, &self.notice])
        }

        fn set(&mut self, what: &str) {
            match what {
                "note" => self.notice += 1,
                _ => self.cart = 3,
            }
        }

        fn act(session: &mut Session<Self>, what: &str) {
            match what {
                "in-without-cart" => Session::log_in(session, 1),
                "out" => Session::log_out(session),
                "in" => {
                    Session::log_in(session, 1);
                    session.set("cart");
                }
                what => session.set(what),
            }
        }
    }

    #[tokio::test]
    async fn a_field_that_becomes_the_identity_keeps_who_is_logged_in() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 1, "in").await;
        assert_eq!(get_from(&mut app, 2).await, "Some(1) 3 0");
        set_in(&mut app, 2, "out").await;
        assert_eq!(get_from(&mut app, 2).await, "None 0 0");

        set_in(&mut app, 2, "in").await;
        set_in(&mut app, 1, "out").await; // it does not know what that is
        assert_eq!(get_from(&mut app, 1).await, "None 3 0");
        assert_eq!(
            get_from(&mut app, 2).await,
            "None 0 0",
            "whose cart it was is not known"
        );
    }

    #[tokio::test]
    async fn notices_go_from_one_release_to_the_other() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 1, "in").await;
        set_in(&mut app, 2, "note").await;
        assert_eq!(get_from(&mut app, 1).await, "Some(1) 3 1");
        set_in(&mut app, 1, "note").await;
        assert_eq!(get_from(&mut app, 2).await, "Some(1) 3 2");
    }

    #[tokio::test]
    async fn the_notice_of_a_logout_by_the_older_is_shown() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 2, "in-without-cart").await;
        set_in(&mut app, 1, "out-with-notice").await;
        assert_eq!(get_from(&mut app, 1).await, "None 0 9");
        assert_eq!(get_from(&mut app, 2).await, "None 0 9");
    }
}

mod a_struct_is_marked_remember {
    use super::*;

    #[derive(Session)]
    #[session(cookie = "shop")]
    struct Before {
        visits: u32,
    }

    #[derive(Session)]
    #[session(cookie = "shop", remember)]
    struct After {
        visits: u32,
    }

    impl Release for Before {
        fn show(&self) -> String {
            shown(&[&self.visits])
        }

        fn set(&mut self, _: &str) {
            self.visits += 1;
        }
    }

    impl Release for After {
        fn show(&self) -> String {
            shown(&[&self.visits])
        }

        fn set(&mut self, _: &str) {
            self.visits += 1;
        }
    }

    #[tokio::test]
    async fn a_session_that_is_there_is_remembered_as_it_began() {
        let mut app = side_by_side::<Before, After>();
        set_in(&mut app, 1, "visit").await;
        set_in(&mut app, 2, "visit").await;
        app.restart();
        assert_eq!(get_from(&mut app, 2).await, "0");
        set_in(&mut app, 2, "visit").await;
        set_in(&mut app, 1, "visit").await;
        app.restart();
        assert_eq!(get_from(&mut app, 1).await, "2");
    }
}
