//! Rules that somebody might get wrong.

macro_rules! mistakes {
    ($($name:ident,)*) => {
        /// A model that makes one of them must be found to be wrong: so the sequences reach the rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mistake {
            $($name,)*
        }

        impl Mistake {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

mistakes! {
    // How long a field lasts.
    EqualWriteRestartsTtl,
    TouchIsNoChange,
    BackgroundShortensTtl,
    LoginExtendsTtl,
    UseExtendsTtl,
    TtlNeverEnds,
    BrowserFieldsNeverEnd,
    // How long the session lasts.
    IdleNeverEnds,
    MaxNeverEnds,
    LoginKeepsMax,
    UseIsNotNoted,
    EveryUseIsNoted,
    RestartLosesNothing,
    RestartLosesRemembered,
    LoginLosesRemember,
    EndingKeepsRemember,
    BackgroundIsAUse,
    // Who is logged in.
    LoginLosesTheCart,
    LoginAfterLogoutIsRefused,
    LoginKeepsRememberOfBefore,
    RenewalIsNotSent,
    RenewalLosesFlash,
    EndingIsInferredFromTheUser,
    ChangeBeforeLoginIsKept,
    EqualValueAfterLoginIsLost,
    LogoutKeepsFields,
    LogoutKeepsNotices,
    LogoutIsLostOnFailure,
    AnotherUserKeepsFields,
    AnotherUserCountsOnFailure,
    FlashOutlivesLogout,
    FlashIsShownToAnybody,
    BrowserFieldsEndWithTheUser,
    // What a page says of a session that expired.
    ExpiryIsOverUntold,
    ExpiryIsToldTwice,
    UnseenPageTellsOfExpiry,
    BackgroundTellsOfExpiry,
    LoginLeavesExpiryUntold,
    // What the response says.
    FailureLosesFlash,
    FailureSaves,
    UnseenFlashIsGone,
    // What the other release wrote.
    UnknownFieldsAreDropped,
    UnknownFieldsOutliveLogout,
    OldNameIsNotRead,
    // What reaches the browser.
    LostResponseArrives,
    FirstArrivalStays,
}
