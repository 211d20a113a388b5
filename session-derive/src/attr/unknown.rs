//! An option that does not exist where it is written: what the user may have meant.

use syn::Ident;

use super::table::{Place, on_the_layer};
use crate::wording::{listed, similar};

pub(super) fn message(place: Place, session: &Ident, name: &str) -> String {
    if let Some(message) = on_the_layer(name) {
        return message.replace("{S}", &session.to_string());
    }
    misplaced(place, name).unwrap_or_else(|| {
        let help = help(place, name);
        format!("unknown {} `{name}`\nhelp: {help}", place.option())
    })
}

fn misplaced(place: Place, name: &str) -> Option<String> {
    let spec = place.other().spec(name)?;
    let belongs = match spec.place {
        Place::Field => format!("`{name}` belongs on a field"),
        Place::Struct => format!("`{name}` belongs on the struct, not on a field"),
    };
    Some(match spec.hint_if_misplaced {
        Some(help) => format!("{belongs}\nhelp: {help}"),
        None => belongs,
    })
}

fn help(place: Place, name: &str) -> String {
    if let Some(spec) = place.spec(&name.to_lowercase()) {
        return format!("options are lower case: `{}`", spec.name);
    }
    if let Some(help) = place.lifetime(name).or_else(|| place.remembered(name)) {
        return help.to_owned();
    }
    if let Some(similar) = similar(name, names(place)) {
        return format!("a similar option exists: `{similar}`");
    }
    let elsewhere = similar(name, names(place.other()));
    elsewhere
        .and_then(|similar| misplaced(place, similar))
        .unwrap_or_else(|| format!("{}s are {}", place.option(), listed(names(place))))
}

fn names(place: Place) -> impl Iterator<Item = &'static str> {
    place.specs().map(|spec| spec.name)
}
