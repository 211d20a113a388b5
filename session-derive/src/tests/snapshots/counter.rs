// struct Shop { visits: u32 }

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
                    >("visits", [211u8, 18u8, 47u8], &[]),
                ],
            )
            .idle(1209600u64)
            .max(7776000u64);
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::__private::Derived for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::KeptInCookie for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[automatically_derived]
    impl __session_runtime::__private::Default for Shop {
        fn default() -> Self {
            Self {
                visits: <u32 as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
};
