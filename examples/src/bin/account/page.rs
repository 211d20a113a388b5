//! The pages, as text. An application has templates.

use std::time::SystemTime;

use axum::response::Html;
use session_runtime::{ListedSession, Session};

use super::Account;

pub(super) fn account(
    user: &str,
    notice: Option<&str>,
    listed: &[ListedSession<Account>],
    session: &Session<Account>,
) -> Html<String> {
    let devices: String = listed
        .iter()
        .map(|listed| device(listed, session))
        .collect();
    page(&format!(
        "<p>{}</p><h1>The account of {}</h1><ul>{devices}</ul>\
         <form method=post action=/log-out-others><button>Log out all others</button></form>\
         <form method=post action=/password><button>Change the password</button></form>\
         <form method=post action=/logout><button>Log out</button></form>",
        escape(notice.unwrap_or_default()),
        escape(user)
    ))
}

fn device(listed: &ListedSession<Account>, session: &Session<Account>) -> String {
    // A session that this release cannot read is listed too, and can be logged out.
    let name = listed
        .session()
        .map_or("Another device", |session| &session.device);
    let used = hours_since(listed.last_used());
    let action = if listed.is_this_one(session) {
        "this device".to_owned()
    } else {
        let handle = listed.handle();
        format!(
            "<form method=post action=/log-out-device>\
             <button name=device value={handle}>Log out this one</button></form>"
        )
    };
    format!("<li>{}, used {used} hours ago: {action}</li>", escape(name))
}

fn hours_since(time: SystemTime) -> u64 {
    time.elapsed().unwrap_or_default().as_secs() / 3600
}

pub(super) fn login(message: &str) -> Html<String> {
    page(&format!(
        "<p>{}</p><form method=post><input name=user placeholder=\"your name\"><button>Log in</button></form>",
        escape(message)
    ))
}

fn page(body: &str) -> Html<String> {
    Html(format!("<!doctype html>{body}"))
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#39;")
}
