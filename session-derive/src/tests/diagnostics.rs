use quote::quote;

use crate::code::code;
use crate::diag::Diag;

#[test]
fn code_is_shown_as_it_is_written() {
    for (tokens, text) in [
        (quote!(Vec<&'a mut str>), "Vec<&'a mut str>"),
        (quote!([u8; 3]), "[u8; 3]"),
        (quote!((A, B)), "(A, B)"),
        (quote!(a::b::<C>(1, "x")), "a::b::<C>(1, \"x\")"),
        (quote!(dyn A + 'static), "dyn A + 'static"),
    ] {
        assert_eq!(code(tokens), text);
    }
}

#[test]
fn no_mistakes_are_no_error() {
    let (result, errors) = Diag::collect(|_| 1);
    assert_eq!(result, 1);
    assert!(errors.is_none());
}
