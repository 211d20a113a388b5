//! Mistakes that a developer might make about the rules.

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
    // The lifetime of a field.
    EqualWriteRestartsTtl,
    TouchIsNoChange,
    BackgroundShortensTtl,
    LoginExtendsTtl,
    UseExtendsTtl,
    TtlNeverEnds,
    BrowserFieldsNeverEnd,
    // The lifetime of the session.
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
    // The user who is logged in.
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
    // The message that a session has expired.
    ExpiryIsOverUntold,
    ExpiryIsToldTwice,
    UnseenPageTellsOfExpiry,
    BackgroundTellsOfExpiry,
    LoginLeavesExpiryUntold,
    // The status of the response.
    FailureLosesFlash,
    FailureSaves,
    UnseenFlashIsGone,
    // The fields of the other release.
    UnknownFieldsAreDropped,
    UnknownFieldsOutliveLogout,
    OldNameIsNotRead,
    // The way to the browser.
    LostResponseArrives,
    FirstArrivalStays,
}
