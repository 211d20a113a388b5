//! The types that several fuzz targets, or a target and its seeds, share.

mod shapes;
mod value;

pub use self::shapes::Shapes;
pub use self::shapes::{Adjacent, Bytes, External, Flat, Internal, Newtype, Tree, Untagged};
pub use self::value::Value;
