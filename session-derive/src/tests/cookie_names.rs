use crate::lit::cookie_name::of_type;

#[test]
fn a_cookie_is_named_after_its_type() {
    for (ty, name) in [
        ("Shop", "shop"),
        ("ShopSession", "shop-session"),
        ("HTTPSession", "http-session"),
        ("MyHTTPSession", "my-http-session"),
        ("Shop2", "shop2"),
        ("Shop2Cart", "shop2-cart"),
        ("HTTP2Session", "http2-session"),
        ("ABTest", "ab-test"),
        ("SSO", "sso"),
        ("MyAPI", "my-api"),
        ("V", "v"),
        ("shop_session", "shop-session"),
        ("Shop_Session", "shop-session"),
        ("_Shop_", "shop"),
    ] {
        assert_eq!(of_type(ty), name);
    }
}
