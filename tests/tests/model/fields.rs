//! The fields of both releases, as their documentation has them.

pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// A session ends so long after its last use.
pub(crate) const IDLE: u64 = 2 * HOUR;
/// It ends so long after it began, or after its user logged in.
pub(crate) const MAX: u64 = 3 * HOUR;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Release {
    First,
    Second,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// The user who is logged in; zero is none.
    User,
    Visits,
    Otp,
    Notice,
    Theme,
    Banner,
    // Of the first release only.
    Cart,
    Draft,
    // Of the second release only.
    /// The second release's name of the cart.
    Basket,
    Coupon,
    Hint,
    Layout,
}

/// The home of a field: the thing that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Home {
    Session,
    /// The browser, no matter which user is logged in.
    Browser,
    /// The page that shows it.
    Flash,
}

impl Home {
    pub(crate) const ALL: [Self; 3] = [Self::Session, Self::Browser, Self::Flash];
}

impl Field {
    pub(crate) const ALL: [Self; 12] = [
        Self::User,
        Self::Visits,
        Self::Otp,
        Self::Notice,
        Self::Theme,
        Self::Banner,
        Self::Cart,
        Self::Draft,
        Self::Basket,
        Self::Coupon,
        Self::Hint,
        Self::Layout,
    ];

    /// Those that a handler writes. It logs users in and out.
    pub(crate) const WRITTEN: &[Self] = Self::ALL.split_at(1).1;

    pub(crate) fn home(self) -> Home {
        match self {
            Self::Theme | Self::Banner | Self::Layout => Home::Browser,
            Self::Notice | Self::Hint => Home::Flash,
            _ => Home::Session,
        }
    }

    /// Its own time: from its last change on, or from the last use if it belongs to the browser.
    pub(crate) fn ttl(self) -> Option<u64> {
        match self {
            Self::Otp => Some(10 * MINUTE),
            Self::Draft => Some(30 * MINUTE),
            Self::Notice => Some(5 * MINUTE),
            Self::Hint => Some(2 * MINUTE),
            Self::Banner => Some(10 * DAY),
            Self::Theme | Self::Layout => Some(365 * DAY),
            _ => None,
        }
    }

    pub(crate) fn default(self) -> u8 {
        match self {
            Self::Theme => 1,
            _ => 0,
        }
    }

    /// Another name under which it is found, if it is not there under its own.
    pub(crate) fn old_name(self) -> Option<Self> {
        (self == Self::Basket).then_some(Self::Cart)
    }

    pub(crate) fn is_in(self, release: Release) -> bool {
        match self {
            Self::Cart | Self::Draft => release == Release::First,
            Self::Basket | Self::Coupon | Self::Hint | Self::Layout => release == Release::Second,
            _ => true,
        }
    }
}
