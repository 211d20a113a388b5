//! An option that does not exist where it is written: what the user may have meant.

use syn::Ident;

use super::elsewhere;
use super::list::Entry;
use super::table::{OptionSpec, Place};
use crate::wording::{listed, similar};

pub(super) fn message(place: Place, session: &Ident, entry: &Entry) -> String {
    let name = entry.key.to_string();
    misplaced(place, &name).unwrap_or_else(|| {
        let help = help(place, session, &name, entry);
        format!("unknown {} `{name}`\nhelp: {help}", place.option())
    })
}

/// The mark that is meant by an option that does not exist in this place.
pub(super) fn mark(place: Place, name: &str) -> Option<&'static OptionSpec> {
    let misplaced = place.other().spec(name);
    let misspelt = || similar(name, names(place)).and_then(|name| place.spec(name));
    let meant = misplaced
        .or_else(|| elsewhere::mark(place, name))
        .or_else(misspelt);
    meant.filter(|spec| spec.is_mark)
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

fn help(place: Place, session: &Ident, name: &str, entry: &Entry) -> String {
    if let Some(spec) = place.spec(&name.to_lowercase()) {
        return format!("options are lower case: `{}`", spec.name);
    }
    if let Some(help) = elsewhere::help(place, session, name, &entry.value) {
        return help;
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
