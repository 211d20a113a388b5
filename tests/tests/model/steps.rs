//! The steps of a sequence, and their frequencies.

use proptest::prelude::*;

use crate::fields::{DAY, Field, IDLE, MINUTE, Release};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Visit(Visit),
    /// Both are sent with the same cookies.
    Together(Visit, Visit, Arrival),
    /// A request whose handler does not ask for the session.
    Asset(Release),
    Wait(u64),
    /// Until one of the next moments in which something ends or is due, or a second beside it.
    WaitUntil {
        nth: usize,
        offset: i64,
    },
    Restart,
}

/// In which order the responses of two requests arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    InOrder,
    SecondFirst,
}

#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) release: Release,
    pub(crate) ops: Vec<Op>,
    pub(crate) answer: Answer,
    /// The page makes the request by itself.
    pub(crate) is_background: bool,
    /// The response does not reach the browser.
    pub(crate) is_lost: bool,
}

/// One action of a handler on its session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// It writes the field, if its release has it.
    Write(Field, u8),
    /// Makes it one more than it was.
    Add(Field),
    Take(Field),
    /// Starts its time again, if it has one.
    Touch(Field),
    /// The user logs in, whoever was logged in before.
    LogIn(u8),
    LogOut,
    Remember(bool),
    Clear,
    /// It asks for the state of the session that the request carried.
    Ask,
    /// Ends the handler too.
    Destroy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Page,
    Redirect,
    NotFound,
    Head,
    NotModified,
    Failure,
    Timeout,
}

impl Answer {
    /// It says that what was asked for is not done.
    pub(crate) fn fails(self) -> bool {
        matches!(self, Self::Failure | Self::Timeout)
    }

    pub(crate) fn has_body(self) -> bool {
        !matches!(self, Self::Head | Self::NotModified)
    }
}

impl Visit {
    /// Only looks, and asks.
    pub(crate) fn look(release: Release) -> Self {
        Self {
            release,
            ops: vec![Op::Ask],
            answer: Answer::Page,
            is_background: false,
            is_lost: false,
        }
    }
}

/// Each sequence has a few fields and a pace of its own, so that what is rare meets what is rare.
pub(crate) fn sequence() -> impl Strategy<Value = Vec<Step>> {
    let fields = prop::collection::vec(field(), 1..4);
    let pace = prop_oneof![3 => Just(5 * MINUTE), 3 => Just(IDLE), 2 => Just(300 * DAY)];
    let steps =
        |(fields, pace): (Vec<Field>, u64)| prop::collection::vec(step(&fields, pace), 1..40);
    (fields, pace).prop_ind_flat_map(steps)
}

/// Those with a time of their own more often.
fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        prop::sample::select(Field::WRITTEN),
        prop::sample::select(vec![
            Field::Otp,
            Field::Otp,
            Field::Notice,
            Field::Theme,
            Field::Banner
        ]),
    ]
}

fn step(fields: &[Field], pace: u64) -> impl Strategy<Value = Step> + use<> {
    let other = prop::option::weighted(0.15, (visit(fields), arrival()));
    let visits = (visit(fields), other).prop_map(|(visit, other)| match other {
        None => Step::Visit(visit),
        Some((other, arrival)) => Step::Together(visit, other, arrival),
    });
    // Most often the next one.
    let nth = prop_oneof![4 => Just(0), 1 => 1..5_usize];
    prop_oneof![
        28 => visits,
        1 => release().prop_map(Step::Asset),
        10 => (1..pace).prop_map(Step::Wait),
        10 => (nth, -1..=1_i64).prop_map(|(nth, offset)| Step::WaitUntil { nth, offset }),
        1 => Just(Step::Restart),
    ]
}

fn visit(fields: &[Field]) -> impl Strategy<Value = Visit> + use<> {
    let ops = prop::collection::vec(op(fields), 0..5);
    let is_background = prop::bool::weighted(0.1);
    let is_lost = prop::bool::weighted(0.08);
    let visit = (release(), ops, answer(), is_background, is_lost);
    visit.prop_map(|(release, ops, answer, is_background, is_lost)| Visit {
        release,
        ops,
        answer,
        is_background,
        is_lost,
    })
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![Just(Release::First), Just(Release::Second)]
}

fn op(fields: &[Field]) -> impl Strategy<Value = Op> + use<> {
    let field = prop::sample::select(fields.to_vec());
    let flash = prop::sample::select(vec![Field::Notice, Field::Hint]);
    prop_oneof![
        20 => (field.clone(), value()).prop_map(|(field, value)| Op::Write(field, value)),
        4 => field.clone().prop_map(Op::Add),
        3 => field.prop_map(Op::Touch),
        4 => flash.prop_map(Op::Take),
        8 => (1..=2_u8).prop_map(Op::LogIn),
        3 => Just(Op::LogOut),
        3 => prop::bool::weighted(0.8).prop_map(Op::Remember),
        1 => Just(Op::Clear),
        3 => Just(Op::Ask),
        1 => Just(Op::Destroy),
    ]
}

/// Few, so that equal writes are frequent, and most of them no field's default.
fn value() -> impl Strategy<Value = u8> {
    prop_oneof![1 => Just(0_u8), 2 => Just(1), 2 => Just(2)]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        12 => Just(Answer::Page),
        1 => Just(Answer::Redirect),
        1 => Just(Answer::NotFound),
        1 => Just(Answer::Head),
        1 => Just(Answer::NotModified),
        2 => Just(Answer::Failure),
        1 => Just(Answer::Timeout),
    ]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop_oneof![Just(Arrival::InOrder), Just(Arrival::SecondFirst)]
}
