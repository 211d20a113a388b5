use std::time::SystemTime;

/// What became of the session that a request carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The request carried a session, and this is it.
    Active,
    /// The request carried a session whose time is over: a page can say so. A browser that was told
    /// to remember the session forgets it by itself then, and comes as [`New`](Self::New).
    Expired,
    /// The request carried no session.
    New,
    /// The request carried a session under a key that is revoked, or not in the ring any more, or not yet.
    UnknownKey,
    /// The request carried a cookie of this name that is not a session: altered, cut, sealed under
    /// another cookie name, or sealed by a clock that is ahead. Or somebody is logged in, and this
    /// release cannot tell who.
    Unreadable,
}

/// What [`Session::status`](crate::Session::status) tells about a session.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    pub(crate) state: State,
    pub(crate) began: Option<SystemTime>,
    pub(crate) ends: Option<SystemTime>,
    pub(crate) remembered: bool,
    pub(crate) bytes_left: usize,
}

impl Status {
    /// What became of the session that the request carried.
    pub fn state(&self) -> State {
        self.state
    }

    /// When the session began; `None` for one that begins with this request.
    pub fn began(&self) -> Option<SystemTime> {
        self.began
    }

    /// When the session ends as its cookie stands; a response may move that on, see `idle`. `None`
    /// for a session that begins with this request.
    pub fn ends(&self) -> Option<SystemTime> {
        self.ends
    }

    /// Whether the session survives that the browser is closed, as of when the guard was taken or
    /// synced: see [`Session::remember`](crate::Session::remember).
    pub fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// How many bytes its cookies have left as the session was when the guard was taken. Three bytes
    /// of a value take four, and a field with a time of its own takes seven more. The first of those
    /// that are marked `remember`, or `flash`, takes a cookie's name and 75 more.
    pub fn bytes_left(&self) -> usize {
        self.bytes_left
    }
}
