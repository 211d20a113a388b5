//! Mistakes that somebody might make, in a store or between the layer and the store.

/// A rule that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// A commit puts a row back that has ended or is over.
    CommitCreatesARow,
    /// A commit applies whatever the mark.
    CommitComparesNoMark,
    /// A commit forgets the fields that it does not change.
    CommitReplacesAllFields,
    /// A fold takes the place also of what was added meanwhile.
    FoldDropsWhatItDidNotSee,
    /// A login leaves the mark as it was.
    RenewalKeepsTheMark,
    /// A login joins the row of any user.
    RejoinComparesNoOwner,
    /// A second login of the same user gets a row of its own.
    ALoginNeverRejoins,
    /// An ending spares a row that was renewed after its ticket.
    EndAsksForTheMark,
    /// An ending ends the row of whatever user.
    EndComparesNoOwner,
    /// The ending of all sessions of a user ends what it has found, whoever is logged in there by then.
    EndAllComparesNoOwner,
    /// The response to a logout does not wait for it.
    EndingAfterTheResponse,
    /// The cookie is removed also where the row was over before, or is another user's.
    EveryEndingRemovesTheCookie,
}

impl Mistake {
    pub(super) const ALL: [Self; 12] = [
        Self::CommitCreatesARow,
        Self::CommitComparesNoMark,
        Self::CommitReplacesAllFields,
        Self::FoldDropsWhatItDidNotSee,
        Self::RenewalKeepsTheMark,
        Self::RejoinComparesNoOwner,
        Self::ALoginNeverRejoins,
        Self::EndAsksForTheMark,
        Self::EndComparesNoOwner,
        Self::EndAllComparesNoOwner,
        Self::EndingAfterTheResponse,
        Self::EveryEndingRemovesTheCookie,
    ];
}
