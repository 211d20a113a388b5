// struct Shop { #[session(rename = "uid", alias = "user_id", alias = "user")] id: u64 }

const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField0> for Shop {
        type Value = u64;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        &__session.id;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| __session.id = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <u64 as __session_runtime::__private::StoredValue>::CODEC;
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
                    >(
                        "id",
                        [199u8, 230u8, 145u8],
                        &[[167u8, 92u8, 202u8], [120u8, 94u8, 146u8]],
                    ),
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
                id: <u64 as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
};
