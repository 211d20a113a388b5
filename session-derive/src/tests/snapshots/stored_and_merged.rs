// #[session(stored)]
// struct Shop { #[session(merge = add)] visits: u32, #[session(merge = append(20))] seen: Vec<u64> }

const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField0> for Shop {
        type Value = u32;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        &__session.visits;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| __session.visits = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <u32 as __session_runtime::__private::StoredValue>::CODEC;
    }
    enum __SessionField1 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField1> for Shop {
        type Value = Vec<u64>;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value = |
            __session|
        &__session.seen;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        ) = |__session, __session_value| __session.seen = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        > = <Vec<u64> as __session_runtime::__private::StoredValue>::CODEC;
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::SessionData for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {
        const SCHEMA: __session_runtime::__private::Schema<Self> = __session_runtime::__private::Schema::new(
                "shop",
                &[
                    __session_runtime::__private::Field::of::<
                        __SessionField0,
                    >("visits", [211u8, 18u8, 47u8], &[])
                        .merge(<u32 as __session_runtime::__private::IntegerField>::ADD),
                    __session_runtime::__private::Field::of::<
                        __SessionField1,
                    >("seen", [69u8, 204u8, 48u8], &[])
                        .merge(
                            <Vec<u64> as __session_runtime::__private::ListField>::APPEND
                                .capped(20u32),
                        ),
                ],
            )
            .idle(1209600u64)
            .max(7776000u64)
            .stored();
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::__private::Derived for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::KeptInStore for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[automatically_derived]
    impl __session_runtime::__private::Default for Shop {
        fn default() -> Self {
            Self {
                visits: <u32 as __session_runtime::__private::SessionDefault>::session_default(),
                seen: <Vec<
                    u64,
                > as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
};
